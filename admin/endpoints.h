// The table of endpoints of the JSON services: method, path, action and query parameters of each.
//
// The router, the check of the caller's role and the comparison with docs/openapi.yaml all come from this
// table, so that no endpoint can be reached by a role or with a parameter that is not written down.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "admin/json.h"
#include "admin/permission.h"
#include "admin/workers.h"
#include "http/message.h"
#include "http/reply.h"
#include "http/router.h"
#include "http/runtime.h"

namespace admin {

struct Endpoint {
  http::Method method = http::Method::get;
  // As docs/openapi.yaml writes it: "{id}" stands for one segment of any text.
  std::string_view path;
  // What one does with it; who may is in the table of admin/permission.
  Action action = Action::see_roles;
  // The names that may stand in the query.
  std::vector<std::string_view> query = {};
};

// What a handler answers: JSON, and from 400 on a problem document (RFC 9457).
struct Answer {
  unsigned status = 200;
  json::value body;
};

// The row of the table that a request is for, and the variable segments of its path, decoded, in order.
struct FoundEndpoint {
  std::size_t row = 0;
  std::vector<std::string> parameters;
};

// The row, or what is answered instead: 404 for a path that no row has, 405 or (to OPTIONS) 204, both with
// Allow, for a method that the path lacks, 422 for a query parameter that the row does not name or that
// occurs twice. HEAD is served as GET, except to verifiers, whose answers are counted.
[[nodiscard]] std::variant<FoundEndpoint, http::Response> find_endpoint(std::span<const Endpoint> table,
                                                                        const http::Request& request);

// Answers the requests of a table on the workers' threads; exceptions and errors become problem details.
class EndpointServer final {
 public:
  using Handler = std::function<pki::Result<Answer>(const FoundEndpoint&, const http::Request&)>;

  // `on_error` is called with every internal fault. The workers outlive the server.
  EndpointServer(std::vector<Endpoint> table, Handler handler, Workers& workers, http::ErrorHandler on_error);
  // Adds everything below `prefix`, e.g. "/v1/"; the object must outlive the router's use.
  void mount(http::Router& router, const std::string& prefix);

  // Answers on the calling thread.
  [[nodiscard]] http::Response answer(const http::Request& request) const;

  [[nodiscard]] const std::vector<Endpoint>& table() const { return table_; }

 private:
  std::vector<Endpoint> table_;
  Handler handler_;
  Workers& workers_;
  http::ErrorHandler on_error_;
};

}  // namespace admin
