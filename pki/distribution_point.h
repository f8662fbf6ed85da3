// The scope of one CRL, and the one encoding of its names.
//
// RFC 5280 section 6.3.3 (b)(2)(i) lets a CRL cover a certificate when any name of the IDP equals any name of
// the certificate's CRLDP. So the same function writes both, and no two points of a CA share a name.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pki/der.h"
#include "pki/name.h"

namespace pki {

// A municipality or ward by its six-digit code; zero is the whole generation of a CA.
struct DistributionPoint {
  std::uint32_t code = 0;

  [[nodiscard]] bool is_whole_generation() const { return code == 0; }
  friend auto operator<=>(const DistributionPoint&, const DistributionPoint&) = default;
};

inline constexpr DistributionPoint kWholeGeneration{0};

// The names of a distribution point: a directoryName as JPKI's certificates carry, and with it an http URI
// for the clients that need one (absent when switched off).
struct DistributionPointNames {
  Name directory_name;
  std::optional<std::string> uri;

  friend bool operator==(const DistributionPointNames&, const DistributionPointNames&) = default;
};

// DistributionPointName ::= CHOICE { fullName [0] GeneralNames, … }, inside the [0] of CRLDP and IDP.
void encode_distribution_point_name(der::Writer& writer, const DistributionPointNames& names);

// GeneralName alternatives used here: directoryName [4] and uniformResourceIdentifier [6].
void encode_directory_name(der::Writer& writer, const Name& name);
void encode_uri(der::Writer& writer, std::string_view uri);

// Six digits, zero-padded.
[[nodiscard]] std::string to_string(DistributionPoint point);

}  // namespace pki
