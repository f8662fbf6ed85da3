// How the register writes: one width, one kind of space, and, to compare, plain forms of characters.
//
// Variation selectors and compatibility ideographs are taken to their ideograph as Unicode's own tables have
// it (pki/unicode_form.h). The pairs besides are those of the forms in brackets of the 常用漢字表
// (いわゆる康熙字典体) and of the Family Register Ordinance (戸籍法施行規則, appended table 2) that occur in
// names and places, and variants of names that registers use side by side (髙, 﨑, 𠮷, 舘, 峯 …). JPKI's own
// table of 縮退 is not public.

#pragma once

#include <string>
#include <string_view>

namespace pki {

// ASCII and half-width kana in full width, kana with their marks in one, runs of spaces as one U+3000 and
// none at the ends; hyphen, tilde and straight quotation marks, in either width, as the characters of JIS X
// 0208 for them (U+2212, U+301C, U+2019, U+201D). `text` must be UTF-8.
[[nodiscard]] std::string register_form(std::string_view text);

// register_form with each variant character as its plain one: two texts are variants of each other exactly
// when these are equal.
[[nodiscard]] std::string plain_form(std::string_view text);

// The text, in either form, without its spaces; those between two digits, two numerals or two Latin letters
// stay, where leaving them out would make one number or word of two.
[[nodiscard]] std::string without_spaces(std::string_view text);
// Whether two addresses in the same form are one but for spaces: without_spaces() of both is equal.
[[nodiscard]] bool is_same_address(std::string_view a, std::string_view b);
// Whether two names in the same form are one but for spaces: a space may be missing, but one that stands at
// another place makes another surname. A space between two Latin letters counts.
[[nodiscard]] bool is_same_name(std::string_view a, std::string_view b);

}  // namespace pki
