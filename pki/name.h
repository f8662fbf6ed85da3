// Distinguished names (RFC 5280 section 4.1.2.4) with exact string types and RDN order.
//
// JPKI writes the country as PrintableString and everything else as UTF8String; a library that picks the
// type by content would write other bytes, and names are compared by their bytes.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/der.h"
#include "pki/oid.h"
#include "pki/result.h"

namespace pki {

// One RelativeDistinguishedName with its single attribute.
struct NameAttribute {
  Oid type;
  std::uint8_t string_tag = der::tag::kUtf8String;
  std::string value;

  friend bool operator==(const NameAttribute&, const NameAttribute&) = default;
};

// RDNs in the order in which they are encoded.
class Name {
 public:
  Name() = default;
  explicit Name(std::vector<NameAttribute> attributes) : attributes_(std::move(attributes)) {}

  // Reads a Name with single-valued RDNs and PrintableString, UTF8String or IA5String values.
  static Result<Name> decode(ByteView der);

  [[nodiscard]] const std::vector<NameAttribute>& attributes() const { return attributes_; }
  // The first value of a type, or an empty text.
  [[nodiscard]] std::string_view find(const Oid& type) const;
  [[nodiscard]] Bytes encode() const;
  void encode(der::Writer& writer) const;
  // For people: C=JP, O=JPKI-SIM, OU=…, in encoding order.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Name&, const Name&) = default;

 private:
  std::vector<NameAttribute> attributes_;
};

[[nodiscard]] NameAttribute country(std::string_view value);
[[nodiscard]] NameAttribute organization(std::string_view value);
[[nodiscard]] NameAttribute organizational_unit(std::string_view value);
[[nodiscard]] NameAttribute locality(std::string_view value);
[[nodiscard]] NameAttribute common_name(std::string_view value);

}  // namespace pki
