// The clock of a running mock: it moves everything, and back only by a reset.

#include "tests/mock/asking.h"

#include "mock/duration.h"

namespace mock::test {

namespace {

std::string now_of(RunningMock& mock) {
  return std::string(mock.call("GET", "/mock/clock").body.at("now").as_string());
}

}  // namespace

TEST_CASE("durations go by the calendar in Japan") {
  const pki::Time from = pki::parse_rfc3339("2028-01-31T09:00:00+09:00").value();
  const auto after = [&](std::string_view text) {
    return pki::to_rfc3339(later(from, parse_duration("advance", text).value()));
  };
  CHECK(after("P31D") == "2028-03-02T00:00:00Z");
  CHECK(after("P1M") == "2028-02-29T00:00:00Z");
  CHECK(after("P1Y1M1W1DT1H1M1S") == "2029-03-08T01:01:01Z");
  CHECK(after("PT36H") == "2028-02-01T12:00:00Z");
  for (const char* wrong : {"", "P", "PT", "1D", "P1", "PD", "P-1D", "P1.5D", "P1H", "PT1D", "P1D1Y", "P1DT",
                            "PT1S1S", "P100001D", "p1d", "P1D ", "P1T1H"}) {
    CAPTURE(wrong);
    CHECK(parse_duration("advance", wrong).has_error());
  }
}

TEST_CASE("the clock stands, goes on at a rate, and not back") {
  RunningMock mock;
  CHECK(now_of(mock) == pki::to_rfc3339(support::kStart));
  mock.wall.advance(pki::Seconds{60});
  CHECK(now_of(mock) == pki::to_rfc3339(support::kStart + pki::Seconds{60}));
  CHECK(str(mock.call("PUT", "/mock/clock", R"({"frozen":true,"advance":"PT1H"})").body.at("mode")) ==
        "frozen");
  const std::string then = now_of(mock);
  CHECK(then == pki::to_rfc3339(support::kStart + pki::Seconds{3660}));
  mock.wall.advance(pki::Seconds{600});
  CHECK(now_of(mock) == then);
  const Reply back = mock.call("PUT", "/mock/clock", R"({"now":"2026-11-23T05:00:00Z"})");
  CHECK(back.status == 409);
  CHECK(now_of(mock) == then);
  const Reply fast = mock.call("PUT", "/mock/clock", R"({"rate":3600})");
  CHECK(fast.body.at("rate").to_number<double>() == 3600);
  CHECK(str(fast.body.at("mode")) == "running");
  // The wall's clock says how it was before.
  CHECK(str(mock.call("POST", "/mock/reset").body.at("clock").at("mode")) == "following");
}

TEST_CASE("a moment beyond the clock's ends is refused in words, and the clock stands at its end") {
  RunningMock mock;
  const std::string before = now_of(mock);
  const auto refused = [&](std::string_view body, std::string_view field) {
    CAPTURE(body);
    const Reply reply = mock.call("PUT", "/mock/clock", body);
    CHECK(reply.status == 422);
    CHECK(str(reply.body.at("field")) == field);
    CHECK(str(reply.body.at("detail")).find("9899-12-31") != std::string::npos);
    CHECK(now_of(mock) == before);
  };
  refused(R"({"now":"9900-01-01T00:00:00+09:00"})", "now");
  refused(R"({"now":"2015-12-31T23:59:59+09:00"})", "now");
  refused(R"({"advance":"P7874Y"})", "advance");
  refused(R"({"advance":"P100000Y100000M100000W"})", "advance");
  const Reply scenario =
      mock.call("POST", "/mock/scenarios", R"({"toml":"[[step]]\nafter = \"P9000Y\"\npublish = true"})");
  CHECK(scenario.status == 422);
  CHECK(str(scenario.body.at("detail")).find("line 1") != std::string::npos);
  CHECK(now_of(mock) == before);
  for (const char* time : {"1950-01-01T00:00:00Z", "9950-01-01T00:00:00Z"})
    CHECK_THROWS_WITH_AS(RunningMock({.residents = 0, .time = time}),
                         doctest::Contains("2015-12-31T15:00:00Z"), pki::ErrorException);
  CHECK(mock.send("POST", str(mock.first_line.at("ca").at("auth").at("ocsp")), question(mock, "auth", 1),
                  {{"Jpki-Mock-Time", "9950-01-01T00:00:00Z"}})
            .status == 422);
  // The last moment can be reached, and nothing fails there.
  CHECK(mock.call("PUT", "/mock/clock", R"({"now":"9899-12-31T23:59:58+09:00","rate":4000000000})").status ==
        200);
  CHECK(mock.call("PUT", "/mock/clock", R"({"frozen":true})").status == 200);
  CHECK(now_of(mock) == "9899-12-31T14:59:59Z");
  CHECK(mock.errors().empty());
}

