// The strict reader. Each refusal names the rule of X.690 that was broken.

#include <algorithm>

#include "pki/der.h"

#include "pki/messages/pki.h"

namespace pki::der {

namespace {

constexpr int kMaxDepth = 32;

Error malformed(const MessageText& why) {
  return fail(Errc::malformed, {messages::not_der, why});
}

struct Header {
  std::uint8_t tag;
  std::size_t header_size;
  std::size_t content_size;
};

Result<Header> read_header(ByteView input) {
  if (input.size() < 2) return malformed(messages::der_element_short);
  const std::uint8_t tag = input[0];
  if ((tag & 0x1FU) == 0x1F) return malformed(messages::der_high_tag);
  const std::uint8_t first = input[1];
  if (first < 0x80) return Header{tag, 2, first};
  const std::size_t bytes = first & 0x7FU;
  if (bytes == 0) return malformed(messages::der_indefinite_length);
  if (bytes > 4 || input.size() < 2 + bytes) return malformed(messages::der_length_bad);
  const auto size = static_cast<std::size_t>(read_big_endian(input.subspan(2, bytes)));
  if (input[2] == 0 || size < 0x80) return malformed(messages::der_length_not_minimal);
  return Header{tag, 2 + bytes, size};
}

Result<void> check_integer(ByteView content) {
  if (content.empty()) return malformed(messages::der_integer_empty);
  if (content.size() > 1) {
    const bool redundant =
        (content[0] == 0x00 && content[1] < 0x80) || (content[0] == 0xFF && content[1] >= 0x80);
    if (redundant) return malformed(messages::der_integer_not_minimal);
  }
  return {};
}

Result<BitString> check_bit_string(ByteView content) {
  if (content.empty() || content[0] > 7) return malformed(messages::der_unused_bits);
  const std::uint8_t unused = content[0];
  const ByteView bytes = content.subspan(1);
  if (bytes.empty() ? unused != 0 : (bytes.back() & ((1U << unused) - 1)) != 0)
    return malformed(messages::der_unused_bits_set);
  return BitString{bytes, unused};
}

Result<void> check_oid(ByteView content) {
  if (content.empty() || (content.back() & 0x80U) != 0) return malformed(messages::der_oid_short);
  bool at_start = true;
  for (const std::uint8_t byte : content) {
    if (at_start && byte == 0x80) return malformed(messages::der_oid_not_minimal);
    at_start = (byte & 0x80U) == 0;
  }
  return {};
}

// SET OF elements stand in ascending order of their encodings (X.690 section 11.6).
Result<void> check_set_order(ByteView content) {
  Reader reader(content);
  ByteView previous;
  while (!reader.at_end()) {
    TRY_ASSIGN(const Element element, reader.read_any());
    if (std::ranges::lexicographical_compare(element.encoding, previous))
      return malformed(messages::der_set_unsorted);
    previous = element.encoding;
  }
  return {};
}

Result<void> validate_content(const Element& element, int depth);

Result<void> validate_all(ByteView content, int depth) {
  if (depth > kMaxDepth) return malformed(messages::der_too_deep);
  Reader reader(content);
  while (!reader.at_end()) {
    TRY_ASSIGN(const Element element, reader.read_any());
    TRY(validate_content(element, depth));
  }
  return {};
}

// Universal SEQUENCE and SET (and EXTERNAL, EMBEDDED PDV) are constructed, all other universal types
// primitive (X.690 sections 8 and 10.2).
Result<void> check_form(std::uint8_t tag) {
  if ((tag & 0xC0U) != 0) return {};
  const unsigned number = tag & 0x1FU;
  const bool must_be_constructed = number == 16 || number == 17 || number == 8 || number == 11;
  if (number == 0 || must_be_constructed != ((tag & 0x20U) != 0)) return malformed(messages::der_wrong_form);
  return {};
}

Result<void> validate_content(const Element& element, int depth) {
  TRY(check_form(element.tag));
  switch (element.tag) {
    case tag::kBoolean:
      if (element.content.size() != 1 || (element.content[0] != 0x00 && element.content[0] != 0xFF))
        return malformed(messages::der_boolean);
      return {};
    case tag::kInteger:
    case tag::kEnumerated:
      return check_integer(element.content);
    case tag::kBitString:
      TRY(check_bit_string(element.content));
      return {};
    case tag::kNull:
      if (!element.content.empty()) return malformed(messages::null_with_content);
      return {};
    case tag::kOid:
      return check_oid(element.content);
    case tag::kSet:
      TRY(check_set_order(element.content));
      return validate_all(element.content, depth + 1);
    default:
      break;
  }
  if ((element.tag & 0x20U) != 0) return validate_all(element.content, depth + 1);
  return {};
}

std::optional<int> two_digits(ByteView content, std::size_t at) {
  const int high = content[at] - '0', low = content[at + 1] - '0';
  if (high < 0 || high > 9 || low < 0 || low > 9) return std::nullopt;
  return high * 10 + low;
}

}  // namespace

std::optional<std::uint8_t> Reader::peek() const {
  if (rest_.empty()) return std::nullopt;
  return rest_[0];
}

Result<Element> Reader::read_any() {
  TRY_ASSIGN(const Header header, read_header(rest_));
  if (rest_.size() - header.header_size < header.content_size) return malformed(messages::der_element_short);
  const std::size_t size = header.header_size + header.content_size;
  const Element element{header.tag, rest_.subspan(header.header_size, header.content_size),
                        rest_.first(size)};
  rest_ = rest_.subspan(size);
  return element;
}

Result<Element> Reader::read(std::uint8_t expected_tag) {
  if (peek() != expected_tag) return malformed(messages::der_other_element);
  return read_any();
}

Result<std::optional<Element>> Reader::read_optional(std::uint8_t wanted_tag) {
  if (peek() != wanted_tag) return std::optional<Element>{};
  TRY_ASSIGN(const Element element, read_any());
  return std::optional<Element>{element};
}

Result<Reader> Reader::enter(std::uint8_t expected_tag) {
  TRY_ASSIGN(const Element element, read(expected_tag));
  return Reader(element.content);
}

Result<ByteView> Reader::read_integer() {
  TRY_ASSIGN(const Element element, read(tag::kInteger));
  TRY(check_integer(element.content));
  return element.content;
}

Result<std::uint64_t> Reader::read_unsigned() {
  TRY_ASSIGN(const ByteView content, read_integer());
  return decode_unsigned(content);
}

Result<std::uint8_t> Reader::read_enumerated() {
  TRY_ASSIGN(const Element element, read(tag::kEnumerated));
  if (element.content.size() != 1 || element.content[0] > 0x7F)
    return malformed(messages::der_enumerated_range);
  return element.content[0];
}

Result<bool> Reader::read_boolean() {
  TRY_ASSIGN(const Element element, read(tag::kBoolean));
  TRY(validate_content(element, 0));
  return element.content[0] == 0xFF;
}

Result<Oid> Reader::read_oid() {
  TRY_ASSIGN(const Element element, read(tag::kOid));
  return decode_oid(element.content);
}

Result<ByteView> Reader::read_octet_string() {
  TRY_ASSIGN(const Element element, read(tag::kOctetString));
  return element.content;
}

Result<BitString> Reader::read_bit_string() {
  TRY_ASSIGN(const Element element, read(tag::kBitString));
  return check_bit_string(element.content);
}

Result<Time> Reader::read_time() {
  TRY_ASSIGN(const Element element, read_any());
  return decode_time(element);
}

Result<Time> Reader::read_generalized_time() {
  TRY_ASSIGN(const Element element, read(tag::kGeneralizedTime));
  return decode_time(element);
}

Result<void> Reader::finish() const {
  if (!rest_.empty()) return malformed(messages::der_trailing_bytes);
  return {};
}

Result<Oid> decode_oid(ByteView content) {
  TRY(check_oid(content));
  Oid oid;
  if (content.size() > oid.bytes.size()) return malformed(messages::der_oid_long);
  std::ranges::copy(content, oid.bytes.begin());
  oid.size = static_cast<std::uint8_t>(content.size());
  return oid;
}

Result<std::uint64_t> decode_unsigned(ByteView content) {
  TRY(check_integer(content));
  if ((content[0] & 0x80U) != 0) return malformed(messages::der_integer_negative);
  if (content.size() > 9 || (content.size() == 9 && content[0] != 0))
    return malformed(messages::der_integer_large);
  return read_big_endian(content);
}

Result<Time> decode_time(const Element& element) {
  using namespace std::chrono;
  const bool utc = element.tag == tag::kUtcTime;
  const std::size_t year_digits = utc ? 2 : 4;
  if ((!utc && element.tag != tag::kGeneralizedTime) || element.content.size() != year_digits + 11 ||
      element.content.back() != 'Z')
    return malformed(messages::der_time_form);
  int century = 0;
  if (!utc) {
    const auto hundreds = two_digits(element.content, 0);
    if (!hundreds) return malformed(messages::der_time_characters);
    century = *hundreds * 100;
  }
  std::array<int, 6> field{};
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto value = two_digits(element.content, year_digits - 2 + 2 * i);
    if (!value) return malformed(messages::der_time_characters);
    field[i] = *value;
  }
  if (utc) century = field[0] >= 50 ? 1900 : 2000;
  const Date date{year{century + field[0]}, month{static_cast<unsigned>(field[1])},
                  day{static_cast<unsigned>(field[2])}};
  if (!date.ok() || field[3] > 23 || field[4] > 59 || field[5] > 59)
    return malformed(messages::der_time_impossible);
  return Time{sys_days{date}} + hours{field[3]} + minutes{field[4]} + seconds{field[5]};
}

Result<void> validate(ByteView input) {
  Reader reader(input);
  TRY_ASSIGN(const Element element, reader.read_any());
  TRY(reader.finish());
  return validate_content(element, 0);
}

}  // namespace pki::der
