// Message syntax: whatever the pieces, one reading; whatever two readers might frame differently, refused.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "http/request_parser.h"

namespace http::test {

namespace {

using State = RequestParser::State;

struct Outcome {
  State state;
  unsigned status;
  std::string body;
  std::size_t used;
};

// Gives the text in pieces of `size` bytes, as a connection would.
Outcome parse(std::string_view text, std::size_t size, ParserLimits limits = {}) {
  RequestParser parser(limits);
  std::string waiting;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size(); at += size) {
    waiting += text.substr(at, size);
    const std::size_t done = parser.put(pki::as_bytes(waiting));
    used += done;
    waiting.erase(0, done);
  }
  Request request;
  if (parser.state() == State::complete) parser.fill(request);
  return {parser.state(), parser.error_status(), std::string(pki::as_text(request.body)), used};
}

constexpr std::size_t kPieces[] = {1, 2, 3, 7, 100000};

}  // namespace

TEST_CASE("a request is read the same in pieces of any size") {
  const std::string_view texts[] = {
      "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
      "\r\n\r\nPOST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
      "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\nbody",
      "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
      ("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
       "1;a=b\r\nb\r\n3\r\nody\r\n0\r\nTrailer: 1\r\nHost: x\r\n\r\n"),
      "POST /x HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody",
  };
  for (const auto text : texts)
    for (const auto size : kPieces) {
      CAPTURE(text);
      CAPTURE(size);
      const Outcome outcome = parse(text, size);
      CHECK(outcome.state == State::complete);
      CHECK(outcome.body == "body");
      CHECK(outcome.used == text.size());
    }
}

TEST_CASE("what follows a request is left for the next") {
  RequestParser parser({});
  const std::string_view both = "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::size_t used = parser.put(pki::as_bytes(both));
  CHECK(used == both.size() / 2);
  CHECK(parser.put(pki::as_bytes(both.substr(used))) == 0);
  parser.reset();
  CHECK(parser.put(pki::as_bytes(both.substr(used))) == both.size() / 2);
  Request request;
  parser.fill(request);
  CHECK(request.path == "/b");
}

TEST_CASE("a last chunk that arrives bit by bit ends the body") {
  const std::string_view text = "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (const auto size : kPieces)
    CHECK(parse(text, size).state == State::complete);
}

TEST_CASE("ambiguous or broken messages are refused") {
  struct Row {
    std::string_view text;
    unsigned status;
  };
  const Row rows[] = {
      {"GET /\r\n\r\n", 400},
      {"HELLO\r\n\r\n", 400},
      {"\x16\x03\x01\x02\x05\x01\x02\x03", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\ncontent-length:18446744073709551616 \r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999x\r\n\r\n", 400},
  };
  for (const Row& row : rows)
    for (const auto size : kPieces) {
      CAPTURE(row.text);
      CAPTURE(size);
      const Outcome outcome = parse(row.text, size);
      CHECK(outcome.state == State::failed);
      CHECK(outcome.status == row.status);
    }
}

TEST_CASE("a bare line feed ends no line") {
  for (const auto size : kPieces)
    CHECK(parse("GET / HTTP/1.1\nHost: a\n\n", size).state != State::complete);
}

TEST_CASE("limits hold to the byte") {
  const ParserLimits limits{.header_bytes = 64, .header_fields = 2, .body_bytes = 4};
  const auto with_body = [&](const std::string& length, const std::string& body) {
    return parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" + body, 1, limits);
  };
  CHECK(with_body("4", "four").state == State::complete);
  CHECK(with_body("5", "").status == 413);

  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(parse(chunked + "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", 1, limits).state == State::complete);
  CHECK(parse(chunked + "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", 1, limits).status == 413);

  CHECK(parse(chunked + "2;" + std::string(100, 'x'), 1, limits).status == 431);
  CHECK(parse(chunked + "0\r\nX: " + std::string(100, 'x'), 1, limits).status == 431);

  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::size_t fill = limits.header_bytes - start.size() - 4;
  CHECK(parse(start + std::string(fill, 'x') + "\r\n\r\n", 100000, limits).state == State::complete);
  CHECK(parse(start + std::string(fill + 1, 'x') + "\r\n\r\n", 100000, limits).status == 431);
  CHECK(parse("GET /" + std::string(100, 'x') + " HTTP/1.1\r\n", 1, limits).status == 431);
  CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 1\r\n\r\n", 1, limits).status == 431);
}

TEST_CASE("keep-alive follows version and Connection") {
  const auto keeps = [](std::string_view text) {
    RequestParser parser({});
    static_cast<void>(parser.put(pki::as_bytes(text)));
    REQUIRE(parser.state() == State::complete);
    return parser.keep_alive();
  };
  CHECK(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  CHECK(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

}  // namespace http::test
