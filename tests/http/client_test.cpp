// The client, over TCP and Unix sockets, and the Unix listener's own rules.

#include "http/client.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <numeric>
#include <stdexcept>

#include "http/listen.h"
#include "tests/http/running_server.h"
#include "tests/support/command.h"

namespace http::test {

namespace {

std::shared_ptr<const Router> router() {
  auto result = std::make_shared<Router>();
  result->add(Method::post, "/echo", [](const Request& request) {
    return text_response(201, std::string(request.header("Content-Type").value_or("")),
                         pki::as_text(request.body));
  });
  result->add(Method::get, "/who", [](const Request& request) {
    return text_response(200, "text/plain", to_string(request.peer));
  });
  return result;
}

// A server that says what it is told to, once per connection.
class ScriptedServer final {
 public:
  explicit ScriptedServer(std::vector<std::string> scripts)
      : sockets_(listen_tcp({"127.0.0.1", 0}, 1)), thread_([this, scripts = std::move(scripts)] {
          for (const std::string& script : scripts)
            serve(script);
        }) {}
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() { thread_.join(); }

  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(local_port(sockets_.front())) + "/";
  }

 private:
  void serve(std::string_view script) {
    const Descriptor connection(::accept(sockets_.front().get(), nullptr, nullptr));
    char buffer[4096];
    static_cast<void>(::recv(connection.get(), buffer, sizeof buffer, 0));
    static_cast<void>(::send(connection.get(), script.data(), script.size(), MSG_NOSIGNAL));
  }

