// One array of words for each enumeration, in the order of its values.

#include "registry/event_words.h"

#include <algorithm>
#include <array>

namespace registry {

namespace {

using Words = std::string_view;

constexpr std::array kEvents = {Words("address-change"),
                                Words("name-change"),
                                Words("birth-date-change"),
                                Words("sex-change"),
                                Words("minor-correction"),
                                Words("furigana-entry"),
                                Words("former-name-change"),
                                Words("alias-change"),
                                Words("move-out"),
                                Words("move-out-cancel"),
                                Words("death"),
                                Words("deletion"),
                                Words("overseas-exit"),
                                Words("overseas-return"),
                                Words("overseas-record-deletion"),
                                Words("card-issue"),
                                Words("card-present"),
                                Words("card-lapse"),
                                Words("card-return"),
                                Words("undelivered"),
                                Words("holder-application"),
                                Words("key-notice"),
                                Words("record-error"),
                                Words("hold"),
                                Words("release"),
                                Words("correction"),
                                Words("renewal"),
                                Words("ca-key-compromise")};
static_assert(kEvents.size() == static_cast<std::size_t>(Event::ca_key_compromise) + 1);

constexpr std::array kOutcomes = {Words("none"), Words("revoke"), Words("hold"), Words("release"),
                                  Words("supersede")};
static_assert(kOutcomes.size() == static_cast<std::size_t>(Outcome::supersede) + 1);

constexpr std::array kLapseCauses = {Words("1"),  Words("2"),  Words("3"),  Words("4"), Words("5"),
                                     Words("6"),  Words("7"),  Words("8"),  Words("9"), Words("10"),
                                     Words("11"), Words("12"), Words("13"), Words("14")};
static_assert(kLapseCauses.size() == static_cast<std::size_t>(LapseCause::return_ordered));

constexpr std::array kCorrections = {Words("plain-form"),           Words("glyph"),
                                     Words("area-renaming"),        Words("lot-number"),
                                     Words("residence-indication"), Words("building-name")};
static_assert(kCorrections.size() == static_cast<std::size_t>(CorrectionKind::building_name) + 1);

constexpr std::array kReasons = {Words("company-batch"), Words("evacuation"),  Words("domestic-violence"),
                                 Words("stalking"),      Words("child-abuse"), Words("specified-age"),
                                 Words("equivalent")};
static_assert(kReasons.size() == static_cast<std::size_t>(OtherMunicipalityReason::equivalent) + 1);

constexpr std::array kFields = {Words("name"),       Words("furigana"),       Words("former_name"),
                                Words("alias"),      Words("address"),        Words("cause"),
                                Words("correction"), Words("insist"),         Words("birth"),
                                Words("sex"),        Words("municipality"),   Words("card_expires"),
                                Words("planned"),    Words("card_handed_in"), Words("kind"),
                                Words("reason"),     Words("application"),    Words("clock"),
                                Words("due"),        Words("certificate"),    Words("found_by")};
static_assert(kFields.size() == static_cast<std::size_t>(EventField::found_by) + 1);

template <typename Enum, std::size_t n>
std::optional<Enum> find_word(const std::array<Words, n>& words, std::string_view text, std::size_t first) {
  const auto found = std::ranges::find(words, text);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(static_cast<std::size_t>(found - words.begin()) + first);
}

}  // namespace

std::string_view to_string(Event event) {
  return kEvents.at(static_cast<std::size_t>(event));
}

std::optional<Event> parse_event(std::string_view text) {
  return find_word<Event>(kEvents, text, 0);
}

std::string_view to_string(Outcome outcome) {
  return kOutcomes.at(static_cast<std::size_t>(outcome));
}

std::optional<Outcome> parse_outcome(std::string_view text) {
  return find_word<Outcome>(kOutcomes, text, 0);
}

std::string_view to_string(LapseCause cause) {
  return kLapseCauses.at(static_cast<std::size_t>(cause) - 1);
}

std::optional<LapseCause> parse_lapse_cause(std::string_view text) {
  return find_word<LapseCause>(kLapseCauses, text, 1);
}

std::string_view to_string(CorrectionKind kind) {
  return kCorrections.at(static_cast<std::size_t>(kind));
}

std::optional<CorrectionKind> parse_correction_kind(std::string_view text) {
  if (text == "building-renaming") return CorrectionKind::building_name;
  return find_word<CorrectionKind>(kCorrections, text, 0);
}

std::string_view to_string(OtherMunicipalityReason reason) {
  return kReasons.at(static_cast<std::size_t>(reason));
}

std::optional<OtherMunicipalityReason> parse_other_municipality_reason(std::string_view text) {
  return find_word<OtherMunicipalityReason>(kReasons, text, 0);
}

std::string_view to_string(EventField field) {
  return kFields.at(static_cast<std::size_t>(field));
}

std::optional<EventField> parse_event_field(std::string_view text) {
  return find_word<EventField>(kFields, text, 0);
}

}  // namespace registry
