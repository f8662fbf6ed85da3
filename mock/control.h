// /mock: the control of a mock over HTTP, on a loopback listener of its own. docs/openapi-mock.yaml describes
// it.

#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "admin/endpoints.h"
#include "admin/workers.h"
#include "mock/faults.h"
#include "mock/journal.h"
#include "mock/origin_guard.h"
#include "mock/simulation.h"

namespace mock {

// One request to the control, taken apart.
struct ControlCall {
  const http::Request& request;
  // The path's variable segments, in order.
  std::vector<std::string> parameters;
  boost::json::object body;
};

using ControlOperation = std::function<pki::Result<admin::Answer>(const ControlCall&)>;

struct ControlRow {
  admin::Endpoint endpoint;
  ControlOperation operation;
};

class Control final {
 public:
  // All must outlive the object; `on_error` hears of internal faults. `guard` lets requests in.
  Control(Simulation& simulation, Journal& journal, Faults& faults, Front& front, OriginGuard guard,
          http::ErrorHandler on_error);
  // Adds everything below /mock, and the page at /; the object must outlive the router's use.
  void mount(http::Router& router);
  [[nodiscard]] std::vector<admin::Endpoint> endpoints() const;

 private:
  // Runs the operation of a row.
  [[nodiscard]] pki::Result<admin::Answer> run(const admin::FoundEndpoint& found,
                                               const http::Request& request) const;
  [[nodiscard]] http::Response file(const http::Request& request) const;
  // Passes a request on to the operators' API, body and all.
  [[nodiscard]] http::Response pass(const http::Request& request, std::string_view target) const;

  // Has the work done by the workers, unless the guard refuses the request.
  [[nodiscard]] http::AsyncHandler later(admin::Workers& workers,
                                         std::function<http::Response(const http::Request&)> work);

  Simulation& simulation_;
  OriginGuard guard_;
  http::ErrorHandler on_error_;
  std::vector<ControlRow> rows_;
  // Answers by the table of the rows, on the threads that later() chooses.
  std::optional<admin::EndpointServer> server_;
  admin::Workers workers_{2, 1'000};
  // Those that wait for answers, which may never come, keep nothing else waiting.
  admin::Workers askers_{2, 100};
};

// The rows of the table, by what they are about.
[[nodiscard]] std::vector<ControlRow> world_rows(Simulation& simulation);
[[nodiscard]] std::vector<ControlRow> card_rows(Simulation& simulation);
[[nodiscard]] std::vector<ControlRow> clock_rows(Simulation& simulation, const pki::Clock& clock);
[[nodiscard]] std::vector<ControlRow> request_rows(Journal& journal, Front& front);
[[nodiscard]] std::vector<ControlRow> fault_rows(Faults& faults);
[[nodiscard]] std::vector<ControlRow> page_rows(Simulation& simulation, Front& front);

}  // namespace mock
