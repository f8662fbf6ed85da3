// The ministry's tables: every one adds up to the same total, and a past day is what it was on that day.

#include "registry/statistics.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "admin/statistics.h"
#include "law/compromise.h"
#include "registry/actor.h"
#include "tests/support/world.h"

namespace admin {

namespace {

using http::Method;
using pki::CertificateKind;
using support::body_of;
using support::day;
using support::World;

json::object statistics(World& world, const std::string& query = "") {
  const auto response = world.call(Method::get, "/v1/statistics" + query);
  INFO(body_of(response));
  REQUIRE(response.status == 200);
  return json::parse(body_of(response)).as_object();
}

const json::array& rows_of(const json::object& answer, std::string_view table) {
  return answer.at("tables").at(table).at("rows").as_array();
}

// The figure of one row: the first whose `member` has that value.
std::int64_t figure(const json::object& answer, std::string_view table, std::string_view member,
                    std::string_view value, const char* kind, const char* state) {
  for (const json::value& row : rows_of(answer, table))
    if (row.as_object().contains(member) && std::string_view(row.at(member).as_string()) == value)
      return row.at("certificates").at(kind).at(state).as_int64();
  FAIL("no row " << value);
  return -1;
}

std::int64_t total(const json::object& answer, const char* kind, const char* state) {
  return answer.at("total").at(kind).at(state).as_int64();
}

// Every table's rows, and every table's states, add up to the one total.
void check_sums(const json::object& answer) {
  for (const auto& member : answer.at("tables").as_object()) {
    const std::string name(member.key());
    const json::value& table = member.value();
    CAPTURE(name);
    CHECK(table.at("total") == answer.at("total"));
    for (const pki::CertificateKind kind : pki::kAllCertificateKinds) {
      const auto& sums = answer.at("total").at(pki::to_string(kind));
      for (const char* state : {"issued", "valid", "held", "revoked", "expired"}) {
        std::int64_t sum = 0;
        for (const json::value& row : table.at("rows").as_array())
          sum += row.at("certificates").at(pki::to_string(kind)).at(state).as_int64();
        CHECK(sum == sums.at(state).as_int64());
      }
      CHECK(sums.at("issued").as_int64() == sums.at("valid").as_int64() + sums.at("held").as_int64() +
                                                sums.at("revoked").as_int64() +
                                                sums.at("expired").as_int64());
    }
  }
}

void record(World& world, registry::ResidentId id, std::string_view event, json::object items = {}) {
  items["resident"] = to_string(id);
  items["event"] = event;
  const auto response = world.call(Method::post, "/v1/events", json::serialize(items));
  INFO(body_of(response));
  REQUIRE(response.status == 201);
}

registry::ResidentId holder(World& world, std::uint32_t municipality, registry::Sex sex, pki::Date birth) {
  const auto id = world.add_resident([&](registry::Resident& resident) {
    resident.municipality = municipality;
    resident.sex = sex;
    resident.birth = birth;
  });
  world.issue(id, CertificateKind::auth);
  world.issue(id, CertificateKind::sign);
  return id;
}

}  // namespace

TEST_CASE("an empty store has tables of noughts") {
  World world;
  const auto answer = statistics(world);
  check_sums(answer);
  CHECK(total(answer, "sign", "issued") == 0);
  CHECK(rows_of(answer, "groups").size() == 4);
  CHECK(rows_of(answer, "ages").size() == 42);
}

TEST_CASE("certificates are counted by group, prefecture, sex and age, each in its state") {
  World world;
  const auto mover = holder(world, support::kKiyose, registry::Sex::male, day(1980, 2, 17));
  const auto dead = holder(world, support::kKiyose, registry::Sex::female, day(1920, 1, 1));
  const auto held = holder(world, support::kSetagaya, registry::Sex::female, day(2001, 11, 24));
  record(world, mover, "address-change", {{"address", "東京都清瀬市模擬町９番"}});
  record(world, dead, "death");
  record(world, held, "hold");
  const auto answer = statistics(world);
  check_sums(answer);
  CHECK(total(answer, "sign", "issued") == 3);
  CHECK(total(answer, "sign", "revoked") == 2);
  CHECK(total(answer, "sign", "held") == 1);
  CHECK(total(answer, "auth", "valid") == 1);
  CHECK(figure(answer, "groups", "group", "special-wards", "auth", "held") == 1);
  CHECK(figure(answer, "groups", "group", "other-cities", "auth", "issued") == 2);
  CHECK(figure(answer, "prefectures", "name_ja", "東京都", "sign", "issued") == 3);
  CHECK(figure(answer, "municipalities", "code", "132217", "sign", "issued") == 2);
  // The test world's day is 2026-11-23: the day before the 25th birthday of the held one.
  CHECK(figure(answer, "ages", "age", "45-49", "auth", "valid") == 1);
  for (const json::value& row : rows_of(answer, "ages")) {
    const auto issued = row.at("certificates").at("sign").at("issued").as_int64();
    if (row.at("sex") == "female" && row.at("age") == "20-24") CHECK(issued == 1);
    if (row.at("sex") == "female" && row.at("age") == "100+") CHECK(issued == 1);
    if (row.at("sex") == "male" && row.at("age") == "45-49") CHECK(issued == 1);
  }
  CHECK(rows_of(answer, "top").at(0).at("rank").as_int64() == 1);
  CHECK(rows_of(answer, "top").at(0).at("code") == "132217");
}

TEST_CASE("the figures of a past day are those of that day") {
  World world;
  const auto id = holder(world, support::kKiyose, registry::Sex::male, day(1980, 2, 17));
  record(world, id, "hold");
  const std::string first_day = pki::to_string(pki::jst_date(world.clock.now()));
  const auto on_first_day = statistics(world);
  world.clock.advance(std::chrono::days(3));
  const auto release =
      world.call(Method::post, "/v1/events",
                 json::serialize(json::object{{"event", "release"}, {"resident", to_string(id)}}));
  REQUIRE(release.status == 201);
  record(world, id, "death");
  holder(world, support::kSetagaya, registry::Sex::female, day(1990, 1, 1));
  const auto now = statistics(world);
  check_sums(now);
  CHECK(total(now, "auth", "issued") == 2);
  CHECK(total(now, "auth", "revoked") == 1);
  auto past = statistics(world, "?on=" + first_day);
  check_sums(past);
  CHECK(past.at("tables") == on_first_day.at("tables"));
  CHECK(total(past, "auth", "held") == 1);
  CHECK(total(statistics(world, "?on=2016-01-01"), "auth", "issued") == 0);
  world.clock.advance(std::chrono::days(7 * 366));
  const auto later = statistics(world);
  check_sums(later);
  CHECK(total(later, "auth", "expired") == 1);
  CHECK(total(later, "auth", "revoked") == 1);
}

TEST_CASE("a compromised generation has no valid certificates from the fact on, filled in or not") {
  World world;
  holder(world, support::kKiyose, registry::Sex::male, day(1980, 2, 17));
  const auto held = holder(world, support::kSetagaya, registry::Sex::female, day(1990, 1, 1));
  record(world, held, "hold", {{"kind", "sign"}});
  const std::string day_before = pki::to_string(pki::jst_date(world.clock.now()));
  const auto before = statistics(world);
  CHECK(total(before, "sign", "valid") == 1);
  CHECK(total(before, "sign", "held") == 1);
  world.clock.advance(std::chrono::days(1));
  REQUIRE(world.writer
              ->execute({.actor = support::with_role(registry::Role::officer),
                         .action = "event ca-key-compromise",
                         .run = [](store::CommandContext& context) -> pki::Result<void> {
                           TRY(law::record_compromise(context, {pki::CaName::sign, 1}));
                           return {};
                         }})
              .has_value());
  const auto at_once = statistics(world);
  check_sums(at_once);
  CHECK(total(at_once, "sign", "valid") == 0);
  CHECK(total(at_once, "sign", "held") == 0);
  CHECK(total(at_once, "sign", "revoked") == 2);
  CHECK(total(at_once, "auth", "valid") == 2);
  world.clock.advance(std::chrono::hours(1));
  REQUIRE(law::fill_in_compromises(*world.environment, *world.writer, [] { return false; }).has_value());
  CHECK(statistics(world).at("tables") == at_once.at("tables"));
  CHECK(statistics(world, "?on=" + day_before).at("tables") == before.at("tables"));
}

TEST_CASE("regions alone are counted without sex and age, and wrong questions are refused") {
  World world;
  holder(world, support::kKiyose, registry::Sex::male, day(1980, 2, 17));
  const auto answer = statistics(world, "?tables=regions");
  check_sums(answer);
  CHECK_FALSE(answer.at("tables").as_object().contains("ages"));
  for (const char* query : {"?on=2999-01-01", "?on=2023-02-29", "?tables=some"})
    CHECK(world.call(Method::get, std::string("/v1/statistics") + query).status == 422);
  CHECK(world.call(Method::get, "/v1/statistics/999").status == 404);
  CHECK(world.call(Method::get, "/v1/statistics/first").status == 422);
}

TEST_CASE("a count whose issue record is gone belongs to no municipality, but to the total") {
  World world;
  const auto id = holder(world, support::kKiyose, registry::Sex::male, day(1980, 2, 17));
  const auto certificate = registry::certificates_of(world.read(), id).at(0);
  world.write([&](store::WriteTransaction& transaction) {
    transaction.erase(registry::tables::holdings,
                      registry::Key().u64(id.value).u8(1).certificate(certificate));
  });
  const auto answer = statistics(world);
  check_sums(answer);
  CHECK(figure(answer, "ages", "age", "", "sign", "issued") == 1);
}

}  // namespace admin
