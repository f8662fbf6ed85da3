// Evidence to operator, operator to role.

#include "admin/caller.h"

#include <algorithm>

#include "law/permission.h"
#include "pki/messages/admin.h"

namespace admin {

namespace {

using registry::Actor;
using registry::Grant;
using registry::Role;

pki::Error forbidden(pki::Message detail) {
  return pki::fail(pki::Errc::forbidden, std::move(detail));
}

Caller caller_of(const registry::Operator& entry) {
  return {.name = entry.name, .is_on_trial = false, .grants = entry.grants};
}

pki::Result<Caller> caller_by_certificate(const store::ReadTransaction& transaction,
                                          pki::ByteView certificate, pki::Time now) {
  const auto found = registry::find_credential_holder(transaction, certificate);
  if (!found) return forbidden(messages::certificate_of_no_operator);
  if (found->credential.revoked)
    return forbidden(
        {messages::caller_credential_revoked, pki::to_string(found->credential.serial), found->holder.name});
  if (!found->credential.is_in_force(now))
    return forbidden(
        {messages::caller_credential_ended, pki::to_string(found->credential.serial), found->holder.name});
  if (!found->holder.is_enabled) return forbidden({messages::caller_disabled, found->holder.name});
  return caller_of(found->holder);
}

pki::Result<Caller> caller_by_user(const store::ReadTransaction& transaction, const http::Peer& peer,
                                   const LocalOperators& local) {
  const auto name = local.find(*peer.uid);
  const auto entry = name == local.end() ? std::nullopt : registry::find_operator(transaction, name->second);
  if (!entry) return forbidden({messages::peer_is_no_operator, http::to_string(peer)});
  if (!entry->is_enabled) return forbidden({messages::caller_disabled, entry->name});
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
                             const LocalRecognition& local, pki::Time now) {
  if (peer.client_certificate) return caller_by_certificate(transaction, *peer.client_certificate, now);
  if (peer.is_encrypted) return forbidden(messages::listener_needs_certificate);
  if (local.trust == SocketTrust::everyone || !registry::has_operators(transaction))
    return Caller{.name = http::to_string(peer), .is_on_trial = true};
  if (peer.uid) return caller_by_user(transaction, peer, local.operators);
  return forbidden(messages::caller_unidentified);
}

pki::Result<Actor> choose_role(const Caller& caller, const std::optional<Actor>& stated, Action action) {
  if (stated) {
    const bool has_it = caller.is_on_trial ||
                        std::ranges::count(caller.grants, Grant{stated->role, stated->municipality}) > 0;
    if (!has_it) return forbidden({messages::caller_lacks_role, caller.name, to_string(*stated)});
    if (!may(stated->role, action)) return refuse_role(*stated, action);
    return *stated;
  }
  if (caller.is_on_trial) return trial_role(caller, action, std::nullopt);
  for (const Grant& grant : caller.grants)
    if (may(grant.role, action)) return actor_of(caller, grant);
  if (caller.grants.empty()) return forbidden({messages::caller_without_role, caller.name});
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
  return forbidden({messages::other_municipality, to_string(action)});
}

}  // namespace admin
