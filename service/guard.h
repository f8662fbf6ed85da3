// Who is a known client of the listeners, and what each asker may ask for in a second (`limits` in
// jpki.toml).
//
// Strangers are counted by address before anybody looks at their requests (429). An asker that is known is
// counted by its verifier on the OCSP paths, where the answer is tryLater (ocsp/responder.h), and elsewhere
// by its certificate, user or address (429). /readyz is on a listener without limits.

#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "http/server.h"
#include "pki/message.h"
#include "service/config.h"
#include "store/environment.h"
#include "verifier/recognition.h"

namespace service {

// One for all listeners of an instance. Everything referred to must outlive the guards that it makes.
class Guards final {
 public:
  // `fault`: why nothing may be answered now but what the OCSP paths say for themselves (a leader whose lease
  // has run out: its store may not be the newest); asked at every request, empty: there is never a reason.
  using Fault = std::function<std::optional<pki::Message>()>;
  Guards(const Config& config, const store::Environment& environment,
         const verifier::Recognition& recognition, Fault fault = {});

  // For the verifiers' listeners.
  [[nodiscard]] http::Guard for_verifiers() const;
  // For the admin API.
  [[nodiscard]] http::Guard for_operators() const;
  // The rates of `config`, from now on.
  void set_rates(const Config& config);
  // Limits of a verifiers' listener that may have so many connections. A quarter is kept free of strangers,
  // unless everyone is answered.
  [[nodiscard]] http::Limits limits_for_verifiers(std::size_t connections) const;

 private:
  const Config& config_;
  const store::Environment& environment_;
  const verifier::Recognition& recognition_;
  std::shared_ptr<http::RateLimiter> strangers_, askers_;
  const Fault fault_;
};

}  // namespace service
