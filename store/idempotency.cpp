// Sealed, since answers may name people.

#include "store/idempotency.h"

#include <utility>

#include "pki/hash.h"
#include "pki/messages/store.h"
#include "store/record.h"

namespace store {

namespace {

pki::Bytes table_key(std::string_view scope, std::string_view key) {
  return pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(std::string(scope) + '\0' + std::string(key)));
}

std::optional<RememberedAnswer> read_answer(const ReadTransaction& transaction, const Vault& vault,
                                            pki::ByteView place) {
  const auto value = transaction.get(tables::idempotency, place);
  if (!value) return std::nullopt;
  const pki::Bytes record = vault.open(tables::idempotency, place, *value);
  RecordReader reader(record);
  RememberedAnswer answer;
  answer.request_hash = reader.bytes();
  answer.http_status = reader.number();
  answer.body = reader.text();
  if (auto field = reader.optional(0)) answer.recorded_at = field->time();
  return answer;
}

}  // namespace

std::optional<RememberedAnswer> find_answer(const ReadTransaction& transaction, const Vault& vault,
                                            std::string_view scope, std::string_view key) {
  return read_answer(transaction, vault, table_key(scope, key));
}

std::optional<pki::Time> answer_recorded_at(const ReadTransaction& transaction, const Vault& vault,
                                            pki::ByteView table_key) {
  const auto answer = read_answer(transaction, vault, table_key);
  return answer ? answer->recorded_at : std::nullopt;
}

void remember_answer(WriteTransaction& transaction, const Vault& vault, std::string_view scope,
                     std::string_view key, const RememberedAnswer& answer) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.octet_string(answer.request_hash).integer(answer.http_status);
    write_text(writer, answer.body);
    write_optional(writer, 0, answer.recorded_at, [&](pki::Time time) { writer.generalized_time(time); });
  });
  const pki::Bytes place = table_key(scope, key);
  transaction.put(tables::idempotency, place, vault.seal(tables::idempotency, place, writer.view()));
}

pki::Result<void> IdempotencyClaim::check(const ReadTransaction& transaction, const Vault& vault) const {
  if (!key.empty() && find_answer(transaction, vault, scope, key))
    return pki::fail(pki::Errc::conflict, messages::answered_already);
  return {};
}

void IdempotencyClaim::remember(WriteTransaction& transaction, const Vault& vault, std::uint64_t http_status,
                                std::string body, pki::Time now) const {
  if (key.empty()) return;
  remember_answer(transaction, vault, scope, key,
                  {.request_hash = request_hash,
                   .http_status = http_status,
                   .body = std::move(body),
                   .recorded_at = now});
}

}  // namespace store
