// Two walks over one snapshot.

#include "registry/statistics.h"

#include <algorithm>
#include <vector>

#include "pki/birth_date.h"
#include "pki/messages/registry.h"
#include "registry/certificates.h"
#include "registry/issuers.h"

namespace registry {

namespace {

// Steps between two calls of the progress function.
constexpr std::uint64_t kStepsBetweenCalls = 4'096;

// What certificates were at a moment that has passed: the states of now, and the first change of each
// certificate since, which says what was before it.
class PastStates final {
 public:
  PastStates(const store::ReadTransaction& transaction, pki::Time until) : until_(until) {
    for (const Issuer& issuer : all_issuers(transaction)) {
      if (issuer.compromise && issuer.compromise->recorded_at <= until) compromised_.push_back(issuer.id);
      collect_changes(transaction, issuer.id);
    }
    // Stable: the first change of a certificate stays the first.
    std::ranges::stable_sort(later_, {}, &Earlier::certificate);
  }

  // Nothing for a certificate that was not issued yet.
  [[nodiscard]] std::optional<DayState> state_of(const CertificateId& id, const Status& status) const {
    bool held = status.revocation && status.revocation->is_hold();
    bool revoked = status.revocation && !held;
    const auto changed = std::ranges::lower_bound(later_, id, {}, &Earlier::certificate);
    if (changed != later_.end() && changed->certificate == id) {
      if (!changed->issued) return std::nullopt;
      held = changed->held;
      revoked = changed->revoked;
    }
    // The compromise of a CA's key revokes what is good or held of its generation.
    if (!revoked && std::ranges::find(compromised_, id.issuer) != compromised_.end()) revoked = true;
    if (revoked) return DayState::revoked;
    if (status.not_after < until_) return DayState::expired;
    return held ? DayState::held : DayState::valid;
  }

 private:
  struct Earlier {
    CertificateId certificate;
    bool issued, held, revoked;
  };

  void collect_changes(const store::ReadTransaction& transaction, IssuerId issuer) {
    // The last change that counts, by bisection: changes are numbered in the order of their recording.
    std::uint64_t known = 0, beyond = last_change_sequence(transaction, issuer) + 1;
    while (beyond - known > 1) {
      const std::uint64_t middle = known + (beyond - known) / 2;
      const ChangeCursor change = changes_after(transaction, issuer, pki::kWholeGeneration, middle - 1);
      if (change.valid() && change.row().recorded_at <= until_)
        known = middle;
      else
        beyond = middle;
    }
    for (auto changes = changes_after(transaction, issuer, pki::kWholeGeneration, known); changes.valid();
         changes.next()) {
      const Change change = changes.row();
      const ChangeState& before = change.before;
      const bool held = before.revocation && before.revocation->is_hold();
      later_.push_back({change.certificate, before.issued, held, before.revocation && !held});
    }
  }

  const pki::Time until_;
  std::vector<IssuerId> compromised_;
  std::vector<Earlier> later_;
};

// Calls the progress function every kStepsBetweenCalls steps.
class Steps final {
 public:
  explicit Steps(const StatisticsProgress& progress) : progress_(progress) {}
  // False when the count is to end.
  bool step() { return ++done_ % kStepsBetweenCalls != 0 || progress_(done_); }

 private:
  const StatisticsProgress& progress_;
  std::uint64_t done_ = 0;
};

bool count_points(const store::ReadTransaction& transaction, const PastStates& states, Steps& steps,
                  Statistics& sums) {
  for (StatusCursor rows = all_statuses(transaction); rows.valid(); rows.next()) {
    if (!steps.step()) return false;
    const auto [id, status] = rows.row();
    if (const auto state = states.state_of(id, status)) {
      sums.by_point[status.point.code].add(status.kind, *state);
      sums.total.add(status.kind, *state);
    }
  }
  return true;
}

AgeGroup group_of(const store::ReadTransaction& transaction, const store::Vault& vault, ResidentId id,
                  pki::Date on) {
  try {
    const auto resident = find_resident(transaction, vault, id);
    if (!resident) return {Sex::unknown, std::nullopt};
    // Where only the year of birth is known, the day that counts may lie ahead.
    const pki::Date birth = std::min(pki::reckoned_birth_date(resident->birth), on);
    return {resident->sex, std::min(static_cast<unsigned>(pki::age_on(birth, on)) / 5, kOldestBand)};
  } catch (const store::Corruption&) {
    // One record that does not open stops no count; `jpki check --store` names it.
    return {Sex::unknown, std::nullopt};
  }
}

bool count_persons(const store::ReadTransaction& transaction, const store::Vault& vault,
                   const StatisticsQuestion& question, const PastStates& states, Steps& steps,
                   Statistics& sums) {
  std::optional<ResidentId> holder;
  KindCounts* group = nullptr;
  for (HoldingCursor holdings = all_holdings(transaction); holdings.valid(); holdings.next()) {
    if (!steps.step()) return false;
    const Holding holding = holdings.row();
    const auto status = find_status(transaction, holding.certificate);
    const auto state = status ? states.state_of(holding.certificate, *status) : std::nullopt;
    if (!state) continue;
    if (holder != holding.resident) {
      holder = holding.resident;
      group = &sums.by_age[group_of(transaction, vault, *holder, question.on)];
    }
    group->add(status->kind, *state);
  }
  return true;
}

// Certificates whose issue record is no longer kept have no holder, but belong to the total.
void add_without_holder(Statistics& sums) {
  KindCounts counted;
  for (const auto& [group, counts] : sums.by_age)
    counted.add(counts);
  for (const pki::CertificateKind kind : pki::kAllCertificateKinds)
    for (const DayState state : kAllDayStates) {
      const std::uint64_t all = sums.total.of(kind).of(state), held = counted.of(kind).of(state);
      if (held > all) throw store::Corruption(messages::more_holders_than_certificates);
      if (held < all) sums.by_age[{Sex::unknown, std::nullopt}].add(kind, state, all - held);
    }
}

}  // namespace

std::uint64_t StateCounts::issued() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts_)
    sum += count;
  return sum;
}

void StateCounts::add(const StateCounts& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i)
    counts_.at(i) += other.counts_.at(i);
}

void KindCounts::add(const KindCounts& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i)
    counts_.at(i).add(other.counts_.at(i));
}

std::uint64_t count_work(const store::ReadTransaction& transaction, StatisticsDepth depth) {
  const std::uint64_t certificates = transaction.count(tables::status);
  return depth == StatisticsDepth::points ? certificates : certificates + transaction.count(tables::holdings);
}

std::optional<Statistics> count_certificates(const store::ReadTransaction& transaction,
                                             const store::Vault& vault, const StatisticsQuestion& question,
                                             const StatisticsProgress& progress) {
  const PastStates states(transaction, question.until);
  Statistics sums;
  Steps steps(progress);
  if (!count_points(transaction, states, steps, sums)) return std::nullopt;
  if (question.depth == StatisticsDepth::persons &&
      !count_persons(transaction, vault, question, states, steps, sums))
    return std::nullopt;
  if (question.depth == StatisticsDepth::persons) add_without_holder(sums);
  return sums;
}

}  // namespace registry
