// What each correction may touch, on texts in the register's form.

#include "law/correction.h"

#include <algorithm>
#include <array>

#include "law/address_parts.h"
#include "pki/plain_form.h"
#include "pki/text.h"

namespace law {

namespace {

using registry::Resident;

std::string name_of(const registry::Municipality& place) {
  return pki::plain_form(place.prefecture_ja + place.name_ja);
}

// Prefecture and municipality, which no correction of an address touches but the renaming of the municipality
// itself.
bool keeps_place(const std::string& before, const std::string& after, const Places& places) {
  return !before.starts_with(name_of(places.before)) || after.starts_with(name_of(places.after));
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
const char* article_of(std::string_view item) {
  return item == "former_name" ? "Ordinance 20, 80" : item == "alias" ? "Ordinance 20, 81" : "Ordinance 20";
}

// Says how to go on for a correction that is one all the same, and which event a change is.
pki::Error more_than(std::string_view correction, std::string_view item, Insistence insistence) {
  const std::string change = item == "address"        ? "address-change"
                             : item == "municipality" ? "address-change"
                             : item == "former_name"  ? "former-name-change"
                             : item == "alias"        ? "alias-change"
                                                      : "name-change";
  const std::string how =
      insistence == Insistence::none
          ? ": if the municipality finds that it is one all the same, repeat it with insist and "
            "the reason; a change is "
          : ", insisted on or not: a change is ";
  return {pki::Errc::refused_by_law,
          "the " + std::string(item) + " changes by more than a correction of kind " +
              std::string(correction) + " allows" + how + change,
          std::string(item), article_of(item)};
}

void compare(std::vector<ItemChange>& list, const char* item, const std::string& before,
             const std::string& after) {
  if (before != after)
    list.push_back({item, before, after, pki::plain_form(before) == pki::plain_form(after)});
}

bool is_of_characters(std::string_view correction) {
  return correction == "plain-form" || correction == "glyph";
}

bool is_minor_address(std::string_view correction, const std::string& before, const std::string& after,
                      const Places& places) {
  // Digits and numerals are two writings of a number.
  if (with_digits(before) == with_digits(after)) return true;
  const AddressParts one = parts_of(before), other = parts_of(after);
  if (correction == "area-renaming")
    return one.lot == other.lot && one.building == other.building && keeps_place(before, after, places);
  // The letters of lots and the words between their numbers may change; a number that becomes another one is
  // what a removal to the neighbour looks like, too.
  if (correction == "lot-number")
    return one.area == other.area && one.numbers == other.numbers && one.building == other.building;
  if (correction == "residence-indication") return keeps_place(before, after, places);
  if (correction == "building-name") return one.area == other.area && one.lot == other.lot;
  return false;  // Of the characters alone, and they are the same in plain form.
}

// What a municipality may insist on: not every text, but what can be a correction of that kind.
bool can_be_minor_address(std::string_view correction, const std::string& before, const std::string& after,
                          const Places& places) {
  if (is_of_characters(correction)) return differs_in_kanji_alone(before, after);
  const AddressParts one = parts_of(before), other = parts_of(after);
  if (correction == "lot-number") return one.area == other.area && one.building == other.building;
  return correction == "area-renaming" || keeps_place(before, after, places);
}

pki::Result<void> check_minor_name(std::string_view correction, std::string_view item,
                                   const std::string& before, const std::string& after,
                                   Insistence insistence) {
  const std::string one = pki::plain_form(before), other = pki::plain_form(after);
  if (one == other) return {};
  if (insistence == Insistence::reasoned && is_of_characters(correction) &&
      differs_in_kanji_alone(one, other))
    return {};
  return more_than(correction, item, insistence);
}

}  // namespace

std::vector<ItemChange> compare_items(const Resident& before, const Resident& after) {
  std::vector<ItemChange> list;
  compare(list, "name", before.name, after.name);
  compare(list, "address", before.address, after.address);
  compare(list, "birth", pki::to_string(before.birth), pki::to_string(after.birth));
  compare(list, "sex", std::string(to_string(before.sex)), std::string(to_string(after.sex)));
  return list;
}

pki::Result<std::string_view> parse_correction(std::string_view text) {
  constexpr std::array<std::string_view, 6> kKinds = {
      "plain-form", "glyph", "area-renaming", "lot-number", "residence-indication", "building-name"};
  if (text == "building-renaming") return kKinds.back();
  for (const std::string_view kind : kKinds)
    if (text == kind) return kind;
  return pki::invalid("correction",
                      "the corrections of Ordinance 20 are plain-form, glyph, area-renaming, lot-number, "
                      "residence-indication and building-name");
}

pki::Result<void> check_minor(const MinorCorrection& correction, const Resident& before,
                              const Resident& after, const Places& places) {
  const auto [kind, insistence] = correction;
  if (places.before.code != places.after.code && places.before.successor != places.after.code &&
      insistence == Insistence::none)
    return more_than(kind, "municipality", insistence);
  TRY(check_minor_name(kind, "name", before.name, after.name, insistence));
  TRY(check_minor_name(kind, "former_name", before.former_name, after.former_name, insistence));
  TRY(check_minor_name(kind, "alias", before.alias, after.alias, insistence));
  const std::string one = pki::plain_form(before.address), other = pki::plain_form(after.address);
  if (is_minor_address(kind, one, other, places)) return {};
  if (insistence == Insistence::reasoned && can_be_minor_address(kind, one, other, places)) return {};
  return more_than(kind, "address", insistence);
}

}  // namespace law
