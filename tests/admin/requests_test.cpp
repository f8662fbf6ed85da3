// Two persons: what is requested by one is done when another confirms it, and otherwise not.

#include "registry/requests.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/admin/operator_world.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

constexpr const char* kCompromise = R"({"event":"ca-key-compromise","ca":"sign-1"})";

// Requests the compromise of sign-1; gives the request as it was answered.
json::object request_compromise(OperatorWorld& world, const std::string& who = "akiko") {
  const auto response = world.by(who, Method::post, "/v1/events", kCompromise);
  INFO(support::body_of(response));
  REQUIRE(response.status == 202);
  return object_of(response).at("request").as_object();
}

http::Response decide(OperatorWorld& world, const std::string& who, const json::object& request,
                      const std::string& what, const std::string& digest = {}) {
  const json::object body{{"digest", digest.empty() ? text_of(request, "digest") : digest}};
  return world.by(who, Method::post, "/v1/requests/" + text_of(request, "id") + "/" + what,
                  json::serialize(body));
}

bool is_compromised(const OperatorWorld& world) {
  return registry::find_issuer(world.read(), {pki::CaName::sign, 1})->compromise.has_value();
}

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

TEST_CASE("a compromise is requested by an officer and done when a supervisor confirms it") {
  OperatorWorld world;
  world.add_staff();
  world.issue(world.add_resident(), pki::CertificateKind::sign);
  const json::object request = request_compromise(world);
  CHECK(text_of(request, "state") == "waiting");
  CHECK(text_of(request, "requested_by") == "akiko");
  CHECK_FALSE(is_compromised(world));

  const auto shown = object_of(world.by("saburo", Method::get, "/v1/requests/" + text_of(request, "id")));
  CHECK(shown.at("preview").at("would_fall").at("good").to_number<int>() == 1);
  CHECK(object_of(world.by("saburo", Method::get, "/v1/requests")).at("requests").as_array().size() == 1);

  const auto confirmed = decide(world, "saburo", request, "confirm");
  INFO(support::body_of(confirmed));
  REQUIRE(confirmed.status == 200);
  CHECK(text_of(object_of(confirmed).at("request").as_object(), "outcome") == "done");
  CHECK(is_compromised(world));
  CHECK(object_of(world.by("saburo", Method::get, "/v1/requests")).at("requests").as_array().empty());
  CHECK(
      object_of(world.by("saburo", Method::get, "/v1/requests?all=true")).at("requests").as_array().size() ==
      1);
  const auto audit = world.audit();
  CHECK(count(audit, "akiko officer request record-compromise request 1") == 1);
  CHECK(count(audit, "saburo supervisor request confirm request 1 requested by akiko") == 1);
  CHECK(count(audit, "akiko officer event ca-key-compromise") == 1);
  check_refused(decide(world, "saburo", request, "confirm"), 409, "is confirmed");
}

TEST_CASE("the requester, an officer, a wrong digest and a changed argument confirm nothing") {
  OperatorWorld world;
  world.add("both", {"officer", "supervisor"});
  world.add_staff();
  const json::object request = request_compromise(world, "both");
  check_refused(decide(world, "both", request, "confirm"), 403, "two persons");
  check_refused(decide(world, "akiko", request, "confirm"), 403, "the rule decide-requests");
  check_refused(decide(world, "saburo", request, "confirm", std::string(64, '0')), 409,
                "not those that were seen");
  world.write([&](store::WriteTransaction& transaction) {
    auto stored = registry::find_request(transaction, 1).value();
    stored.body = R"({"event":"ca-key-compromise","ca":"auth-1"})";
    registry::put_request(transaction, stored);
  });
  check_refused(decide(world, "saburo", request, "confirm"), 409, "not those that were seen");
  CHECK_FALSE(is_compromised(world));
}

