// The schedule as pure functions of the records and the time.

#include "crl/plan.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <system_error>

#include "crl/arl.h"
#include "crl/store.h"
#include "pki/certificate.h"
#include "registry/certificates.h"
#include "registry/issuers.h"

namespace crl {

namespace {

using registry::CrlKind;

bool is_used(const store::ReadTransaction& snapshot, const registry::CrlScope& scope) {
  return std::ranges::any_of(registry::generations_of(snapshot, scope), [&](std::uint8_t generation) {
    return registry::changes_after(snapshot, {scope.issuer.ca, generation}, scope.point, 0).valid();
  });
}

// Whether the generation's key has made its last lists.
bool has_ended(const store::ReadTransaction& snapshot, registry::IssuerId issuer) {
  const auto current = registry::current_crl(snapshot, {issuer, pki::kWholeGeneration}, CrlKind::complete);
  return current && (current->finality == registry::CrlFinality::last_of_key ||
                     current->next_update == registry::kNoNextUpdate);
}

// Whether a compromised CA certificate may be missing on the list, which was made before or in the second of
// its record.
bool lacks_ca_certificate(const store::ReadTransaction& snapshot, const registry::CrlRecord& list) {
  return std::ranges::any_of(
      revoked_ca_certificates(snapshot, list.scope.issuer.ca),
      [&](const RevokedCaCertificate& revoked) { return revoked.revocation_date >= list.this_update; });
}

// What is the same for every scope of one key.
struct NameState {
  // Another generation of the name makes lists.
  bool lives_on = false;
  // No other generation's certificate lasts longer.
  bool ends_last = true;
  // When the last rows of a compromised generation of the name were filled in. Its millions of entries of one
  // day would stand on every delta until the next complete CRL, were the one before it the base.
  std::optional<pki::Time> last_filled;
  std::uint64_t renounced_bases = 0;
};

NameState state_of_name(const store::ReadTransaction& snapshot, const registry::DecodedIssuer& decoded,
                        const RunRequest& request) {
  NameState state;
  state.lives_on = is_name_alive(snapshot, decoded.id().ca, request.now, decoded.id());
  state.renounced_bases = std::max(request.renounced_bases, registry::greatest_renounced_base(snapshot));
  for (const std::uint8_t generation : registry::generations_of_name(snapshot, decoded.id().ca)) {
    const auto issuer = registry::find_issuer(snapshot, {decoded.id().ca, generation}).value();
    const auto certificate = pki::Certificate::decode(issuer.certificate);
    if (certificate && certificate->not_after() > decoded.not_after) state.ends_last = false;
    if (issuer.compromise && issuer.compromise->completed_at)
      state.last_filled = std::max(state.last_filled, issuer.compromise->completed_at);
  }
  return state;
}

// Whether the file of a list is there, judged by its length; each file is looked at once.
class Files final {
 public:
  explicit Files(const PublisherOptions& options)
      : folder_(options.folder), is_damaged_(options.is_damaged) {}

  [[nodiscard]] bool have_all_of(const registry::CrlRecord& record) {
    if (is_damaged_ && is_damaged_(record)) return false;
    const auto [at, is_new] = lengths_.try_emplace(record.file, 0);
    std::error_code missing;
    if (is_new)
      if (const auto length = std::filesystem::file_size(path_of(folder_, record), missing); !missing)
        at->second = length;
    return at->second >= record.offset && at->second - record.offset >= record.length;
  }

 private:
  const std::filesystem::path& folder_;
  const std::function<bool(const registry::CrlRecord&)>& is_damaged_;
  // Of one generation; 0 for what is missing.
  std::map<std::string, std::uint64_t> lengths_;
};

// The plan of one key.
class Planner final {
 public:
  Planner(const store::ReadTransaction& snapshot, const registry::SigningIssuer& issuer,
          const RunRequest& request, const PublisherOptions& options)
      : snapshot_(snapshot),
        issuer_(issuer),
        request_(request),
        options_(options),
        name_(state_of_name(snapshot, issuer.decoded(), request)),
        files_(options) {}

