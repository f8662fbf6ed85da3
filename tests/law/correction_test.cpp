// Ordinance 20: what a correction may change, and what the register takes for the same writing.

#include "law/correction.h"

#include <doctest/doctest.h>

#include "law/event_details.h"

#include "pki/plain_form.h"
#include "tests/support/places.h"

namespace law {

using registry::CorrectionKind;

namespace {

registry::Municipality kiyose() {
  for (const auto& place : support::municipalities(support::Places::few))
    if (place.code == support::kKiyose) return place;
  return {};
}

bool is_minor(CorrectionKind correction, const char* before, const char* after,
              Insistence insistence = Insistence::none) {
  registry::Resident one, other;
  one.name = other.name = "模擬　太郎";
  one.address = before;
  other.address = after;
  const auto place = kiyose();
  const auto result = check_minor({.kind = correction, .insistence = insistence}, one, other, {place, place});
  if (result.has_error()) {
    CHECK(result.error().code == pki::Errc::refused_by_law);
    CHECK(result.error().article == "Ordinance 20");
    CHECK(result.error().field == "address");
  }
  return result.has_value();
}

bool is_insisted(CorrectionKind correction, const char* before, const char* after) {
  return is_minor(correction, before, after, Insistence::reasoned);
}

bool is_minor_name(const char* before, const char* after, Insistence insistence = Insistence::none) {
  registry::Resident one, other;
  one.name = before;
  other.name = after;
  const auto place = kiyose();
  return check_minor({.kind = CorrectionKind::glyph, .insistence = insistence}, one, other, {place, place})
      .has_value();
}

}  // namespace

TEST_CASE("a refused correction says what it is in the reader's language") {
  registry::Resident before, after;
  before.name = after.name = "模擬　太郎";
  before.address = "東京都清瀬市中里五丁目８４２番地";
  after.address = "東京都清瀬市野塩一丁目１番地";
  const auto place = kiyose();
  const auto result = check_minor({.kind = CorrectionKind::glyph}, before, after, {place, place});
  REQUIRE(result.has_error());
  CHECK(result.error().text().starts_with(
      "the address changes by more than a correction of kind glyph allows"));
  const std::string japanese = result.error().text(pki::Language::ja);
  CHECK(japanese.starts_with(
      "住所（address）の変更は、修正の種類「文字の同定（glyph）」で認められる範囲を超えています"));
  CHECK(japanese.find("住所の変更（address-change）を記録してください") != std::string::npos);
}

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
  CHECK(is_minor(CorrectionKind::plain_form, "東京都清瀬市澤町１番", "東京都清瀬市沢町１番"));
  CHECK_FALSE(is_minor(CorrectionKind::plain_form, "東京都清瀬市澤町１番", "東京都清瀬市沢町２番"));
}

TEST_CASE("variants are those of Unicode and of the program's own table") {
  // A compatibility ideograph, a glyph chosen by a selector, and forms that registers use side by side.
  CHECK(is_minor_name("\uFA19田　太郎", "神田　太郎"));
  CHECK(is_minor_name("葛\U000E0101西　太郎", "葛西　太郎"));
  CHECK(is_minor_name("舘　峯子", "館　峰子"));
  CHECK(is_minor_name("籔内　太郎", "薮内　太郎"));
  // Pairs of the Family Register Ordinance, in both directions.
  CHECK(is_minor_name("增瀨　堯", "増瀬　尭"));
  CHECK(is_minor_name("黒巣　遥", "黑巢　遙"));
  CHECK(is_minor_name("中薗　萠", "中園　萌"));
  // One of the twelve that only look like compatibility ideographs: U+FA11, by the own table.
  CHECK(is_minor_name("山\uFA11　太郎", "山崎　太郎"));
  CHECK_FALSE(is_minor_name("神田　太郎", "秋田　太郎"));
  // Full-width letters stay what they are.
  CHECK(pki::plain_form("ＡＢＣ１") == "ＡＢＣ１");
}

