// Limiters, and the functions that the listeners call.

#include "service/guard.h"

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

#include "admin/problem.h"

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

using Refuse = std::function<http::Response(const http::Request&, const pki::Message&)>;

auto gate_of(const std::shared_ptr<http::RateLimiter>& askers, const Guards::Fault& fault, Refuse refuse) {
  return [askers, fault,
          refuse = std::move(refuse)](const http::Request& request) -> std::optional<http::Response> {
    if (is_ocsp(request.path)) return std::nullopt;
    if (!askers->take(key_of(request.peer), std::chrono::steady_clock::now()))
      return http::too_many_requests();
    if (!fault) return std::nullopt;
    // Asked after the request has arrived, and before its handler opens a snapshot.
    const auto why = fault();
    return why ? std::optional(refuse(request, *why)) : std::nullopt;
  };
}

http::Response refuse_verifier(const http::Request&, const pki::Message& why) {
  http::Response response = http::problem(503, why.in(pki::Language::en));
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

http::Response refuse_operator(const http::Request& request, const pki::Message& why) {
  return admin::problem_response(pki::fail(pki::Errc::too_busy, why), admin::language_of(request));
}

// Where everyone is answered, every asker is a stranger, and has the rate of an asker.
std::uint32_t rate_of_strangers(const Config& config) {
  return config.open_to_all ? config.ocsp.requests_per_second_max : config.stranger_requests_per_second;
}

}  // namespace

Guards::Guards(const Config& config, const store::Environment& environment,
               const verifier::Recognition& recognition, Fault fault)
    : config_(config),
      environment_(environment),
      recognition_(recognition),
      strangers_(std::make_shared<http::RateLimiter>(rate_of_strangers(config))),
      askers_(std::make_shared<http::RateLimiter>(config.ocsp.requests_per_second_max)),
      fault_(std::move(fault)) {}

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
          .gate = gate_of(askers_, fault_, refuse_verifier)};
}

http::Guard Guards::for_operators() const {
  return {.strangers = strangers_, .gate = gate_of(askers_, fault_, refuse_operator)};
}

http::Limits Guards::limits_for_verifiers(std::size_t connections) const {
  http::Limits limits{.connections = connections};
  if (config_.open_to_all) return limits;
  limits.connections_for_known = connections / 4;
  limits.connections_for_stranger = config_.stranger_connections;
  return limits;
}

}  // namespace service
