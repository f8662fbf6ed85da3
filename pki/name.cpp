// Encoding and reading of distinguished names.

#include "pki/name.h"

#include <algorithm>
#include <array>
#include <utility>

#include "pki/messages/pki.h"
#include "pki/text.h"

namespace pki {

namespace {

constexpr std::array<std::pair<Oid, const char*>, 6> kShortNames = {{
    {oids::kCommonName, "CN"},
    {oids::kCountryName, "C"},
    {oids::kLocalityName, "L"},
    {oids::kStateOrProvinceName, "ST"},
    {oids::kOrganizationName, "O"},
    {oids::kOrganizationalUnitName, "OU"},
}};

std::string short_name(const Oid& type) {
  for (const auto& [oid, name] : kShortNames)
    if (oid == type) return name;
  return to_string(type);
}

// PrintableString has a small alphabet of its own (X.680 section 41.4), IA5String is ASCII.
bool fits_string_type(std::uint8_t tag, std::string_view text) {
  if (tag == der::tag::kUtf8String) return true;
  return std::ranges::all_of(text, [tag](char c) {
    if (tag == der::tag::kIa5String) return static_cast<std::uint8_t>(c) < 0x80;
    const bool alphanumeric = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return alphanumeric || std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
  });
}

Result<NameAttribute> decode_rdn(der::Reader& names) {
  TRY_ASSIGN(der::Reader set, names.enter(der::tag::kSet));
  TRY_ASSIGN(der::Reader attribute, set.enter_sequence());
  TRY(set.finish());
  NameAttribute decoded;
  TRY_ASSIGN(decoded.type, attribute.read_oid());
  TRY_ASSIGN(const der::Element value, attribute.read_any());
  TRY(attribute.finish());
  const bool known = value.tag == der::tag::kUtf8String || value.tag == der::tag::kPrintableString ||
                     value.tag == der::tag::kIa5String;
  if (!known) return fail(Errc::unsupported, messages::name_string_type);
  if (!fits_string_type(value.tag, as_text(value.content)))
    return fail(Errc::malformed, messages::name_characters);
  if (!is_utf8(as_text(value.content))) return fail(Errc::malformed, messages::name_not_utf8);
  decoded.string_tag = value.tag;
  decoded.value = std::string(as_text(value.content));
  return decoded;
}

}  // namespace

Result<Name> Name::decode(ByteView der) {
  der::Reader outer(der);
  TRY_ASSIGN(der::Reader names, outer.enter_sequence());
  TRY(outer.finish());
  std::vector<NameAttribute> attributes;
  while (!names.at_end()) {
    TRY_ASSIGN(NameAttribute attribute, decode_rdn(names));
    attributes.push_back(std::move(attribute));
  }
  return Name(std::move(attributes));
}

std::string_view Name::find(const Oid& type) const {
  const auto found = std::ranges::find(attributes_, type, &NameAttribute::type);
  return found == attributes_.end() ? std::string_view{} : std::string_view(found->value);
}

void Name::encode(der::Writer& writer) const {
  writer.sequence([&] {
    for (const NameAttribute& attribute : attributes_)
      writer.set([&] {
        writer.sequence([&] { writer.oid(attribute.type).text(attribute.string_tag, attribute.value); });
      });
  });
}

Bytes Name::encode() const {
  // Enough for most names: thousands are encoded when a CA begins.
  der::Writer writer(256);
  encode(writer);
  return writer.take();
}

std::string Name::to_string() const {
  std::string text;
  for (const NameAttribute& attribute : attributes_) {
    if (!text.empty()) text += ", ";
    text += short_name(attribute.type) + "=" + attribute.value;
  }
  return text;
}

NameAttribute country(std::string_view value) {
  return {oids::kCountryName, der::tag::kPrintableString, std::string(value)};
}
NameAttribute organization(std::string_view value) {
  return {oids::kOrganizationName, der::tag::kUtf8String, std::string(value)};
}
NameAttribute organizational_unit(std::string_view value) {
  return {oids::kOrganizationalUnitName, der::tag::kUtf8String, std::string(value)};
}
NameAttribute locality(std::string_view value) {
  return {oids::kLocalityName, der::tag::kUtf8String, std::string(value)};
}
NameAttribute common_name(std::string_view value) {
  return {oids::kCommonName, der::tag::kUtf8String, std::string(value)};
}

}  // namespace pki
