// The client: blocking sockets with poll(2) for every wait; the grammar of answers is Beast's.

#include "http/client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "http/listen.h"
#include "http/tls_connection.h"
#include "pki/messages/http.h"

namespace http {

namespace {

namespace beast = boost::beast::http;
using BeastError = boost::beast::error_code;
using TextView = boost::beast::string_view;
using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

pki::Error unreachable(const Address& address, pki::Message reason) {
  const bool is_unix = std::holds_alternative<UnixPath>(address);
  return pki::fail(pki::Errc::unreachable, {is_unix ? messages::no_answer_unix : messages::no_answer,
                                            to_string(address), std::move(reason)});
}

enum class Readiness : std::uint8_t { ready, timed_out, failed };

Readiness wait_for(int descriptor, short events, Milliseconds timeout) {
  pollfd entry{descriptor, events, 0};
  const int result = ::poll(&entry, 1, static_cast<int>(timeout.count()));
  if (result > 0) return Readiness::ready;
  return result == 0 ? Readiness::timed_out : Readiness::failed;
}

// Connects a non-blocking socket within the time; nothing when it worked, else the reason.
std::optional<pki::Message> connect_socket(const Descriptor& socket, const sockaddr* address, socklen_t size,
                                           Milliseconds timeout) {
  if (::connect(socket.get(), address, size) == 0) return std::nullopt;
  if (errno != EINPROGRESS) return std::system_category().message(errno);
  if (wait_for(socket.get(), POLLOUT, timeout) != Readiness::ready) return messages::took_too_long;
  int error = 0;
  socklen_t error_size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &error_size);
  if (error != 0) return std::system_category().message(error);
  return std::nullopt;
}

pki::Result<Descriptor> connect_unix(const UnixPath& path, Milliseconds timeout) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (path.path.empty() || path.path.size() >= sizeof where.sun_path)
    return unreachable(path, messages::path_empty_or_long);
  std::memcpy(where.sun_path, path.path.data(), path.path.size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return unreachable(path, std::system_category().message(errno));
  if (auto reason = connect_socket(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where, timeout))
    return unreachable(path, *reason);
  return socket;
}

pki::Result<Descriptor> connect_tcp(const TcpAddress& address, Milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  if (const int error = ::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found); error != 0)
    return unreachable(address, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  pki::Message reason = messages::host_without_address;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    Descriptor socket(::socket(entry->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0) continue;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto failure = connect_socket(socket, entry->ai_addr, entry->ai_addrlen, timeout);
    if (!failure) return socket;
    reason = *failure;
  }
  return unreachable(address, reason);
}

pki::Result<Descriptor> open_connection(const RemoteServer& remote) {
  if (const auto* path = std::get_if<UnixPath>(&remote.address))
    return connect_unix(*path, remote.limits.connect_timeout);
  return connect_tcp(std::get<TcpAddress>(remote.address), remote.limits.connect_timeout);
}

// Collects one answer.
class ResponseReader final : public beast::basic_parser<false> {
 public:
  ResponseReader(const ClientLimits& limits, const ClientRequest& request) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
    eager(true);
    if (request.method == "HEAD") skip(true);
  }

  ClientResponse response;

 private:
  void on_request_impl(beast::verb, TextView, TextView, int, BeastError&) override {}
  void on_response_impl(int code, TextView, int, BeastError&) override {
    response.status = static_cast<unsigned>(code);
  }
  void on_field_impl(beast::field, TextView name, TextView value, BeastError&) override {
    response.headers.push_back({std::string(name), std::string(value)});
  }
  void on_header_impl(BeastError&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, BeastError&) override {
    // Within body_bytes, which is checked before; a lying server still gets no more than this at once.
    constexpr std::uint64_t kReserveMax = std::uint64_t{64} * 1024 * 1024;
    if (length) response.body.reserve(static_cast<std::size_t>(std::min(*length, kReserveMax)));
  }
  std::size_t on_body_impl(TextView text, BeastError&) override {
    pki::append(response.body, pki::as_bytes(std::string_view(text)));
    return text.size();
  }
  void on_chunk_header_impl(std::uint64_t, TextView, BeastError&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, TextView text, BeastError& error) override {
    return on_body_impl(text, error);
  }
  void on_finish_impl(BeastError&) override {}
};

std::string host_field(const Address& address) {
  if (std::holds_alternative<UnixPath>(address)) return "localhost";
  return to_string(address);
}

