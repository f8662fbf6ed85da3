// Merging a table with the changes that are to be forgotten.

#include "crl/state.h"

#include <algorithm>

namespace crl {

namespace {

StatesBefore states_before(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                           pki::DistributionPoint point, std::uint64_t sequence) {
  StatesBefore undone;
  auto changes = registry::changes_after(snapshot, issuer, point, sequence);
  for (; changes.valid(); changes.next()) {
    const registry::Change change = changes.row();
    std::optional<registry::RevokedEntry> before;
    if (change.before.revocation)
      before = registry::RevokedEntry{.point = change.point,
                                      .serial = change.certificate.serial,
                                      .revocation = *change.before.revocation,
                                      .not_after = change.not_after};
    // Only the first change after the sequence knows the state at it.
    undone.try_emplace({change.point, change.certificate.serial}, before);
  }
  return undone;
}

}  // namespace

std::vector<StatesBefore> states_before_changes(const store::ReadTransaction& snapshot,
                                                const registry::CrlScope& scope,
                                                const registry::Coverage& covered) {
  std::vector<StatesBefore> undone;
  undone.reserve(covered.size());
  for (const auto& [generation, sequence] : covered)
    undone.push_back(states_before(snapshot, {scope.issuer.ca, generation}, scope.point, sequence));
  return undone;
}

GenerationAt::GenerationAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                           const StatesBefore& undone)
    : table_(registry::revoked_entries(snapshot, scope.issuer, scope.point)),
      undone_at_(undone.cbegin()),
      undone_end_(undone.cend()) {}

GenerationAt::GenerationAt(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                           PointRange range, const StatesBefore& undone)
    : table_(registry::revoked_entries_from(snapshot, issuer, range.first)),
      end_(range.end),
      undone_at_(undone.lower_bound({range.first, pki::SerialNumber{}})),
      undone_end_(range.end ? undone.lower_bound({*range.end, pki::SerialNumber{}}) : undone.cend()) {}

const registry::RevokedEntry* GenerationAt::ahead() {
  if (batch_at_ == batch_size_) {
    batch_size_ = table_.read(batch_);
    batch_at_ = 0;
  }
  if (batch_at_ == batch_size_ || (end_ && batch_[batch_at_].point >= *end_)) return nullptr;
  return &batch_[batch_at_];
}

const registry::RevokedEntry* GenerationAt::next() {
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

StateAt::StateAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                 const registry::Coverage& covered, const std::vector<StatesBefore>& undone) {
  generations_.reserve(covered.size());
  for (std::size_t i = 0; i < covered.size(); ++i) {
    const registry::CrlScope own{{scope.issuer.ca, covered[i].generation}, scope.point};
    generations_.push_back({GenerationAt(snapshot, own, undone[i])});
  }
}

StateAt::StateAt(const store::ReadTransaction& snapshot, pki::CaName ca, const registry::Coverage& covered,
                 PointRange range, const std::vector<StatesBefore>& undone) {
  generations_.reserve(covered.size());
  for (std::size_t i = 0; i < covered.size(); ++i)
    generations_.push_back({GenerationAt(snapshot, {ca, covered[i].generation}, range, undone[i])});
}

const registry::RevokedEntry* StateAt::next() {
  if (generations_.size() == 1) return generations_.front().state.next();
  if (!is_begun_)
    for (Generation& generation : generations_)
      generation.next = generation.state.next();
  is_begun_ = true;
  if (given_ != nullptr) given_->next = given_->state.next();
  given_ = nullptr;
  for (Generation& generation : generations_) {
    const bool is_earlier =
        generation.next != nullptr && (given_ == nullptr || generation.next->point < given_->next->point);
    if (is_earlier) given_ = &generation;
  }
  return given_ == nullptr ? nullptr : given_->next;
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

// The lists of one scope, by whatever key, as far as they speak of a generation: up to which of its changes.
std::vector<std::uint64_t> sequences_shown(const store::ReadTransaction& snapshot,
                                           const registry::CrlScope& scope, std::uint8_t generation) {
  std::vector<std::uint64_t> shown;
  for (const std::uint8_t signing : registry::generations_of(snapshot, scope))
    for (const registry::CrlRecord& list :
         registry::crls_of(snapshot, {{scope.issuer.ca, signing}, scope.point}))
      if (const auto sequence = registry::covered_sequence(list.covered, generation))
        shown.push_back(*sequence);
  return shown;
}

// Whether some list was made while `steps` (of one certificate, in order) stood at a hold, and the date of
// the last hold.
std::optional<pki::Time> shown_hold(std::span<const Step> steps, const std::vector<std::uint64_t>& lists) {
  std::optional<pki::Time> shown;
  std::optional<pki::Time> last;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (!is_hold(steps[i].after)) continue;
    last = steps[i].after->date;
    const bool seen = std::ranges::any_of(lists, [&](std::uint64_t sequence) {
      return sequence >= steps[i].sequence && sequence < steps[i + 1].sequence;
    });
    if (seen) shown = last;
  }
  return shown ? last : std::nullopt;
}

