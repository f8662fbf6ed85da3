// By the endpoint's path, then by the members.

#include "admin/requested_action.h"

#include <algorithm>

#include "law/compromise.h"
#include "law/rule.h"

namespace admin {

namespace {

using verifier::VerifierClass;

const json::value* find(const json::object& body, std::string_view field) {
  const json::value* const value = body.if_contains(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

bool says(const json::object& body, std::string_view field, std::string_view text) {
  const json::value* const value = find(body, field);
  return value != nullptr && value->is_string() && value->get_string() == text;
}

// An event that the handler will not understand is judged as any.
Action action_of_event_in(const json::object& body) {
  if (says(body, "event", law::kCompromiseEvent)) return Action::record_compromise;
  if (find(body, "application") != nullptr) return Action::record_online_notice;
  const json::value* const name = find(body, "event");
  const auto event = name != nullptr && name->is_string()
                         ? law::parse_reported_event(std::string_view(name->get_string()))
                         : std::nullopt;
  return event ? action_of_event(*event) : Action::record_event;
}

Action action_of_verifier_in(const json::object& body) {
  const json::value* const ready = find(body, "ready");
  const bool is_ready = ready != nullptr && ready->is_bool() && ready->get_bool();
  const json::value* const list = find(body, "class");
  std::vector<VerifierClass> classes;
  if (list != nullptr && list->is_array())
    for (const json::value& text : list->get_array())
      if (text.is_string())
        if (const auto known = verifier::parse_verifier_class(std::string_view(text.get_string())))
          classes.push_back(*known);
  return action_of_new_verifier(classes, is_ready);
}

}  // namespace

Action requested_action(const Endpoint& endpoint, const json::object& body) {
  if (endpoint.path == "/v1/events") return action_of_event_in(body);
  if (endpoint.path == "/v1/crls" && endpoint.method == http::Method::post && says(body, "kind", "final"))
    return Action::end_key;
  if (endpoint.path == "/v1/verifiers" && endpoint.method == http::Method::post)
    return action_of_verifier_in(body);
  if (endpoint.path.ends_with("/approve") || endpoint.path.ends_with("/cancel-approval"))
    return Action::approve_verifiers;
  return endpoint.action;
}

Action action_of_request(const law::EventRequest& request) {
  return request.notice ? Action::record_online_notice : action_of_event(request.event());
}

Action action_of_new_verifier(std::span<const VerifierClass> classes, bool is_ready) {
  const bool is_approved =
      is_ready && std::ranges::count(classes, VerifierClass::specific_authentication) > 0;
  return is_approved ? Action::approve_verifiers : Action::change_verifiers;
}

}  // namespace admin
