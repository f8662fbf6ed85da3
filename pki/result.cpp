// The names of error codes, and what happens when a caller ignores one.

#include "pki/result.h"

#include <stdexcept>

namespace pki {

void throw_exception_from_error(const Error& error, const boost::source_location& location) {
  throw std::logic_error(std::string(location.file_name()) + ": value() of a failed result: " + error.text());
}

const char* to_string(Errc code) {
  switch (code) {
    case Errc::already_exists:
      return "already_exists";
    case Errc::conflict:
      return "conflict";
    case Errc::forbidden:
      return "forbidden";
    case Errc::internal:
      return "internal";
    case Errc::invalid_value:
      return "invalid_value";
    case Errc::malformed:
      return "malformed";
    case Errc::not_found:
      return "not_found";
    case Errc::outcome_unknown:
      return "outcome_unknown";
    case Errc::refused_by_law:
      return "refused_by_law";
    case Errc::sig_required:
      return "sig_required";
    case Errc::too_busy:
      return "too_busy";
    case Errc::unauthorized:
      return "unauthorized";
    case Errc::unreachable:
      return "unreachable";
    case Errc::unsupported:
      return "unsupported";
  }
  return "internal";
}

}  // namespace pki
