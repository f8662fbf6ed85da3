// What a machine that stands by answers: that it does, and which machine leads.
//
// Status is answered with tryLater and lists with 503, since its store may be behind the leader's; nothing
// else is answered at all. Its HTTPS listeners stay closed, so that a balancer goes elsewhere.

#pragma once

#include <memory>

#include "http/router.h"
#include "http/runtime.h"
#include "http/server.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/standby.h"

namespace service {

// The answers, each for every path of its listener. `standby` must outlive the routers' use.
void mount_standby_for_verifiers(http::Router& router, const Standby& standby);
void mount_standby_for_operators(http::Router& router, const Standby& standby);
// /livez, /readyz (503, with what this machine is) and /metrics.
void mount_standby_ops(http::Router& router, const Standby& standby);

// On the same addresses as the leader's would be. Everything must outlive the object.
class StandbyListeners final {
 public:
  // Throws std::runtime_error as http::Server.
  StandbyListeners(http::Runtime& runtime, const Config& config, const DataFolder& data,
                   const Standby& standby);

 private:
  std::shared_ptr<http::Router> verifier_router_ = std::make_shared<http::Router>();
  std::shared_ptr<http::Router> admin_router_ = std::make_shared<http::Router>();
  std::shared_ptr<http::Router> ops_router_ = std::make_shared<http::Router>();
  std::unique_ptr<http::Server> verifier_, admin_, ops_;
};

}  // namespace service
