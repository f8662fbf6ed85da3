// Who is known at the door, and what is limited where.

#include "service/guard.h"

#include <doctest/doctest.h>

#include "pki/network.h"
#include "registry/schema.h"
#include "tests/http/running_server.h"
#include "tests/support/command.h"
#include "verifier/verifiers.h"

namespace service {

namespace {

// A store with one verifier on this network.
class Fixture {
 public:
  explicit Fixture(std::string_view network = "192.0.2.0/24")
      : environment(store::Environment::create({.directory = folder_.path() / "store",
                                                .map_bytes = std::size_t{16} << 20U,
                                                .durability = store::Durability::temporary},
                                               registry::kSchema)) {
    verifier::Verifier one;
    one.name = "example";
    one.networks = {pki::parse_network(network).value()};
    auto transaction = store::begin_exclusive_write(*environment);
    verifier::put_verifier(transaction, one);
    transaction.commit();
  }

 private:
  support::TemporaryFolder folder_;

 public:
  std::unique_ptr<store::Environment> environment;
  verifier::Recognition recognition;
};

std::array<std::uint8_t, 16> address(std::string_view text) {
  return pki::parse_network(text).value().address;
}

// How many of 50 requests for a path the gate lets through.
int let_through(const http::Guard& guard, const char* path, const char* from) {
  const auto made = http::make_request(http::Method::get, path);
  http::Request request = *made;
  request.peer.address = address(from);
  int count = 0;
  for (int i = 0; i < 50; ++i)
    if (!guard.gate(request)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a registered network is known, and no other") {
  const Fixture fixture;
  const Config config;
  const Guards guards(config, *fixture.environment, fixture.recognition);
  const auto is_known = guards.for_verifiers().is_known_address;
  CHECK(is_known(address("192.0.2.9")));
  CHECK_FALSE(is_known(address("198.51.100.9")));
  CHECK_FALSE(guards.for_operators().is_known_address);
}

TEST_CASE("each asker has its rate on every path but those of OCSP, which count for themselves") {
  const Fixture fixture;
  Config config;
  config.ocsp.requests_per_second_max = 5;
  const Guards guards(config, *fixture.environment, fixture.recognition);
  const http::Guard guard = guards.for_verifiers();
  CHECK(let_through(guard, "/ocsp/sign", "192.0.2.1") == 50);
  const int first = let_through(guard, "/cps", "192.0.2.1");
  CHECK(first >= 5);
  CHECK(first < 50);
  CHECK(let_through(guard, "/verifier/v1/certificates/sign/1/counterpart", "192.0.2.2") >= 5);
}

TEST_CASE("a quarter of the connections is kept free of strangers, unless everyone is answered") {
  const Fixture fixture;
  Config config;
  const Guards guards(config, *fixture.environment, fixture.recognition);
  CHECK(guards.limits_for_verifiers(1000).connections == 1000);
  CHECK(guards.limits_for_verifiers(1000).connections_for_known == 250);
  CHECK(guards.limits_for_verifiers(1000).connections_for_stranger == 256);
  config.open_to_all = true;
  CHECK(guards.limits_for_verifiers(1000).connections_for_known == 0);
  CHECK(guards.limits_for_verifiers(1000).connections_for_stranger == 0);
}

// Requests as fast as they can be written, on one connection.
std::string pipelined(int requests) {
  std::string text;
  for (int i = 1; i <= requests; ++i)
    text += std::string("GET /cps HTTP/1.1\r\nHost: a\r\n") +
            (i == requests ? "Connection: close\r\n\r\n" : "\r\n");
  return text;
}

TEST_CASE("a client of a registered network is never refused by the limits for strangers") {
  const Fixture fixture("127.0.0.200/32");
  Config config;
  config.stranger_requests_per_second = 1;
  config.stranger_connections = 2;
  config.ocsp.requests_per_second_max = 1'000'000;
  const Guards guards(config, *fixture.environment, fixture.recognition);
  auto router = std::make_shared<http::Router>();
  router->add(http::Method::get, "/cps",
              [](const http::Request&) { return http::text_response(200, "text/plain", "text"); });
  http::test::RunningServer server(router, guards.limits_for_verifiers(16), http::TcpAddress{"127.0.0.1", 0},
                                   {}, guards.for_verifiers());
  // Strangers hold every connection that they can get, and ask for more than their rate on each.
  std::vector<std::unique_ptr<http::test::RawConnection>> strangers;
  for (std::uint8_t from = 2; from < 40; ++from)
    for (int i = 0; i < 3; ++i) {
      strangers.push_back(std::make_unique<http::test::RawConnection>(server.port(), from));
      strangers.back()->send(pipelined(50));
    }
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    http::test::RawConnection first(server.port(), 200), second(server.port(), 200);
    first.send(pipelined(50));
    second.send(pipelined(50));
    CHECK(http::test::count_of(first.read_to_end(), "HTTP/1.1 200 ") == 50);
    CHECK(http::test::count_of(second.read_to_end(), "HTTP/1.1 200 ") == 50);
  }
  std::size_t limited = 0;
  for (const auto& stranger : strangers)
    limited += http::test::count_of(stranger->read_to_end(), "HTTP/1.1 429 ");
  CHECK(limited > 0);
}

}  // namespace service
