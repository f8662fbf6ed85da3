// The words of records in messages: in English they are the words that one types.

#include "registry/words.h"

#include <doctest/doctest.h>

namespace registry {

namespace {

// For each value of an enumeration from the first to `last`.
template <typename Enum>
void check_words(Enum first, Enum last) {
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    const pki::Message said = word(value);
    CAPTURE(to_string(value));
    CHECK(said.in(pki::Language::en) == to_string(value));
    CHECK(said.in(pki::Language::ja) != to_string(value));
  }
}

}  // namespace

TEST_CASE("in English a word in a message is the word that one types") {
  check_words(Event::address_change, Event::ca_key_compromise);
  check_words(CorrectionKind::plain_form, CorrectionKind::building_name);
  check_words(EventField::name, EventField::found_by);
  check_words(Residency::resident, Residency::moved_out);
}

TEST_CASE("in Japanese it is the term of the law, with the word") {
  CHECK(word(Event::move_out).in(pki::Language::ja) == "転出届（move-out）");
  CHECK(word(EventField::former_name).in(pki::Language::ja) == "旧氏（former_name）");
}

}  // namespace registry