  [[nodiscard]] std::vector<PlannedScope> take() {
    if (request_.ending && *request_.ending != issuer()) return {};
    // A CA whose certificate has expired signs nothing more, but that its name has ended when no other key
    // can.
    if (has_expired() && (name_.lives_on || !name_.ends_last)) return {};
    // Numbers are given in this order. Some clients take the list of the greatest number, whatever its scope,
    // so that of the whole comes behind that of CAs, whose counter it shares.
    add(pki::kWholeGeneration, CrlKind::arl);
    add(pki::kWholeGeneration, CrlKind::complete);
    for (const pki::DistributionPoint point : registry::points_of(snapshot_, issuer()))
      if (is_selected({issuer(), point})) add(point, CrlKind::complete);
    return std::move(scopes_);
  }

 private:
  [[nodiscard]] registry::IssuerId issuer() const { return issuer_.id(); }
  [[nodiscard]] bool has_expired() const { return issuer_.not_after() <= request_.now; }

  [[nodiscard]] bool is_selected(const registry::CrlScope& scope) const {
    if (options_.scopes == ScopeSelection::all || is_used(snapshot_, scope)) return true;
    // A client with a list of a point that is no longer published learns of its end as well, and gets no end
    // that is none.
    const auto complete = registry::current_crl(snapshot_, scope, CrlKind::complete);
    if (!complete) return false;
    return request_.ending || has_expired() || complete->next_update == registry::kNoNextUpdate;
  }

  // What a list is when it is made now: of a name without another living key the last, when this key ends,
  // too. What an earlier version published as the last of a name that lives on is followed by the last of its
  // key.
  [[nodiscard]] Lifetime lifetime_of(const std::optional<registry::CrlRecord>& current) const {
    const bool had_last = current && (current->next_update == registry::kNoNextUpdate ||
                                      current->finality == registry::CrlFinality::last_of_key);
    if (!request_.ending && !has_expired() && !had_last) return Lifetime::until_next;
    return name_.lives_on ? Lifetime::last_of_key : Lifetime::last_of_name;
  }

  [[nodiscard]] bool has_had_last(const std::optional<registry::CrlRecord>& current) const {
    if (!current) return false;
    if (current->next_update == registry::kNoNextUpdate) return !name_.lives_on;
    // When the name ends with a key that has ended before, the last word is still to be said.
    return current->finality == registry::CrlFinality::last_of_key && !(has_expired() && !name_.lives_on);
  }

  // Whether a list, or the delta beside it, is gone or altered: then even a last one is made again.
  [[nodiscard]] bool is_lost(const registry::CrlRecord& current) {
    if (!files_.have_all_of(current)) return true;
    if (current.kind != CrlKind::complete) return false;
    const auto delta = registry::current_crl(snapshot_, current.scope, CrlKind::delta);
    return delta && !is_usable(*delta);
  }

  // Whether a delta can be had, and its base: published together with a complete CRL, it is based on the one
  // before, and says nothing to a client that cannot have that.
  [[nodiscard]] bool is_usable(const registry::CrlRecord& delta) {
    if (!files_.have_all_of(delta)) return false;
    const auto base = registry::base_of(snapshot_, delta);
    return !base || files_.have_all_of(*base);
  }

  // Whether a delta may be made on a complete CRL: RFC 5280 section 5.2.4 wants both to have one scope.
  // Outsiders must be able to have it, too.
  [[nodiscard]] bool may_be_base(const registry::CrlRecord& complete) {
    if (!files_.have_all_of(complete)) return false;
    if (complete.meaning != registry::CrlMeaning::name || is_from_future(complete, request_.now))
      return false;
    if (complete.number <= name_.renounced_bases) return false;
    if (name_.last_filled && complete.this_update < *name_.last_filled) return false;
    return std::ranges::equal(registry::generations_of(snapshot_, complete.scope), complete.covered, {}, {},
                              &registry::Covered::generation);
  }

