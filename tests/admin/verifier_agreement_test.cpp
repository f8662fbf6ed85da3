// How a verifier is recognised: what may be agreed on, and how it is withdrawn.

#include <doctest/doctest.h>

#include <algorithm>

#include "pki/certificate.h"
#include "pki/hash.h"
#include "pki/network.h"
#include "pki/private_key.h"
#include "tests/support/command.h"
#include "tests/support/world.h"
#include "verifier/credentials.h"
#include "verifier/ledger.h"

namespace admin {

namespace {

using http::Method;

class AgreementWorld : public support::World {
 public:
  json::object post(const std::string& target, const json::object& body, unsigned status = 200) {
    const auto response = call(Method::post, target, json::serialize(body));
    INFO(target, " ", json::serialize(body), ": ", support::body_of(response));
    CHECK(response.status == status);
    return json::parse(support::body_of(response)).as_object();
  }
  json::object get(const std::string& target) {
    return json::parse(support::body_of(call(Method::get, target))).as_object();
  }
  std::string add(json::object body = {}) {
    body.insert({{"name", "Bank"}, {"class", json::array{"authentication"}}, {"ready", true}});
    return "/v1/verifiers/" + std::string(post("/v1/verifiers", body, 201).at("id").as_string());
  }
  // Whether a request from the address is a verifier's who may ask.
  bool knows(const char* address) {
    const verifier::Evidence evidence{.address = pki::parse_network(address).value().address};
    return running->recognition().require(read(), evidence, pki::CaName::auth, clock.now()).has_value();
  }
  std::string last_audit() {
    std::string text;
    const auto transaction = read();
    const store::AuditEntry entry = store::newest_audit_entry(transaction).row();
    text = entry.action;
    for (const std::string& subject : entry.subjects)
      text += ", " + subject;
    return text;
  }
};

std::string field(const json::object& problem) {
  return std::string(problem.at("field").as_string());
}

// A self-signed CA of a verifier's own, DER, made by openssl.
pki::Bytes make_ca(const std::string& name) {
  const support::TemporaryFolder folder;
  const auto made = support::run(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + folder.file("key") +
      " -subj '/C=JP/CN=" + name + "' -days 36500 -addext keyUsage=critical,keyCertSign -outform DER -out " +
      folder.file("ca"));
  if (made.exit_code != 0) throw std::runtime_error(made.output);
  return support::read_file(folder.file("ca"));
}

}  // namespace

TEST_CASE("a network that is withdrawn identifies no verifier from then on, and is free for another") {
  AgreementWorld world;
  const std::string bank = world.add({{"network", json::array{"192.0.2.0/24", "198.51.100.0/24"}}});
  const std::string other = world.add();
  REQUIRE(world.knows("192.0.2.7"));
  world.post(other + "/agree", {{"network", json::array{"192.0.2.0/24"}}}, 409);
  const json::object before = world.get(bank);
  world.clock.advance(std::chrono::hours{48});
  const json::object after = world.post(bank + "/agree", {{"remove_network", json::array{"192.0.2.0/24"}}});
  CHECK(after.at("networks") == json::array{"198.51.100.0/24"});
  CHECK_FALSE(world.knows("192.0.2.7"));
  CHECK(world.knows("198.51.100.7"));
  // The agreement itself goes on as it was.
  CHECK(after.at("classes") == before.at("classes"));
  CHECK(world.last_audit() == "verifier agree, verifier 1, removed network 192.0.2.0/24");
  world.post(bank + "/agree", {{"remove_network", json::array{"192.0.2.0/24"}}}, 409);
  world.post(other + "/agree", {{"network", json::array{"192.0.2.0/24"}}});
  CHECK(world.knows("192.0.2.7"));
}

TEST_CASE("one network takes the place of another in one step") {
  AgreementWorld world;
  const std::string bank = world.add({{"network", json::array{"192.0.2.0/24"}}});
  world.post(bank + "/agree",
             {{"remove_network", json::array{"192.0.2.0/24"}}, {"network", json::array{"198.51.100.0/24"}}});
  CHECK_FALSE(world.knows("192.0.2.7"));
  CHECK(world.knows("198.51.100.7"));
}

TEST_CASE("request signatures and client certificates are withdrawn, each by itself") {
  AgreementWorld world;
  const std::string bank = world.add({{"signature", true}, {"tls", true}});
  json::object shown = world.post(bank + "/agree", {{"remove_signature", true}});
  CHECK_FALSE(shown.at("signature").as_bool());
  CHECK(shown.at("tls").as_bool());
  CHECK(world.last_audit() == "verifier agree, verifier 1, removed signature");
  world.post(bank + "/agree", {{"remove_signature", true}}, 409);
  shown = world.post(bank + "/agree", {{"remove_tls", true}});
  CHECK_FALSE(shown.at("tls").as_bool());
  CHECK(world.post(bank + "/agree", {{"tls", true}}).at("tls").as_bool());
}

TEST_CASE("a CA of the verifier's own is withdrawn by its subject or its SHA-256, or with all signatures") {
  AgreementWorld world;
  const pki::Bytes first = make_ca("First"), second = make_ca("Second"), twin = make_ca("Second");
  // openssl takes the machine's clock.
  for (const pki::Bytes& ca : {first, second, twin})
    world.clock.set(
        std::max(world.clock.now(), pki::Certificate::decode(ca)->not_before() + pki::Seconds{1}));
  const std::string bank = world.add();
  for (const pki::Bytes& ca : {first, second, twin})
    world.post(bank + "/agree", {{"signature", true}, {"ca", pki::to_base64(ca)}});
  json::object shown = world.get(bank);
  const json::array names = shown.at("ca_names").as_array();
  REQUIRE(names.size() == 3);
  CHECK(names[0].at("subject").as_string() == "C=JP, CN=First");
  CHECK(names[0].at("sha256").as_string() == pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, first)));
  // Two have this subject.
  world.post(bank + "/agree", {{"remove_ca", json::array{"C=JP, CN=Second"}}}, 409);
  world.post(bank + "/agree", {{"remove_ca", json::array{"C=JP, CN=Third"}}}, 409);
  std::string fingerprint(names[1].at("sha256").as_string());
  for (std::size_t i = 2; i < fingerprint.size(); i += 3)
    fingerprint.insert(i, ":");
  world.post(bank + "/agree", {{"remove_ca", json::array{json::value(fingerprint)}}});
  shown = world.post(bank + "/agree", {{"remove_ca", json::array{"C=JP, CN=First"}}});
  REQUIRE(shown.at("ca").as_array().size() == 1);
  CHECK(shown.at("ca").as_array()[0].as_string() == pki::to_base64(twin));
  shown = world.post(bank + "/agree", {{"remove_signature", true}});
  CHECK(shown.at("ca").as_array().empty());
}

