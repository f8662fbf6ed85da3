// A register of many: what one page of a list may cost, and what it says about those whom its caller may not
// see.

#include <doctest/doctest.h>

#include "tests/admin/operator_world.h"

namespace admin {

namespace {

using http::Method;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

// More than one page opens.
constexpr std::uint64_t kMany = 20'500;

registry::Resident entry(std::uint64_t number, std::uint32_t municipality) {
  registry::Resident resident;
  resident.id = registry::make_resident_id(2'000'000'000 + number);
  resident.name = "架空　" + std::to_string(number) + "郎";
  resident.birth = support::day(1980, 2, 17);
  resident.municipality = municipality;
  return resident;
}

}  // namespace

TEST_CASE(
    "a page of residents opens so many records at most, and names no one whom its caller may not read") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  world.add("kiyose", {"municipality:132217"});
  const registry::Resident last = entry(kMany, 132'217);
  world.write([&](store::WriteTransaction& transaction) {
    for (std::uint64_t number = 0; number < kMany; ++number)
      registry::put_resident(transaction, world.vault, entry(number, 131'121));
    registry::put_resident(transaction, world.vault, last);
  });
  const auto page = [&](const std::string& query) {
    return object_of(world.by("kiyose", Method::get, "/v1/residents" + query));
  };
  const json::object first = page("");
  CHECK(first.at("residents").as_array().empty());
  const std::string next = text_of(first, "next");
  REQUIRE(next.size() == 11);
  CHECK(registry::parse_resident_id(next).value().value / 10 % 1'000 == 999);
  const json::object second = page("?after=" + next);
  REQUIRE(second.at("residents").as_array().size() == 1);
  CHECK(text_of(second.at("residents").at(0).as_object(), "id") == to_string(last.id));
  CHECK(second.at("next").is_null());
}

}  // namespace admin
