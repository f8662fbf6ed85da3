// The load: one epoll loop a thread.

#include "tests/bench/load_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// The size of a whole response at the front of the bytes, and whether the server closes after it.
struct Framing {
  std::size_t header = 0, size = 0;
  bool closes = false;
};

std::optional<Framing> frame(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(0, end + 2);
  std::size_t length = head.find("Content-Length: ");
  if (length == std::string_view::npos) length = head.find("Content-length: ");
  if (length == std::string_view::npos) throw std::runtime_error("an answer without Content-Length");
  Framing framing;
  framing.header = end + 4;
  std::size_t body = 0;
  std::from_chars(head.data() + length + 16, head.data() + head.size(), body);
  framing.size = framing.header + body;
  framing.closes = head.starts_with("HTTP/1.0") || head.find("Connection: close") != std::string_view::npos;
  if (bytes.size() < framing.size) return std::nullopt;
  return framing;
}

class Worker final {
 public:
  Worker(const Load& load, std::size_t index, Clock::time_point start)
      : load_(load), next_request_(index * 7919), poll_(::epoll_create1(0)) {
    from_ = start +
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load.warm_up_seconds));
    to_ = from_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load.seconds));
    connections_.resize((load.connections + load.threads - 1 - index) / load.threads);
    if (load.rate > 0)
      interval_ = std::chrono::duration_cast<Clock::duration>(
          std::chrono::duration<double>(static_cast<double>(load.threads) / load.rate));
    due_ = start + interval_;
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    for (Connection& connection : connections_)
      if (connection.socket >= 0) ::close(connection.socket);
    ::close(poll_);
  }

  void run() {
    for (std::size_t i = 0; i < connections_.size(); ++i)
      open(i);
    epoll_event events[64];
    // What is asked is waited for, a second at most: openssl ocsp never recovers from a client that leaves.
    while (open_ > 0 && Clock::now() < to_ + 1s) {
      const timespec wait = time_to_next_request();
      const int count = ::epoll_pwait2(poll_, events, 64, &wait, nullptr);
      for (int i = 0; i < count; ++i)
        handle(events[i].data.u64);
      if (is_paced()) ask_what_is_due();
    }
  }

  LoadResult result;
  std::vector<float> milliseconds;

 private:
  [[nodiscard]] bool is_paced() const { return interval_ > Clock::duration::zero(); }

  [[nodiscard]] timespec time_to_next_request() const {
    constexpr Clock::duration kLongest = 100ms;
    const Clock::duration wait = is_paced() && !idle_.empty()
                                     ? std::clamp(due_ - Clock::now(), Clock::duration::zero(), kLongest)
                                     : kLongest;
    return {.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(wait).count()};
  }

  void ask_what_is_due() {
    const auto now = Clock::now();
    if (now >= to_) {
      for (const std::size_t index : std::exchange(idle_, {}))
        shut(index);
      return;
    }
    for (; !idle_.empty() && due_ <= now; due_ += interval_) {
      Connection& connection = connections_[idle_.back()];
      idle_.pop_back();
      connection.asked = due_;
      send(connection);
    }
  }

  struct Connection {
    int socket = -1;
    std::string received;
    Clock::time_point asked;
    bool sent = false;
  };

  void open(std::size_t index) {
    Connection& connection = connections_[index];
    connection.received.clear();
    connection.sent = false;
    connection.asked = Clock::now();
    connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(load_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int code =
        ::connect(connection.socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    if (code != 0 && errno != EINPROGRESS) throw std::runtime_error(std::generic_category().message(errno));
    epoll_event event{.events = EPOLLOUT, .data = {.u64 = index}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, connection.socket, &event);
    ++open_;
    if (connection.asked >= from_) ++result.connects;
  }

  void shut(std::size_t index) {
    // A reset leaves no TIME_WAIT behind, which would use up the ports of loopback in seconds.
    const linger none{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(connections_[index].socket, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    ::close(connections_[index].socket);
    connections_[index].socket = -1;
    --open_;
  }

  void send(Connection& connection) {
    const std::string& request = load_.requests[next_request_++ % load_.requests.size()];
    // Requests are smaller than any socket buffer.
    if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      throw std::runtime_error("the server does not take a request: " +
                               std::generic_category().message(errno));
    connection.sent = true;
  }

  void handle(std::size_t index) {
    Connection& connection = connections_[index];
    if (!connection.sent) {
      int error = 0;
      socklen_t size = sizeof(error);
      ::getsockopt(connection.socket, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0)
        throw std::runtime_error("the server cannot be reached: " + std::generic_category().message(error));
      epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
      ::epoll_ctl(poll_, EPOLL_CTL_MOD, connection.socket, &event);
      send(connection);
      return;
    }
    char buffer[16384];
    const ssize_t size = ::recv(connection.socket, buffer, sizeof(buffer), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      if (Clock::now() >= from_) ++result.wrong;
      shut(index);
      open(index);
      return;
    }
    // Most answers come in one piece, which then needs no copy.
    std::string_view received(buffer, static_cast<std::size_t>(size));
    if (!connection.received.empty()) received = connection.received.append(received);
    const auto framing = frame(received);
    if (!framing) {
      if (connection.received.empty()) connection.received = received;
      return;
    }
    const auto now = Clock::now();
    count(received, *framing, connection.asked, now);
    const bool at_end = now >= to_;
    if (at_end || framing->closes || load_.reuse == Reuse::never) {
      shut(index);
      if (!at_end) open(index);
      return;
    }
    // One request at a time: nothing follows its answer.
    connection.received.clear();
    if (is_paced()) {
      idle_.push_back(index);
      return;
    }
    connection.asked = now;
    send(connection);
  }

  void count(std::string_view received, const Framing& framing, Clock::time_point asked,
             Clock::time_point now) {
    if (now < from_ || now >= to_) return;
    const std::string_view body = received.substr(framing.header);
    // OCSPResponse begins with responseStatus: successful(0) in a long SEQUENCE, tryLater(3) in a short one.
    const bool ok = received.substr(9, 3) == "200";
    if (load_.expect == Expect::ocsp_successful &&
        body.substr(0, 5) == std::string_view("\x30\x03\x0a\x01\x03", 5)) {
      ++result.try_later;
    } else if (!ok || (load_.expect == Expect::ocsp_successful &&
                       body.substr(4, 3) != std::string_view("\x0a\x01\x00", 3))) {
      ++result.wrong;
    } else {
      ++result.answers;
      milliseconds.push_back(std::chrono::duration<float, std::milli>(now - asked).count());
    }
  }

  const Load& load_;
  std::size_t next_request_;
  int poll_;
  std::size_t open_ = 0;
  // When paced: between two requests, the time of the next one, and who can ask it.
  Clock::duration interval_{};
  Clock::time_point due_;
  std::vector<std::size_t> idle_;
  Clock::time_point from_, to_;
  std::vector<Connection> connections_;
};

double percentile(std::vector<float>& values, double part) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * part);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

}  // namespace

LoadResult run_load(const Load& load) {
  std::vector<std::unique_ptr<Worker>> workers;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < load.threads; ++i)
    workers.push_back(std::make_unique<Worker>(load, i, start));
  std::vector<std::exception_ptr> faults(load.threads);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < load.threads; ++i)
      threads.emplace_back([&, i] {
        try {
          workers[i]->run();
        } catch (...) {
          faults[i] = std::current_exception();
        }
      });
  }
  for (const auto& fault : faults)
    if (fault) std::rethrow_exception(fault);
  LoadResult sum;
  std::vector<float> milliseconds;
  for (const auto& worker : workers) {
    sum.answers += worker->result.answers;
    sum.try_later += worker->result.try_later;
    sum.wrong += worker->result.wrong;
    sum.connects += worker->result.connects;
    milliseconds.insert(milliseconds.end(), worker->milliseconds.begin(), worker->milliseconds.end());
  }
  sum.rate = static_cast<double>(sum.answers) / load.seconds;
  sum.p50_ms = percentile(milliseconds, 0.5);
  sum.p99_ms = percentile(milliseconds, 0.99);
  return sum;
}

}  // namespace bench
