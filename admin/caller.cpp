// Evidence to operator, operator to role.

#include "admin/caller.h"

#include <algorithm>

#include "law/permission.h"

namespace admin {

namespace {

using registry::Actor;
using registry::Grant;
using registry::Role;

pki::Error forbidden(std::string detail) {
  return pki::fail(pki::Errc::forbidden, std::move(detail));
}

Caller caller_of(const registry::Operator& entry) {
  return {.name = entry.name, .is_on_trial = false, .grants = entry.grants};
}

pki::Result<Caller> caller_by_certificate(const store::ReadTransaction& transaction,
                                          pki::ByteView certificate, pki::Time now) {
  const auto found = registry::find_credential_holder(transaction, certificate);
  if (!found) return forbidden("the client certificate is no operator's: use one of `jpki operator add`");
  if (found->credential.revoked)
    return forbidden("the credential " + pki::to_string(found->credential.serial) + " of " +
                     found->holder.name + " is revoked: an officer issues another");
  if (!found->credential.is_in_force(now))
    return forbidden("the credential " + pki::to_string(found->credential.serial) + " of " +
                     found->holder.name + " has ended: an officer issues another");
  if (!found->holder.is_enabled)
    return forbidden("operator " + found->holder.name + " is disabled: an officer enables it");
  return caller_of(found->holder);
}

pki::Result<Caller> caller_by_user(const store::ReadTransaction& transaction, const http::Peer& peer,
                                   const LocalOperators& local) {
  const auto name = local.find(*peer.uid);
  const auto entry = name == local.end() ? std::nullopt : registry::find_operator(transaction, name->second);
  if (!entry)
    return forbidden(http::to_string(peer) +
                     " is no operator: name its user in [operators.local] of jpki.toml, or use --url and "
                     "--credential");
  if (!entry->is_enabled) return forbidden("operator " + entry->name + " is disabled: an officer enables it");
  return caller_of(*entry);
}

Actor actor_of(const Caller& caller, const Grant& grant) {
  return {.operator_name = caller.name, .role = grant.role, .municipality = grant.municipality};
}

// Trial: the roles in the order in which they are taken when none is stated. A municipality must be known.
constexpr std::array kTrialRoles = {Role::officer, Role::supervisor, Role::auditor, Role::register_reader};

bool may(Role role, Action action) {
  return reach_of(role, action) != Reach::none;
}

Actor trial_role(const Caller& caller, Action action, std::optional<std::uint32_t> place) {
  Actor actor{.operator_name = caller.name, .role = Role::municipality, .municipality = place};
  if (action == Action::hold || !may(Role::municipality, action)) {
    if (may(Role::call_centre, action)) return {.operator_name = caller.name, .role = Role::call_centre};
  }
  if (place && may(Role::municipality, action)) return actor;
  for (const Role role : kTrialRoles)
    if (may(role, action)) return {.operator_name = caller.name, .role = role};
  return actor;
}

// How well a role fits: the municipality itself before the city of the ward before any other role.
int fit_of(const store::ReadTransaction& transaction, const Actor& actor, Action action,
           std::optional<std::uint32_t> place) {
  if (!may(actor.role, action)) return 0;
  if (action == Action::hold && actor.role == Role::call_centre) return 5;
  if (actor.role != Role::municipality) return 2;
  if (!place) return 1;
  if (actor.municipality == place) return 4;
  return law::acting_for(transaction, actor, *place).municipality == place ? 3 : 1;
}

}  // namespace

pki::Result<Caller> identify(const store::ReadTransaction& transaction, const http::Peer& peer,
                             const LocalOperators& local, pki::Time now) {
  if (peer.client_certificate) return caller_by_certificate(transaction, *peer.client_certificate, now);
  if (peer.is_encrypted)
    return forbidden("this listener knows operators by their client certificate: use --credential FILE.p12");
  if (!registry::has_operators(transaction))
    return Caller{.name = http::to_string(peer), .is_on_trial = true};
  if (peer.uid) return caller_by_user(transaction, peer, local);
  return forbidden("operators are known by a client certificate or, on the Unix socket, by their user");
}

pki::Result<Actor> choose_role(const Caller& caller, const std::optional<Actor>& stated, Action action) {
  if (stated) {
    const bool has_it = caller.is_on_trial ||
                        std::ranges::count(caller.grants, Grant{stated->role, stated->municipality}) > 0;
    if (!has_it)
      return forbidden(caller.name + " has not the role " + to_string(*stated) +
                       ": leave --as out, or state one that `jpki roles` shows as yours");
    if (!may(stated->role, action)) return refuse_role(*stated, action);
    return *stated;
  }
  if (caller.is_on_trial) return trial_role(caller, action, std::nullopt);
  for (const Grant& grant : caller.grants)
    if (may(grant.role, action)) return actor_of(caller, grant);
  if (caller.grants.empty()) return forbidden(caller.name + " has no role");
  return refuse_role(actor_of(caller, caller.grants.front()), action);
}

pki::Result<Actor> role_for_resident(const store::ReadTransaction& transaction, const Caller& caller,
                                     Action action, std::optional<std::uint32_t> place) {
  if (caller.is_on_trial) return trial_role(caller, action, place);
  Actor best = actor_of(caller, caller.grants.empty() ? Grant{Role::auditor, {}} : caller.grants.front());
  int best_fit = 0;
  for (const Grant& grant : caller.grants) {
    const Actor actor = actor_of(caller, grant);
    const int fit = fit_of(transaction, actor, action, place);
    if (fit <= best_fit) continue;
    best = actor;
    best_fit = fit;
  }
  if (best_fit == 0) return refuse_role(best, action);
  return best;
}

pki::Result<void> require_reach(const store::ReadTransaction& transaction, const Actor& actor, Action action,
                                std::uint32_t place) {
  const Reach reach = reach_of(actor.role, action);
  if (reach == Reach::none) return refuse_role(actor, action);
  if (reach == Reach::everywhere) return {};
  if (law::acting_for(transaction, actor, place).municipality == place) return {};
  // The same for what is not there, and without the code: where someone is registered is part of the address.
  return forbidden("this is not on record for your municipality: the rule " + std::string(to_string(action)) +
                   " lets a municipality reach its own residents alone (`jpki roles`)");
}

}  // namespace admin
