// Scenarios: the library plays, what is wrong is named by its line, and a refusal changes nothing.

#include "mock/scenario.h"

#include <map>

#include "pki/signed_data.h"
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
                                                   {"previous-generation", {"veteran", "good", "good"}},
                                                   {"pinless-at-the-clinic", {"forgetful", "good", "good"}},
                                                   {"backdated-consent", {"robbed", "good", "good"}},
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
  CHECK(wrong(resident + "[[step]]\nlock = \"both\"\nresident = \"a\"")
            .starts_with("life.toml, line 3, lock: "));
  CHECK(wrong(resident + "[[step]]\nlock = \"auth\"").starts_with("life.toml, line 3, resident: "));
  for (const char* given : {"\"soon\"", "\"today-5D\"", "true"})
    CHECK(wrong(resident + "[[step]]\nresident = \"a\"\nconsent = " + given).starts_with("life.toml, line "));
  CHECK(wrong(resident + "[[step]]\nconsent = \"2026-01-01\"\nresident = \"a\"\nitems = \"name\"")
            .starts_with("life.toml, line 3, step: "));
  CHECK(wrong(resident + "[[step]]\nnew_generation = true\nresident = \"a\"")
            .starts_with("life.toml, line 3, resident: "));
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

TEST_CASE("a generation begins in the middle of a scenario, and its predecessor's certificates stay good") {
  RunningMock mock;
  const std::uint64_t sign = serial_of(mock.resident(), "sign");
  CHECK(mock.call("POST", "/mock/scenarios", R"({"name":"previous-generation"})").status == 201);
  const Reply world = mock.call("GET", "/mock");
  CHECK(str(world.body.at("ca").at("sign").at("id")) == "sign-2");
  CHECK(str(person(world.body.at("residents").as_array(), "veteran").at("sign").at("ca")) == "sign-1");
  CHECK(ask(mock, "sign", sign) == "good");
  // What is issued from now on is by the new one.
  const Reply added = mock.call(
      "POST", "/mock/residents",
      R"({"name":"架空　次郎","birth":"1980-02-17","sex":"male","municipality":"132217","address":"東京都清瀬市模擬町１番","issue":true})");
  REQUIRE(added.status == 201);
  CHECK(str(added.body.at("sign").at("ca")) == "sign-2");
  CHECK(mock.call("POST", "/mock/reset").status == 200);
  CHECK(str(mock.call("GET", "/mock").body.at("ca").at("sign").at("id")) == "sign-1");
  CHECK(mock.errors().empty());
}

TEST_CASE("at the clinic the locked card works before the terminal, and nowhere else") {
  RunningMock mock({.residents = 0, .scenario = "pinless-at-the-clinic"});
  const std::string card = "/mock/cards/" + str(mock.resident().at("id"));
  CHECK(mock.call("GET", card).body.at("auth").at("pin").at("locked") == true);
  const std::string digest = R"("digest":")" + pki::to_base64(pki::Bytes(32, 7)) + "\"}";
  CHECK(mock.call("POST", card + "/authenticate", R"({"pin":"1234",)" + digest).status == 409);
  const std::string serial = str(mock.first_line.at("verifiers").at(2).at("serial"));
  CHECK(mock.call("POST", card + "/authenticate", R"({"terminal":")" + serial + "\"," + digest).status ==
        200);
}

TEST_CASE("the backdated consent is signed with the stolen key, which is no longer on the card") {
  RunningMock mock({.residents = 0, .scenario = "backdated-consent"});
  const json::object& consent = mock.resident().at("consents").at(0).as_object();
  CHECK(str(consent.at("verifier")) == str(mock.first_line.at("verifiers").at(0).at("id")));
  const auto document = pki::SignedData::decode(support::read_file(str(consent.at("file"))));
  REQUIRE(document.has_value());
  const json::object& stolen = mock.resident().at("earlier").at(0).as_object();
  CHECK(str(stolen.at("reason")) == "keyCompromise");
  const auto content = document->verified_content(certificate_of(stolen));
  REQUIRE(content.has_value());
  const json::value said = json::parse(pki::as_text(*content));
  CHECK(said.at("given") == consent.at("given"));
  CHECK(said.at("items").as_array().size() == 4);
}

}  // namespace mock::test
