// Errors as people see them.

#include "cli/failure.h"

namespace cli {

int exit_code(pki::Errc code) {
  switch (code) {
    case pki::Errc::already_exists:
    case pki::Errc::conflict:
    case pki::Errc::forbidden:
    case pki::Errc::not_found:
    case pki::Errc::refused_by_law:
    case pki::Errc::sig_required:
    case pki::Errc::unauthorized:
      return kRefused;
    case pki::Errc::invalid_value:
    case pki::Errc::malformed:
    case pki::Errc::unsupported:
      return kUsage;
    case pki::Errc::unreachable:
      return kNotReachable;
    case pki::Errc::internal:
    case pki::Errc::too_busy:
      return kInternal;
  }
  return kInternal;
}

Failure::Failure(const pki::Error& error)
    : Failure(exit_code(error.code),
              error.article.empty() ? error.detail : error.detail + " (" + error.article + ")") {}

}  // namespace cli
