// The doors of a mock, and the layer between them and the world behind: every request passes here on its way
// to the handlers, and every answer on its way out. Here requests go on record and faults do their work.

#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/runtime.h"
#include "http/server.h"
#include "mock/faults.h"
#include "mock/journal.h"
#include "mock/world.h"

namespace mock {

// Changes an answer on its way out. Called from any thread.
using AnswerFilter =
    std::function<FaultsMet(const Exchange& exchange, World& world, http::Response& response)>;
// Takes over a request from the serving thread, and answers it from another.
using Detour = std::function<void(std::shared_ptr<World::Use> world, http::OwnedRequest, http::Reply)>;

// Which ports are taken: P for the verifiers' HTTP, P + 1 for HTTPS, and so on; 0: any that are free.
struct FrontAddresses {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string admin_socket;
};

class Front final {
 public:
  // Binds every door but those of HTTPS. Throws std::runtime_error as http::Server.
  Front(http::Runtime& runtime, Journal& journal, const pki::Clock& clock, const FrontAddresses& addresses);
  // Of both, before the runtime runs.
  void set_filter(AnswerFilter filter) { filter_ = std::move(filter); }
  // For requests below /ocsp/ that have the header.
  void set_detour(std::string header, Detour detour);
  // Both doors of HTTPS, with a certificate of the world's. After the first show().
  pki::Result<void> listen_https();
  // Shows the world's certificate from now on, when it has a new one.
  pki::Result<void> renew_https();

  // Puts a world behind the doors and gives the one that was there, which still answers what it has begun;
  // null for none.
  World* show(World* world);
  // The world in front of which the caller stands; null before the first.
  [[nodiscard]] std::shared_ptr<World::Use> use() const;

  // The paths below / of the control listener.
  [[nodiscard]] http::Router& control() { return *control_router_; }
  [[nodiscard]] std::uint16_t port(Door door) const;
  [[nodiscard]] std::uint16_t control_port() const { return control_->bound_port(); }
  // Where a client on this machine finds the verifiers' HTTP.
  [[nodiscard]] http::TcpAddress verifier_address() const;
  [[nodiscard]] const pki::Clock& clock() const { return clock_; }
  // For /metrics.
  [[nodiscard]] std::vector<const http::Server*> servers() const;

 private:
  struct Visit;
  [[nodiscard]] std::unique_ptr<http::Server> listen(http::Runtime& runtime, Door door, http::Address address,
                                                     http::Limits limits,
                                                     std::shared_ptr<const http::TlsServer> tls = {});
  [[nodiscard]] std::optional<http::Response> answer(Door door, const http::Request& request,
                                                     http::Deferral& deferral);
  // What happens to every answer; how long it is held back.
  [[nodiscard]] std::optional<Hold> finish(Visit& visit, http::Response& response);
  void hold_back(Hold hold, http::Reply reply, http::Response response);
  [[nodiscard]] http::Reply watch(std::shared_ptr<Visit> visit, http::Reply reply);
  [[nodiscard]] std::uint16_t port_at(unsigned offset) const;

  http::Runtime& runtime_;
  Journal& journal_;
  const pki::Clock& clock_;
  FrontAddresses addresses_;
  AnswerFilter filter_;
  std::string detour_header_;
  Detour detour_;
  mutable std::mutex mutex_;
  World* world_ = nullptr;  // Guarded by mutex_.
  std::shared_ptr<http::TlsServer> tls_, admin_tls_;
  pki::Bytes tls_certificate_;
  std::shared_ptr<http::Router> control_router_ = std::make_shared<http::Router>();
  std::array<std::unique_ptr<http::Server>, kDoors> doors_;
  std::unique_ptr<http::Server> control_;
  // Last: it answers through what stands before it.
  Delays delays_;
};

}  // namespace mock
