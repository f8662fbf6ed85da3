// A server on a port of its own choice with tiny limits, and a raw connection to be rude to it.

#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/client.h"
#include "http/server.h"

namespace http::test {

using namespace std::chrono_literals;

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
class FixedClock final : public pki::Clock {
 public:
  [[nodiscard]] pki::Time now() const override { return pki::from_unix(784111777); }
  [[nodiscard]] std::int64_t now_milliseconds() const override { return 784111777000; }
};

class TemporaryDirectory final {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "jpki-http-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Runs from construction to stop() or destruction.
class RunningServer final {
 public:
  explicit RunningServer(std::shared_ptr<const Router> router, Limits limits = {},
                         Address address = TcpAddress{"127.0.0.1", 0},
                         std::shared_ptr<const TlsServer> tls = {}, Guard guard = {}, std::size_t workers = 2)
      : runtime_(clock_, {.workers = workers, .on_error = [this](std::string_view text) { remember(text); }}),
        server_(runtime_,
                {"test", std::move(address), limits, std::move(router), std::move(tls), std::move(guard)}),
        thread_([this] { runtime_.run(); }) {}
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer() { stop(); }

  void stop() {
    runtime_.stop();
    if (thread_.joinable()) thread_.join();
  }
  // Without waiting.
  void begin_stop() { runtime_.stop(); }

  [[nodiscard]] std::uint16_t port() const { return server_.bound_port(); }
  [[nodiscard]] const Server& server() const { return server_; }
  [[nodiscard]] RemoteServer remote() const { return {.address = TcpAddress{"127.0.0.1", port()}}; }
  [[nodiscard]] std::vector<std::string> errors() {
    const std::lock_guard lock(mutex_);
    return errors_;
  }

 private:
  void remember(std::string_view text) {
    const std::lock_guard lock(mutex_);
    errors_.emplace_back(text);
  }

  FixedClock clock_;
  std::mutex mutex_;
  std::vector<std::string> errors_;
  Runtime runtime_;
  Server server_;
  std::thread thread_;
};

// A socket without any manners.
class RawConnection final {
 public:
  // `from` is the last byte of the loopback address that the connection comes from.
  explicit RawConnection(std::uint16_t port, std::uint8_t from = 1)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where);
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0;
  }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;
  ~RawConnection() { ::close(socket_); }

  [[nodiscard]] bool connected() const { return connected_; }

  void send(std::string_view text) const {
    static_cast<void>(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL));
  }
  void finish_sending() const { ::shutdown(socket_, SHUT_WR); }

  // Everything until the server closes, or until five seconds pass without a sign of it.
  [[nodiscard]] std::string read_to_end() {
    while (read_some()) {
    }
    return std::exchange(received_, {});
  }

  // Whether the last read ended by a reset and not in order.
  [[nodiscard]] bool was_reset() const { return was_reset_; }

  // Everything until `mark` has come.
  [[nodiscard]] std::string read_until(std::string_view mark) {
    while (received_.find(mark) == std::string::npos && read_some()) {
    }
    return received_;
  }

 private:
  bool read_some() {
    pollfd entry{socket_, POLLIN, 0};
    if (::poll(&entry, 1, 5000) <= 0) return false;
    char buffer[4096];
    const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
    was_reset_ = count < 0 && errno == ECONNRESET;
    if (count <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  bool connected_ = false;
  bool was_reset_ = false;
  std::string received_;
};

// The whole conversation of a connection on which `text` is all that is sent.
inline std::string converse(std::uint16_t port, std::string_view text) {
  RawConnection connection(port);
  connection.send(text);
  return connection.read_to_end();
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

inline std::string body_text(const Response& response) {
  const auto* bytes = std::get_if<pki::Bytes>(&response.body);
  return bytes != nullptr ? std::string(pki::as_text(*bytes)) : std::string();
}

}  // namespace http::test
