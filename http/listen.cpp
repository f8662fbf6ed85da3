// Listening sockets, by the system's own calls.

#include "http/listen.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "pki/messages/http.h"
#include "pki/result.h"

namespace http {

namespace {

// Connections that wait for accept(); the system may allow fewer (net.core.somaxconn).
constexpr int kBacklog = 4096;

[[noreturn]] void refuse(const Address& address, int error, const pki::MessageText& advice) {
  throw pki::ErrorException(
      pki::fail(pki::Errc::internal, {messages::cannot_listen, to_string(address),
                                      std::system_category().message(error), pki::Message(advice)}));
}

const pki::MessageText& advice_for(int error) {
  switch (error) {
    case EADDRINUSE:
      return messages::listen_in_use;
    case EADDRNOTAVAIL:
      return messages::listen_no_address;
    case EACCES:
      return messages::listen_low_port;
    default:
      return messages::listen_check;
  }
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress resolve(const TcpAddress& address) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  if (::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found) != 0 || found == nullptr)
    throw pki::ErrorException(
        pki::fail(pki::Errc::internal, {messages::listen_not_numeric, to_string(address), address.host}));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  SocketAddress result;
  std::memcpy(&result.storage, found->ai_addr, found->ai_addrlen);
  result.size = found->ai_addrlen;
  return result;
}

void set_option(const Descriptor& socket, int level, int option) {
  const int on = 1;
  if (::setsockopt(socket.get(), level, option, &on, sizeof on) != 0)
    throw std::system_error(errno, std::system_category(), "setsockopt");
}

enum class Sharing { alone, with_our_own };

Descriptor bind_tcp(const TcpAddress& address, Sharing sharing) {
  const SocketAddress where = resolve(address);
  Descriptor socket(::socket(where.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) refuse(address, errno, advice_for(errno));
  // Allows a restart while old connections are in TIME_WAIT; a listening socket is still a conflict.
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  if (sharing == Sharing::with_our_own) set_option(socket, SOL_SOCKET, SO_REUSEPORT);
  // Inherited by accepted sockets on Linux, which saves a call per connection.
  set_option(socket, IPPROTO_TCP, TCP_NODELAY);
  if (::bind(socket.get(), where.get(), where.size) != 0) refuse(address, errno, advice_for(errno));
  return socket;
}

void listen_on(const Descriptor& socket, const Address& address) {
  if (::listen(socket.get(), kBacklog) != 0) refuse(address, errno, advice_for(errno));
}

sockaddr_un unix_address(const UnixPath& address) {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  if (address.path.empty() || address.path.size() >= sizeof where.sun_path)
    refuse(address, ENAMETOOLONG, messages::listen_path_long);
  std::memcpy(where.sun_path, address.path.data(), address.path.size());
  return where;
}

Descriptor unix_socket(const UnixPath& address) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) refuse(address, errno, messages::listen_open_files);
  return socket;
}

// Removes what a dead process left. Only a socket without a listener is removed.
void remove_stale(const UnixPath& address, const sockaddr_un& where) {
  struct stat facts{};
  if (::lstat(address.path.c_str(), &facts) != 0) return;
  if (!S_ISSOCK(facts.st_mode)) refuse(address, EEXIST, messages::listen_not_socket);
  const Descriptor probe = unix_socket(address);
  const int result = ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
  if (result == 0 || errno != ECONNREFUSED) refuse(address, EADDRINUSE, messages::listen_served);
  ::unlink(address.path.c_str());
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

int Descriptor::release() {
  return std::exchange(value_, -1);
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat facts{};
  if (::lstat(path_.c_str(), &facts) != 0) return;
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
}

SocketFile::~SocketFile() {
  struct stat facts{};
  if (inode_ != 0 && ::lstat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ && facts.st_ino == inode_)
    ::unlink(path_.c_str());
}

std::vector<Descriptor> listen_tcp(const TcpAddress& address, std::size_t count) {
  TcpAddress chosen = address;
  // SO_REUSEPORT would let a second process of the same user share the port unnoticed, so the port is first
  // taken without it. The listeners can only be opened after this one is closed.
  if (address.port != 0) static_cast<void>(bind_tcp(address, Sharing::alone));
  std::vector<Descriptor> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    sockets.push_back(bind_tcp(chosen, Sharing::with_our_own));
    listen_on(sockets.back(), chosen);
    chosen.port = local_port(sockets.front());
  }
  return sockets;
}

std::optional<gid_t> group_served(const UnixPath& address) {
  struct stat folder{};
  const std::string path = std::filesystem::absolute(address.path).parent_path().string();
  if (::stat(path.c_str(), &folder) != 0 || (folder.st_mode & 0777U) != 0710U) return std::nullopt;
  return folder.st_gid;
}

Descriptor listen_unix(const UnixPath& address) {
  const sockaddr_un where = unix_address(address);
  remove_stale(address, where);
  Descriptor socket = unix_socket(address);
  // On Linux the file gets the mode of the unbound socket, less the umask: no moment with a wider mode, and
  // no change of the umask, which all threads share.
  if (::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0) refuse(address, errno, messages::listen_file_system);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
    refuse(address, errno, messages::listen_folder);
  const auto group = group_served(address);
  if (group && (::lchown(address.path.c_str(), static_cast<uid_t>(-1), *group) != 0 ||
                ::chmod(address.path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0))
    refuse(address, errno, messages::listen_group);
  listen_on(socket, address);
  return socket;
}

std::uint16_t local_port(const Descriptor& socket) {
  SocketAddress where;
  where.size = sizeof where.storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&where.storage), &where.size) != 0)
    throw std::system_error(errno, std::system_category(), "getsockname");
  if (where.storage.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in*>(&where.storage)->sin_port);
  if (where.storage.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&where.storage)->sin6_port);
  return 0;
}

}  // namespace http
