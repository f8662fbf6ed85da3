// What the control can do for its page, and for anybody: a resident's life, the kinds of faults, and asking.

#include <algorithm>

#include "mock/ask.h"
#include "mock/control.h"
#include "pki/messages/mock.h"

namespace mock {

namespace {

namespace json = boost::json;
using admin::Answer;
using http::Method;

// A list of an answer of the operators' API; empty when it refuses, as for a resident who is not in the
// register.
json::array list_of(Simulation& simulation, const std::string& target, std::string_view member) {
  const http::Response response = simulation.administer(Method::get, target, {}, {});
  const auto* const bytes = std::get_if<pki::Bytes>(&response.body);
  if (response.status != 200 || bytes == nullptr) return {};
  return json::parse(pki::as_text(*bytes)).at(member).as_array();
}

pki::Result<Answer> describe_life(Simulation& simulation, const std::string& id) {
  json::array residents = simulation.describe_residents();
  const auto found =
      std::ranges::find_if(residents, [&](const json::value& one) { return one.at("id").as_string() == id; });
  if (found == residents.end()) return pki::fail(pki::Errc::not_found, {messages::resident_unknown, id});
  json::array certificates = list_of(simulation, "/v1/certificates?resident=" + id, "certificates");
  // A file of the first line, and large.
  for (json::value& certificate : certificates)
    certificate.as_object().erase("der");
  return Answer{
      .body = json::object{{"resident", std::move(*found)},
                           {"events", list_of(simulation, "/v1/residents/" + id + "/history", "events")},
                           {"certificates", std::move(certificates)}}};
}

std::string_view to_string(FaultFamily family) {
  switch (family) {
    case FaultFamily::http:
      return "http";
    case FaultFamily::ocsp:
      return "ocsp";
    case FaultFamily::crl:
      return "crl";
    case FaultFamily::delta:
      return "delta";
  }
  return "";
}

json::array describe_kinds() {
  json::array list;
  for (const FaultKind& kind : fault_kinds())
    list.push_back(
        json::object{{"fault", kind.name}, {"family", to_string(kind.family)}, {"what", kind.what}});
  return list;
}

}  // namespace

std::vector<ControlRow> page_rows(Simulation& simulation, Front& front) {
  return {{{Method::get, "/mock/residents/{id}"},
           [&](const ControlCall& call) { return describe_life(simulation, call.parameters.at(0)); }},
          {{Method::get, "/mock/fault-kinds"},
           [](const ControlCall&) -> pki::Result<Answer> {
             return Answer{.body = json::object{{"kinds", describe_kinds()}}};
           }},
          {{Method::post, "/mock/ask"}, [&](const ControlCall& call) -> pki::Result<Answer> {
             TRY_ASSIGN(const Question question, read_question(call.body));
             TRY_ASSIGN(json::object answer, ask(front.use(), question, front.verifier_address()));
             return Answer{.body = std::move(answer)};
           }}};
}

}  // namespace mock
