// Operators: how they are added, recognised, given credentials and ended, and what the audit log says of it.

#include <doctest/doctest.h>

#include <algorithm>

#include "pki/certificate.h"
#include "tests/admin/operator_world.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

std::string csr(std::size_t number = 0) {
  return pki::to_base64(support::AuthorityWorld::request(number));
}

std::string new_operator(std::string_view name, json::array roles) {
  return json::serialize(json::object{{"name", name}, {"roles", std::move(roles)}, {"csr", csr(3)}});
}

// A refusal with this status whose message has these words.
void check_refused(const http::Response& response, unsigned status, std::string_view words) {
  INFO(support::body_of(response));
  CHECK(response.status == status);
  CHECK(text_of(object_of(response), "detail").find(words) != std::string::npos);
}

std::size_t count(const std::vector<std::string>& lines, std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      lines, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

}  // namespace

TEST_CASE("on trial everyone acts in every role, and the first operator ends that") {
  OperatorWorld world;
  http::Peer root;
  root.uid = 0;
  CHECK(object_of(world.by(root, Method::get, "/v1/roles")).at("on_trial").as_bool());
  check_refused(world.by(root, Method::post, "/v1/operators", new_operator("kei", {"auditor"})), 409,
                "the first operator must have the role officer");
  CHECK(world.by(root, Method::post, "/v1/operators", new_operator("akiko", {"officer"})).status == 201);
  check_refused(world.by(root, Method::get, "/v1/operators"), 403, "uid 0 is not an operator");
  // HTTPS never was on trial.
  check_refused(world.by("", Method::get, "/v1/roles"), 403, "client certificate");
}

TEST_CASE("an operator gets a credential for administration alone, and is recognised by it") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  const auto response =
      world.by("akiko", Method::post, "/v1/operators", new_operator("清瀬市 住基", {"municipality:132217"}));
  REQUIRE(response.status == 201);
  const pki::Bytes der = pki::from_base64(text_of(object_of(response), "der")).value();
  const auto certificate = pki::Certificate::decode(der).value();
  const pki::Extension* const usage = certificate.find_extension(pki::oids::kExtendedKeyUsage);
  REQUIRE(usage != nullptr);
  // SEQUENCE { clientAuth, 1.3.6.1.4.1.32473.1.3 }
  CHECK(pki::to_hex(usage->value) == "301606082B06010505070302060A2B0601040181FD590103");
  http::Peer peer;
  peer.is_encrypted = true;
  peer.client_certificate = std::make_shared<const pki::Bytes>(der);
  const auto roles = object_of(world.by(peer, Method::get, "/v1/roles"));
  CHECK(text_of(roles, "operator") == "清瀬市 住基");
  CHECK(roles.at("own").at(0).as_string() == "municipality:132217");
  CHECK_FALSE(roles.at("on_trial").as_bool());
  CHECK(world.by("akiko", Method::get, "/v1/operators/%E6%B8%85%E7%80%AC%E5%B8%82%20%E4%BD%8F%E5%9F%BA")
            .status == 200);
}

TEST_CASE("what is wrong with a new operator is named, and nothing is stored") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  struct Row {
    std::string body, field;
  };
  for (const Row& row :
       {Row{new_operator("", {"auditor"}), "name"}, Row{new_operator("uid 0", {"auditor"}), "name"},
        Row{new_operator("a/b", {"auditor"}), "name"}, Row{new_operator("x", {}), "roles"},
        Row{new_operator("x", {"system"}), "roles"}, Row{new_operator("x", {"municipality"}), "roles"},
        Row{new_operator("x", {"municipality:999993"}), "roles"},
        Row{new_operator("x", {"auditor", "auditor"}), "roles"},
        Row{R"({"name":"x","roles":["auditor"],"csr":"AAAA"})", "csr"}}) {
    CAPTURE(row.body);
    const auto before = world.dump();
    const auto response = world.by("akiko", Method::post, "/v1/operators", row.body);
    CHECK(response.status == 422);
    CHECK(text_of(object_of(response), "field") == row.field);
    CHECK(world.dump() == before);
  }
  check_refused(world.by("akiko", Method::post, "/v1/operators", new_operator("akiko", {"auditor"})), 409,
                "already");
}

TEST_CASE("operators disabled, revoked or with another certificate are refused at the next request") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  world.add("kei", {"auditor"});
  CHECK(world.by("kei", Method::get, "/v1/audit").status == 200);
  CHECK(world.by("akiko", Method::post, "/v1/operators/kei/disable").status == 200);
  check_refused(world.by("kei", Method::get, "/v1/audit"), 403, "operator kei is disabled");
  CHECK(world.by("akiko", Method::post, "/v1/operators/kei/enable").status == 200);
  CHECK(world.by("kei", Method::get, "/v1/audit").status == 200);

  const auto shown = object_of(world.by("akiko", Method::get, "/v1/operators/kei"));
  const std::string serial = text_of(shown.at("credentials").at(0).as_object(), "serial");
  CHECK(world.by("akiko", Method::post, "/v1/operators/kei/credentials/" + serial + "/revoke").status == 200);
  check_refused(world.by("kei", Method::get, "/v1/audit"), 403, "is revoked");

  world.add("yui", {"auditor"});
  world.clock.advance(pki::Seconds{366 * 86'400});
  check_refused(world.by("yui", Method::get, "/v1/audit"), 403, "has ended");

  // One of the operations CA for another use; one that only has the serial of a credential.
  const auto verifier = world.authority->current(pki::CaName::operations).certificate();
  world.certificates_["other"] = std::make_shared<const pki::Bytes>(verifier);
  check_refused(world.by("other", Method::get, "/v1/audit"), 403, "does not belong to an operator");
  pki::Bytes altered = *world.certificates_.at("yui");
  altered.back() ^= 1U;
  world.certificates_["altered"] = std::make_shared<const pki::Bytes>(altered);
  check_refused(world.by("altered", Method::get, "/v1/audit"), 403, "does not belong to an operator");
}

TEST_CASE("two credentials at most are in force, and everyone renews his own alone") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  world.add("kei", {"auditor"});
  world.add("kiyose", {"municipality:132217"});
  const std::string body = json::serialize(json::object{{"csr", csr(1)}});
  CHECK(world.by("kei", Method::post, "/v1/operators/kei/credentials", body).status == 201);
  check_refused(world.by("kei", Method::post, "/v1/operators/kei/credentials", body), 409,
                "two credentials in force");
  check_refused(world.by("kei", Method::post, "/v1/operators/kiyose/credentials", body), 403,
                "the rule renew-credential");
  const std::string other = json::serialize(json::object{{"csr", csr(2)}});
  CHECK(world.by("akiko", Method::post, "/v1/operators/kiyose/credentials", other).status == 201);
}

