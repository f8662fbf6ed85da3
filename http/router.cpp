// Finding the route: a hash table for exact paths, then prefixes from the longest to the shortest.

#include "http/router.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace http {

namespace {

constexpr std::size_t index_of(Method method) {
  return static_cast<std::size_t>(method);
}

bool is_callable(const Route& route) {
  if (const auto* handler = std::get_if<Handler>(&route)) return static_cast<bool>(*handler);
  if (const auto* handler = std::get_if<AsyncHandler>(&route)) return static_cast<bool>(*handler);
  if (const auto* handler = std::get_if<DeferringHandler>(&route)) return static_cast<bool>(*handler);
  const auto& both = std::get<TryThenAsync>(route);
  return both.try_handler && both.async_handler;
}

void check(std::string_view path, const Route& route) {
  if (!path.starts_with('/'))
    throw std::invalid_argument("a route must start with '/': " + std::string(path));
  if (!is_callable(route)) throw std::invalid_argument("a route without a handler: " + std::string(path));
}

void put(std::optional<Route>& slot, std::string_view path, Route route) {
  if (slot) throw std::invalid_argument("two routes for one method and path: " + std::string(path));
  slot = std::move(route);
}

}  // namespace

void Router::add(Method method, std::string path, Handler handler) {
  add_exact(method, std::move(path), std::move(handler));
}

void Router::add_async(Method method, std::string path, AsyncHandler handler) {
  add_exact(method, std::move(path), std::move(handler));
}

void Router::add_try(Method method, std::string path, TryHandler try_handler, AsyncHandler async_handler) {
  add_exact(method, std::move(path), TryThenAsync{std::move(try_handler), std::move(async_handler)});
}

void Router::add_deferring(Method method, std::string path, DeferringHandler handler) {
  add_exact(method, std::move(path), std::move(handler));
}

void Router::add_exact(Method method, std::string path, Route route) {
  if (method == Method::other) throw std::invalid_argument("a route needs a method that has a name");
  check(path, route);
  put(exact_[path][index_of(method)], path, std::move(route));
}

void Router::add_prefix(Method method, std::string prefix, Route route) {
  check(prefix, route);
  auto found = std::find_if(prefixes_.begin(), prefixes_.end(),
                            [&](const Prefix& candidate) { return candidate.text == prefix; });
  if (found == prefixes_.end()) {
    const auto place = std::find_if(prefixes_.begin(), prefixes_.end(), [&](const Prefix& candidate) {
      return candidate.text.size() < prefix.size();
    });
    found = prefixes_.insert(place, Prefix{prefix, {}});
  }
  put(found->methods[index_of(method)], prefix, std::move(route));
}

std::variant<const Route*, Response> Router::find(Method method, std::string_view path) const {
  if (const auto found = exact_.find(path); found != exact_.end()) return choose(found->second, method);
  for (const Prefix& prefix : prefixes_)
    if (path.starts_with(prefix.text)) return choose(prefix.methods, method);
  return problem(404, "Not Found");
}

std::variant<const Route*, Response> Router::choose(const Methods& methods, Method method) {
  if (const auto& route = methods[index_of(method)]) return &*route;
  const auto& get = methods[index_of(Method::get)];
  if (method == Method::head && get) return &*get;

  std::string allow;
  for (std::size_t i = 0; i < methods.size(); ++i) {
    const auto candidate = static_cast<Method>(i);
    if (!methods[i] && !(candidate == Method::head && get)) continue;
    if (!allow.empty()) allow += ", ";
    allow += to_string(candidate);
  }
  Response response = problem(405, "Method Not Allowed");
  response.headers.push_back({"Allow", std::move(allow)});
  return response;
}

}  // namespace http
