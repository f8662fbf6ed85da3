// Who makes a request of the operators' API, and in which of his roles he acts.
//
// Over HTTPS the client certificate says it, on the Unix socket the user of the peer process
// ([operators.local] in jpki.toml). Both are looked up again at every request, so that what ends, ends at
// once.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/permission.h"
#include "http/message.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "registry/operators.h"
#include "store/environment.h"

namespace admin {

// Which operator a user of this machine is, by uid.
using LocalOperators = std::map<std::uint32_t, std::string>;

// Whom the socket lets in once there are operators: those of them that LocalOperators names, or everyone, in
// every role, as on trial (the mock).
enum class SocketTrust : std::uint8_t { operators, everyone };

// How callers without a certificate are recognised.
struct LocalRecognition {
  LocalOperators operators = {};
  SocketTrust trust = SocketTrust::operators;
};

struct Caller {
  // As the audit log names him: the operator's name; "uid 0" or an address while the instance is on trial.
  std::string name;
  // No operator was added yet, or the socket trusts everyone: whom it lets in acts in every role.
  bool is_on_trial = false;
  std::vector<registry::Grant> grants = {};
};

// Errc::forbidden: no certificate, one that is not (or no longer) an operator's, a user who is no operator, a
// disabled operator.
[[nodiscard]] pki::Result<Caller> identify(const store::ReadTransaction& transaction, const http::Peer& peer,
                                           const LocalRecognition& local, pki::Time now);

// A role to act in, before it is known whom the action concerns: the one that was stated (--as), else the
// first of the caller's that may do it. Errc::forbidden when the caller has not the role that he states, or
// none of his may do it.
[[nodiscard]] pki::Result<registry::Actor> choose_role(const Caller& caller,
                                                       const std::optional<registry::Actor>& stated,
                                                       Action action);

// The role in which the caller does something for a resident of `place`, unless he states one: the
// municipality of residence when he has it, for a hold the call centre first. Absent `place`: it is not
// known. Errc::forbidden when none of his roles may do it.
[[nodiscard]] pki::Result<registry::Actor> role_for_resident(const store::ReadTransaction& transaction,
                                                             const Caller& caller, Action action,
                                                             std::optional<std::uint32_t> place);

// Errc::forbidden when the actor's reach ends before this municipality.
[[nodiscard]] pki::Result<void> require_reach(const store::ReadTransaction& transaction,
                                              const registry::Actor& actor, Action action,
                                              std::uint32_t place);

}  // namespace admin
