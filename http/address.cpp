// Addresses as text.

#include "http/address.h"

namespace http {

std::string to_string(const Address& address) {
  if (const auto* path = std::get_if<UnixPath>(&address)) return "unix:" + path->path;
  const auto& tcp = std::get<TcpAddress>(address);
  const bool needs_brackets = tcp.host.find(':') != std::string::npos;
  return (needs_brackets ? "[" + tcp.host + "]" : tcp.host) + ":" + std::to_string(tcp.port);
}

}  // namespace http
