// Which handler answers which path: a table filled at start and only read afterwards.

#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "http/message.h"
#include "http/reply.h"

namespace http {

// Answers at once on the serving thread; must not wait for anything.
using Handler = std::function<Response(const Request&)>;

// Writes, signs or waits: called on the serving thread, must hand the work on and return; the answer comes
// through the Reply from any thread.
using AsyncHandler = std::function<void(OwnedRequest, Reply)>;

// Answers at once, or gives nothing and leaves the request to its AsyncHandler.
using TryHandler = std::function<std::optional<Response>(const Request&)>;

struct TryThenAsync {
  TryHandler try_handler;
  AsyncHandler async_handler;
};

// How a handler that cannot answer at once gets hold of the promise of its answer.
class Deferral {
 public:
  virtual ~Deferral() = default;
  // Call it at most once.
  [[nodiscard]] virtual Reply defer() = 0;
};

// Answers at once, or takes the Reply, gives nothing, and hands on what it has found out so far with it. The
// request is a view: what is handed on must own what it needs (OwnedRequest).
using DeferringHandler = std::function<std::optional<Response>(const Request&, Deferral&)>;

using Route = std::variant<Handler, AsyncHandler, TryThenAsync, DeferringHandler>;

// Paths are compared raw, byte by byte, with nothing decoded or normalised. An exact path wins over a
// prefix, a longer prefix over a shorter one. HEAD is served by the endpoint for GET unless it has its own.
class Router final {
 public:
  // Each throws std::invalid_argument when the path does not start with '/', or the pair (method, path) is
  // taken, or the handler is empty.
  void add(Method method, std::string path, Handler handler);
  void add_async(Method method, std::string path, AsyncHandler handler);
  void add_try(Method method, std::string path, TryHandler try_handler, AsyncHandler async_handler);
  void add_deferring(Method method, std::string path, DeferringHandler handler);
  // Every path that starts with `prefix`, e.g. "/ocsp/sign/" for GET with the request in the path.
  void add_prefix(Method method, std::string prefix, Route route);

  // The endpoint, or the 404 or 405 (with Allow) to be answered instead.
  [[nodiscard]] std::variant<const Route*, Response> find(Method method, std::string_view path) const;

 private:
  using Methods = std::array<std::optional<Route>, kMethodCount>;
  struct Prefix {
    std::string text;
    Methods methods;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  static std::variant<const Route*, Response> choose(const Methods& methods, Method method);
  void add_exact(Method method, std::string path, Route route);

  std::unordered_map<std::string, Methods, Hash, std::equal_to<>> exact_;
  // Longest first.
  std::vector<Prefix> prefixes_;
};

}  // namespace http
