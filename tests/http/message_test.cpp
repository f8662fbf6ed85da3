// Targets, fields, owned copies and routes: what needs no connection.

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/response_head.h"
#include "http/router.h"
#include "http/url.h"
#include "tests/http/running_server.h"

namespace http::test {

namespace {

Handler answering(std::string text) {
  return [text = std::move(text)](const Request&) { return text_response(200, "text/plain", text); };
}

// The text of the handler that is found, or the status of the refusal.
std::string routed(const Router& router, Method method, std::string_view path) {
  const auto found = router.find(method, path);
  if (const auto* refusal = std::get_if<Response>(&found)) return std::to_string(refusal->status);
  const auto request = make_request(method, path);
  return body_text(std::get<Handler>(*std::get<const Route*>(found))(request));
}

}  // namespace

TEST_CASE("the segments of a path are what stands between its slashes, empty ones included") {
  using Segments = std::vector<std::string_view>;
  CHECK(path_segments("/v1/check") == Segments{"", "v1", "check"});
  CHECK(path_segments("sign-1/108816930") == Segments{"sign-1", "108816930"});
  CHECK(path_segments("//a%2Fb/") == Segments{"", "", "a%2Fb", ""});
  CHECK(path_segments("") == Segments{""});
}

TEST_CASE("a target is split without decoding anything") {
  struct Row {
    std::string_view target, path, query;
  };
  const Row rows[] = {
      {"/ocsp/sign/MEk%2FMEc%3D", "/ocsp/sign/MEk%2FMEc%3D", ""},
      {"/ocsp/sign/MEk//+=", "/ocsp/sign/MEk//+=", ""},
      {"/a?b=c?d", "/a", "b=c?d"},
      {"/", "/", ""},
      {"/?", "/", ""},
      {"*", "*", ""},
      {"http://host.example:8080/a%2Fb?q", "/a%2Fb", "q"},
      {"http://host.example", "/", ""},
      {"http://host.example?q", "/", "q"},
      {"/x?u=http://y/z", "/x", "u=http://y/z"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    const auto parts = split_target(row.target);
    CHECK(parts.path == row.path);
    CHECK(parts.query == row.query);
  }
}

TEST_CASE("query values are found by name and decoded once") {
  CHECK(query_value("a=1&b=2", "b") == "2");
  CHECK(query_value("a=x%20y+z", "a") == "x y z");
  CHECK(query_value("flag&a=1", "flag") == "");
  CHECK(query_value("a=%2541", "a") == "%41");
  CHECK_FALSE(query_value("a=1", "b"));
  CHECK_FALSE(query_value("a=%4", "a"));
  CHECK_FALSE(query_value("", "a"));
}

TEST_CASE("percent decoding leaves '+' alone and refuses broken escapes") {
  CHECK(percent_decode("MEk%2F+%3d") == "MEk/+=");
  CHECK_FALSE(percent_decode("%"));
  CHECK_FALSE(percent_decode("%g0"));
}

TEST_CASE("an owned request keeps all parts after the original is gone") {
  std::unique_ptr<OwnedRequest> copy;
  {
    std::string target = "/path?query";
    const std::vector<Header> headers = {{"Host", "example"}, {"X-Name", "a value long enough for the heap"}};
    const auto first = make_request(Method::post, target, headers, pki::as_bytes("body"));
    copy = std::make_unique<OwnedRequest>(*first);
    target.assign(target.size(), '#');
  }
  const Request& request = *copy;
  CHECK(request.method == Method::post);
  CHECK(request.method_text == "POST");
  CHECK(request.target == "/path?query");
  CHECK(request.path == "/path");
  CHECK(request.query == "query");
  CHECK(request.header("x-NAME") == "a value long enough for the heap");
  CHECK_FALSE(request.header("X-Nam"));
  CHECK(pki::as_text(request.body) == "body");
}

TEST_CASE("a field that could forge further fields is not sent") {
  CHECK(*make_header_block({{"A", "1"}, {"B", ""}}) == "A: 1\r\nB: \r\n");
  CHECK_THROWS_AS(static_cast<void>(make_header_block({{"A", "1\r\nB: 2"}})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(make_header_block({{"A B", "1"}})), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(make_header_block({{"", "1"}})), std::invalid_argument);
  ResponseHead head;
  Response response;
  response.headers.push_back({"A", "\n"});
  CHECK_THROWS_AS(static_cast<void>(head.write(response, "", Persistence::say_close)), std::logic_error);
}

TEST_CASE("a response head carries length, type and date") {
  const FixedClock clock;
  DateLine date(clock);
  ResponseHead head;
  Response response = text_response(200, "text/plain", "abc");
  response.header_block = make_header_block({{"ETag", "\"1\""}});
  CHECK(head.write(response, date.line(), Persistence::stay_silently) ==
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
        "Content-Length: 3\r\nETag: \"1\"\r\n\r\n");
  CHECK(head.write(Response{.status = 204}, "", Persistence::say_close) ==
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST_CASE("problems are JSON whatever the title") {
  const Response response = problem(422, "a \"quoted\"\n\\title");
  CHECK(response.content_type == "application/problem+json");
  CHECK(body_text(response) == "{\"title\":\"a \\\"quoted\\\"\\n\\\\title\",\"status\":422}\n");
}

// RFC 9110 section 15.1: caches may keep 404, 405, 410, 414 and 501 without being asked to.
TEST_CASE("no cache keeps a problem") {
  const Response response = problem(404, "Not Found");
  REQUIRE(response.headers.size() == 1);
  CHECK(response.headers.front().name == "Cache-Control");
  CHECK(response.headers.front().value == "no-store");
}

TEST_CASE("an exact path wins over a prefix, a longer prefix over a shorter one") {
  Router router;
  router.add(Method::post, "/ocsp/sign", answering("exact"));
  router.add_prefix(Method::get, "/ocsp/", answering("short"));
  router.add_prefix(Method::get, "/ocsp/sign/", answering("long"));
  CHECK(routed(router, Method::post, "/ocsp/sign") == "exact");
  CHECK(routed(router, Method::get, "/ocsp/sign/MEk%2F") == "long");
  CHECK(routed(router, Method::get, "/ocsp/sign//") == "long");
  CHECK(routed(router, Method::head, "/ocsp/sign/x") == "long");
  CHECK(routed(router, Method::get, "/ocsp/other") == "short");
  CHECK(routed(router, Method::get, "/ocsp/sign") == "405");
  CHECK(routed(router, Method::get, "/crl") == "404");
  CHECK(routed(router, Method::get, "/OCSP/sign") == "404");
}

TEST_CASE("405 names what is allowed") {
  Router router;
  router.add(Method::get, "/a", answering("get"));
  router.add(Method::post, "/a", answering("post"));
  const auto found = router.find(Method::delete_, "/a");
  const auto& refusal = std::get<Response>(found);
  CHECK(refusal.status == 405);
  const auto allow = std::ranges::find(refusal.headers, "Allow", &Header::name);
  REQUIRE(allow != refusal.headers.end());
  CHECK(allow->value == "GET, HEAD, POST");
}

TEST_CASE("a route that could never be reached is a mistake") {
  Router router;
  router.add(Method::get, "/a", answering("a"));
  CHECK_THROWS_AS(router.add(Method::get, "/a", answering("b")), std::invalid_argument);
  CHECK_THROWS_AS(router.add(Method::get, "a", answering("b")), std::invalid_argument);
  CHECK_THROWS_AS(router.add(Method::get, "/b", Handler()), std::invalid_argument);
}

TEST_CASE("a reply that is lost answers 500") {
  unsigned status = 0;
  {
    const Reply reply([&](const Response& response) { status = response.status; });
  }
  CHECK(status == 500);
}

TEST_CASE("a reply is used once") {
  int calls = 0;
  Reply first([&](const Response&) { ++calls; });
  Reply second = std::move(first);
  second(Response{});
  CHECK_THROWS_AS(second(Response{}), std::logic_error);
  CHECK(calls == 1);
}

TEST_CASE("peers are written as addresses or users") {
  Peer peer;
  peer.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 7};
  CHECK(to_string(peer) == "192.0.2.7");
  peer.address = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  CHECK(to_string(peer) == "2001:db8::1");
  peer.uid = 1000;
  CHECK(to_string(peer) == "uid 1000");
}

TEST_CASE("reason phrases are those of RFC 9110, and none for an unknown code") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(404) == "Not Found");
  CHECK(reason_phrase(413) == "Content Too Large");
  CHECK(reason_phrase(422) == "Unprocessable Content");
  CHECK(reason_phrase(431) == "Request Header Fields Too Large");
  CHECK(reason_phrase(555).empty());
}

TEST_CASE("URLs of the two schemes are understood, others refused") {
  const auto url = parse_url("HTTP://crl.example:8080/crl/sign/full.crl?x=1");
  REQUIRE(url.has_value());
  CHECK(url->scheme == "http");
  CHECK(url->host == "crl.example");
  CHECK(url->port == 8080);
  CHECK(url->target == "/crl/sign/full.crl?x=1");
  CHECK(parse_url("http://h")->target == "/");
  CHECK(parse_url("http://h")->port == 80);
  CHECK(parse_url("http://h?q")->target == "/?q");
  CHECK(parse_url("http://[::1]:81/")->host == "::1");
  CHECK(parse_url("HTTPS://h/x")->scheme == "https");
  CHECK(parse_url("https://h/x")->port == 443);
  CHECK(parse_url("https://h:8443/x")->port == 8443);
  CHECK(parse_url("ftp://h/").error().code == pki::Errc::unsupported);
  for (const auto* text :
       {"", "h/x", "http://", "http:///x", "http://h:0/", "http://h:99999/", "http://h:8x/", "http://u@h/",
        "http://h/#f", "http://h/a b", "http://[::1", "://h"}) {
    CAPTURE(text);
    CHECK(parse_url(text).error().code == pki::Errc::malformed);
  }
}

}  // namespace http::test
