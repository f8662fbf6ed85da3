// TLS over real connections: who gets in, who does not and why, and that a session over TLS behaves like one
// without.

#include "http/tls.h"

#include <doctest/doctest.h>

#include <fstream>

#include "http/conditional.h"
#include "http/tls_connection.h"
#include "tests/http/tls_world.h"

namespace http::test {

namespace {

const FixedClock kClock;

const TestAuthority& operations() {
  static const TestAuthority authority("Operations");
  return authority;
}

TlsServerOptions server_options() {
  return {.identity = operations().issue(
              {.name = "server", .purpose = pki::oids::kKeyPurposeServerAuth, .names_this_host = true}),
          .client_authorities = {operations().certificate()}};
}

// "/who" tells whether a client certificate came, "/echo" gives the body back.
std::shared_ptr<Router> router() {
  auto routes = std::make_shared<Router>();
  routes->add(Method::get, "/who", [](const Request& request) {
    const auto& certificate = request.peer.client_certificate;
    return text_response(200, "text/plain", certificate ? std::to_string(certificate->size()) : "nobody");
  });
  routes->add(Method::post, "/echo", [](const Request& request) {
    return text_response(200, "text/plain", pki::as_text(request.body));
  });
  return routes;
}

struct World {
  explicit World(TlsServerOptions options = server_options(), Limits limits = {})
      : tls(TlsServer::create(std::move(options), kClock).value()),
        server(router(), limits, TcpAddress{"127.0.0.1", 0}, tls) {}

  [[nodiscard]] pki::Result<Client> connect(std::optional<TlsIdentity> identity = {},
                                            const std::string& host = "127.0.0.1") const {
    const auto client =
        TlsClient::create({.authorities = {operations().certificate()}, .identity = std::move(identity)},
                          kClock)
            .value();
    return Client::connect({.address = TcpAddress{host, server.port()}, .tls = client});
  }
  // What "/who" answers to this client, or why there is no answer.
  [[nodiscard]] std::string who(std::optional<TlsIdentity> identity) const {
    auto client = connect(std::move(identity));
    if (!client) return client.error().text();
    const auto answer = client->send({.target = "/who"});
    return answer ? std::string(pki::as_text(answer->body)) : answer.error().text();
  }

