// The end of a server and the runtime's own services: drain, timers, signals, posted functions.

#include <doctest/doctest.h>

#include <csignal>
#include <future>
#include <stdexcept>

#include "http/runtime.h"
#include "tests/http/running_server.h"

namespace http::test {

namespace {

constexpr std::string_view kSlow = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";

// A route whose reply the test holds in its hand.
struct HeldRoute {
  std::shared_ptr<Router> router = std::make_shared<Router>();
  std::shared_ptr<std::promise<Reply>> promise = std::make_shared<std::promise<Reply>>();

  HeldRoute() {
    router->add_async(Method::get, "/slow", [held = promise](const OwnedRequest&, Reply reply) {
      held->set_value(std::move(reply));
    });
  }
  Reply take() { return promise->get_future().get(); }
};

}  // namespace

TEST_CASE("a drain closes idle connections, lets requests in flight finish and takes no new ones") {
  HeldRoute route;
  RunningServer server(route.router);
  RawConnection idle(server.port());
  RawConnection busy(server.port());
  busy.send(kSlow);
  Reply reply = route.take();

  server.begin_stop();
  CHECK(idle.read_to_end().empty());
  // The idle connection's end shows that its worker drains; the other worker's listener follows at once.
  while (RawConnection(server.port()).connected())
    std::this_thread::yield();
  reply(text_response(200, "text/plain", "done"));
  const std::string answer = busy.read_to_end();
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(answer.ends_with("done"));
  server.stop();
}

TEST_CASE("what is not answered when the drain's time is over is cut, and may be answered in vain") {
  HeldRoute route;
  Limits limits;
  limits.drain_timeout = 50ms;
  auto server = std::make_unique<RunningServer>(route.router, limits);
  RawConnection busy(server->port());
  busy.send(kSlow);
  Reply reply = route.take();
  server->stop();
  CHECK(busy.read_to_end().empty());
  server.reset();
  reply(Response{});
}

TEST_CASE("a half-sent request does not hold up a drain for longer than its time") {
  Limits limits;
  limits.drain_timeout = 50ms;
  RunningServer server(std::make_shared<Router>(), limits);
  RawConnection half(server.port());
  half.send("GET / HT");
  while (server.server().counters().bytes_received == 0)
    std::this_thread::yield();
  server.stop();
  CHECK(server.server().counters().connections_open == 0);
}

TEST_CASE("signals, timers and posted functions run on the thread of run()") {
  const FixedClock clock;
  Runtime runtime(clock, {.workers = 1});
  std::vector<std::string> seen;
  int ticks = 0;
  const auto here = std::this_thread::get_id();
  runtime.on_signal({SIGUSR1}, [&](int number) {
    CHECK(std::this_thread::get_id() == here);
    CHECK(number == SIGUSR1);
    seen.emplace_back("signal");
    runtime.stop();
  });
  runtime.post([&] { seen.emplace_back("posted"); });
  runtime.every(2ms, [&] {
    if (++ticks == 3) std::raise(SIGUSR1);
  });
  runtime.run();
  CHECK(seen == std::vector<std::string>{"posted", "signal"});
  CHECK(ticks >= 3);
}

TEST_CASE("a timer hands its function to the executor it was given") {
  const FixedClock clock;
  Runtime runtime(clock, {.workers = 1});
  int handed_over = 0;
  runtime.every(
      1ms, [&] { runtime.stop(); },
      [&](const std::function<void()>& function) {
        ++handed_over;
        function();
      });
  runtime.run();
  CHECK(handed_over >= 1);
}

TEST_CASE("an exception of a posted function ends run() after the drain") {
  const FixedClock clock;
  Runtime runtime(clock, {.workers = 2});
  runtime.post([] { throw std::runtime_error("the disk is full"); });
  CHECK_THROWS_WITH_AS(runtime.run(), "the disk is full", std::runtime_error);
}

TEST_CASE("stopping before running ends run() at once") {
  const FixedClock clock;
  Runtime runtime(clock, {.workers = 2});
  runtime.stop();
  runtime.stop();
  runtime.run();
}

}  // namespace http::test
