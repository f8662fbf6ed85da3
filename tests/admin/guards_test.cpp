// What one operator alone must not be able to do, and what a refusal or a search must not say.

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/admin/operator_world.h"

namespace admin {

namespace {

using http::Method;
using support::body_of;
using support::object_of;
using support::OperatorWorld;
using support::text_of;

std::size_t entries_about(const OperatorWorld& world, std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      world.audit(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

http::Response post(OperatorWorld& world, const std::string& who, std::string_view target,
                    const json::object& body, const std::vector<http::Header>& headers = {}) {
  return world.by(who, Method::post, target, json::serialize(body), headers);
}

json::object new_operator(std::string_view name, json::array roles, std::size_t key) {
  return {{"name", name},
          {"roles", std::move(roles)},
          {"csr", pki::to_base64(support::AuthorityWorld::request(key))}};
}

}  // namespace

TEST_CASE("the last supervisor who can act keeps a credential") {
  OperatorWorld world;
  world.add_staff();
  const auto serial = [&](const char* name) {
    return pki::to_string(registry::find_operator(world.read(), name)->credentials.front().serial);
  };
  for (const char* name : {"akiko", "saburo"}) {
    const auto response =
        post(world, "akiko",
             std::string("/v1/operators/") + name + "/credentials/" + serial(name) + "/revoke", {});
    INFO(body_of(response));
    CHECK(response.status == 409);
  }
  // Another entry without a credential does not make up for it; one with a credential does.
  world.add("sachi", {"supervisor"});
  CHECK(post(world, "akiko", "/v1/operators/sachi/credentials/" + serial("sachi") + "/revoke", {}).status ==
        200);
  CHECK(post(world, "akiko", "/v1/operators/saburo/credentials/" + serial("saburo") + "/revoke", {}).status ==
        409);
  CHECK(world.by("akiko", Method::post, "/v1/operators/saburo/disable").status == 409);
  world.add("third", {"supervisor"});
  CHECK(post(world, "akiko", "/v1/operators/saburo/credentials/" + serial("saburo") + "/revoke", {}).status ==
        200);
}

TEST_CASE("one key is one operator's, and an officer is no supervisor") {
  OperatorWorld world;
  world.add_staff();
  CHECK(post(world, "akiko", "/v1/operators", new_operator("kei", {"auditor"}, 1)).status == 201);
  CHECK(post(world, "akiko", "/v1/operators", new_operator("mari", {"auditor"}, 1)).status == 409);
  CHECK(post(world, "akiko", "/v1/operators", new_operator("both", {"supervisor", "officer"}, 2)).status ==
        422);
  // Who reads the whole register is a second person's matter, too; who confirms sees the key.
  const auto asked = post(world, "akiko", "/v1/operators", new_operator("reader", {"register-reader"}, 3));
  REQUIRE(asked.status == 202);
  CHECK(text_of(object_of(asked).at("preview").as_object(), "key_sha256").size() == 64);
}

TEST_CASE("no operator has a name that looks like another's") {
  OperatorWorld world;
  world.add_staff();
  for (const char* name : {"aki\u200Bko", "ａｋｉｋｏ", "Akiko", "UID 0", "ＪＰＫＩ", "kei\uFE00"}) {
    const auto response =
        post(world, "akiko", "/v1/operators", {{"name", name}, {"roles", json::array{"auditor"}}});
    INFO(name);
    CHECK(response.status == 422);
  }
  CHECK(post(world, "akiko", "/v1/operators", {{"name", "清瀬市　窓口"}, {"roles", json::array{"auditor"}}})
            .status == 201);
}

TEST_CASE("a refusal does not say where someone is registered, nor whether") {
  OperatorWorld world;
  world.add_staff();
  world.add("setagaya", {"municipality:131121"});
  const std::string id = to_string(world.add_resident());
  const std::string unknown = to_string(registry::make_resident_id(1'000'009'999));
  for (const char* what : {"", "/history"}) {
    const auto there = world.by("setagaya", Method::get, "/v1/residents/" + id + what);
    const auto nowhere = world.by("setagaya", Method::get, "/v1/residents/" + unknown + what);
    CHECK(there.status == 403);
    CHECK(nowhere.status == 403);
    CHECK(text_of(object_of(there), "detail") == text_of(object_of(nowhere), "detail"));
    CHECK(body_of(there).find("132217") == std::string::npos);
  }
  for (const auto& body :
       {json::object{{"event", "death"}, {"resident", id}},
        json::object{{"event", "holder-application"}, {"resident", id}, {"kind", "sign"}}}) {
    const auto refused = post(world, "setagaya", "/v1/events", body);
    CHECK(refused.status == 403);
    CHECK(body_of(refused).find("132217") == std::string::npos);
  }
  CHECK(entries_about(world, "setagaya municipality:131121 refused: read-register, resident " + id) == 1);
  CHECK(entries_about(world, "refused: read-register, resident " + unknown) == 1);
}

TEST_CASE("a refusal is logged in a role that its caller has") {
  OperatorWorld world;
  world.add_staff();
  CHECK(world.by("akiko", Method::get, "/v1/audit", {}, {{"Jpki-As", "auditor"}}).status == 403);
  CHECK(entries_about(world, "akiko officer refused: read-audit, claiming the role auditor") == 1);
  CHECK(entries_about(world, "akiko auditor") == 0);
  CHECK(world.by("", Method::get, "/v1/audit").status == 403);
  CHECK(entries_about(world, "refused: read-audit, by no operator") == 1);
}

TEST_CASE("the call centre's search says nothing about an address, and each is in the log") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  world.add("centre", {"call-centre"});
  world.add_resident();
  const auto search = [&](const json::value& address) {
    json::object body{{"name", "模擬太郎"}, {"birth", "1980-02-17"}};
    if (address.is_string()) body["address"] = address;
    return post(world, "centre", "/v1/residents/search", body).status;
  };
  // Of one alone the address is not asked, so right and wrong beginnings are answered alike.
  CHECK(search("東京都清") == 200);
  CHECK(search("東京都千") == 200);
  world.add_resident([](registry::Resident& r) { r.address = "東京都清瀬市元町９番"; });
  CHECK(search(nullptr) == 409);
  CHECK(search("東京都清瀬市元") == 404);
  CHECK(search("東京都清瀬市元町９番") == 200);
  CHECK(entries_about(world, "centre call-centre resident find") == 5);
}

TEST_CASE("an answer that an Idempotency-Key brings again is a look like the first") {
  OperatorWorld world;
  world.add("akiko", {"officer"});
  world.add("kiyose", {"municipality:132217"});
  const std::string id = to_string(world.add_resident());
  const auto ask = [&] {
    return post(world, "kiyose", "/v1/residents/" + id + "/guardianship", {{"adult_ward", true}},
                {{"Idempotency-Key", "one"}});
  };
  CHECK(ask().status == 200);
  CHECK(entries_about(world, "answer again") == 0);
  CHECK(text_of(object_of(ask()), "name") == "模擬　太郎");
  CHECK(entries_about(world, "kiyose municipality:132217 answer again POST /v1/residents/" + id +
                                 "/guardianship") == 1);
}

}  // namespace admin
