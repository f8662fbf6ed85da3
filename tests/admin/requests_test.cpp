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

}  // namespace admin
