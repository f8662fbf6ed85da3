// The operators' API: what it answers to good and bad requests, and that a refusal stores nothing.

#include "admin/api.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <thread>

#include "tests/support/world.h"

namespace admin {

namespace {

using http::Method;
using support::body_of;
using support::World;

json::object object_of(const http::Response& response) {
  return json::parse(body_of(response)).as_object();
}

std::string text(const json::object& object, std::string_view field) {
  const json::value* value = object.if_contains(field);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

http::Header as(const char* role) {
  return {"Jpki-As", role};
}
http::Header key(const char* value) {
  return {"Idempotency-Key", value};
}

constexpr const char* kResident =
    R"({"name":"模擬　花子","birth":"1980-02-17","sex":"female","municipality":"132217","address":"東京都清瀬市模擬町２番"})";

// The same with one field replaced, or taken away by null.
std::string resident_with(std::string_view field, json::value value) {
  json::object body = json::parse(kResident).as_object();
  body[field] = std::move(value);
  return json::serialize(body);
}

std::string event_body(registry::ResidentId id, std::string_view event, json::object items = {}) {
  items["resident"] = to_string(id);
  items["event"] = event;
  return json::serialize(items);
}

std::string issue_body(registry::ResidentId id, std::string_view kind) {
  return json::serialize(json::object{{"resident", to_string(id)},
                                      {"kind", kind},
                                      {"csr", pki::to_base64(support::AuthorityWorld::request())}});
}

// What is stored, without the audit log, in which a refusal by role leaves an entry.
support::StoreDump without_audit(World& world) {
  support::StoreDump dump = world.dump();
  for (const char* table : {"audit", "meta"})
    dump.erase(table);
  return dump;
}

// A refused request: the problem, after checking that nothing was stored.
json::object refused(World& world, unsigned status, std::string_view target, std::string_view body,
                     const std::vector<http::Header>& headers = {}) {
  // Entries about earlier refusals, which nobody waited for, come before this one.
  world.write([](store::WriteTransaction&) {});
  const bool is_audited = status == 403 || target == "/v1/certificates";
  const auto before = is_audited ? without_audit(world) : world.dump();
  const auto response = world.call(Method::post, target, body, headers);
  CAPTURE(body);
  INFO(body_of(response));
  CHECK(response.status == status);
  CHECK(response.content_type == "application/problem+json");
  CHECK((is_audited ? without_audit(world) : world.dump()) == before);
  json::object problem = object_of(response);
  CHECK(problem.at("status").as_int64() == status);
  CHECK_FALSE(text(problem, "title").empty());
  return problem;
}

}  // namespace

TEST_CASE("a resident is entered and shown as given") {
  World world;
  const auto response = world.call(Method::post, "/v1/residents", kResident);
  REQUIRE(response.status == 201);
  const std::string id = text(object_of(response), "id");
  CHECK(registry::parse_resident_id(id).has_value());
  const auto shown = object_of(world.call(Method::get, "/v1/residents/" + id));
  CHECK(text(shown, "name") == "模擬　花子");
  CHECK(text(shown, "birth") == "1980-02-17");
  CHECK(text(shown, "sex") == "female");
  CHECK(text(shown, "municipality") == "132217");
  CHECK(text(shown, "state") == "resident");
  CHECK(object_of(world.call(Method::get, "/v1/residents")).at("residents").as_array().size() == 1);
}

TEST_CASE("a date of birth of which parts are unknown is entered and shown with zeros") {
  World world;
  for (const char* birth : {"1980-02-00", "1980-00-00", "0000-00-00"}) {
    const auto added = world.call(Method::post, "/v1/residents", resident_with("birth", birth));
    REQUIRE(added.status == 201);
    const std::string id = text(object_of(added), "id");
    CHECK(text(object_of(world.call(Method::get, "/v1/residents/" + id)), "birth") == birth);
  }
}

TEST_CASE("a wrong field of a resident is 422, named, and stored nowhere") {
  World world;
  struct Row {
    const char* field;
    json::value value;
  };
  for (const Row& row : {Row{"name", nullptr},
                         Row{"name", ""},
                         Row{"name", 7},
                         Row{"name", "模擬\t太郎"},
                         Row{"name", json::value(std::string(101, 'x'))},
                         Row{"birth", nullptr},
                         Row{"birth", "1980-02-30"},
                         Row{"birth", "17.2.1980"},
                         Row{"birth", "2026-11-24"},
                         Row{"birth", "1980-00-17"},
                         Row{"birth", "0000-02-00"},
                         Row{"birth", "2027-00-00"},
                         Row{"birth", "1867-01-01"},
                         Row{"sex", nullptr},
                         Row{"sex", "m"},
                         Row{"municipality", nullptr},
                         Row{"municipality", "132218"},
                         Row{"municipality", 132217},
                         Row{"municipality", "011002"},
                         Row{"municipality", "130001"},
                         Row{"municipality", "999997"},
                         Row{"address", nullptr},
                         Row{"card_expires", "2026-13-01"},
                         Row{"id", "12345678901"},
                         Row{"id", "1"},
                         Row{"surname", "模擬"}}) {
    CAPTURE(row.field);
    const auto problem = refused(world, 422, "/v1/residents", resident_with(row.field, row.value));
    // No place of the sentence is left unfilled.
    CHECK(text(problem, "detail").find('{') == std::string::npos);
    CHECK(text(problem, "field") == row.field);
    CHECK(text(problem, "code") == "invalid_value");
    CHECK_FALSE(text(problem, "detail").empty());
  }
  const auto problem = refused(world, 422, "/v1/residents", resident_with("abroad", "2026-01-01"));
  CHECK(text(problem, "field") == "address");
}

TEST_CASE("guardianship decides about later signing certificates, and its own municipality records it") {
  World world;
  const auto id = world.add_resident();
  const std::string target = "/v1/residents/" + to_string(id);
  CHECK_FALSE(object_of(world.call(Method::get, target)).at("adult_ward").as_bool());
  CHECK(text(refused(world, 422, target + "/guardianship", "{}"), "field") == "adult_ward");
  CHECK(text(refused(world, 422, target + "/guardianship", R"({"adult_ward": 1})"), "field") == "adult_ward");
  const std::string body = R"({"adult_ward": true})";
  refused(world, 404, "/v1/residents/" + to_string(registry::make_resident_id(7)) + "/guardianship", body);
  refused(world, 403, target + "/guardianship", body, {as("municipality:131041")});
  REQUIRE(world.call(Method::post, target + "/guardianship", body).status == 200);
  CHECK(object_of(world.call(Method::get, target)).at("adult_ward").as_bool());
  const auto problem = refused(world, 409, "/v1/certificates", issue_body(id, "sign"));
  CHECK(text(problem, "article") == "Act 3, administrative practice");
  REQUIRE(world.call(Method::post, target + "/guardianship", R"({"adult_ward": false})").status == 200);
  CHECK(world.call(Method::post, "/v1/certificates", issue_body(id, "sign")).status == 201);
}

TEST_CASE("a wrong check digit of a municipality is answered with the right one") {
  World world;
  const auto problem = refused(world, 422, "/v1/residents", resident_with("municipality", "132218"));
  CHECK(text(problem, "detail").find("132217") != std::string::npos);
}

TEST_CASE("a body that is no JSON object is 400") {
  World world;
  for (const char* body : {"not json", "[]", "7", "{", R"({"name":"x"} trailing)", "\xFF\xFE", "\"text\""}) {
    CAPTURE(body);
    const auto problem = refused(world, 400, "/v1/residents", body);
    CHECK(text(problem, "code") == "malformed");
  }
}

TEST_CASE("a resident that is in the register already is 409") {
  World world;
  const auto id = world.add_resident();
  refused(world, 409, "/v1/residents", resident_with("id", json::value(to_string(id))));
}

TEST_CASE("an event is recorded, shown in the history and refused when it cannot be") {
  World world;
  const auto id = world.add_resident();
  const auto sign = world.issue(id, pki::CertificateKind::sign).id;
  const json::object items{{"address", "東京都清瀬市元町一丁目１番"}};
  const auto dry = world.call(
      Method::post, "/v1/events",
      event_body(id, "address-change", {{"address", "東京都清瀬市元町一丁目１番"}, {"dry_run", true}}));
  CHECK(dry.status == 200);
  CHECK(object_of(dry).at("dry_run").as_bool());
  CHECK(object_of(dry).at("certificates").as_array().size() == 1);
  CHECK(world.state(sign) == "good");
  const auto done = world.call(Method::post, "/v1/events", event_body(id, "address-change", items));
  REQUIRE(done.status == 201);
  CHECK(world.state(sign) == "affiliationChanged");
  const auto history = object_of(world.call(Method::get, "/v1/residents/" + to_string(id) + "/history"));
  REQUIRE(history.at("events").as_array().size() == 1);
  const auto& event = history.at("events").as_array()[0].as_object();
  CHECK(text(event, "event") == "address-change");
  CHECK(text(event, "recorded_by") == "municipality:132217");
  CHECK(text(event.at("certificates").as_array()[0].as_object(), "certificate") == to_string(sign));
}

TEST_CASE("a wrong field of an event is 422 and named") {
  World world;
  const auto id = world.add_resident();
  struct Row {
    const char* field;
    std::string body;
  };
  for (const Row& row :
       {Row{"event", event_body(id, "marriage")}, Row{"event", R"({"resident":"34474116460"})"},
        Row{"resident", R"({"event":"death","resident":"1"})"}, Row{"resident", R"({"event":"death"})"},
        Row{"address", event_body(id, "address-change")},
        Row{"reason", event_body(id, "key-notice", {{"reason", "holiday"}})},
        Row{"kind", event_body(id, "card-return", {{"kind", "sign"}})},
        Row{"insist", event_body(id, "minor-correction",
                                 {{"correction", "glyph"}, {"address", "東京都"}, {"insist", ""}})},
        Row{"municipality",
            event_body(id, "address-change", {{"address", "東京都"}, {"municipality", "132218"}})},
        Row{"date", event_body(id, "death", {{"date", "2026-11-24"}})},
        Row{"date", event_body(id, "death", {{"date", "1979-01-01"}})},
        Row{"date", event_body(id, "death", {{"date", "soon"}})},
        Row{"kind", event_body(id, "hold", {{"kind", "both"}})},
        Row{"sex", event_body(id, "sex-change", {{"sex", "x"}})},
        Row{"birth", event_body(id, "birth-date-change", {{"birth", "2027-01-01"}})},
        Row{"dry_run", event_body(id, "death", {{"dry_run", "yes"}})},
        Row{"adress", event_body(id, "address-change", {{"adress", "x"}})}}) {
    CAPTURE(row.body);
    CHECK(text(refused(world, 422, "/v1/events", row.body), "field") == row.field);
  }
}

TEST_CASE("what the law refuses is 409 or 403 with the article") {
  World world;
  const auto id = world.add_resident();
  world.issue(id, pki::CertificateKind::sign);
  const auto second = refused(world, 409, "/v1/certificates", issue_body(id, "sign"));
  CHECK(text(second, "code") == "refused_by_law");
  CHECK(text(second, "article") == "Act 6");
  const auto unknown = refused(world, 409, "/v1/events", event_body(registry::make_resident_id(7), "death"));
  CHECK_FALSE(text(unknown, "article").empty());
  const auto nobody =
      refused(world, 409, "/v1/certificates", issue_body(registry::make_resident_id(7), "sign"));
  CHECK_FALSE(text(nobody, "article").empty());
  const auto wrong = refused(world, 403, "/v1/events", event_body(id, "death"), {as("municipality:131121")});
  CHECK(text(wrong, "code") == "forbidden");
  CHECK(text(wrong, "article") == "Act 3, 22");
  // Nothing is wrong with what is on record already; there is nothing to record.
  const auto same = refused(world, 409, "/v1/events",
                            event_body(id, "address-change", {{"address", "東京都清瀬市模擬町１番"}}));
  CHECK(text(same, "code") == "refused_by_law");
  CHECK(text(same, "field") == "address");
}

TEST_CASE(
    "a correction says what falls and that the holder is to be told; what was left is found by a check") {
  World world;
  const auto id = world.add_resident();
  world.issue(id, pki::CertificateKind::sign);
  CHECK(world.call(Method::get, "/v1/check", {}).status == 200);
  world.write([&](store::WriteTransaction& transaction) {
    auto resident = world.resident(id);
    resident.name = "別人　花子";
    registry::put_resident(transaction, world.vault, resident);
  });
  const auto found = object_of(world.call(Method::get, "/v1/check", {}));
  CHECK(found.at("count").to_number<int>() == 1);
  const json::object& finding = found.at("findings").at(0).as_object();
  CHECK(text(finding, "article") == "Act 13, 15(1)(2)");
  CHECK(finding.at("differs").at(0).as_string() == "name");
  CHECK(world.call(Method::get, "/v1/check", {}, {as("municipality:132217")}).status == 403);
  CHECK(world.call(Method::get, "/v1/check", {}, {as("auditor")}).status == 200);

  const auto answer = object_of(world.call(Method::post, "/v1/events",
                                           event_body(id, "correction", {{"furigana", "ベツジン　ハナコ"}})));
  CHECK(answer.at("notify_holder").as_bool());
  CHECK(answer.at("certificates").as_array().size() == 1);
  CHECK(object_of(world.call(Method::get, "/v1/check", {})).at("count").to_number<int>() == 0);
}

TEST_CASE("a wrong field of an issue is 422 and named") {
  World world;
  const auto id = world.add_resident();
  const auto with = [&](std::string_view field, json::value value) {
    json::object body = json::parse(issue_body(id, "sign")).as_object();
    body[field] = std::move(value);
    return json::serialize(body);
  };
  pki::Bytes spoiled = support::AuthorityWorld::request();
  spoiled.back() ^= 1U;
  for (const auto& [field, value] : {std::pair<const char*, json::value>{"csr", nullptr},
                                     {"csr", "***"},
                                     {"csr", "AAAA"},
                                     {"csr", json::value(pki::to_base64(spoiled))},
                                     {"kind", "seal"},
                                     {"kind", nullptr},
                                     {"resident", "1"},
                                     {"renew", "yes"},
                                     {"key", "x"}}) {
    const auto& shown = field;
    CAPTURE(shown);
    CHECK(text(refused(world, 422, "/v1/certificates", with(field, value)), "field") == field);
  }
}

TEST_CASE("the call centre may hold alone, an auditor read alone, a municipality its own residents alone") {
  World world;
  const auto id = world.add_resident();
  const auto auth = world.issue(id, pki::CertificateKind::auth).id;
  for (const char* role : {"call-centre", "auditor"}) {
    CAPTURE(role);
    refused(world, 403, "/v1/residents", kResident, {as(role)});
    refused(world, 403, "/v1/events", event_body(id, "death"), {as(role)});
    refused(world, 403, "/v1/certificates", issue_body(id, "sign"), {as(role)});
    refused(world, 403, "/v1/verifiers", R"({"name":"x","class":["signature"]})", {as(role)});
    refused(world, 403, "/v1/crls", "{}", {as(role)});
  }
  CHECK(world.call(Method::get, "/v1/audit", {}, {as("auditor")}).status == 200);
  CHECK(world.call(Method::get, "/v1/audit", {}, {as("call-centre")}).status == 403);
  refused(world, 403, "/v1/events", event_body(id, "hold"), {as("auditor")});
  const char* const other = "municipality:131121";
  refused(world, 403, "/v1/residents", kResident, {as(other)});
  refused(world, 403, "/v1/certificates", issue_body(id, "sign"), {as(other)});
  refused(world, 403, "/v1/events", event_body(id, "hold"), {as(other)});
  refused(world, 403, "/v1/verifiers", R"({"name":"x","class":["signature"]})", {as(other)});
  refused(world, 403, "/v1/crls", "{}", {as("municipality:132217")});
  CHECK(world.call(Method::post, "/v1/events", event_body(id, "hold"), {as("call-centre")}).status == 201);
  CHECK(world.state(auth) == "certificateHold");
  refused(world, 403, "/v1/events", event_body(id, "release"), {as("officer")});
  CHECK(
      world.call(Method::post, "/v1/events", event_body(id, "release"), {as("municipality:132217")}).status ==
      201);
  CHECK(world.state(auth) == "good");
}

TEST_CASE("a role that does not exist is 422") {
  World world;
  for (const char* role : {"system", "king", "municipality", "municipality:132218", ""}) {
    CAPTURE(role);
    CHECK(text(refused(world, 422, "/v1/residents", kResident, {as(role)}), "field") == "as");
  }
}

TEST_CASE("a repeated request under one Idempotency-Key is answered and not done again") {
  World world;
  const auto first = world.call(Method::post, "/v1/residents", kResident, {key("a")});
  REQUIRE(first.status == 201);
  // The answer shows personal items again, which the log says.
  const auto before = without_audit(world);
  const auto again = world.call(Method::post, "/v1/residents", kResident, {key("a")});
  CHECK(again.status == 201);
  CHECK(body_of(again) == body_of(first));
  CHECK(without_audit(world) == before);
  // Another body under the same key is a mistake.
  refused(world, 409, "/v1/residents", resident_with("name", "模擬　次郎"), {key("a")});
  // Another key is another request.
  CHECK(world.call(Method::post, "/v1/residents", kResident, {key("b")}).status == 201);
  CHECK(object_of(world.call(Method::get, "/v1/residents")).at("residents").as_array().size() == 2);
}

TEST_CASE("an issue and an event can be repeated under an Idempotency-Key after a lost answer") {
  World world;
  const auto id = world.add_resident();
  const auto issued = world.call(Method::post, "/v1/certificates", issue_body(id, "sign"), {key("i")});
  REQUIRE(issued.status == 201);
  const auto again = world.call(Method::post, "/v1/certificates", issue_body(id, "sign"), {key("i")});
  CHECK(again.status == 201);
  CHECK(text(object_of(again), "certificate") == text(object_of(issued), "certificate"));
  CHECK(text(object_of(again), "der") == text(object_of(issued), "der"));
  const auto event = world.call(Method::post, "/v1/events", event_body(id, "death"), {key("e")});
  REQUIRE(event.status == 201);
  CHECK(body_of(world.call(Method::post, "/v1/events", event_body(id, "death"), {key("e")})) ==
        body_of(event));
}

TEST_CASE("of requests at the same time under one Idempotency-Key one is done") {
  World world;
  std::vector<std::string> bodies(8);
  {
    std::vector<std::jthread> threads;
    threads.reserve(bodies.size());
    for (std::string& body : bodies)
      threads.emplace_back(
          [&] { body = body_of(world.call(Method::post, "/v1/residents", kResident, {key("same")})); });
  }
  CHECK(object_of(world.call(Method::get, "/v1/residents")).at("residents").as_array().size() == 1);
  for (const std::string& body : bodies)
    CHECK(body == bodies.front());
}

TEST_CASE("certificates are issued, shown and listed") {
  World world;
  const auto id = world.add_resident();
  const auto issued = world.call(Method::post, "/v1/certificates", issue_body(id, "auth"));
  REQUIRE(issued.status == 201);
  const auto certificate = object_of(issued);
  CHECK(text(certificate, "state") == "good");
  CHECK(text(certificate, "issuer") == "auth-1");
  const std::string serial = text(certificate, "serial");
  for (const std::string& ca : {std::string("auth"), std::string("auth-1")})
    CHECK(text(object_of(world.call(Method::get, "/v1/certificates/" + ca + "/" + serial)), "der") ==
          text(certificate, "der"));
  CHECK(world.call(Method::get, "/v1/certificates/sign/" + serial).status == 404);
  CHECK(world.call(Method::get, "/v1/certificates/auth/1x").status == 422);
  CHECK(world.call(Method::get, "/v1/certificates/seal/1").status == 422);
  const auto list = object_of(world.call(Method::get, "/v1/certificates?resident=" + to_string(id)));
  CHECK(list.at("certificates").as_array().size() == 1);
}

TEST_CASE("a verifier is registered step by step, and a network belongs to one verifier") {
  World world;
  const auto added =
      world.call(Method::post, "/v1/verifiers",
                 R"({"name":"Bank","class":["signature"],"private":true,"network":["192.0.2.0/24"]})");
  REQUIRE(added.status == 201);
  const std::string path = "/v1/verifiers/" + text(object_of(added), "id");
  const auto active = [&] {
    return object_of(world.call(Method::get, path)).at("classes").at("signature").at("active").as_bool();
  };
  for (const char* step : {"notify", "agree", "certify"}) {
    CHECK_FALSE(active());
    CHECK(world.call(Method::post, path + "/" + step, "{}").status == 200);
  }
  CHECK(active());
  refused(world, 409, "/v1/verifiers",
          R"({"name":"Other","class":["signature"],"network":["192.0.2.0/24"]})");
  CHECK(world.call(Method::post, path + "/suspend", "{}").status == 200);
  CHECK_FALSE(active());
  CHECK(world.call(Method::post, path + "/resume", "{}").status == 200);
  CHECK(active());
  refused(world, 409, path + "/resume", "{}");
  CHECK(text(refused(world, 422, path + "/suspend", R"({"date":"2026-12-02","until":"2026-12-01"})"),
             "field") == "until");
  CHECK(world.call(Method::post, path + "/suspend", R"({"date":"2026-12-01"})").status == 200);
  CHECK(active());
  // It gives way to a longer one, and no day of it is lost to a shorter one.
  refused(world, 409, path + "/suspend", R"({"until":"2026-12-31"})");
  refused(world, 409, path + "/suspend", R"({"date":"2026-12-02"})");
  refused(world, 409, path + "/suspend", R"({"date":"2026-12-01"})");
  CHECK(world.call(Method::post, path + "/suspend", "{}").status == 200);
  CHECK_FALSE(active());
  refused(world, 409, path + "/suspend", "{}");
  CHECK(world.call(Method::post, path + "/resume", "{}").status == 200);
  CHECK(world.call(Method::post, path + "/suspend", R"({"until":"2026-12-01"})").status == 200);
  refused(world, 409, path + "/suspend", R"({"until":"2026-11-30"})");
  CHECK(world.call(Method::post, path + "/suspend", R"({"until":"2026-12-31"})").status == 200);
  CHECK(world.call(Method::post, path + "/resume", "{}").status == 200);
  CHECK(text(refused(world, 422, path + "/cancel", R"({"date":"2027-01-01"})"), "field") == "date");
  CHECK(world.call(Method::post, path + "/cancel", "{}").status == 200);
  CHECK_FALSE(active());
  refused(world, 409, path + "/notify", "{}");
  refused(world, 404, "/v1/verifiers/99/notify", "{}");
}

TEST_CASE("a wrong field of a verifier is 422 and named") {
  World world;
  for (const auto& [field, body] :
       {std::pair{"name", R"({"class":["signature"]})"},
        {"class", R"({"name":"x"})"},
        {"class", R"({"name":"x","class":["signer"]})"},
        {"class", R"({"name":"x","class":"signature"})"},
        {"network", R"({"name":"x","class":["signature"],"network":["192.0.2.1/24"]})"},
        {"private", R"({"name":"x","class":["signature"],"private":"no"})"},
        {"colour", R"({"name":"x","class":["signature"],"colour":"red"})"}}) {
    const auto& shown = body;
    CAPTURE(shown);
    CHECK(text(refused(world, 422, "/v1/verifiers", body), "field") == field);
  }
}

TEST_CASE("publication, its check and the audit log are reached through the API") {
  World world;
  const auto report = world.call(Method::post, "/v1/crls", R"({"kind":"complete"})");
  CHECK(report.status == 200);
  CHECK(object_of(report).at("failures").as_array().empty());
  CHECK(object_of(world.call(Method::get, "/v1/crls/check")).at("findings").as_array().empty());
  CHECK(object_of(world.call(Method::get, "/v1/crls")).at("crls").as_array().size() == 6);
  CHECK(object_of(world.call(Method::get, "/v1/audit/verification")).at("intact").as_bool());
  CHECK(object_of(world.call(Method::get, "/v1/audit?limit=1")).at("entries").as_array().size() == 1);
  CHECK(text(refused(world, 422, "/v1/crls", R"({"kind":"half"})"), "field") == "kind");
}

TEST_CASE("the check of what is published names a file that no record names, once") {
  World world;
  CHECK(world.call(Method::post, "/v1/crls", R"({"kind":"complete"})").status == 200);
  std::filesystem::create_directory(world.crl_folder / "sign-9");
  support::write_file(world.crl_folder / "sign-9" / "complete-7.crls", {});
  for (const char* extent : {"current", "everything"}) {
    const json::object report =
        object_of(world.call(Method::get, std::string("/v1/crls/check?extent=") + extent));
    REQUIRE(report.at("findings").as_array().size() == 1);
    const json::object& finding = report.at("findings").at(0).as_object();
    CHECK(text(finding, "scope") == "sign-9");
    CHECK(text(finding, "number") == "7");
    CHECK(text(finding, "what").find("a generation that the store does not know") != std::string::npos);
  }
  const json::object rest = object_of(world.call(Method::get, "/v1/crls/check?after=auth-1/authority/1"));
  CHECK(rest.at("findings").as_array().empty());
}

TEST_CASE("a path that does not exist is 404, a method that does not fit 405") {
  World world;
  CHECK(world.call(Method::get, "/v1/nothing").status == 404);
  CHECK(world.call(Method::post, "/v1/residents/1/history").status == 405);
  CHECK(world.call(Method::delete_, "/v1/residents").status == 405);
  CHECK(world.call(Method::get, "/v1/residents/34474116460").status == 404);
  CHECK(world.call(Method::get, "/v1/residents/1").status == 422);
}

TEST_CASE("answers that name people are never cached") {
  World world;
  const auto response = world.call(Method::get, "/v1/residents");
  bool found = false;
  for (const http::Header& header : response.headers)
    found = found || (header.name == "Cache-Control" && header.value == "no-store");
  CHECK(found);
}

TEST_CASE("pages of residents go on where the last one ended") {
  World world;
  for (int i = 0; i < 5; ++i)
    world.add_resident();
  std::string after;
  std::size_t seen = 0;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = object_of(
        world.call(Method::get, "/v1/residents?limit=2" + (after.empty() ? "" : "&after=" + after)));
    const auto& residents = page.at("residents").as_array();
    if (residents.empty()) break;
    CHECK(residents.size() <= 2);
    seen += residents.size();
    after = text(residents.back().as_object(), "id");
  }
  CHECK(seen == 5);
}

TEST_CASE("a list of residents is of a municipality, a name or a state, page by page") {
  World world;
  for (int i = 0; i < 3; ++i)
    REQUIRE(world.call(Method::post, "/v1/residents", kResident).status == 201);
  json::object other = json::parse(kResident).as_object();
  other["name"] = "架空　太郎";
  other["municipality"] = "131121";
  other["address"] = "東京都世田谷区模擬町１番";
  REQUIRE(world.call(Method::post, "/v1/residents", json::serialize(other)).status == 201);

  const auto found = [&](const std::string& query) {
    return object_of(world.call(Method::get, "/v1/residents" + query)).at("residents").as_array();
  };
  CHECK(found("").size() == 4);
  CHECK(found("?municipality=131121").size() == 1);
  CHECK(found("?municipality=132217").size() == 3);
  CHECK(found("?name=%E5%A4%AA%E9%83%8E").size() == 1);
  CHECK(found("?name=%E5%A4%AA%E9%83%8E&municipality=132217").empty());
  CHECK(found("?state=resident").size() == 4);
  CHECK(found("?state=removed").empty());
  // A page counts what was found, not what was looked at.
  const json::array page = found("?municipality=132217&limit=2");
  REQUIRE(page.size() == 2);
  CHECK(found("?municipality=132217&limit=2&after=" + text(page.back().as_object(), "id")).size() == 1);

  CHECK(world.call(Method::get, "/v1/residents?state=gone").status == 422);
  CHECK(world.call(Method::get, "/v1/residents?municipality=132218").status == 422);
}

TEST_CASE("a network that a cancelled verifier had can be registered again") {
  World world;
  const char* const body = R"({"name":"Bank","class":["signature"],"network":["192.0.2.0/24"]})";
  const auto first = world.call(Method::post, "/v1/verifiers", body);
  REQUIRE(first.status == 201);
  refused(world, 409, "/v1/verifiers", body);
  const std::string path = "/v1/verifiers/" + text(object_of(first), "id");
  CHECK(world.call(Method::post, path + "/cancel", "{}").status == 200);
  CHECK(world.call(Method::post, "/v1/verifiers", body).status == 201);
}

TEST_CASE("a number in a query or a path is a number and nothing else") {
  World world;
  for (const char* target : {"/v1/residents?limit=0", "/v1/residents?limit=x", "/v1/residents?limit=-1",
                             "/v1/audit?limit=1x", "/v1/residents?after=1"}) {
    CAPTURE(target);
    CHECK(world.call(Method::get, target).status == 422);
  }
  CHECK(world.call(Method::post, "/v1/verifiers", R"({"name":"x","class":["signature"]})").status == 201);
  CHECK(world.call(Method::get, "/v1/verifiers/1").status == 200);
  CHECK(world.call(Method::get, "/v1/verifiers/1x").status == 404);
}

TEST_CASE("every error code has one HTTP status") {
  CHECK(http_status(pki::Errc::invalid_value) == 422);
  CHECK(http_status(pki::Errc::malformed) == 400);
  CHECK(http_status(pki::Errc::forbidden) == 403);
  CHECK(http_status(pki::Errc::refused_by_law) == 409);
  CHECK(http_status(pki::Errc::not_found) == 404);
  CHECK(http_status(pki::Errc::too_busy) == 503);
  CHECK(http_status(pki::Errc::outcome_unknown) == 503);
  const auto internal = problem_response(pki::fail(pki::Errc::internal, "a secret path"), pki::Language::en);
  CHECK(internal.status == 500);
  CHECK(body_of(internal).find("secret") == std::string::npos);
}

}  // namespace admin
