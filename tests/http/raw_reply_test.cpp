// Answers byte by byte: what a client sees of pauses, of ends, and of a stop in the middle.

#include "http/raw_reply.h"

#include <doctest/doctest.h>

#include "tests/http/running_server.h"

namespace http::test {

namespace {

pki::Bytes bytes(std::string_view text) {
  return pki::to_bytes(pki::as_bytes(text));
}

std::shared_ptr<const Router> raw_router(RawReply reply) {
  auto router = std::make_shared<Router>();
  router->add(Method::get, "/raw",
              [shared = std::make_shared<const RawReply>(std::move(reply))](const Request&) {
                return Response{.raw = shared};
              });
  router->add(Method::get, "/plain",
              [](const Request&) { return text_response(200, "text/plain", "plain"); });
  return router;
}

constexpr std::string_view kGet = "GET /raw HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

TEST_CASE("the bytes go out as they are, in order, and the connection ends") {
  RunningServer server(
      raw_router({.pieces = {{.bytes = bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")},
                             {.pause = 5ms, .bytes = bytes("on")},
                             {.pause = 5ms, .bytes = bytes("e")}}}));
  CHECK(converse(server.port(), kGet) == "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none");
  CHECK(server.server().counters().responses[1] == 1);
}

TEST_CASE("nothing at all may be sent, and others are served") {
  RunningServer server(raw_router({}));
  CHECK(converse(server.port(), kGet).empty());
  CHECK(converse(server.port(), "GET /plain HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .ends_with("plain"));
}

TEST_CASE("a reset reaches the client as one") {
  RunningServer server(
      raw_router({.pieces = {{.bytes = bytes("HTTP/1.1 200 OK\r\n")}}, .end = RawReply::End::reset}));
  RawConnection connection(server.port());
  connection.send(kGet);
  static_cast<void>(connection.read_to_end());
  CHECK(connection.was_reset());
}

TEST_CASE("a pause ends, with those that follow, when there is no reason for it any more") {
  std::atomic<bool> is_over = false;
  RunningServer server(raw_router({.pieces = {{.bytes = bytes("first")},
                                              {.pause = 1h, .bytes = bytes(" second")},
                                              {.pause = 1h, .bytes = bytes(" third")}},
                                   .hurries = [&is_over] { return is_over.load(); }}));
  RawConnection connection(server.port());
  connection.send(kGet);
  CHECK(connection.read_until("first") == "first");
  is_over = true;
  CHECK(connection.read_to_end() == "first second third");
}

TEST_CASE("a stop does not wait for a pause to end") {
  Limits limits;
  limits.drain_timeout = 20ms;
  RunningServer server(
      raw_router({.pieces = {{.bytes = bytes("first")}, {.pause = 1h, .bytes = bytes("never")}}}), limits);
  RawConnection connection(server.port());
  connection.send(kGet);
  CHECK(connection.read_until("first") == "first");
  server.stop();
  CHECK(connection.read_to_end() == "first");
  CHECK(server.errors().empty());
}

}  // namespace http::test
