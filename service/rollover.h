// A CA's next generation, begun while the service runs.
//
// Keys, certificates and the responder are made and tried beside the service that goes on. One commit then
// puts the generation on record, and is the moment from which it issues; everything that must know the
// generation for that knows it before, everything that needs its record is informed afterwards. The
// generations before answer and make lists as they did.

#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "admin/pending_generation.h"
#include "ca/generation.h"
#include "crl/list_health.h"
#include "crl/publisher.h"
#include "http/runtime.h"
#include "ocsp/service.h"
#include "service/open_authority.h"

namespace service {

// What a rollover touches; all of it outlives the object.
struct RolloverServices {
  AuthorityParts parts;
  ca::KeyFolder keys;
  ca::KeySource make_key;
  ocsp::Service& ocsp;
  crl::Publisher& publisher;
  crl::ListHealth& list_health;
  // Called when a generation of the operations CA is in use; may be empty.
  std::function<void()> on_operations_ca;
  http::ErrorHandler on_error;
};

class Rollover final {
 public:
  explicit Rollover(RolloverServices services) : services_(std::move(services)) {}
  Rollover(const Rollover&) = delete;
  Rollover& operator=(const Rollover&) = delete;

  // Makes the generation; at most one at a time (Errc::conflict). Blocks for as long as keys take to be made;
  // not from the writer's thread. Errors as ca::name_points() and ca::make_generation(), and what the new
  // responder's test says. The object must outlive what is given.
  [[nodiscard]] pki::Result<std::unique_ptr<admin::PendingGeneration>> prepare(
      const ca::Succession& succession);

 private:
  class Pending;

  RolloverServices services_;
  std::mutex one_at_a_time_;
};

}  // namespace service
