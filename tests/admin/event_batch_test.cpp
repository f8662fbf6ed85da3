// Many events in one request: each has its own answer, their order holds, and a refusal stops nothing else.

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "admin/api.h"
#include "admin/dry_runs.h"
#include "registry/events.h"
#include "tests/support/world.h"

namespace admin {

namespace {

using http::Method;
using support::body_of;
using support::World;

json::object event(registry::ResidentId id, std::string_view name, json::object items = {}) {
  items["resident"] = to_string(id);
  items["event"] = name;
  return items;
}

json::object move_to(registry::ResidentId id, std::string_view address, std::string_view municipality = {}) {
  json::object items{{"address", address}};
  if (!municipality.empty()) items["municipality"] = municipality;
  return event(id, "address-change", std::move(items));
}

http::Response send(World& world, json::array events, bool dry_run = false) {
  return world.call(Method::post, "/v1/events/batch",
                    json::serialize(json::object{{"events", std::move(events)}, {"dry_run", dry_run}}));
}

// A dry run that goes on from request to request.
json::array dry_run(World& world, std::string_view name, json::array events) {
  const auto response = world.call(
      Method::post, "/v1/events/batch",
      json::serialize(json::object{{"events", std::move(events)}, {"dry_run", true}, {"rehearsal", name}}));
  INFO(body_of(response));
  REQUIRE(response.status == 200);
  return json::parse(body_of(response)).at("results").as_array();
}

// The results of a batch that is answered with 200.
json::array results_of(World& world, json::array events, bool dry_run = false) {
  const auto response = send(world, std::move(events), dry_run);
  INFO(body_of(response));
  REQUIRE(response.status == 200);
  return json::parse(body_of(response)).at("results").as_array();
}

// What the store holds but the log, in which a dry run stands, too.
support::StoreDump records(const World& world) {
  support::StoreDump dump = world.dump();
  dump.erase("audit");
  dump.erase("meta");
  return dump;
}

std::int64_t status_of(const json::value& result) {
  return result.at("status").as_int64();
}

}  // namespace

TEST_CASE("every event of a batch has its own answer, and a refused one stops nothing else") {
  World world;
  const auto first = world.add_resident(), second = world.add_resident();
  world.issue(first, pki::CertificateKind::sign);
  const auto results = results_of(
      world, {move_to(first, "東京都清瀬市模擬町２番"), move_to(first, ""), event(first, "marriage"),
              json::value(7), event(second, "name-change", {{"name", "模擬　花子"}, {"colour", "red"}}),
              event(second, "name-change", {{"name", "模擬　花子"}})});
  REQUIRE(results.size() == 6);
  CHECK(status_of(results[0]) == 201);
  CHECK(results[0].at("certificates").as_array().size() == 1);
  CHECK(status_of(results[1]) == 422);
  CHECK(results[1].at("field") == "address");
  CHECK(status_of(results[2]) == 422);
  CHECK(results[2].at("field") == "event");
  CHECK(status_of(results[3]) == 400);
  CHECK(status_of(results[4]) == 422);
  CHECK(results[4].at("field") == "colour");
  CHECK(status_of(results[5]) == 201);
  CHECK(world.resident(first).version == 1);
  CHECK(world.resident(second).name == "模擬　花子");
  world.check();
}

TEST_CASE("events of one resident are recorded in their order, and the mover's new municipality goes on") {
  World world;
  const auto id = world.add_resident();
  json::array events;
  for (int i = 1; i <= 40; ++i)
    events.push_back(
        move_to(id, "東京都模擬町" + std::to_string(i) + "番", i % 2 == 0 ? "132217" : "131121"));
  for (const json::value& result : results_of(world, events))
    CHECK(status_of(result) == 201);
  CHECK(world.resident(id).address == "東京都模擬町40番");
  auto history = registry::events_of(world.read(), world.vault, id);
  // The card, which was not presented, lapses at the second move.
  CHECK(std::erase_if(history, [](const registry::EventRecord& one) {
          return one.event == law::Event::card_lapse;
        }) == 1);
  REQUIRE(history.size() == 40);
  CHECK(history[0].actor.municipality == 132217);
  CHECK(history[1].actor.municipality == 131121);
}

TEST_CASE("a batch that is sent again is answered as before and changes nothing") {
  World world;
  const auto id = world.add_resident();
  json::object moved = move_to(id, "東京都清瀬市模擬町２番");
  moved["event_id"] = "feed-1";
  json::object named = event(id, "name-change", {{"name", "模擬　次郎"}});
  named["event_id"] = "feed-2";
  const auto first = results_of(world, {moved, named});
  const auto again = results_of(world, {moved, named});
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(status_of(first[i]) == 201);
    CHECK(status_of(again[i]) == 200);
    CHECK(again[i].at("repeated").as_bool());
    CHECK(again[i].at("sequence") == first[i].at("sequence"));
  }
  CHECK(world.resident(id).version == 2);
}

