// Object identifiers, kept as the content bytes of their DER encoding (X.690 section 8.19).

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "pki/bytes.h"

namespace pki {

// At most 31 content bytes: longer than any identifier of this field.
struct Oid {
  std::array<std::uint8_t, 31> bytes{};
  std::uint8_t size = 0;

  [[nodiscard]] constexpr ByteView content() const { return {bytes.data(), size}; }
  friend constexpr bool operator==(const Oid&, const Oid&) = default;
  friend constexpr auto operator<=>(const Oid&, const Oid&) = default;
};

// An identifier from its dotted form; a mistake in the text is a compile-time error. Arcs may have up to 133
// bits, as those below 2.25 (a UUID, X.667) need.
consteval Oid make_oid(std::string_view dotted) {
  Oid oid;
  std::size_t position = 0;
  // An arc in groups of seven bits, the least significant first.
  using Arc = std::array<std::uint8_t, 19>;
  const auto times_plus = [](Arc& arc, unsigned factor, unsigned carry) {
    for (std::uint8_t& group : arc) {
      const unsigned value = group * factor + carry;
      group = static_cast<std::uint8_t>(value & 0x7FU);
      carry = value >> 7U;
    }
    if (carry != 0) throw "an arc is too large";
  };
  const auto next_arc = [&] {
    Arc arc{};
    if (position >= dotted.size()) throw "an arc is missing";
    for (; position < dotted.size() && dotted[position] != '.'; ++position)
      times_plus(arc, 10, static_cast<unsigned>(dotted[position] - '0'));
    ++position;
    return arc;
  };
  const auto put = [&](const Arc& arc) {
    std::size_t groups = arc.size();
    while (groups > 1 && arc[groups - 1] == 0)
      --groups;
    for (std::size_t i = groups; i > 0; --i)
      oid.bytes[oid.size++] = static_cast<std::uint8_t>(i > 1 ? arc[i - 1] | 0x80 : arc[i - 1]);
  };
  const unsigned first = next_arc()[0];
  Arc second = next_arc();
  times_plus(second, 1, first * 40);
  put(second);
  while (position < dotted.size())
    put(next_arc());
  return oid;
}

// Dotted decimal, e.g. 2.5.29.20.
[[nodiscard]] std::string to_string(const Oid& oid);

namespace oids {

// RFC 5280 and X.520: attribute types.
inline constexpr Oid kCommonName = make_oid("2.5.4.3");
inline constexpr Oid kCountryName = make_oid("2.5.4.6");
inline constexpr Oid kLocalityName = make_oid("2.5.4.7");
inline constexpr Oid kStateOrProvinceName = make_oid("2.5.4.8");
inline constexpr Oid kOrganizationName = make_oid("2.5.4.10");
inline constexpr Oid kOrganizationalUnitName = make_oid("2.5.4.11");

// RFC 5280 section 4.2: certificate extensions.
inline constexpr Oid kSubjectKeyIdentifier = make_oid("2.5.29.14");
inline constexpr Oid kKeyUsage = make_oid("2.5.29.15");
inline constexpr Oid kSubjectAltName = make_oid("2.5.29.17");
inline constexpr Oid kIssuerAltName = make_oid("2.5.29.18");
inline constexpr Oid kBasicConstraints = make_oid("2.5.29.19");
inline constexpr Oid kCrlDistributionPoints = make_oid("2.5.29.31");
inline constexpr Oid kCertificatePolicies = make_oid("2.5.29.32");
inline constexpr Oid kAuthorityKeyIdentifier = make_oid("2.5.29.35");
inline constexpr Oid kExtendedKeyUsage = make_oid("2.5.29.37");
inline constexpr Oid kFreshestCrl = make_oid("2.5.29.46");
inline constexpr Oid kAuthorityInfoAccess = make_oid("1.3.6.1.5.5.7.1.1");

// RFC 5280 sections 5.2 and 5.3: CRL and CRL entry extensions.
inline constexpr Oid kCrlNumber = make_oid("2.5.29.20");
inline constexpr Oid kReasonCode = make_oid("2.5.29.21");
inline constexpr Oid kInvalidityDate = make_oid("2.5.29.24");
inline constexpr Oid kDeltaCrlIndicator = make_oid("2.5.29.27");
inline constexpr Oid kIssuingDistributionPoint = make_oid("2.5.29.28");

// Access methods, policy qualifiers and extended key usages.
inline constexpr Oid kAccessOcsp = make_oid("1.3.6.1.5.5.7.48.1");
inline constexpr Oid kAccessCaIssuers = make_oid("1.3.6.1.5.5.7.48.2");
inline constexpr Oid kQualifierCps = make_oid("1.3.6.1.5.5.7.2.1");
inline constexpr Oid kKeyPurposeServerAuth = make_oid("1.3.6.1.5.5.7.3.1");
inline constexpr Oid kKeyPurposeClientAuth = make_oid("1.3.6.1.5.5.7.3.2");
inline constexpr Oid kKeyPurposeOcspSigning = make_oid("1.3.6.1.5.5.7.3.9");

// RFC 6960 section 4.
inline constexpr Oid kOcspBasic = make_oid("1.3.6.1.5.5.7.48.1.1");
inline constexpr Oid kOcspNonce = make_oid("1.3.6.1.5.5.7.48.1.2");
inline constexpr Oid kOcspCrlReference = make_oid("1.3.6.1.5.5.7.48.1.3");
inline constexpr Oid kOcspResponse = make_oid("1.3.6.1.5.5.7.48.1.4");
inline constexpr Oid kOcspNoCheck = make_oid("1.3.6.1.5.5.7.48.1.5");
inline constexpr Oid kOcspArchiveCutoff = make_oid("1.3.6.1.5.5.7.48.1.6");
inline constexpr Oid kOcspServiceLocator = make_oid("1.3.6.1.5.5.7.48.1.7");
inline constexpr Oid kOcspPreferredSignatureAlgorithms = make_oid("1.3.6.1.5.5.7.48.1.8");
inline constexpr Oid kOcspExtendedRevoke = make_oid("1.3.6.1.5.5.7.48.1.9");

// Algorithms.
inline constexpr Oid kRsaEncryption = make_oid("1.2.840.113549.1.1.1");
inline constexpr Oid kSha1WithRsa = make_oid("1.2.840.113549.1.1.5");
inline constexpr Oid kSha256WithRsa = make_oid("1.2.840.113549.1.1.11");
inline constexpr Oid kSha384WithRsa = make_oid("1.2.840.113549.1.1.12");
inline constexpr Oid kSha512WithRsa = make_oid("1.2.840.113549.1.1.13");
inline constexpr Oid kEcPublicKey = make_oid("1.2.840.10045.2.1");
inline constexpr Oid kEcdsaSha256 = make_oid("1.2.840.10045.4.3.2");
inline constexpr Oid kEcdsaSha384 = make_oid("1.2.840.10045.4.3.3");
inline constexpr Oid kEcdsaSha512 = make_oid("1.2.840.10045.4.3.4");
inline constexpr Oid kSecp256r1 = make_oid("1.2.840.10045.3.1.7");
inline constexpr Oid kSecp384r1 = make_oid("1.3.132.0.34");
inline constexpr Oid kSha1 = make_oid("1.3.14.3.2.26");
inline constexpr Oid kSha256 = make_oid("2.16.840.1.101.3.4.2.1");
inline constexpr Oid kSha384 = make_oid("2.16.840.1.101.3.4.2.2");
inline constexpr Oid kSha512 = make_oid("2.16.840.1.101.3.4.2.3");

// JPKI (docs/profiles.md section 3): policies and the six otherNames of signing certificates.
inline constexpr Oid kPolicySign = make_oid("1.2.392.200149.8.5.1.1.20");
inline constexpr Oid kPolicyAuth = make_oid("1.2.392.200149.8.5.1.3.30");
inline constexpr Oid kItemName = make_oid("1.2.392.200149.8.5.5.1");
inline constexpr Oid kItemNameSubstitutes = make_oid("1.2.392.200149.8.5.5.2");
inline constexpr Oid kItemSex = make_oid("1.2.392.200149.8.5.5.3");
inline constexpr Oid kItemBirthDate = make_oid("1.2.392.200149.8.5.5.4");
inline constexpr Oid kItemAddress = make_oid("1.2.392.200149.8.5.5.5");
inline constexpr Oid kItemAddressSubstitutes = make_oid("1.2.392.200149.8.5.5.6");

// The uses of credentials of the operations CA, below the enterprise number for examples (RFC 5612): no arc
// is registered for this project.
inline constexpr Oid kKeyPurposeRequestSigning = make_oid("1.3.6.1.4.1.32473.1.1");
inline constexpr Oid kKeyPurposePinlessRequest = make_oid("1.3.6.1.4.1.32473.1.2");
// The same as earlier versions issued them, below a random UUID (X.667). Accepted, but no longer issued:
// several libraries cannot read an arc of more than 64 bits.
inline constexpr Oid kFormerKeyPurposeRequestSigning =
    make_oid("2.25.48656613947607663598996213135220003476.1.1");
inline constexpr Oid kFormerKeyPurposePinlessRequest =
    make_oid("2.25.48656613947607663598996213135220003476.1.2");
// RFC 5280 section 4.2.1.12.
inline constexpr Oid kKeyPurposeAny = make_oid("2.5.29.37.0");

}  // namespace oids

}  // namespace pki
