// HTTPS for the benchmarks: a load with a client certificate, which wrk cannot show, and a server of one
// file.
//
// The load is one epoll loop a thread, each connection with one request in flight. It does not look whom it
// speaks to: that would cost it the same with every server.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "http/file.h"
#include "http/server.h"
#include "pki/file.h"
#include "pki/private_key.h"
#include "service/clock.h"
#include "tests/bench/options.h"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

struct Plan {
  SSL_CTX* context = nullptr;
  std::uint16_t port = 0;
  std::string request;
  bool reuses = true;
  Clock::time_point from, to;
};

std::runtime_error failure(const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  return std::runtime_error(what + ": " + text.data());
}

// One connection after another to the same server, each until the plan says that a new one is wanted.
class Visitor final {
 public:
  Visitor(const Plan& plan, int poll) : plan_(plan), poll_(poll) { open(); }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  ~Visitor() { shut(); }

  // As far as it goes without waiting.
  void go_on() {
    while (true) {
      const int done = step();
      if (done > 0) continue;
      const int why = SSL_get_error(ssl_.get(), done);
      if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return;
      throw failure("the server ended a connection");
    }
  }

  std::uint64_t answers = 0, bytes = 0;

 private:
  enum class Phase { handshake, request, answer };

  // One call of OpenSSL, and what follows from it when it was done; gives what it gave.
  int step() {
    std::array<char, 65536> buffer{};
    int done = 0;
    switch (phase_) {
      case Phase::handshake:
        done = SSL_connect(ssl_.get());
        if (done > 0) phase_ = Phase::request;
        return done;
      case Phase::request:
        done = SSL_write(ssl_.get(), plan_.request.data(), static_cast<int>(plan_.request.size()));
        if (done > 0) phase_ = Phase::answer;
        return done;
      case Phase::answer:
        break;
    }
    done = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (done > 0) take({buffer.data(), static_cast<std::size_t>(done)});
    return done;
  }

  void take(std::string_view piece) {
    if (!has_head_) {
      head_.append(piece);
      const std::size_t end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return;
      if (head_.compare(9, 3, "200") != 0)
        throw std::runtime_error("an answer that is none: " + head_.substr(0, 80));
      const std::size_t length = head_.find("Content-Length: ");
      if (length > end) throw std::runtime_error("an answer without Content-Length");
      std::from_chars(head_.data() + length + 16, head_.data() + end, left_);
      has_head_ = true;
      piece = std::string_view(head_).substr(end + 4);
    }
    left_ -= std::min<std::uint64_t>(left_, piece.size());
    const auto now = Clock::now();
    const bool counts = now >= plan_.from && now < plan_.to;
    if (counts) bytes += piece.size();
    if (left_ > 0) return;
    if (counts) ++answers;
    head_.clear();
    has_head_ = false;
    phase_ = Phase::request;
    if (plan_.reuses) return;
    shut();
    open();
  }

  void open() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(plan_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // On loopback it is there at once.
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
      throw std::runtime_error("the server cannot be reached");
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    ssl_.reset(SSL_new(plan_.context));
    SSL_set_fd(ssl_.get(), socket_);
    phase_ = Phase::handshake;
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = this}};
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, socket_, &event);
  }

  void shut() {
    ssl_.reset();
    // A reset leaves no TIME_WAIT behind, which would use up the ports of loopback in seconds.
    const linger none{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    ::close(socket_);
  }

  const Plan& plan_;
  int poll_;
  int socket_ = -1;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  Phase phase_ = Phase::handshake;
  std::string head_;
  bool has_head_ = false;
  std::uint64_t left_ = 0;
};

struct Sum {
  std::uint64_t answers = 0, bytes = 0;
};

Sum visit(const Plan& plan, std::size_t connections) {
  const int poll = ::epoll_create1(0);
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (std::size_t i = 0; i < connections; ++i)
    visitors.push_back(std::make_unique<Visitor>(plan, poll));
  std::array<epoll_event, 64> events{};
  while (Clock::now() < plan.to) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i)
      static_cast<Visitor*>(events.at(static_cast<std::size_t>(i)).data.ptr)->go_on();
  }
  Sum sum;
  for (const auto& visitor : visitors) {
    sum.answers += visitor->answers;
    sum.bytes += visitor->bytes;
  }
  visitors.clear();
  ::close(poll);
  return sum;
}

