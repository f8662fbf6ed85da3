// Encoding and reading of distinguished names.

#include "pki/name.h"

#include <algorithm>
#include <array>
#include <utility>

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
  if (!known)
    return fail(Errc::unsupported, "a name uses a string type other than UTF8String or PrintableString");
  if (!fits_string_type(value.tag, as_text(value.content)))
    return fail(Errc::malformed, "a name holds characters that its string type does not have");
  if (!is_utf8(as_text(value.content))) return fail(Errc::malformed, "a name holds text that is not UTF-8");
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
  der::Writer writer;
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

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    if (lead == 0) return false;
    const std::size_t size = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
    if (size == 0 || i + size > text.size()) return false;
    for (std::size_t k = 1; k < size; ++k)
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xC0U) != 0x80) return false;
    const auto second = size > 1 ? static_cast<std::uint8_t>(text[i + 1]) : std::uint8_t{0};
    const bool out_of_range = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                              (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    if (out_of_range) return false;
    i += size;
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80; }));
}

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> list;
  std::size_t start = 0;
  for (std::size_t i = 1; i <= text.size(); ++i) {
    if (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80) continue;
    list.push_back(text.substr(start, i - start));
    start = i;
  }
  return list;
}

}  // namespace pki