TEST_CASE("what was counted stays in the ledger and the report when evidence is withdrawn") {
  AgreementWorld world;
  const std::string bank = world.add({{"network", json::array{"192.0.2.0/24"}}});
  world.write([&](store::WriteTransaction& transaction) {
    verifier::LedgerKey key = verifier::ledger_key(verifier::Requester{.verifier = 1}, world.clock.now());
    key.ca = pki::CaName::auth;
    key.answer = verifier::LedgerAnswer::good;
    verifier::add_to_ledger(transaction, {key, 5});
  });
  const json::value ledger = world.get("/v1/ledger").at("rows");
  const json::value report = world.get(bank + "/report").at("rows");
  REQUIRE(ledger.as_array().size() == 1);
  world.post(bank + "/agree", {{"remove_network", json::array{"192.0.2.0/24"}}});
  CHECK(world.get("/v1/ledger").at("rows") == ledger);
  CHECK(world.get(bank + "/report").at("rows") == report);
}

TEST_CASE("a withdrawal has no day of its own and contradicts nothing") {
  AgreementWorld world;
  const std::string bank = world.add({{"network", json::array{"192.0.2.0/24"}}, {"tls", true}});
  const json::array network = {"192.0.2.0/24"};
  for (const json::object& body :
       {json::object{{"remove_network", network}, {"date", "2026-11-23"}},
        json::object{{"remove_network", network}, {"until", "2030-01-01"}},
        json::object{{"remove_network", network}, {"class", json::array{"authentication"}}},
        json::object{
            {"remove_tls", true}, {"network", json::array{"198.51.100.0/24"}}, {"date", "2030-01-01"}}})
    CHECK(field(world.post(bank + "/agree", body, 422)) == "date");
  CHECK(field(world.post(bank + "/agree", {{"remove_network", network}, {"network", network}}, 422)) ==
        "remove");
  CHECK(field(world.post(bank + "/agree", {{"remove_tls", true}, {"tls", true}}, 422)) == "remove");
  CHECK(field(world.post(bank + "/agree", {{"remove_network", json::array{"x"}}}, 422)) == "remove_network");
  // Only `agree` knows evidence.
  CHECK(field(world.post(bank + "/notify", {{"remove_tls", true}}, 422)) == "remove_tls");
  CHECK(world.knows("192.0.2.7"));
}

