// Records of requests, and the mark that a waiting one leaves on a generation.

#include "registry/requests.h"

#include <algorithm>
#include <limits>

#include "pki/hash.h"
#include "registry/compromise.h"
#include "registry/counters.h"
#include "store/record.h"

namespace registry {

namespace {

Key request_key(std::uint64_t id) {
  return Key().u64(id);
}

constexpr std::uint64_t kNoEnd = std::numeric_limits<std::int64_t>::max();

// Until when a generation is suspected, in seconds since 1970; 0: it is not.
Key suspicion_key(IssuerId issuer) {
  return counter_key(CounterPurpose::suspicion).issuer(issuer);
}

pki::Bytes encode(const ConfirmationRequest& request) {
  pki::der::Writer writer;
  writer.sequence([&] {
    for (const std::string* text :
         {&request.action, &request.method, &request.target, &request.body, &request.requester.operator_name})
      store::write_text(writer, *text);
    writer.integer(static_cast<std::uint64_t>(request.requester.role));
    writer.integer(std::uint64_t{request.requester.municipality.value_or(0)});
    writer.generalized_time(request.requested_at).octet_string(request.digest);
    writer.integer(static_cast<std::uint64_t>(request.state));
    store::write_text(writer, request.decided_by);
    store::write_text(writer, request.outcome);
    store::write_optional(writer, 0, request.decided_at,
                          [&](pki::Time time) { writer.generalized_time(time); });
    store::write_optional(writer, 1, request.suspected, [&](IssuerId issuer) {
      writer.integer(static_cast<std::uint64_t>(issuer.ca)).integer(std::uint64_t{issuer.generation});
    });
  });
  return writer.take();
}

ConfirmationRequest decode(std::uint64_t id, pki::ByteView record) {
  store::RecordReader reader(record);
  ConfirmationRequest request;
  request.id = id;
  for (std::string* text :
       {&request.action, &request.method, &request.target, &request.body, &request.requester.operator_name})
    *text = reader.text();
  request.requester.role = static_cast<Role>(reader.number());
  if (const std::uint64_t code = reader.number(); code != 0)
    request.requester.municipality = static_cast<std::uint32_t>(code);
  request.requested_at = reader.time();
  request.digest = reader.bytes();
  request.state = static_cast<RequestState>(reader.number());
  request.decided_by = reader.text();
  request.outcome = reader.text();
  if (auto field = reader.optional(0)) request.decided_at = field->time();
  if (auto field = reader.optional(1)) {
    IssuerId issuer;
    issuer.ca = static_cast<pki::CaName>(field->number());
    issuer.generation = static_cast<std::uint8_t>(field->number());
    request.suspected = issuer;
  }
  return request;
}

// The latest end of the suspicions of the requests that wait. What was confirmed has no end but the
// compromise on record, whatever came of the call: is_suspected() asks for it.
void mark_suspicion(store::WriteTransaction& transaction, IssuerId issuer) {
  std::uint64_t until = 0;
  for (const ConfirmationRequest& request : all_requests(transaction)) {
    if (request.suspected != issuer) continue;
    if (request.state == RequestState::waiting)
      until = std::max(until, static_cast<std::uint64_t>(pki::to_unix(request.expires_at())));
    if (request.state == RequestState::confirmed) until = kNoEnd;
  }
  store::write_counter(transaction, suspicion_key(issuer), until);
}

}  // namespace

pki::Bytes digest_of(const ConfirmationRequest& request) {
  pki::der::Writer writer;
  writer.sequence([&] {
    for (const std::string* text :
         {&request.action, &request.method, &request.target, &request.body, &request.requester.operator_name})
      store::write_text(writer, *text);
    store::write_text(writer, to_string(request.requester));
    writer.generalized_time(request.requested_at);
  });
  return pki::digest(pki::HashAlgorithm::sha256, writer.view());
}

std::optional<ConfirmationRequest> find_request(const store::ReadTransaction& transaction, std::uint64_t id) {
  const auto value = transaction.get(tables::requests, request_key(id));
  if (!value) return std::nullopt;
  return decode(id, *value);
}

std::vector<ConfirmationRequest> all_requests(const store::ReadTransaction& transaction) {
  std::vector<ConfirmationRequest> list;
  store::Cursor cursor = transaction.cursor(tables::requests);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    list.push_back(decode(pki::read_big_endian(cursor.key()), cursor.value()));
  std::ranges::reverse(list);
  return list;
}

std::uint64_t add_request(store::WriteTransaction& transaction, ConfirmationRequest request) {
  request.id = store::take_number(transaction, counter_key(CounterPurpose::request));
  request.digest = digest_of(request);
  put_request(transaction, request);
  return request.id;
}

void put_request(store::WriteTransaction& transaction, const ConfirmationRequest& request) {
  transaction.put(tables::requests, request_key(request.id), encode(request));
  if (request.suspected) mark_suspicion(transaction, *request.suspected);
}

bool is_suspected(const store::ReadTransaction& transaction, IssuerId issuer, pki::Time now) {
  const std::uint64_t until = store::read_counter(transaction, suspicion_key(issuer));
  return until > 0 && pki::to_unix(now) < static_cast<std::int64_t>(until) &&
         !is_compromised(transaction, issuer);
}

}  // namespace registry
