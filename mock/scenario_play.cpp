// Playing scenarios: residents first, then step by step, the clock between them.

#include <map>

#include "mock/duration.h"
#include "mock/signed_data.h"
#include "mock/simulation.h"
#include "pki/file.h"
#include "pki/messages/mock.h"
#include "registry/municipalities.h"

namespace mock {

namespace json = boost::json;

namespace {

// The people of scenarios are numbered from here.
constexpr std::uint64_t kFirstOfScenarios = 300'000;
// No name that a user can give.
constexpr const char* kBeforeScenario = ".scenario";

pki::Error at_line(const Scenario& scenario, std::uint32_t line, const pki::Error& error) {
  pki::Error named = error;
  named.message = scenario.file + ", line " + std::to_string(line) + ": " + error.text();
  return named;
}

// What is left out of a resident is invented.
void invent(json::object& items, const registry::Resident& invented) {
  const auto put = [&](const char* member, const std::string& text) {
    if (!items.contains(member)) items[member] = text;
  };
  put("name", invented.name);
  put("birth", pki::to_string(invented.birth));
  put("sex", std::string(registry::to_string(invented.sex)));
  if (!items.contains("municipality")) {
    items["municipality"] = registry::municipality_code_text(invented.municipality);
    if (!items.contains("abroad")) put("address", invented.address);
  }
}

}  // namespace

pki::Result<json::object> Simulation::post(std::string_view target, const json::object& body) {
  const http::Response response = world_->call(
      Door::admin, http::make_request(http::Method::post, target, {}, pki::as_bytes(json::serialize(body))));
  const auto* bytes = std::get_if<pki::Bytes>(&response.body);
  const json::value answer = json::parse(bytes != nullptr ? pki::as_text(*bytes) : "{}");
  if (response.status == 201) return answer.as_object();
  const json::value* detail = answer.as_object().if_contains("detail");
  return pki::fail(pki::Errc::conflict,
                   detail != nullptr && detail->is_string()
                       ? pki::Message(std::string(detail->get_string()))
                       : pki::Message(messages::api_answered, std::to_string(response.status)));
}

pki::Result<std::size_t> Simulation::make_scenario_resident(const Scenario& scenario,
                                                            const ScenarioResident& wish,
                                                            std::uint64_t number) {
  TRY_ASSIGN(json::object items, with_days(wish.items, clock_.now()));
  invent(items, make_resident(setting_.seed, number));
  TRY_ASSIGN(const json::object added, post("/v1/residents", items));
  TRY_ASSIGN(const auto id, registry::parse_resident_id(std::string_view(added.at("id").as_string())));
  people_.push_back({.id = id, .state = wish.name, .cause = scenario.title});
  const CardShop shop{.world = *world_, .seed = setting_.seed, .folder = files()};
  if (wish.card == CardContentWish::both) TRY(issue_both(shop, people_.back()));
  if (wish.card == CardContentWish::auth) {
    ca::IssueRequest request;
    request.kind = pki::CertificateKind::auth;
    TRY(issue(shop, people_.back(), std::move(request)));
  }
  return people_.size() - 1;
}

// A consent to all four items for the mock's verifier, for a year, signed with the key on the card.
pki::Result<void> Simulation::give_consent(Person& person, pki::Time given) {
  TRY_ASSIGN(const CardCredential* const signer, credential_of(person, pki::CertificateKind::sign));
  if (signer == nullptr)
    return pki::fail(pki::Errc::conflict, {messages::card_without_certificate, "sign", to_string(person.id)});
  GivenConsent consent{
      .file = {}, .given = given, .verifier = json::value_to<std::string>(verifiers_.at(0).at("id"))};
  const json::object content{{"purpose", "current-items"},
                             {"verifier", consent.verifier},
                             {"items", json::array{"name", "address", "birth", "sex"}},
                             {"given", pki::to_rfc3339(given)},
                             {"until", pki::to_rfc3339(given + std::chrono::days{365})}};
  TRY_ASSIGN(const pki::Bytes document,
             make_signed_data(pki::as_bytes(json::serialize(content)), signer->certificate, signer->key));
  const std::string name = "consent-" + std::to_string(person.consents.size() + 1) + ".der";
  const auto file = files() / to_string(person.id) / name;
  TRY(pki::save_file(file, document, pki::FileSecrecy::owner_only));
  consent.file = file.string();
  person.consents.push_back(std::move(consent));
  return {};
}

pki::Result<void> Simulation::play_step(const ScenarioStep& step, Person* person) {
  using enum ScenarioStep::Kind;
  switch (step.kind) {
    case event: {
      TRY_ASSIGN(json::object body, with_days(step.body, clock_.now()));
      body["resident"] = to_string(person->id);
      TRY(post("/v1/events", body));
      return {};
    }
    case fault: {
      TRY_ASSIGN(Fault added, read_fault(step.body));
      scenario_faults_.push_back(faults_.add(std::move(added)));
      return {};
    }
    case publish:
      TRY(world_->instance().publisher().publish(crl::PublicationKind::complete_and_delta));
      return {};
    case renew: {
      ca::IssueRequest request;
      const bool is_sign = step.body.at("renew").as_string() == "sign";
      request.kind = is_sign ? pki::CertificateKind::sign : pki::CertificateKind::auth;
      request.mode = ca::IssueMode::renewal;
      TRY(issue({.world = *world_, .seed = setting_.seed, .folder = files()}, *person, std::move(request)));
      return {};
    }
    case heal:
      faults_.clear();
      return {};
    case lock:
      person->card.pin(*pki::parse_certificate_kind(step.body.at("lock").as_string())).lock();
      return {};
    case consent:
      return give_consent(*person, *read_given(step.body.at("consent").as_string(), clock_.now()));
    case new_generation: {
      // A copy: the world that has it ends meanwhile.
      const std::filesystem::path folder = world_->data().root;
      return roll(folder);
    }
  }
  return {};
}

pki::Result<void> Simulation::play_steps(const Scenario& scenario) {
  std::map<std::string, std::size_t> places;
  std::uint64_t number = kFirstOfScenarios + people_.size();
  for (const ScenarioResident& wish : scenario.residents) {
    const auto place = make_scenario_resident(scenario, wish, number++);
    if (place.has_error()) return at_line(scenario, wish.line, place.error());
    places[wish.name] = *place;
  }
  for (const ScenarioStep& step : scenario.steps) {
    check_cancelled();
    if (!step.after.empty()) {
      const pki::Time at = later(clock_.now(), pki::or_throw(parse_duration("after", step.after)));
      if (const auto possible = check_moment("after", at); possible.has_error())
        return at_line(scenario, step.line, possible.error());
      leap(at, false);
    }
    Person* const person = step.resident.empty() ? nullptr : &people_.at(places.at(step.resident));
    const auto played = play_step(step, person);
    if (played.has_error()) return at_line(scenario, step.line, played.error());
  }
  return {};
}

pki::Result<void> Simulation::play(const Scenario& scenario) {
  const std::lock_guard lock(acting_);
  ClockCourse course = clock_.course();
  keep(kBeforeScenario);
  const pki::Time before = clock_.now();
  clock_.freeze_at(before);
  scenario_faults_.clear();
  auto played = play_steps(scenario);
  if (played.has_error()) {
    for (const std::uint64_t id : scenario_faults_)
      faults_.remove(id);
    TRY(put_back(kBeforeScenario));
    return played;
  }
  // A clock that was moved leaves the wall's.
  const bool was_moved = scenario.end(before) > before;
  if (course.mode == ClockMode::following && was_moved) course = {.mode = ClockMode::running};
  clock_.go(course);
  return front_.renew_https();
}

}  // namespace mock
