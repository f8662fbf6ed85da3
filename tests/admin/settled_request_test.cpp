// What is confirmed is what was requested: a request whose subject has changed by then is refused.

#include <doctest/doctest.h>

#include "registry/requests.h"
#include "tests/admin/operator_world.h"
#include "verifier/verifiers.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

class SettlingWorld : public OperatorWorld {
 public:
  SettlingWorld() {
    add_staff();
    const auto made =
        by("akiko", Method::post, "/v1/verifiers", R"({"name":"Bank","class":["specific-authentication"]})");
    path_ += text_of(object_of(made), "id");
    for (const char* name : {"notify", "agree"})
      REQUIRE(step(name, {}).status == 200);
  }

  http::Response step(const std::string& name, const json::object& body) {
    return by("akiko", Method::post, path_ + "/" + name, json::serialize(body));
  }
  // Asks for what needs a second person.
  json::object ask(const std::string& target, const json::object& body = {}) {
    const auto asked = by("akiko", Method::post, target, json::serialize(body));
    INFO(support::body_of(asked));
    REQUIRE(asked.status == 202);
    return object_of(asked).at("request").as_object();
  }
  json::object ask_step(const std::string& name, const json::object& body = {}) {
    return ask(path_ + "/" + name, body);
  }
  http::Response confirm(const json::object& request) {
    return by("saburo", Method::post, "/v1/requests/" + text_of(request, "id") + "/confirm",
              json::serialize(json::object{{"digest", text_of(request, "digest")}}));
  }
  void check_overtaken(const json::object& request) {
    // Whoever is to confirm it sees so before.
    const auto shown = object_of(by("saburo", Method::get, "/v1/requests/" + text_of(request, "id")));
    CHECK(shown.contains("obstacle"));
    const auto response = confirm(request);
    INFO(support::body_of(response));
    CHECK(response.status == 409);
    CHECK(text_of(object_of(response), "detail").find("is not what it was") != std::string::npos);
  }
  void approve(const json::object& body) { REQUIRE(confirm(ask_step("approve", body)).status == 200); }
  json::object entry() {
    return object_of(by("akiko", Method::get, path_)).at("classes").at("specific-authentication").as_object();
  }
  std::string in_days(int days) { return pki::to_string(pki::add_days(pki::jst_date(clock.now()), days)); }

 private:
  std::string path_ = "/v1/verifiers/";
};

}  // namespace

TEST_CASE("a change of an approval that has ended or was cancelled in between opens nothing again") {
  for (const std::string end : {"end-approval", "cancel-approval"}) {
    CAPTURE(end);
    SettlingWorld world;
    world.approve({{"plan", "machine A"}, {"equipment", "E1"}, {"until", world.in_days(30)}});
    const json::object change = world.ask_step("approve", {{"plan", "machine B"}});
    if (end == "end-approval")
      REQUIRE(world.step(end, {}).status == 200);
    else
      REQUIRE(world.confirm(world.ask_step(end)).status == 200);
    REQUIRE_FALSE(world.entry().at("pinless").as_bool());
    world.check_overtaken(change);
    CHECK_FALSE(world.entry().at("pinless").as_bool());
    // What is asked for after the end is meant as a new approval.
    world.approve({{"plan", "machine B"}});
    CHECK(world.entry().at("pinless").as_bool());
  }
}

TEST_CASE("a change of an approval keeps what was approved when it was requested, or is refused") {
  SettlingWorld world;
  world.approve({{"plan", "machine A"}, {"equipment", "E1"}, {"until", world.in_days(30)}});
  const json::object overtaken = world.ask_step("approve", {{"plan", "machine B"}});
  REQUIRE(world.step("minor-change", {{"equipment", "E2"}}).status == 200);
  world.check_overtaken(overtaken);
  const json::object change = world.ask_step("approve", {{"plan", "machine B"}});
  REQUIRE(world.confirm(change).status == 200);
  CHECK(text_of(world.entry(), "plan") == "machine B");
  CHECK(text_of(world.entry(), "equipment") == "E2");
  CHECK(text_of(world.entry(), "approved_until") == world.in_days(30));
}

TEST_CASE("a cancellation is of the approval of its request, not of the one that followed") {
  SettlingWorld world;
  world.approve({{"plan", "machine A"}});
  const json::object cancellation = world.ask_step("cancel-approval");
  REQUIRE(world.step("end-approval", {}).status == 200);
  world.approve({{"plan", "machine B"}});
  world.check_overtaken(cancellation);
  CHECK(world.entry().at("pinless").as_bool());
}

