// Wiring of the listeners, and how many connections each may have.

#include "service/listeners.h"

#include <sys/resource.h>

#include <algorithm>

#include "service/local_users.h"

namespace service {

namespace {

// How many connections the verifiers' listeners may have.
struct ConnectionLimits {
  std::size_t http = 0;
  std::size_t https = 0;
};

// Raises the number of files that the process may open to what the system allows, and shares it out: always
// some are left, so that the store, the CRLs and the other listeners never go without.
ConnectionLimits allow_connections() {
  constexpr rlim_t kReserve = 256;
  constexpr rlim_t kWanted = 16'384;
  constexpr ConnectionLimits kUnmeasured{http::Limits{}.connections, http::Limits{}.connections};
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUnmeasured;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  static_cast<void>(::getrlimit(RLIMIT_NOFILE, &limit));
  if (limit.rlim_cur == RLIM_INFINITY) return {kWanted, kWanted};
  const rlim_t available = limit.rlim_cur > 2 * kReserve ? limit.rlim_cur - kReserve : limit.rlim_cur / 2;
  return {.http = static_cast<std::size_t>(std::min(kWanted, available - available / 4)),
          .https = static_cast<std::size_t>(std::min(kWanted, available / 4))};
}

// Bodies of a mebibyte, and time for a publication of every list at national scale.
http::Limits admin_limits() {
  http::Limits limits;
  limits.body_bytes = std::size_t{1} << 20U;
  limits.answer_timeout = http::kAdminAnswerTimeout;
  return limits;
}

}  // namespace

http::Limits limits_of_verifiers(const Guards* guards) {
  const std::size_t connections = allow_connections().http;
  return guards != nullptr ? guards->limits_for_verifiers(connections)
                           : http::Limits{.connections = connections};
}

Listeners::Listeners(http::Runtime& runtime, const http::TcpAddress& verifier, const http::TcpAddress& ops,
                     const Guards* guards)
    : runtime_(runtime),
      verifier_(runtime, {.name = "verifier",
                          .address = verifier,
                          .limits = limits_of_verifiers(guards),
                          .router = verifier_router_,
                          .guard = guards != nullptr ? guards->for_verifiers() : http::Guard{}}),
      ops_(runtime, {.name = "ops", .address = ops, .router = ops_router_}) {}

void Listeners::attach(Instance& instance) {
  instance.services().mount_verifier(*verifier_router_);
  const std::string& group = instance.config().admin_group;
  if (!group.empty()) {
    if (const auto opened = let_group_pass(instance.data().root, group); opened.has_error())
      throw std::runtime_error(opened.error().text());
  }
  auto admin_router = std::make_shared<http::Router>();
  instance.services().mount_admin(*admin_router);
  admin_ = std::make_unique<http::Server>(
      runtime_, http::Listener{.name = "admin",
                               .address = http::UnixPath{instance.data().admin_socket().string()},
                               .limits = admin_limits(),
                               .router = std::move(admin_router),
                               .guard = instance.services().guards().for_operators()});
  https_ = listen_https(instance);
  admin_https_ = listen_admin_https(instance);
  std::vector<const http::Server*> servers{&verifier_, admin_.get(), &ops_};
  for (const auto* optional : {&https_, &admin_https_})
    if (*optional) servers.push_back(optional->get());
  instance.mount_ops(*ops_router_, std::move(servers));
}

namespace {

// A listener where one is configured; null when it is switched off, or left to "auto" and cannot be had.
std::unique_ptr<http::Server> listen_if(HttpsListening listening, Instance& instance, http::Runtime& runtime,
                                        http::Listener listener, const std::string& whose) {
  if (listening == HttpsListening::off) return nullptr;
  try {
    return std::make_unique<http::Server>(runtime, std::move(listener));
  } catch (const std::runtime_error& error) {
    if (listening == HttpsListening::on) throw;
    instance.report("there is no HTTPS for " + whose + ": " + error.what() + " (listen." +
                    (whose == "verifiers" ? "verifier" : "admin") + "_https)");
    return nullptr;
  }
}

}  // namespace

std::unique_ptr<http::Server> Listeners::listen_https(Instance& instance) {
  if (instance.tls() == nullptr) return nullptr;
  auto router = std::make_shared<http::Router>();
  instance.services().mount_verifier(*router);
  instance.services().mount_verifier_services(*router);
  const Guards& guards = instance.services().guards();
  return listen_if(instance.config().verifier_https, instance, runtime_,
                   {.name = "verifier-https",
                    .address = instance.config().verifier_https_listener,
                    .limits = guards.limits_for_verifiers(allow_connections().https),
                    .router = std::move(router),
                    .tls = instance.tls()->server(),
                    .guard = guards.for_verifiers()},
                   "verifiers");
}

std::unique_ptr<http::Server> Listeners::listen_admin_https(Instance& instance) {
  if (instance.tls() == nullptr) return nullptr;
  auto router = std::make_shared<http::Router>();
  instance.services().mount_admin(*router);
  http::Limits limits = admin_limits();
  limits.connections_for_stranger = instance.config().stranger_connections;
  return listen_if(instance.config().admin_https, instance, runtime_,
                   {.name = "admin-https",
                    .address = instance.config().admin_https_listener,
                    .limits = limits,
                    .router = std::move(router),
                    .tls = instance.tls()->admin_server(),
                    .guard = instance.services().guards().for_operators()},
                   "operators");
}

// Where everyone is answered, the verifiers' listeners have no such limit (guard.h).
void Listeners::set_limits(const Config& config) {
  const std::size_t most = config.stranger_connections;
  if (!config.open_to_all) {
    verifier_.set_connections_for_stranger(most);
    if (https_) https_->set_connections_for_stranger(most);
  }
  if (admin_https_) admin_https_->set_connections_for_stranger(most);
}

std::optional<std::uint16_t> Listeners::https_port() const {
  return https_ ? std::optional(https_->bound_port()) : std::nullopt;
}

std::optional<std::uint16_t> Listeners::admin_https_port() const {
  return admin_https_ ? std::optional(admin_https_->bound_port()) : std::nullopt;
}

}  // namespace service
