// Blocking reads and writes: there is one reader, and it waits for each answer.

#include "mock/vpcd.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "pki/messages/mock.h"
#include "pki/number.h"

namespace mock {

namespace {

constexpr std::uint8_t kAskForAtr = 4;

// As many bytes as `into` holds; 0 at the end of the stream, fewer when it ends within.
std::size_t read_all(int socket, std::span<std::uint8_t> into) {
  std::size_t have = 0;
  while (have < into.size()) {
    const ssize_t count = ::recv(socket, into.data() + have, into.size() - have, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    have += static_cast<std::size_t>(count);
  }
  return have;
}

bool write_message(int socket, pki::ByteView payload) {
  pki::Bytes message = {static_cast<std::uint8_t>(payload.size() >> 8U),
                        static_cast<std::uint8_t>(payload.size() & 0xFFU)};
  pki::append(message, payload);
  for (pki::ByteView rest = message; !rest.empty();) {
    const ssize_t count = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// Nothing for a message without bytes and a byte that is none of ours, which want no answer.
std::optional<pki::Bytes> answer(VirtualCard& card, pki::ByteView message) {
  if (message.empty()) return std::nullopt;
  if (message.size() > 1) return card.transmit(message);
  if (message[0] == kAskForAtr) return card.atr();
  if (message[0] <= static_cast<std::uint8_t>(CardPower::reset))
    card.set_power(static_cast<CardPower>(message[0]));
  return std::nullopt;
}

struct HostAndPort {
  std::string host, port;
};

pki::Result<HostAndPort> split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  HostAndPort parts;
  if (colon != std::string::npos) {
    parts = {.host = address.substr(0, colon), .port = address.substr(colon + 1)};
    if (parts.host.starts_with('[') && parts.host.ends_with(']'))
      parts.host = parts.host.substr(1, parts.host.size() - 2);
  }
  const auto port = pki::parse_number<std::uint16_t>(parts.port);
  if (parts.host.empty() || !port || *port == 0)
    return pki::invalid("vpcd", {messages::reader_address, address});
  return parts;
}

struct AddressesDeleter {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

}  // namespace

pki::Result<ReaderConnection> ReaderConnection::connect(const std::string& address) {
  TRY_ASSIGN(const HostAndPort parts, split(address));
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const bool is_known = ::getaddrinfo(parts.host.c_str(), parts.port.c_str(), &hints, &found) == 0;
  const std::unique_ptr<addrinfo, AddressesDeleter> addresses(is_known ? found : nullptr);
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    const int socket = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (socket < 0) continue;
    ReaderConnection connection(socket);
    if (::connect(socket, one->ai_addr, one->ai_addrlen) == 0) return connection;
  }
  return pki::fail(pki::Errc::unreachable, {messages::no_reader, address});
}

ReaderConnection::~ReaderConnection() {
  if (socket_ >= 0) ::close(socket_);
}

pki::Result<void> ReaderConnection::serve(VirtualCard& card) {
  const auto broken = [] { return pki::fail(pki::Errc::unreachable, messages::reader_broken); };
  for (;;) {
    std::array<std::uint8_t, 2> head{};
    const std::size_t have = read_all(socket_, head);
    if (have == 0) return {};
    if (have < head.size()) return broken();
    pki::Bytes message(static_cast<std::size_t>(head[0]) << 8U | head[1]);
    if (read_all(socket_, message) < message.size()) return broken();
    const auto response = answer(card, message);
    if (response && !write_message(socket_, *response)) return broken();
  }
}

}  // namespace mock
