// Keeps the pages of other sites away from the control: a browser on this machine reaches loopback for any
// page that it shows, and a name that its owner points to 127.0.0.1 makes such a page one of ours (DNS
// rebinding).
//
// A request passes when its Host is an address, localhost, or the name that the mock is called by, and its
// Origin, which browsers send with every request that changes something, is that very host (RFC 6454 section
// 7, RFC 9110 section 7.2).

#pragma once

#include <optional>
#include <string>

#include "http/message.h"

namespace mock {

class OriginGuard final {
 public:
  // `name`: as in the URLs of the first line (--public-host).
  explicit OriginGuard(std::string name) : name_(std::move(name)) {}

  // The 403 that is answered instead; nothing when the request may pass.
  [[nodiscard]] std::optional<http::Response> refusal(const http::Request& request) const;

 private:
  [[nodiscard]] bool is_known(std::string_view host) const;

  std::string name_;
};

}  // namespace mock
