// The RFC's words for reasons.

#include "pki/crl_reason.h"

namespace pki {

std::string_view to_string(CrlReason reason) {
  switch (reason) {
    case CrlReason::unspecified:
      return "unspecified";
    case CrlReason::key_compromise:
      return "keyCompromise";
    case CrlReason::ca_compromise:
      return "cACompromise";
    case CrlReason::affiliation_changed:
      return "affiliationChanged";
    case CrlReason::superseded:
      return "superseded";
    case CrlReason::cessation_of_operation:
      return "cessationOfOperation";
    case CrlReason::certificate_hold:
      return "certificateHold";
    case CrlReason::remove_from_crl:
      return "removeFromCRL";
    case CrlReason::privilege_withdrawn:
      return "privilegeWithdrawn";
    case CrlReason::aa_compromise:
      return "aACompromise";
  }
  return "unspecified";
}

std::optional<CrlReason> crl_reason_from(std::uint64_t value) {
  if (value == 7 || value > 10) return std::nullopt;
  return static_cast<CrlReason>(value);
}

}  // namespace pki
