// The characters that signing certificates may hold, and the substitution of all others.
//
// JPKI's repertoire is JIS level 1 and 2 and 補助漢字 (JIS X 0208 and 0212); what lies outside is replaced
// and flagged character by character in the items .2 and .6 (docs/profiles.md section 3).

#pragma once

#include <string>
#include <string_view>

#include "pki/result.h"

namespace pki {

// A text as it is recorded, and one '0' or '1' for each of its characters: '1' where it was substituted.
struct SubstitutedText {
  std::string text;
  std::string flags;
};

// `text` is UTF-8; what is not is Errc::malformed. `substitute` is the operator's text with one character for
// each of `text`'s. Where it is shorter or itself outside the repertoire, the plain form of the character
// stands (pki/plain_form.h: 髙 becomes 高), and 〓 where there is none.
[[nodiscard]] pki::Result<SubstitutedText> substitute_outside_repertoire(std::string_view text,
                                                                         std::string_view substitute = {});

// Errc::invalid_value names `field` and the character: one that is neither in the repertoire nor a kanji
// or sign of Japanese writing, for which alone a substitute can stand (so emoji, other scripts, private use).
[[nodiscard]] pki::Result<void> check_recordable(std::string_view field, std::string_view text);
// Errc::invalid_value names `field` and the character: what stands for others must be in the repertoire.
[[nodiscard]] pki::Result<void> check_substitute(std::string_view field, std::string_view text);

}  // namespace pki
