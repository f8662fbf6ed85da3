// Verdicts of the common table, and what is older than any of them.

#include "service/shared_nonces.h"

#include <exception>

namespace service {

namespace {

// The database is asked again after so long.
constexpr std::int64_t kLeaveAloneMilliseconds = 1'000;
// A row is committed at most so long after it had its number: a statement may take less.
constexpr std::int64_t kCommitMilliseconds = 60'000;
constexpr std::int64_t kPerSecond = 1'000;

}  // namespace

std::vector<ocsp::NonceVerdict> SharedNonces::take(std::span<const ocsp::NonceMark> marks) {
  std::vector<ocsp::NonceVerdict> verdicts(marks.size(), ocsp::NonceVerdict::unwritable);
  if (failed_at_ && elapsed_() - *failed_at_ < kLeaveAloneMilliseconds) return verdicts;
  pki::Result<std::vector<bool>> taken;
  try {
    taken = table_->take(marks, memory_);
  } catch (const std::exception& error) {
    taken = pki::fail(pki::Errc::internal, pki::message_of(error));
  }
  failed_at_ = taken.has_error() ? std::optional(elapsed_()) : std::nullopt;
  if (taken.has_error()) {
    if (!is_reported_ && on_error_)
      on_error_("nonces cannot be compared with other machines', PIN-less requests are answered tryLater: " +
                taken.error().text());
    is_reported_ = true;
    return verdicts;
  }
  is_reported_ = false;
  for (std::size_t i = 0; i < marks.size(); ++i)
    verdicts[i] = taken->at(i) ? ocsp::NonceVerdict::fresh : ocsp::NonceVerdict::repeated;
  return verdicts;
}

pki::Result<void> OldNonces::remove() {
  const std::int64_t now = elapsed_(), memory = memory_.count() * kPerSecond;
  constexpr std::int64_t kNotesOfAMemory = 20;
  if (noted_.empty() || now - noted_.back().at >= memory / kNotesOfAMemory) {
    TRY_ASSIGN(const std::uint64_t newest, table_->newest());
    noted_.push_back({now, newest});
  }
  std::optional<std::uint64_t> old;
  while (!noted_.empty() && now - noted_.front().at > memory + kCommitMilliseconds) {
    old = noted_.front().newest;
    noted_.pop_front();
  }
  return old ? table_->remove_to(*old) : pki::Result<void>{};
}

}  // namespace service
