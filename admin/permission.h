// Which role may do what, and for whose residents: one table. The rows of the endpoints (admin/endpoints.h)
// name the action; docs/roles.md and `jpki roles` show the table.
//
// What the Act says about single events (a move into another municipality, an application elsewhere) is
// law/permission's, and is asked after this table.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "law/rule.h"
#include "pki/message.h"
#include "pki/result.h"
#include "registry/actor.h"

namespace admin {

enum class Action : std::uint8_t {
  see_roles,
  read_register,
  find_card,
  register_resident,
  record_event,
  record_error,
  // An application or notice that the holder made online and signed (Act 9④, 10④, 28④, 29④).
  record_online_notice,
  hold,
  release,
  issue,
  withdraw_consent,
  read_service,
  read_statistics,
  read_ledger,
  read_audit,
  check,
  publish,
  end_key,
  roll_ca,
  record_compromise,
  accept_clock,
  rotate_keys,
  sweep,
  adopt,
  read_retention,
  remove_records,
  read_verifiers,
  change_verifiers,
  approve_verifiers,
  read_operators,
  change_operators,
  renew_credential,
  read_views,
  add_views,
  remove_views,
  read_requests,
  decide_requests,
  // Verifiers with a client certificate; no role of an operator.
  verifier_service,
};

// How far a role may go with an action.
enum class Reach : std::uint8_t {
  none,
  // The residents of its own municipality, a city's with those of its wards; or the operator itself.
  own,
  // Its own, and others where the Act lets another municipality act (Act 9, 10, 28, 29, Ordinance 11-2,
  // 47-2; a move into it).
  by_law,
  everywhere,
};

// The columns of the table.
inline constexpr std::array kOperatorRoles = {registry::Role::municipality, registry::Role::call_centre,
                                              registry::Role::officer,      registry::Role::supervisor,
                                              registry::Role::auditor,      registry::Role::register_reader};

struct PermissionRow {
  Action action;
  // As `x-action` in docs/openapi.yaml writes it.
  std::string_view name;
  // What it is, in words.
  pki::MessageText what;
  // By kOperatorRoles.
  std::array<Reach, kOperatorRoles.size()> reaches;
  // Whether a second person must confirm it; `sometimes` depends on whom or what it concerns.
  enum class Second : std::uint8_t { no, sometimes, always } second_person = Second::no;
};

// Every action of an operator, in the order of the enumeration.
[[nodiscard]] std::span<const PermissionRow> permission_table();

[[nodiscard]] std::string_view to_string(Action action);
[[nodiscard]] std::optional<Action> action_named(std::string_view name);
// The action that an event is.
[[nodiscard]] Action action_of_event(law::Event event);
// "-", "own", "own, law", "all".
[[nodiscard]] std::string_view to_string(Reach reach);
// Reach::none for a role that is no column, except registry::Role::system.
[[nodiscard]] Reach reach_of(registry::Role role, Action action);
// Errc::forbidden, with the rule, for a role whose reach is none.
[[nodiscard]] pki::Error refuse_role(const registry::Actor& actor, Action action);

// The table as docs/roles.md has it.
[[nodiscard]] std::string roles_as_markdown();

}  // namespace admin