pki::Result<pki::Bytes> serialise(const ClientRequest& request, const Address& address) {
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!is_sendable(request.method, "") || request.target.empty() ||
      !std::all_of(request.target.begin(), request.target.end(), is_visible))
    return pki::fail(pki::Errc::malformed, {messages::request_unsendable, request.method, request.target});
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host_field(address) +
                     "\r\nUser-Agent: jpki\r\n";
  std::vector<Header> fields = request.headers;
  if (!request.content_type.empty()) fields.push_back({"Content-Type", request.content_type});
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
      request.method == "PATCH")
    fields.push_back({"Content-Length", std::to_string(request.body.size())});
  for (const Header& field : fields) {
    if (!is_sendable(field.name, field.value))
      return pki::fail(pki::Errc::malformed, {messages::header_unsendable, field.name});
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  head += "\r\n";
  pki::Bytes message = pki::to_bytes(pki::as_bytes(head));
  pki::append(message, request.body);
  return message;
}

}  // namespace

struct Client::State {
  RemoteServer remote;
  Descriptor socket{-1};
  // Over `socket`; null for plain HTTP.
  std::unique_ptr<TlsConnection> tls;
  // What came after the last answer.
  pki::Bytes input;
  // Whether any byte has come since the last request.
  bool has_heard = false;
  // Whether this connection has carried an answer already.
  bool is_used = false;
  // When the present answer must be complete.
  std::chrono::steady_clock::time_point deadline = {};

  [[nodiscard]] pki::Error broken(pki::Message reason) const {
    return unreachable(remote.address, std::move(reason));
  }

  // Whether the connection can carry another request: nothing is waiting, not even its end.
  [[nodiscard]] bool is_usable() {
    if (socket.get() < 0) return false;
    const bool is_silent = wait_for(socket.get(), POLLIN, Milliseconds{0}) == Readiness::timed_out;
    if (!tls || is_silent) return is_silent;
    // What came may be a ticket of TLS 1.3, which is no answer and no end.
    std::uint8_t unwanted = 0;
    return tls->read({&unwanted, 1}).step == TlsStep::wants_read;
  }

  void close() {
    if (tls) tls->close();
    tls.reset();
    socket = Descriptor(-1);
  }

  [[nodiscard]] pki::Result<void> reopen() {
    tls.reset();
    TRY_ASSIGN(socket, open_connection(remote));
    input.clear();
    is_used = false;
    return remote.tls ? handshake() : pki::Result<void>{};
  }

  [[nodiscard]] pki::Result<void> handshake() {
    const auto* const where = std::get_if<TcpAddress>(&remote.address);
    if (where == nullptr) return pki::fail(pki::Errc::unsupported, messages::tls_needs_tcp);
    tls = remote.tls->connect(socket.get(), where->host);
    while (true) {
      const TlsStep step = tls->handshake();
      if (step == TlsStep::done) return {};
      if (step == TlsStep::failed) return broken({messages::tls_handshake_failed, tls->failure()});
      if (!is_ready_after(step, remote.limits.connect_timeout)) return broken(messages::tls_handshake_slow);
    }
  }

  [[nodiscard]] bool is_ready_after(TlsStep step, Milliseconds timeout) const {
    const short events = step == TlsStep::wants_read ? POLLIN : POLLOUT;
    return wait_for(socket.get(), events, timeout) == Readiness::ready;
  }

  [[nodiscard]] pki::Result<void> write_tls(pki::ByteView bytes) {
    while (!bytes.empty()) {
      const TlsMove move = tls->write(bytes);
      if (move.step == TlsStep::done) {
        bytes = bytes.subspan(move.count);
        continue;
      }
      // A server that refuses closes while we still send; its answer, or its alert, may be there to read.
      if (move.step != TlsStep::wants_read && move.step != TlsStep::wants_write) return {};
      if (!is_ready_after(move.step, remote.limits.answer_timeout))
        return broken(messages::server_takes_nothing);
    }
    return {};
  }

  // How long to wait for the next bytes of an answer.
  [[nodiscard]] Milliseconds patience() const {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    return std::clamp(left, Milliseconds{0}, remote.limits.answer_timeout);
  }

  [[nodiscard]] pki::Result<std::size_t> read_more_tls() {
    const std::size_t old_size = input.size();
    input.resize(old_size + kReadBytes);
    while (true) {
      const TlsMove move = tls->read({input.data() + old_size, kReadBytes});
      if (move.step == TlsStep::done || move.step == TlsStep::ended) {
        input.resize(old_size + move.count);
        has_heard = has_heard || move.count > 0;
        return move.count;
      }
      if (move.step == TlsStep::failed) return broken("TLS: " + tls->failure());
      if (!is_ready_after(move.step, patience())) return broken(messages::server_slow);
    }
  }

