// Members.

#include "admin/event_json.h"

#include "law/rule.h"

namespace admin {

namespace json = boost::json;

void append_consequences(json::array& list, const registry::EventRecord& event) {
  for (const registry::Consequence& consequence : event.consequences)
    list.push_back(json::object{
        {"certificate", to_string(consequence.certificate)},
        {"kind", pki::to_string(consequence.kind)},
        {"outcome", consequence.outcome},
        {"reason", consequence.reason ? json::value(pki::to_string(*consequence.reason)) : nullptr},
        {"article", consequence.article}});
}

json::object due_to_json(const registry::EventRecord& event) {
  json::object object{{"resident", to_string(event.resident)}, {"event", event.name}};
  for (const auto& [name, value] : event.items)
    object[name] =
        name == "cause" ? json::value(law::card_lapse_cause(std::stoi(value))) : json::value(value);
  json::array certificates;
  append_consequences(certificates, event);
  object["certificates"] = std::move(certificates);
  return object;
}

}  // namespace admin
