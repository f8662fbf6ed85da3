// The schedule as pure functions of the records and the time.

#include "crl/plan.h"

#include "registry/certificates.h"
#include "registry/issuers.h"

namespace crl {

namespace {

bool is_used(const registry::ReadTransaction& snapshot, const registry::CrlScope& scope) {
  return registry::Changes(snapshot, scope.issuer, scope.point, 0).next().has_value();
}

bool is_delta_needed(const registry::ReadTransaction& snapshot, const registry::CrlScope& scope,
                     const Demand& demand, const PublisherOptions& options) {
  const auto delta = registry::current_crl(snapshot, scope, registry::CrlKind::delta);
  if (!delta || demand.now >= delta->next_update - options.delta_overlap) return true;
  const bool waits_for_mark = !demand.kind && last_delta_mark(demand.now, options) <= delta->this_update;
  return !waits_for_mark && has_changed(snapshot, scope, delta->sequence);
}

}  // namespace

pki::Time last_complete_mark(pki::Time now, const PublisherOptions& options) {
  const pki::Date today = pki::jst_date(now);
  const pki::Time mark = pki::jst_start_of_day(today) + options.complete_time_of_day;
  return mark <= now ? mark : pki::jst_start_of_day(pki::add_days(today, -1)) + options.complete_time_of_day;
}

pki::Time last_delta_mark(pki::Time now, const PublisherOptions& options) {
  const std::int64_t grid = options.delta_grid.count();
  return pki::from_unix(pki::to_unix(now) / grid * grid);
}

registry::CrlOccasion occasion_of(const std::optional<registry::CrlRecord>& last_regular, pki::Time now,
                                  const PublisherOptions& options) {
  const bool is_regular = !last_regular || last_regular->this_update < last_complete_mark(now, options);
  return is_regular ? registry::CrlOccasion::regular : registry::CrlOccasion::extra;
}

bool has_changed(const registry::ReadTransaction& snapshot, const registry::CrlScope& scope,
                 std::uint64_t sequence) {
  registry::Changes changes(snapshot, scope.issuer, scope.point, sequence);
  while (const auto change = changes.next())
    if (change->before.revocation || change->after.revocation) return true;
  return false;
}

Need need_of(const registry::ReadTransaction& snapshot, const registry::CrlScope& scope, const Demand& demand,
             const PublisherOptions& options) {
  const auto complete = registry::current_crl(snapshot, scope, registry::CrlKind::complete);
  if (!complete || demand.kind == PublicationKind::complete_and_delta) return Need::complete_and_delta;
  if (demand.kind == PublicationKind::delta_only) return Need::delta;
  if (!demand.kind && complete->this_update < last_complete_mark(demand.now, options))
    return Need::complete_and_delta;
  return is_delta_needed(snapshot, scope, demand, options) ? Need::delta : Need::nothing;
}

std::vector<PlannedScope> plan(const registry::ReadTransaction& snapshot, const Signatory& signatory,
                               const Demand& demand, const PublisherOptions& options) {
  const registry::IssuerId issuer = signatory.authority.id;
  std::vector<PlannedScope> scopes;
  const auto consider = [&](pki::DistributionPoint point) {
    const registry::CrlScope scope{issuer, point};
    const Need need = need_of(snapshot, scope, demand, options);
    if (need == Need::nothing) return;
    scopes.push_back({.signatory = &signatory,
                      .scope = scope,
                      .names = registry::find_point_names(snapshot, issuer, point),
                      .need = need,
                      .current_complete = registry::current_crl(snapshot, scope, registry::CrlKind::complete),
                      .last_regular = registry::regular_crl_below(snapshot, scope, registry::kAnyCrlNumber)});
  };
  consider(pki::kWholeGeneration);
  for (const pki::DistributionPoint point : registry::points_of(snapshot, issuer))
    if (options.scopes == ScopeSelection::all || is_used(snapshot, {issuer, point})) consider(point);
  return scopes;
}

Signatories find_signatories(const registry::ReadTransaction& snapshot,
                             const std::vector<IssuerSigner>& signers) {
  Signatories found;
  for (const IssuerSigner& signer : signers) {
    const auto fail = [&](std::string reason) {
      found.failures.push_back(
          {{signer.issuer, pki::kWholeGeneration}, registry::CrlKind::complete, std::move(reason)});
    };
    const auto issuer = registry::find_issuer(snapshot, signer.issuer);
    if (!issuer) {
      fail("there is no such generation in the store");
      continue;
    }
    auto authority = make_authority(*issuer);
    if (authority.has_error())
      fail(authority.error().detail);
    else if (authority->public_key != signer.signer->public_key())
      fail("the key at hand is not the one of the generation's certificate");
    else
      found.ready.push_back({std::move(*authority), signer.signer});
  }
  return found;
}

}  // namespace crl
