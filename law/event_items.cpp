// Validation of event items, one function per event where they differ.

#include "law/event_items.h"

#include <algorithm>
#include <array>

#include "law/correction.h"
#include "law/move_items.h"
#include "law/rule_table.h"
#include "pki/birth_date.h"
#include "pki/plain_form.h"
#include "pki/repertoire.h"
#include "registry/municipalities.h"

namespace law {

namespace {

using registry::Resident;

pki::Error missing(const char* field, const char* event) {
  return pki::invalid(field, std::string(event) + " needs " + field + ": say what is recorded now");
}

// Nothing is wrong with the value; there is nothing to record.
pki::Error unchanged(const char* field) {
  return {pki::Errc::refused_by_law,
          std::string("the ") + field +
              " given is the one on record: nothing changes (widths and spaces make no difference; "
              "minor-correction corrects the writing)",
          field, "Act 12(1)(i)"};
}

pki::Result<Resident> change_address(const store::ReadTransaction& transaction, Resident resident,
                                     const EventRequest& request, pki::Date today) {
  if (!request.address) return missing("address", "address-change");
  TRY(check_register_text("address", *request.address, kAddressCharactersMax));
  const std::uint32_t municipality = request.municipality.value_or(resident.municipality);
  TRY(check_place_of_residence(transaction, municipality));
  const bool in_register = resident.residency == registry::Residency::resident;
  if (in_register && municipality == resident.municipality &&
      pki::register_form(*request.address) == pki::register_form(resident.address))
    return unchanged("address");
  // 転居 leaves every clock alone; 転入 ends those of the departure and starts that of the card.
  if (!in_register || !is_one_municipality(transaction, resident.municipality, municipality))
    resident = move_in(std::move(resident), today);
  resident.address = *request.address;
  resident.municipality = municipality;
  return resident;
}

pki::Result<Resident> change_name(Resident resident, const EventRequest& request) {
  if (!request.name && !request.furigana) return missing("name", "name-change");
  if (request.name) {
    TRY(check_register_text("name", *request.name, kNameCharactersMax));
  }
  if (request.furigana) {
    TRY(check_register_text("furigana", *request.furigana, kNameCharactersMax));
  }
  const std::string name = request.name.value_or(resident.name);
  const std::string furigana = request.furigana.value_or(resident.furigana);
  if (pki::register_form(name) == pki::register_form(resident.name) &&
      pki::register_form(furigana) == pki::register_form(resident.furigana))
    return unchanged("name");
  resident.name = name;
  resident.furigana = furigana;
  return resident;
}

pki::Result<Resident> change_optional_name(Resident resident, const std::optional<std::string>& value,
                                           std::string Resident::* member, const char* field) {
  if (!value) return missing(field, "this event");
  if (!value->empty()) {
    TRY(check_register_text(field, *value, kNameCharactersMax));
  }
  if (pki::register_form(resident.*member) == pki::register_form(*value)) return unchanged(field);
  resident.*member = *value;
  return resident;
}

// The 戸籍の附票 of people abroad has that they are, and since when, in place of an address.
pki::Result<void> check_has_address(const Resident& resident, const EventRequest& request) {
  if (!request.address || resident.residency != registry::Residency::abroad) return {};
  return pki::Error{
      pki::Errc::refused_by_law,
      "people abroad have no address in the register: leave it out, or record address-change for a "
      "move-in",
      "address", "Resident Registry Act 17"};
}

// Which items a correction may carry; how far it may change them is check_minor's.
pki::Result<void> check_items_of_correction(const EventRequest& request, std::string_view kind) {
  const bool of_characters = kind == "plain-form" || kind == "glyph";
  const std::pair<const char*, bool> names[] = {{"name", request.name.has_value()},
                                                {"former_name", request.former_name.has_value()},
                                                {"alias", request.alias.has_value()}};
  for (const auto& [field, is_given] : names)
    if (is_given && !of_characters)
      return pki::invalid(field, "a correction of kind " + std::string(kind) + " leaves the " +
                                     std::string(field) + " alone");
  if (request.municipality && kind != "area-renaming")
    return pki::invalid("municipality",
                        "a correction of kind " + std::string(kind) + " leaves the municipality alone");
  if (!request.name && !request.former_name && !request.alias && !request.address && !request.municipality)
    return missing("address", "minor-correction");
  if (request.insist) return check_filled_line("insist", *request.insist, kEventIdCharactersMax);
  return {};
}

pki::Result<Resident> correct(const store::ReadTransaction& transaction, const Resident& before,
                              const EventRequest& request) {
  TRY_ASSIGN(const std::string_view kind, parse_correction(request.correction.value_or("")));
  TRY(check_has_address(before, request));
  TRY(check_items_of_correction(request, kind));
  Resident resident = before;
  const struct {
    const char* field;
    const std::optional<std::string>& given;
    std::string Resident::* member;
  } texts[] = {{"name", request.name, &Resident::name},
               {"former_name", request.former_name, &Resident::former_name},
               {"alias", request.alias, &Resident::alias},
               {"address", request.address, &Resident::address}};
  bool is_changed = false;
  const char* first = "municipality";
  for (const auto& text : texts) {
    if (!text.given) continue;
    if (std::string_view(first) == "municipality") first = text.field;
    TRY(check_register_text(text.field, *text.given,
                            text.member == &Resident::address ? kAddressCharactersMax : kNameCharactersMax));
    is_changed = is_changed || resident.*text.member != *text.given;
    resident.*text.member = *text.given;
  }
  if (request.municipality) {
    TRY(check_place_of_residence(transaction, *request.municipality));
    resident.municipality = *request.municipality;
  }
  if (!is_changed && resident.municipality == before.municipality) return unchanged(first);
  const auto old_place = registry::find_municipality(transaction, before.municipality);
  const auto place = registry::find_municipality(transaction, resident.municipality);
  if (!old_place || !place) throw store::Corruption("a resident's municipality is not in the table");
  TRY(check_minor({.kind = kind, .insistence = request.insist ? Insistence::reasoned : Insistence::none},
                  before, resident, {*old_place, *place}));
  return resident;
}

// A correction says what should have been on record; for someone removed by mistake it may say nothing else.
pki::Result<Resident> mend(const store::ReadTransaction& transaction, Resident resident,
                           const EventRequest& request, const EventDays& days) {
  const bool was_removed = resident.residency == registry::Residency::removed;
  TRY(check_has_address(resident, request));
  if (items_of(request).empty() && !was_removed)
    return pki::invalid("name", "a correction says what is mended: give the item as it should be");
  const struct {
    const char* field;
    const std::optional<std::string>& given;
    std::string Resident::* member;
    bool may_be_empty;
  } texts[] = {{"name", request.name, &Resident::name, false},
               {"address", request.address, &Resident::address, false},
               {"furigana", request.furigana, &Resident::furigana, true},
               {"former_name", request.former_name, &Resident::former_name, true},
               {"alias", request.alias, &Resident::alias, true}};
  for (const auto& text : texts) {
    if (!text.given) continue;
    if (!text.given->empty() || !text.may_be_empty) {
      TRY(check_register_text(
          text.field, *text.given,
          text.member == &Resident::address ? kAddressCharactersMax : kNameCharactersMax));
    }
    resident.*text.member = *text.given;
  }
  if (request.birth) {
    TRY(check_birth_date(*request.birth, days.today));
    if (resident.removed_on && *resident.removed_on < *request.birth)
      return pki::invalid("birth", "a date of birth cannot lie after the day of death or removal");
    resident.birth = *request.birth;
  }
  resident.sex = request.sex.value_or(resident.sex);
  if (request.municipality) {
    TRY(check_place_of_residence(transaction, *request.municipality));
    resident.municipality = *request.municipality;
  }
  if (request.card_expires) resident.card_expires = request.card_expires;
  if (items_of(request).empty()) {
    resident.residency = resident.left_japan ? registry::Residency::abroad : registry::Residency::resident;
    resident.removed_on.reset();
  }
  return resident;
}

pki::Result<void> check_items_belong(const EventRequest& request) {
  const auto taken = items_taken_by(request.event);
  for (const auto& [field, value] : items_of(request)) {
    if (std::ranges::find(taken, field) != taken.end()) continue;
    if (field == "kind")
      return pki::invalid(
          "kind", std::string(to_string(request.event)) + " concerns every certificate: leave the kind out");
    return pki::invalid(field,
                        "the item " + field + " does not belong to " + std::string(to_string(request.event)));
  }
  return {};
}

// The fourteen causes of the My-Number Order, article 14.
pki::Result<void> check_cause(const std::optional<std::string>& cause) {
  for (int number = 1; number <= kCardLapseCauses; ++number)
    if (cause == std::to_string(number)) return {};
  return pki::invalid("cause", "card-lapse needs its cause, 1 to 14 (My-Number Order 14)");
}

}  // namespace

bool may_name_a_kind(Event event) {
  switch (event) {
    case Event::holder_application:
    case Event::key_notice:
    case Event::record_error:
    case Event::undelivered:
    case Event::hold:
    case Event::release:
      return true;
    default:
      return false;
  }
}

std::span<const std::string_view> items_taken_by(Event event) {
  static constexpr std::array<std::string_view, 9> kCorrection = {
      "name", "furigana", "former_name", "alias", "address", "birth", "sex", "municipality", "card_expires"};
  static constexpr std::array<std::string_view, 7> kMinorCorrection = {
      "correction", "name", "former_name", "alias", "address", "municipality", "insist"};
  static constexpr std::array<std::string_view, 2> kAddress = {"address", "municipality"},
                                                   kName = {"name", "furigana"},
                                                   kExit = {"planned", "card_handed_in"},
                                                   kNotice = {"kind", "reason"};
  static constexpr std::array<std::string_view, 1> kPlanned = {"planned"}, kCard = {"card_expires"},
                                                   kFuriganaEntry = {"furigana"},
                                                   kFormerName = {"former_name"}, kAlias = {"alias"},
                                                   kBirth = {"birth"}, kSex = {"sex"}, kCause = {"cause"},
                                                   kKind = {"kind"};
  switch (event) {
    case Event::address_change:
      return kAddress;
    case Event::correction:
      return kCorrection;
    case Event::move_out:
      return kPlanned;
    case Event::overseas_exit:
      return kExit;
    case Event::card_issue:
      return kCard;
    case Event::name_change:
      return kName;
    case Event::furigana_entry:
      return kFuriganaEntry;
    case Event::former_name_change:
      return kFormerName;
    case Event::alias_change:
      return kAlias;
    case Event::minor_correction:
      return kMinorCorrection;
    case Event::holder_application:
    case Event::key_notice:
      return kNotice;
    case Event::birth_date_change:
      return kBirth;
    case Event::sex_change:
      return kSex;
    case Event::card_lapse:
      return kCause;
    default:
      if (may_name_a_kind(event)) return kKind;
      return {};
  }
}

pki::Result<void> check_birth_date(pki::Date birth, pki::Date today) {
  const pki::BirthDateRange range = pki::range_of_birth_date(birth);
  if (range.first > today) return pki::invalid("birth", "a date of birth cannot lie in the future");
  if (range.last < pki::Date{std::chrono::year{1868} / 1 / 25})
    return pki::invalid("birth", "a date of birth before the Meiji era (1868-01-25) cannot be recorded");
  return {};
}

pki::Result<void> check_residency(const Resident& resident, pki::Date today) {
  if (resident.residency != registry::Residency::abroad || today >= kAbroad) return {};
  return pki::Error{
      pki::Errc::refused_by_law,
      "people abroad are in the register of certificates from " + pki::to_string(kAbroad) + " on", "abroad",
      "Act 3-2"};
}

pki::Result<void> check_register_text(std::string_view field, std::string_view text,
                                      std::size_t characters_max) {
  TRY(check_filled_line(field, text, characters_max));
  return pki::check_recordable(field, text);
}

pki::Result<void> check_place_of_residence(const store::ReadTransaction& transaction, std::uint32_t code) {
  const auto municipality = registry::find_municipality(transaction, code);
  const std::string text = registry::municipality_code_text(code);
  if (!municipality)
    return pki::invalid("municipality",
                        "there is no municipality " + text + ": look the code up in the table");
  if (municipality->has_wards)
    return pki::invalid("municipality", text + " is a city with wards: give the code of the ward");
  if (!registry::is_distribution_point(*municipality))
    return pki::invalid("municipality", text + " is a prefecture: give the code of the municipality");
  return {};
}

pki::Result<Resident> apply_items(const store::ReadTransaction& transaction, Resident resident,
                                  const EventRequest& request, const EventDays& days) {
  TRY(check_items_belong(request));
  if (request.event == Event::card_lapse) {
    TRY(check_cause(request.cause));
  }
  if (request.event == Event::card_lapse || request.event == Event::card_return)
    return without_card(std::move(resident), days.occurred_on);
  if (may_name_a_kind(request.event)) return resident;
  if (request.event == Event::correction) return mend(transaction, std::move(resident), request, days);
  if (resident.residency == registry::Residency::removed)
    return pki::Error{pki::Errc::refused_by_law,
                      "the resident was removed from the register: nothing more can happen",
                      {},
                      "Resident Registry Act 8"};
  switch (request.event) {
    case Event::address_change:
      return change_address(transaction, std::move(resident), request, days.today);
    case Event::name_change:
      return change_name(std::move(resident), request);
    case Event::furigana_entry:
      if (!resident.furigana.empty())
        return pki::invalid("furigana", "furigana are on record already: a later change is a name-change");
      return change_optional_name(std::move(resident), request.furigana, &Resident::furigana, "furigana");
    case Event::former_name_change:
      return change_optional_name(std::move(resident), request.former_name, &Resident::former_name,
                                  "former_name");
    case Event::alias_change:
      return change_optional_name(std::move(resident), request.alias, &Resident::alias, "alias");
    case Event::minor_correction:
      return correct(transaction, resident, request);
    case Event::birth_date_change:
      if (!request.birth) return missing("birth", "birth-date-change");
      TRY(check_birth_date(*request.birth, days.today));
      if (*request.birth == resident.birth) return unchanged("birth");
      resident.birth = *request.birth;
      return resident;
    case Event::sex_change:
      if (!request.sex) return missing("sex", "sex-change");
      if (*request.sex == resident.sex) return unchanged("sex");
      resident.sex = *request.sex;
      return resident;
    default:
      return apply_move(std::move(resident), request, days);
  }
}

std::vector<std::pair<std::string, std::string>> items_of(const EventRequest& request) {
  std::vector<std::pair<std::string, std::string>> items;
  const auto add = [&](const char* field, const std::optional<std::string>& value) {
    if (value) items.emplace_back(field, *value);
  };
  add("name", request.name);
  add("furigana", request.furigana);
  add("former_name", request.former_name);
  add("alias", request.alias);
  add("address", request.address);
  add("cause", request.cause);
  add("correction", request.correction);
  add("insist", request.insist);
  if (request.birth) items.emplace_back("birth", pki::to_string(*request.birth));
  if (request.sex) items.emplace_back("sex", to_string(*request.sex));
  if (request.municipality)
    items.emplace_back("municipality", registry::municipality_code_text(*request.municipality));
  if (request.card_expires) items.emplace_back("card_expires", pki::to_string(*request.card_expires));
  if (request.planned) items.emplace_back("planned", pki::to_string(*request.planned));
  if (request.card)
    items.emplace_back("card_handed_in",
                       *request.card == registry::Departure::Card::handed_in ? "true" : "false");
  if (request.kind) items.emplace_back("kind", pki::to_string(*request.kind));
  if (!request.elsewhere_reason.empty()) items.emplace_back("reason", request.elsewhere_reason);
  return items;
}

}  // namespace law
