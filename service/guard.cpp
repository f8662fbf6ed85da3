// Limiters, and the functions that the listeners call.

#include "service/guard.h"

#include <chrono>
#include <functional>
#include <string_view>

namespace service {

namespace {

using Key = http::RateLimiter::Key;

// Whose bucket, outside the OCSP paths.
Key key_of(const http::Peer& peer) {
  if (peer.uid) return Key(*peer.uid);
  if (peer.client_certificate)
    return Key(std::hash<std::string_view>{}(pki::as_text(*peer.client_certificate)));
  return Key(http::share_of(peer.address));
}

// The responder counts these itself. Slashes too many may stand in front.
bool is_ocsp(std::string_view path) {
  return path.starts_with("/ocsp") || path.starts_with("//");
}

auto gate_of(const std::shared_ptr<http::RateLimiter>& askers) {
  return [askers](const http::Request& request) -> std::optional<http::Response> {
    if (is_ocsp(request.path) || askers->take(key_of(request.peer), std::chrono::steady_clock::now()))
      return std::nullopt;
    return http::too_many_requests();
  };
}

// Where everyone is answered, every asker is a stranger, and has the rate of an asker.
std::uint32_t rate_of_strangers(const Config& config) {
  return config.open_to_all ? config.ocsp.requests_per_second_max : config.stranger_requests_per_second;
}

}  // namespace

Guards::Guards(const Config& config, const store::Environment& environment,
               const verifier::Recognition& recognition)
    : config_(config),
      environment_(environment),
      recognition_(recognition),
      strangers_(std::make_shared<http::RateLimiter>(rate_of_strangers(config))),
      askers_(std::make_shared<http::RateLimiter>(config.ocsp.requests_per_second_max)) {}

void Guards::set_rates(const Config& config) {
  strangers_->set(rate_of_strangers(config));
  askers_->set(config.ocsp.requests_per_second_max);
}

http::Guard Guards::for_verifiers() const {
  return {.is_known_address =
              [this](const std::array<std::uint8_t, 16>& address) {
                return recognition_.is_registered_network(environment_.read(), address);
              },
          .strangers = strangers_,
          .gate = gate_of(askers_)};
}

http::Guard Guards::for_operators() const {
  return {.strangers = strangers_, .gate = gate_of(askers_)};
}

http::Limits Guards::limits_for_verifiers(std::size_t connections) const {
  http::Limits limits{.connections = connections};
  if (config_.open_to_all) return limits;
  limits.connections_for_known = connections / 4;
  limits.connections_for_stranger = config_.stranger_connections;
  return limits;
}

}  // namespace service
