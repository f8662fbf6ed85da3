// Where the path of a request leads.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ocsp {

// Where a request comes in.
enum class Endpoint : std::uint8_t { sign, auth, pinless };

inline constexpr std::array kEndpoints = {Endpoint::sign, Endpoint::auth, Endpoint::pinless};

// E.g. "/ocsp/sign".
[[nodiscard]] constexpr std::string_view path_of(Endpoint endpoint) {
  constexpr std::array<std::string_view, kEndpoints.size()> kPaths = {"/ocsp/sign", "/ocsp/auth",
                                                                      "/ocsp/auth/pinless"};
  return kPaths.at(static_cast<std::size_t>(endpoint));
}

struct Target {
  Endpoint endpoint = Endpoint::sign;
  // What follows the endpoint's path, without the slashes between: of a GET, the request. A view into the
  // path.
  std::string_view rest = {};
};

// Each slash of an endpoint's path may be any number of them, since clients join a base URL and a path that
// both have one; nothing else is normalised. Nothing when the path leads to no endpoint.
[[nodiscard]] std::optional<Target> target_of(std::string_view path);

}  // namespace ocsp
