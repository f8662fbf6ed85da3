// SubjectAltName ::= GeneralNames; each item is an otherName [0] { type-id, value [0] EXPLICIT UTF8String }.

#include "pki/recorded_items.h"

#include <array>
#include <optional>
#include <utility>

#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/oid.h"

namespace pki {

namespace {

constexpr std::array<std::pair<Oid, std::string RecordedItems::*>, 6> kItems = {
    {{oids::kItemName, &RecordedItems::name},
     {oids::kItemBirthDate, &RecordedItems::birth_date},
     {oids::kItemSex, &RecordedItems::sex},
     {oids::kItemAddress, &RecordedItems::address},
     {oids::kItemNameSubstitutes, &RecordedItems::name_substitutes},
     {oids::kItemAddressSubstitutes, &RecordedItems::address_substitutes}}};

struct OtherName {
  Oid type;
  std::string value;
};

Result<OtherName> read_other_name(const der::Element& element) {
  der::Reader reader(element.content);
  OtherName name;
  TRY_ASSIGN(name.type, reader.read_oid());
  TRY_ASSIGN(der::Reader value, reader.enter(der::tag::context_constructed(0)));
  TRY_ASSIGN(const der::Element text, value.read(der::tag::kUtf8String));
  TRY(value.finish());
  TRY(reader.finish());
  name.value = as_text(text.content);
  return name;
}

}  // namespace

Result<RecordedItems> read_recorded_items(const Certificate& certificate) {
  const Extension* extension = certificate.find_extension(oids::kSubjectAltName);
  if (extension == nullptr) return fail(Errc::not_found, messages::no_items_recorded);
  der::Reader outer(extension->value);
  TRY_ASSIGN(der::Reader names, outer.enter_sequence());
  TRY(outer.finish());
  RecordedItems items;
  std::array<bool, kItems.size()> seen{};
  while (!names.at_end()) {
    TRY_ASSIGN(const der::Element element, names.read(der::tag::context_constructed(0)));
    TRY_ASSIGN(OtherName name, read_other_name(element));
    for (std::size_t i = 0; i < kItems.size(); ++i) {
      if (kItems[i].first != name.type) continue;
      if (std::exchange(seen[i], true)) return fail(Errc::malformed, messages::item_twice);
      items.*kItems[i].second = std::move(name.value);
    }
  }
  for (const bool found : seen)
    if (!found) return fail(Errc::malformed, messages::item_missing);
  return items;
}

Result<std::string> birth_date_text(std::string_view item) {
  if (item.size() != 9 || item.find_first_not_of("0123456789") != std::string_view::npos)
    return fail(Errc::malformed, messages::birth_form);
  const std::string digits(item.substr(1));
  return digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6);
}

}  // namespace pki
