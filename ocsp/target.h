// Where the path of a request leads.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ocsp {

// Where a request comes in.
enum class ServicePath : std::uint8_t { sign, auth, pinless };

inline constexpr std::array kServicePaths = {ServicePath::sign, ServicePath::auth, ServicePath::pinless};

// E.g. "/ocsp/sign".
[[nodiscard]] constexpr std::string_view path_of(ServicePath service_path) {
  constexpr std::array<std::string_view, kServicePaths.size()> kPaths = {"/ocsp/sign", "/ocsp/auth",
                                                                         "/ocsp/auth/pinless"};
  return kPaths.at(static_cast<std::size_t>(service_path));
}

struct Target {
  ServicePath service_path = ServicePath::sign;
  // What follows the endpoint's path, without the slashes between: of a GET, the request. A view into the
  // path.
  std::string_view rest = {};
};

// Each slash of an endpoint's path may be any number of them, since clients join a base URL and a path that
// both have one; nothing else is normalised. Nothing when the path leads to no endpoint.
[[nodiscard]] std::optional<Target> target_of(std::string_view path);

}  // namespace ocsp
