// Strict DER (X.690): the only reader that input from outside passes through, and the writer of everything
// that is signed.
//
// The reader refuses what BER allows and DER does not: indefinite or non-minimal lengths, non-minimal
// integers, BOOLEANs other than 00 and FF, trailing bytes. It allocates nothing: every view points into the
// input, which must outlive it.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "pki/bytes.h"
#include "pki/oid.h"
#include "pki/result.h"
#include "pki/time.h"

namespace pki::der {

// Identifier bytes. High tag numbers (31 and above) occur nowhere in this field and are refused.
namespace tag {
inline constexpr std::uint8_t kBoolean = 0x01;
inline constexpr std::uint8_t kInteger = 0x02;
inline constexpr std::uint8_t kBitString = 0x03;
inline constexpr std::uint8_t kOctetString = 0x04;
inline constexpr std::uint8_t kNull = 0x05;
inline constexpr std::uint8_t kOid = 0x06;
inline constexpr std::uint8_t kEnumerated = 0x0A;
inline constexpr std::uint8_t kUtf8String = 0x0C;
inline constexpr std::uint8_t kPrintableString = 0x13;
inline constexpr std::uint8_t kIa5String = 0x16;
inline constexpr std::uint8_t kUtcTime = 0x17;
inline constexpr std::uint8_t kGeneralizedTime = 0x18;
inline constexpr std::uint8_t kSequence = 0x30;
inline constexpr std::uint8_t kSet = 0x31;
// [n] IMPLICIT of a primitive type, and [n] EXPLICIT or IMPLICIT of a constructed one.
[[nodiscard]] constexpr std::uint8_t context(unsigned n) {
  return static_cast<std::uint8_t>(0x80U | n);
}
[[nodiscard]] constexpr std::uint8_t context_constructed(unsigned n) {
  return static_cast<std::uint8_t>(0xA0U | n);
}
}  // namespace tag

// One tag-length-value. `encoding` is all of it, `content` the value bytes.
struct Element {
  std::uint8_t tag = 0;
  ByteView content;
  ByteView encoding;
};

// A BIT STRING: `unused` is the number of unused bits in the last byte (they are zero in DER).
struct BitString {
  ByteView bytes;
  std::uint8_t unused = 0;
};

// Reads elements one after another. Every function that fails leaves Errc::malformed and the reader unusable.
class Reader {
 public:
  explicit Reader(ByteView input) : rest_(input) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] ByteView rest() const { return rest_; }
  // The next identifier byte, or nothing at the end.
  [[nodiscard]] std::optional<std::uint8_t> peek() const;

  Result<Element> read_any();
  Result<Element> read(std::uint8_t expected_tag);
  // Nothing when the next element has another tag or there is none.
  Result<std::optional<Element>> read_optional(std::uint8_t wanted_tag);
  // A reader of the content of the next element.
  Result<Reader> enter(std::uint8_t expected_tag);
  Result<Reader> enter_sequence() { return enter(tag::kSequence); }

  // The content bytes of an INTEGER, checked to be minimal.
  Result<ByteView> read_integer();
  // A non-negative INTEGER that fits 64 bits.
  Result<std::uint64_t> read_unsigned();
  Result<std::uint8_t> read_enumerated();
  Result<bool> read_boolean();
  Result<Oid> read_oid();
  Result<ByteView> read_octet_string();
  Result<BitString> read_bit_string();
  // UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5: Zulu, with seconds, no fractions.
  Result<Time> read_time();
  Result<Time> read_generalized_time();

  // Fails when anything is left: trailing bytes are always an error.
  [[nodiscard]] Result<void> finish() const;

 private:
  ByteView rest_;
};

// Decodes the parts of an element that was read as a whole.
[[nodiscard]] Result<Oid> decode_oid(ByteView content);
[[nodiscard]] Result<std::uint64_t> decode_unsigned(ByteView content);
[[nodiscard]] Result<Time> decode_time(const Element& element);

// Checks a whole encoding, nested to at most 32 levels: exactly one element, all of it strict DER. What has
// passed may be handed to a decoder that is more liberal (Botan, OpenSSL).
[[nodiscard]] Result<void> validate(ByteView input);

// Writes elements one after another. Constructed elements take a function that writes their content.
class Writer {
 public:
  Writer() = default;
  explicit Writer(std::size_t expected_size) { out_.reserve(expected_size); }

  template <typename Body>
  Writer& constructed(std::uint8_t tag, Body&& body) {
    const std::size_t start = open(tag);
    std::forward<Body>(body)();
    close(start);
    return *this;
  }
  template <typename Body>
  Writer& sequence(Body&& body) {
    return constructed(tag::kSequence, std::forward<Body>(body));
  }
  template <typename Body>
  Writer& set(Body&& body) {
    return constructed(tag::kSet, std::forward<Body>(body));
  }
  // [n] EXPLICIT, or [n] IMPLICIT of a constructed type.
  template <typename Body>
  Writer& context(unsigned n, Body&& body) {
    return constructed(tag::context_constructed(n), std::forward<Body>(body));
  }
  // An OCTET STRING that holds another encoding, as extension values do.
  template <typename Body>
  Writer& wrapped(Body&& body) {
    return constructed(tag::kOctetString, std::forward<Body>(body));
  }

  Writer& primitive(std::uint8_t tag, ByteView content);
  Writer& text(std::uint8_t tag, std::string_view content) { return primitive(tag, as_bytes(content)); }
  Writer& boolean(bool value);
  Writer& integer(std::uint64_t value);
  // An INTEGER from content bytes that are minimal already, e.g. a serial number repeated as asked.
  Writer& integer_content(ByteView content) { return primitive(tag::kInteger, content); }
  Writer& enumerated(std::uint8_t value);
  Writer& null() { return primitive(tag::kNull, {}); }
  Writer& oid(const Oid& value) { return primitive(tag::kOid, value.content()); }
  Writer& octet_string(ByteView content) { return primitive(tag::kOctetString, content); }
  Writer& bit_string(ByteView bytes, std::uint8_t unused = 0);
  // UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5).
  Writer& time(Time value);
  Writer& generalized_time(Time value);
  // An encoding made elsewhere.
  Writer& raw(ByteView encoding);

  [[nodiscard]] ByteView view() const { return out_; }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  std::size_t open(std::uint8_t tag);
  void close(std::size_t start);

  Bytes out_;
};

// The number of bytes that a length field takes, for sizes computed ahead of streaming.
[[nodiscard]] std::size_t length_of_length(std::uint64_t content_size);
// The identifier and length bytes in front of `content_size` bytes of content.
[[nodiscard]] Bytes header(std::uint8_t tag, std::uint64_t content_size);
// The content bytes of a non-negative INTEGER, minimal: 1 to 9 of them.
[[nodiscard]] Bytes integer_content(std::uint64_t value);
// The content of UTCTime (13 bytes) or GeneralizedTime (15 bytes).
[[nodiscard]] std::string time_content(Time value);
[[nodiscard]] std::string generalized_time_content(Time value);
[[nodiscard]] bool needs_generalized_time(Time value);

}  // namespace pki::der