TEST_CASE("a municipality may insist on an identification of characters, kanji for kanji") {
  CHECK_FALSE(is_minor_name("櫟原　太郎", "檪原　太郎"));
  CHECK(is_minor_name("櫟原　太郎", "檪原　太郎", Insistence::reasoned));
  CHECK_FALSE(is_minor_name("櫟原　太郎", "檪原　次郎　", Insistence::none));
  CHECK_FALSE(is_minor_name("櫟原　太郎", "檪原　太", Insistence::reasoned));
  CHECK(is_minor_name("櫟原　太郎", "檪原　太朗", Insistence::reasoned));
  // Another name of the same length is no identification of characters.
  CHECK_FALSE(is_minor_name("山田　太郎", "川本　花子", Insistence::reasoned));
  CHECK_FALSE(is_minor_name("山田　太郎", "川本　太郎", Insistence::reasoned));
  CHECK_FALSE(is_minor_name("模擬　アキ", "模擬　エキ", Insistence::reasoned));
  CHECK_FALSE(is_minor_name("ＳＭＩＴＨ", "ＳＭＹＴＨ", Insistence::reasoned));
}

TEST_CASE("numbers in kanji and in digits are the same numbers, whatever the correction") {
  for (const auto kind : {CorrectionKind::plain_form, CorrectionKind::glyph, CorrectionKind::area_renaming,
                          CorrectionKind::lot_number, CorrectionKind::building_name}) {
    CAPTURE(kind);
    CHECK(is_minor(kind, "東京都清瀬市元町一丁目二番三号", "東京都清瀬市元町１丁目２番３号"));
    CHECK(is_minor(kind, "東京都清瀬市元町二十三丁目百二番地", "東京都清瀬市元町２３丁目１０２番地"));
    const bool is_renaming = kind == CorrectionKind::area_renaming;
    CHECK(is_minor(kind, "東京都清瀬市元町一丁目", "東京都清瀬市元町２丁目") == is_renaming);
  }
  // Names of areas are no numbers.
  CHECK_FALSE(is_minor(CorrectionKind::glyph, "東京都清瀬市三番町１番", "東京都清瀬市３番町１番"));
  CHECK_FALSE(is_minor(CorrectionKind::glyph, "東京都清瀬市百人町１番", "東京都清瀬市千人町１番"));
}

