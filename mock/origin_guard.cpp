// Host and Origin of requests to the control.

#include "mock/origin_guard.h"

#include <arpa/inet.h>

#include <array>

#include "admin/problem.h"
#include "pki/messages/mock.h"

namespace mock {

namespace {

// Names can be made to point here; addresses cannot.
bool is_address(std::string_view host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (host.starts_with('[') && host.ends_with(']'))
    return ::inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), bytes.data()) == 1;
  return ::inet_pton(AF_INET, std::string(host).c_str(), bytes.data()) == 1;
}

// "localhost" of "localhost:8003"; an IPv6 address keeps its brackets.
std::string_view without_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos)
    return authority;
  return authority.substr(0, colon);
}

http::Response refuse(const http::Request& request, pki::Message message) {
  return admin::problem_response(pki::fail(pki::Errc::forbidden, std::move(message)),
                                 admin::language_of(request));
}

}  // namespace

bool OriginGuard::is_known(std::string_view host) const {
  return is_address(host) || http::equal_ignoring_case(host, "localhost") ||
         http::equal_ignoring_case(host, name_);
}

std::optional<http::Response> OriginGuard::refusal(const http::Request& request) const {
  // Absent in HTTP/1.0 alone, which no browser speaks.
  const auto host = request.header("Host");
  if (host && !is_known(without_port(*host)))
    return refuse(request, {messages::control_host_unknown, std::string(without_port(*host))});
  const auto origin = request.header("Origin");
  if (origin && !http::equal_ignoring_case(*origin, "http://" + std::string(host.value_or(""))))
    return refuse(request, {messages::control_origin_foreign, std::string(*origin)});
  return std::nullopt;
}

}  // namespace mock
