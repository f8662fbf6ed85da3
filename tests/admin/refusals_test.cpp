// Refusals on their way into the audit log: what repeats is counted, and no operator silences another.

#include "admin/refusals.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/admin/operator_world.h"

namespace admin {

namespace {

std::ptrdiff_t count(const std::vector<std::string>& lines, const std::string& text) {
  return std::ranges::count_if(lines,
                               [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("an operator that is refused all the time leaves room for the refusals of others") {
  support::OperatorWorld world;
  Refusals refusals(*world.writer, world.clock);
  const registry::Actor loud{.operator_name = "loud", .role = registry::Role::auditor};
  const registry::Actor quiet{.operator_name = "quiet", .role = registry::Role::auditor};
  for (int i = 0; i < 12'000; ++i)
    refusals.note(loud, "read-register, resident " + std::to_string(i));
  refusals.note(quiet, "read-register");
  const auto lines = world.audit();
  CHECK(count(lines, "loud auditor refused") == 1'000);
  CHECK(count(lines, "quiet auditor refused: read-register refusals left out 11000") == 1);

  world.clock.advance(kRefusalRepeats);
  refusals.note(loud, "read-register, resident 0");
  CHECK(count(world.audit(), "loud auditor refused: read-register, resident 0") == 2);
}

TEST_CASE(
    "a refusal that repeats within a minute is counted, and callers that are no operators share one "
    "account") {
  support::OperatorWorld world;
  Refusals refusals(*world.writer, world.clock);
  const registry::Actor one{.operator_name = "one", .role = registry::Role::auditor};
  for (int i = 0; i < 3; ++i)
    refusals.note(one, "publish");
  for (int i = 0; i < 1'100; ++i)
    refusals.note({.operator_name = "10.0." + std::to_string(i), .role = registry::Role::system}, "publish");
  const auto lines = world.audit();
  CHECK(count(lines, "one auditor refused: publish") == 1);
  CHECK(count(lines, "refused: publish") == 1'001);
}

}  // namespace admin
