// Every ready-made state is what its name says: in the first line, by OCSP and on the lists.

#include "mock/states.h"

#include <map>

#include "tests/mock/asking.h"

namespace mock::test {

namespace {

// What OCSP says of the signing and of the authentication certificate; "-" where there is none.
struct Expected {
  std::string sign, auth;
};

const std::map<std::string, Expected>& expectations() {
  const std::string changed = "revoked affiliationChanged", ceased = "revoked cessationOfOperation";
  static const std::map<std::string, Expected> table = {
      {"good", {"good", "good"}},
      {"revoked-address-change", {changed, "good"}},
      {"revoked-name-change", {changed, "good"}},
      {"revoked-birth-date-change", {changed, "good"}},
      {"revoked-sex-change", {changed, "good"}},
      {"revoked-former-name-change", {changed, "good"}},
      {"revoked-alias-change", {changed, "good"}},
      {"revoked-move-out", {ceased, ceased}},
      {"revoked-overseas-exit", {ceased, ceased}},
      {"revoked-death", {ceased, ceased}},
      {"revoked-deletion", {ceased, ceased}},
      {"revoked-card-lapse", {ceased, ceased}},
      {"revoked-card-return", {ceased, ceased}},
      {"revoked-undelivered", {"revoked unspecified", "revoked unspecified"}},
      {"revoked-holder-application", {ceased, ceased}},
      {"revoked-key-notice", {"revoked keyCompromise", "revoked keyCompromise"}},
      {"revoked-record-error", {changed, changed}},
      {"held", {"revoked certificateHold", "revoked certificateHold"}},
      {"released", {"good", "good"}},
      {"expired", {"good", "good"}},
      {"about-to-expire", {"good", "good"}},
      {"superseded", {"good", "good"}},
      {"previous-generation", {"good", "good"}},
      {"compromised-generation", {"revoked cACompromise", "revoked cACompromise"}},
      {"unknown-to-ca", {"unknown", "unknown"}},
      {"never-issued", {"unknown", "unknown"}},
      {"mobile", {"good", "good"}},
      {"auth-only", {"-", "good"}},
      {"foreigner", {"good", "good"}},
      {"former-name", {"good", "good"}},
      {"substitutes", {"good", "good"}},
      {"long-address", {"good", "good"}},
      {"abroad", {"good", "good"}}};
  return table;
}

// Asks the generation that issued.
std::string ask_generation(RunningMock& mock, const json::object& certificate, const std::string& kind) {
  const std::string issuer(certificate.at("ca").as_string());
  const std::string folder(mock.first_line.at("files").at("folder").as_string());
  const pki::Certificate ca =
      pki::Certificate::decode(support::read_file(folder + "/" + issuer + ".cer")).value();
  const std::uint64_t serial = std::stoull(std::string(certificate.at("serial").as_string()));
  const std::vector<pki::Bytes> ids = {
      ::ocsp::make_cert_id(ca, pki::der::integer_content(serial), pki::HashAlgorithm::sha1).value()};
  const pki::Bytes request = ::ocsp::make_request(ids, std::nullopt).value();
  const auto response =
      mock.send("POST", std::string(mock.first_line.at("ca").at(kind).at("ocsp").as_string()), request);
  const auto answer = ::ocsp::decode_response(response.body).value();
  if (!answer.basic) return std::string(::ocsp::to_string(answer.status));
  const auto asked = ::ocsp::decode_request(request).value();
  ::ocsp::verify_response(*answer.basic, {.issuer = ca, .request = asked, .now = support::kStart}).value();
  const ::ocsp::CertStatus& status = answer.basic->responses.at(0).cert_status;
  if (const auto* revoked = std::get_if<::ocsp::Revoked>(&status))
    return "revoked " + std::string(pki::to_string(revoked->revocation_reason));
  return std::string(::ocsp::to_string(status));
}

}  // namespace

TEST_CASE("all states are there, and OCSP says of each what its name says") {
  RunningMock mock({.residents = 1, .states = "all"});
  std::size_t seen = 0;
  for (const json::value& value : mock.first_line.at("residents").as_array()) {
    const json::object& resident = value.as_object();
    const std::string state(resident.at("state").as_string());
    CAPTURE(state);
    REQUIRE(expectations().contains(state));
    const Expected& expected = expectations().at(state);
    for (const auto& [kind, wanted] :
         {std::pair{std::string("sign"), expected.sign}, {"auth", expected.auth}}) {
      CAPTURE(kind);
      CHECK(resident.contains(kind) == (wanted != "-"));
      if (wanted != "-") CHECK(ask_generation(mock, resident.at(kind).as_object(), kind) == wanted);
    }
    ++seen;
  }
  CHECK(seen == expectations().size() + 1);  // and the one of --residents
  CHECK(expectations().size() == ready_states().size());
  for (const ReadyState& state : ready_states())
    CHECK(mock.first_line.at("states").as_object().contains(state.name));
  CHECK(mock.errors().empty());
}

TEST_CASE("some states say more than OCSP does") {
  RunningMock mock({.residents = 0,
                    .states = "expired,about-to-expire,superseded,previous-generation,mobile,never-issued,"
                              "foreigner,long-address"});
  const auto person = [&](const char* state) -> const json::object& {
    for (const json::value& value : mock.first_line.at("residents").as_array())
      if (str(value.at("state")) == state) return value.as_object();
    FAIL("there is no " << state);
    return mock.first_line;
  };
  CHECK(str(person("expired").at("auth").at("status")) == "expired");
  CHECK(str(person("expired").at("auth").at("not_after")) == "2026-11-22T14:59:59Z");
  CHECK(str(person("about-to-expire").at("sign").at("status")) == "good");
  CHECK(str(person("about-to-expire").at("sign").at("not_after")) == "2026-11-23T14:59:59Z");
  CHECK(str(person("previous-generation").at("sign").at("ca")) == "sign-1");
  CHECK(str(person("superseded").at("sign").at("ca")) == "sign-2");
  CHECK(str(person("superseded").at("earlier").at(0).at("status")) == "superseded");
  CHECK(str(person("mobile").at("mobile-sign").at("status")) == "good");
  CHECK(person("never-issued").at("sign").at("cer").is_null());
  CHECK(person("foreigner").at("name").as_string().starts_with("ＮＧＵＹＥＮ"));
  CHECK(person("long-address").at("address").as_string().size() == 600);
}

TEST_CASE("a list of states is some names of them") {
  CHECK(parse_states("all").value().size() == ready_states().size());
  CHECK(parse_states("").value().empty());
  // As they are prepared.
  const auto two = parse_states("good,held,good").value();
  CHECK(two.size() == 2);
  for (const char* wrong : {"none", "good,", "good,,held", " good", "Good", "all,good"}) {
    CAPTURE(wrong);
    const auto parsed = parse_states(wrong);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().field == "states");
  }
}

}  // namespace mock::test
