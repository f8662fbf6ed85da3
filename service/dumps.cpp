// By RLIMIT_CORE. The process stays traceable by its own user: the tools of developers need that.

#include "service/dumps.h"

#include <sys/resource.h>

namespace service {

void keep_out_of_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
}

}  // namespace service
