// The parts of a mock put together in a folder: what run_mock() runs, and what tests hold in their hands.

#pragma once

#include <filesystem>

#include "http/runtime.h"
#include "mock/clock.h"
#include "mock/control.h"
#include "mock/faults.h"
#include "mock/front.h"
#include "mock/journal.h"
#include "mock/mock.h"
#include "mock/simulation.h"

namespace mock {

// Who hears what: of errors, of each fault on purpose, of each request, and of a preparation that takes long;
// one line each, from any thread.
struct Ears {
  http::ErrorHandler on_error = {}, on_fault = {}, on_request = {}, on_progress = {};
};

class Assembly final {
 public:
  // Listens from now on. `wall` must outlive the object. Throws pki::ErrorException for options that make no
  // sense, and std::runtime_error as http::Server.
  Assembly(const MockOptions& options, const pki::Clock& wall, const std::filesystem::path& folder,
           const Ears& ears);

  // Everything that the first line names. Before the runtime runs. Throws pki::ErrorException, and what file
  // system and store throw.
  void prepare();
  [[nodiscard]] http::Runtime& runtime() { return runtime_; }
  [[nodiscard]] Simulation& simulation() { return simulation_; }
  [[nodiscard]] const Control& control() const { return control_; }
  [[nodiscard]] const Front& front() const { return front_; }
  [[nodiscard]] Journal& journal() { return journal_; }

 private:
  void answer_at(const std::shared_ptr<World::Use>& world, const http::OwnedRequest& request,
                 http::Reply& reply);

  // In the order in which they depend on each other; they end in reverse.
  MockClock clock_;
  http::Runtime runtime_;
  Journal journal_;
  Faults faults_;
  Front front_;
  Simulation simulation_;
  Control control_;
  // For requests that ask about another time.
  admin::Workers workers_{1, 1'000};
};

}  // namespace mock
