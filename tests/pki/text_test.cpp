// Which characters a name may have that is shown again.

#include "pki/text.h"

#include <doctest/doctest.h>

#include <string>

namespace pki {

TEST_CASE("a name is a line of at most 200 characters") {
  for (const char* text : {"", "Example Bank", "模擬銀行　本店", "café 🏦", "a\xC2\xA0z"})
    CHECK(check_line("name", text).has_value());
  std::string longest;
  for (int i = 0; i < 200; ++i)
    longest += "行";
  CHECK(check_line("name", longest).has_value());
  const auto longer = check_line("name", longest + "行");
  REQUIRE(longer.has_error());
  CHECK(longer.error().code == Errc::invalid_value);
  CHECK(longer.error().field == "name");
}

TEST_CASE("control and bidirectional characters are refused") {
  for (const char* text :
       {"\x1B[31mevil", "a\nb", "a\tb", "a\rb", "\x7F", "\xC2\x80",
        "\xC2\x9B"
        "31m",
        "a\xE2\x80\xA8z", "a\xE2\x80\xA9z", "\xD8\x9C", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA",
        "Bank\xE2\x80\xAEknaB", "\xE2\x81\xA6", "\xE2\x81\xA9", "\xFF", "\xC0\x80"}) {
    CAPTURE(text);
    CHECK(check_line("name", text).has_error());
  }
}

TEST_CASE("invisible characters are refused, but variation selectors are not") {
  // Zero width, soft hyphen, byte order mark, tag, fillers, an interlinear mark, a noncharacter.
  for (const char* text :
       {"Ba\u200Bnk", "Ba\u200Dnk", "Ba\u00ADnk", "\uFEFFBank", "Bank\U000E0041", "Bank\u3164", "Bank\uFFA0",
        "Bank\u2800", "Ba\u2060nk", "Ba\u034Fnk", "Ba\uFFF9nk", "Ba\uFFFEnk"}) {
    CAPTURE(text);
    CHECK(check_line("name", text).has_error());
    CHECK(check_lines("plan", text, 4000).has_error());
  }
  for (const char* text : {"辻\U000E0100銀行", "神\uFE00社", "Ｂａｎｋ"})
    CHECK(check_line("name", text).has_value());
}

TEST_CASE("a text may have ends of lines and tabs, and nothing else of the kind") {
  CHECK(check_lines("plan", "one\r\n\ttwo\n", 4000).has_value());
  CHECK(check_lines("plan", "one\x1B[31m", 4000).has_error());
  CHECK(check_lines("plan", "one\xE2\x80\xAEtwo", 4000).has_error());
  CHECK(check_lines("plan", "abcde", 4).has_error());
}

}  // namespace pki
