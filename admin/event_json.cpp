// One function for each shape; docs/openapi.yaml has the members (Consequence, DueEvent).

#include "admin/event_json.h"

#include "law/rule.h"

namespace admin {

namespace json = boost::json;

void append_consequences(json::array& list, const registry::EventRecord& event) {
  for (const registry::Consequence& consequence : event.consequences)
    list.push_back(json::object{
        {"certificate", to_string(consequence.certificate)},
        {"kind", pki::to_string(consequence.kind)},
        {"outcome", to_string(consequence.outcome)},
        {"reason", consequence.reason ? json::value(pki::to_string(*consequence.reason)) : nullptr},
        {"article", consequence.article}});
}

json::object due_to_json(const registry::EventRecord& event) {
  json::object object{{"resident", to_string(event.resident)}, {"event", to_string(event.event)}};
  for (const auto& [field, value] : event.items)
    object[to_string(field)] = value;
  if (const auto cause = registry::lapse_cause_of(event)) object["cause"] = law::description_of(*cause);
  json::array certificates;
  append_consequences(certificates, event);
  object["certificates"] = std::move(certificates);
  return object;
}

}  // namespace admin
