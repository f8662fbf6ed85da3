// Scenarios: the library plays, what is wrong is named by its line, and a refusal changes nothing.

#include "mock/scenario.h"

#include <map>

#include "tests/mock/asking.h"

namespace mock::test {

namespace {

const json::object& person(const json::array& residents, std::string_view state) {
  for (const json::value& value : residents)
    if (str(value.at("state")) == state) return value.as_object();
  throw std::runtime_error("there is no " + std::string(state));
}

std::string status(const json::object& resident, const char* kind) {
  const json::value* certificate = resident.if_contains(kind);
  return certificate != nullptr ? str(certificate->at("status")) : "none";
}

std::string json_text(std::string_view text) {
  return json::serialize(json::value(json::string(text)));
}

}  // namespace

TEST_CASE("every scenario of the library ends at the start in the state that it promises") {
  struct Promise {
    std::string resident, sign, auth;
  };
  const std::map<std::string, Promise> promises = {{"moved-yesterday", {"mover", "revoked", "good"}},
                                                   {"married", {"spouse", "good", "good"}},
                                                   {"died", {"deceased", "revoked", "revoked"}},
                                                   {"lost-and-found", {"loser", "good", "good"}},
                                                   {"renewed-early", {"early", "good", "good"}},
                                                   {"left-the-country", {"emigrant", "good", "good"}},
                                                   {"under-15", {"child", "none", "good"}},
                                                   {"expired-this-morning", {"late", "expired", "expired"}},
                                                   {"slow-authority", {"patient", "good", "good"}},
                                                   {"stolen-card", {"victim", "revoked", "revoked"}}};
  for (const LibraryScenario& one : scenario_library()) {
    CAPTURE(one.name);
    REQUIRE(promises.contains(std::string(one.name)));
    const Promise& promise = promises.at(std::string(one.name));
    RunningMock mock({.residents = 0, .scenario = std::string(one.name)});
    const json::object& resident = person(mock.first_line.at("residents").as_array(), promise.resident);
    CHECK(status(resident, "sign") == promise.sign);
    CHECK(status(resident, "auth") == promise.auth);
    CHECK(str(mock.first_line.at("clock").at("now")) == pki::to_rfc3339(support::kStart));
    CHECK(mock.errors().empty());
  }
}

TEST_CASE("a scenario is played from the clock's moment on, and a reset takes it back") {
  RunningMock mock({.residents = 0});
  const Reply played = mock.call("POST", "/mock/scenarios", R"({"name":"married"})");
  REQUIRE(played.status == 201);
  const json::object spouse = person(played.body.at("residents").as_array(), "spouse");
  CHECK(str(spouse.at("name")) == "改姓　花子");
  CHECK(str(spouse.at("earlier").at(0).at("reason")) == "affiliationChanged");
  CHECK(ask(mock, "sign", serial_of(spouse, "sign")) == "good");
  CHECK(str(played.body.at("clock").at("now")) == pki::to_rfc3339(support::kStart + std::chrono::days{11}));
  CHECK(mock.call("POST", "/mock/scenarios", R"({"name":"slow-authority"})").status == 201);
  CHECK(mock.call("GET", "/mock/faults").body.at("faults").as_array().size() == 2);
  CHECK(mock.call("POST", "/mock/reset").status == 200);
  CHECK(mock.call("GET", "/mock/residents").body.at("residents").as_array().empty());
  CHECK(mock.call("GET", "/mock/faults").body.at("faults").as_array().empty());
  CHECK(mock.call("GET", "/mock/scenarios").body.at("scenarios").as_array().size() ==
        scenario_library().size());
}

TEST_CASE("what is wrong with a file is named by line and key") {
  const auto wrong = [](std::string_view text) {
    const auto scenario = parse_scenario(text, "life.toml");
    REQUIRE(scenario.has_error());
    return scenario.error().text();
  };
  const std::string resident = "[[resident]]\nas = \"a\"\n";
  CHECK(wrong("title = ").starts_with("life.toml, line 1"));
  CHECK(wrong("tilte = \"x\"").starts_with("life.toml, line 1, tilte: "));
  CHECK(wrong("title = 5").starts_with("life.toml, line 1, title: "));
  CHECK(wrong("[resident]\nas = \"a\"").starts_with("life.toml, line 1, resident: "));
  CHECK(wrong("[[resident]]\nname = \"x\"").starts_with("life.toml, line 1, as: "));
  CHECK(wrong(resident + "card = \"gold\"").starts_with("life.toml, line 3, card: "));
  CHECK(wrong(resident + resident).starts_with("life.toml, line 3, as: "));
  CHECK(wrong(resident + "birth = \"today-40Y\"").starts_with("life.toml, line 3, birth: "));
  CHECK(wrong(resident + "[[step]]\nevent = \"death\"").starts_with("life.toml, line 3, resident: "));
  CHECK(wrong(resident + "[[step]]\nevent = \"death\"\nresident = \"b\"")
            .starts_with("life.toml, line 3, resident: "));
  CHECK(wrong(resident + "[[step]]\nafter = \"1 day\"\npublish = true")
            .starts_with("life.toml, line 4, after: "));
  CHECK(wrong("[[step]]\nafter = \"P1D\"").starts_with("life.toml, line 1, step: "));
  CHECK(wrong("[[step]]\npublish = true\nheal = true").starts_with("life.toml, line 1, step: "));
  CHECK(wrong("[[step]]\nfault = \"none\"").starts_with("life.toml, line 1, fault: "));
  CHECK(wrong("[[step]]\nfault = \"stale\"\nprobability = 2.0")
            .starts_with("life.toml, line 1, probability: "));
  CHECK(wrong(resident + "[[step]]\nrenew = \"mobile\"\nresident = \"a\"")
            .starts_with("life.toml, line 3, renew: "));
  CHECK(load_scenario("no-such-scenario").error().text().find("moved-yesterday") != std::string::npos);
}

TEST_CASE("a step that the law refuses is named by its line, and everything is as before") {
  RunningMock mock;
  const std::uint64_t sign = serial_of(mock.resident(), "sign");
  const std::string text =
      "[[resident]]\nas = \"a\"\n[[step]]\nfault = \"stale\"\n[[step]]\nafter = \"P3D\"\nevent = "
      "\"release\"\nresident = \"a\"\n";
  const std::string before = str(mock.call("GET", "/mock/clock").body.at("now"));
  const Reply refused = mock.call("POST", "/mock/scenarios", R"({"toml":)" + json_text(text) + "}");
  CHECK(refused.status == 409);
  CHECK_MESSAGE(str(refused.body.at("detail")).starts_with("toml, line 5: "), str(refused.body.at("detail")));
  CHECK(str(mock.call("GET", "/mock/clock").body.at("now")) == before);
  CHECK(mock.call("GET", "/mock/residents").body.at("residents").as_array().size() == 1);
  CHECK(ask(mock, "sign", sign) == "good");
  for (const char* body :
       {R"({})", R"({"name":"married","toml":""})", R"({"name":"none"})", R"({"toml":"x"})"}) {
    CAPTURE(body);
    CHECK(mock.call("POST", "/mock/scenarios", body).status == 422);
  }
}

}  // namespace mock::test
