// What each event does to the resident's record: one function for each struct of law/event_details.

#include "law/event_items.h"

#include <algorithm>

#include "law/correction.h"
#include "law/event_fields.h"
#include "law/move_items.h"
#include "law/rule_table.h"
#include "pki/birth_date.h"
#include "pki/messages/law.h"
#include "pki/plain_form.h"
#include "pki/repertoire.h"
#include "registry/municipalities.h"
#include "registry/words.h"

namespace law {

namespace {

using registry::Resident;

// Nothing is wrong with the value; there is nothing to record. is_unchanged() knows it by its message.
pki::Error unchanged(EventField field) {
  return pki::refused({messages::item_unchanged, registry::word(field)}, "Act 12(1)(i)",
                      std::string(to_string(field)));
}

// Names, former surnames, aliases and furigana of one wording, whatever their width and spaces.
bool is_written_alike(std::string_view before, std::string_view after) {
  return pki::is_same_name(pki::register_form(before), pki::register_form(after));
}

// The 戸籍の附票 of people abroad has that they are, and since when, in place of an address.
pki::Result<void> check_has_address(const Resident& resident, const std::optional<std::string>& address) {
  if (!address || resident.residency != registry::Residency::abroad) return {};
  return pki::refused(messages::abroad_without_address, "Resident Registry Act 17", "address");
}

// A former surname is an item of the register since Order 33, furigana since Supplementary provisions 5:
// before, they can be neither changed nor corrected.
pki::Result<void> check_item_begun(EventField item, bool is_given, pki::Date today) {
  const pki::Date from = item == EventField::furigana ? kFurigana : kFormerNames;
  if (!is_given || today >= from) return {};
  return pki::refused({messages::item_not_yet, registry::word(item), pki::to_string(from)},
                      item == EventField::furigana ? "Supplementary provisions 5" : "Order 33",
                      std::string(to_string(item)));
}

// A text of the register that an event may give, with the member that holds it.
struct GivenText {
  EventField field;
  std::optional<std::string_view> given;
  std::string Resident::* member;
  EmptyText empty = EmptyText::invalid;
};

// Checks and records one text; absent ones stay as they are.
pki::Result<void> set_text(Resident& resident, const GivenText& text) {
  if (!text.given) return {};
  if (!text.given->empty() || text.empty == EmptyText::invalid) {
    TRY(check_register_text(to_string(text.field), *text.given,
                            text.field == EventField::address ? kAddressCharactersMax : kNameCharactersMax));
  }
  resident.*text.member = *text.given;
  return {};
}

// Which items a correction may carry; how far it may change them is check_minor's.
pki::Result<void> check_items_of_correction(const MinorCorrection& correction) {
  const auto leaves_alone = [&correction](EventField field) {
    return pki::invalid(
        std::string(to_string(field)),
        {messages::correction_leaves_alone, registry::word(correction.correction), registry::word(field)});
  };
  const bool of_characters =
      correction.correction == CorrectionKind::plain_form || correction.correction == CorrectionKind::glyph;
  if (correction.name && !of_characters) return leaves_alone(EventField::name);
  // Ordinance 80 and 81 extend item (ii) to them, not (i).
  const bool of_identification = correction.correction == CorrectionKind::glyph;
  if (correction.former_name && !of_identification) return leaves_alone(EventField::former_name);
  if (correction.alias && !of_identification) return leaves_alone(EventField::alias);
  if (correction.municipality && correction.correction != CorrectionKind::area_renaming)
    return leaves_alone(EventField::municipality);
  if (!correction.name && !correction.former_name && !correction.alias && !correction.address &&
      !correction.municipality)
    return pki::invalid("address", messages::minor_correction_empty);
  if (correction.insist) return check_filled_line("insist", *correction.insist, kEventIdCharactersMax);
  return {};
}

// Applies an event to the resident's record, which `resident` is before it.
struct Application {
  const store::ReadTransaction& transaction;
  Resident resident;
  const EventDays& days;

  pki::Result<Resident> operator()(const AddressChange& change) {
    const std::uint32_t municipality = change.municipality.value_or(resident.municipality);
    TRY(check_place_of_residence(transaction, municipality));
    TRY(check_address(transaction, change.address, municipality, days.addresses));
    const bool in_register = resident.residency == registry::Residency::resident;
    if (in_register && municipality == resident.municipality &&
        pki::is_same_address(pki::register_form(change.address), pki::register_form(resident.address)))
      return unchanged(EventField::address);
    // 転居 leaves every clock alone; 転入 ends those of the departure and starts that of the card.
    if (!in_register || !is_one_municipality(transaction, resident.municipality, municipality))
      resident = move_in(std::move(resident), days.today);
    resident.address = change.address;
    resident.municipality = municipality;
    return std::move(resident);
  }