TEST_CASE("a leap brings what falls due on the way, in its order") {
  RunningMock mock;
  const std::string id(mock.resident().at("id").as_string());
  const std::uint64_t sign = serial_of(mock.resident(), "sign"), auth = serial_of(mock.resident(), "auth");
  CHECK(mock.call("POST", "/mock/events",
                  R"({"event":"move-out","resident":")" + id + R"(","planned":"2026-12-01"})")
            .status == 201);
  CHECK(ask(mock, "sign", sign) == "good");
  CHECK(mock.call("PUT", "/mock/clock", R"({"now":"2026-12-20T12:00:00+09:00"})").status == 200);
  CHECK(ask(mock, "sign", sign).starts_with("revoked"));
  CHECK(ask(mock, "auth", auth) == "good");
  CHECK(mock.call("PUT", "/mock/clock", R"({"advance":"P30D"})").status == 200);
  CHECK(ask(mock, "auth", auth).starts_with("revoked"));
  // Each at its own day's beginning.
  const http::Response history =
      mock.assembly().simulation().administer(http::Method::get, "/v1/residents/" + id + "/history", {}, {});
  const json::value said = json::parse(pki::as_text(std::get<pki::Bytes>(history.body)));
  std::vector<std::string> recorded;
  for (const json::value& event : said.at("events").as_array())
    recorded.emplace_back(event.at("recorded_at").as_string());
  REQUIRE(recorded.size() == 4);
  CHECK(recorded[1] == "2026-11-30T15:00:00Z");
  // The end of the certificate, and the card's.
  CHECK(recorded[2] == "2026-12-31T15:00:00Z");
  CHECK(recorded[3] == "2026-12-31T15:00:00Z");
}

TEST_CASE("a leap of five years leaves answers, lists and HTTPS in their time, and certificates expired") {
  RunningMock mock;
  const std::uint64_t auth = serial_of(mock.resident(), "auth");
  const Reply leapt = mock.call("PUT", "/mock/clock", R"({"advance":"P5Y","frozen":true})");
  CHECK(leapt.status == 200);
  const pki::Time now = pki::parse_rfc3339(leapt.body.at("now").as_string()).value();
  CHECK(ask(mock, "auth", auth) == "good");  // its last status
  const Reply people = mock.call("PUT", "/mock/clock", R"({"advance":"P1Y"})");
  CHECK(people.status == 200);
  CHECK(str(mock.call("GET", "/mock/residents").body.at("residents").at(0).at("auth").at("status")) ==
        "expired");
  CHECK(now > support::kStart);
  const auto list = mock.send("GET", std::string(mock.resident().at("auth").at("full_crl").as_string()));
  CHECK(list.status == 200);
  CHECK(mock.send("GET", mock.text("ops") + "/readyz").status == 200);
  CHECK(mock.errors().empty());
}

// Readiness is what the lists are, not what the process has done since it began: a restart with current lists
// is ready at once.
TEST_CASE("it is ready when it says so: at the start, and when a reset is answered") {
  RunningMock mock;
  CHECK(mock.send("GET", mock.text("ops") + "/readyz").status == 200);
  for (int reset = 0; reset < 5; ++reset) {
    REQUIRE(mock.call("POST", "/mock/reset").status == 200);
    const auto ready = mock.send("GET", mock.text("ops") + "/readyz");
    INFO(pki::as_text(ready.body));
    CHECK(ready.status == 200);
  }
}

TEST_CASE("every list of a day is made when that is asked for") {
  RunningMock mock;
  const auto lists = [&] {
    const http::Response said = mock.assembly().simulation().administer(
        http::Method::get, "/v1/crls?issuer=sign-1&kind=delta&limit=10000", {}, {});
    return json::parse(pki::as_text(std::get<pki::Bytes>(said.body))).at("crls").as_array().size();
  };
  CHECK(mock.call("PUT", "/mock/clock", R"({"frozen":true})").status == 200);
  const std::size_t before = lists();
  CHECK(mock.call("PUT", "/mock/clock", R"({"advance":"P1D"})").status == 200);
  const std::size_t leapt = lists();
  CHECK(leapt - before <= 2);
  CHECK(mock.call("PUT", "/mock/clock", R"({"advance":"P1D","every_list":true})").status == 200);
  CHECK(lists() - leapt >= 20);
}

TEST_CASE("one request may ask about another time") {
  RunningMock mock;
  const std::uint64_t auth = serial_of(mock.resident(), "auth");
  const pki::Bytes request = question(mock, "auth", auth);
  const std::string url(mock.first_line.at("ca").at("auth").at("ocsp").as_string());
  for (const char* moment : {"2027-06-01T09:00:00+09:00", "2030-01-01T00:00:00Z", "2026-12-24T00:00:00Z"}) {
    CAPTURE(moment);
    const auto response = mock.send("POST", url, request, {{"Jpki-Mock-Time", moment}});
    const pki::Time at = pki::parse_rfc3339(moment).value();
    CHECK(verdict(mock, "auth", request, response, at) == "good");
    const auto decoded = ::ocsp::decode_response(response.body).value();
    CHECK(decoded.basic->produced_at <= at);
    CHECK(at - decoded.basic->produced_at < pki::Seconds{3600});
  }
  // No other request has another time.
  CHECK(ask(mock, "auth", auth) == "good");
  CHECK(now_of(mock) == pki::to_rfc3339(support::kStart));
  CHECK(mock.send("POST", url, request, {{"Jpki-Mock-Time", "yesterday"}}).status == 422);
  CHECK(mock.send("POST", url, request, {{"Jpki-Mock-Time", "2016-01-01T00:00:00Z"}}).status == 422);
  CHECK(
      str(mock.call("GET", "/mock/requests").body.at("requests").at(0).at("headers").at("Jpki-Mock-Time")) ==
      "2027-06-01T09:00:00+09:00");
}

}  // namespace mock::test
