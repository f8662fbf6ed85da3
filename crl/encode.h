// The DER of a CertificateList, RFC 5280 section 5.1, in the pieces that a stream is put together from.
//
// What goes in is decided by crl/publisher; crl/stream joins the pieces.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crl/authority.h"
#include "pki/bytes.h"
#include "pki/crl_reason.h"
#include "pki/distribution_point.h"
#include "pki/serial_number.h"
#include "pki/time.h"
#include "registry/crls.h"

namespace crl {

// One element of revokedCertificates.
struct ListEntry {
  pki::SerialNumber serial;
  pki::Time revocation_date;
  pki::CrlReason reason = pki::CrlReason::unspecified;

  friend bool operator==(const ListEntry&, const ListEntry&) = default;
};

// The fields of one list beside its entries.
struct ListDescription {
  registry::CrlScope scope;
  // Of the distribution point; absent for the whole generation, whose lists have no IDP.
  std::optional<pki::DistributionPointNames> names;
  std::uint64_t number = 0;
  pki::Time this_update;
  pki::Time next_update;
  // Makes the list a delta.
  std::optional<std::uint64_t> base_number;
};

// TBSCertList from version to nextUpdate.
[[nodiscard]] pki::Bytes encode_list_head(const Authority& authority, const ListDescription& description);
// crlExtensions with its [0].
[[nodiscard]] pki::Bytes encode_list_extensions(const Authority& authority,
                                                const ListDescription& description);

// Encodes entries into a buffer of its own, without allocation.
class EntryEncoder final {
 public:
  // Valid until the next call.
  [[nodiscard]] pki::ByteView encode(const ListEntry& entry);
  // The size of what encode() gives.
  [[nodiscard]] static std::size_t size_of(const ListEntry& entry);

 private:
  void put_time(pki::Time time);
  void put_digits(unsigned value, unsigned count);

  std::array<std::uint8_t, 48> octets_{};
  std::size_t size_ = 0;
};

}  // namespace crl
