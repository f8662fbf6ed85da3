// Roles as people write them.

#include "registry/actor.h"

#include "pki/distribution_point.h"
#include "pki/messages/registry.h"
#include "registry/municipalities.h"

namespace registry {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::municipality:
      return "municipality";
    case Role::call_centre:
      return "call-centre";
    case Role::officer:
      return "officer";
    case Role::supervisor:
      return "supervisor";
    case Role::auditor:
      return "auditor";
    case Role::system:
      return "system";
    case Role::register_reader:
      return "register-reader";
  }
  return "officer";
}

Actor::operator store::Actor() const {
  return {operator_name, static_cast<std::uint64_t>(role), municipality.value_or(0)};
}

Actor actor_of(const store::Actor& carried) {
  Actor actor{.operator_name = carried.operator_name, .role = static_cast<Role>(carried.role)};
  if (carried.municipality != 0) actor.municipality = static_cast<std::uint32_t>(carried.municipality);
  return actor;
}

pki::Result<Actor> parse_actor(std::string_view text, std::string operator_name) {
  const std::size_t colon = text.find(':');
  const std::string_view role = text.substr(0, colon);
  Actor actor;
  actor.operator_name = std::move(operator_name);
  if (role == "municipality") {
    if (colon == std::string_view::npos) return pki::invalid("as", messages::as_municipality_code);
    const auto code = parse_municipality_code(text.substr(colon + 1));
    if (!code) return pki::invalid("as", code.error().message);
    actor.municipality = *code;
    actor.role = Role::municipality;
    return actor;
  }
  for (const Role known :
       {Role::call_centre, Role::officer, Role::supervisor, Role::auditor, Role::register_reader}) {
    if (colon == std::string_view::npos && role == to_string(known)) {
      actor.role = known;
      return actor;
    }
  }
  return pki::invalid("as", messages::role_unknown);
}

std::string to_string(const Actor& actor) {
  std::string text(to_string(actor.role));
  if (actor.municipality) text += ":" + pki::to_string(pki::DistributionPoint{*actor.municipality});
  return text;
}

}  // namespace registry
