// What is due, read straight from the tables (registry/schema.h), and its removal.

#include "registry/retention.h"

#include <utility>

#include "pki/hash.h"
#include "registry/certificates.h"
#include "registry/events.h"
#include "registry/list_rows.h"
#include "registry/resident_index.h"
#include "registry/residents.h"
#include "registry/schema.h"
#include "registry/unissued.h"
#include "store/idempotency.h"

namespace registry {

namespace {

// Records that one page looks at.
constexpr std::size_t kLooked = 100'000;
// Records that one command removes: a few milliseconds of the writer's time.
constexpr std::size_t kDueAtOnce = 200;

store::Table table_of(RetentionClass records) {
  switch (records) {
    case RetentionClass::issue_record:
      return tables::status;
    case RetentionClass::revocation_record:
      return tables::revoked;
    case RetentionClass::removed_resident:
      return tables::residents;
    case RetentionClass::answer:
      return store::tables::idempotency;
  }
  return tables::status;
}

// Both tables of certificates have notAfter behind six bytes.
pki::Time not_after_of(pki::ByteView value) {
  Fields fields(value);
  static_cast<void>(fields.number(6));
  return fields.time();
}

CertificateId certificate_of(pki::ByteView status_key) {
  Fields fields(status_key);
  const IssuerId issuer = fields.issuer();
  return {issuer, {fields.u64()}};
}

bool is_resident_due(const store::ReadTransaction& transaction, const store::Vault& vault, ResidentId id,
                     pki::Time on) {
  const auto resident = find_resident(transaction, vault, id);
  if (!resident || !resident->removed_on || !certificates_of(transaction, id).empty()) return false;
  return pki::add_years(*resident->removed_on, kRemovedResidentYears) < pki::jst_date(on);
}

// One record that was found.
struct Found {
  pki::ByteView key, value;
};

bool is_due(const store::ReadTransaction& transaction, const store::Vault& vault,
            const RetentionQuestion& question, const Found& found) {
  switch (question.records) {
    case RetentionClass::issue_record:
      return pki::add_years(pki::jst_date(not_after_of(found.value)), kIssueRecordYears) <
             pki::jst_date(question.on);
    case RetentionClass::revocation_record:
      return not_after_of(found.value) + kRevocationMargin < question.on;
    case RetentionClass::removed_resident:
      return is_resident_due(transaction, vault, {pki::read_big_endian(found.key)}, question.on);
    case RetentionClass::answer: {
      const auto recorded_at = store::answer_recorded_at(transaction, vault, found.key);
      return !recorded_at || *recorded_at + kAnswerLife < question.on;
    }
  }
  return false;
}

void remove_issue_record(store::WriteTransaction& transaction, const store::Vault& vault,
                         const CertificateId& id) {
  const Key key = Key().certificate(id);
  if (const auto certificate = find_certificate(transaction, vault, id))
    transaction.erase(tables::holdings, Key()
                                            .u64(certificate->resident.value)
                                            .u8(static_cast<std::uint64_t>(certificate->kind))
                                            .certificate(id));
  const auto status = find_status(transaction, id).value();
  write_revoked_row(transaction, Key().issuer(id.issuer).point(status.point).u64(id.serial.value),
                    status.revocation.has_value(), std::nullopt);
  transaction.erase(tables::certificates, key);
  transaction.erase(tables::status, key);
  mark_unissued(transaction, id.issuer.ca, {id.serial.value, id.serial.value});
}

void remove_resident(store::WriteTransaction& transaction, const store::Vault& vault, ResidentId id) {
  for (const EventRecord& event : events_of(transaction, vault, id)) {
    if (!event.event_id.empty())
      transaction.erase(tables::event_ids,
                        pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(event.event_id)));
    transaction.erase(tables::events, Key().u64(id.value).u64(event.sequence));
  }
  update_resident_index(transaction, vault, id, std::nullopt);
  transaction.erase(tables::residents, Key().u64(id.value));
}

}  // namespace

std::string_view to_string(RetentionClass records) {
  switch (records) {
    case RetentionClass::issue_record:
      return "issue-records";
    case RetentionClass::revocation_record:
      return "revocation-records";
    case RetentionClass::removed_resident:
      return "removed-residents";
    case RetentionClass::answer:
      return "answers";
  }
  return "";
}

DuePage find_due(const store::ReadTransaction& transaction, const store::Vault& vault,
                 const RetentionQuestion& question, pki::ByteView from, std::size_t most) {
  DuePage page;
  store::Cursor cursor = transaction.cursor(table_of(question.records));
  std::size_t looked = 0;
  for (from.empty() ? cursor.seek_to_first() : cursor.seek(from); cursor.valid(); cursor.next()) {
    if (page.keys.size() == most || looked++ == kLooked) {
      page.next = pki::to_bytes(cursor.key());
      break;
    }
    if (is_due(transaction, vault, question, {cursor.key(), cursor.value()}))
      page.keys.push_back(pki::to_bytes(cursor.key()));
  }
  return page;
}

std::uint64_t count_due(const store::ReadTransaction& transaction, const store::Vault& vault,
                        const RetentionQuestion& question) {
  std::uint64_t count = 0;
  pki::Bytes from;
  for (;;) {
    DuePage page = find_due(transaction, vault, question, from, kLooked);
    count += page.keys.size();
    if (!page.next) return count;
    from = std::move(*page.next);
  }
}

std::vector<std::string> remove_due(store::WriteTransaction& transaction, const store::Vault& vault,
                                    const RetentionQuestion& question, const std::vector<pki::Bytes>& keys) {
  std::vector<std::string> subjects;
  std::uint64_t others = 0;
  for (const pki::Bytes& key : keys) {
    const auto value = transaction.get(table_of(question.records), key);
    if (!value || !is_due(transaction, vault, question, {key, *value})) continue;
    if (question.records == RetentionClass::issue_record) {
      const CertificateId id = certificate_of(key);
      remove_issue_record(transaction, vault, id);
      subjects.push_back("certificate " + to_string(id));
    } else if (question.records == RetentionClass::removed_resident) {
      const ResidentId id{pki::read_big_endian(key)};
      remove_resident(transaction, vault, id);
      subjects.push_back("resident " + to_string(id));
    } else if (question.records == RetentionClass::revocation_record) {
      write_revoked_row(transaction, key, true, std::nullopt);
      ++others;
    } else {
      transaction.erase(table_of(question.records), key);
      ++others;
    }
  }
  if (others > 0) subjects.push_back(std::to_string(others) + " " + std::string(to_string(question.records)));
  return subjects;
}

pki::Result<void> remove_in_steps(const RetentionStore& store, const Actor& actor,
                                  const RetentionQuestion& question,
                                  const std::function<bool()>& is_stopping) {
  pki::Bytes from;
  while (!is_stopping()) {
    DuePage page = find_due(store.environment.read(), store.vault, question, from, kDueAtOnce);
    if (!page.keys.empty()) {
      TRY(store.writer.execute({.actor = actor,
                                .action = "retention " + std::string(to_string(question.records)),
                                .run = [&](store::CommandContext& context) {
                                  context.subjects =
                                      remove_due(context.transaction, store.vault, question, page.keys);
                                  return pki::Result<void>{};
                                }}));
    }
    if (!page.next) break;
    from = std::move(*page.next);
  }
  return {};
}

}  // namespace registry
