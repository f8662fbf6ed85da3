// The guard over the clock (service/trusted_clock.h) as the API shows it to operators.

#pragma once

#include <functional>
#include <optional>

#include "pki/message.h"
#include "pki/result.h"
#include "pki/time.h"

namespace admin {

// What time the service goes by, beside what the wall clock says.
struct ClockState {
  pki::Time now, wall;
  // Why the wall clock is not believed, and what to do; absent when it is.
  std::optional<pki::Message> doubt;
};

// The guard over the clock, as operators see it. The functions are empty where the clock has none (the mock).
struct ClockControl {
  std::function<ClockState()> state = {};
  // Whether accept() would do it; Errc::conflict.
  std::function<pki::Result<void>()> may_accept = {};
  // An operator's word that the wall clock is right.
  std::function<pki::Result<void>()> accept = {};
};

}  // namespace admin
