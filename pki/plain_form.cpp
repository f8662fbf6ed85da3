// Replaces character by character, by tables of the forms that count as one.

#include "pki/plain_form.h"

#include <array>
#include <map>
#include <vector>

#include "pki/text.h"
#include "pki/unicode_form.h"

namespace pki {

namespace {

// U+0021 to U+007E lie at U+FF01 to U+FF5E in full width.
std::string full_width(char ascii) {
  const unsigned code = 0xFF01U + static_cast<unsigned char>(ascii) - 0x21U;
  return {static_cast<char>(0xE0U | (code >> 12U)), static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)),
          static_cast<char>(0x80U | (code & 0x3FU))};
}

// U+FF61 to U+FF9F in their order.
constexpr std::string_view kHalfWidth = "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ";
constexpr std::string_view kFullWidth =
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤ"
    "ユヨラリルレロワン";
// What a voiced mark behind makes of them.
constexpr std::string_view kVoiceless = "ウカキクケコサシスセソタチツテトハヒフヘホ";
constexpr std::string_view kVoiced = "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボ";
constexpr std::string_view kUnaspirated = "ハヒフヘホ";
constexpr std::string_view kAspirated = "パピプペポ";

using Map = std::map<std::string_view, std::string_view>;

Map pairs(std::string_view from, std::string_view to) {
  Map map;
  const auto keys = pki::characters_of(from), values = pki::characters_of(to);
  for (std::size_t i = 0; i < keys.size(); ++i)
    map.emplace(keys[i], values.at(i));
  return map;
}

// Variants and, below each, its plain form.
constexpr std::string_view kVariants =
    "亞惡壓圍爲醫壹逸榮營衞驛圓緣艷應歐櫻奧橫溫價假畫會壞懷繪擴殼覺學嶽樂渴鎌勸卷寬歡罐觀關陷巖顏歸氣龜僞戲舊"
    "據擧峽挾狹曉勳"
    "薰羣徑惠溪經繼莖螢輕鷄藝缺劍圈檢權獻縣險顯驗嚴廣恆鑛號國濟碎齋劑櫻册雜參慘棧蠶贊殘絲齒兒辭濕實舍寫釋壽收"
    "從澁獸縱肅處敍奬"
    "將燒稱證乘剩壤孃條淨疊穰讓釀觸寢愼晉眞盡圖粹醉隨髓數樞聲靜齊攝竊專戰淺潛纖踐錢禪雙壯搜插爭總聰莊裝騷臟藏"
    "屬續墮體對帶滯臺瀧"
    "擇澤單擔膽團彈斷遲晝蟲鑄廳聽鎭遞鐵轉點傳黨盜燈當鬪德獨讀屆繩貳腦廢拜賣麥發髮拔蠻祕濱甁拂佛倂變邊辯辨瓣舖"
    "穗寶萌豐沒飜萬滿默"
    "彌藥譯豫餘與譽搖樣謠來賴亂覽龍兩獵綠鄰凜壘勵禮靈齡戀爐勞樓郞祿錄亙灣髙﨑𠮷邉桒齊嵜嶋濵栁曻冨";
constexpr std::string_view kPlain =
    "亜悪圧囲為医壱逸栄営衛駅円縁艶応欧桜奥横温価仮画会壊懐絵拡殻覚学岳楽渇鎌勧巻寛歓缶観関陥巌顔帰気亀偽戯旧"
    "拠挙峡挟狭暁勲"
    "薫群径恵渓経継茎蛍軽鶏芸欠剣圏検権献県険顕験厳広恒鉱号国済砕斎剤桜冊雑参惨桟蚕賛残糸歯児辞湿実舎写釈寿収"
    "従渋獣縦粛処叙奨"
    "将焼称証乗剰壌嬢条浄畳穣譲醸触寝慎晋真尽図粋酔随髄数枢声静斉摂窃専戦浅潜繊践銭禅双壮捜挿争総聡荘装騒臓蔵"
    "属続堕体対帯滞台滝"
    "択沢単担胆団弾断遅昼虫鋳庁聴鎮逓鉄転点伝党盗灯当闘徳独読届縄弐脳廃拝売麦発髪抜蛮秘浜瓶払仏併変辺弁弁弁舗"
    "穂宝萌豊没翻万満黙"
    "弥薬訳予余与誉揺様謡来頼乱覧竜両猟緑隣凛塁励礼霊齢恋炉労楼郎禄録亘湾高崎吉辺桑斉崎島浜柳昇富";

// Forms that registers and family registers use side by side, and the one that is compared: those that the
// Family Register Ordinance (戸籍法施行規則, appended table 2) puts beside each other, and others.
constexpr std::string_view kNameVariants =
    "舘峯籔藪嶌埜渕槇檜篭靏靍曾薗虛駈揭擊儉黃黑緖涉狀瀨巢瘦增卽徵稻盃晚步每凉淚曆歷鍊堯晄禰萠遙瑤鷗礪蠣逹㐂杦"
    "靑淸產彥";
constexpr std::string_view kNamePlain =
    "館峰薮薮島野淵槙桧籠鶴鶴曽園虚駆掲撃倹黄黒緒渉状瀬巣痩増即徴稲杯晩歩毎涼涙暦歴錬尭晃祢萌遥瑶鴎砺蛎達喜杉"
    "青清産彦";

const Map& variants() {
  static const Map map = [] {
    Map all = pairs(kVariants, kPlain);
    all.merge(pairs(kNameVariants, kNamePlain));
    return all;
  }();
  return map;
}

std::string_view look_up(const Map& map, std::string_view character) {
  const auto found = map.find(character);
  return found == map.end() ? std::string_view{} : found->second;
}

std::string widened(std::string_view character) {
  static const Map kana = pairs(kHalfWidth, kFullWidth);
  if (character.size() == 1 && character[0] > ' ' && character[0] < 0x7F) return full_width(character[0]);
  if (character == "－") return "−";   // U+FF0D to U+2212
  if (character == "～") return "〜";  // U+FF5E to U+301C
  const std::string_view full = look_up(kana, character);
  return std::string(full.empty() ? character : full);
}

bool is_space(std::string_view character) {
  return character == " " || character == "　" || character == "\u00A0";
}

}  // namespace

std::string register_form(std::string_view text) {
  static const Map voiced = pairs(kVoiceless, kVoiced), aspirated = pairs(kUnaspirated, kAspirated);
  std::string result, last;
  bool space = false;
  for (const std::string_view character : pki::characters_of(text)) {
    if (is_space(character)) {
      space = true;
      continue;
    }
    const bool is_mark = character == "ﾞ" || character == "ﾟ";
    const std::string_view joined =
        is_mark && !space ? look_up(character == "ﾞ" ? voiced : aspirated, last) : std::string_view{};
    if (!joined.empty()) {
      result.replace(result.size() - last.size(), last.size(), joined);
      last = joined;
      continue;
    }
    if (space && !result.empty()) result += "　";
    space = false;
    last = widened(character);
    result += last;
  }
  return result;
}

std::string plain_form(std::string_view text) {
  const std::string written = register_form(unified_form(text));
  std::string result;
  for (const std::string_view character : pki::characters_of(written)) {
    const std::string_view plain = look_up(variants(), character);
    result += plain.empty() ? character : plain;
  }
  return result;
}

}  // namespace pki