  void add(pki::DistributionPoint point, CrlKind kind) {
    const registry::CrlScope scope{issuer(), point};
    const auto current = registry::current_crl(snapshot_, scope, kind);
    if (has_had_last(current) && !is_lost(*current)) return;
    PlannedScope planned;
    planned.issuer = &issuer_;
    planned.scope = scope;
    planned.lifetime = lifetime_of(current);
    if (kind == CrlKind::complete && current && may_be_base(*current)) planned.base = current;
    const bool is_last = planned.lifetime != Lifetime::until_next;
    planned.action =
        kind == CrlKind::arl ? action_for_arl(current, is_last) : action_for(scope, planned.base, is_last);
    if (planned.action == ScopeAction::nothing) return;
    planned.names = registry::find_point_names(snapshot_, issuer(), point);
    planned.last_regular = registry::regular_crl_below(snapshot_, scope, kind, registry::kAnyCrlNumber);
    scopes_.push_back(std::move(planned));
  }

  [[nodiscard]] ScopeAction action_for(const registry::CrlScope& scope,
                                       const std::optional<registry::CrlRecord>& base, bool is_last) {
    if (!base || is_last || request_.kind == PublicationKind::complete_and_delta)
      return ScopeAction::complete_and_delta;
    if (request_.kind == PublicationKind::delta_only) return ScopeAction::delta;
    if (!request_.kind && base->this_update < last_complete_mark(request_.now, options_))
      return ScopeAction::complete_and_delta;
    return is_delta_needed(scope) ? ScopeAction::delta : ScopeAction::nothing;
  }

  [[nodiscard]] bool is_delta_needed(const registry::CrlScope& scope) {
    const auto delta = registry::current_crl(snapshot_, scope, CrlKind::delta);
    if (!delta || is_from_future(*delta, request_.now) || !is_usable(*delta)) return true;
    const bool reaches_the_end = delta->next_update >= issuer_.not_after();
    if (request_.now >= delta->next_update - options_.delta_overlap && !reaches_the_end) return true;
    if (scope.point.is_whole_generation() && lacks_ca_certificate(snapshot_, *delta)) return true;
    const bool waits_for_mark =
        !request_.kind && last_delta_mark(request_.now, options_) <= delta->this_update;
    return !waits_for_mark && has_changed(snapshot_, scope, delta->covered);
  }

  [[nodiscard]] ScopeAction action_for_arl(const std::optional<registry::CrlRecord>& current, bool is_last) {
    if (!current || is_last || is_from_future(*current, request_.now) || !files_.have_all_of(*current) ||
        request_.kind == PublicationKind::complete_and_delta)
      return ScopeAction::arl;
    const bool is_due = !request_.kind && current->this_update < last_complete_mark(request_.now, options_);
    // A compromised CA key does not wait for a mark.
    return is_due || lacks_ca_certificate(snapshot_, *current) ? ScopeAction::arl : ScopeAction::nothing;
  }

