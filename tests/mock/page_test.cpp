// The page at / of the control, what it asks for, and who may not.

#include "mock/origin_guard.h"
#include "tests/http/running_server.h"
#include "tests/mock/asking.h"

namespace mock::test {

namespace {

// A whole request to the control, with whatever Host and Origin.
std::string say(const RunningMock& mock, const std::string& head, const std::string& body = {}) {
  const auto port = http::parse_url(mock.text("control")).value().port;
  return http::test::converse(port, head + "\r\nContent-Length: " + std::to_string(body.size()) +
                                        "\r\nConnection: close\r\n\r\n" + body);
}

unsigned status_of(const std::string& answer) {
  return answer.size() > 12 ? static_cast<unsigned>(std::stoul(answer.substr(9, 3))) : 0;
}

std::string control_host(const RunningMock& mock) {
  return mock.text("control").substr(std::string("http://").size());
}

}  // namespace

TEST_CASE("the page comes in the reader's language, with what keeps other code out") {
  RunningMock mock({.residents = 0});
  const auto page = mock.send("GET", "/");
  CHECK(page.status == 200);
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.header("Content-Security-Policy")->starts_with("default-src 'self';"));
  CHECK(page.header("Content-Language") == "en");
  const std::string text(pki::as_text(page.body));
  CHECK(text.find("<html lang=\"en\">") != std::string::npos);
  // Nothing that the policy would refuse.
  CHECK(text.find("style=") == std::string::npos);
  CHECK(text.find("<script>") == std::string::npos);
  CHECK(text.find("http://") == std::string::npos);
  const auto language = [&](const std::string& target, std::vector<http::Header> headers) {
    return std::string(
        mock.send("GET", target, {}, std::move(headers)).header("Content-Language").value_or(""));
  };
  CHECK(language("/", {{"Accept-Language", "ja,en-US;q=0.9,en;q=0.8"}}) == "ja");
  CHECK(language("/", {{"Accept-Language", "en-GB, ja;q=0.5"}}) == "en");
  CHECK(language("/", {{"Accept-Language", "ja-JP"}}) == "ja");
  CHECK(language("/", {{"Accept-Language", "jav, de"}}) == "en");
  CHECK(language("/?lang=ja", {}) == "ja");
  CHECK(language("/?lang=en", {{"Accept-Language", "ja"}}) == "en");
  CHECK(mock.send("POST", "/").status == 405);
}

TEST_CASE("every file that the page names is there, and is not sent twice") {
  RunningMock mock({.residents = 0});
  std::vector<std::string> paths = {"/"};
  for (std::size_t next = 0; next < paths.size(); ++next) {
    CAPTURE(paths[next]);
    const auto file = mock.send("GET", paths[next]);
    CHECK(file.status == 200);
    const std::string etag(file.header("ETag").value_or(""));
    CHECK(etag.size() > 60);
    const auto again = mock.send("GET", paths[next], {}, {{"If-None-Match", etag}});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    // "/page/main.js" of the document, './api.js' of a module.
    const std::string text(pki::as_text(file.body));
    for (const auto& [mark, end] : {std::pair{"\"/page/", '"'}, std::pair{"from './", '\''}})
      for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        const auto begin = text.find('/', at) + 1;
        std::string name = text.substr(begin, text.find(end, begin) - begin);
        if (!name.starts_with("page/")) name = "page/" + name;
        if (std::ranges::count(paths, "/" + name) == 0) paths.push_back("/" + name);
      }
  }
  CHECK(paths.size() > 15);
  CHECK(mock.send("GET", "/page/none.js").status == 404);
}

TEST_CASE("pages of other sites and names that point here cannot use the control") {
  RunningMock mock({.residents = 1, .public_host = "mock.test"});
  const std::string host = control_host(mock);
  const std::string port = host.substr(host.rfind(':'));
  const std::string freeze = R"({"frozen":true})";
  const auto put = [&](const std::string& fields) {
    return status_of(say(mock, "PUT /mock/clock HTTP/1.1\r\n" + fields, freeze));
  };
  const auto is_frozen = [&] {
    const std::string clock = say(mock, "GET /mock/clock HTTP/1.1\r\nHost: localhost");
    REQUIRE(status_of(clock) == 200);
    return clock.find("\"frozen\":true") != std::string::npos;
  };
  CHECK(put("Host: " + host + "\r\nOrigin: http://evil.example") == 403);
  CHECK(put("Host: " + host + "\r\nOrigin: null") == 403);
  CHECK(put("Host: " + host + "\r\nOrigin: https://" + host) == 403);
  CHECK(put("Host: " + host + "\r\nOrigin: http://127.0.0.1:1") == 403);
  CHECK(put("Host: evil.example" + port) == 403);
  CHECK(put("Host: evil.example" + port + "\r\nOrigin: http://evil.example" + port) == 403);
  CHECK(put("Host: 127.0.0.1.evil.example") == 403);
  CHECK_FALSE(is_frozen());
  // Reading needs the right name as well: what is read could be sent on.
  for (const char* target :
       {"/", "/mock", "/mock/requests", "/mock/files/sign-1.cer", "/mock/crls", "/page/main.js"}) {
    CAPTURE(target);
    const std::string line = "GET " + std::string(target) + " HTTP/1.1\r\n";
    CHECK(status_of(say(mock, line + "Host: evil.example")) == 403);
    CHECK(status_of(say(mock, line + "Host: " + host + "\r\nOrigin: http://evil.example")) == 403);
    CHECK(status_of(say(mock, line + "Host: " + host)) == 200);
  }
  const std::string refusal = say(mock, "GET /mock HTTP/1.1\r\nHost: evil.example");
  CHECK(refusal.find("--public-host evil.example") != std::string::npos);
  // The page itself, programs without an Origin, and the names of this mock.
  CHECK(put("Host: " + host + "\r\nOrigin: http://" + host) == 200);
  CHECK(is_frozen());
  for (const std::string name : {"localhost", "LOCALHOST", "[::1]", "192.0.2.1", "mock.test"}) {
    CAPTURE(name);
    CHECK(put("Host: " + name + port) == 200);
    CHECK(put("Host: " + name) == 200);
  }
}

