// One TLS connection without a session around it.

#include "http/tls_connection.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "tests/http/tls_world.h"

namespace http::test {

TEST_CASE("a connection gives the peer's certificate once, forgets it, and goes on") {
  const TestAuthority authority("Operations");
  const FixedClock clock;
  const auto tls =
      TlsServer::create(
          {.identity = authority.issue(
               {.name = "server", .purpose = pki::oids::kKeyPurposeServerAuth, .names_this_host = true}),
           .client_authorities = {authority.certificate()}},
          clock)
          .value();
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
  const TlsIdentity identity = authority.issue({});
  const auto options = TlsClientOptions{.authorities = {authority.certificate()}, .identity = identity};
  const auto context = TlsClient::create(options, clock).value();
  const auto client = context->connect(ends[0], "127.0.0.1");
  const auto server = tls->accept(ends[1]);
  TlsStep ours = TlsStep::wants_read, theirs = TlsStep::wants_read;
  for (int i = 0; i < 10 && (ours != TlsStep::done || theirs != TlsStep::done); ++i) {
    if (theirs != TlsStep::done) theirs = client->handshake();
    if (ours != TlsStep::done) ours = server->handshake();
  }
  REQUIRE(ours == TlsStep::done);
  REQUIRE(theirs == TlsStep::done);

  const auto certificate = server->take_peer_certificate();
  REQUIRE(certificate != nullptr);
  CHECK(*certificate == identity.certificates.front());
  // Nothing of it is left to be given again: the memory is free.
  CHECK(server->take_peer_certificate() == nullptr);

  const pki::Bytes sent(1000, 0x5A);
  std::array<std::uint8_t, 2000> space{};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client->write(sent).count == sent.size());
    REQUIRE(server->read(space).count == sent.size());
    CHECK(std::equal(sent.begin(), sent.end(), space.begin()));
    REQUIRE(server->write(sent).count == sent.size());
    REQUIRE(client->read(space).count == sent.size());
  }
  client->close();
  CHECK(server->read(space).step == TlsStep::ended);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace http::test
