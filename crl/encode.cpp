// CertificateList ::= SEQUENCE {
//   tbsCertList         TBSCertList,
//   signatureAlgorithm  AlgorithmIdentifier,
//   signatureValue      BIT STRING }
//
// TBSCertList ::= SEQUENCE {
//   version                 Version OPTIONAL,       -- v2
//   signature               AlgorithmIdentifier,
//   issuer                  Name,
//   thisUpdate              Time,
//   nextUpdate              Time OPTIONAL,
//   revokedCertificates     SEQUENCE OF SEQUENCE {
//     userCertificate         CertificateSerialNumber,
//     revocationDate          Time,
//     crlEntryExtensions      Extensions OPTIONAL } OPTIONAL,
//   crlExtensions       [0] EXPLICIT Extensions OPTIONAL }

#include "crl/encode.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <string_view>

#include "pki/der.h"
#include "pki/oid.h"

namespace crl {

namespace {

namespace tag = pki::der::tag;

enum class Criticality : std::uint8_t { critical, not_critical };

// Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING }
template <typename Body>
void encode_extension(pki::der::Writer& writer, const pki::Oid& id, Criticality criticality, Body&& body) {
  writer.sequence([&] {
    writer.oid(id);
    if (criticality == Criticality::critical) writer.boolean(true);
    writer.wrapped(std::forward<Body>(body));
  });
}

// IssuingDistributionPoint ::= SEQUENCE {
//   distributionPoint          [0] DistributionPointName OPTIONAL,
//   onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE,
//   onlyContainsCACerts        [2] BOOLEAN DEFAULT FALSE, … }
// Only the scope decides what stands here: a delta's is identical to its base's (section 5.2.4).
void encode_issuing_distribution_point(pki::der::Writer& writer, const pki::DistributionPointNames& names) {
  constexpr std::uint8_t kTrue = 0xFF;
  writer.sequence([&] {
    pki::encode_distribution_point_name(writer, names);
    writer.primitive(tag::context(1), {&kTrue, 1});
  });
}

// CRLDistributionPoints ::= SEQUENCE OF DistributionPoint { distributionPoint [0] { fullName [0] … } }
void encode_freshest_crl(pki::der::Writer& writer, std::string_view uri) {
  writer.sequence([&] {
    writer.sequence(
        [&] { writer.context(0, [&] { writer.context(0, [&] { pki::encode_uri(writer, uri); }); }); });
  });
}

// The bytes of a non-negative INTEGER's minimal content: one bit more than the value has, for the sign.
std::size_t integer_width(std::uint64_t value) {
  return static_cast<std::size_t>(std::bit_width(value)) / 8 + 1;
}

// Extensions { { id-ce-cRLReasons, OCTET STRING { ENUMERATED } } } up to the reason's byte.
constexpr std::array<std::uint8_t, 13> kReasonHead = {0x30, 0x0C, 0x30, 0x0A, 0x06, 0x03, 0x55,
                                                      0x1D, 0x15, 0x04, 0x03, 0x0A, 0x01};

// "00" to "99".
constexpr std::array<std::uint8_t, 200> kPairs = [] {
  std::array<std::uint8_t, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<std::uint8_t>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<std::uint8_t>('0' + i % 10);
  }
  return pairs;
}();

std::uint8_t* put_pair(std::uint8_t* out, unsigned value) {
  std::memcpy(out, &kPairs[2 * std::size_t{value}], 2);
  return out + 2;
}

// Section 5.1.2.6 by way of 4.1.2.5: UTCTime for the years 1950 to 2049, GeneralizedTime otherwise. Digits by
// table: formatting functions would take most of the time of a long list.
enum class TimeForm : std::uint8_t { by_year, generalized_always };

std::uint8_t* put_time(std::uint8_t* out, pki::Time time, TimeForm form = TimeForm::by_year) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const pki::Date date{day};
  const auto second = static_cast<unsigned>((time - day).count());
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  bool generalized = year < 1950 || year >= 2050;
  if (form == TimeForm::generalized_always) generalized = true;
  *out++ = generalized ? tag::kGeneralizedTime : tag::kUtcTime;
  *out++ = generalized ? 15 : 13;
  if (generalized) out = put_pair(out, year / 100 % 100);
  out = put_pair(out, year % 100);
  out = put_pair(out, static_cast<unsigned>(date.month()));
  out = put_pair(out, static_cast<unsigned>(date.day()));
  out = put_pair(out, second / 3600);
  out = put_pair(out, second / 60 % 60);
  out = put_pair(out, second % 60);
  *out++ = 'Z';
  return out;
}

