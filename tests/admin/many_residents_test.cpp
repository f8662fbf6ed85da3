// A register of many: what one page of a list and one search may cost, and what it says about those whom its
// caller may not see.

#include <doctest/doctest.h>

#include "registry/resident_index.h"
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

// A register with an index, as init makes it, and one resident behind many others.
class LargeRegister : public OperatorWorld {
 public:
  LargeRegister() {
    add("akiko", {"officer"});
    add("centre", {"call-centre"});
    make_index();
  }

  void make_index() {
    pki::Rng rng = pki::Rng::seeded(1);
    write([&](store::WriteTransaction& transaction) {
      registry::make_resident_index(transaction, vault, rng);
    });
  }
  // As a build without an index has left it.
  void forget_index() {
    write([&](store::WriteTransaction& transaction) {
      transaction.erase(store::tables::meta, pki::as_bytes("resident_index"));
    });
  }
  void fill() {
    write([&](store::WriteTransaction& transaction) {
      for (std::uint64_t number = 0; number < kMany; ++number)
        registry::put_resident(transaction, vault, entry(number, 131'121));
      registry::put_resident(transaction, vault, one());
    });
  }
  [[nodiscard]] static registry::Resident one() {
    registry::Resident resident = entry(kMany, 132'217);
    resident.name = "模擬　太郎";
    return resident;
  }
  http::Response search() {
    return by("centre", Method::post, "/v1/residents/search", R"({"name":"模擬太郎","birth":"1980-02-17"})");
  }
  std::string found() { return text_of(object_of(search()), "id"); }
};

TEST_CASE("the call centre's search opens few records of many") {
  LargeRegister world;
  world.fill();
  CHECK(world.found() == to_string(LargeRegister::one().id));
}

TEST_CASE(
    "a store of an earlier version is searched as far as one request goes, and in full once it is listed") {
  LargeRegister world;
  world.forget_index();
  world.write([&](store::WriteTransaction& transaction) {
    registry::put_resident(transaction, world.vault, LargeRegister::one());
  });
  CHECK(world.found() == to_string(LargeRegister::one().id));
  world.fill();
  const auto refused = world.search();
  CHECK(refused.status == 503);
  CHECK(text_of(object_of(refused), "detail").find("are being listed") != std::string::npos);
  world.make_index();
  CHECK(world.search().status == 503);
  for (bool more = true; more;)
    world.write([&](store::WriteTransaction& transaction) {
      more = registry::continue_resident_index(transaction, world.vault, 5'000);
    });
  CHECK(world.found() == to_string(LargeRegister::one().id));
}

}  // namespace admin
