// docs/openapi-mock.yaml against the running control: the same paths, and answers that fit the description.

#include "tests/mock/running_mock.h"

namespace mock::test {

namespace {

std::string text_of(const json::value& value) {
  return json::serialize(value);
}

}  // namespace

TEST_CASE("what the control serves and what docs/openapi-mock.yaml describes are the same") {
  RunningMock mock({.residents = 0});
  json::array table;
  for (const admin::Endpoint& endpoint : mock.assembly().control().endpoints()) {
    json::array query;
    for (const std::string_view name : endpoint.query)
      query.push_back(json::value(name));
    table.push_back(json::object{{"method", http::to_string(endpoint.method)},
                                 {"path", endpoint.path},
                                 {"action", nullptr},
                                 {"query", std::move(query)}});
  }
  const support::TemporaryFolder folder;
  support::write_file(folder.file("table.json"), pki::as_bytes(text_of(table)));
  const std::string source = JPKI_SOURCE_DIR;
  // Debian's python3, which has Debian's python3-yaml.
  const auto checked =
      support::run("/usr/bin/python3 " + source + "/tests/admin/check_openapi.py " +
                   folder.file("table.json") + " " + source + "/docs/openapi-mock.yaml /mock");
  INFO(checked.output);
  CHECK(checked.exit_code == 0);
}

TEST_CASE("answers have the members that the description demands, and no others") {
  RunningMock mock({.residents = 1, .states = "held,never-issued,superseded"});
  CHECK(mock.call("POST", "/mock/faults", R"({"fault":"try-later","count":1,"path":"/ocsp/sign"})").status ==
        201);
  for (const char* path : {"/crl/sign-1/full.crl", "/ocsp/sign/AAAA"})
    static_cast<void>(mock.send("GET", mock.text("verifier") + path));
  const std::string question =
      R"({"ca":"sign-1","serial":")" + str(mock.resident().at("sign").at("serial")) + R"("})";
  json::object answers{{"Answer", mock.call("POST", "/mock/ask", question).body},
                       {"World", mock.call("GET", "/mock").body},
                       {"Clock", mock.call("GET", "/mock/clock").body},
                       {"Card", mock.call("GET", "/mock/cards").body.at("cards").at(0)},
                       {"Fault", mock.call("GET", "/mock/faults/1").body},
                       {"Request", mock.call("GET", "/mock/requests").body.at("requests").at(1)}};
  const support::TemporaryFolder folder;
  support::write_file(folder.file("answers.json"), pki::as_bytes(text_of(answers)));
  const std::string source = JPKI_SOURCE_DIR;
  const auto checked = support::run("/usr/bin/python3 " + source + "/tests/mock/check_answers.py " +
                                    folder.file("answers.json") + " " + source + "/docs/openapi-mock.yaml");
  INFO(checked.output);
  CHECK(checked.exit_code == 0);
}

}  // namespace mock::test