TEST_CASE("the cause of a card's lapse may be a number, and a spreadsheet's TRUE is true") {
  World world;
  const auto first = world.add_resident(), second = world.add_resident();
  const auto results = results_of(
      world, {event(first, "card-lapse", {{"cause", 3}}), event(first, "card-lapse", {{"cause", 15}}),
              event(second, "overseas-exit", {{"planned", "2026-12-01"}, {"card_handed_in", "TRUE"}}),
              event(second, "overseas-exit", {{"planned", "2026-12-01"}, {"card_handed_in", "FALSE"}}),
              event(second, "overseas-exit", {{"planned", "2026-12-01"}, {"card_handed_in", "perhaps"}})});
  CHECK(status_of(results[0]) == 201);
  CHECK(status_of(results[1]) == 422);
  CHECK(status_of(results[2]) == 201);
  CHECK(status_of(results[3]) == 201);
  CHECK(status_of(results[4]) == 422);
}

TEST_CASE("a feed that is sent again is answered as before though its resident has moved away") {
  World world;
  const auto id = world.add_resident();
  json::object moved = move_to(id, "東京都清瀬市模擬町２番");
  moved["event_id"] = "feed-1";
  const auto as_kiyose = [&](const json::object& body) {
    return world.call(Method::post, "/v1/events", json::serialize(body), {{"Jpki-As", "municipality:132217"}})
        .status;
  };
  CHECK(as_kiyose(moved) == 201);
  CHECK(status_of(results_of(world, {move_to(id, "東京都世田谷区模擬町２番", "131121")})[0]) == 201);
  CHECK(as_kiyose(moved) == 200);
  // Another event under the id is still no business of the former municipality's.
  moved["address"] = "東京都清瀬市模擬町３番";
  CHECK(as_kiyose(moved) == 403);
}

TEST_CASE("a feed's number that goes back within a resident is refused and stored nowhere") {
  World world;
  const auto id = world.add_resident(), other = world.add_resident();
  const auto numbered = [&](registry::ResidentId who, int house, json::value sequence,
                            const char* feed = "") {
    json::object moved = move_to(who, "東京都清瀬市模擬町" + std::to_string(house) + "番");
    moved["feed_sequence"] = std::move(sequence);
    moved["feed"] = feed;
    return moved;
  };
  const auto results =
      results_of(world, {numbered(id, 2, 7), numbered(id, 3, 6), numbered(id, 4, 7), numbered(id, 5, "8"),
                         numbered(other, 2, 1), numbered(id, 6, 1, "kiyose"), numbered(id, 7, 1, "kiyose"),
                         move_to(id, "東京都清瀬市模擬町８番"), numbered(id, 9, 8), numbered(id, 10, -1),
                         numbered(id, 11, "nine")});
  const std::vector<std::int64_t> wanted{201, 409, 409, 201, 201, 201, 409, 201, 409, 422, 422};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(i);
    CHECK(status_of(results[i]) == wanted[i]);
    if (wanted[i] != 201) CHECK(results[i].at("field") == "feed_sequence");
  }
  CHECK(world.resident(id).version == 4);
  const auto unnamed = results_of(world, {[&] {
                                    json::object moved = move_to(id, "東京都清瀬市模擬町２番");
                                    moved["feed"] = "kiyose";
                                    return moved;
                                  }()});
  CHECK(unnamed[0].at("field") == "feed");
}

TEST_CASE("a dry run of a batch says what would be revoked and records no event") {
  World world;
  const auto id = world.add_resident();
  world.issue(id, pki::CertificateKind::sign);
  const auto before = records(world);
  const auto results = results_of(
      world, {move_to(id, "東京都清瀬市模擬町２番"), event(id, "death", {{"date", "2999-01-01"}})}, true);
  CHECK(status_of(results[0]) == 200);
  CHECK(results[0].at("dry_run").as_bool());
  CHECK(results[0].at("certificates").as_array().size() == 1);
  CHECK(status_of(results[1]) == 422);
  CHECK(results[1].at("field") == "date");
  CHECK(records(world) == before);
}

TEST_CASE("a dry run judges each event as the ones before it would leave the register") {
  World world;
  const auto id = world.add_resident(), other = world.add_resident();
  world.issue(id, pki::CertificateKind::sign);
  const auto before = records(world);
  json::object first = move_to(id, "東京都清瀬市模擬町２番"), again = move_to(id, "東京都清瀬市模擬町２番");
  first["event_id"] = "feed-1";
  json::object taken = move_to(other, "東京都清瀬市模擬町２番");
  taken["event_id"] = "feed-1";
  const json::array events{first,
                           again,
                           first,
                           taken,
                           event(id, "name-change", {{"name", "模擬　次郎"}}),
                           event(id, "death"),
                           event(id, "sex-change", {{"sex", "female"}})};
  const auto dry = results_of(world, events, true);
  CHECK(records(world) == before);
  const std::vector<std::int64_t> wanted{200, 409, 200, 409, 200, 200, 409};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(i);
    CHECK(status_of(dry[i]) == wanted[i]);
  }
  // The signing certificate falls with the first alone; the third is the first again.
  CHECK(dry[0].at("certificates").as_array().size() == 1);
  CHECK(dry[2].at("repeated").as_bool());
  CHECK(dry[4].at("certificates").as_array().empty());
  // What the dry run said is what happens.
  const auto real = results_of(world, events);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CAPTURE(i);
    CHECK((status_of(real[i]) < 300) == (wanted[i] == 200));
    if (wanted[i] == 200) CHECK(real[i].at("certificates") == dry[i].at("certificates"));
  }
}

