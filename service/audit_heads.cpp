// One file of lines, which only grows.

#include "service/audit_heads.h"

#include <algorithm>
#include <fstream>

#include "pki/file.h"

namespace service {

namespace {

std::optional<registry::SignedHead> last_line(const std::filesystem::path& file) {
  std::ifstream lines(file);
  std::optional<registry::SignedHead> last;
  for (std::string line; std::getline(lines, line);)
    if (auto head = registry::parse_signed_head(line)) last = std::move(head);
  return last;
}

}  // namespace

AuditHeads::AuditHeads(const SafetyFolder& folder, const store::Environment& environment, Signer operations,
                       const pki::Clock& clock, std::function<void(std::string_view)> log)
    : folder_(folder),
      environment_(environment),
      operations_(std::move(operations)),
      clock_(clock),
      log_(std::move(log)),
      last_(last_line(folder.heads_file())) {}

bool AuditHeads::is_due(const store::AuditHead& head, pki::Time now) const {
  if (!last_) return true;
  // After a restore the log is another one, and may be shorter.
  if (head.sequence < last_->head.sequence) return true;
  if (head.sequence >= last_->head.sequence + kEntriesBetweenHeads) return true;
  return head != last_->head && pki::jst_date(now) != pki::jst_date(last_->signed_at);
}

// A service that was restarted did not begin to wait only then: the first entry that no head covers counts,
// from the close of the day of the last head on.
pki::Time AuditHeads::due_since(const store::ReadTransaction& snapshot, pki::Time now) const {
  const std::uint64_t covered = last_ ? last_->head.sequence : 0;
  const auto entry = store::find_audit_entry(snapshot, covered + 1);
  // After a restore the log is another one.
  if (!entry) return now;
  const pki::Time recorded = entry->recorded_at;
  if (!last_) return std::min(now, recorded);
  const pki::Time close = pki::jst_start_of_day(pki::add_days(pki::jst_date(last_->signed_at), 1));
  return std::min(now, std::max(close, recorded));
}

pki::Result<registry::SignedHead> AuditHeads::sign_and_keep(const store::AuditHead& head,
                                                            pki::Time now) const {
  try {
    registry::SignedHead signed_head = registry::sign_head(*operations_(), folder_.identity(), head, now);
    TRY(pki::append_line(folder_.heads_file(), to_line(signed_head)));
    return signed_head;
  } catch (const std::exception& error) {
    // A key in a token that is away, say.
    return pki::fail(pki::Errc::internal, error.what());
  }
}

void AuditHeads::keep() {
  const store::ReadTransaction snapshot = environment_.read();
  const store::AuditHead head = store::read_audit_head(snapshot);
  const pki::Time now = clock_.now();
  if (!is_due(head, now)) return;
  auto kept = sign_and_keep(head, now);
  const std::lock_guard lock(mutex_);
  if (kept.has_error()) {
    const pki::Time since = failure_ ? failure_->due_since : due_since(snapshot, now);
    failure_ = Failure{since, kept.error().text()};
    return;
  }
  failure_.reset();
  last_ = std::move(*kept);
  if (log_) log_(to_line(*last_));
}

std::optional<std::string> AuditHeads::fault_beyond(pki::Seconds limit) const {
  const std::lock_guard lock(mutex_);
  if (!failure_ || clock_.now() - failure_->due_since <= limit) return std::nullopt;
  return "the head of the audit log could not be signed and kept since " +
         pki::to_rfc3339(failure_->due_since) + ": " + failure_->why;
}

std::optional<std::string> AuditHeads::fault() const {
  auto fault = fault_beyond(kUnsignedUntilUnready);
  if (fault && !stop_reason()) *fault += ": put that right, a day after that time writing stops";
  return fault;
}

std::optional<std::string> AuditHeads::stop_reason() const {
  auto fault = fault_beyond(kUnsignedUntilStop);
  if (fault) *fault += ": put that right, and writing goes on by itself";
  return fault;
}

pki::Seconds AuditHeads::overdue() const {
  const std::lock_guard lock(mutex_);
  if (!failure_) return pki::Seconds{0};
  return std::max(pki::Seconds{0}, clock_.now() - failure_->due_since);
}

}  // namespace service
