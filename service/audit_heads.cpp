// One file of lines, which only grows.

#include "service/audit_heads.h"

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

AuditHeads::AuditHeads(const SafetyFolder& folder, const store::Environment& environment,
                       std::shared_ptr<const pki::Signer> operations, const pki::Clock& clock,
                       std::function<void(std::string_view)> log)
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

void AuditHeads::keep() {
  const store::AuditHead head = store::read_audit_head(environment_.read());
  const pki::Time now = clock_.now();
  if (!is_due(head, now)) return;
  registry::SignedHead signed_head = registry::sign_head(*operations_, folder_.identity(), head, now);
  const std::string line = to_line(signed_head);
  const auto kept = pki::append_line(folder_.heads_file(), line);
  const std::lock_guard lock(mutex_);
  if (kept.has_error()) {
    fault_ = kept.error().text();
    return;
  }
  fault_.reset();
  last_ = std::move(signed_head);
  if (log_) log_(line);
}

std::optional<std::string> AuditHeads::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

}  // namespace service
