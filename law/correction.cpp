// What each correction may touch, on texts in the register's form.

#include "law/correction.h"

#include <algorithm>

#include "law/address_parts.h"
#include "pki/messages/law.h"
#include "pki/plain_form.h"
#include "pki/text.h"
#include "registry/words.h"

namespace law {

namespace {

using registry::CorrectionKind;
using registry::EventField;
using registry::Resident;

// Whether an address in plain form begins with the municipality: behind the prefecture, which may be left
// out, and behind the district (郡) that the addresses of towns and villages name.
bool is_in(std::string_view address, const registry::Municipality& place) {
  const std::string prefecture = pki::plain_form(place.prefecture_ja), name = pki::plain_form(place.name_ja);
  constexpr std::string_view kDistrict = "郡";
  if (address.starts_with(prefecture)) address.remove_prefix(prefecture.size());
  if (address.starts_with(name)) return true;
  const auto district = address.find(kDistrict);
  return district != std::string_view::npos && address.substr(district + kDistrict.size()).starts_with(name);
}

// Prefecture and municipality, which no correction of an address touches but the renaming of the municipality
// itself. Of an address that does not name its municipality the whole area stays.
bool keeps_place(const std::string& before, const std::string& after, const Places& places) {
  if (!is_in(before, places.before)) return parts_of(before).area == parts_of(after).area;
  return is_in(after, places.after);
}

bool is_kanji(std::string_view character) {
  // U+3400 to U+9FFF, and what takes four bytes: the ideographs of the supplementary planes.
  return character.size() == 4 || (character >= "\u3400" && character <= "\u9FFF");
}

// One kanji for another, place by place: what an identification of characters can be.
bool differs_in_kanji_alone(std::string_view before, std::string_view after) {
  return std::ranges::equal(
      pki::characters_of(before), pki::characters_of(after),
      [](std::string_view a, std::string_view b) { return a == b || (is_kanji(a) && is_kanji(b)); });
}

// The articles that extend Ordinance 20(ii) to what is recorded with the name.
const char* article_of(EventField item) {
  return item == EventField::former_name ? "Ordinance 20, 80"
         : item == EventField::alias     ? "Ordinance 20, 81"
                                         : "Ordinance 20";
}

// Says how to go on for a correction that is one all the same, and which event a change is.
pki::Error more_than(CorrectionKind correction, EventField item, Insistence insistence) {
  const registry::Event change = item == EventField::address        ? registry::Event::address_change
                                 : item == EventField::municipality ? registry::Event::address_change
                                 : item == EventField::former_name  ? registry::Event::former_name_change
                                 : item == EventField::alias        ? registry::Event::alias_change
                                                                    : registry::Event::name_change;
  const pki::MessageText& text =
      insistence == Insistence::none ? messages::more_than_correction : messages::more_than_insisted;
  return pki::refused({text, registry::word(item), registry::word(correction), registry::word(change)},
                      article_of(item), std::string(to_string(item)));
}

void compare(std::vector<ItemChange>& list, EventField item, const std::string& before,
             const std::string& after) {
  const auto is_same = item == EventField::address ? pki::is_same_address : pki::is_same_name;
  if (before != after)
    list.push_back({item, before, after, is_same(pki::plain_form(before), pki::plain_form(after))});
}

bool is_of_characters(CorrectionKind correction) {
  return correction == CorrectionKind::plain_form || correction == CorrectionKind::glyph;
}

// A building gets another name, or one at all; another room of it is where a removal within the house leads,
// and so is one that is left out first and given in a second correction.
bool keeps_room(const AddressParts& before, const AddressParts& after) {
  return before.room.empty() || before.room == after.room;
}

// The same building and room, or one side without them.
bool keeps_building(const AddressParts& before, const AddressParts& after) {
  return keeps_room(before, after) &&
         (before.building.empty() || after.building.empty() || before.building == after.building);
}

bool is_minor_address(CorrectionKind correction, const std::string& before, const std::string& after,
                      const Places& places) {
  // Digits and numerals are two writings of a number.
  if (pki::is_same_address(with_digits(before), with_digits(after))) return true;
  const AddressParts one = parts_of(before), other = parts_of(after);
  if (correction == CorrectionKind::area_renaming)
    return one.lot == other.lot && one.building == other.building && keeps_place(before, after, places);
  // The letters of lots and the words between their numbers may change; a number that becomes another one is
  // what a removal to the neighbour looks like, too.
  if (correction == CorrectionKind::lot_number)
    return one.area == other.area && one.numbers == other.numbers && one.building == other.building;
  // The residence indication (Residence Indication Act 3, 4) gives the lot another number, not the house.
  if (correction == CorrectionKind::residence_indication)
    return keeps_building(one, other) && keeps_place(before, after, places);
  if (correction == CorrectionKind::building_name)
    return one.area == other.area && one.lot == other.lot && keeps_room(one, other);
  return false;  // Of the characters alone, and they are the same in plain form.
}

// An identification of characters concerns one: of each part of a name at most one kanji may be another.
bool differs_in_one_kanji(std::string_view before, std::string_view after) {
  if (!differs_in_kanji_alone(before, after)) return false;
  const auto one = pki::characters_of(before), other = pki::characters_of(after);
  int differing = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i] == " " || one[i] == "　") differing = 0;
    if (one[i] != other[i] && ++differing > 1) return false;
  }
  return true;
}

// What a municipality may insist on: not every text, but what can be a correction of that kind.
bool can_be_minor_address(CorrectionKind correction, const std::string& before, const std::string& after,
                          const Places& places) {
  if (is_of_characters(correction)) return differs_in_kanji_alone(before, after);
  const AddressParts one = parts_of(before), other = parts_of(after);
  if (correction == CorrectionKind::lot_number)
    return one.area == other.area && one.building == other.building;
  return keeps_place(before, after, places);
}

pki::Result<void> check_minor_name(CorrectionKind correction, EventField item, const std::string& before,
                                   const std::string& after, Insistence insistence) {
  const std::string one = pki::plain_form(before), other = pki::plain_form(after);
  if (pki::is_same_name(one, other)) return {};
  if (insistence == Insistence::reasoned && is_of_characters(correction) && differs_in_one_kanji(one, other))
    return {};
  return more_than(correction, item, insistence);
}

}  // namespace

std::vector<ItemChange> compare_items(const Resident& before, const Resident& after) {
  std::vector<ItemChange> list;
  compare(list, EventField::name, before.name, after.name);
  compare(list, EventField::address, before.address, after.address);
  compare(list, EventField::birth, pki::to_string(before.birth), pki::to_string(after.birth));
  compare(list, EventField::sex, std::string(to_string(before.sex)), std::string(to_string(after.sex)));
  return list;
}

pki::Result<void> check_minor(const ClaimedCorrection& correction, const Resident& before,
                              const Resident& after, const Places& places) {
  const auto [kind, insistence] = correction;
  if (places.before.code != places.after.code && places.before.successor != places.after.code)
    return more_than(kind, EventField::municipality, insistence);
  TRY(check_minor_name(kind, EventField::name, before.name, after.name, insistence));
  TRY(check_minor_name(kind, EventField::former_name, before.former_name, after.former_name, insistence));
  TRY(check_minor_name(kind, EventField::alias, before.alias, after.alias, insistence));
  const std::string one = pki::plain_form(before.address), other = pki::plain_form(after.address);
  if (is_minor_address(kind, one, other, places)) return {};
  if (insistence == Insistence::reasoned && can_be_minor_address(kind, one, other, places)) return {};
  return more_than(kind, EventField::address, insistence);
}

}  // namespace law
