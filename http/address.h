// Where a server listens and a client connects: a TCP address or the path of a Unix socket.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace http {

// How long the admin API may take to answer, for both sides: all lists of a national CA on a busy machine.
inline constexpr std::chrono::milliseconds kAdminAnswerTimeout = std::chrono::hours{1};

// `host` is a numeric address for a listener ("127.0.0.1", "::1", "0.0.0.0"); a client also resolves names.
// Port 0 lets the system choose (a listener only; see Server::bound_port).
struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
};

// A path in the file system, at most 107 bytes (sun_path of unix(7)).
struct UnixPath {
  std::string path;
};

using Address = std::variant<TcpAddress, UnixPath>;

// For messages: "127.0.0.1:8080", "[::1]:8080" or "unix:/run/jpki/admin.sock".
[[nodiscard]] std::string to_string(const Address& address);

}  // namespace http
