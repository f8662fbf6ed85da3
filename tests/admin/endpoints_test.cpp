// The table of endpoints: what it serves, refuses and allows, and that docs/openapi.yaml describes the same.

#include "admin/endpoints.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "admin/verifier_services.h"
#include "tests/support/command.h"
#include "tests/support/world.h"

namespace admin {

namespace {

using http::Method;
using support::World;

json::object object_of(const http::Response& response) {
  INFO(support::body_of(response));
  CHECK(response.content_type == "application/problem+json");
  return json::parse(support::body_of(response)).as_object();
}

std::string text(const json::object& object, std::string_view member) {
  const json::value* value = object.if_contains(member);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string header(const http::Response& response, std::string_view name) {
  for (const http::Header& one : response.headers)
    if (one.name == name) return one.value;
  return {};
}

// The path of a row with "1" in place of its variables.
std::string path_of(const Endpoint& endpoint) {
  std::string path;
  bool in_variable = false;
  for (const char c : endpoint.path) {
    if (c == '{') path += '1';
    if (c == '{' || c == '}') {
      in_variable = c == '{';
    } else if (!in_variable) {
      path += c;
    }
  }
  return path;
}

json::array rows_of(const std::vector<Endpoint>& endpoints) {
  json::array rows;
  for (const Endpoint& endpoint : endpoints) {
    json::array query;
    for (const std::string_view name : endpoint.query)
      query.push_back(json::value(name));
    rows.push_back(json::object{{"method", http::to_string(endpoint.method)},
                                {"path", endpoint.path},
                                {"action", to_string(endpoint.action)},
                                {"query", std::move(query)}});
  }
  return rows;
}

}  // namespace

TEST_CASE("what is served and what docs/openapi.yaml describes are the same") {
  const World world;
  json::array table = rows_of(world.running->api().endpoints());
  for (json::value& row : rows_of(VerifierServices::endpoints()))
    table.push_back(std::move(row));
  const support::TemporaryFolder folder;
  support::write_file(folder.file("table.json"), pki::as_bytes(json::serialize(table)));
  const std::string source = JPKI_SOURCE_DIR;
  // Debian's python3, which has Debian's python3-yaml.
  const auto checked = support::run("/usr/bin/python3 " + source + "/tests/admin/check_openapi.py " +
                                    folder.file("table.json") + " " + source + "/docs/openapi.yaml");
  INFO(checked.output);
  CHECK(checked.exit_code == 0);
}

TEST_CASE("a path that nothing serves is a problem with all its members") {
  World world;
  for (const char* path : {"/v1/nothing", "/v1/verifiers/4/foo", "/v1/residents/34474116460/", "/v1/"}) {
    CAPTURE(path);
    const auto response = world.call(Method::get, path);
    CHECK(response.status == 404);
    const json::object problem = object_of(response);
    CHECK(text(problem, "type") == "about:blank");
    CHECK(text(problem, "title") == "Not Found");
    CHECK(problem.at("status").to_number<int>() == 404);
    CHECK(text(problem, "code") == "not_found");
    CHECK_FALSE(text(problem, "detail").empty());
  }
}

TEST_CASE("title and detail are in the language that Accept-Language prefers, the code in none") {
  World world;
  const auto ask = [&world](const char* accepted, const char* path) {
    return world.call(Method::get, path, {}, {{"Accept-Language", accepted}});
  };
  const auto japanese = ask("ja, en;q=0.5", "/v1/residents/1");
  CHECK(japanese.status == 422);
  CHECK(header(japanese, "Content-Language") == "ja");
  CHECK(header(japanese, "Vary") == "Accept-Language");
  CHECK(text(object_of(japanese), "title") == "受け付けられない内容");
  CHECK(text(object_of(japanese), "code") == "invalid_value");
  for (const auto& response :
       {ask("en, ja;q=0.5", "/v1/residents/1"), world.call(Method::get, "/v1/residents/1")}) {
    CHECK(header(response, "Content-Language") == "en");
    CHECK(text(object_of(response), "title") == http::reason_phrase(422));
  }
  // What no endpoint answers: no path, no method, no such query parameter.
  CHECK(text(object_of(ask("ja", "/v1/nothing")), "detail") ==
        "このパスには何もありません。パスの一覧は docs/openapi.yaml にあります");
  CHECK(text(object_of(ask("ja", "/v1/sweep")), "title") == "使用できないメソッド");
  CHECK(text(object_of(ask("ja", "/v1/audit?x=1")), "detail").starts_with("このクエリパラメーターは"));
}

TEST_CASE("the problems inside a batch and the words of the roles follow Accept-Language, too") {
  World world;
  const std::vector<http::Header> japanese = {{"Accept-Language", "ja"}};
  const auto batch = world.call(Method::post, "/v1/events/batch", R"({"events": [1]})", japanese);
  const json::object answer = json::parse(support::body_of(batch)).as_object();
  CHECK(answer.at("results").at(0).at("detail").as_string() ==
        "異動は JSON オブジェクトでなければなりません");
  const auto roles = world.call(Method::get, "/v1/roles", {}, japanese);
  const json::object table = json::parse(support::body_of(roles)).as_object();
  CHECK(table.at("actions").at(0).at("what").as_string() == "この表と自分の役割の確認");
}

TEST_CASE("Allow names the methods of the path, to OPTIONS and with 405") {
  World world;
  const auto options = world.call(Method::options, "/v1/residents");
  CHECK(options.status == 204);
  CHECK(header(options, "Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(header(world.call(Method::options, "/v1/sweep"), "Allow") == "POST, OPTIONS");
  CHECK(header(world.call(Method::options, "/v1/events/rehearsals/a"), "Allow") == "DELETE, OPTIONS");
  CHECK(world.call(Method::options, "/v1/nothing").status == 404);
  const auto wrong = world.call(Method::delete_, "/v1/residents");
  CHECK(wrong.status == 405);
  CHECK(header(wrong, "Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(text(object_of(wrong), "code") == "method_not_allowed");
  CHECK(world.call(Method::head, "/v1/residents").status == 200);
  CHECK(world.call(Method::head, "/v1/sweep").status == 405);
}

TEST_CASE("a query parameter that the path does not know is refused, as is one that occurs twice") {
  World world;
  struct Row {
    const char *target, *field;
  };
  for (const Row& row : {Row{"/v1/residents?limt=2", "limt"}, Row{"/v1/residents?limit=2&limit=3", "limit"},
                         Row{"/v1/generations?current=true", "current"},
                         Row{"/v1/residents?limit=2&%61fter=1&after=2", "after"}}) {
    CAPTURE(row.target);
    const auto response = world.call(Method::get, row.target);
    CHECK(response.status == 422);
    CHECK(text(object_of(response), "field") == row.field);
  }
  CHECK(world.call(Method::get, "/v1/residents?limit=%zz").status == 400);
  CHECK(world.call(Method::get, "/v1/residents?%zz=1").status == 400);
  CHECK(world.call(Method::get, "/v1/residents?limit=2&").status == 200);
}

TEST_CASE("every row has a path of its own, and every path can be reached") {
  World world;
  std::vector<std::pair<Method, std::string>> seen;
  for (const Endpoint& endpoint : world.running->api().endpoints()) {
    const std::pair key(endpoint.method, path_of(endpoint));
    CAPTURE(key.second);
    CHECK(std::ranges::find(seen, key) == seen.end());
    seen.push_back(key);
    const http::Response response = world.call(endpoint.method, key.second, "{]");
    CHECK(response.status != 405);
  }
  CHECK(seen.size() > 40);
}

}  // namespace admin
