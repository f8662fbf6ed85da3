// Common names and items.

#include "ca/subject.h"

#include <array>

#include "pki/birth_date.h"
#include "pki/full_width.h"
#include "pki/plain_form.h"
#include "pki/repertoire.h"
#include "registry/certified_entry.h"

namespace ca {

namespace {

using namespace std::chrono_literals;

// 受付窓口識別記号: the municipality's five digits, three of the window, one letter.
std::string window_of(const registry::Municipality& municipality) {
  return registry::municipality_code_text(municipality.code).substr(0, 5) + "001A";
}

struct Era {
  pki::Date from;
  char digit;
};

constexpr std::array kEras = {Era{2019y / 5 / 1, '5'}, Era{1989y / 1 / 8, '4'}, Era{1926y / 12 / 25, '3'},
                              Era{1912y / 7 / 30, '2'}, Era{1868y / 1 / 25, '1'}};

constexpr char kUnknownEra = '0';

char era_of(pki::Date day) {
  for (const Era& candidate : kEras)
    if (day >= candidate.from) return candidate.digit;
  return kUnknownEra;
}

std::string full_width(unsigned number) {
  std::string text;
  for (const char c : std::to_string(number))
    text += pki::kFullWidthDigits.at(static_cast<std::size_t>(c - '0'));
  return text;
}

// For them: that they are abroad, and the planned day, in place of the address (Act 3-2, 7).
std::string address_of(const registry::Resident& resident) {
  const auto leaving = registry::certified_day_of_leaving(resident);
  if (!leaving) return resident.address;
  const pki::Date day = *leaving;
  return "国外転出者（転出予定年月日　" + full_width(static_cast<unsigned>(static_cast<int>(day.year()))) +
         "年" + full_width(static_cast<unsigned>(day.month())) + "月" +
         full_width(static_cast<unsigned>(day.day())) + "日）";
}

}  // namespace

pki::Name signing_subject(const registry::Municipality& municipality, pki::Time requested_at,
                          pki::SerialNumber serial) {
  const std::string sequence = std::to_string(serial.value % 100'000);
  const std::string cn = pki::to_jst_digits(requested_at) + std::string(5 - sequence.size(), '0') + sequence +
                         window_of(municipality);
  return pki::Name({pki::country("JP"), pki::locality(municipality.prefecture_romaji),
                    pki::locality(municipality.name_romaji), pki::common_name(cn)});
}

pki::Name authentication_subject(const registry::Municipality& municipality, pki::Rng& rng) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string cn;
  for (int i = 0; i < 14; ++i)
    cn += kAlphabet[rng.below(kAlphabet.size())];
  return pki::Name({pki::country("JP"), pki::common_name(cn + window_of(municipality))});
}

std::string birth_date_item(pki::Date birth) {
  const auto [first, last] = pki::range_of_birth_date(birth);
  const char era = era_of(first) == era_of(last) ? era_of(last) : kUnknownEra;
  std::string digits = pki::to_string(birth);
  std::erase(digits, '-');
  return era + digits;
}

pki::Result<RecordedItems> recorded_items(const registry::Resident& resident, const ProfileConfig& config,
                                          const Substitutes& substitutes) {
  TRY_ASSIGN(pki::SubstitutedText name,
             pki::substitute_outside_repertoire(pki::register_form(resident.name), substitutes.name));
  TRY_ASSIGN(
      pki::SubstitutedText address,
      pki::substitute_outside_repertoire(pki::register_form(address_of(resident)), substitutes.address));
  RecordedItems items;
  items.name = std::move(name.text);
  items.name_substitutes = std::move(name.flags);
  items.address = std::move(address.text);
  items.address_substitutes = std::move(address.flags);
  items.birth_date = birth_date_item(resident.birth);
  items.sex = resident.sex == registry::Sex::unknown ? config.unknown_sex_code
                                                     : std::to_string(static_cast<int>(resident.sex));
  return items;
}

}  // namespace ca
