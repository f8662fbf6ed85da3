// The DER of a CertificateList, RFC 5280 section 5.1, in the pieces that a stream is put together from.
//
// What goes in is decided by crl/publisher; crl/stream joins the pieces.

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "pki/bytes.h"
#include "pki/crl_reason.h"
#include "pki/distribution_point.h"
#include "pki/serial_number.h"
#include "pki/time.h"
#include "registry/crls.h"
#include "registry/decoded_issuer.h"

namespace crl {

// One element of revokedCertificates.
struct ListEntry {
  pki::SerialNumber serial;
  pki::Time revocation_date;
  pki::CrlReason reason = pki::CrlReason::unspecified;
  std::optional<pki::Time> invalidity_date = {};

  friend bool operator==(const ListEntry&, const ListEntry&) = default;
};

// The fields of one list other than its entries.
struct ListDescription {
  registry::CrlScope scope;
  // Of the distribution point; absent for the whole generation, whose lists have no IDP.
  std::optional<pki::DistributionPointNames> names;
  std::uint64_t number = 0;
  pki::Time this_update;
  pki::Time next_update;
  // Makes the list a delta.
  std::optional<std::uint64_t> base_number;
  // `arl` makes it a list of CA certificates, with an IDP that says so and no freshestCRL.
  registry::CrlKind kind = registry::CrlKind::complete;
};

// TBSCertList from version to nextUpdate.
[[nodiscard]] pki::Bytes encode_list_head(const registry::DecodedIssuer& issuer,
                                          const ListDescription& description);
// crlExtensions with its [0].
[[nodiscard]] pki::Bytes encode_list_extensions(const registry::DecodedIssuer& issuer,
                                                const ListDescription& description);

// The longest entry: a serial of 9 bytes, GeneralizedTime, a reason and an invalidityDate.
inline constexpr std::size_t kLongestEntry = 2 + 11 + 17 + 14 + 26;

// Writes the entry at the beginning of `room` and says how many bytes it takes. Without allocation: a long
// list asks for it a million times.
std::size_t encode_entry(std::span<std::uint8_t, kLongestEntry> room, const ListEntry& entry);

}  // namespace crl
