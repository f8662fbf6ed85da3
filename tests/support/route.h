// Calls what a router has for a request, without a network, and waits for the answer.

#pragma once

#include <functional>
#include <future>
#include <optional>
#include <utility>
#include <variant>

#include "http/router.h"

namespace support {

// Gives out one Reply that calls a function.
class TestDeferral final : public http::Deferral {
 public:
  explicit TestDeferral(std::function<void(http::Response)> answered) : answered_(std::move(answered)) {}
  http::Reply defer() override { return http::Reply(answered_); }

 private:
  std::function<void(http::Response)> answered_;
};

inline http::Response call_route(const http::Router& router, const http::OwnedRequest& request) {
  const auto found = router.find(request->method, request->path);
  if (const auto* refusal = std::get_if<http::Response>(&found)) return *refusal;
  const http::Route& route = *std::get<const http::Route*>(found);
  std::promise<http::Response> promise;
  const auto answered = [&](http::Response response) { promise.set_value(std::move(response)); };
  if (const auto* handler = std::get_if<http::Handler>(&route)) return (*handler)(request);
  if (const auto* handler = std::get_if<http::DeferringHandler>(&route)) {
    TestDeferral deferral(answered);
    if (auto response = (*handler)(request, deferral)) return std::move(*response);
  } else if (const auto* later = std::get_if<http::AsyncHandler>(&route)) {
    (*later)(request, http::Reply(answered));
  } else {
    const auto& both = std::get<http::TryThenAsync>(route);
    if (auto response = both.try_handler(request)) return std::move(*response);
    both.async_handler(request, http::Reply(answered));
  }
  return promise.get_future().get();
}

}  // namespace support