TEST_CASE("a request that is rejected, or a day old, or whose requester has gone, is not done") {
  OperatorWorld world;
  world.add_staff();
  world.add("jun", {"officer"});
  const json::object rejected = request_compromise(world);
  CHECK(decide(world, "saburo", rejected, "reject").status == 200);
  check_refused(decide(world, "saburo", rejected, "confirm"), 409, "is rejected");

  const json::object orphan = request_compromise(world, "jun");
  CHECK(world.by("akiko", Method::post, "/v1/operators/jun/disable").status == 200);
  check_refused(decide(world, "saburo", orphan, "confirm"), 409, "is not officer any more");

  const json::object late = request_compromise(world);
  world.clock.advance(registry::kRequestLife);
  check_refused(decide(world, "saburo", late, "confirm"), 409, "is expired");
  CHECK_FALSE(is_compromised(world));
}

TEST_CASE("what could not be done is not even requested") {
  OperatorWorld world;
  world.add_staff();
  check_refused(
      world.by("akiko", Method::post, "/v1/events", R"({"event":"ca-key-compromise","ca":"sign-7"})"), 422,
      "sign-7");
  check_refused(world.by("akiko", Method::post, "/v1/verifiers/9/approve", "{}"), 404, "9");
  CHECK(object_of(world.by("akiko", Method::get, "/v1/requests?all=true")).at("requests").as_array().empty());
}

TEST_CASE("officers and supervisors are made by two persons, others by one") {
  OperatorWorld world;
  world.add_staff();
  const auto body = [](std::string_view name, std::string_view role, std::size_t key) {
    return json::serialize(json::object{{"name", name},
                                        {"roles", json::array{role}},
                                        {"csr", pki::to_base64(support::AuthorityWorld::request(key))}});
  };
  CHECK(world.by("akiko", Method::post, "/v1/operators", body("kei", "auditor", 1)).status == 201);
  const auto made = world.by("akiko", Method::post, "/v1/operators", body("mari", "supervisor", 2));
  REQUIRE(made.status == 202);
  CHECK_FALSE(registry::find_operator(world.read(), "mari").has_value());
  CHECK(decide(world, "saburo", object_of(made).at("request").as_object(), "confirm").status == 200);
  const auto mari = registry::find_operator(world.read(), "mari");
  REQUIRE(mari.has_value());
  CHECK(mari->credentials.size() == 1);

  // A further key of one of them would let one person be two; one's own renewal does not.
  const std::string csr =
      json::serialize(json::object{{"csr", pki::to_base64(support::AuthorityWorld::request(3))}});
  CHECK(world.by("akiko", Method::post, "/v1/operators/saburo/credentials", csr).status == 202);
  CHECK(world.by("saburo", Method::post, "/v1/operators/saburo/credentials", csr).status == 201);
  CHECK(world.by("akiko", Method::post, "/v1/operators/mari/disable").status == 200);
  CHECK(world.by("akiko", Method::post, "/v1/operators/mari/enable").status == 202);
}

TEST_CASE("an operator for more than one municipality, and another's credential, need two persons") {
  OperatorWorld world;
  world.add_staff();
  world.add("kiyose", {"municipality:132217"});
  // One key is one operator's.
  pki::Rng rng = pki::Rng::seeded(1);
  const auto next_csr = [&rng] {
    return pki::to_base64(
        pki::make_certification_request(pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng)));
  };
  const auto add = [&](const std::string& name, json::array roles) {
    const json::object body{{"name", name}, {"roles", std::move(roles)}, {"csr", next_csr()}};
    return world.by("akiko", Method::post, "/v1/operators", json::serialize(body)).status;
  };
  CHECK(add("one", {"municipality:132217"}) == 201);
  CHECK(add("two", {"municipality:132217", "municipality:131121"}) == 202);
  CHECK(add("sapporo", {"municipality:011002", "municipality:011011"}) == 201);
  CHECK(add("far", {"municipality:011011", "municipality:132217"}) == 202);
  const std::string csr = json::serialize(json::object{{"csr", next_csr()}});
  CHECK(world.by("akiko", Method::post, "/v1/operators/kiyose/credentials", csr).status == 202);
  CHECK(world.by("kiyose", Method::post, "/v1/operators/kiyose/credentials", csr).status == 201);
}

