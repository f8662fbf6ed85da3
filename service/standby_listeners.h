// The listeners of a machine that stands by: status and lists under its read lease
// (service/standby_answers.h); of all else, that it stands by and which machine leads. Its HTTPS listeners
// stay closed, so that a balancer goes elsewhere.

#pragma once

#include <memory>

#include "http/router.h"
#include "http/runtime.h"
#include "http/server.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/standby.h"
#include "service/standby_answers.h"

namespace service {

// OCSPResponse tryLater.
[[nodiscard]] http::Response try_later();

// What is answered of each path that nothing else answers. `standby` must outlive the routers' use.
void mount_standby_for_verifiers(http::Router& router, const Standby& standby);
void mount_standby_for_operators(http::Router& router, const Standby& standby);
// /livez, /readyz (503, with what this machine is; with ?for=answers whether it answers status, 200 or 503)
// and /metrics. `answers` null: it answers nothing.
void mount_standby_ops(http::Router& router, const Standby& standby, const StandbyAnswers* answers);

// On the same addresses as the leader's would be. Everything must outlive the object.
class StandbyListeners final {
 public:
  // Throws std::runtime_error as http::Server.
  StandbyListeners(http::Runtime& runtime, const Config& config, const DataFolder& data,
                   const Standby& standby, StandbyAnswers& answers);

 private:
  std::shared_ptr<http::Router> verifier_router_ = std::make_shared<http::Router>();
  std::shared_ptr<http::Router> admin_router_ = std::make_shared<http::Router>();
  std::shared_ptr<http::Router> ops_router_ = std::make_shared<http::Router>();
  std::unique_ptr<http::Server> verifier_, admin_, ops_;
};

}  // namespace service
