// What a request does decides the right, not how it spells it; and nothing is told good in between.

#include <doctest/doctest.h>

#include <algorithm>

#include "registry/events.h"
#include "registry/requests.h"
#include "tests/admin/operator_world.h"
#include "verifier/verifiers.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

std::size_t entries_about(const OperatorWorld& world, std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      world.audit(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

json::object event(registry::ResidentId id, std::string_view name, json::object items = {}) {
  items["resident"] = to_string(id);
  items["event"] = name;
  return items;
}

json::object move_to_setagaya(registry::ResidentId id) {
  return event(id, "address-change", {{"address", "東京都世田谷区模擬町１番"}, {"municipality", "131121"}});
}

http::Response send(OperatorWorld& world, const std::string& who, const json::object& body,
                    const std::vector<http::Header>& headers = {}) {
  return world.by(who, Method::post, "/v1/events", json::serialize(body), headers);
}

// A batch of one operator; gives the results.
json::array results_of(OperatorWorld& world, const std::string& who, json::array events, bool is_dry_run) {
  const auto response =
      world.by(who, Method::post, "/v1/events/batch",
               json::serialize(json::object{{"events", std::move(events)}, {"dry_run", is_dry_run}}));
  INFO(support::body_of(response));
  REQUIRE(response.status == 200);
  return object_of(response).at("results").as_array();
}

}  // namespace

TEST_CASE("an event with a member that is null is judged as the event that it is") {
  OperatorWorld world;
  world.add_staff();
  const auto id = world.add_resident();
  for (const char* name : {"death", "card-return", "key-notice", "hold", "release"}) {
    CHECK(send(world, "akiko", event(id, name)).status == 403);
    CHECK(send(world, "akiko", event(id, name, {{"application", nullptr}})).status == 403);
    CHECK(send(world, "akiko", event(id, name, {{"application", nullptr}, {"dry_run", true}})).status == 403);
  }
  CHECK(registry::events_of(world.read(), world.vault, id).empty());
}

TEST_CASE("one with several roles acts in one that may do it, or not at all") {
  OperatorWorld world;
  world.add_staff();
  world.add("both", {"supervisor", "municipality:132217"});
  const auto id = world.add_resident();
  world.issue(id, pki::CertificateKind::sign);
  // An online notice is the officer's. Of a batch each event is judged, whatever the batch may do.
  const json::object notice = event(id, "key-notice", {{"kind", "sign"}, {"application", "AAAA"}});
  CHECK(send(world, "both", notice).status == 403);
  // A municipality elsewhere and a supervisor: neither records a death here.
  world.add("elsewhere", {"supervisor", "municipality:131121"});
  for (const bool is_dry_run : {true, false}) {
    const auto results = results_of(world, "elsewhere", {event(id, "death")}, is_dry_run);
    CHECK(results.at(0).at("status").to_number<int>() == 403);
  }
  CHECK(registry::events_of(world.read(), world.vault, id).empty());
}

TEST_CASE("a verifier with an approval is added by two persons, ready or not") {
  OperatorWorld world;
  world.add_staff();
  const auto add = [&](json::object body) {
    body["name"] = "検証者";
    return world.by("akiko", Method::post, "/v1/verifiers", json::serialize(body));
  };
  const auto asked = add({{"class", json::array{"authentication", "specific-authentication"}},
                          {"ready", true},
                          {"signature", true}});
  INFO(support::body_of(asked));
  CHECK(asked.status == 202);
  CHECK(verifier::all_verifiers(world.read()).empty());
  // Without a word about readiness, and for the other classes, it is the officer's alone.
  CHECK(add({{"class", json::array{"specific-authentication"}}, {"ready", nullptr}}).status == 201);
  CHECK(add({{"class", json::array{"authentication"}}, {"ready", true}, {"signature", true}}).status == 201);
}

TEST_CASE("a dry run shows the items of a resident only to those who may read them, and is in the log") {
  OperatorWorld world;
  world.add_staff();
  world.add("kiyose", {"municipality:132217"});
  world.add("setagaya", {"municipality:131121"});
  const auto id = world.add_resident();
  const json::array events = {move_to_setagaya(id), event(id, "name-change", {{"name", "甲"}}),
                              event(id, "birth-date-change", {{"birth", "1990-01-01"}})};
  for (const json::value& result : results_of(world, "setagaya", events, true)) {
    const std::string text = json::serialize(result);
    INFO(text);
    CHECK(text.find("清瀬") == std::string::npos);
    CHECK(text.find("太郎") == std::string::npos);
    CHECK(text.find("1980") == std::string::npos);
    CHECK_FALSE(result.as_object().contains("changes"));
  }
  CHECK(entries_about(world, "setagaya municipality:131121 event dry-run resident " + to_string(id)) == 1);

  json::object moved = move_to_setagaya(id);
  moved["dry_run"] = true;
  CHECK_FALSE(object_of(send(world, "setagaya", moved)).contains("changes"));
  CHECK(entries_about(world, "setagaya municipality:131121 event dry-run resident " + to_string(id)) == 2);

  const auto own =
      object_of(send(world, "kiyose", event(id, "name-change", {{"name", "模擬　次郎"}, {"dry_run", true}})));
  CHECK(own.at("changes").at(0).at("before") == "模擬　太郎");
  CHECK(entries_about(world, "kiyose municipality:132217 event dry-run resident " + to_string(id)) == 1);

  // The answer to a recorded move says no more.
  const auto recorded = object_of(send(world, "setagaya", move_to_setagaya(id)));
  CHECK(recorded.at("event") == "address-change");
  CHECK_FALSE(recorded.contains("changes"));
}

TEST_CASE("a generation is suspected from the request of its compromise to the record") {
  OperatorWorld world;
  world.add_staff();
  const registry::IssuerId sign{pki::CaName::sign, 1};
  const auto response = send(world, "akiko", {{"event", "ca-key-compromise"}, {"ca", "sign-1"}});
  REQUIRE(response.status == 202);
  const json::object request = object_of(response).at("request").as_object();
  const auto is_suspected = [&] { return registry::is_suspected(world.read(), sign, world.clock.now()); };
  CHECK(is_suspected());
  // The process ended between the confirmation and the record, or the record failed.
  for (const char* outcome : {"", "failed: the disk is full"}) {
    world.write([&](store::WriteTransaction& transaction) {
      auto stored = registry::find_request(transaction, 1).value();
      stored.state = registry::RequestState::confirmed;
      stored.decided_by = "saburo";
      stored.decided_at = world.clock.now();
      stored.outcome = outcome;
      registry::put_request(transaction, stored);
    });
    CHECK(is_suspected());
  }
  world.clock.advance(2 * registry::kRequestLife);
  CHECK(is_suspected());
  const auto open = object_of(world.by("saburo", Method::get, "/v1/requests")).at("requests").as_array();
  REQUIRE(open.size() == 1);
  CHECK(open.at(0).at("state") == "unfinished");
  const json::object digest{{"digest", text_of(request, "digest")}};
  CHECK(world.by("saburo", Method::post, "/v1/requests/1/reject", json::serialize(digest)).status == 409);
  CHECK(world.by("saburo", Method::post, "/v1/requests/1/confirm", json::serialize(digest)).status == 200);
  CHECK(registry::find_issuer(world.read(), sign)->compromise.has_value());
  CHECK_FALSE(is_suspected());
  CHECK(object_of(world.by("saburo", Method::get, "/v1/requests")).at("requests").as_array().empty());
}

}  // namespace admin