  std::shared_ptr<TlsServer> tls;
  RunningServer server;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Until the predicate holds, five seconds at most.
template <typename Predicate>
bool eventually(Predicate&& predicate) {
  for (int i = 0; i < 500; ++i) {
    if (predicate()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

// A raw TLS connection on a blocking socket, for what the client of ours never does.
class RawTls final {
 public:
  explicit RawTls(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)),
        client_(TlsClient::create({.authorities = {operations().certificate()}}, kClock).value()) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    connection_ = client_->connect(socket_, "127.0.0.1");
    REQUIRE(connection_->handshake() == TlsStep::done);
  }
  RawTls(const RawTls&) = delete;
  RawTls& operator=(const RawTls&) = delete;
  ~RawTls() { ::close(socket_); }

  void send(std::string_view text) { REQUIRE(connection_->write(pki::as_bytes(text)).step == TlsStep::done); }
  // Everything until the server closes; `last` is how.
  std::string read_to_end(TlsStep& last) {
    std::string text;
    std::array<std::uint8_t, 4096> buffer;
    while (true) {
      const TlsMove move = connection_->read(buffer);
      last = move.step;
      if (move.step != TlsStep::done) return text;
      text += pki::as_text(pki::ByteView(buffer).first(move.count));
    }
  }

 private:
  int socket_;
  std::shared_ptr<const TlsClient> client_;
  std::unique_ptr<TlsConnection> connection_;
};

}  // namespace

TEST_CASE("a client may show a certificate of the authority, or none") {
  const World world;
  CHECK(world.who(std::nullopt) == "nobody");
  const TlsIdentity bank = operations().issue({.name = "bank"});
  CHECK(world.who(bank) == std::to_string(bank.certificates.front().size()));
  // Once shown, it stands for every request of the connection.
  auto client = world.connect(bank).value();
  for (int i = 0; i < 3; ++i)
    CHECK(pki::as_text(client.send({.target = "/who"})->body) == std::to_string(bank.certificates[0].size()));
  CHECK(world.server.server().counters().handshakes_failed == 0);
}

TEST_CASE("a request over TLS may come in pieces with pauses between them, before and after others") {
  const World world;
  RawTls raw(world.server.port());
  TlsStep last = TlsStep::done;
  for (const std::string_view piece : {"GET /wh", "o HTTP/1.1\r\nHo", "st: x\r\n\r\n",
                                       "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n", "ab",
                                       "cdGET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    raw.send(piece);
    std::this_thread::sleep_for(20ms);
  }
  const std::string answers = raw.read_to_end(last);
  CHECK(last == TlsStep::ended);
  const std::size_t echo = answers.find("\r\n\r\nabcd");
  REQUIRE(echo != std::string::npos);
  CHECK(contains(answers.substr(0, echo), "nobody"));
  CHECK(contains(answers.substr(echo), "nobody"));
}

TEST_CASE("a certificate that does not prove enough ends the handshake with a reason") {
  const World world;
  const TestAuthority stranger("Stranger");
  // The same name as the real one, another key.
  const TestAuthority impostor("Operations", "another key");
  const auto hour = std::chrono::hours{1};
  struct Row {
    std::string what;
    TlsIdentity identity;
    const char* alert;
  };
  const std::vector<Row> rows = {
      {"another CA", stranger.issue({}), "unknown ca"},
      {"a CA of the same name", impostor.issue({}), "decrypt error"},
      {"ended", operations().issue({.not_before = kClock.now() - 2 * hour, .not_after = kClock.now() - hour}),
       "expired"},
      {"not begun",
       operations().issue({.not_before = kClock.now() + hour, .not_after = kClock.now() + 2 * hour}),
       "bad certificate"},
      {"for servers", operations().issue({.purpose = pki::oids::kKeyPurposeServerAuth}),
       "unsupported certificate"},
      {"for OCSP", operations().issue({.purpose = pki::oids::kKeyPurposeOcspSigning}),
       "unsupported certificate"},
      {"without a purpose", operations().issue({.purpose = std::nullopt}), "unsupported certificate"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const std::string answer = world.who(row.identity);
    CAPTURE(answer);
    CHECK(contains(answer, row.alert));
  }
  // The client of ours tries a second time where the alert comes before its request.
  // It is counted when the alert has left, so perhaps after our client has read it.
  CHECK(eventually([&] { return world.server.server().counters().handshakes_failed >= rows.size(); }));
  CHECK(world.server.server().counters().requests == 0);
}

TEST_CASE("the registry has a word at each handshake") {
  std::atomic<ClientVerdict> verdict = ClientVerdict::accepted;
  std::atomic<bool> fails = false;
  TlsServerOptions options = server_options();
  const TlsIdentity bank = operations().issue({.name = "bank"});
  std::atomic<bool> was_another = false;
  options.client_check = [&](pki::ByteView certificate) {
    if (pki::to_bytes(certificate) != bank.certificates.front()) was_another = true;
    if (fails) throw std::runtime_error("the store cannot be read");
    return verdict.load();
  };
  const World world(std::move(options));
  const std::string accepted = std::to_string(bank.certificates.front().size());
  CHECK(world.who(bank) == accepted);
  auto open = world.connect(bank).value();
  REQUIRE(open.send({.target = "/who"}).has_value());
  verdict = ClientVerdict::revoked;
  CHECK(contains(world.who(bank), "revoked"));
  verdict = ClientVerdict::unknown;
  CHECK(contains(world.who(bank), "bad certificate"));
  fails = true;
  CHECK(contains(world.who(bank), "internal error"));
  CHECK(world.who(std::nullopt) == "nobody");
  // The handlers judge open connections, request by request; TLS leaves them alone.
  CHECK(pki::as_text(open.send({.target = "/who"})->body) == accepted);
  CHECK(!was_another);
}

TEST_CASE("a client refuses a server that it cannot know") {
  const World world;
  CHECK(world.connect({}, "localhost").has_value());
  const auto refusal = [](TlsIdentity shown) {
    TlsServerOptions options = server_options();
    options.identity = std::move(shown);
    return World(std::move(options)).who({});
  };
  SUBCASE("for another host") {
    CHECK(contains(refusal(operations().issue({.name = "x", .purpose = pki::oids::kKeyPurposeServerAuth})),
                   "mismatch"));
  }
  SUBCASE("of another CA") {
    CHECK(contains(
        refusal(
            TestAuthority("Stranger")
                .issue({.name = "x", .purpose = pki::oids::kKeyPurposeServerAuth, .names_this_host = true})),
        "issuer certificate"));
  }
  SUBCASE("that has ended") {
    CHECK(contains(refusal(operations().issue({.name = "x",
                                               .purpose = pki::oids::kKeyPurposeServerAuth,
                                               .not_after = kClock.now() - std::chrono::minutes{1},
                                               .names_this_host = true})),
                   "expired"));
  }
}

TEST_CASE("wrong material is refused before anything listens") {
  TlsServerOptions options = server_options();
  options.identity.key = make_test_key("another");
  CHECK(TlsServer::create(std::move(options), kClock).error().code == pki::Errc::invalid_value);
  options = server_options();
  options.identity.certificates.front().pop_back();
  CHECK(TlsServer::create(std::move(options), kClock).error().code == pki::Errc::malformed);
  options = server_options();
  options.client_authorities = {{0x30, 0x00}};
  CHECK(TlsServer::create(std::move(options), kClock).error().code == pki::Errc::malformed);
  options = server_options();
  options.identity.certificates.clear();
  CHECK(TlsServer::create(std::move(options), kClock).error().code == pki::Errc::malformed);
}

TEST_CASE("a new identity serves new handshakes; open connections go on") {
  const World world;
  auto open = world.connect().value();
  CHECK(open.send({.target = "/who"})->status == 200);
  const TlsIdentity foreign = TestAuthority("New").issue(
      {.name = "x", .purpose = pki::oids::kKeyPurposeServerAuth, .names_this_host = true});
  REQUIRE(world.tls->replace_identity(foreign).has_value());
  CHECK(world.connect().has_error());
  CHECK(open.send({.target = "/who"})->status == 200);
  // A wrong pair changes nothing.
  TlsIdentity wrong = foreign;
  wrong.key = make_test_key("another");
  CHECK(world.tls->replace_identity(wrong).has_error());
  REQUIRE(world.tls->replace_identity(server_options().identity).has_value());
  CHECK(world.connect().has_value());
}

TEST_CASE("client certificates come from other authorities when those are replaced") {
  const World world;
  const TestAuthority added("Added");
  const TlsIdentity client = added.issue({.name = "bank"});
  const std::string known = std::to_string(client.certificates.front().size());
  CHECK(world.who(client) != known);
  REQUIRE(world.tls
              ->replace(server_options().identity,
                        {server_options().client_authorities.front(), added.certificate()})
              .has_value());
  CHECK(world.who(client) == known);
  // A new identity keeps them.
  REQUIRE(world.tls->replace_identity(server_options().identity).has_value());
  CHECK(world.who(client) == known);
}

TEST_CASE("handshakes go on while the identity is replaced") {
  const World world;
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> clients;
    clients.reserve(2);
    for (int i = 0; i < 2; ++i)
      clients.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested())
          if (world.who({}) != "nobody") ++failed;
      });
    for (int i = 0; i < 20; ++i) {
      REQUIRE(world.tls->replace_identity(server_options().identity).has_value());
      std::this_thread::sleep_for(5ms);
    }
  }
  CHECK(failed == 0);
}

TEST_CASE("TLS 1.1 is refused with the alert protocol_version") {
  const World world;
  // A ClientHello of TLS 1.1 with one suite of its time and no extensions.
  std::string hello = {0x16, 0x03, 0x01, 0x00, 0x2D, 0x01, 0x00, 0x00, 0x29, 0x03, 0x02};
  hello += std::string(32, 'r');
  hello += std::string({0x00, 0x00, 0x02, 0x00, 0x2F, 0x01, 0x00});
  const std::string answer = converse(world.server.port(), hello);
  // Alert, fatal, protocol_version(70).
  REQUIRE(answer.size() == 7);
  CHECK(answer[0] == 0x15);
  CHECK(answer[5] == 0x02);
  CHECK(answer[6] == 70);
}

TEST_CASE("plain HTTP on the port of HTTPS gets an answer that says so") {
  const World world;
  const std::string answer = converse(world.server.port(), "GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  CHECK(contains(answer, "This port speaks HTTPS"));
  CHECK(contains(answer, "Connection: close"));
}

TEST_CASE("what is no TLS at all is closed") {
  const World world;
  CHECK(converse(world.server.port(), std::string(600, '\x42')).size() <= 7);
  CHECK(
      converse(world.server.port(), std::string("\x16\x03\x01\xFF\xFF", 5) + std::string(600, 'x')).size() <=
      7);
  CHECK(world.who(std::nullopt) == "nobody");
}

TEST_CASE("a handshake has a deadline, whatever drips in meanwhile") {
  const World world(server_options(), {.handshake_timeout = 200ms});
  const RawConnection silent(world.server.port());
  RawConnection dripping(world.server.port());
  std::jthread drip([&](const std::stop_token& stop) {
    const std::string hello = {0x16, 0x03, 0x01, 0x40, 0x00};
    dripping.send(hello);
    while (!stop.stop_requested()) {
      dripping.send("x");
      std::this_thread::sleep_for(20ms);
    }
  });
  CHECK(dripping.read_to_end().size() <= 7);
  CHECK(eventually([&] { return world.server.server().counters().connections_open == 0; }));
  CHECK(world.server.server().counters().handshakes_failed == 2);
}

TEST_CASE("half-open handshakes make room for new ones, the oldest first") {
  const World world(server_options(), {.handshake_timeout = 60s, .handshakes = 16});
  std::vector<std::unique_ptr<RawConnection>> silent;
  silent.reserve(300);
  for (int i = 0; i < 300; ++i)
    silent.push_back(std::make_unique<RawConnection>(world.server.port()));
  CHECK(world.who(std::nullopt) == "nobody");
  CHECK(eventually([&] { return world.server.server().counters().connections_open <= 17; }));
  CHECK(eventually([&] { return world.server.server().counters().handshakes_failed >= 300 - 17; }));
  // Established connections are not among those that make room.
  auto open = world.connect().value();
  for (int i = 0; i < 50; ++i)
    silent.push_back(std::make_unique<RawConnection>(world.server.port()));
  CHECK(world.who(std::nullopt) == "nobody");
  CHECK(open.send({.target = "/who"})->status == 200);
}

TEST_CASE("over the limit of connections nothing is answered, and room comes back") {
  // Who has shown a certificate does not make room for a stranger.
  const World world(server_options(), {.connections = 1});
  auto first = std::make_unique<Client>(world.connect(operations().issue({.name = "bank"})).value());
  CHECK(first->send({.target = "/who"})->status == 200);
  CHECK(world.connect().has_error());
  CHECK(world.server.server().counters().connections_refused == 1);
  first.reset();
  CHECK(eventually([&] { return world.connect().has_value(); }));
}

TEST_CASE("bodies, files and refusals are the same as without TLS") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("list");
  std::string content(3'000'001, 'x');
  for (std::size_t i = 0; i < content.size(); i += 97)
    content[i] = static_cast<char>('a' + i % 23);
  std::ofstream(path, std::ios::binary) << content;
  const auto file = std::make_shared<const File>(File::open(path).value());
  auto routes = router();
  routes->add(Method::get, "/list", [&](const Request&) {
    return Response{.content_type = "application/pkix-crl", .body = FileRange{file, 0, file->size()}};
  });
  routes->add(Method::get, "/part", [&](const Request&) {
    return Response{.status = 206, .body = FileRange{file, 1'000'000, 70'000}};
  });
  routes->add(Method::get, "/memory",
              [&](const Request&) { return Response{.body = pki::to_bytes(pki::as_bytes(content))}; });
  RunningServer server(routes, {}, TcpAddress{"127.0.0.1", 0},
                       TlsServer::create(server_options(), kClock).value());
  const auto tls = TlsClient::create({.authorities = {operations().certificate()}}, kClock).value();
  auto client = Client::connect({.address = TcpAddress{"127.0.0.1", server.port()}, .tls = tls}).value();

  CHECK(pki::as_text(client.send({.target = "/list"})->body) == content);
  CHECK(pki::as_text(client.send({.target = "/part"})->body) == content.substr(1'000'000, 70'000));
  CHECK(pki::as_text(client.send({.target = "/memory"})->body) == content);
  const auto head = client.send({.method = "HEAD", .target = "/list"}).value();
  CHECK(head.body.empty());
  CHECK(head.header("content-length") == std::to_string(content.size()));
  const pki::Bytes body(64 * 1024, 'b');
  CHECK(client.send({.method = "POST", .target = "/echo", .body = body})->body == body);
  CHECK(client.send({.method = "POST", .target = "/echo", .body = pki::Bytes(64 * 1024 + 1, 'b')})->status ==
        413);
  CHECK(client.send({.target = "/nowhere"})->status == 404);
  CHECK(server.errors().empty());
}

TEST_CASE("pipelined requests are answered in order, and the end is said") {
  const World world;
  RawTls connection(world.server.port());
  connection.send(
      "GET /who HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  TlsStep last = TlsStep::done;
  const std::string answers = connection.read_to_end(last);
  CHECK(last == TlsStep::ended);
  const auto first = answers.find("nobody"), second = answers.find("abc"), third = answers.find(" 404 ");
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
}

TEST_CASE("requests over TLS have the same deadlines, and the drain ends idle connections in order") {
  World world(server_options(), {.read_timeout = 200ms, .idle_timeout = 60s});
  TlsStep last = TlsStep::done;
  RawTls slow(world.server.port());
  slow.send("GET /who HT");
  CHECK(slow.read_to_end(last).starts_with("HTTP/1.1 408 "));
  CHECK(last == TlsStep::ended);
  RawTls idle(world.server.port());
  idle.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawConnection shaking(world.server.port());
  REQUIRE(eventually([&] { return world.server.server().counters().requests == 1; }));
  world.server.stop();
  CHECK(contains(idle.read_to_end(last), "nobody"));
  CHECK(last == TlsStep::ended);
}

}  // namespace http::test