  const store::ReadTransaction& snapshot_;
  const registry::SigningIssuer& issuer_;
  const RunRequest& request_;
  const PublisherOptions& options_;
  NameState name_;
  Files files_;
  std::vector<PlannedScope> scopes_;
};

CrlKind kind_of(const PlannedScope& planned) {
  return planned.action == ScopeAction::arl ? CrlKind::arl : CrlKind::complete;
}

// The earliest of the last regular lists of the keys at hand that go on. A key without one yet does not
// count: what was on the others' lists for the last time is no news.
std::optional<pki::Time> earliest_regular(const store::ReadTransaction& snapshot,
                                          const std::vector<registry::SigningIssuer>& issuers,
                                          const PlannedScope& planned, pki::Time now) {
  std::optional<pki::Time> earliest;
  for (const registry::SigningIssuer& signing : issuers) {
    const registry::IssuerId issuer = signing.id();
    if (issuer.ca != planned.scope.issuer.ca) continue;
    const bool is_own = issuer == planned.scope.issuer;
    if (!is_own && (signing.not_after() <= now || has_ended(snapshot, issuer))) continue;
    if (!is_own && !planned.scope.point.is_whole_generation() &&
        !registry::have_same_directory_name(snapshot, planned.scope.point, issuer, planned.scope.issuer))
      continue;
    const auto regular = registry::regular_crl_below(snapshot, {issuer, planned.scope.point},
                                                     kind_of(planned), registry::kAnyCrlNumber);
    if (regular && (!earliest || regular->this_update < *earliest)) earliest = regular->this_update;
  }
  return earliest;
}

}  // namespace

bool is_from_future(pki::Time this_update, pki::Time now) {
  return this_update > now + kFutureTolerance;
}

bool is_from_future(const registry::CrlRecord& record, pki::Time now) {
  return is_from_future(record.this_update, now);
}

bool is_name_alive(const store::ReadTransaction& snapshot, pki::CaName ca, pki::Time now,
                   std::optional<registry::IssuerId> except) {
  return std::ranges::any_of(registry::generations_of_name(snapshot, ca), [&](std::uint8_t generation) {
    const registry::IssuerId id{ca, generation};
    if (id == except || has_ended(snapshot, id)) return false;
    const auto certificate = pki::Certificate::decode(registry::find_issuer(snapshot, id)->certificate);
    return certificate && certificate->not_after() > now;
  });
}

bool shadows_the_living(const store::ReadTransaction& snapshot, const registry::CrlRecord& record,
                        pki::Time now) {
  return record.next_update == registry::kNoNextUpdate &&
         is_name_alive(snapshot, record.scope.issuer.ca, now, record.scope.issuer);
}

pki::Time last_daily_mark(pki::Time now, pki::Seconds time_of_day) {
  const pki::Date today = pki::jst_date(now);
  const pki::Time mark = pki::jst_start_of_day(today) + time_of_day;
  return mark <= now ? mark : pki::jst_start_of_day(pki::add_days(today, -1)) + time_of_day;
}

pki::Time last_grid_mark(pki::Time now, pki::Seconds grid) {
  return pki::from_unix(pki::to_unix(now) / grid.count() * grid.count());
}

pki::Time last_complete_mark(pki::Time now, const PublisherOptions& options) {
  return last_daily_mark(now, options.complete_time_of_day);
}

pki::Time last_delta_mark(pki::Time now, const PublisherOptions& options) {
  return last_grid_mark(now, options.delta_grid);
}

registry::CrlOccasion occasion_of(const std::optional<registry::CrlRecord>& last_regular, pki::Time now,
                                  const PublisherOptions& options) {
  const bool is_regular = !last_regular || last_regular->this_update < last_complete_mark(now, options) ||
                          is_from_future(*last_regular, now);
  return is_regular ? registry::CrlOccasion::regular : registry::CrlOccasion::extra;
}

bool has_changed(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                 const registry::Coverage& covered) {
  for (const auto& [generation, sequence] : covered) {
    auto changes = registry::changes_after(snapshot, {scope.issuer.ca, generation}, scope.point, sequence);
    for (; changes.valid(); changes.next())
      if (const auto change = changes.row(); change.before.revocation || change.after.revocation) return true;
  }
  return false;
}

std::vector<PlannedScope> plan(const store::ReadTransaction& snapshot,
                               const std::vector<registry::SigningIssuer>& issuers, const RunRequest& request,
                               const PublisherOptions& options) {
  std::vector<PlannedScope> scopes;
  for (const registry::SigningIssuer& issuer : issuers)
    std::ranges::move(Planner(snapshot, issuer, request, options).take(), std::back_inserter(scopes));
  for (PlannedScope& planned : scopes)
    planned.earliest_regular = earliest_regular(snapshot, issuers, planned, request.now);
  return scopes;
}

}  // namespace crl
