// Merging a table with the changes that are to be forgotten.

#include "crl/state.h"

#include <algorithm>

namespace crl {

StatesBefore states_before_changes(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                                   std::uint64_t sequence) {
  StatesBefore undone;
  registry::Changes changes(snapshot, scope.issuer, scope.point, sequence);
  while (const auto change = changes.next()) {
    std::optional<registry::RevokedEntry> before;
    if (change->before.revocation)
      before = registry::RevokedEntry{.point = change->point,
                                      .serial = change->certificate.serial,
                                      .revocation = *change->before.revocation,
                                      .not_after = change->not_after};
    // Only the first change after the sequence knows the state at it.
    undone.try_emplace({change->point, change->certificate.serial}, before);
  }
  return undone;
}

StateAt::StateAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                 const StatesBefore& undone)
    : table_(snapshot, scope.issuer, scope.point), undone_at_(undone.cbegin()), undone_end_(undone.cend()) {}

StateAt::StateAt(const store::ReadTransaction& snapshot, registry::IssuerId issuer, PointRange range,
                 const StatesBefore& undone)
    : table_(registry::RevokedEntries::from(snapshot, issuer, range.first)),
      end_(range.end),
      undone_at_(undone.lower_bound({range.first, pki::SerialNumber{}})),
      undone_end_(range.end ? undone.lower_bound({*range.end, pki::SerialNumber{}}) : undone.cend()) {}

const registry::RevokedEntry* StateAt::ahead() {
  if (batch_at_ == batch_size_) {
    batch_size_ = table_.read(batch_);
    batch_at_ = 0;
  }
  if (batch_at_ == batch_size_ || (end_ && batch_[batch_at_].point >= *end_)) return nullptr;
  return &batch_[batch_at_];
}

const registry::RevokedEntry* StateAt::next() {
  const registry::RevokedEntry* entry = ahead();
  while (undone_at_ != undone_end_) {
    const auto& [position, before] = *undone_at_;
    if (entry != nullptr && std::pair{entry->point, entry->serial} < position) break;
    if (entry != nullptr && std::pair{entry->point, entry->serial} == position) ++batch_at_;
    ++undone_at_;
    if (before) return &*before;
    entry = ahead();
  }
  if (entry != nullptr) ++batch_at_;
  return entry;
}

namespace {

// One change of one certificate, as far as a delta is concerned.
struct Step {
  pki::SerialNumber serial;
  std::uint64_t sequence = 0;
  std::optional<registry::Revocation> before;
  std::optional<registry::Revocation> after;
};

bool is_hold(const std::optional<registry::Revocation>& revocation) {
  return revocation && revocation->is_hold();
}

// Whether some list of the scope was made while `steps` (of one certificate, in order) stood at a hold, and
// the date of the last hold.
std::optional<pki::Time> shown_hold(std::span<const Step> steps,
                                    const std::vector<registry::CrlRecord>& lists) {
  std::optional<pki::Time> shown;
  std::optional<pki::Time> last;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (!is_hold(steps[i].after)) continue;
    last = steps[i].after->date;
    const bool seen = std::ranges::any_of(lists, [&](const registry::CrlRecord& list) {
      return list.sequence >= steps[i].sequence && list.sequence < steps[i + 1].sequence;
    });
    if (seen) shown = last;
  }
  return shown ? last : std::nullopt;
}

}  // namespace

std::vector<ExpectedEntry> expected_delta(const store::ReadTransaction& snapshot,
                                          const registry::CrlRecord& record,
                                          const registry::CrlRecord& base) {
  std::vector<Step> steps;
  registry::Changes changes(snapshot, record.scope.issuer, record.scope.point, base.sequence);
  while (const auto change = changes.next()) {
    if (change->sequence > record.sequence) break;
    if (!change->before.revocation && !change->after.revocation) continue;
    steps.push_back(
        {change->certificate.serial, change->sequence, change->before.revocation, change->after.revocation});
  }
  std::ranges::stable_sort(steps, {}, &Step::serial);

  std::vector<ExpectedEntry> expected;
  std::optional<std::vector<registry::CrlRecord>> lists;
  for (auto first = steps.cbegin(); first != steps.cend();) {
    const auto end =
        std::find_if(first, steps.cend(), [&](const Step& step) { return step.serial != first->serial; });
    const std::span<const Step> own(first, end);
    const auto& was = own.front().before;
    const auto& is = own.back().after;
    if (is) {
      // Listed even when it stands as in the base again: a delta in between may have said otherwise.
      expected.push_back({own.front().serial, *is});
    } else if (was) {
      expected.push_back({own.front().serial, {was->date, pki::CrlReason::remove_from_crl}});
    } else {
      if (!lists) lists = registry::crls_of(snapshot, record.scope);
      if (const auto date = shown_hold(own, *lists))
        expected.push_back({own.front().serial, {*date, pki::CrlReason::remove_from_crl}});
    }
    first = end;
  }
  return expected;
}

StatusAt::StatusAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                   std::uint64_t sequence)
    : snapshot_(snapshot), scope_(scope) {
  registry::Changes changes(snapshot, scope.issuer, scope.point, sequence);
  while (const auto change = changes.next())
    undone_.try_emplace(change->certificate.serial.value, change->before);
}

std::optional<registry::Status> StatusAt::find(pki::SerialNumber serial) const {
  auto status = registry::find_status(snapshot_, {scope_.issuer, serial});
  if (!status || (!scope_.point.is_whole_generation() && status->point != scope_.point)) return std::nullopt;
  const auto undone = undone_.find(serial.value);
  if (undone == undone_.end()) return status;
  if (!undone->second.issued) return std::nullopt;
  status->revocation = undone->second.revocation;
  return status;
}

}  // namespace crl