TEST_CASE("two persons are asked for once there is an officer and a supervisor") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  CHECK(world.by("akiko", Method::post, "/v1/events", kCompromise).status == 201);
}

TEST_CASE("a suspected generation answers tryLater until the request is decided") {
  OperatorWorld world;
  world.add_staff();
  const auto certificate = world.issue(world.add_resident(), pki::CertificateKind::sign).id;
  CHECK(world.ocsp_status(certificate) == "good");
  const json::object request = request_compromise(world);
  CHECK(world.ocsp_status(certificate) == "tryLater");
  CHECK(decide(world, "saburo", request, "reject").status == 200);
  CHECK(world.ocsp_status(certificate) == "good");
  const json::object again = request_compromise(world);
  CHECK(world.ocsp_status(certificate) == "tryLater");
  CHECK(decide(world, "saburo", again, "confirm").status == 200);
  CHECK(world.ocsp_status(certificate).starts_with("revoked"));
}

TEST_CASE("a suspicion ends with its request's day") {
  OperatorWorld world;
  world.add_staff();
  static_cast<void>(request_compromise(world));
  CHECK(registry::is_suspected(world.read(), {pki::CaName::sign, 1}, world.clock.now()));
  CHECK_FALSE(registry::is_suspected(world.read(), {pki::CaName::auth, 1}, world.clock.now()));
  world.clock.advance(registry::kRequestLife);
  CHECK_FALSE(registry::is_suspected(world.read(), {pki::CaName::sign, 1}, world.clock.now()));
}

TEST_CASE("a requested compromise means the generation of the request, whatever begins in between") {
  OperatorWorld world;
  world.add_staff();
  const auto certificate = world.issue(world.add_resident(), pki::CertificateKind::auth).id;
  const auto asked =
      world.by("akiko", Method::post, "/v1/events", R"({"event":"ca-key-compromise","ca":"auth"})");
  REQUIRE(asked.status == 202);
  const json::object request = object_of(asked).at("request").as_object();
  CHECK(text_of(request.at("arguments").as_object(), "ca") == "auth-1");
  const auto rolled = world.by("akiko", Method::post, "/v1/generations", R"({"ca":"auth"})");
  REQUIRE(decide(world, "saburo", object_of(rolled).at("request").as_object(), "confirm").status == 200);
  CHECK(world.ocsp_status(certificate) == "tryLater");
  CHECK(decide(world, "saburo", request, "confirm").status == 200);
  const auto compromised = [&](std::uint8_t generation) {
    return registry::find_issuer(world.read(), {pki::CaName::auth, generation})->compromise.has_value();
  };
  CHECK(compromised(1));
  CHECK_FALSE(compromised(2));
  CHECK(world.ocsp_status(certificate).starts_with("revoked"));
}

TEST_CASE(
    "a request of an earlier version that names no generation is not confirmed, and its suspicion stays") {
  OperatorWorld world;
  world.add_staff();
  json::object request = request_compromise(world);
  world.write([&](store::WriteTransaction& transaction) {
    auto stored = registry::find_request(transaction, 1).value();
    stored.body = R"({"event":"ca-key-compromise","ca":"sign"})";
    stored.digest = registry::digest_of(stored);
    request["digest"] = pki::to_hex(stored.digest);
    registry::put_request(transaction, stored);
  });
  check_refused(decide(world, "saburo", request, "confirm"), 409, "another version");
  CHECK(registry::is_suspected(world.read(), {pki::CaName::sign, 1}, world.clock.now()));
}