TEST_CASE("a lot is renumbered only when the municipality insists; its letters and words may change") {
  CHECK(is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬甲１００番地", "東京都清瀬市模擬乙１００番地"));
  CHECK(is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬１００番地イ", "東京都清瀬市模擬１００番地ロ"));
  CHECK(is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬１００番地ハ　模擬荘",
                 "東京都清瀬市模擬１００番地ニ　模擬荘"));
  CHECK_FALSE(is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬１００番地ハイツ",
                       "東京都清瀬市模擬１００番地ロイツ"));
  CHECK(is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬町１２番地３", "東京都清瀬市模擬町１２−３"));
  CHECK(
      is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬町１２番地の３", "東京都清瀬市模擬町１２番３号"));
  CHECK_FALSE(
      is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬町１２番地", "東京都清瀬市模擬町３番４号"));
  CHECK_FALSE(
      is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬町１番２号", "東京都清瀬市模擬町１番３号"));
  CHECK_FALSE(
      is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬町１２番地", "東京都清瀬市模擬町１番２号"));
  CHECK_FALSE(is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬町１番", "東京都清瀬市元町１番"));
  CHECK_FALSE(is_minor(CorrectionKind::lot_number, "東京都清瀬市模擬町１番　本館１号室",
                       "東京都清瀬市模擬町１番　本館２号室"));
  CHECK(is_insisted(CorrectionKind::lot_number, "東京都清瀬市模擬町１２番地", "東京都清瀬市模擬町３番４号"));
  CHECK_FALSE(is_insisted(CorrectionKind::lot_number, "東京都清瀬市模擬町１番", "東京都清瀬市元町１番"));
  CHECK(is_insisted(CorrectionKind::area_renaming, "東京都清瀬市模擬町１番", "東京都清瀬市元町２番"));
  CHECK_FALSE(
      is_insisted(CorrectionKind::area_renaming, "東京都清瀬市模擬町１番", "東京都千代田区霞が関１番"));
}

TEST_CASE("an area is renamed with or without a number of its own, and its lots keep theirs") {
  CHECK(is_minor(CorrectionKind::area_renaming, "東京都清瀬市模擬村１番", "東京都清瀬市模擬町１番"));
  CHECK(is_minor(CorrectionKind::area_renaming, "東京都清瀬市大字模擬１００番地",
                 "東京都清瀬市模擬１丁目１００番地"));
  CHECK(is_minor(CorrectionKind::area_renaming, "東京都清瀬市大字模擬１００番地",
                 "東京都清瀬市模擬一丁目１００番地"));
  CHECK(is_minor(CorrectionKind::area_renaming, "東京都清瀬市模擬１条２丁目３番４号",
                 "東京都清瀬市模擬西２丁目３番４号"));
  CHECK_FALSE(is_minor(CorrectionKind::area_renaming, "東京都清瀬市模擬村１番", "東京都清瀬市模擬町２番"));
  CHECK_FALSE(is_minor(CorrectionKind::area_renaming, "東京都清瀬市大字模擬１００番地",
                       "東京都清瀬市模擬１００丁目１番地"));
  // Another municipality is no renaming of this one.
  CHECK_FALSE(is_minor(CorrectionKind::area_renaming, "東京都清瀬市模擬村１番", "東京都世田谷区模擬町１番"));
}

TEST_CASE("a new residence indication stays in the municipality") {
  CHECK(is_minor(CorrectionKind::residence_indication, "東京都清瀬市字模擬１２番地",
                 "東京都清瀬市元町二丁目３番４号"));
  CHECK_FALSE(
      is_minor(CorrectionKind::residence_indication, "東京都清瀬市模擬町１番", "東京都世田谷区模擬町１番"));
  CHECK_FALSE(is_insisted(CorrectionKind::residence_indication, "東京都清瀬市模擬町１番",
                          "東京都世田谷区模擬町１番"));
}

TEST_CASE("a residence indication numbers the house, and leaves building and room as they are") {
  constexpr auto kIndication = CorrectionKind::residence_indication;
  const char* const before = "東京都清瀬市字模擬１２番地　新館２０１";
  CHECK(is_minor(kIndication, before, "東京都清瀬市元町二丁目３番４号　新館２０１"));
  CHECK(is_minor(kIndication, "東京都清瀬市字模擬１２番地　新館", "東京都清瀬市元町二丁目３番４号"));
  CHECK_FALSE(is_minor(kIndication, before, "東京都清瀬市元町二丁目３番４号"));
  CHECK_FALSE(is_minor(kIndication, before, "東京都清瀬市元町二丁目３番４号　新館３０１"));
  CHECK_FALSE(is_minor(kIndication, before, "東京都清瀬市元町二丁目３番４号　別館２０１"));
  CHECK(is_insisted(kIndication, before, "東京都清瀬市元町二丁目３番４号　別館２０１"));
}

TEST_CASE("the municipality of a town stands behind its district, and no correction leaves it") {
  registry::Municipality niseko = kiyose();
  niseko.prefecture_ja = "北海道";
  niseko.name_ja = "ニセコ町";
  const auto is_allowed = [&](const char* before, const char* after, CorrectionKind correction,
                              Insistence insistence) {
    registry::Resident one, other;
    one.address = before;
    other.address = after;
    return check_minor({.kind = correction, .insistence = insistence}, one, other, {niseko, niseko})
        .has_value();
  };
  for (const auto correction : {CorrectionKind::residence_indication, CorrectionKind::area_renaming})
    for (const auto insistence : {Insistence::none, Insistence::reasoned}) {
      CAPTURE(to_string(correction));
      CHECK(is_allowed("北海道虻田郡ニセコ町字富士見５５", "北海道虻田郡ニセコ町中央通５５", correction,
                       insistence));
      CHECK(
          is_allowed("北海道虻田郡ニセコ町字富士見５５", "虻田郡ニセコ町中央通５５", correction, insistence));
      CHECK_FALSE(is_allowed("北海道虻田郡ニセコ町字富士見５５", "北海道虻田郡倶知安町字富士見５５",
                             correction, insistence));
      CHECK_FALSE(is_allowed("北海道虻田郡ニセコ町字富士見５５", "北海道札幌市中央区字富士見５５", correction,
                             insistence));
      // What does not say where it is stays in its area.
      CHECK_FALSE(is_allowed("字富士見５５", "北海道札幌市中央区字富士見５５", correction, insistence));
    }
}

TEST_CASE("a building is renamed behind a space or without one, with its rooms, and its lot stays") {
  CHECK(is_minor(CorrectionKind::building_name, "東京都清瀬市模擬町１番　旧館",
                 "東京都清瀬市模擬町１番　新館"));
  CHECK(is_minor(CorrectionKind::building_name, "東京都清瀬市模擬町１番", "東京都清瀬市模擬町１番　新館"));
  CHECK(is_minor(CorrectionKind::building_name, "東京都清瀬市模擬町１番２号模擬ハイツ１０１号室",
                 "東京都清瀬市模擬町１番２号メゾン模擬１０１号室"));
  CHECK(is_minor(CorrectionKind::building_name, "東京都清瀬市模擬町１番２号ハイツ模擬１０１",
                 "東京都清瀬市模擬町１番２号　メゾン１０１"));
  CHECK(is_minor(CorrectionKind::building_name, "東京都清瀬市元町１丁目２−３模擬荘",
                 "東京都清瀬市元町１丁目２−３メゾン模擬"));
  CHECK(is_minor(CorrectionKind::building_name, "東京都清瀬市元町１−２−３模擬荘",
                 "東京都清瀬市元町１−２−３メゾン模擬２"));
  CHECK_FALSE(is_minor(CorrectionKind::building_name, "東京都清瀬市模擬町１番　旧館",
                       "東京都清瀬市模擬町２番　旧館"));
  CHECK_FALSE(is_minor(CorrectionKind::building_name, "東京都清瀬市北１条西２丁目３番ビル",
                       "東京都清瀬市北１条西４丁目３番ビル"));
  CHECK_FALSE(is_minor(CorrectionKind::building_name, "東京都清瀬市元町１−２−３模擬荘",
                       "東京都清瀬市元町１−２−４模擬荘"));
  // Another room of the house is where its tenant removes to.
  for (const char* const removed : {"模擬荘２０１", "新模擬荘２０１号室", "メゾン模擬２階"}) {
    const std::string after = std::string("東京都清瀬市元町１番２号　") + removed;
    CAPTURE(after);
    CHECK_FALSE(
        is_minor(CorrectionKind::building_name, "東京都清瀬市元町１番２号　模擬荘１０１", after.c_str()));
    CHECK(
        is_insisted(CorrectionKind::building_name, "東京都清瀬市元町１番２号　模擬荘１０１", after.c_str()));
  }
  CHECK(is_minor(CorrectionKind::building_name, "東京都清瀬市元町１番２号　模擬荘１０１",
                 "東京都清瀬市元町１番２号　第２メゾン１０１号室"));
}

TEST_CASE("another municipality is a renaming only when the table names it as the successor") {
  registry::Resident one, other;
  one.address = "東京都清瀬市模擬町１番";
  other.address = "東京都新清瀬市模擬町１番";
  registry::Municipality before = kiyose(), after = before;
  after.code = 139999;
  after.name_ja = "新清瀬市";
  const auto check = [&](Insistence insistence) {
    return check_minor({.kind = CorrectionKind::area_renaming, .insistence = insistence}, one, other,
                       {before, after});
  };
  CHECK(check(Insistence::none).error().field == "municipality");
  CHECK(check(Insistence::reasoned).error().field == "municipality");
  before.successor = after.code;
  CHECK(check(Insistence::none).has_value());
}

TEST_CASE("a former surname and an alias are corrected like a name, by Ordinance 80 and 81") {
  const auto check = [](std::string registry::Resident::* member, const char* before, const char* after) {
    registry::Resident one, other;
    one.*member = before;
    other.*member = after;
    const auto place = kiyose();
    return check_minor({.kind = CorrectionKind::glyph}, one, other, {place, place});
  };
  CHECK(check(&registry::Resident::former_name, "髙橋", "高橋").has_value());
  CHECK(check(&registry::Resident::alias, "模擬 ｱﾘｽ", "模擬　アリス").has_value());
  const auto former = check(&registry::Resident::former_name, "髙橋", "高山");
  CHECK(former.error().article == "Ordinance 20, 80");
  CHECK(former.error().text().find("former-name-change") != std::string::npos);
  const auto alias = check(&registry::Resident::alias, "アリス", "ボブ");
  CHECK(alias.error().article == "Ordinance 20, 81");
  CHECK(alias.error().field == "alias");
}

TEST_CASE("the kinds are six, one of them with two names") {
  const auto kind = [](const char* text) {
    const auto details =
        read_details(Event::minor_correction, {{EventField::correction, text}, {EventField::name, "模擬"}});
    return details ? std::string(to_string(std::get<MinorCorrection>(*details).correction))
                   : details.error().field;
  };
  CHECK(kind("building-renaming") == "building-name");
  CHECK(kind("glyph") == "glyph");
  CHECK(kind("typing-error") == "correction");
  CHECK(kind("") == "correction");
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
  CHECK(changes[0].item == EventField::name);
  CHECK(changes[0].writing_alone);
  CHECK(changes[1].item == EventField::address);
  CHECK_FALSE(changes[1].writing_alone);
  CHECK(changes[1].after == "東京都清瀬市模擬町２番");
}

}  // namespace law
