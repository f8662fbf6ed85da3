// What each correction may touch, on texts in the register's form.

#include "law/correction.h"

#include <array>

#include "pki/plain_form.h"

namespace law {

namespace {

using registry::Resident;

constexpr std::array<std::string_view, 10> kDigits = {"０", "１", "２", "３", "４",
                                                      "５", "６", "７", "８", "９"};
// What lot numbers are written with, besides digits.
constexpr std::array<std::string_view, 23> kLotWords = {"一", "二", "三", "四", "五", "六", "七", "八",
                                                        "九", "十", "百", "千", "〇", "番", "地", "号",
                                                        "丁", "目", "の", "ノ", "−",  "ー", "‐"};

// The length of the one of `words` that stands at the beginning of `text`; 0 for none.
template <std::size_t N>
std::size_t leading(std::string_view text, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words)
    if (text.starts_with(word)) return word.size();
  return 0;
}

std::string without_lot_numbers(std::string_view text) {
  std::string rest;
  while (!text.empty()) {
    const std::size_t skip = leading(text, kDigits) + leading(text, kLotWords);
    if (skip == 0) rest += text[0];
    text.remove_prefix(skip == 0 ? 1 : skip);
  }
  return rest;
}

// From the first digit on: what no renaming of an area touches.
std::string_view numbers_of(std::string_view text) {
  std::size_t first = text.size();
  for (const std::string_view digit : kDigits)
    first = std::min(first, text.find(digit));
  return text.substr(std::min(first, text.size()));
}

// Up to the building: to the space, or to the end of the numbers where there is none.
std::string_view without_building(std::string_view text) {
  if (const std::size_t space = text.find("　"); space != std::string_view::npos)
    return text.substr(0, space);
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (const std::size_t size = leading(text.substr(i), kDigits) + leading(text.substr(i), kLotWords);
        size != 0)
      end = i + size;
  return end == 0 ? text : text.substr(0, end);
}

// The part that a new residence indication leaves: prefecture and municipality.
bool keeps_place(const std::string& before, const std::string& after, const registry::Municipality& place) {
  const std::string name = pki::plain_form(place.prefecture_ja + place.name_ja);
  return !before.starts_with(name) || after.starts_with(name);
}

pki::Error more_than(std::string_view correction, std::string_view item) {
  return {pki::Errc::refused_by_law,
          "the " + std::string(item) + " changes by more than a correction of kind " +
              std::string(correction) + " allows: record " +
              (item == "name" ? "name-change" : "address-change"),
          std::string(item), "Ordinance 20"};
}

void compare(std::vector<ItemChange>& list, const char* item, const std::string& before,
             const std::string& after) {
  if (before != after)
    list.push_back({item, before, after, pki::plain_form(before) == pki::plain_form(after)});
}

bool is_minor_address(std::string_view correction, const std::string& before, const std::string& after,
                      const registry::Municipality& place) {
  if (before == after) return true;
  if (correction == "area-renaming") return numbers_of(before) == numbers_of(after);
  if (correction == "lot-number") return without_lot_numbers(before) == without_lot_numbers(after);
  if (correction == "residence-indication") return keeps_place(before, after, place);
  if (correction == "building-name") return without_building(before) == without_building(after);
  return false;  // Of the characters alone, and they are the same in plain form.
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

pki::Result<void> check_minor(std::string_view correction, const Resident& before, const Resident& after,
                              const registry::Municipality& place) {
  if (pki::plain_form(before.name) != pki::plain_form(after.name)) return more_than(correction, "name");
  if (!is_minor_address(correction, pki::plain_form(before.address), pki::plain_form(after.address), place))
    return more_than(correction, "address");
  return {};
}

}  // namespace law