TEST_CASE("the mock asks itself as a correct client would, faults included") {
  RunningMock mock;
  const std::string serial = str(mock.resident().at("sign").at("serial"));
  const auto asked = [&](const std::string& ca = "sign-1") {
    return mock.call("POST", "/mock/ask", R"({"ca":")" + ca + R"(","serial":")" + serial + R"("})").body;
  };
  json::object answer = asked();
  CHECK(str(answer.at("status")) == "good");
  CHECK(answer.at("refused").is_null());
  CHECK(answer.at("http_status") == 200);
  const std::string id = str(mock.resident().at("id"));
  CHECK(mock.call("POST", "/mock/events", R"({"event":"hold","kind":"sign","resident":")" + id + R"("})")
            .status == 201);
  CHECK(str(asked().at("status")) == "held");
  CHECK(mock.call("POST", "/mock/events",
                  R"({"event":"address-change","address":"東京都清瀬市元町一丁目１番","resident":")" + id +
                      R"("})")
            .status == 201);
  answer = asked();
  CHECK(str(answer.at("status")) == "revoked");
  CHECK(str(answer.at("reason")) == "affiliationChanged");
  CHECK(answer.at("revoked_at").is_string());

  for (const auto& [fault, words] :
       {std::pair{"bad-signature", "signature"}, std::pair{"wrong-nonce", "nonce"},
        std::pair{"http-503", "503"}, std::pair{"try-later", "tryLater"}, std::pair{"drop", "closed"}}) {
    CAPTURE(fault);
    CHECK(mock.call("POST", "/mock/faults", R"({"fault":")" + std::string(fault) + R"("})").status == 201);
    answer = asked();
    CHECK(answer.at("status").is_null());
    CHECK(str(answer.at("refused")).find(words) != std::string::npos);
    CHECK(mock.call("DELETE", "/mock/faults").status == 200);
  }
  // All of it is on record.
  CHECK(mock.call("GET", "/mock/requests").body.at("count") == 8);
  CHECK(str(asked("auth-1").at("status")) == "good");

  const auto refused = [&](std::string_view body) {
    const Reply reply = mock.call("POST", "/mock/ask", body);
    return std::to_string(reply.status) + " " + str(reply.body.at("field"));
  };
  CHECK(refused(R"({"ca":"ops-1","serial":"1"})") == "422 ca");
  CHECK(refused(R"({"ca":"sign-9","serial":"1"})") == "422 ca");
  CHECK(refused(R"({"ca":"sign-1","serial":"x"})") == "422 serial");
  CHECK(refused(R"({"ca":"sign-1"})") == "422 serial");
  CHECK(refused(R"({"ca":"sign-1","serial":"1","more":1})") == "422 more");
}

TEST_CASE("a resident's life is given with its events and certificates") {
  RunningMock mock({.residents = 1, .states = "held,never-issued"});
  for (const json::value& resident : mock.first_line.at("residents").as_array()) {
    const Reply life = mock.call("GET", "/mock/residents/" + str(resident.at("id")));
    CHECK(life.status == 200);
    CHECK(life.body.at("resident") == resident);
    const bool is_held = str(resident.at("state")) == "held";
    CHECK(life.body.at("events").as_array().size() == (is_held ? 1 : 0));
    CHECK(life.body.at("certificates").as_array().size() ==
          (str(resident.at("state")) == "never-issued" ? 0 : 2));
    if (!is_held) continue;
    const json::object& event = life.body.at("events").at(0).as_object();
    CHECK(str(event.at("event")) == "hold");
    CHECK(str(event.at("certificates").at(0).at("outcome")) == "hold");
    CHECK_FALSE(life.body.at("certificates").at(0).as_object().contains("der"));
  }
  CHECK(mock.call("GET", "/mock/residents/10000000999").status == 404);
}

TEST_CASE("kinds of faults and published lists can be listed") {
  RunningMock mock;
  const Reply kinds = mock.call("GET", "/mock/fault-kinds");
  CHECK(kinds.body.at("kinds").as_array().size() == fault_kinds().size());
  CHECK(str(kinds.body.at("kinds").at(0).at("fault")) == "slow");
  CHECK(str(kinds.body.at("kinds").at(0).at("family")) == "http");
  const std::size_t before =
      mock.call("GET", "/mock/crls?issuer=sign-1&kind=complete").body.at("crls").as_array().size();
  CHECK(mock.call("POST", "/mock/publish").status == 200);
  const Reply lists = mock.call("GET", "/mock/crls?issuer=sign-1&kind=complete");
  CHECK(lists.body.at("crls").as_array().size() == before + 1);
  CHECK(lists.body.at("crls").at(0).at("octets").to_number<int>() > 100);
  CHECK(mock.call("GET", "/mock/crls?colour=red").status == 422);
}

}  // namespace mock::test