TEST_CASE("the last officer and the last supervisor stay") {
  OperatorWorld world;
  world.add_staff();
  check_refused(world.by("akiko", Method::post, "/v1/operators/akiko/disable"), 409, "the last officer");
  check_refused(world.by("akiko", Method::post, "/v1/operators/saburo/disable"), 409, "the last supervisor");
  world.add("jun", {"officer"});
  CHECK(world.by("jun", Method::post, "/v1/operators/akiko/disable").status == 200);
  check_refused(world.by("jun", Method::post, "/v1/operators/jun/disable"), 409, "the last officer");
}

TEST_CASE("--as chooses among the roles that one has") {
  OperatorWorld world;
  world.add("akiko", {"officer", "auditor"});
  CHECK(world.by("akiko", Method::get, "/v1/audit", {}, {{"Jpki-As", "auditor"}}).status == 200);
  check_refused(world.by("akiko", Method::get, "/v1/audit", {}, {{"Jpki-As", "supervisor"}}), 403,
                "does not have the role supervisor");
  check_refused(world.by("akiko", Method::post, "/v1/crls", "{}", {{"Jpki-As", "auditor"}}), 403,
                "the rule publish");
}

TEST_CASE("a municipality works on its own residents, and the call centre holds what it finds") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  world.add("kiyose", {"municipality:132217"});
  world.add("centre", {"call-centre"});
  const auto id = world.add_resident();
  const auto auth = world.issue(id, pki::CertificateKind::auth).id;
  const auto found = object_of(world.by("centre", Method::post, "/v1/residents/search",
                                        R"({"name":"模擬太郎","birth":"1980-02-17"})"));
  CHECK(text_of(found, "id") == to_string(id));
  // Nothing but the id and what can be held.
  CHECK(found.size() == 2);
  CHECK(found.at("certificates").as_array().size() == 1);
  const std::string hold = json::serialize(json::object{{"resident", to_string(id)}, {"event", "hold"}});
  CHECK(world.by("centre", Method::post, "/v1/events", hold).status == 201);
  CHECK(world.state(auth) == "certificateHold");
  const std::string release =
      json::serialize(json::object{{"resident", to_string(id)}, {"event", "release"}});
  CHECK(world.by("kiyose", Method::post, "/v1/events", release).status == 201);
  CHECK(world.state(auth) == "good");
  world.add_resident();
  check_refused(
      world.by("centre", Method::post, "/v1/residents/search", R"({"name":"模擬太郎","birth":"1980-02-17"})"),
      409, "several residents");
  check_refused(
      world.by("centre", Method::post, "/v1/residents/search", R"({"name":"別人","birth":"1980-02-17"})"),
      404, "no resident with this name");
}

TEST_CASE("each look at personal items is in the audit log") {
  OperatorWorld world;
  world.add("kiyose", {"municipality:132217"});
  const std::string id = to_string(world.add_resident());
  const auto certificate =
      world.issue(registry::parse_resident_id(id).value(), pki::CertificateKind::sign).id;
  CHECK(world.by("kiyose", Method::get, "/v1/residents/" + id).status == 200);
  CHECK(world.by("kiyose", Method::get, "/v1/residents/" + id + "/history").status == 200);
  CHECK(world.by("kiyose", Method::get, "/v1/residents").status == 200);
  CHECK(world.by("kiyose", Method::get, "/v1/certificates?resident=" + id).status == 200);
  CHECK(
      world.by("kiyose", Method::get, "/v1/certificates/sign/" + pki::to_string(certificate.serial)).status ==
      200);
  const auto audit = world.audit();
  const std::string who = "kiyose municipality:132217 ";
  for (const std::string& what :
       {"resident show resident " + id, "resident history resident " + id,
        "resident list residents " + id + " to " + id, "certificate list resident " + id,
        "certificate show " + to_string(certificate)}) {
    CAPTURE(what);
    CHECK(count(audit, who + what) == 1);
  }
}

TEST_CASE("refusals are audited once for each burst") {
  OperatorWorld world;
  world.add("kei", {"auditor"});
  const std::string id = to_string(world.add_resident());
  for (int i = 0; i < 5; ++i)
    CHECK(world.by("kei", Method::get, "/v1/residents/" + id).status == 403);
  CHECK(count(world.audit(), "kei auditor refused: read-register") == 1);
  world.clock.advance(kRefusalRepeats);
  CHECK(world.by("kei", Method::get, "/v1/residents/" + id).status == 403);
  CHECK(count(world.audit(), "kei auditor refused: read-register, resident " + id + " refusals left out 4") ==
        1);
}

}  // namespace admin
