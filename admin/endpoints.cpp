// Finding the row of a request, and answering it.

#include "admin/endpoints.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>

#include "admin/problem.h"
#include "http/url.h"
#include "pki/messages/admin.h"
#include "store/vault.h"

namespace admin {

namespace {

using http::Method;

// In the order in which Allow names them.
constexpr std::array kMethods = {Method::get, Method::head,  Method::post,
                                 Method::put, Method::patch, Method::delete_};

// The variable segments when the path fits the pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = http::path_segments(pattern), given = http::path_segments(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) {
      auto decoded = http::percent_decode(given[i]);
      if (!decoded || decoded->empty()) return std::nullopt;
      parameters.push_back(std::move(*decoded));
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

bool serves(const Endpoint& endpoint, Method method) {
  const bool head_as_get = method == Method::head && endpoint.action != Action::verifier_service;
  return endpoint.method == (head_as_get ? Method::get : method);
}

// The methods of the rows that have this path, as Allow lists them; empty when none has.
std::string allowed_methods(std::span<const Endpoint> table, std::string_view path) {
  std::string allowed;
  for (const Method method : kMethods) {
    const bool is_served = std::ranges::any_of(table, [&](const Endpoint& endpoint) {
      return serves(endpoint, method) && match(endpoint.path, path);
    });
    if (is_served) allowed += std::string(http::to_string(method)) + ", ";
  }
  return allowed.empty() ? allowed : allowed + "OPTIONS";
}

std::string list_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names)
    text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

// A misspelt parameter must not be ignored: the answer would be to another question.
pki::Result<void> check_query(const Endpoint& endpoint, std::string_view query) {
  std::set<std::string> seen;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto name = http::percent_decode(pair.substr(0, pair.find('=')));
    if (!name || !http::percent_decode(pair)) return pki::fail(pki::Errc::malformed, messages::query_escape);
    if (std::ranges::find(endpoint.query, *name) == endpoint.query.end())
      return pki::invalid(*name, endpoint.query.empty()
                                     ? pki::Message(messages::no_query_parameters)
                                     : pki::Message(messages::query_unknown, list_of(endpoint.query)));
    if (!seen.insert(*name).second) return pki::invalid(*name, messages::query_twice);
  }
  return {};
}

http::Response json_response(const Answer& answer) {
  const char* const type = answer.status < 400 ? "application/json" : "application/problem+json";
  http::Response response = http::text_response(answer.status, type, json::serialize(answer.body) + "\n");
  // Answers name people and are for this caller alone.
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace

std::variant<FoundEndpoint, http::Response> find_endpoint(std::span<const Endpoint> table,
                                                          const http::Request& request) {
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (!serves(table[row], request.method)) continue;
    auto parameters = match(table[row].path, request.path);
    if (!parameters) continue;
    if (const auto checked = check_query(table[row], request.query); checked.has_error())
      return problem_response(checked.error(), language_of(request));
    return FoundEndpoint{row, std::move(*parameters)};
  }
  const std::string allowed = allowed_methods(table, request.path);
  if (allowed.empty())
    return problem_response(pki::fail(pki::Errc::not_found, messages::path_unknown), language_of(request));
  if (request.method != Method::options) return method_not_allowed(allowed, language_of(request));
  http::Response response{.status = 204};
  response.headers.push_back({"Allow", allowed});
  return response;
}

EndpointServer::EndpointServer(std::vector<Endpoint> table, Handler handler, Workers& workers,
                               http::ErrorHandler on_error)
    : table_(std::move(table)),
      handler_(std::move(handler)),
      workers_(workers),
      on_error_(std::move(on_error)) {}

void EndpointServer::mount(http::Router& router, const std::string& prefix) {
  const http::AsyncHandler handler = [this](http::OwnedRequest request, http::Reply reply) {
    auto shared_reply = std::make_shared<http::Reply>(std::move(reply));
    if (workers_.submit([this, request, shared_reply] { (*shared_reply)(answer(request)); })) return;
    (*shared_reply)(
        problem_response(pki::fail(pki::Errc::too_busy, messages::requests_many), language_of(*request)));
  };
  // The prefix without its slash, too: nothing is there either, and a client reads the same problem about it.
  const std::string bare = prefix.substr(0, prefix.find_last_not_of('/') + 1);
  const auto add = [&](Method method) {
    router.add_prefix(method, prefix, handler);
    router.add_async(method, bare, handler);
  };
  for (const Method method : kMethods)
    add(method);
  add(Method::options);
}

http::Response EndpointServer::answer(const http::Request& request) const {
  try {
    auto found = find_endpoint(table_, request);
    if (auto* instead = std::get_if<http::Response>(&found)) return std::move(*instead);
    const auto result = handler_(std::get<FoundEndpoint>(found), request);
    http::Response response =
        result.has_value() ? json_response(*result) : problem_response(result.error(), language_of(request));
    // Who is refused counts as a stranger, so that guessing is slow.
    response.is_for_known_client = result.has_value() || result.error().code != pki::Errc::forbidden;
    if (result.has_error() && result.error().code == pki::Errc::internal && on_error_)
      on_error_(result.error().text());
    return response;
  } catch (const store::VaultLocked& locked) {
    return problem_response(pki::fail(pki::Errc::too_busy, locked.message()), language_of(request));
  } catch (const std::exception& error) {
    if (on_error_) on_error_(error.what());
    return problem_response(pki::fail(pki::Errc::internal, {}), language_of(request));
  }
}

}  // namespace admin
