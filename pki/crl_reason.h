// CRLReason (RFC 5280 section 5.3.1), shared by CRLs, OCSP and the law's rule table.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pki {

// Stored in records: never change a value. 7 is unused in the RFC.
enum class CrlReason : std::uint8_t {
  unspecified = 0,
  key_compromise = 1,
  ca_compromise = 2,
  affiliation_changed = 3,
  superseded = 4,
  cessation_of_operation = 5,
  certificate_hold = 6,
  remove_from_crl = 8,
  privilege_withdrawn = 9,
  aa_compromise = 10,
};

// The RFC's spelling, e.g. affiliationChanged.
[[nodiscard]] std::string_view to_string(CrlReason reason);
// Nothing for 7 and for values above 10.
[[nodiscard]] std::optional<CrlReason> crl_reason_from(std::uint64_t value);

}  // namespace pki