TEST_CASE("a network wider than a provider's is refused unless it is meant") {
  AgreementWorld world;
  const std::string bank = world.add();
  for (const char* network : {"0.0.0.0/0", "10.0.0.0/7", "::/0", "2001:d00::/24", "2000::/31"}) {
    CAPTURE(network);
    CHECK(field(world.post(bank + "/agree", {{"network", json::array{network}}}, 422)) == "network");
    CHECK(field(world.post(
              "/v1/verifiers",
              {{"name", "x"}, {"class", json::array{"signature"}}, {"network", json::array{network}}},
              422)) == "network");
  }
  for (const char* network : {"10.0.0.0/8", "2001:db8::/32"})
    world.post(bank + "/agree", {{"network", json::array{network}}});
  world.post(bank + "/agree", {{"network", json::array{"::/0"}}, {"wide", true}});
  // It opens IPv6 alone, although a listener on [::] sees IPv4 clients as v4-mapped ones.
  CHECK(world.knows("2001:db9::1"));
  CHECK_FALSE(world.knows("192.0.2.7"));
}

TEST_CASE(
    "names are lines without control, bidirectional or invisible characters, of at most 200, and not blank") {
  AgreementWorld world;
  for (const std::string& name : {std::string("evil\x1B[31m"), std::string("a\nb"), std::string("\xC2\x9B"),
                                  std::string("\xE2\x80\xAE"), std::string(201, 'x'), std::string(),
                                  std::string("  "), std::string("\u3000"), std::string("Ba\u200Bnk")})
    CHECK(field(world.post("/v1/verifiers", {{"name", name}, {"class", json::array{"signature"}}}, 422)) ==
          "name");
  world.post("/v1/verifiers", {{"name", std::string(200, 'x')}, {"class", json::array{"signature"}}}, 201);
  const std::string terminal = "/v1/verifiers/1/credentials";
  CHECK(field(world.post(terminal,
                         {{"for", "tls"},
                          {"csr", pki::to_base64(support::World::request())},
                          {"terminal", "counter\xE2\x80\xAE"}},
                         422)) == "terminal");
}

TEST_CASE("a group verifier's notification says to whom it passes answers on") {
  AgreementWorld world;
  const json::object body{
      {"name", "Federation"}, {"class", json::array{"group-signature", "signature"}}, {"private", true}};
  const std::string path =
      "/v1/verifiers/" + std::string(world.post("/v1/verifiers", body, 201).at("id").as_string());
  world.post(path + "/notify", {{"confirmers", "its members\nand their branches"}});
  const json::object classes = world.post(path + "/agree", {}).at("classes").as_object();
  CHECK(classes.at("group-signature").at("confirmers").as_string() == "its members\nand their branches");
  CHECK(classes.at("signature").at("confirmers").is_null());
  // Private, yet a group verifier needs no certification.
  CHECK(classes.at("group-signature").at("active").as_bool());
  CHECK_FALSE(classes.at("signature").at("active").as_bool());
  CHECK(field(world.post(path + "/agree", {{"confirmers", "x"}}, 422)) == "confirmers");
  CHECK(field(world.post(path + "/notify", {{"confirmers", "\x1B"}}, 422)) == "confirmers");
}

}  // namespace admin
