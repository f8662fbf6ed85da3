// Who gets a connection when there are too many, and who is told 429: one machine must not take what others
// need.

#include <doctest/doctest.h>

#include <algorithm>
#include <condition_variable>

#include "tests/http/running_server.h"

namespace http::test {

namespace {

constexpr std::uint8_t kKnown = 200;

// /hello answers, /login answers a client that it knows, /wait answers when the gate opens.
class Doors {
 public:
  std::shared_ptr<Router> router() {
    auto router = std::make_shared<Router>();
    const auto hello = [](const Request&) { return text_response(200, "text/plain", "hello"); };
    router->add(Method::get, "/hello", hello);
    router->add(Method::get, "/login", [](const Request&) {
      Response response = text_response(200, "text/plain", "known");
      response.is_for_known_client = true;
      return response;
    });
    router->add_async(Method::get, "/wait", [this](const OwnedRequest&, Reply reply) {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(reply));
      changed_.notify_all();
    });
    return router;
  }
  void until_waiting(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_.size() >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    for (Reply& reply : waiting_)
      reply(text_response(200, "text/plain", "opened"));
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Reply> waiting_;
};

Guard with_known_network() {
  return {
      .is_known_address = [](const std::array<std::uint8_t, 16>& address) { return address[15] == kKnown; }};
}

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

// One serving thread unless a test wants more, so that an answer that a client has read is noted by the
// server, and which connection has waited longest does not depend on the system's scheduler.
struct Fixture {
  explicit Fixture(Limits limits, Guard guard = with_known_network(), std::size_t threads = 1)
      : server(doors.router(), limits, TcpAddress{"127.0.0.1", 0}, {}, std::move(guard), threads) {}