// Extensions { { id-ce-invalidityDate, OCTET STRING { GeneralizedTime } } } without the outer header, up to
// the time.
constexpr std::array<std::uint8_t, 9> kInvalidityHead = {0x30, 0x18, 0x06, 0x03, 0x55,
                                                         0x1D, 0x18, 0x04, 0x11};
constexpr std::uint8_t kReasonSize = 12, kInvaliditySize = 26;

// crlEntryExtensions of an entry with an invalidityDate (section 5.3.2): the reason first, when there is one.
std::uint8_t* put_dated_extensions(std::uint8_t* out, const ListEntry& entry) {
  const bool has_reason = entry.reason != pki::CrlReason::unspecified;
  *out++ = tag::kSequence;
  *out++ = static_cast<std::uint8_t>(kInvaliditySize + (has_reason ? kReasonSize : 0));
  if (has_reason) {
    out = std::copy(kReasonHead.begin() + 2, kReasonHead.end(), out);
    *out++ = static_cast<std::uint8_t>(entry.reason);
  }
  out = std::ranges::copy(kInvalidityHead, out).out;
  return put_time(out, *entry.invalidity_date, TimeForm::generalized_always);
}

}  // namespace

pki::Bytes encode_list_head(const registry::DecodedIssuer& issuer, const ListDescription& description) {
  pki::der::Writer writer;
  writer.integer(1);
  writer.raw(pki::encode_algorithm_identifier(issuer.algorithm));
  writer.raw(issuer.subject);
  writer.time(description.this_update);
  writer.time(description.next_update);
  return writer.take();
}

pki::Bytes encode_list_extensions(const registry::DecodedIssuer& issuer, const ListDescription& description) {
  using pki::der::Writer;
  Writer writer;
  const auto put = [&writer](const pki::Oid& id, Criticality criticality, auto&& body) {
    encode_extension(writer, id, criticality, body);
  };
  writer.context(0, [&] {
    writer.sequence([&] {
      put(pki::oids::kAuthorityKeyIdentifier, Criticality::not_critical,
          [&] { writer.sequence([&] { writer.primitive(tag::context(0), issuer.key_identifier); }); });
      put(pki::oids::kCrlNumber, Criticality::not_critical, [&] { writer.integer(description.number); });
      if (description.base_number)
        put(pki::oids::kDeltaCrlIndicator, Criticality::critical,
            [&] { writer.integer(*description.base_number); });
      if (description.names)
        put(pki::oids::kIssuingDistributionPoint, Criticality::critical,
            [&] { encode_issuing_distribution_point(writer, *description.names); });
      if (description.kind == registry::CrlKind::arl)
        put(pki::oids::kIssuingDistributionPoint, Criticality::critical, [&] {
          constexpr std::uint8_t kTrue = 0xFF;
          writer.sequence([&] { writer.primitive(tag::context(2), {&kTrue, 1}); });
        });
      // Section 5.2.6: freshestCRL never appears in a delta. The list of CAs has no deltas.
      if (!description.base_number && description.kind != registry::CrlKind::arl)
        put(pki::oids::kFreshestCrl, Criticality::not_critical, [&] {
          encode_freshest_crl(
              writer, list_uri(issuer.record.public_url, description.scope, registry::CrlKind::delta));
        });
    });
  });
  return writer.take();
}

std::size_t encode_entry(std::span<std::uint8_t, kLongestEntry> room, const ListEntry& entry) {
  std::uint8_t* out = room.data() + 2;
  const std::size_t width = integer_width(entry.serial.value);
  *out++ = tag::kInteger;
  *out++ = static_cast<std::uint8_t>(width);
  if (width == 9) *out++ = 0;
  const std::size_t bytes = std::min<std::size_t>(width, 8);
  // All eight are stored, the first `bytes` are meant: one instruction, where a loop would be ten.
  std::uint64_t stored = entry.serial.value << (8 * (8 - bytes));
  if constexpr (std::endian::native == std::endian::little) stored = __builtin_bswap64(stored);
  std::memcpy(out, &stored, sizeof stored);
  out = put_time(out + bytes, entry.revocation_date);
  if (entry.invalidity_date) {
    out = put_dated_extensions(out, entry);
  } else if (entry.reason != pki::CrlReason::unspecified) {
    // Section 5.3.1: reasonCode is left out instead of saying unspecified.
    std::memcpy(out, kReasonHead.data(), kReasonHead.size());
    out += kReasonHead.size();
    *out++ = static_cast<std::uint8_t>(entry.reason);
  }
  const auto size = static_cast<std::size_t>(out - room.data());
  room[0] = tag::kSequence;
  room[1] = static_cast<std::uint8_t>(size - 2);
  return size;
}

}  // namespace crl
