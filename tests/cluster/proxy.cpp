// Bytes from one socket to the other. Whatever a machine sends in one go is a request.

#include "tests/cluster/proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace cluster::testing {

namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool write_all(int to, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t written = ::send(to, bytes, count, MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

// What can be read at once; nothing at the end.
std::string read_some(int from) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
}

}  // namespace

Proxy::Proxy(const std::string& folder, std::string server)
    : folder_(folder), server_(std::move(server)), listener_(::socket(AF_UNIX, SOCK_STREAM, 0)), wake_{} {
  const sockaddr_un address = address_of(folder_ + "/.s.PGSQL.5432");
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 8) != 0 || ::pipe(wake_) != 0)
    throw std::runtime_error("the proxy cannot listen");
  thread_ = std::thread([this] { serve(); });
}

Proxy::~Proxy() {
  ::close(wake_[1]);
  thread_.join();
  ::close(wake_[0]);
  ::close(listener_);
}

std::string Proxy::connection() const {
  return "host=" + folder_ + " dbname=postgres user=jpki";
}

void Proxy::break_at(int n, Break how) {
  how_ = how;
  break_at_ = n == 0 ? 0 : requests_ + n;
}

void Proxy::serve() {
  for (;;) {
    std::array<pollfd, 2> ready{pollfd{listener_, POLLIN, 0}, pollfd{wake_[0], POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[1].revents != 0) return;
    const int client = ::accept(listener_, nullptr, nullptr);
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_of(server_ + "/.s.PGSQL.5432");
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
      forward(client, server);
    ::close(client);
    ::close(server);
  }
}

void Proxy::forward(int client, int server) {
  for (;;) {
    std::array<pollfd, 3> ready{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0},
                                pollfd{wake_[0], POLLIN, 0}};
    if (::poll(ready.data(), ready.size(), -1) < 0) continue;
    if (ready[2].revents != 0) return;
    if (ready[0].revents != 0 && !pass_request(client, server)) return;
    if (ready[1].revents != 0) {
      const std::string answer = read_some(server);
      if (answer.empty() || !write_all(client, answer.data(), answer.size())) return;
    }
  }
}

bool Proxy::pass_request(int client, int server) {
  const std::string request = read_some(client);
  if (request.empty()) return false;
  const bool breaks = ++requests_ == break_at_;
  if (breaks && how_ == Break::before_request) return false;
  if (!write_all(server, request.data(), request.size())) return false;
  if (!breaks) return true;
  // The server's answer ends with ReadyForQuery: Z, length 5, state.
  if (how_ == Break::after_answer)
    for (std::string answer; answer.size() < 6 || answer[answer.size() - 6] != 'Z';) {
      const std::string part = read_some(server);
      if (part.empty()) break;
      answer += part;
    }
  return false;
}

}  // namespace cluster::testing
