// The approval of the PIN-less class through the operators' API, day by day (Act 38-2).

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "tests/support/world.h"

namespace admin {

namespace {

namespace json = boost::json;
using http::Method;

class ApprovalWorld : public support::World {
 public:
  ApprovalWorld() {
    path_ += std::string(
        post("/v1/verifiers", {{"name", "Bank"}, {"class", json::array{"specific-authentication"}}}, 201)
            .at("id")
            .as_string());
    post(path_ + "/notify", {});
    post(path_ + "/agree", {});
  }

  json::object post(const std::string& target, const json::object& body, unsigned status = 200) {
    const auto response = call(Method::post, target, json::serialize(body));
    INFO(support::body_of(response));
    CHECK(response.status == status);
    return json::parse(support::body_of(response)).as_object();
  }
  json::object step(const std::string& name, const json::object& body = {}, unsigned status = 200) {
    return post(path_ + "/" + name, body, status);
  }
  // The class's entry, as `show` gives it.
  json::object entry() {
    const auto response = call(Method::get, path_);
    return json::parse(support::body_of(response)).at("classes").at("specific-authentication").as_object();
  }
  // As the report on a verifier gives it (Act 66).
  json::object reported() {
    const auto response = call(Method::get, path_ + "/report");
    return json::parse(support::body_of(response))
        .at("standing")
        .at("classes")
        .at("specific-authentication")
        .as_object();
  }
  // "open PLAN EQUIPMENT" of the PIN-less path, with - for what is not recorded.
  std::string now() {
    const json::object shown = entry();
    CHECK(reported().at("approvals") == shown.at("approvals"));
    const auto word = [&](const char* name) {
      return shown.at(name).is_null() ? std::string("-") : std::string(shown.at(name).as_string());
    };
    return (shown.at("pinless").as_bool() ? "open " : "closed ") + word("plan") + " " + word("equipment");
  }
  // The states of the credentials, in the order of their issue.
  std::string credentials() {
    const auto response = call(Method::get, path_ + "/credentials");
    const json::value list = json::parse(support::body_of(response));
    std::string states;
    for (const json::value& one : list.at("credentials").as_array())
      states += std::string(one.at("state").as_string()) + " ";
    return states;
  }
  void issue(const char* use) {
    post(path_ + "/credentials", {{"for", use}, {"csr", pki::to_base64(request())}}, 201);
  }
  std::uint64_t swept(bool dry_run) {
    return post("/v1/sweep", {{"dry_run", dry_run}}).at("credentials").to_number<std::uint64_t>();
  }
  void stand_on(int year, unsigned month, unsigned date) {
    clock.set(pki::jst_start_of_day(
        pki::Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{date}}));
  }

 private:
  std::string path_ = "/v1/verifiers/";
};

}  // namespace

TEST_CASE("an approval, its change on its day and its cancellation, seen on each day") {
  ApprovalWorld world;
  CHECK(world.now() == "closed - -");
  world.step("approve", {{"plan", "one"}, {"equipment", "gate"}});
  CHECK(world.now() == "open one gate");
  // A change to come is told, and the present approval goes on.
  world.step("approve", {{"date", "2026-12-01"}, {"plan", "two"}});
  CHECK(world.now() == "open one gate");
  const json::array approvals = world.entry().at("approvals").as_array();
  REQUIRE(approvals.size() == 2);
  CHECK(approvals[0] == json::object{{"kind", "approval"},
                                     {"date", "2026-11-23"},
                                     {"until", nullptr},
                                     {"plan", "one"},
                                     {"equipment", "gate"},
                                     {"in_force", true}});
  CHECK(approvals[1].at("kind").as_string() == "change");
  CHECK_FALSE(approvals[1].at("in_force").as_bool());
  world.stand_on(2026, 11, 30);
  CHECK(world.now() == "open one gate");
  world.stand_on(2026, 12, 1);
  CHECK(world.now() == "open two gate");
  CHECK(world.entry().at("approved").as_string() == "2026-11-23");
  CHECK(world.entry().at("approval_cancelled").is_null());

  world.stand_on(2026, 12, 24);
  CHECK(world.step("cancel-approval", {{"date", "2026-12-25"}}, 422).at("field").as_string() == "date");
  CHECK(world.now() == "open two gate");
  const json::object cancelled = world.step("cancel-approval");
  CHECK(cancelled.at("to_erase").as_array().empty());
  CHECK(cancelled.at("cancelled").is_null());
  CHECK(world.now() == "closed two gate");
  // The ordinary check rests on notification and agreement.
  CHECK(world.entry().at("active").as_bool());
  CHECK(world.entry().at("approval_cancelled").as_string() == "2026-12-24");
  world.step("cancel-approval", {}, 409);
  // The registration goes on, so a new approval is enough.
  world.step("approve", {{"plan", "three"}});
  CHECK(world.now() == "open three -");
  CHECK(world.entry().at("approved").as_string() == "2026-12-24");
  CHECK(world.entry().at("approvals").as_array().size() == 4);
}

TEST_CASE("there is no approval before the day on which the law began to know one") {
  ApprovalWorld world;
  const json::object refused = world.step("approve", {{"date", "2020-05-24"}}, 409);
  CHECK(refused.at("article").as_string() == "Act 38-2(1)");
  CHECK(refused.at("field").as_string() == "date");
  CHECK(world.now() == "closed - -");
  world.step("approve", {{"date", "2020-05-25"}});
  CHECK(world.now() == "open - -");
}