TEST_CASE("a dry run goes on over the borders of requests, apart from others, until it is ended") {
  World world;
  const auto id = world.add_resident();
  const auto before = records(world);
  const json::array moved{move_to(id, "東京都清瀬市模擬町２番")};
  CHECK(status_of(dry_run(world, "a", moved)[0]) == 200);
  CHECK(status_of(dry_run(world, "a", moved)[0]) == 409);
  CHECK(status_of(dry_run(world, "b", moved)[0]) == 200);
  // A dry run without a name begins anew each time.
  CHECK(status_of(results_of(world, moved, true)[0]) == 200);
  CHECK(status_of(results_of(world, moved, true)[0]) == 200);
  CHECK(world.call(Method::delete_, "/v1/events/rehearsals/a").status == 200);
  CHECK(world.call(Method::delete_, "/v1/events/rehearsals/a").status == 404);
  CHECK(status_of(dry_run(world, "a", moved)[0]) == 200);
  CHECK(records(world) == before);
  // What is recorded meanwhile is seen.
  CHECK(status_of(results_of(world, {event(id, "death")})[0]) == 201);
  CHECK(status_of(dry_run(world, "c", moved)[0]) == 409);
}

TEST_CASE("a dry run has a name and is a dry run") {
  World world;
  const auto before = records(world);
  for (const char* body :
       {R"({"events":[{}],"rehearsal":"a"})", R"({"events":[{}],"dry_run":true,"rehearsal":""})",
        R"({"events":[{}],"dry_run":true,"rehearsal":7})"}) {
    CAPTURE(body);
    const auto response = world.call(Method::post, "/v1/events/batch", body);
    CHECK(response.status == 422);
    CHECK(json::parse(body_of(response)).at("field") == "rehearsal");
  }
  CHECK(records(world) == before);
}

TEST_CASE("only so many dry runs are held, and one that rests is forgotten") {
  using namespace std::chrono_literals;
  DryRuns dry_runs;
  const DryRuns::Moment start{};
  for (std::size_t i = 0; i < DryRuns::kHeldMax; ++i)
    REQUIRE(dry_runs.take(std::to_string(i), start).has_value());
  const auto refused = dry_runs.take("one more", start + 30s);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::too_busy);
  const auto kept = dry_runs.take("0", start + 30s);
  REQUIRE(kept.has_value());
  (*kept)->overlay.put(store::tables::meta, pki::Bytes{1}, pki::Bytes{2});
  // All rest but the first, which is in use.
  CHECK(dry_runs.take("one more", start + 61s).has_value());
  CHECK((*dry_runs.take("0", start + 10min))->overlay.bytes() > 0);
  CHECK_FALSE(dry_runs.end("1"));
}

TEST_CASE("a brief answer says what a feed counts") {
  World world;
  const auto id = world.add_resident();
  world.issue(id, pki::CertificateKind::auth);
  world.issue(id, pki::CertificateKind::sign);
  const auto response =
      world.call(Method::post, "/v1/events/batch",
                 json::serialize(json::object{
                     {"events", json::array{event(id, "death"), event(id, "death"), event(id, "marriage")}},
                     {"brief", true}}));
  REQUIRE(response.status == 200);
  const json::array results = json::parse(body_of(response)).at("results").as_array();
  CHECK(results[0] == json::value({{"status", 201}, {"repeated", false}, {"certificates_changed", 2}}));
  CHECK(status_of(results[1]) == 409);
  CHECK(results[1].at("code") == "refused_by_law");
  CHECK(status_of(results[2]) == 422);
}

TEST_CASE("what is no batch is refused as a whole") {
  World world;
  const auto before = records(world);
  for (const char* body : {"{}", R"({"events":[]})", R"({"events":7})", R"({"events":[{}],"dry":true})"}) {
    CAPTURE(body);
    CHECK(world.call(Method::post, "/v1/events/batch", body).status == 422);
  }
  json::array many;
  for (int i = 0; i <= 1'000; ++i)
    many.push_back(json::object{});
  CHECK(send(world, std::move(many)).status == 422);
  CHECK(
      world.call(Method::post, "/v1/events/batch", R"({"events":[{}]})", {{"Idempotency-Key", "k"}}).status ==
      422);
  CHECK(records(world) == before);
}

}  // namespace admin
