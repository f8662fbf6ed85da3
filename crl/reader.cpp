// The frame by pki::der::Reader; entries by a path of their own, since a national list has millions of them.

#include "crl/reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "pki/der.h"
#include "pki/messages/crl.h"
#include "pki/oid.h"

namespace crl {

namespace {

namespace tag = pki::der::tag;

pki::Error malformed(const pki::MessageText& why) {
  return pki::fail(pki::Errc::malformed, {messages::not_a_crl, why});
}

// crlEntryExtensions { { id-ce-cRLReasons, OCTET STRING { ENUMERATED … } } } up to the reason's byte.
constexpr std::array<std::uint8_t, 13> kReasonBegins = {0x30, 0x0C, 0x30, 0x0A, 0x06, 0x03, 0x55,
                                                        0x1D, 0x15, 0x04, 0x03, 0x0A, 0x01};
constexpr std::size_t kReasonExtensionSize = kReasonBegins.size() + 1;
constexpr std::size_t kUtcTimeSize = 15;

bool is_minimal(pki::ByteView integer) {
  if (integer.empty()) return false;
  if (integer.size() == 1) return true;
  return !(integer[0] == 0x00 && integer[1] < 0x80) && !(integer[0] == 0xFF && integer[1] >= 0x80);
}

// Two digits; 255 when they are none, which no field of a time can be.
unsigned two_digits(const std::uint8_t* bytes) {
  const unsigned high = bytes[0] - unsigned{'0'}, low = bytes[1] - unsigned{'0'};
  return high > 9 || low > 9 ? 255 : high * 10 + low;
}

// The 13 bytes YYMMDDhhmmssZ, or nothing when they are no such time.
std::optional<pki::Time> utc_time(const std::uint8_t* bytes) {
  const unsigned year = two_digits(bytes), month = two_digits(bytes + 2), day = two_digits(bytes + 4);
  const unsigned hour = two_digits(bytes + 6), minute = two_digits(bytes + 8);
  const unsigned second = two_digits(bytes + 10);
  const pki::Date date{std::chrono::year{static_cast<int>(year + (year >= 50 ? 1900 : 2000))},
                       std::chrono::month{month}, std::chrono::day{day}};
  if (year > 99 || !date.ok() || hour > 23 || minute > 59 || second > 59 || bytes[12] != 'Z')
    return std::nullopt;
  return pki::Time{std::chrono::sys_days{date}} + pki::Seconds{hour * 3600 + minute * 60 + second};
}

// Takes an entry with UTCTime and at most a reason, as nearly all are, from the front of `rest` into `entry`.
// False for any other, right or wrong; `rest` then stays.
bool take_usual(pki::ByteView& rest, DecodedEntry& entry) {
  constexpr std::size_t kHeader = 2;
  const std::uint8_t* bytes = rest.data();
  if (rest.size() < 2 * kHeader || bytes[0] != tag::kSequence || bytes[1] >= 0x80) return false;
  const std::size_t size = kHeader + bytes[1];
  if (rest.size() < size || bytes[2] != tag::kInteger || bytes[3] >= 0x80) return false;
  const std::size_t time_at = 2 * kHeader + bytes[3], extensions_at = time_at + kUtcTimeSize;
  if (size < extensions_at) return false;
  entry.serial = {bytes + 2 * kHeader, bytes[3]};
  const std::uint8_t* time = bytes + time_at;
  if (!is_minimal(entry.serial) || time[0] != tag::kUtcTime || time[1] != kUtcTimeSize - kHeader)
    return false;
  const auto date = utc_time(time + kHeader);
  if (!date) return false;
  entry.revocation_date = *date;
  entry.extensions = {bytes + extensions_at, size - extensions_at};
  entry.reason.reset();
  entry.invalidity_date.reset();
  if (size != extensions_at) {
    if (size != extensions_at + kReasonExtensionSize ||
        std::memcmp(bytes + extensions_at, kReasonBegins.data(), kReasonBegins.size()) != 0)
      return false;
    entry.reason = pki::crl_reason_from(bytes[size - 1]);
    if (!entry.reason) return false;
  }
  rest = {bytes + size, rest.size() - size};
  return true;
}

pki::Result<std::optional<pki::CrlReason>> reason_in(const std::vector<pki::Extension>& list) {
  const auto found = std::ranges::find(list, pki::oids::kReasonCode, &pki::Extension::id);
  if (found == list.end()) return std::optional<pki::CrlReason>{};
  pki::der::Reader value(found->value);
  TRY_ASSIGN(const std::uint8_t number, value.read_enumerated());
  TRY(value.finish());
  const auto reason = pki::crl_reason_from(number);
  if (!reason) return malformed(messages::reason_unknown);
  return reason;
}

pki::Result<std::optional<pki::Time>> invalidity_date_in(const std::vector<pki::Extension>& list) {
  const auto found = std::ranges::find(list, pki::oids::kInvalidityDate, &pki::Extension::id);
  if (found == list.end()) return std::optional<pki::Time>{};
  pki::der::Reader value(found->value);
  TRY_ASSIGN(const pki::Time time, value.read_generalized_time());
  TRY(value.finish());
  return std::optional<pki::Time>{time};
}

// Any entry, strictly.
pki::Result<DecodedEntry> any_entry(pki::ByteView& rest) {
  pki::der::Reader list(rest);
  TRY_ASSIGN(pki::der::Reader fields, list.enter_sequence());
  DecodedEntry entry;
  TRY_ASSIGN(entry.serial, fields.read_integer());
  TRY_ASSIGN(entry.revocation_date, fields.read_time());
  if (!fields.at_end()) {
    TRY_ASSIGN(const pki::der::Element extensions, fields.read(tag::kSequence));
    entry.extensions = extensions.encoding;
    TRY_ASSIGN(const std::vector<pki::Extension> list, pki::decode_extensions(entry.extensions));
    TRY_ASSIGN(entry.reason, reason_in(list));
    TRY_ASSIGN(entry.invalidity_date, invalidity_date_in(list));
  }
  TRY(fields.finish());
  rest = list.rest();
  return entry;
}

bool is_time(std::optional<std::uint8_t> found) {
  return found && (*found == tag::kUtcTime || *found == tag::kGeneralizedTime);
}

// TBSCertList from version to crlExtensions.
pki::Result<DecodedCrl> decode_tbs(const pki::der::Element& element) {
  pki::der::Reader tbs(element.content);
  DecodedCrl crl;
  crl.tbs = element.encoding;
  if (tbs.peek() == tag::kInteger) {
    TRY_ASSIGN(const std::uint64_t version, tbs.read_unsigned());
    if (version != 1) return malformed(messages::version_written);
    crl.version = 2;
  }
  TRY_ASSIGN(const pki::der::Element algorithm, tbs.read(tag::kSequence));
  crl.signature_algorithm = algorithm.encoding;
  TRY_ASSIGN(const pki::der::Element issuer, tbs.read(tag::kSequence));
  crl.issuer = issuer.encoding;
  TRY_ASSIGN(crl.this_update, tbs.read_time());
  if (is_time(tbs.peek())) {
    TRY_ASSIGN(crl.next_update, tbs.read_time());
  }
  TRY_ASSIGN(const std::optional<pki::der::Element> entries, tbs.read_optional(tag::kSequence));
  crl.writes_empty_entries = entries && entries->content.empty();
  if (entries) crl.entries = entries->content;
  TRY_ASSIGN(const std::optional<pki::der::Element> extensions,
             tbs.read_optional(tag::context_constructed(0)));
  if (extensions) {
    if (crl.version != 2) return malformed(messages::extensions_in_v1);
    TRY_ASSIGN(crl.extensions, pki::decode_extensions(extensions->content));
  }
  TRY(tbs.finish());
  return crl;
}

// Reads [n] BOOLEAN DEFAULT FALSE, IMPLICIT.
pki::Result<bool> read_flag(pki::der::Reader& reader, unsigned n) {
  TRY_ASSIGN(const std::optional<pki::der::Element> element, reader.read_optional(tag::context(n)));
  if (!element) return false;
  if (element->content.size() != 1 || element->content[0] != 0xFF) return malformed(messages::flag_not_true);
  return true;
}

}  // namespace

pki::Result<std::optional<DecodedEntry>> EntryReader::next() {
  if (rest_.empty()) return std::optional<DecodedEntry>{};
  if (take_usual(rest_, usual_)) return std::optional<DecodedEntry>{usual_};
  auto entry = any_entry(rest_);
  if (entry.has_error()) {
    rest_ = {};
    return std::move(entry).error();
  }
  return std::optional<DecodedEntry>{*entry};
}

const DecodedEntry* EntryReader::next_usual() {
  return take_usual(rest_, usual_) ? &usual_ : nullptr;
}

const pki::Extension* DecodedCrl::find_extension(const pki::Oid& id) const {
  const auto found = std::ranges::find(extensions, id, &pki::Extension::id);
  return found == extensions.end() ? nullptr : &*found;
}

pki::Result<DecodedCrl> decode_crl(pki::ByteView der) {
  pki::der::Reader outer(der);
  TRY_ASSIGN(pki::der::Reader list, outer.enter_sequence());
  TRY(outer.finish());
  TRY_ASSIGN(const pki::der::Element tbs, list.read(tag::kSequence));
  TRY_ASSIGN(const pki::der::Element algorithm, list.read(tag::kSequence));
  TRY_ASSIGN(const pki::der::BitString signature, list.read_bit_string());
  if (signature.unused != 0) return malformed(messages::signature_not_bytes);
  TRY(list.finish());
  TRY_ASSIGN(DecodedCrl crl, decode_tbs(tbs));
  if (!pki::equal(algorithm.encoding, crl.signature_algorithm)) return malformed(messages::algorithms_differ);
  crl.signature = signature.bytes;
  return crl;
}

pki::Result<DecodedCrl> decode_tbs_cert_list(pki::ByteView tbs) {
  pki::der::Reader reader(tbs);
  TRY_ASSIGN(const pki::der::Element element, reader.read(tag::kSequence));
  TRY(reader.finish());
  return decode_tbs(element);
}

pki::Result<pki::ByteView> decode_crl_number(pki::ByteView extension_value) {
  pki::der::Reader reader(extension_value);
  TRY_ASSIGN(const pki::ByteView number, reader.read_integer());
  TRY(reader.finish());
  if ((number[0] & 0x80U) != 0) return malformed(messages::number_negative);
  return number;
}

// AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, authorityCertIssuer [1] OPTIONAL,
//   authorityCertSerialNumber [2] OPTIONAL }
pki::Result<std::optional<pki::ByteView>> decode_key_identifier(pki::ByteView extension_value) {
  pki::der::Reader outer(extension_value);
  TRY_ASSIGN(pki::der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  TRY_ASSIGN(const std::optional<pki::der::Element> identifier, fields.read_optional(tag::context(0)));
  TRY(fields.read_optional(tag::context_constructed(1)));
  TRY(fields.read_optional(tag::context(2)));
  TRY(fields.finish());
  if (!identifier) return std::optional<pki::ByteView>{};
  return std::optional<pki::ByteView>{identifier->content};
}

pki::Result<DecodedIssuingDistributionPoint> decode_issuing_distribution_point(
    pki::ByteView extension_value) {
  pki::der::Reader outer(extension_value);
  TRY_ASSIGN(pki::der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  DecodedIssuingDistributionPoint point;
  TRY_ASSIGN(const std::optional<pki::der::Element> name, fields.read_optional(tag::context_constructed(0)));
  if (name) point.name = name->encoding;
  TRY_ASSIGN(point.only_contains_user_certs, read_flag(fields, 1));
  TRY_ASSIGN(point.only_contains_ca_certs, read_flag(fields, 2));
  TRY_ASSIGN(const std::optional<pki::der::Element> reasons, fields.read_optional(tag::context(3)));
  if (reasons) point.only_some_reasons = reasons->content;
  TRY_ASSIGN(point.indirect_crl, read_flag(fields, 4));
  TRY_ASSIGN(point.only_contains_attribute_certs, read_flag(fields, 5));
  TRY(fields.finish());
  return point;
}

}  // namespace crl
