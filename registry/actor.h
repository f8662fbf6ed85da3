// Who acts: the operator, role and municipality behind every write.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pki/result.h"
#include "store/actor.h"

namespace registry {

// Stored in records: never change a value.
enum class Role : std::uint8_t {
  municipality = 1,     // A municipality's counter or system, for its own residents.
  call_centre = 2,      // The 24-hour call centre: may hold, nothing else.
  officer = 3,          // J-LIS staff.
  supervisor = 4,       // J-LIS staff whose second pair of eyes some actions need.
  auditor = 5,          // Reads everything, changes nothing.
  system = 6,           // The program itself: schedules and sweeps.
  register_reader = 7,  // Reads the resident register of every municipality, changes nothing.
};

[[nodiscard]] std::string_view to_string(Role role);

struct Actor {
  std::string operator_name = {};
  Role role = Role::officer;
  // Six-digit code, for Role::municipality.
  std::optional<std::uint32_t> municipality = {};

  // As the store carries it with a command and its audit entry.
  operator store::Actor() const;  // NOLINT(google-explicit-constructor)
};

// The program itself, or the part of it that `name` names in the audit log.
[[nodiscard]] inline Actor system_actor(std::string name = "jpki") {
  return {.operator_name = std::move(name), .role = Role::system};
}

// What a command or an audit entry carries, read back.
[[nodiscard]] Actor actor_of(const store::Actor& carried);

// "municipality:132217", "call-centre", "officer", "supervisor", "auditor", "register-reader": the values of
// --as, and of --role.
[[nodiscard]] pki::Result<Actor> parse_actor(std::string_view text, std::string operator_name);
[[nodiscard]] std::string to_string(const Actor& actor);

}  // namespace registry
