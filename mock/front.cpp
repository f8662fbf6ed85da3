// Listening, and the way of a request through the layer.

#include "mock/front.h"

#include <sys/resource.h>

#include "mock/route.h"
#include "service/tls_material.h"

namespace mock {

namespace {

// The offsets from --port.
constexpr unsigned kVerifierPort = 0, kHttpsPort = 1, kOpsPort = 2, kControlPort = 3, kAdminHttpsPort = 4;

// A mock ends at once, even while clients wait for answers; these may be held back for a day (the fault
// `slow`).
http::Limits mock_limits() {
  http::Limits limits;
  limits.answer_timeout = std::chrono::hours{25};
  limits.drain_timeout = std::chrono::milliseconds{200};
  return limits;
}

// Bodies of a mebibyte, and time for a leap of years with every list.
http::Limits control_limits() {
  http::Limits limits = mock_limits();
  limits.body_bytes = std::size_t{1} << 20U;
  limits.answer_timeout = http::kAdminAnswerTimeout;
  return limits;
}

// As many files as the system allows: each connection is one.
void allow_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

constexpr std::array kMethods = {http::Method::get,    http::Method::head,  http::Method::post,
                                 http::Method::put,    http::Method::patch, http::Method::delete_,
                                 http::Method::options};

}  // namespace

// A request on its way.
struct Front::Visit {
  std::shared_ptr<World::Use> world;
  // Null at the doors of operators, whose requests name people.
  std::shared_ptr<Exchange> exchange;
};

Front::Front(http::Runtime& runtime, Journal& journal, const pki::Clock& clock,
             const FrontAddresses& addresses)
    : runtime_(runtime), journal_(journal), clock_(clock), addresses_(addresses) {
  allow_connections();
  const auto tcp = [&](unsigned offset) { return http::TcpAddress{addresses.host, port_at(offset)}; };
  const auto slot = [&](Door door) -> auto& { return doors_[static_cast<std::size_t>(door)]; };
  slot(Door::verifier) = listen(runtime, Door::verifier, tcp(kVerifierPort), mock_limits());
  slot(Door::ops) = listen(runtime, Door::ops, tcp(kOpsPort), mock_limits());
  slot(Door::admin) = listen(runtime, Door::admin, http::UnixPath{addresses.admin_socket}, control_limits());
  control_ = std::make_unique<http::Server>(runtime, http::Listener{.name = "control",
                                                                    .address = tcp(kControlPort),
                                                                    .limits = control_limits(),
                                                                    .router = control_router_});
}

std::uint16_t Front::port_at(unsigned offset) const {
  return addresses_.port == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(addresses_.port + offset);
}

std::unique_ptr<http::Server> Front::listen(http::Runtime& runtime, Door door, http::Address address,
                                            http::Limits limits, std::shared_ptr<const http::TlsServer> tls) {
  auto router = std::make_shared<http::Router>();
  for (const http::Method method : kMethods)
    router->add_prefix(
        method, "/",
        http::DeferringHandler([this, door](const http::Request& request, http::Deferral& deferral) {
          return answer(door, request, deferral);
        }));
  return std::make_unique<http::Server>(runtime, http::Listener{.name = std::string(to_string(door)),
                                                                .address = std::move(address),
                                                                .limits = limits,
                                                                .router = std::move(router),
                                                                .tls = std::move(tls)});
}

void Front::set_detour(std::string header, Detour detour) {
  detour_header_ = std::move(header);
  detour_ = std::move(detour);
}

pki::Result<void> Front::listen_https() {
  const auto world = use();
  service::Instance& instance = (*world)->instance();
  TRY_ASSIGN(const http::TlsIdentity identity, instance.tls()->load_identity());
  tls_certificate_ = identity.certificates.front();
  const auto authorities = instance.tls()->client_authorities();
  TRY_ASSIGN(tls_,
             http::TlsServer::create({.identity = identity,
                                      .client_authorities = authorities,
                                      .client_check =
                                          [this](pki::ByteView certificate) {
                                            return (*use())->instance().tls()->judge_verifier(certificate);
                                          }},
                                     clock_));
  TRY_ASSIGN(admin_tls_,
             http::TlsServer::create({.identity = identity,
                                      .client_authorities = authorities,
                                      .client_check =
                                          [this](pki::ByteView certificate) {
                                            return (*use())->instance().tls()->judge_operator(certificate);
                                          }},
                                     clock_));
  const auto address = [&](unsigned offset) { return http::TcpAddress{addresses_.host, port_at(offset)}; };
  doors_[static_cast<std::size_t>(Door::https)] =
      listen(runtime_, Door::https, address(kHttpsPort), mock_limits(), tls_);
  doors_[static_cast<std::size_t>(Door::admin_https)] =
      listen(runtime_, Door::admin_https, address(kAdminHttpsPort), control_limits(), admin_tls_);
  return {};
}

pki::Result<void> Front::renew_https() {
  const auto world = use();
  if (!world || !tls_) return {};
  const service::TlsMaterial& material = *(*world)->instance().tls();
  TRY_ASSIGN(const http::TlsIdentity identity, material.load_identity());
  if (identity.certificates.front() == tls_certificate_) return {};
  for (const auto& server : {tls_, admin_tls_})
    TRY(server->replace(identity, material.client_authorities()));
  tls_certificate_ = identity.certificates.front();
  return {};
}

World* Front::show(World* world) {
  const std::lock_guard lock(mutex_);
  return std::exchange(world_, world);
}

std::shared_ptr<World::Use> Front::use() const {
  const std::lock_guard lock(mutex_);
  return world_ != nullptr ? std::make_shared<World::Use>(*world_) : nullptr;
}

std::uint16_t Front::port(Door door) const {
  const auto& server = doors_[static_cast<std::size_t>(door)];
  return server ? server->bound_port() : std::uint16_t{0};
}

http::TcpAddress Front::verifier_address() const {
  const bool is_everywhere = addresses_.host == "0.0.0.0" || addresses_.host == "::";
  return {.host = is_everywhere ? "127.0.0.1" : addresses_.host, .port = port(Door::verifier)};
}

std::vector<const http::Server*> Front::servers() const {
  std::vector<const http::Server*> servers;
  for (const auto& server : doors_)
    if (server) servers.push_back(server.get());
  return servers;
}

std::optional<Hold> Front::finish(Visit& visit, http::Response& response) {
  if (!visit.exchange) return std::nullopt;
  FaultsMet met;
  try {
    if (filter_) met = filter_(*visit.exchange, **visit.world, response);
    visit.exchange->faults = std::move(met.names);
  } catch (const std::exception&) {
    // Threads that answer must not meet it: a list that could not be read.
    response = http::problem(500, "Internal Server Error");
  }
  journal_.finish(visit.exchange, response);
  return std::move(met.hold);
}

void Front::hold_back(Hold hold, http::Reply reply, http::Response response) {
  // Functions can be copied, replies cannot.
  auto waiting =
      std::make_shared<std::pair<http::Reply, http::Response>>(std::move(reply), std::move(response));
  delays_.put(std::move(hold), [waiting] { waiting->first(std::move(waiting->second)); });
}

http::Reply Front::watch(std::shared_ptr<Visit> visit, http::Reply reply) {
  return http::Reply([this, visit = std::move(visit),
                      outer = std::make_shared<http::Reply>(std::move(reply))](http::Response response) {
    auto hold = finish(*visit, response);
    visit->world.reset();
    if (hold) return hold_back(std::move(*hold), std::move(*outer), std::move(response));
    (*outer)(std::move(response));
  });
}

std::optional<http::Response> Front::answer(Door door, const http::Request& request,
                                            http::Deferral& deferral) {
  // Kept here as well: the answer may leave before the handler returns.
  const auto world = use();
  if (!world) return http::problem(503, "The mock is being prepared: try again in a moment");
  auto visit = std::make_shared<Visit>();
  visit->world = world;
  if (door == Door::verifier || door == Door::https) visit->exchange = journal_.begin(door, request);
  if (visit->exchange && detour_ && request.path.starts_with("/ocsp/") && request.header(detour_header_)) {
    detour_(world, http::OwnedRequest(request), watch(visit, deferral.defer()));
    return std::nullopt;
  }
  PromisedReply watched([&] { return watch(visit, deferral.defer()); });
  auto response = run_route((*world)->router(door), request, watched);
  if (!response) return std::nullopt;
  auto hold = finish(*visit, *response);
  if (!hold) return response;
  hold_back(std::move(*hold), deferral.defer(), std::move(*response));
  return std::nullopt;
}

}  // namespace mock