TEST_CASE("a suspicion that was confirmed does not end with a call that recorded something else") {
  OperatorWorld world;
  world.add_staff();
  static_cast<void>(request_compromise(world));
  world.write([&](store::WriteTransaction& transaction) {
    auto stored = registry::find_request(transaction, 1).value();
    stored.state = registry::RequestState::confirmed;
    stored.outcome = registry::kOutcomeDone;
    registry::put_request(transaction, stored);
  });
  world.clock.advance(registry::kRequestLife * 2);
  CHECK(registry::is_suspected(world.read(), {pki::CaName::sign, 1}, world.clock.now()));
}

TEST_CASE("days that a request leaves out are those of the request") {
  OperatorWorld world;
  world.add_staff();
  const auto asked = world.by("akiko", Method::post, "/v1/retention/removal", "{}");
  REQUIRE(asked.status == 202);
  const json::object request = object_of(asked).at("request").as_object();
  CHECK(text_of(request.at("arguments").as_object(), "on") ==
        pki::to_string(pki::jst_date(world.clock.now())));
  CHECK(decide(world, "saburo", request, "confirm").status == 200);
}

TEST_CASE("a confirmed rollover begins the generation that was requested, or none") {
  OperatorWorld world;
  world.add_staff();
  const auto request = [&] {
    return object_of(world.by("akiko", Method::post, "/v1/generations", R"({"ca":"sign"})"))
        .at("request")
        .as_object();
  };
  const json::object first = request(), second = request();
  CHECK(text_of(first.at("arguments").as_object(), "generation") == "sign-2");
  CHECK(decide(world, "saburo", first, "confirm").status == 200);
  check_refused(decide(world, "saburo", second, "confirm"), 409, "begun");
  CHECK_FALSE(registry::find_issuer(world.read(), {pki::CaName::sign, 3}).has_value());
}

TEST_CASE("what was confirmed and met a fault is unfinished, says no details, and is confirmed again") {
  OperatorWorld world;
  world.add_staff();
  const json::object request =
      object_of(world.by("akiko", Method::post, "/v1/generations", R"({"ca":"sign"})"))
          .at("request")
          .as_object();
  const auto keys = world.folder.path() / "keys", aside = world.folder.path() / "keys-aside";
  std::filesystem::rename(keys, aside);
  support::write_file(keys, pki::as_bytes("no folder"));
  CHECK(decide(world, "saburo", request, "confirm").status == 500);
  const auto shown = object_of(world.by("saburo", Method::get, "/v1/requests")).at("requests").as_array();
  REQUIRE(shown.size() == 1);
  CHECK(text_of(shown.front().as_object(), "state") == "unfinished");
  CHECK(text_of(shown.front().as_object(), "outcome") == "failed: internal error");
  CHECK(count(world.audit(), "request failed request 1") == 1);

  std::filesystem::remove(keys);
  std::filesystem::rename(aside, keys);
  CHECK(decide(world, "saburo", request, "confirm").status == 200);
  CHECK(registry::find_issuer(world.read(), {pki::CaName::sign, 2}).has_value());
  check_refused(decide(world, "saburo", request, "confirm"), 409, "is confirmed");
}

TEST_CASE("an unfinished request that may not be made twice is rejected and not confirmed again") {
  OperatorWorld world;
  world.add_staff();
  const std::string csr =
      json::serialize(json::object{{"csr", pki::to_base64(support::AuthorityWorld::request(3))}});
  const json::object request =
      object_of(world.by("akiko", Method::post, "/v1/operators/saburo/credentials", csr))
          .at("request")
          .as_object();
  world.add("jun", {"supervisor"});
  world.write([&](store::WriteTransaction& transaction) {
    auto stored = registry::find_request(transaction, 1).value();
    stored.state = registry::RequestState::confirmed;
    registry::put_request(transaction, stored);
  });
  check_refused(decide(world, "jun", request, "confirm"), 409, "is unfinished");
  CHECK(decide(world, "jun", request, "reject").status == 200);
  CHECK(object_of(world.by("jun", Method::get, "/v1/requests")).at("requests").as_array().empty());
}

}  // namespace admin
