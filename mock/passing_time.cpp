// How a simulation's clock is moved: what falls due on the way is done in its order.

#include "crl/plan.h"
#include "mock/plain_number.h"
#include "mock/simulation.h"
#include "pki/messages/mock.h"
#include "registry/due.h"

namespace mock {

namespace {

// When the next clock of a resident ends, after `now`.
std::optional<pki::Time> next_due(World& world, pki::Time now) {
  const auto transaction = world.instance().environment().read();
  for (auto entries = registry::due_entries(transaction); entries.valid(); entries.next())
    if (const pki::Time at = entries.row().at; at > now) return at;
  return std::nullopt;
}

std::string_view word(ClockMode mode) {
  switch (mode) {
    case ClockMode::following:
      return "following";
    case ClockMode::running:
      return "running";
    case ClockMode::frozen:
      return "frozen";
  }
  return "";
}

}  // namespace

boost::json::object Simulation::describe_clock() const {
  const ClockCourse course = clock_.course();
  return {{"now", pki::to_rfc3339(clock_.now())},
          {"mode", word(course.mode)},
          {"frozen", course.mode == ClockMode::frozen},
          {"rate", plain_number(course.mode == ClockMode::running ? course.rate : 1)}};
}

pki::Result<void> Simulation::move_clock(const ClockMove& move) {
  const std::lock_guard lock(acting_);
  const pki::Time from = clock_.now();
  ClockCourse course = clock_.course();
  if (move.to) {
    if (*move.to < from)
      return pki::fail(pki::Errc::conflict, {messages::clock_goes_forward, pki::to_rfc3339(from)});
    // It leaves the wall's.
    if (course.mode == ClockMode::following) course = {.mode = ClockMode::running, .rate = 1};
    leap(*move.to, move.every_list);
  }
  if (move.course) course = *move.course;
  clock_.go(course);
  return {};
}

// One sweep after another, each at the moment at which it is due.
void Simulation::step_to(pki::Time to) {
  for (auto next = next_due(*world_, clock_.now()); next && *next <= to; next = next_due(*world_, *next)) {
    clock_.freeze_at(*next);
    world_->instance().apply_time();
  }
  clock_.freeze_at(to);
}

void Simulation::leap(pki::Time to, bool every_list) {
  clock_.freeze_at(clock_.now());
  if (every_list) {
    const pki::Seconds grid = setting_.config.crl.delta_grid;
    for (pki::Time mark = crl::last_grid_mark(clock_.now(), grid) + grid; mark < to; mark += grid) {
      step_to(mark);
      catch_up();
    }
  }
  step_to(to);
  catch_up();
}

}  // namespace mock
