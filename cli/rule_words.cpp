// Entries of the catalogue, found by the text that the law's tables have.

#include "cli/rule_words.h"

#include <algorithm>
#include <array>

#include "pki/messages/cli.h"

namespace cli {

namespace {

constexpr std::array kPhrases = {
    &messages::law_moment_at_once,
    &messages::law_moment_planned_date,
    &messages::law_moment_thirty_days,
    &messages::law_scheme_card,
    &messages::law_scheme_former_names,
    &messages::law_scheme_pinless,
    &messages::law_scheme_digital_agency,
    &messages::law_scheme_current_items,
    &messages::law_scheme_mobile_pair,
    &messages::law_scheme_abroad,
    &messages::law_scheme_furigana,
    &messages::law_scheme_residence_cards,
    &messages::law_cause_left_japan,
    &messages::law_cause_no_move_in,
    &messages::law_cause_not_presented,
    &messages::law_cause_record_deleted,
    &messages::law_cause_code_corrected,
    &messages::law_cause_number_changed,
    &messages::law_cause_no_move_in_return,
    &messages::law_cause_not_presented_return,
    &messages::law_cause_supplementary_deleted,
    &messages::law_cause_returned_abroad,
    &messages::law_cause_death,
    &messages::law_cause_act_ceased,
    &messages::law_cause_returned,
    &messages::law_cause_return_ordered,
    &messages::law_when_planned_date,
    &messages::law_when_thirty_days,
    &messages::law_when_late_move_in,
    &messages::law_when_ninety_days,
    &messages::law_when_fourteen_days_return,
    &messages::law_when_ninety_days_return,
    &messages::law_when_last_day,
    &messages::law_unless_handed_in,
    &messages::law_unless_move_in,
    &messages::law_unless_presented,
    &messages::law_unless_later_card,
};

}  // namespace

std::optional<std::string> words_of_law(std::string_view english, pki::Language language) {
  const auto found =
      std::ranges::find(kPhrases, english, [](const pki::MessageText* entry) { return entry->en; });
  if (found == kPhrases.end()) return std::nullopt;
  return pki::Message(**found).in(language);
}

}  // namespace cli
