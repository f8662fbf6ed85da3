// Opening sockets to listen on, with every reason for a refusal said in words an operator can act on.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/address.h"

namespace http {

// Owns a file descriptor.
class Descriptor final {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int get() const { return value_; }
  // The caller owns it from now on.
  [[nodiscard]] int release();

 private:
  int value_ = -1;
};

// The name of a Unix socket in the file system, removed when it goes out of scope, unless another socket has
// taken its place meanwhile.
class SocketFile final {
 public:
  explicit SocketFile(std::string path);
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// `count` listening sockets on one port, between which the kernel spreads connections (SO_REUSEPORT). Refuses
// a port on which any process listens already. Throws std::runtime_error with the address, the reason and a
// way out.
[[nodiscard]] std::vector<Descriptor> listen_tcp(const TcpAddress& address, std::size_t count);

// The group that may use a Unix socket besides this process's user and root: that of the folder, when the
// folder has exactly mode 0710, which lets the group pass and does not let it look around. None for other
// modes.
[[nodiscard]] std::optional<gid_t> group_served(const UnixPath& address);

// One listening socket, mode 0600 from its first moment, then 0660 for group_served(). A stale file is
// replaced; one that is being served is refused. Throws as above.
[[nodiscard]] Descriptor listen_unix(const UnixPath& address);

[[nodiscard]] std::uint16_t local_port(const Descriptor& socket);

}  // namespace http
