// What a process leaves about its clock, so that a restart believes no time that was in doubt before it.
//
// DATA/store/clock-mark lies beside the store, so that it goes with it, and holds nothing about anybody: the
// boot's id (random(4), /proc/sys/kernel/random/boot_id), CLOCK_BOOTTIME, and what TrustedClock::mark() says.
// Within one boot elapsed time carries the trusted time over a restart; after another, or on another machine,
// the mark's latest time and its doubt are what is left (service/trusted_clock.h).

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "pki/result.h"
#include "service/data_folder.h"
#include "service/trusted_clock.h"

namespace service {

// Of the machine's start; empty where the system has none.
[[nodiscard]] std::string boot_id();

// What the last process has left. Nothing when there is no mark or it does not read: it is damaged, or of
// another version.
[[nodiscard]] std::optional<LeftClock> read_clock_mark(const DataFolder& data, std::string_view boot);
// Atomic and durable. Errc::internal says what the system said.
[[nodiscard]] pki::Result<void> write_clock_mark(const DataFolder& data, std::string_view boot,
                                                 const ClockMark& mark);
// For a clock that was repaired: what was left is no measure any more.
void remove_clock_mark(const DataFolder& data);

// Writes the marks of one process: at once, when a doubt comes or goes, and each minute.
class ClockMarkKeeper final {
 public:
  // Both must outlive the object.
  ClockMarkKeeper(const DataFolder& data, const TrustedClock& clock);
  // Writes when it is time; each second is often enough.
  pki::Result<void> keep();
  // Writes.
  pki::Result<void> keep_now();

 private:
  const DataFolder& data_;
  const TrustedClock& clock_;
  const std::string boot_;
  // The last that was written.
  std::optional<ClockMark> written_;
};

}  // namespace service
