// Comparing a path with those of the endpoints, slashes too many passed over.

#include "ocsp/target.h"

#include <algorithm>

namespace ocsp {

namespace {

std::string_view without_leading_slashes(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
  return text;
}

// What follows `prefix` in `path`; nothing when it does not begin so.
std::optional<std::string_view> rest_after(std::string_view prefix, std::string_view path) {
  for (const char c : prefix) {
    if (!path.starts_with(c)) return std::nullopt;
    path = c == '/' ? without_leading_slashes(path) : path.substr(1);
  }
  if (!path.empty() && !path.starts_with('/')) return std::nullopt;
  return without_leading_slashes(path);
}

}  // namespace

std::optional<Target> target_of(std::string_view path) {
  // The longest first: one begins with another.
  for (const ServicePath service_path : {ServicePath::pinless, ServicePath::sign, ServicePath::auth})
    if (const auto rest = rest_after(path_of(service_path), path)) return Target{service_path, *rest};
  return std::nullopt;
}

}  // namespace ocsp