  // A connection that has had an answer.
  std::unique_ptr<RawConnection> used(std::uint8_t from, const std::string& path = "/hello") const {
    auto connection = std::make_unique<RawConnection>(server.port(), from);
    connection->send(get(path));
    const char* end = path == "/login" ? "known" : "hello";
    CHECK(connection->read_until(end).starts_with("HTTP/1.1 200 "));
    return connection;
  }
  // Whether the server still answers on it.
  static bool is_open(RawConnection& connection) {
    connection.send("GET /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return connection.read_to_end().find("known") != std::string::npos;
  }

  Doors doors;
  RunningServer server;
};

// Status line of a request on a connection of its own.
std::string status_from(const Fixture& fixture, std::uint8_t from, const std::string& path = "/hello") {
  RawConnection connection(fixture.server.port(), from);
  connection.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  return connection.read_to_end().substr(0, 12);
}

}  // namespace

TEST_CASE("when it is full the longest idle connection of the address that has most is closed") {
  Fixture fixture({.connections = 3});
  auto single = fixture.used(2);
  auto longest = fixture.used(3);
  auto later = fixture.used(3);
  auto newcomer = fixture.used(4);
  CHECK(longest->read_to_end().find("hello") != std::string::npos);
  CHECK(Fixture::is_open(*single));
  CHECK(Fixture::is_open(*later));
  CHECK(Fixture::is_open(*newcomer));
  CHECK(fixture.server.server().counters().connections_displaced == 1);
  CHECK(fixture.server.server().counters().connections_refused == 0);
}

TEST_CASE("whatever threads they are on, the address that has most makes room for every newcomer") {
  Fixture fixture({.connections = 10}, with_known_network(), 8);
  std::vector<std::unique_ptr<RawConnection>> many, newcomers;
  auto single = fixture.used(3);
  for (int i = 0; i < 9; ++i)
    many.push_back(fixture.used(2));
  for (std::uint8_t from = 4; from < 10; ++from)
    newcomers.push_back(fixture.used(from));
  CHECK(fixture.server.server().counters().connections_displaced == 6);
  CHECK(fixture.server.server().counters().connections_refused == 0);
  CHECK(std::ranges::count_if(many, [](const auto& one) { return Fixture::is_open(*one); }) == 3);
  for (const auto& newcomer : newcomers)
    CHECK(Fixture::is_open(*newcomer));
  CHECK(Fixture::is_open(*single));
}

TEST_CASE("a connection with a request in work is never displaced: one more gets 503") {
  Fixture fixture({.connections = 2});
  RawConnection first(fixture.server.port()), second(fixture.server.port(), 2);
  first.send(get("/wait"));
  second.send(get("/wait"));
  fixture.doors.until_waiting(2);
  CHECK(status_from(fixture, 3) == "HTTP/1.1 503");
  fixture.doors.open();
  CHECK(first.read_until("opened").starts_with("HTTP/1.1 200 "));
  CHECK(second.read_until("opened").starts_with("HTTP/1.1 200 "));
  CHECK(fixture.server.server().counters().connections_refused == 1);
}

TEST_CASE("a stranger never displaces a known client, and a known client finds a place") {
  Fixture fixture({.connections = 3});
  auto by_network = fixture.used(kKnown);
  auto by_login = fixture.used(2, "/login");
  auto stranger = fixture.used(3);
  auto other_stranger = fixture.used(4);
  CHECK(stranger->read_to_end().find("hello") != std::string::npos);
  // Strangers give way first, then the longest idle of the known.
  auto second_of_network = fixture.used(kKnown);
  CHECK(other_stranger->read_to_end().find("hello") != std::string::npos);
  CHECK(status_from(fixture, 5) == "HTTP/1.1 503");
  auto third_of_network = fixture.used(kKnown);
  CHECK(by_network->read_to_end().find("hello") != std::string::npos);
  CHECK(Fixture::is_open(*by_login));
  CHECK(Fixture::is_open(*second_of_network));
  CHECK(Fixture::is_open(*third_of_network));
}

TEST_CASE("what is reserved for known clients no stranger gets") {
  Fixture fixture({.connections = 4, .connections_for_known = 2});
  auto first = fixture.used(2);
  auto second = fixture.used(3);
  auto third = fixture.used(4);
  CHECK(fixture.server.server().counters().connections_displaced == 1);
  auto known = fixture.used(kKnown);
  auto also_known = fixture.used(kKnown);
  CHECK(fixture.server.server().counters().connections_displaced == 1);
  CHECK(Fixture::is_open(*third));
}

TEST_CASE("a stranger's address has its share, and makes room itself") {
  Fixture fixture({.connections = 100, .connections_for_stranger = 2});
  auto other = fixture.used(3);
  auto first = fixture.used(2);
  auto second = fixture.used(2);
  auto third = fixture.used(2);
  CHECK(first->read_to_end().find("hello") != std::string::npos);
  CHECK(Fixture::is_open(*other));
  CHECK(Fixture::is_open(*second));
  CHECK(Fixture::is_open(*third));
  std::vector<std::unique_ptr<RawConnection>> known;
  for (int i = 0; i < 5; ++i)
    known.push_back(fixture.used(kKnown));
  CHECK(fixture.server.server().counters().connections_displaced == 1);
}

TEST_CASE(
    "a stranger over its rate gets 429 and is closed; known clients and other addresses do not notice") {
  Guard guard = with_known_network();
  guard.strangers = std::make_shared<RateLimiter>(3);
  Fixture fixture({}, std::move(guard));
  RawConnection flood(fixture.server.port(), 2);
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += get("/hello");
  flood.send(many);
  const std::string answers = flood.read_to_end();
  CHECK(count_of(answers, "HTTP/1.1 200 ") >= 3);
  CHECK(count_of(answers, "HTTP/1.1 429 ") == 1);
  CHECK(answers.find("Retry-After: 1") != std::string::npos);
  CHECK(status_from(fixture, 3) == "HTTP/1.1 200");
  for (int i = 0; i < 20; ++i)
    CHECK(status_from(fixture, kKnown) == "HTTP/1.1 200");
  // Who is known by its answers uses nothing up.
  for (int i = 0; i < 20; ++i)
    CHECK(status_from(fixture, 4, "/login") == "HTTP/1.1 200");
}

TEST_CASE("the gate answers in the handler's place") {
  Guard guard;
  guard.gate = [](const Request& request) {
    return request.path == "/hello" ? std::optional(too_many_requests()) : std::nullopt;
  };
  Fixture fixture({}, std::move(guard));
  CHECK(status_from(fixture, 2) == "HTTP/1.1 429");
  CHECK(status_from(fixture, 2, "/login") == "HTTP/1.1 200");
}

}  // namespace http::test
