// Standard streams and the parent's id.

#include "mock/parent.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace mock {

StandardInput look_at_standard_input() {
  struct stat status{};
  const bool is_closed = ::fstat(STDIN_FILENO, &status) != 0;
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
    // The lowest free number is taken.
    if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  const bool is_null = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
  return is_closed || is_null ? StandardInput::empty : StandardInput::open;
}

bool is_standard_input_closed() {
  pollfd descriptor{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&descriptor, 1, 0) <= 0) return false;
  char ignored[256];
  return ::read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0;
}

ParentWatch::ParentWatch() : parent_(::getppid()) {}

bool ParentWatch::has_ended() const {
  return ::getppid() != parent_;
}

}  // namespace mock
