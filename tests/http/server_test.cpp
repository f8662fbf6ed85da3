// The server over real connections: limits, deadlines, order, persistence.

#include "http/server.h"

#include <doctest/doctest.h>

#include <fstream>
#include <future>
#include <stdexcept>

#include "http/conditional.h"
#include "tests/http/running_server.h"

namespace http::test {

namespace {

std::shared_ptr<const Router> echo_router() {
  auto router = std::make_shared<Router>();
  router->add(Method::get, "/hello",
              [](const Request&) { return text_response(200, "text/plain", "hello"); });
  router->add(Method::post, "/echo", [](const Request& request) {
    return text_response(200, "text/plain", pki::as_text(request.body));
  });
  router->add_prefix(Method::get, "/ocsp/", Handler([](const Request& request) {
                       return text_response(200, "text/plain", request.path);
                     }));
  router->add(Method::get, "/throws",
              [](const Request&) -> Response { throw std::runtime_error("a secret"); });
  router->add(Method::get, "/forges",
              [](const Request&) { return Response{.headers = {{"X", "1\r\nY: 2"}}}; });
  return router;
}

std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

constexpr std::string_view kClose = "Connection: close\r\n";

}  // namespace

TEST_CASE("an answer has a length and a date, and no version noise") {
  RunningServer server(echo_router());
  CHECK(converse(server.port(), get("/hello", kClose)) ==
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
        "Content-Length: 5\r\nConnection: close\r\n\r\nhello");
}

TEST_CASE("a body of the limit is taken, one byte more is refused") {
  Limits limits;
  limits.body_bytes = 100'000;
  RunningServer server(echo_router(), limits);
  const std::string most(limits.body_bytes, 'x');
  const std::string taken = converse(server.port(), post("/echo", most));
  CHECK(taken.starts_with("HTTP/1.1 200 "));
  CHECK(taken.ends_with("\r\n\r\n" + most));

  const std::string refused = converse(server.port(), post("/echo", most + "x"));
  CHECK(refused.starts_with("HTTP/1.1 413 "));
  CHECK(refused.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("a header over the limit is refused with 431") {
  Limits limits;
  limits.header_bytes = 1024;
  RunningServer server(echo_router(), limits);
  const std::string long_field = "X: " + std::string(2000, 'x') + "\r\n";
  CHECK(converse(server.port(), get("/hello", long_field)).starts_with("HTTP/1.1 431 "));
}

TEST_CASE("what is not HTTP gets 400 and a closed connection") {
  RunningServer server(echo_router());
  CHECK(converse(server.port(), "\x16\x03\x01\x02\x05\x01").starts_with("HTTP/1.1 400 "));
  CHECK(converse(server.port(), "GET /hello HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a half-sent request gets 408, a silent connection nothing") {
  Limits limits;
  limits.read_timeout = 60ms;
  limits.idle_timeout = 60ms;
  RunningServer server(echo_router(), limits);
  CHECK(converse(server.port(), "GET /hello HT").starts_with("HTTP/1.1 408 "));
  CHECK(converse(server.port(), "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab")
            .starts_with("HTTP/1.1 408 "));
  CHECK(converse(server.port(), "").empty());
  const std::string kept = converse(server.port(), get("/hello"));
  CHECK(kept.starts_with("HTTP/1.1 200 "));
  CHECK(count_of(kept, "HTTP/1.1 ") == 1);
}

TEST_CASE("pipelined requests are answered in order") {
  RunningServer server(echo_router());
  const std::string answers =
      converse(server.port(), get("/ocsp/1") + get("/ocsp/22") + get("/ocsp/333", kClose));
  CHECK(count_of(answers, "HTTP/1.1 200 OK") == 3);
  const auto first = answers.find("\r\n\r\n/ocsp/1H");
  const auto second = answers.find("\r\n\r\n/ocsp/22H");
  CHECK(first != std::string::npos);
  CHECK(second != std::string::npos);
  CHECK(first < second);
  CHECK(answers.ends_with("\r\n\r\n/ocsp/333"));
}

TEST_CASE("what comes after the last request does not take its answer from the client's hands") {
  RunningServer server(echo_router());
  for (const std::size_t size : {std::size_t{10}, std::size_t{200'000}}) {
    RawConnection connection(server.port());
    connection.send(get("/ocsp/1", kClose) + std::string(size, 'x'));
    CHECK(connection.read_until("/ocsp/1").ends_with("/ocsp/1"));
    connection.finish_sending();
    CHECK(connection.read_to_end().ends_with("\r\n\r\n/ocsp/1"));
    CHECK_FALSE(connection.was_reset());
  }
}

TEST_CASE("HTTP/1.0 is answered and closed, unless it asks to be kept") {
  RunningServer server(echo_router());
  const std::string closed = converse(server.port(), "GET /hello HTTP/1.0\r\n\r\n");
  CHECK(closed.find("Content-Length: 5\r\nConnection: close\r\n") != std::string::npos);
  const std::string kept = converse(
      server.port(), "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n\r\n");
  CHECK(count_of(kept, "HTTP/1.1 200 OK") == 2);
  CHECK(count_of(kept, "Connection: keep-alive") == 1);
}

TEST_CASE("a client that has sent everything still gets its answer") {
  RunningServer server(echo_router());
  RawConnection connection(server.port());
  connection.send(get("/hello"));
  connection.finish_sending();
  CHECK(connection.read_to_end().ends_with("\r\n\r\nhello"));
}

TEST_CASE("HEAD has the length of GET and no body") {
  RunningServer server(echo_router());
  const std::string answer =
      converse(server.port(), "HEAD /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(answer.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("an unknown path is 404, another method 405 with Allow") {
  RunningServer server(echo_router());
  CHECK(converse(server.port(), get("/none", kClose)).starts_with("HTTP/1.1 404 "));
  const std::string refused = converse(server.port(), get("/echo", kClose));
  CHECK(refused.starts_with("HTTP/1.1 405 "));
  CHECK(refused.find("Allow: POST\r\n") != std::string::npos);
  CHECK(converse(server.port(), "BREW /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 405 "));
}

TEST_CASE("percent escapes and double slashes of the path reach the handler untouched") {
  RunningServer server(echo_router());
  const std::string_view path = "/ocsp/MEk%2F//MEc%3D+%2b";
  CHECK(converse(server.port(), get(path, kClose)).ends_with("\r\n\r\n" + std::string(path)));
}

TEST_CASE("a client that waits for 100 Continue gets it, unless its body is refused") {
  Limits limits;
  limits.body_bytes = 10;
  RunningServer server(echo_router(), limits);
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n";
  RawConnection connection(server.port());
  connection.send(head + "Content-Length: 4\r\n\r\n");
  CHECK(connection.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  connection.send("body");
  const std::string answer = connection.read_to_end();
  CHECK(count_of(answer, "100 Continue") == 1);
  CHECK(answer.ends_with("\r\n\r\nbody"));
  CHECK(converse(server.port(), head + "Content-Length: 11\r\n\r\n").starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a handler's exception is 500 without internals, and is reported") {
  RunningServer server(echo_router());
  const std::string answer = converse(server.port(), get("/throws") + get("/hello", kClose));
  CHECK(answer.starts_with("HTTP/1.1 500 "));
  CHECK(answer.find("secret") == std::string::npos);
  CHECK(answer.ends_with("hello"));
  REQUIRE(server.errors().size() == 1);
  CHECK(server.errors()[0].find("a secret") != std::string::npos);
}

TEST_CASE("a header value cannot forge another field") {
  RunningServer server(echo_router());
  const std::string answer = converse(server.port(), get("/forges", kClose));
  CHECK(answer.starts_with("HTTP/1.1 500 "));
  CHECK(answer.find("Y: 2") == std::string::npos);
  CHECK(server.errors().size() == 1);
}

TEST_CASE("a reply may come from another thread, later, or at once") {
  auto router = std::make_shared<Router>();
  std::vector<std::thread> threads;
  std::mutex mutex;
  router->add_async(Method::post, "/later", [&](OwnedRequest request, Reply reply) {
    auto job = [request, reply = std::move(reply)]() mutable {
      std::this_thread::sleep_for(5ms);
      reply(text_response(200, "text/plain", pki::as_text(request->body)));
    };
    const std::lock_guard lock(mutex);
    threads.emplace_back(std::move(job));
  });
  router->add_async(Method::post, "/at-once", [](OwnedRequest request, Reply reply) {
    reply(text_response(200, "text/plain", pki::as_text(request->body)));
  });
  router->add_async(Method::post, "/lost", [](const OwnedRequest&, const Reply&) {});
  router->add_async(Method::post, "/throws",
                    [](const OwnedRequest&, const Reply&) { throw std::runtime_error("fault"); });
  RunningServer server(router);
  CHECK(converse(server.port(), post("/later", "one")).ends_with("\r\n\r\none"));
  CHECK(converse(server.port(), post("/at-once", "two")).ends_with("\r\n\r\ntwo"));
  CHECK(converse(server.port(), post("/lost", "")).starts_with("HTTP/1.1 500 "));
  CHECK(converse(server.port(), post("/throws", "")).starts_with("HTTP/1.1 500 "));
  for (std::thread& thread : threads)
    thread.join();
}

TEST_CASE("a try handler answers what it can and leaves the rest to the other") {
  auto router = std::make_shared<Router>();
  router->add_try(
      Method::post, "/ocsp",
      [](const Request& request) -> std::optional<Response> {
        if (pki::as_text(request.body) != "kept") return std::nullopt;
        return text_response(200, "text/plain", "at once");
      },
      [](const OwnedRequest& request, Reply reply) {
        reply(text_response(200, "text/plain", "signed for " + std::string(pki::as_text(request->body))));
      });
  RunningServer server(router);
  CHECK(converse(server.port(), post("/ocsp", "kept")).ends_with("at once"));
  CHECK(converse(server.port(), post("/ocsp", "nonce")).ends_with("signed for nonce"));
}

TEST_CASE("an answer that does not come in time is 503, and may come too late") {
  auto router = std::make_shared<Router>();
  std::promise<Reply> kept;
  router->add_async(Method::get, "/slow",
                    [&](const OwnedRequest&, Reply reply) { kept.set_value(std::move(reply)); });
  Limits limits;
  limits.answer_timeout = 40ms;
  RunningServer server(router, limits);
  CHECK(converse(server.port(), get("/slow", kClose)).starts_with("HTTP/1.1 503 "));
  Reply late = kept.get_future().get();
  late(Response{});
}

TEST_CASE("a file is sent whole, in part, and not at all when it is known") {
  const TemporaryDirectory directory;
  std::string content(3'000'000, ' ');
  for (std::size_t i = 0; i < content.size(); ++i)
    content[i] = static_cast<char>('a' + i % 23);
  std::ofstream(directory.file("full.crl"), std::ios::binary) << content;
  const auto file = std::make_shared<const File>(*File::open(directory.file("full.crl")));
  auto router = std::make_shared<Router>();
  router->add(Method::get, "/full.crl", [=](const Request& request) {
    return serve_file(request, {.file = file, .length = file->size(), .etag = "\"1\""});
  });
  RunningServer server(router);
  CHECK(converse(server.port(), get("/full.crl", kClose)).ends_with("\r\n\r\n" + content));
  const std::string part =
      converse(server.port(), get("/full.crl", "Connection: close\r\nRange: bytes=5-9\r\n"));
  CHECK(part.starts_with("HTTP/1.1 206 "));
  CHECK(part.ends_with("\r\n\r\n" + content.substr(5, 5)));
  const std::string known =
      converse(server.port(), get("/full.crl", "Connection: close\r\nIf-None-Match: \"1\"\r\n"));
  CHECK(known.starts_with("HTTP/1.1 304 "));
  CHECK(known.ends_with("\r\n\r\n"));
}

TEST_CASE("a client that takes nothing is given up") {
  auto router = std::make_shared<Router>();
  const auto body = std::make_shared<const pki::Bytes>(64 * 1024 * 1024, std::uint8_t{'x'});
  router->add(Method::get, "/large", [=](const Request&) { return Response{.body = body}; });
  Limits limits;
  limits.write_timeout = 50ms;
  RunningServer server(router, limits);
  RawConnection connection(server.port());
  connection.send(get("/large"));
  while (server.server().counters().requests == 0)
    std::this_thread::yield();
  while (server.server().counters().connections_open != 0)
    std::this_thread::yield();
  CHECK(connection.read_to_end().size() < body->size());
}

TEST_CASE("a port that is taken is refused with a way out, even by ourselves") {
  RunningServer server(echo_router());
  const FixedClock clock;
  Runtime runtime(clock, {.workers = 2});
  const auto listen_again = [&] {
    const Server second(runtime, {"second", TcpAddress{"127.0.0.1", server.port()}, {}, echo_router()});
  };
  const std::string message = "cannot listen on 127.0.0.1:" + std::to_string(server.port()) +
                              ": Address already in use; stop the other program or choose another port";
  CHECK_THROWS_WITH_AS(listen_again(), message.c_str(), std::runtime_error);
  const auto listen_by_name = [&] {
    const Server second(runtime, {"second", TcpAddress{"localhost", 0}, {}, echo_router()});
  };
  CHECK_THROWS_AS(listen_by_name(), std::runtime_error);
}

TEST_CASE("a server that never runs is taken down without a trace") {
  const FixedClock clock;
  Runtime runtime(clock, {.workers = 2});
  const Server server(runtime, {"idle", TcpAddress{"127.0.0.1", 0}, {}, echo_router()});
  CHECK(server.bound_port() != 0);
}

TEST_CASE("the counters count what happened") {
  RunningServer server(echo_router());
  static_cast<void>(converse(server.port(), get("/hello") + get("/none", kClose)));
  server.stop();
  const ServerCounters counters = server.server().counters();
  CHECK(counters.requests == 2);
  CHECK(counters.responses == std::array<std::uint64_t, 5>{0, 1, 0, 1, 0});
  CHECK(counters.connections_accepted == 1);
  CHECK(counters.connections_open == 0);
  CHECK(counters.bytes_received > 0);
  CHECK(counters.bytes_sent > 0);
}

}  // namespace http::test
