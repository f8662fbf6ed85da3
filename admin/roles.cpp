// /v1/roles: the table of admin/permission, and which roles the caller has.

#include "admin/api.h"

namespace admin {

namespace {

std::string_view second_person(PermissionRow::Second second) {
  switch (second) {
    case PermissionRow::Second::no:
      return "no";
    case PermissionRow::Second::sometimes:
      return "sometimes";
    case PermissionRow::Second::always:
      return "always";
  }
  return "no";
}

pki::Result<Answer> show(const RequestContext& call) {
  const pki::Language language = language_of(call.request);
  json::array own, actions;
  for (const registry::Grant& grant : call.caller.grants)
    own.push_back(json::value(to_string(grant)));
  for (const PermissionRow& row : permission_table()) {
    json::object reaches;
    for (std::size_t i = 0; i < kOperatorRoles.size(); ++i)
      reaches[to_string(kOperatorRoles.at(i))] = to_string(row.reaches.at(i));
    actions.push_back(json::object{{"action", row.name},
                                   {"what", pki::Message(row.what).in(language)},
                                   {"roles", std::move(reaches)},
                                   {"second_person", second_person(row.second_person)}});
  }
  return Answer{.body = json::object{{"operator", call.caller.name},
                                     {"on_trial", call.caller.is_on_trial},
                                     {"own", std::move(own)},
                                     {"actions", std::move(actions)}}};
}

}  // namespace

std::vector<ApiEndpoint> role_endpoints() {
  return {{{http::Method::get, "/v1/roles", Action::see_roles}, show}};
}

}  // namespace admin
