// What a signing certificate may hold, and what stands in place of the rest.

#include "pki/repertoire.h"

#include <doctest/doctest.h>

namespace pki {

namespace {

std::string substituted(std::string_view text, std::string_view substitute = {}) {
  const SubstitutedText result = substitute_outside_repertoire(text, substitute).value();
  return result.text + "/" + result.flags;
}

}  // namespace

TEST_CASE("JIS X 0208, 0212, kana, Latin letters and the wide space are recorded as they are") {
  CHECK(substituted("模擬　太郎") == "模擬　太郎/00000");
  CHECK(substituted("さくら　カタカナ") == "さくら　カタカナ/00000000");
  CHECK(substituted("NGUYEN VAN AN") == "NGUYEN VAN AN/0000000000000");
  CHECK(substituted("東京都１丁目２番") == "東京都１丁目２番/00000000");
  // JIS X 0212.
  CHECK(substituted("侊彅桒") == "侊彅桒/000");
  CHECK(substituted("") == "/");
}

TEST_CASE("what EUC-JP refuses becomes a geta with flag 1, one flag a character") {
  // A variant takes its plain form, flagged; 〓 is for what has none.
  CHECK(substituted("髙橋") == "高橋/10");
  CHECK(substituted("𠀋髙") == "〓高/11");
  CHECK(substituted("𠮟る") == "〓る/10");
  CHECK(substituted("①番") == "〓番/10");
  CHECK(substituted("山﨑　𠮷") == "山崎　吉/0101");
  CHECK(substituted("한") == "〓/1");
  CHECK(substituted("😀") == "〓/1");
}

TEST_CASE("Microsoft's two signs become those of JIS X 0208 and are no substitution") {
  CHECK(substituted("１－２") == "１−２/000");
  CHECK(substituted("１～２") == "１〜２/000");
  CHECK(substituted("１−２〜３") == "１−２〜３/00000");
}

TEST_CASE("the operator's substitute stands where one is needed and only there") {
  CHECK(substituted("髙橋", "高橋") == "高橋/10");
  CHECK(substituted("髙橋", "高端") == "高橋/10");
  // Too short, or itself outside the repertoire: the geta.
  CHECK(substituted("橋髙", "高") == "橋高/01");
  CHECK(substituted("髙橋", "髙橋") == "高橋/10");
  // The operator's choice goes first.
  CHECK(substituted("髙橋", "太橋") == "太橋/10");
}

TEST_CASE("the register takes what can be recorded or substituted, and names every other character") {
  for (const std::string_view text : {"模擬　太郎", "NGUYEN VAN AN", "髙橋", "𠮷野家", "①番㈱Ⅱ", "ﾊﾝｶｸ",
                                      "葛\U000E0100飾", "Ångström", "ヴァ・ー々〆〇ヵヶ"}) {
    CAPTURE(text);
    CHECK(check_recordable("name", text).has_value());
  }
  for (const auto& [text, code] : {std::pair{"模擬😀", "U+1F600"},
                                   {"한글", "U+D55C"},
                                   {"\uE000", "U+E000"},
                                   {"a\u200Bb", "U+200B"},
                                   {"\uFEFF模擬", "U+FEFF"},
                                   {"عمر", "U+0639"}}) {
    const std::string shown = text;
    CAPTURE(shown);
    const auto result = check_recordable("name", text);
    REQUIRE(result.has_error());
    CHECK(result.error().code == pki::Errc::invalid_value);
    CHECK(result.error().field == "name");
    CHECK(result.error().text().find(code) != std::string::npos);
  }
}

TEST_CASE("what stands for others must itself be in the repertoire") {
  CHECK(check_substitute("name_substitute", "").has_value());
  CHECK(check_substitute("name_substitute", "高橋").has_value());
  for (const std::string_view text : {"髙橋", "①", "\xFF"}) {
    const auto result = check_substitute("name_substitute", text);
    REQUIRE(result.has_error());
    CHECK(result.error().field == "name_substitute");
  }
}

TEST_CASE("what is not UTF-8 is refused") {
  for (const std::string_view text : {"\xFF", "\xE6\xA8", "\xED\xA0\x80"}) {
    const auto result = substitute_outside_repertoire(text);
    REQUIRE(result.has_error());
    CHECK(result.error().code == pki::Errc::malformed);
  }
  CHECK(substitute_outside_repertoire("a", "\xFF").has_error());
}

}  // namespace pki