  std::vector<Descriptor> sockets_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a client sends several requests over one connection") {
  RunningServer server(router());
  auto client = Client::connect(server.remote());
  REQUIRE(client.has_value());
  for (const std::string text : {"one", "two", ""}) {
    ClientRequest request{.method = "POST", .target = "/echo", .content_type = "text/plain"};
    request.body = pki::to_bytes(pki::as_bytes(text));
    const auto response = client->send(request);
    REQUIRE(response.has_value());
    CHECK(response->status == 201);
    CHECK(response->header("content-type") == "text/plain");
    CHECK(pki::as_text(response->body) == text);
  }
  const auto head = client->send({.method = "HEAD", .target = "/who"});
  REQUIRE(head.has_value());
  CHECK(head->status == 200);
  CHECK(head->body.empty());
  const auto get = client->send({.target = "/who"});
  REQUIRE(get.has_value());
  CHECK(pki::as_text(get->body) == "127.0.0.1");
  CHECK(server.server().counters().connections_accepted == 1);
}

TEST_CASE("the time of each answer is counted once, below the bound that it lies in") {
  auto routes = std::make_shared<Router>();
  routes->add(Method::get, "/fast", [](const Request&) { return text_response(200, "text/plain", "now"); });
  routes->add(Method::get, "/slow", [](const Request&) {
    std::this_thread::sleep_for(kDurationBounds.front());
    return text_response(200, "text/plain", "later");
  });
  RunningServer server(routes);
  auto client = Client::connect(server.remote());
  REQUIRE(client.has_value());
  for (const std::string path : {"/fast", "/slow", "/slow", "/nowhere"})
    REQUIRE(client->send({.target = path}).has_value());
  const Durations answers = server.server().counters().answers;
  CHECK(std::accumulate(answers.counts.begin(), answers.counts.end(), std::uint64_t{0}) == 4);
  // Those that slept are above the first bound, however busy the machine is.
  CHECK(answers.counts.front() <= 2);
  CHECK(answers.sum >= 2 * kDurationBounds.front());
}

TEST_CASE("a client opens a new connection when the server has closed the old one") {
  Limits limits;
  limits.idle_timeout = 20ms;
  RunningServer server(router(), limits);
  auto client = Client::connect(server.remote());
  REQUIRE(client.has_value());
  CHECK(client->send({.target = "/who"}).has_value());
  while (server.server().counters().connections_open != 0)
    std::this_thread::yield();
  CHECK(client->send({.target = "/who"}).has_value());
  CHECK(server.server().counters().connections_accepted == 2);
}

TEST_CASE("a client that is refused in mid-sending still reads why") {
  RunningServer server(router());
  auto client = Client::connect(server.remote());
  REQUIRE(client.has_value());
  ClientRequest request{.method = "POST", .target = "/echo"};
  request.body.resize(500'000);
  const auto response = client->send(request);
  REQUIRE(response.has_value());
  CHECK(response->status == 413);
}

TEST_CASE("answers without a length, in chunks and after 1xx are understood") {
  ScriptedServer server(
      {"HTTP/1.0 200 OK\r\n\r\nto the end",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nto the\r\n4\r\n end\r\n0\r\n\r\n",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nto the end"});
  for (int i = 0; i < 3; ++i) {
    const auto response = get(server.url());
    REQUIRE(response.has_value());
    CHECK(pki::as_text(response->body) == "to the end");
  }
}

TEST_CASE("an answer that breaks off or is none is an error") {
  ScriptedServer server(
      {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nto", "220 smtp.example ESMTP\r\n\r\n"});
  CHECK(get(server.url()).error().code == pki::Errc::unreachable);
  CHECK(get(server.url()).error().code == pki::Errc::unreachable);
  const auto other = get(server.url());
  CHECK(other.error().code == pki::Errc::unreachable);
  CHECK(other.error().text().find("right server") != std::string::npos);
}

TEST_CASE("an answer that comes byte by byte ends with its time as a whole") {
  // Each byte comes well within answer_timeout.
  auto dripping = std::make_shared<Router>();
  dripping->add(Method::get, "/", [](const Request&) {
    RawReply reply;
    reply.pieces.push_back(
        {.bytes = pki::to_bytes(pki::as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"))});
    for (int i = 0; i < 100'000; ++i)
      reply.pieces.push_back({.pause = std::chrono::milliseconds{20}, .bytes = {'x'}});
    return Response{.raw = std::make_shared<const RawReply>(std::move(reply))};
  });
  RunningServer server(dripping);
  RemoteServer remote = server.remote();
  remote.limits.whole_timeout = std::chrono::milliseconds{300};
  auto client = Client::connect(remote);
  REQUIRE(client.has_value());
  const auto answer = client->send({});
  REQUIRE(answer.has_error());
  CHECK(answer.error().code == pki::Errc::unreachable);
  CHECK(answer.error().text().find("too long") != std::string::npos);
}

TEST_CASE("an unreachable server is an error that says what to do") {
  std::uint16_t port = 0;
  {
    const auto sockets = listen_tcp({"127.0.0.1", 0}, 1);
    port = local_port(sockets.front());
  }
  const auto client = Client::connect({.address = TcpAddress{"127.0.0.1", port}});
  REQUIRE(client.has_error());
  CHECK(client.error().code == pki::Errc::unreachable);
  CHECK(client.error().text() == "no answer from 127.0.0.1:" + std::to_string(port) +
                                     ": Connection refused; check that the server runs and that the address "
                                     "is right");
}

TEST_CASE("a request that would forge fields is not sent") {
  RunningServer server(router());
  auto client = Client::connect(server.remote());
  REQUIRE(client.has_value());
  CHECK(client->send({.target = "/a b"}).error().code == pki::Errc::malformed);
  CHECK(client->send({.headers = {{"A", "1\r\nB: 2"}}}).error().code == pki::Errc::malformed);
}

TEST_CASE("a Unix socket has mode 0600, names its peer's user and goes with the server") {
  const TemporaryDirectory directory;
  const UnixPath path{directory.file("admin.sock")};
  {
    RunningServer server(router(), {}, path);
    struct stat facts{};
    REQUIRE(::stat(path.path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600U);
    auto client = Client::connect({.address = path});
    REQUIRE(client.has_value());
    for (int i = 0; i < 4; ++i) {
      auto another = Client::connect({.address = path});
      REQUIRE(another.has_value());
      const auto response = another->send({.target = "/who"});
      REQUIRE(response.has_value());
      CHECK(pki::as_text(response->body) == "uid " + std::to_string(::geteuid()));
    }
  }
  CHECK_FALSE(std::filesystem::exists(path.path));
}

TEST_CASE("a Unix socket serves the group of a folder of mode 0710, and of no other mode") {
  // Root has every group; another user tries with one of its own.
  const gid_t group = ::geteuid() == 0 ? 4712 : ::getegid();
  for (const mode_t mode : {0710U, 0700U, 0750U, 0711U}) {
    CAPTURE(mode);
    const TemporaryDirectory directory;
    const UnixPath path{directory.file("admin.sock")};
    const std::string folder = std::filesystem::path(path.path).parent_path().string();
    REQUIRE(::chown(folder.c_str(), static_cast<uid_t>(-1), group) == 0);
    REQUIRE(::chmod(folder.c_str(), mode) == 0);
    const RunningServer server(router(), {}, path);
    struct stat facts{};
    REQUIRE(::stat(path.path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == (mode == 0710U ? 0660U : 0600U));
    if (mode == 0710U) CHECK(facts.st_gid == group);
    // What a member of the group, who is neither this user nor root, is answered.
    if (::geteuid() != 0) continue;
    const std::string ask =
        "setpriv --reuid 4711 --regid 4712 --clear-groups curl -s -o /dev/null -w '%{http_code}' "
        "--unix-socket " +
        path.path + " http://h/who";
    CHECK(support::run(ask).output == (mode == 0710U ? "200" : "000"));
  }
}

TEST_CASE("a stale Unix socket is replaced, one in use is refused, a file is left alone") {
  const TemporaryDirectory directory;
  const UnixPath path{directory.file("admin.sock")};
  // Closing without unlinking is what a killed process leaves.
  static_cast<void>(listen_unix(path));
  CHECK(std::filesystem::exists(path.path));
  {
    const Descriptor in_use = listen_unix(path);
    CHECK_THROWS_AS(static_cast<void>(listen_unix(path)), std::runtime_error);
  }
  const UnixPath plain{directory.file("notes")};
  std::ofstream(plain.path) << "text";
  CHECK_THROWS_AS(static_cast<void>(listen_unix(plain)), std::runtime_error);
  CHECK(std::filesystem::exists(plain.path));
  CHECK_THROWS_AS(static_cast<void>(listen_unix({directory.file("missing/admin.sock")})), std::runtime_error);
  CHECK_THROWS_AS(static_cast<void>(listen_unix({std::string(200, 'x')})), std::runtime_error);
}

}  // namespace http::test
