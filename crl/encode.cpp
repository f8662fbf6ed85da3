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
//   onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE, … }
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

// The octets of a non-negative INTEGER's minimal content.
std::size_t integer_width(std::uint64_t value) {
  std::size_t width = 1;
  while (width < 9 && (width == 8 ? (value >> 63U) != 0 : (value >> (8 * width - 1)) != 0))
    ++width;
  return width;
}

constexpr std::size_t kReasonSize = 14;

// Section 5.1.2.6 by way of 4.1.2.5: UTCTime for the years 1950 to 2049, GeneralizedTime otherwise. Compared
// as seconds, since this is asked three times for every entry of a long list.
bool is_generalized(pki::Time time) {
  constexpr pki::Time kFirst{std::chrono::sys_days{std::chrono::January / 1 / 1950}};
  constexpr pki::Time kEnd{std::chrono::sys_days{std::chrono::January / 1 / 2050}};
  return time < kFirst || time >= kEnd;
}

}  // namespace

pki::Bytes encode_list_head(const Authority& authority, const ListDescription& description) {
  pki::der::Writer writer;
  writer.integer(1);
  writer.raw(pki::encode_algorithm_identifier(authority.algorithm));
  writer.raw(authority.subject);
  writer.time(description.this_update);
  writer.time(description.next_update);
  return writer.take();
}

pki::Bytes encode_list_extensions(const Authority& authority, const ListDescription& description) {
  using pki::der::Writer;
  Writer writer;
  const auto put = [&writer](const pki::Oid& id, Criticality criticality, auto&& body) {
    encode_extension(writer, id, criticality, body);
  };
  writer.context(0, [&] {
    writer.sequence([&] {
      put(pki::oids::kAuthorityKeyIdentifier, Criticality::not_critical,
          [&] { writer.sequence([&] { writer.primitive(tag::context(0), authority.key_identifier); }); });
      put(pki::oids::kCrlNumber, Criticality::not_critical, [&] { writer.integer(description.number); });
      if (description.base_number)
        put(pki::oids::kDeltaCrlIndicator, Criticality::critical,
            [&] { writer.integer(*description.base_number); });
      if (description.names)
        put(pki::oids::kIssuingDistributionPoint, Criticality::critical,
            [&] { encode_issuing_distribution_point(writer, *description.names); });
      // Section 5.2.6: freshestCRL never appears in a delta.
      if (!description.base_number)
        put(pki::oids::kFreshestCrl, Criticality::not_critical, [&] {
          encode_freshest_crl(writer,
                              list_uri(authority.public_url, description.scope, registry::CrlKind::delta));
        });
    });
  });
  return writer.take();
}

std::size_t EntryEncoder::size_of(const ListEntry& entry) {
  const std::size_t time = is_generalized(entry.revocation_date) ? 17 : 15;
  const std::size_t reason = entry.reason == pki::CrlReason::unspecified ? 0 : kReasonSize;
  return 2 + 2 + integer_width(entry.serial.value) + time + reason;
}

pki::ByteView EntryEncoder::encode(const ListEntry& entry) {
  size_ = 2;
  const std::size_t width = integer_width(entry.serial.value);
  octets_[size_++] = tag::kInteger;
  octets_[size_++] = static_cast<std::uint8_t>(width);
  for (std::size_t i = width; i > 0; --i)
    octets_[size_++] =
        i > 8 ? std::uint8_t{0} : static_cast<std::uint8_t>(entry.serial.value >> (8 * (i - 1)));
  put_time(entry.revocation_date);
  // Section 5.3.1: reasonCode is left out instead of saying unspecified. Extensions { { 2.5.29.21, OCTET
  // STRING { ENUMERATED } } } has one size.
  if (entry.reason != pki::CrlReason::unspecified) {
    constexpr std::array<std::uint8_t, kReasonSize - 1> kReasonHead = {
        0x30, 0x0C, 0x30, 0x0A, 0x06, 0x03, 0x55, 0x1D, 0x15, 0x04, 0x03, 0x0A, 0x01};
    for (const std::uint8_t octet : kReasonHead)
      octets_[size_++] = octet;
    octets_[size_++] = static_cast<std::uint8_t>(entry.reason);
  }
  octets_[0] = tag::kSequence;
  octets_[1] = static_cast<std::uint8_t>(size_ - 2);
  return {octets_.data(), size_};
}

// Digits by division: formatting functions would take most of the time of a long list.
void EntryEncoder::put_time(pki::Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const pki::Date date{day};
  const auto second = static_cast<unsigned>((time - day).count());
  const auto year_number = static_cast<unsigned>(static_cast<int>(date.year()));
  const bool generalized = is_generalized(time);
  octets_[size_++] = generalized ? tag::kGeneralizedTime : tag::kUtcTime;
  octets_[size_++] = generalized ? 15 : 13;
  if (generalized)
    put_digits(year_number, 4);
  else
    put_digits(year_number % 100, 2);
  put_digits(static_cast<unsigned>(date.month()), 2);
  put_digits(static_cast<unsigned>(date.day()), 2);
  put_digits(second / 3600, 2);
  put_digits(second / 60 % 60, 2);
  put_digits(second % 60, 2);
  octets_[size_++] = 'Z';
}

void EntryEncoder::put_digits(unsigned value, unsigned count) {
  for (unsigned i = count; i > 0; --i) {
    octets_[size_ + i - 1] = static_cast<std::uint8_t>('0' + value % 10);
    value /= 10;
  }
  size_ += count;
}

}  // namespace crl