TEST_CASE("an approval ends with its last day, and its change keeps that day") {
  ApprovalWorld world;
  world.step("approve", {{"until", "2026-12-31"}, {"plan", "one"}});
  world.step("approve", {{"date", "2026-12-01"}, {"plan", "two"}});
  world.stand_on(2026, 12, 31);
  CHECK(world.now() == "open two -");
  CHECK(world.entry().at("approved_until").as_string() == "2026-12-31");
  world.stand_on(2027, 1, 1);
  CHECK(world.now() == "closed two -");
}

TEST_CASE("a minor change and the end of the checks, announced beforehand, through the API") {
  ApprovalWorld world;
  world.step("minor-change", {{"plan", "x"}}, 409);
  world.step("approve", {{"plan", "one"}, {"equipment", "gate"}});
  world.step("minor-change", {{"equipment", "gates"}});
  CHECK(world.now() == "open one gates");
  CHECK(world.entry().at("approvals").as_array().back().at("kind").as_string() == "minor-change");
  CHECK(world.step("end-approval", {{"date", "2026-11-22"}}, 422).at("field").as_string() == "date");
  const json::object told = world.step("end-approval", {{"date", "2026-12-10"}});
  CHECK(told.at("to_erase").as_array().empty());
  CHECK(world.entry().at("approval_ended").as_string() == "2026-12-10");
  world.stand_on(2026, 12, 9);
  CHECK(world.now() == "open one gates");
  world.stand_on(2026, 12, 10);
  CHECK(world.now() == "closed one gates");
  CHECK(world.entry().at("approvals").as_array().back().at("kind").as_string() == "end");
  world.step("end-approval", {}, 409);
  world.step("approve", {{"plan", "two"}});
  CHECK(world.now() == "open two -");
  CHECK(world.entry().at("approval_ended").is_null());
}

TEST_CASE("credentials of the PIN-less path end on the day that was announced") {
  ApprovalWorld world;
  world.step("approve");
  world.issue("pinless");
  world.issue("signature");
  world.step("end-approval", {{"date", "2026-12-10"}});
  world.stand_on(2026, 12, 9);
  CHECK(world.swept(false) == 0);
  CHECK(world.credentials() == "good good ");
  world.stand_on(2026, 12, 10);
  CHECK(world.swept(true) == 1);
  CHECK(world.credentials() == "good good ");
  CHECK(world.swept(false) == 1);
  CHECK(world.swept(false) == 0);
  CHECK(world.credentials() == "revoked good ");
  // A new approval needs a new credential, which the old end does not touch.
  world.step("approve");
  world.issue("pinless");
  CHECK(world.swept(false) == 0);
  // An end of today acts at once, and tells what is to be erased.
  CHECK(world.step("end-approval").at("to_erase").as_array().size() == 2);
  CHECK(world.credentials() == "revoked good revoked ");
}

TEST_CASE("a step takes what it records, and nothing else") {
  ApprovalWorld world;
  const json::object network{{"network", json::array{"192.0.2.0/24"}}};
  for (const char* name : {"notify", "certify", "approve", "minor-change", "cancel-approval", "end-approval",
                           "suspend", "resume", "cancel"}) {
    CAPTURE(name);
    CHECK(world.step(name, network, 422).at("field").as_string() == "network");
    CHECK(world.step(name, {{"signature", true}}, 422).at("field").as_string() == "signature");
  }
  for (const char* name : {"notify", "minor-change", "cancel-approval", "end-approval", "resume", "cancel"}) {
    CAPTURE(name);
    CHECK(world.step(name, {{"until", "2027-01-01"}}, 422).at("field").as_string() == "until");
  }
  // They hold for all classes.
  for (const char* name : {"suspend", "resume", "cancel"}) {
    CAPTURE(name);
    CHECK(
        world.step(name, {{"class", json::array{"specific-authentication"}}}, 422).at("field").as_string() ==
        "class");
  }
  CHECK(world.now() == "closed - -");
}

TEST_CASE("the last day of an agreement and of a certification is shown and counts") {
  ApprovalWorld world;
  world.step("approve");
  world.step("agree", {{"until", "2026-11-30"}});
  CHECK(world.entry().at("agreed_until").as_string() == "2026-11-30");
  world.step("certify", {{"until", "2030-01-01"}});
  CHECK(world.entry().at("certified_until").as_string() == "2027-11-22");
  world.step("certify", {{"date", "2027-11-23"}});
  CHECK(world.entry().at("certified").as_string() == "2026-11-23");
  CHECK(world.entry().at("certified_next").as_string() == "2027-11-23");
  world.stand_on(2026, 11, 30);
  CHECK(world.now() == "open - -");
  world.stand_on(2026, 12, 1);
  CHECK(world.now() == "closed - -");
}

TEST_CASE("a notification or an agreement to come does not take away the one on record") {
  ApprovalWorld world;
  world.step("approve");
  world.step("notify", {{"date", "2026-12-01"}}, 409);
  world.step("agree", {{"date", "2026-12-01"}}, 409);
  CHECK(world.now() == "open - -");
}

TEST_CASE("items of an approval belong to that step and to the class that needs one") {
  ApprovalWorld world;
  CHECK(world.step("notify", {{"plan", "one"}}, 422).at("field").as_string() == "plan");
  CHECK(world.step("cancel-approval", {{"equipment", "gate"}}, 422).at("field").as_string() == "equipment");
  CHECK(world.step("approve", {{"plan", ""}}, 422).at("field").as_string() == "plan");
  CHECK(world.step("approve", {{"plan", std::string(4001, 'a')}}, 422).at("field").as_string() == "plan");
  CHECK(world.step("approve", {{"class", json::array{"signature"}}}, 422).at("field").as_string() == "class");
  CHECK(world.now() == "closed - -");
}

}  // namespace admin