// What a delta must say of one generation.
void expect_of_generation(const store::ReadTransaction& snapshot, const registry::CrlRecord& record,
                          const registry::Covered& until, std::uint64_t base_sequence,
                          std::vector<ExpectedEntry>& expected) {
  std::vector<Step> steps;
  auto changes = registry::changes_after(snapshot, {record.scope.issuer.ca, until.generation},
                                         record.scope.point, base_sequence);
  for (; changes.valid(); changes.next()) {
    const registry::Change change = changes.row();
    if (change.sequence > until.sequence) break;
    if (!change.before.revocation && !change.after.revocation) continue;
    steps.push_back(
        {change.certificate.serial, change.sequence, change.before.revocation, change.after.revocation});
  }
  std::ranges::stable_sort(steps, {}, &Step::serial);

  std::optional<std::vector<std::uint64_t>> lists;
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
      if (!lists) lists = sequences_shown(snapshot, record.scope, until.generation);
      if (const auto date = shown_hold(own, *lists))
        expected.push_back({own.front().serial, {*date, pki::CrlReason::remove_from_crl}});
    }
    first = end;
  }
}

}  // namespace

std::vector<ExpectedEntry> expected_delta(const store::ReadTransaction& snapshot,
                                          const registry::CrlRecord& record,
                                          const registry::CrlRecord& base) {
  std::vector<ExpectedEntry> expected;
  for (const registry::Covered& one : record.covered)
    expect_of_generation(snapshot, record, one,
                         registry::covered_sequence(base.covered, one.generation).value_or(0), expected);
  std::ranges::stable_sort(expected, {}, &ExpectedEntry::serial);
  // One certificate in two generations was lost and adopted: what one of them lists is listed.
  std::vector<ExpectedEntry> joined;
  for (const ExpectedEntry& entry : expected) {
    if (joined.empty() || joined.back().serial != entry.serial)
      joined.push_back(entry);
    else if (joined.back().revocation.reason == pki::CrlReason::remove_from_crl)
      joined.back() = entry;
  }
  return joined;
}

StatusAt::StatusAt(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                   const registry::Coverage& covered)
    : snapshot_(snapshot), scope_(scope) {
  for (const auto& [generation, sequence] : covered) {
    issuers_.push_back({scope.issuer.ca, generation});
    undone_.emplace_back();
    auto changes = registry::changes_after(snapshot, issuers_.back(), scope.point, sequence);
    for (; changes.valid(); changes.next()) {
      const registry::Change change = changes.row();
      undone_.back().try_emplace(change.certificate.serial.value, change);
    }
  }
}

std::optional<registry::Status> StatusAt::find(pki::SerialNumber serial) const {
  for (std::size_t i = 0; i < issuers_.size(); ++i)
    if (auto status = find_in(i, serial)) return status;
  return std::nullopt;
}

std::optional<registry::Status> StatusAt::find_in(std::size_t generation, pki::SerialNumber serial) const {
  auto status = registry::find_status(snapshot_, {issuers_[generation], serial});
  const auto found = undone_[generation].find(serial.value);
  const registry::Change* const undone = found == undone_[generation].end() ? nullptr : &found->second;
  if (undone != nullptr && !undone->before.issued) return std::nullopt;
  // A lost certificate has gone to its own generation since.
  if (!status && undone != nullptr) {
    status.emplace();
    status->kind = undone->kind;
    status->point = undone->point;
    status->not_after = undone->not_after;
  }
  if (!status || (!scope_.point.is_whole_generation() && status->point != scope_.point)) return std::nullopt;
  if (undone != nullptr) status->revocation = undone->before.revocation;
  return status;
}

}  // namespace crl
