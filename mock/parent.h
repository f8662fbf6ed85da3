// Who started a mock, and whether that still wants it.

#pragma once

#include <sys/types.h>

#include <cstdint>

namespace mock {

// What standard input says at the start.
enum class StandardInput : std::uint8_t {
  open,   // A pipe, a terminal or a file: its end is the mock's.
  empty,  // Closed, or /dev/null: the default of Go and Node. It does not say how long the mock is wanted.
};
// Puts /dev/null in the place of a standard stream that is closed, so that no file of ours takes its number.
[[nodiscard]] StandardInput look_at_standard_input();

// True once the process at the other end of standard input has closed it.
[[nodiscard]] bool is_standard_input_closed();

// Whether the process that started this one has ended since.
class ParentWatch final {
 public:
  ParentWatch();
  [[nodiscard]] bool has_ended() const;

 private:
  pid_t parent_;
};

}  // namespace mock