TEST_CASE("an approval that comes into force in between is not replaced by an earlier request") {
  SettlingWorld world;
  world.approve({{"plan", "machine A"}});
  world.approve({{"plan", "machine B"}, {"date", world.in_days(1)}});
  const json::object change = world.ask_step("approve", {{"plan", "machine C"}});
  // Midnight in Japan, before the request ends.
  world.clock.set(pki::jst_end_of_day(pki::jst_date(world.clock.now())) + pki::Seconds{1});
  REQUIRE(text_of(world.entry(), "plan") == "machine B");
  world.check_overtaken(change);
  CHECK(text_of(world.entry(), "plan") == "machine B");
}

TEST_CASE("an operator whose credential was revoked after the request is not enabled by it") {
  SettlingWorld world;
  world.add("jun", {"supervisor"});
  const std::string path = "/v1/operators/jun/";
  REQUIRE(world.by("akiko", Method::post, path + "disable").status == 200);
  const json::object enable = world.ask(path + "enable");
  world.write([](store::WriteTransaction& transaction) {
    auto jun = registry::find_operator(transaction, "jun").value();
    jun.credentials.front().revoked = jun.credentials.front().not_before;
    registry::put_operator(transaction, jun);
  });
  world.check_overtaken(enable);
  CHECK_FALSE(registry::find_operator(world.read(), "jun")->is_enabled);
  CHECK(world.confirm(world.ask(path + "enable")).status == 200);
  CHECK(registry::find_operator(world.read(), "jun")->is_enabled);
}

TEST_CASE(
    "a credential is for the operator of the request, not for one whose credentials were revoked since") {
  SettlingWorld world;
  const json::object body{{"csr", pki::to_base64(SettlingWorld::request(3))}};
  const json::object credential = world.ask("/v1/operators/saburo/credentials", body);
  world.add("jun", {"supervisor"});
  world.write([](store::WriteTransaction& transaction) {
    auto saburo = registry::find_operator(transaction, "saburo").value();
    saburo.credentials.push_back(saburo.credentials.front());
    saburo.credentials.back().serial.value += 1'000;
    saburo.credentials.back().revoked = saburo.credentials.back().not_before;
    registry::put_operator(transaction, saburo);
  });
  world.check_overtaken(credential);
  CHECK(registry::find_operator(world.read(), "saburo")->credentials.size() == 2);
}

TEST_CASE("of two requests for one operator the older does not act on a state that has come back") {
  SettlingWorld world;
  world.add("jun", {"supervisor"});
  const std::string path = "/v1/operators/jun/";
  const auto act = [&](const std::string& step) {
    return world.by("akiko", Method::post, path + step).status;
  };
  REQUIRE(act("disable") == 200);
  const json::object older = world.ask(path + "enable"), newer = world.ask(path + "enable");
  REQUIRE(world.confirm(newer).status == 200);
  REQUIRE(act("disable") == 200);
  world.check_overtaken(older);
  CHECK_FALSE(registry::find_operator(world.read(), "jun")->is_enabled);
  CHECK(world.confirm(world.ask(path + "enable")).status == 200);

  const json::object credential =
      world.ask(path + "credentials", {{"csr", pki::to_base64(SettlingWorld::request(3))}});
  REQUIRE(act("disable") == 200);
  REQUIRE(world.confirm(world.ask(path + "enable")).status == 200);
  world.check_overtaken(credential);
  CHECK(registry::find_operator(world.read(), "jun")->credentials.size() == 1);
}

TEST_CASE("of two requests about an approval the older does not act on a state that has come back") {
  SettlingWorld world;
  world.approve({{"plan", "machine A"}});
  const json::object cancellation = world.ask_step("cancel-approval");
  const json::object change = world.ask_step("approve", {{"plan", "machine C"}});
  // On one day the later takes the place of the earlier.
  world.approve({{"plan", "machine B"}});
  world.approve({{"plan", "machine A"}});
  world.check_overtaken(cancellation);
  world.check_overtaken(change);
  CHECK(text_of(world.entry(), "plan") == "machine A");
  CHECK(world.entry().at("pinless").as_bool());
}

TEST_CASE("a request of an earlier version that does not say what it changes is not confirmed") {
  SettlingWorld world;
  world.approve({{"plan", "machine A"}});
  json::object request = world.ask_step("approve", {{"plan", "machine B"}});
  CHECK(text_of(request.at("arguments").as_object(), "record_digest").size() == 64);
  world.write([&](store::WriteTransaction& transaction) {
    auto stored =
        registry::find_request(transaction, pki::parse_serial(text_of(request, "id"))->value).value();
    stored.body = R"({"plan":"machine B"})";
    stored.digest = registry::digest_of(stored);
    request["digest"] = pki::to_hex(stored.digest);
    registry::put_request(transaction, stored);
  });
  const auto response = world.confirm(request);
  CHECK(response.status == 409);
  CHECK(text_of(object_of(response), "detail").find("another version") != std::string::npos);
}

}  // namespace admin
