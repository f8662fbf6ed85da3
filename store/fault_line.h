// The last words of a process whose store is cut or unreadable under its feet.
//
// LMDB reads through mapped memory. A page that the disk cannot give is a SIGBUS there, and a damaged page
// can lead anywhere (SIGSEGV); neither can be turned into an error. What can be had is one line that names
// the store, instead of a silent end.

#pragma once

#include <cstddef>
#include <filesystem>

namespace store {

// Exit code of a process that ends so: internal.
inline constexpr int kFaultExitCode = 4;

// As long as it lives, a fault in the mapping of `file`, or in LMDB's own code (a damaged page leads it
// anywhere), ends the process with a line on standard error. Any other fault goes on to the handler before.
// At most eight at a time; more have no line.
class FaultLine final {
 public:
  // `file` is mapped already. Without /proc there is no line.
  explicit FaultLine(const std::filesystem::path& file);
  ~FaultLine();
  FaultLine(const FaultLine&) = delete;
  FaultLine& operator=(const FaultLine&) = delete;

 private:
  std::size_t slot_;
};

// Whether a look at mapped memory ends without a fault; false as soon as a page cannot be had. What `look`
// was doing is left as it stands, so it must own nothing. For the first look at a file that may be cut.
[[nodiscard]] bool can_read(void (*look)(void* argument), void* argument);

}  // namespace store