  [[nodiscard]] pki::Result<void> write(pki::ByteView bytes) {
    if (tls) return write_tls(bytes);
    while (!bytes.empty()) {
      const auto count = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        continue;
      }
      if (errno == EINTR) continue;
      // A server that refuses closes while we still send; its answer may be there to read.
      if (errno == EPIPE || errno == ECONNRESET) return {};
      if (errno != EAGAIN) return broken(std::system_category().message(errno));
      if (wait_for(socket.get(), POLLOUT, remote.limits.answer_timeout) != Readiness::ready)
        return broken(messages::server_takes_nothing);
    }
    return {};
  }

  // Appends what has arrived to `input`; the number of bytes, 0 at the end of the stream.
  [[nodiscard]] pki::Result<std::size_t> read_more() {
    if (tls) return read_more_tls();
    while (true) {
      const std::size_t old_size = input.size();
      input.resize(old_size + kReadBytes);
      const auto count = ::recv(socket.get(), input.data() + old_size, kReadBytes, 0);
      const int error = errno;
      input.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
      if (count > 0) has_heard = true;
      if (count >= 0) return static_cast<std::size_t>(count);
      if (error == EINTR) continue;
      if (error != EAGAIN) return broken(std::system_category().message(error));
      if (wait_for(socket.get(), POLLIN, patience()) == Readiness::timed_out)
        return broken(messages::server_slow);
    }
  }

  [[nodiscard]] pki::Result<ClientResponse> read_response(const ClientRequest& request) {
    ResponseReader reader(remote.limits, request);
    while (!reader.is_done()) {
      BeastError error = beast::error::need_more;
      std::size_t used = 0;
      // Beast's chunk reader asserts that it is called with no less than the end of a chunked body.
      const bool too_little = reader.is_header_done() && reader.chunked() && input.size() < 5;
      if (!input.empty() && !too_little)
        used = reader.put(boost::asio::const_buffer(input.data(), input.size()), error);
      input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(used));
      if (error && error != beast::error::need_more)
        return pki::fail(pki::Errc::unreachable,
                         {messages::answer_unreadable, to_string(remote.address), error.message()});
      if (reader.is_done() || (!error && !input.empty())) continue;
      TRY_ASSIGN(const std::size_t count, read_more());
      if (count > 0) continue;
      error = {};
      if (reader.got_some()) reader.put_eof(error);
      if (!reader.got_some() || error) return broken("it closed the connection before it had answered");
    }
    if (!reader.keep_alive()) close();
    return std::move(reader.response);
  }

  // 1xx answers come before the real one (RFC 9110 section 15.2).
  [[nodiscard]] pki::Result<ClientResponse> read_final_response(const ClientRequest& request) {
    while (true) {
      TRY_ASSIGN(ClientResponse response, read_response(request));
      if (response.status >= 200) return response;
    }
  }

  [[nodiscard]] pki::Result<ClientResponse> exchange(pki::ByteView message, const ClientRequest& request) {
    has_heard = false;
    deadline = std::chrono::steady_clock::now() + remote.limits.whole_timeout;
    const auto written = write(message);
    auto response =
        written.has_error() ? pki::Result<ClientResponse>(written.error()) : read_final_response(request);
    // After a fault the beginning of the next answer is unknown.
    if (response.has_error()) close();
    is_used = true;
    return response;
  }
};

std::optional<std::string_view> ClientResponse::header(std::string_view name) const {
  for (const Header& field : headers)
    if (equal_ignoring_case(field.name, name)) return field.value;
  return std::nullopt;
}

pki::Result<RemoteServer> remote_server_of(const Url& url, std::shared_ptr<const TlsClient> tls) {
  const bool wants_tls = url.scheme == "https";
  if (wants_tls && !tls) return pki::fail(pki::Errc::unsupported, messages::https_needs_authority);
  return RemoteServer{.address = TcpAddress{url.host, url.port}, .tls = wants_tls ? std::move(tls) : nullptr};
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

pki::Result<Client> Client::connect(RemoteServer remote) {
  auto state = std::make_unique<State>();
  state->remote = std::move(remote);
  TRY(state->reopen());
  return Client(std::move(state));
}

pki::Result<ClientResponse> Client::send(const ClientRequest& request) {
  TRY_ASSIGN(const pki::Bytes message, serialise(request, state_->remote.address));
  if (!state_->is_usable()) TRY(state_->reopen());
  const bool was_used = state_->is_used;
  auto response = state_->exchange(message, request);
  // RFC 9112 section 9.3.1: the server may have closed a kept connection just as we used it; asking again is
  // safe for what changes nothing.
  const bool is_safe = request.method == "GET" || request.method == "HEAD";
  if (response.has_value() || !was_used || state_->has_heard || !is_safe) return response;
  TRY(state_->reopen());
  return state_->exchange(message, request);
}

pki::Result<ClientResponse> get(std::string_view url) {
  TRY_ASSIGN(const Url parsed, parse_url(url));
  TRY_ASSIGN(RemoteServer remote, remote_server_of(parsed));
  TRY_ASSIGN(Client client, Client::connect(std::move(remote)));
  ClientRequest request;
  request.target = parsed.target;
  return client.send(request);
}

}  // namespace http
