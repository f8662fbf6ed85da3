// One row for each action, in the order of the enum, with the reach of each role; a look-up is an index.

#include "admin/permission.h"

#include <algorithm>

#include "pki/messages/admin.h"

namespace admin {

namespace {

constexpr Reach kNo = Reach::none, kOwn = Reach::own, kLaw = Reach::by_law, kAll = Reach::everywhere;
using Second = PermissionRow::Second;

// clang-format off
constexpr std::array kTable = {
    // action, name, what                                      municipality, call-centre, officer, supervisor, auditor, register-reader
    PermissionRow{Action::see_roles, "see-roles", messages::may_see_roles,
                  {kAll, kAll, kAll, kAll, kAll, kAll}},
    PermissionRow{Action::read_register, "read-register", messages::may_read_register,
                  {kOwn, kNo, kNo, kNo, kNo, kAll}},
    PermissionRow{Action::find_card, "find-card", messages::may_find_card,
                  {kNo, kAll, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::register_resident, "register-resident", messages::may_register_resident,
                  {kOwn, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::record_event, "record-event", messages::may_record_event,
                  {kLaw, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::record_error, "record-error", messages::may_record_error,
                  {kOwn, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::record_online_notice, "record-online-notice", messages::may_record_online_notice,
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::hold, "hold", messages::may_hold,
                  {kOwn, kAll, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::release, "release", messages::may_release,
                  {kOwn, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::issue, "issue", messages::may_issue,
                  {kLaw, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::withdraw_consent, "withdraw-consent", messages::may_withdraw_consent,
                  {kOwn, kNo, kNo, kNo, kNo, kNo}},
    PermissionRow{Action::read_service, "read-service", messages::may_read_service,
                  {kAll, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::read_statistics, "read-statistics", messages::may_read_statistics,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::read_ledger, "read-ledger", messages::may_read_ledger,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::read_audit, "read-audit", messages::may_read_audit,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::check, "check", messages::may_check,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::publish, "publish", messages::may_publish,
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::end_key, "end-key", messages::may_end_key,
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::roll_ca, "roll-ca", messages::may_roll_ca,
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::record_compromise, "record-compromise", messages::may_record_compromise,
                  {kNo, kNo, kAll, kAll, kNo, kNo}, Second::always},
    PermissionRow{Action::accept_clock, "accept-clock", messages::may_accept_clock,
                  {kNo, kNo, kAll, kAll, kNo, kNo}},
    PermissionRow{Action::rotate_keys, "rotate-keys", messages::may_rotate_keys,
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::sweep, "sweep", messages::may_sweep,
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::adopt, "adopt", messages::may_adopt,
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::read_retention, "read-retention", messages::may_read_retention,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::remove_records, "remove-records", messages::may_remove_records,
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::read_verifiers, "read-verifiers", messages::may_read_verifiers,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::change_verifiers, "change-verifiers", messages::may_change_verifiers,
                  {kNo, kNo, kAll, kNo, kNo, kNo}},
    PermissionRow{Action::approve_verifiers, "approve-verifiers", messages::may_approve_verifiers,
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::read_operators, "read-operators", messages::may_read_operators,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::change_operators, "change-operators", messages::may_change_operators,
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::sometimes},
    PermissionRow{Action::renew_credential, "renew-credential", messages::may_renew_credential,
                  {kOwn, kOwn, kAll, kOwn, kOwn, kOwn}, Second::sometimes},
    PermissionRow{Action::read_views, "read-views", messages::may_read_views,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::add_views, "add-views", messages::may_add_views,
                  {kNo, kNo, kAll, kNo, kNo, kNo}, Second::always},
    PermissionRow{Action::remove_views, "remove-views", messages::may_remove_views,
                  {kNo, kNo, kAll, kAll, kNo, kNo}},
    PermissionRow{Action::read_requests, "read-requests", messages::may_read_requests,
                  {kNo, kNo, kAll, kAll, kAll, kNo}},
    PermissionRow{Action::decide_requests, "decide-requests", messages::may_decide_requests,
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
  return second == Second::always ? "always" : "sometimes (section 3)";
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
      pki::fail(pki::Errc::forbidden,
                {messages::role_may_not, to_string(actor.role),
                 pki::Message(kTable.at(static_cast<std::size_t>(action)).what), to_string(action), who});
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
    text += "| `" + std::string(row.name) + "` | " + std::string(row.what.en) + " |";
    for (const Reach reach : row.reaches)
      text += " " + std::string(to_string(reach)) + " |";
    const std::string_view second = to_string(row.second_person);
    text += (second.empty() ? "" : " ") + std::string(second) + " |\n";
  }
  return text;
}

}  // namespace admin
