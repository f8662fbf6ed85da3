// Running what a router has for a request, whatever kind of handler it is.

#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "http/router.h"

namespace mock {

// Makes the Reply when a handler asks for it.
class PromisedReply final : public http::Deferral {
 public:
  explicit PromisedReply(std::function<http::Reply()> make) : make_(std::move(make)) {}
  http::Reply defer() override { return make_(); }

 private:
  std::function<http::Reply()> make_;
};

// The answer; nothing when it comes through the Reply of `deferral`.
[[nodiscard]] inline std::optional<http::Response> run_route(const http::Router& router,
                                                             const http::Request& request,
                                                             http::Deferral& deferral) {
  auto found = router.find(request.method, request.path);
  if (auto* refusal = std::get_if<http::Response>(&found)) return std::move(*refusal);
  const http::Route& route = *std::get<const http::Route*>(found);
  if (const auto* handler = std::get_if<http::Handler>(&route)) return (*handler)(request);
  if (const auto* handler = std::get_if<http::DeferringHandler>(&route)) return (*handler)(request, deferral);
  const http::AsyncHandler* later = std::get_if<http::AsyncHandler>(&route);
  if (const auto* both = std::get_if<http::TryThenAsync>(&route)) {
    if (auto response = both->try_handler(request)) return response;
    later = &both->async_handler;
  }
  (*later)(http::OwnedRequest(request), deferral.defer());
  return std::nullopt;
}

// The answer, waited for. Not from a serving thread.
[[nodiscard]] inline http::Response call_route(const http::Router& router,
                                               const http::OwnedRequest& request) {
  // Shared with the answering thread, which may still be at it when the answer has been taken.
  const auto promise = std::make_shared<std::promise<http::Response>>();
  auto answered = promise->get_future();
  PromisedReply deferral([promise] {
    return http::Reply([promise](http::Response response) { promise->set_value(std::move(response)); });
  });
  if (auto response = run_route(router, request, deferral)) return std::move(*response);
  return answered.get();
}

}  // namespace mock
