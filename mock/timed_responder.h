// OCSP at another time than the mock's clock says, for one request: the header Jpki-Mock-Time.
//
// The same store is asked by a second OCSP service whose clock is set by the request. What is said of a
// certificate is its state now; the dates of the answer, and whether certificates are in their time, are the
// header's.

#pragma once

#include <memory>
#include <mutex>

#include "mock/world.h"
#include "ocsp/service.h"

namespace mock {

inline constexpr const char* kTimeHeader = "Jpki-Mock-Time";

// Usable from any thread; requests take turns.
class TimedResponder final {
 public:
  // The answer to a request of the world's OCSP paths, waited for. Errc::invalid_value for a moment before
  // the birth of a CA or after its end.
  [[nodiscard]] pki::Result<http::Response> answer(World& world, const http::OwnedRequest& request,
                                                   pki::Time at);
  // Lets go of the world; before it ends.
  void forget();

 private:
  class SetClock final : public pki::Clock {
   public:
    [[nodiscard]] pki::Time now() const override { return at; }
    [[nodiscard]] std::int64_t now_milliseconds() const override { return pki::to_unix(at) * 1000; }
    pki::Time at{};
  };
  pki::Result<void> prepare(World& world, pki::Time at);

  std::mutex mutex_;
  SetClock clock_;               // Guarded by mutex_, as is the rest.
  World* world_ = nullptr;       // Whose service it is.
  pki::Time begins_{}, ends_{};  // When the responders' certificates are valid.
  std::unique_ptr<ocsp::Service> service_;
  std::unique_ptr<http::Router> router_;
};

}  // namespace mock