  pki::Result<Resident> operator()(const NameChange& change) {
    if (!change.name && !change.furigana) return pki::invalid("name", messages::name_change_empty);
    TRY(check_item_begun(EventField::furigana, change.furigana.has_value(), days.today));
    const Resident before = resident;
    TRY(set_text(resident, {EventField::name, change.name, &Resident::name}));
    TRY(set_text(resident, {EventField::furigana, change.furigana, &Resident::furigana}));
    const bool has_same_name = is_written_alike(before.name, resident.name);
    if (has_same_name && is_written_alike(before.furigana, resident.furigana))
      return unchanged(EventField::name);
    // The first entry changes nothing that a certificate records.
    if (has_same_name && before.furigana.empty() && !before.is_foreign)
      return pki::refused(messages::first_furigana, "Supplementary provisions 5", "furigana");
    return std::move(resident);
  }

  pki::Result<Resident> operator()(const BirthDateChange& change) {
    TRY(check_birth_date(change.birth, days.today));
    if (change.birth == resident.birth) return unchanged(EventField::birth);
    resident.birth = change.birth;
    return std::move(resident);
  }

  pki::Result<Resident> operator()(const SexChange& change) {
    if (change.sex == resident.sex) return unchanged(EventField::sex);
    resident.sex = change.sex;
    return std::move(resident);
  }

  pki::Result<Resident> operator()(const FuriganaEntry& entry) {
    if (!resident.furigana.empty())
      return pki::refused(messages::furigana_on_record, "Supplementary provisions 5", "furigana");
    return replace({EventField::furigana, entry.furigana, &Resident::furigana});
  }
  pki::Result<Resident> operator()(const FormerNameChange& change) {
    return replace({EventField::former_name, change.former_name, &Resident::former_name, EmptyText::removes});
  }
  pki::Result<Resident> operator()(const AliasChange& change) {
    return replace({EventField::alias, change.alias, &Resident::alias, EmptyText::removes});
  }

  pki::Result<Resident> operator()(const MinorCorrection& correction) {
    TRY(check_has_address(resident, correction.address));
    TRY(check_items_of_correction(correction));
    TRY(check_item_begun(EventField::former_name, correction.former_name.has_value(), days.today));
    const Resident before = resident;
    const GivenText texts[] = {{EventField::name, correction.name, &Resident::name},
                               {EventField::former_name, correction.former_name, &Resident::former_name},
                               {EventField::alias, correction.alias, &Resident::alias},
                               {EventField::address, correction.address, &Resident::address}};
    std::optional<EventField> first;
    bool is_changed = false;
    for (const GivenText& text : texts) {
      TRY(set_text(resident, text));
      if (text.given && !first) first = text.field;
      is_changed = is_changed || before.*text.member != resident.*text.member;
    }
    if (correction.municipality) {
      TRY(check_place_of_residence(transaction, *correction.municipality));
      resident.municipality = *correction.municipality;
    }
    if (!is_changed && resident.municipality == before.municipality)
      return unchanged(first.value_or(EventField::municipality));
    TRY(check_new_address(before));
    const auto old_place = registry::find_municipality(transaction, before.municipality);
    const auto place = registry::find_municipality(transaction, resident.municipality);
    if (!old_place || !place) throw store::Corruption(messages::municipality_not_in_table);
    TRY(check_minor({.kind = correction.correction,
                     .insistence = correction.insist ? Insistence::reasoned : Insistence::none},
                    before, resident, {*old_place, *place}));
    return std::move(resident);
  }

  // A correction gives what should have been on record; for a resident removed by mistake it may have no
  // item.
  pki::Result<Resident> operator()(const Correction& correction) {
    const bool is_empty = correction == Correction{};
    const Resident before = resident;
    TRY(check_has_address(resident, correction.address));
    TRY(check_item_begun(EventField::furigana, correction.furigana.has_value(), days.today));
    TRY(check_item_begun(EventField::former_name, correction.former_name.has_value(), days.today));
    if (is_empty && resident.residency != registry::Residency::removed)
      return pki::invalid("name", messages::correction_empty);
    const GivenText texts[] = {
        {EventField::name, correction.name, &Resident::name},
        {EventField::address, correction.address, &Resident::address},
        {EventField::furigana, correction.furigana, &Resident::furigana, EmptyText::removes},
        {EventField::former_name, correction.former_name, &Resident::former_name, EmptyText::removes},
        {EventField::alias, correction.alias, &Resident::alias, EmptyText::removes}};
    for (const GivenText& text : texts)
      TRY(set_text(resident, text));
    if (correction.birth) {
      TRY(check_birth_date(*correction.birth, days.today));
      if (resident.removed_on && *resident.removed_on < *correction.birth)
        return pki::invalid("birth", messages::birth_after_removal);
      resident.birth = *correction.birth;
    }
    resident.sex = correction.sex.value_or(resident.sex);
    if (correction.municipality) {
      TRY(check_place_of_residence(transaction, *correction.municipality));
      resident.municipality = *correction.municipality;
    }
    TRY(check_new_address(before));
    if (correction.card_expires) resident.card_expires = correction.card_expires;
    return is_empty ? without_removal(std::move(resident)) : std::move(resident);
  }

