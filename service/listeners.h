// The listeners of a running authority: verifiers by HTTP and HTTPS, operators by socket and HTTPS,
// monitoring.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/address.h"
#include "http/runtime.h"
#include "http/server.h"
#include "service/instance.h"

namespace service {

// Of a listener for verifiers by HTTP; raises the number of files that the process may open.
[[nodiscard]] http::Limits limits_of_verifiers(const Guards* guards);

// They listen from their construction and are served while the runtime runs. The runtime, and the instance
// that was attached, must outlive them.
class Listeners final {
 public:
  // Binds the verifiers' HTTP and the monitoring; port 0 takes a free one. Throws std::runtime_error as
  // http::Server, for attach() too.
  // `guards` limit the verifiers' HTTP; null: no client is limited there, as in the mock.
  Listeners(http::Runtime& runtime, const http::TcpAddress& verifier, const http::TcpAddress& ops,
            const Guards* guards = nullptr);

  // Puts an instance behind all of them, and binds its admin socket and HTTPS. There is no HTTPS where it is
  // switched off, or left to "auto" and its port is another program's, which the log says. Once, before the
  // runtime runs.
  void attach(Instance& instance);

  // limits.stranger_connections of `config`, for connections that come from now on.
  void set_limits(const Config& config);

  [[nodiscard]] std::uint16_t verifier_port() const { return verifier_.bound_port(); }
  [[nodiscard]] std::uint16_t ops_port() const { return ops_.bound_port(); }
  // Absent without HTTPS.
  [[nodiscard]] std::optional<std::uint16_t> https_port() const;
  // Of the operators' HTTPS; absent without it.
  [[nodiscard]] std::optional<std::uint16_t> admin_https_port() const;

 private:
  [[nodiscard]] std::unique_ptr<http::Server> listen_https(Instance& instance);
  [[nodiscard]] std::unique_ptr<http::Server> listen_admin_https(Instance& instance);

  http::Runtime& runtime_;
  std::shared_ptr<http::Router> verifier_router_ = std::make_shared<http::Router>();
  std::shared_ptr<http::Router> ops_router_ = std::make_shared<http::Router>();
  http::Server verifier_, ops_;
  std::unique_ptr<http::Server> admin_, https_, admin_https_;
};

}  // namespace service
