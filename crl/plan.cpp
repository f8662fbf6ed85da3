// The schedule as pure functions of the records and the time.

#include "crl/plan.h"

#include <algorithm>

#include "crl/authority_list.h"
#include "registry/certificates.h"
#include "registry/issuers.h"

namespace crl {

namespace {

bool is_used(const store::ReadTransaction& snapshot, const registry::CrlScope& scope) {
  return registry::Changes(snapshot, scope.issuer, scope.point, 0).next().has_value();
}

// Once a scope has its last list, nothing more is made for it.
bool has_ended(const std::optional<registry::CrlRecord>& record) {
  return record && record->next_update == kNoNextUpdate;
}

bool is_delta_needed(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
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

bool has_changed(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                 std::uint64_t sequence) {
  registry::Changes changes(snapshot, scope.issuer, scope.point, sequence);
  while (const auto change = changes.next())
    if (change->before.revocation || change->after.revocation) return true;
  return false;
}

Need need_of(const store::ReadTransaction& snapshot, const registry::CrlScope& scope, const Demand& demand,
             const PublisherOptions& options) {
  const auto complete = registry::current_crl(snapshot, scope, registry::CrlKind::complete);
  if (has_ended(complete)) return Need::nothing;
  if (!complete || demand.ending || demand.kind == PublicationKind::complete_and_delta)
    return Need::complete_and_delta;
  if (demand.kind == PublicationKind::delta_only) return Need::delta;
  if (!demand.kind && complete->this_update < last_complete_mark(demand.now, options))
    return Need::complete_and_delta;
  return is_delta_needed(snapshot, scope, demand, options) ? Need::delta : Need::nothing;
}

Need need_of_authorities(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                         const Demand& demand, const PublisherOptions& options) {
  const registry::CrlScope scope{issuer, pki::kWholeGeneration};
  const auto current = registry::current_crl(snapshot, scope, registry::CrlKind::authority);
  if (has_ended(current)) return Need::nothing;
  if (!current || demand.ending || demand.kind == PublicationKind::complete_and_delta) return Need::authority;
  const bool is_due = !demand.kind && current->this_update < last_complete_mark(demand.now, options);
  // A compromised CA key does not wait for a mark.
  const bool has_changed = std::ranges::any_of(
      revoked_authorities(snapshot, issuer.ca),
      [&](const RevokedAuthority& revoked) { return revoked.revocation_date >= current->this_update; });
  return is_due || has_changed ? Need::authority : Need::nothing;
}

std::vector<PlannedScope> plan(const store::ReadTransaction& snapshot, const Signatory& signatory,
                               const Demand& demand, const PublisherOptions& options) {
  const registry::IssuerId issuer = signatory.authority.id;
  if (demand.ending && *demand.ending != issuer) return {};
  // When the CA itself has expired, so has everything that it signed: what is due then is its last.
  const bool is_last = demand.ending || signatory.authority.not_after < demand.now;
  std::vector<PlannedScope> scopes;
  const auto add = [&](pki::DistributionPoint point, Need need) {
    if (need == Need::nothing) return;
    const registry::CrlScope scope{issuer, point};
    const auto kind = need == Need::authority ? registry::CrlKind::authority : registry::CrlKind::complete;
    scopes.push_back(
        {.signatory = &signatory,
         .scope = scope,
         .names = registry::find_point_names(snapshot, issuer, point),
         .need = need,
         .current_complete = registry::current_crl(snapshot, scope, registry::CrlKind::complete),
         .last_regular = registry::regular_crl_below(snapshot, scope, kind, registry::kAnyCrlNumber),
         .lifetime = is_last ? Lifetime::last : Lifetime::until_next});
  };
  const auto consider = [&](pki::DistributionPoint point) {
    add(point, need_of(snapshot, {issuer, point}, demand, options));
  };
  consider(pki::kWholeGeneration);
  add(pki::kWholeGeneration, need_of_authorities(snapshot, issuer, demand, options));
  // Whoever holds a list of a point that is unused, or no longer published, is told of its end as well.
  const auto ends = [&](const registry::CrlScope& scope) {
    return is_last && registry::current_crl(snapshot, scope, registry::CrlKind::complete).has_value();
  };
  for (const pki::DistributionPoint point : registry::points_of(snapshot, issuer)) {
    const registry::CrlScope scope{issuer, point};
    if (options.scopes == ScopeSelection::all || is_used(snapshot, scope) || ends(scope)) consider(point);
  }
  return scopes;
}

Signatories find_signatories(const store::ReadTransaction& snapshot,
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