std::unique_ptr<SSL_CTX, ContextDeleter> client_context(const std::string& pem) {
  std::unique_ptr<SSL_CTX, ContextDeleter> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context.get(), pem.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), pem.c_str(), SSL_FILETYPE_PEM) != 1)
    throw failure("the credential cannot be used");
  return context;
}

std::string request_of(const Options& options) {
  const std::string head = options.text("path") + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  const std::string file = options.text("body", "");
  if (file.empty()) return "GET " + head + "\r\n";
  const std::string body = pki::read_file(file).value();
  return "POST " + head +
         "Content-Type: application/ocsp-request\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

pki::Bytes certificate_of(const std::string& pem_file) {
  return pki::decode_pem_blocks(pki::read_file(pem_file).value(), "CERTIFICATE").value().at(0);
}

}  // namespace

// --port P --path /… --credential PEM [--body FILE] [--connections N] [--threads N] [--warm-up S]
// [--seconds S] [--reuse as-served|never]: right answers and bytes of bodies a second.
int https(const Options& options) {
  const auto context = client_context(options.text("credential"));
  const auto seconds = [](double value) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
  };
  const auto from = Clock::now() + seconds(options.decimal("warm-up", 0.5));
  const double measured = options.decimal("seconds", 3);
  const Plan plan{.context = context.get(),
                  .port = static_cast<std::uint16_t>(options.number("port", 0)),
                  .request = request_of(options),
                  .reuses = options.text("reuse", "as-served") != "never",
                  .from = from,
                  .to = from + seconds(measured)};
  const std::size_t threads = options.number("threads", 1), connections = options.number("connections", 32);
  std::vector<Sum> sums(threads);
  std::vector<std::exception_ptr> faults(threads);
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i)
      running.emplace_back([&, i] {
        try {
          sums[i] = visit(plan, (connections + threads - 1 - i) / threads);
        } catch (...) {
          faults[i] = std::current_exception();
        }
      });
  }
  for (const auto& fault : faults)
    if (fault) std::rethrow_exception(fault);
  Sum sum;
  for (const Sum& one : sums) {
    sum.answers += one.answers;
    sum.bytes += one.bytes;
  }
  report("rate", static_cast<double>(sum.answers) / measured);
  report("bytes_rate", static_cast<double>(sum.bytes) / measured);
  return 0;
}

// --file FILE --certificate PEM --key PEM --authority PEM: the product's HTTP server gives one file to who
// shows a client certificate, on one thread; prints the port, serves until SIGTERM.
int files(const Options& options) {
  const service::SystemClock clock;
  const auto tls =
      http::TlsServer::create(
          {.identity = {.certificates = {certificate_of(options.text("certificate"))},
                        .key =
                            pki::PrivateKey::from_pem(pki::read_file(options.text("key")).value()).value()},
           .client_authorities = {certificate_of(options.text("authority"))}},
          clock)
          .value();
  const auto file = std::make_shared<const http::File>(http::File::open(options.text("file")).value());
  const auto router = std::make_shared<http::Router>();
  router->add(http::Method::get, "/file.bin", [file](const http::Request& request) {
    http::Response response;
    if (!request.peer.client_certificate) {
      response.status = 403;
      return response;
    }
    response.content_type = "application/pkix-crl";
    response.body = http::FileRange{.file = file, .offset = 0, .length = file->size()};
    return response;
  });
  http::Runtime runtime(clock, {.workers = 1, .on_error = [](std::string_view fault) {
                                  std::fprintf(stderr, "%.*s\n", static_cast<int>(fault.size()),
                                               fault.data());
                                }});
  const http::Server server(
      runtime, {.name = "bench", .address = http::TcpAddress{"127.0.0.1", 0}, .router = router, .tls = tls});
  runtime.on_signal({SIGTERM, SIGINT}, [&](int) { runtime.stop(); });
  report("port", server.bound_port());
  runtime.run();
  return 0;
}

}  // namespace bench
