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

namespace {

pki::Errc errc_of(int code) {
  if (code == kRefused) return pki::Errc::conflict;
  if (code == kUsage) return pki::Errc::invalid_value;
  return code == kNotReachable ? pki::Errc::unreachable : pki::Errc::internal;
}

}  // namespace

Failure::Failure(int code, const std::string& message)
    : std::runtime_error(message), code_(code), error_(pki::fail(errc_of(code), message)) {}

Failure::Failure(const pki::Error& error)
    : std::runtime_error(error.article.empty() ? error.text() : error.text() + " (" + error.article + ")"),
      code_(exit_code(error.code)),
      error_(error) {}

}  // namespace cli
