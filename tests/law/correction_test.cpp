// Ordinance 20: what a correction may change, and what the register takes for the same writing.

#include "law/correction.h"

#include <doctest/doctest.h>

#include "pki/plain_form.h"
#include "tests/support/places.h"

namespace law {

namespace {

registry::Municipality kiyose() {
  for (const auto& place : support::municipalities(support::Places::few))
    if (place.code == support::kKiyose) return place;
  return {};
}

bool is_minor(std::string_view correction, const char* before, const char* after) {
  registry::Resident one, other;
  one.name = other.name = "模擬　太郎";
  one.address = before;
  other.address = after;
  const auto result = check_minor(correction, one, other, kiyose());
  if (result.has_error()) {
    CHECK(result.error().code == pki::Errc::refused_by_law);
    CHECK(result.error().article == "Ordinance 20");
    CHECK(result.error().field == "address");
  }
  return result.has_value();
}

bool is_minor_name(const char* before, const char* after) {
  registry::Resident one, other;
  one.name = before;
  other.name = after;
  return check_minor("glyph", one, other, kiyose()).has_value();
}

}  // namespace

TEST_CASE("the register knows one width, one space and one dash") {
  CHECK(pki::register_form("東京都清瀬市12番") == "東京都清瀬市１２番");
  CHECK(pki::register_form("ABC 12") == "ＡＢＣ　１２");
  CHECK(pki::register_form("  模擬 　太郎 ") == "模擬　太郎");
  CHECK(pki::register_form("ﾓｷﾞ ﾀﾛｳ ﾊﾟﾌﾞ ｶﾞ") == "モギ　タロウ　パブ　ガ");
  CHECK(pki::register_form("１－２～３") == "１−２〜３");
  CHECK(pki::register_form("").empty());
}

TEST_CASE("variants have a plain form, and other characters keep theirs") {
  CHECK(pki::plain_form("髙橋　邊") == "高橋　辺");
  CHECK(pki::plain_form("渡邉") == pki::plain_form("渡邊"));
  CHECK(pki::plain_form("𠮷田　德") == "吉田　徳");
  CHECK(pki::plain_form("清瀬") == "清瀬");
}

TEST_CASE("a glyph or plain form may change, and no more") {
  CHECK(is_minor_name("髙橋　太郎", "高橋　太郎"));
  CHECK(is_minor_name("高橋　太郎", "髙橋　太郎"));
  CHECK_FALSE(is_minor_name("髙橋　太郎", "高橋　次郎"));
  CHECK(is_minor("plain-form", "東京都清瀬市澤町１番", "東京都清瀬市沢町１番"));
  CHECK_FALSE(is_minor("plain-form", "東京都清瀬市澤町１番", "東京都清瀬市沢町２番"));
}

TEST_CASE("each correction of an address touches its own part") {
  CHECK(is_minor("lot-number", "東京都清瀬市模擬町１２番地", "東京都清瀬市模擬町一丁目３番４号"));
  CHECK_FALSE(is_minor("lot-number", "東京都清瀬市模擬町１番", "東京都清瀬市元町１番"));
  CHECK(is_minor("area-renaming", "東京都清瀬市模擬村１番", "東京都清瀬市模擬町１番"));
  CHECK_FALSE(is_minor("area-renaming", "東京都清瀬市模擬村１番", "東京都清瀬市模擬町２番"));
  CHECK(is_minor("residence-indication", "東京都清瀬市字模擬１２番地", "東京都清瀬市元町二丁目３番４号"));
  CHECK_FALSE(is_minor("residence-indication", "東京都清瀬市模擬町１番", "東京都世田谷区模擬町１番"));
  CHECK(is_minor("building-name", "東京都清瀬市模擬町１番　旧館", "東京都清瀬市模擬町１番　新館"));
  CHECK(is_minor("building-name", "東京都清瀬市模擬町１番", "東京都清瀬市模擬町１番　新館"));
  CHECK_FALSE(is_minor("building-name", "東京都清瀬市模擬町１番　旧館", "東京都清瀬市模擬町２番　旧館"));
}

TEST_CASE("the kinds are six, one of them with two names") {
  CHECK(parse_correction("building-renaming").value() == "building-name");
  CHECK(parse_correction("glyph").value() == "glyph");
  CHECK(parse_correction("typing-error").error().field == "correction");
  CHECK(parse_correction("").error().field == "correction");
}

TEST_CASE("a comparison names the items that differ, and those whose writing alone does") {
  registry::Resident before, after;
  before.name = "髙橋　太郎";
  before.address = "東京都清瀬市模擬町１番";
  before.birth = support::day(1980, 2, 17);
  after = before;
  CHECK(compare_items(before, after).empty());
  after.name = "高橋 太郎";
  after.address = "東京都清瀬市模擬町２番";
  const auto changes = compare_items(before, after);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].item == "name");
  CHECK(changes[0].writing_alone);
  CHECK(changes[1].item == "address");
  CHECK_FALSE(changes[1].writing_alone);
  CHECK(changes[1].after == "東京都清瀬市模擬町２番");
}

}  // namespace law
