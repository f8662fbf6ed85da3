// Digests of records, taken and compared.

#include "admin/pinned_record.h"

#include <algorithm>

#include "admin/verifier_lookup.h"
#include "pki/hash.h"
#include "pki/messages/admin.h"
#include "registry/schema.h"
#include "verifier/approvals_revision.h"

namespace admin {

namespace {

std::string digest_of(pki::der::Writer& writer) {
  return pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, writer.take()));
}

}  // namespace

std::string digest_of_approvals(const store::ReadTransaction& transaction, const verifier::Verifier& entry,
                                pki::Date today) {
  pki::der::Writer writer;
  const auto steps = entry.classes.find(verifier::VerifierClass::specific_authentication);
  if (steps == entry.classes.end()) return digest_of(writer);
  const std::vector<verifier::Approval>& approvals = steps->second.approvals;
  verifier::write_approvals(writer, approvals);
  writer.integer(static_cast<std::uint64_t>(std::ranges::count_if(
      approvals, [today](const verifier::Approval& approval) { return approval.from <= today; })));
  writer.integer(verifier::approvals_revision(transaction, entry.id));
  return digest_of(writer);
}

// The record itself, which says how often it was written.
std::string digest_of_operator(const store::ReadTransaction& transaction, std::string_view name) {
  pki::der::Writer writer;
  if (const auto record = transaction.get(registry::tables::operators, pki::as_bytes(name)))
    writer.octet_string(*record);
  return digest_of(writer);
}

pki::Result<void> check_record(const std::optional<std::string>& seen, const std::string& present,
                               const std::string& name) {
  if (!seen || *seen == present) return {};
  return pki::fail(pki::Errc::conflict, {messages::record_changed, name});
}

bool changes_record(Action action, const std::vector<std::string>& parameters) {
  return !parameters.empty() && (action == Action::approve_verifiers || action == Action::change_operators ||
                                 action == Action::renew_credential);
}

void pin_record(RequestContext& call) {
  if (!changes_record(call.action, call.parameters)) return;
  if (const json::value* const given = call.body.if_contains(kRecordDigest);
      given != nullptr && !given->is_null())
    return;
  const auto transaction = call.services.environment.read();
  const std::string& name = call.parameters.front();
  if (call.action == Action::approve_verifiers) {
    if (const auto entry = verifier_named(transaction, name))
      call.body[kRecordDigest] =
          digest_of_approvals(transaction, *entry, pki::jst_date(call.services.clock.now()));
  } else if (const auto entry = registry::find_operator(transaction, name)) {
    call.body[kRecordDigest] = digest_of_operator(transaction, entry->name);
  }
}

}  // namespace admin
