// SubjectAltName ::= GeneralNames; each item is an otherName [0] { type-id, value [0] EXPLICIT UTF8String }.

#include "ca/recorded_items.h"

#include <array>
#include <optional>
#include <utility>

namespace ca {

namespace {

constexpr std::array<std::pair<pki::Oid, std::string RecordedItems::*>, 6> kItems = {
    {{pki::oids::kItemName, &RecordedItems::name},
     {pki::oids::kItemBirthDate, &RecordedItems::birth_date},
     {pki::oids::kItemSex, &RecordedItems::sex},
     {pki::oids::kItemAddress, &RecordedItems::address},
     {pki::oids::kItemNameSubstitutes, &RecordedItems::name_substitutes},
     {pki::oids::kItemAddressSubstitutes, &RecordedItems::address_substitutes}}};

struct OtherName {
  pki::Oid type;
  std::string value;
};

pki::Result<OtherName> read_other_name(const pki::der::Element& element) {
  pki::der::Reader reader(element.content);
  OtherName name;
  TRY_ASSIGN(name.type, reader.read_oid());
  TRY_ASSIGN(pki::der::Reader value, reader.enter(pki::der::tag::context_constructed(0)));
  TRY_ASSIGN(const pki::der::Element text, value.read(pki::der::tag::kUtf8String));
  TRY(value.finish());
  TRY(reader.finish());
  name.value = pki::as_text(text.content);
  return name;
}

}  // namespace

pki::Result<RecordedItems> read_recorded_items(const pki::Certificate& certificate) {
  const pki::Extension* extension = certificate.find_extension(pki::oids::kSubjectAltName);
  if (extension == nullptr)
    return pki::fail(pki::Errc::not_found, "the certificate records none of the four items");
  pki::der::Reader outer(extension->value);
  TRY_ASSIGN(pki::der::Reader names, outer.enter_sequence());
  TRY(outer.finish());
  RecordedItems items;
  std::array<bool, kItems.size()> seen{};
  while (!names.at_end()) {
    TRY_ASSIGN(const pki::der::Element element, names.read(pki::der::tag::context_constructed(0)));
    TRY_ASSIGN(OtherName name, read_other_name(element));
    for (std::size_t i = 0; i < kItems.size(); ++i) {
      if (kItems[i].first != name.type) continue;
      if (std::exchange(seen[i], true)) return pki::fail(pki::Errc::malformed, "an item is recorded twice");
      items.*kItems[i].second = std::move(name.value);
    }
  }
  for (const bool found : seen)
    if (!found) return pki::fail(pki::Errc::malformed, "one of the recorded items is missing");
  return items;
}

pki::Result<std::string> birth_date_text(std::string_view item) {
  if (item.size() != 9 || item.find_first_not_of("0123456789") != std::string_view::npos)
    return pki::fail(pki::Errc::malformed, "a recorded date of birth has nine digits");
  const std::string digits(item.substr(1));
  return digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6);
}

}  // namespace ca
