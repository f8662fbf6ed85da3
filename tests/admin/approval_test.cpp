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
  // "active PLAN EQUIPMENT", with - for what is not recorded.
  std::string now() {
    const json::object shown = entry();
    CHECK(reported().at("approvals") == shown.at("approvals"));
    const auto word = [&](const char* name) {
      return shown.at(name).is_null() ? std::string("-") : std::string(shown.at(name).as_string());
    };
    return (shown.at("active").as_bool() ? "active " : "inactive ") + word("plan") + " " + word("equipment");
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
  CHECK(world.now() == "inactive - -");
  world.step("approve", {{"plan", "one"}, {"equipment", "gate"}});
  CHECK(world.now() == "active one gate");
  // A change to come is told, and the present approval goes on.
  world.step("approve", {{"date", "2026-12-01"}, {"plan", "two"}});
  CHECK(world.now() == "active one gate");
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
  CHECK(world.now() == "active one gate");
  world.stand_on(2026, 12, 1);
  CHECK(world.now() == "active two gate");
  CHECK(world.entry().at("approved").as_string() == "2026-11-23");
  CHECK(world.entry().at("approval_cancelled").is_null());

  world.stand_on(2026, 12, 24);
  CHECK(world.step("cancel-approval", {{"date", "2026-12-25"}}, 422).at("field").as_string() == "date");
  CHECK(world.now() == "active two gate");
  const json::object cancelled = world.step("cancel-approval");
  CHECK(cancelled.at("to_erase").as_array().empty());
  CHECK(cancelled.at("cancelled").is_null());
  CHECK(world.now() == "inactive two gate");
  CHECK(world.entry().at("approval_cancelled").as_string() == "2026-12-24");
  world.step("cancel-approval", {}, 409);
  // The registration goes on, so a new approval is enough.
  world.step("approve", {{"plan", "three"}});
  CHECK(world.now() == "active three -");
  CHECK(world.entry().at("approved").as_string() == "2026-12-24");
  CHECK(world.entry().at("approvals").as_array().size() == 4);
}

TEST_CASE("an approval ends with its last day, and its change keeps that day") {
  ApprovalWorld world;
  world.step("approve", {{"until", "2026-12-31"}, {"plan", "one"}});
  world.step("approve", {{"date", "2026-12-01"}, {"plan", "two"}});
  world.stand_on(2026, 12, 31);
  CHECK(world.now() == "active two -");
  CHECK(world.entry().at("approved_until").as_string() == "2026-12-31");
  world.stand_on(2027, 1, 1);
  CHECK(world.now() == "inactive two -");
}

TEST_CASE("items of an approval belong to that step and to the class that needs one") {
  ApprovalWorld world;
  CHECK(world.step("notify", {{"plan", "one"}}, 422).at("field").as_string() == "plan");
  CHECK(world.step("cancel-approval", {{"equipment", "gate"}}, 422).at("field").as_string() == "equipment");
  CHECK(world.step("approve", {{"plan", ""}}, 422).at("field").as_string() == "plan");
  CHECK(world.step("approve", {{"plan", std::string(4001, 'a')}}, 422).at("field").as_string() == "plan");
  CHECK(world.step("approve", {{"class", json::array{"signature"}}}, 422).at("field").as_string() == "class");
  CHECK(world.now() == "inactive - -");
}

}  // namespace admin
