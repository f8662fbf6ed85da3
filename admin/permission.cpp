// The table.

#include "admin/permission.h"

#include <algorithm>

namespace admin {

namespace {

constexpr Reach kNo = Reach::none, kOwn = Reach::own, kLaw = Reach::by_law, kAll = Reach::everywhere;
using Second = PermissionRow::Second;

// clang-format off
constexpr std::array kTable = {
    // action, name, what                                      municipality, call-centre, officer, supervisor, auditor, register-reader
    PermissionRow{Action::see_roles, "see-roles", "see this table and one's own roles",
                  {kAll, kAll, kAll, kAll, kAll, kAll}},
    PermissionRow{Action::read_register, "read-register", "read residents, their history and their certificates",
                  {kOwn, kNo, kNo, kNo, kNo, kAll}},
    PermissionRow{Action::find_card, "find-card", "find a card by name and date of birth, for a hold",
                  {kNo, kAll, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::register_resident, "register-resident", "enter a resident, record a guardianship",
                  {kOwn, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::record_event, "record-event", "record an event about a resident",
                  {kLaw, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::record_error, "record-error", "record that a certificate records something wrong",
                  {kOwn, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::record_online_notice, "record-online-notice", "record an application or notice that the holder signed online",
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::hold, "hold", "hold certificates",
                  {kOwn, kAll, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::release, "release", "release a hold",
                  {kOwn, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::issue, "issue", "issue certificates",
                  {kLaw, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::withdraw_consent, "withdraw-consent", "record that a holder withdraws a consent",
                  {kOwn, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::read_service, "read-service", "read generations, lists and the clock",
                  {kAll, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::read_statistics, "read-statistics", "read the statistics",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::read_ledger, "read-ledger", "read the ledger of answers to verifiers",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::read_audit, "read-audit", "read and verify the audit log",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::check, "check", "check the store against itself",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::publish, "publish", "publish lists now",
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::end_key, "end-key", "publish the last lists of a key",
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::record_compromise, "record-compromise", "record the compromise of a CA's key",
                  {kNo, kNo, kAll, kAll, kNo, kNo}, Second::always},
    PermissionRow{Action::accept_clock, "accept-clock", "say that the wall clock is right",
                  {kNo, kNo, kAll, kAll, kNo, kNo}},
    PermissionRow{Action::rotate_keys, "rotate-keys", "have records sealed again under a new key",
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::sweep, "sweep", "record what time has brought",
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::adopt, "adopt", "record a certificate that a restore has lost",
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::read_retention, "read-retention", "see which records have outlived their term",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::remove_records, "remove-records", "remove records that have outlived their term",
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::read_verifiers, "read-verifiers", "read verifiers, their credentials and reports",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::change_verifiers, "change-verifiers", "register verifiers, take their steps, issue and revoke their credentials",
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::approve_verifiers, "approve-verifiers", "approve a specific verifier, cancel an approval (Act 38-2)",
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::read_operators, "read-operators", "read operators and their credentials",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::change_operators, "change-operators", "add, disable and enable operators, revoke their credentials",
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::sometimes},
    PermissionRow{Action::renew_credential, "renew-credential", "have an operator's credential issued",
                  {kOwn, kOwn, kAll, kOwn, kOwn, kOwn}, Second::sometimes},
    PermissionRow{Action::read_requests, "read-requests", "read what waits for a second person",
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::decide_requests, "decide-requests", "confirm or reject what another has requested",
                  {kNo, kNo, kNo, kAll, kNo, kNo}},
};
// clang-format on

static_assert([] {
  for (std::size_t i = 0; i < kTable.size(); ++i)
    if (kTable.at(i).action != static_cast<Action>(i)) return false;
  return kTable.size() == static_cast<std::size_t>(Action::verifier_service);
}());

std::string_view to_string(Second second) {
  if (second == Second::no) return "";
  return second == Second::always ? "always" : "officers, supervisors";
}

}  // namespace

std::span<const PermissionRow> permission_table() {
  return kTable;
}

std::string_view to_string(Action action) {
  if (action == Action::verifier_service) return "verifier";
  return kTable.at(static_cast<std::size_t>(action)).name;
}

std::optional<Action> action_named(std::string_view name) {
  const auto row = std::ranges::find(kTable, name, &PermissionRow::name);
  return row == kTable.end() ? std::nullopt : std::optional(row->action);
}

Action action_of_event(law::Event event) {
  switch (event) {
    case law::Event::hold:
      return Action::hold;
    case law::Event::release:
      return Action::release;
    case law::Event::record_error:
      return Action::record_error;
    default:
      return Action::record_event;
  }
}

std::string_view to_string(Reach reach) {
  switch (reach) {
    case Reach::none:
      return "-";
    case Reach::own:
      return "own";
    case Reach::by_law:
      return "own, law";
    case Reach::everywhere:
      return "all";
  }
  return "-";
}

Reach reach_of(registry::Role role, Action action) {
  if (action == Action::verifier_service) return Reach::none;
  if (role == registry::Role::system) return Reach::everywhere;
  const auto column = std::ranges::find(kOperatorRoles, role);
  if (column == kOperatorRoles.end()) return Reach::none;
  const auto index = static_cast<std::size_t>(column - kOperatorRoles.begin());
  return kTable.at(static_cast<std::size_t>(action)).reaches.at(index);
}

pki::Error refuse_role(const registry::Actor& actor, Action action) {
  std::string who;
  for (const registry::Role role : kOperatorRoles)
    if (reach_of(role, action) != Reach::none)
      who += (who.empty() ? "" : ", ") + std::string(to_string(role));
  pki::Error error =
      pki::fail(pki::Errc::forbidden, "the role " + std::string(to_string(actor.role)) + " may not " +
                                          std::string(kTable.at(static_cast<std::size_t>(action)).what) +
                                          ": the rule " + std::string(to_string(action)) + " leaves it to " +
                                          who + " (`jpki roles`)");
  // The statement of practice for the call centre and the counter, the Ordinance on the office's own staff.
  const bool is_counter = action == Action::release || actor.role == registry::Role::call_centre;
  error.article = is_counter ? "CPS 4.9" : "Ordinance 74";
  return error;
}

std::string roles_as_markdown() {
  std::string text = "| action | what |";
  std::string line = "|---|---|";
  for (const registry::Role role : kOperatorRoles) {
    text += " " + std::string(to_string(role)) + " |";
    line += "---|";
  }
  text += " second person |\n" + line + "---|\n";
  for (const PermissionRow& row : kTable) {
    text += "| `" + std::string(row.name) + "` | " + std::string(row.what) + " |";
    for (const Reach reach : row.reaches)
      text += " " + std::string(to_string(reach)) + " |";
    const std::string_view second = to_string(row.second_person);
    text += (second.empty() ? "" : " ") + std::string(second) + " |\n";
  }
  return text;
}

}  // namespace admin