  pki::Result<Resident> operator()(const CardLapse&) {
    return without_card(std::move(resident), days.occurred_on);
  }
  pki::Result<Resident> operator()(const CardReturn&) {
    return without_card(std::move(resident), days.occurred_on);
  }

  // An event about keys changes nothing in the register.
  template <typename Details>
    requires requires(Details details) { details.kind; }
  pki::Result<Resident> operator()(const Details&) {
    return std::move(resident);
  }
  // Departures, returns and cards.
  template <typename Details>
  pki::Result<Resident> operator()(const Details& details) {
    return apply_move(std::move(resident), details, days);
  }

 private:
  // A corrected address, or the old one in a corrected municipality. That of people abroad is their last one
  // in Japan, and the municipality that of their registered domicile.
  pki::Result<void> check_new_address(const Resident& before) const {
    const bool is_same = before.address == resident.address && before.municipality == resident.municipality;
    if (is_same || resident.address.empty() || resident.residency == registry::Residency::abroad) return {};
    return check_address(transaction, resident.address, resident.municipality, days.addresses);
  }
  // A new text in place of the one on record.
  pki::Result<Resident> replace(const GivenText& text) {
    const std::string before = resident.*text.member;
    TRY(set_text(resident, text));
    if (is_written_alike(before, resident.*text.member)) return unchanged(text.field);
    return std::move(resident);
  }
};

// True for what can be recorded about a resident who was removed from the register.
bool is_possible_after_removal(Event event) {
  return event == Event::correction || event == Event::card_lapse || event == Event::card_return ||
         takes(event, row_of(EventField::kind));
}

}  // namespace

bool is_unchanged(const pki::Error& error) {
  const std::string_view id = error.message.id();
  return id == messages::item_unchanged.id || id == messages::no_notice_to_withdraw.id ||
         id == messages::nothing_held.id;
}

pki::Result<void> check_birth_date(pki::Date birth, pki::Date today) {
  const pki::BirthDateRange range = pki::range_of_birth_date(birth);
  if (range.first > today) return pki::invalid("birth", messages::birth_in_future);
  if (range.last < pki::Date{std::chrono::year{1868} / 1 / 25})
    return pki::invalid("birth", messages::birth_before_meiji);
  return {};
}

pki::Result<void> check_entry(const Resident& resident, pki::Date today) {
  TRY(check_item_begun(EventField::furigana, !resident.furigana.empty(), today));
  TRY(check_item_begun(EventField::former_name, !resident.former_name.empty(), today));
  if (resident.residency != registry::Residency::abroad) return {};
  if (today < kAbroad)
    return pki::refused({messages::abroad_registered_not_yet, pki::to_string(kAbroad)}, "Act 3-2", "abroad");
  if (resident.is_foreign) return pki::refused(messages::foreigner_not_abroad, "Act 3-2", "abroad");
  if (resident.left_japan && *resident.left_japan > today)
    return pki::invalid("abroad", messages::abroad_in_future);
  return {};
}

pki::Result<void> check_register_text(std::string_view field, std::string_view text,
                                      std::size_t characters_max) {
  TRY(check_filled_line(field, text, characters_max));
  return pki::check_recordable(field, text);
}

pki::Result<void> check_place_of_residence(const store::ReadTransaction& transaction, std::uint32_t code) {
  const auto municipality = registry::find_municipality(transaction, code);
  const std::string text = registry::municipality_code_text(code);
  if (!municipality) return pki::invalid("municipality", {messages::municipality_unknown, text});
  if (municipality->has_wards) return pki::invalid("municipality", {messages::city_with_wards, text});
  if (!registry::is_distribution_point(*municipality))
    return pki::invalid("municipality", {messages::is_prefecture, text});
  return {};
}

pki::Result<void> check_address(const store::ReadTransaction& transaction, std::string_view address,
                                std::uint32_t municipality, AddressRule rule) {
  TRY(check_register_text("address", address, kAddressCharactersMax));
  if (rule == AddressRule::any) return {};
  const auto place = registry::find_municipality(transaction, municipality);
  if (!place) throw store::Corruption(messages::municipality_not_in_table);
  if (pki::plain_form(address).starts_with(pki::plain_form(place->prefecture_ja))) return {};
  return pki::invalid("address", {messages::address_without_prefecture, place->prefecture_ja});
}

pki::Result<Resident> apply_items(const store::ReadTransaction& transaction, Resident resident,
                                  const EventDetails& details, const EventDays& days) {
  TRY(check_retired_fields(details));
  if (other_municipality_reason_in(details) == OtherMunicipalityReason::specified_age && !kind_in(details))
    return pki::invalid("reason",
                        {messages::reason_of_auth_alone, to_string(OtherMunicipalityReason::specified_age)});
  if (resident.residency == registry::Residency::removed && !is_possible_after_removal(event_of(details)))
    return pki::refused(messages::only_correction_after_removal, "Resident Registry Act 8");
  return std::visit(Application{transaction, std::move(resident), days}, details);
}

}  // namespace law
