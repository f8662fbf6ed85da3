// Replaces character by character, by tables of the forms that count as one.

#include "pki/plain_form.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <unordered_map>
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
constexpr std::string_view kVoiceless =
    "ウカキクケコサシスセソタチツテトハヒフヘホうかきくけこさしすせそたちつてとはひふへほ";
constexpr std::string_view kVoiced =
    "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボゔがぎぐげござじずぜぞだぢづでどばびぶべぼ";
constexpr std::string_view kUnaspirated = "ハヒフヘホはひふへほ";
constexpr std::string_view kAspirated = "パピプペポぱぴぷぺぽ";

// Each character of a text is looked up in up to five of them.
using Map = std::unordered_map<std::string_view, std::string_view>;

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

// Full-width forms of ASCII that JIS X 0208 does not have, and its characters for them: U+FF0D and U+2212,
// U+FF5E and U+301C, U+FF07 and U+2019, U+FF02 and U+201D.
constexpr std::string_view kFullWidthAscii = "－～＇＂";
constexpr std::string_view kOfJis = "−〜’”";

std::string widened(std::string_view character) {
  static const Map kana = pairs(kHalfWidth, kFullWidth);
  static const Map signs = pairs(kFullWidthAscii, kOfJis);
  if (character.size() == 1 && character[0] > ' ' && character[0] < 0x7F) {
    std::string wide = full_width(character[0]);
    const std::string_view sign = look_up(signs, wide);
    return sign.empty() ? wide : std::string(sign);
  }
  if (const std::string_view sign = look_up(signs, character); !sign.empty()) return std::string(sign);
  const std::string_view full = look_up(kana, character);
  return std::string(full.empty() ? character : full);
}

bool is_space(std::string_view character) {
  return character == " " || character == "　" || character == "\u00A0";
}

// Sorts of characters of which two in a row make one number or word. In the register's form.
enum class Sort { digit, numeral, latin, other };

Sort sort_of(std::string_view character) {
  constexpr std::string_view kNumerals = "〇一二三四五六七八九十百千";
  if (character >= "０" && character <= "９") return Sort::digit;
  if ((character >= "Ａ" && character <= "Ｚ") || (character >= "ａ" && character <= "ｚ"))
    return Sort::latin;
  const std::size_t place = character.size() == 3 ? kNumerals.find(character) : std::string_view::npos;
  return place != std::string_view::npos && place % 3 == 0 ? Sort::numeral : Sort::other;
}

// A text in parts: the characters that are no spaces, and before which of them there is one.
struct Spaced {
  std::vector<std::string_view> characters;
  std::set<std::size_t> spaces;
};

Spaced spaced(std::string_view text) {
  Spaced result;
  for (const std::string_view character : characters_of(text)) {
    if (is_space(character))
      result.spaces.insert(result.characters.size());
    else
      result.characters.push_back(character);
  }
  return result;
}

bool divides(const Spaced& text, std::size_t space) {
  if (space == 0 || space >= text.characters.size()) return false;
  const Sort before = sort_of(text.characters[space - 1]);
  return before != Sort::other && before == sort_of(text.characters[space]);
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
    // Half-width, and as decomposed texts have them (U+3099, U+309A).
    const bool is_voicing = character == "ﾞ" || character == "\u3099";
    const bool is_mark = is_voicing || character == "ﾟ" || character == "\u309A";
    const std::string_view joined =
        is_mark && !space ? look_up(is_voicing ? voiced : aspirated, last) : std::string_view{};
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

std::string without_spaces(std::string_view text) {
  const Spaced parts = spaced(text);
  std::string result;
  for (std::size_t i = 0; i < parts.characters.size(); ++i) {
    if (parts.spaces.contains(i) && divides(parts, i)) result += "　";
    result += parts.characters[i];
  }
  return result;
}

bool is_same_address(std::string_view a, std::string_view b) {
  return a == b || without_spaces(a) == without_spaces(b);
}

bool is_same_name(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const Spaced one = spaced(a), other = spaced(b);
  if (one.characters != other.characters) return false;
  const bool is_none_elsewhere =
      std::ranges::includes(one.spaces, other.spaces) || std::ranges::includes(other.spaces, one.spaces);
  std::vector<std::size_t> missing;
  std::ranges::set_symmetric_difference(one.spaces, other.spaces, std::back_inserter(missing));
  return is_none_elsewhere && std::ranges::none_of(missing, [&](std::size_t space) {
           return divides(one, space) && sort_of(one.characters[space]) == Sort::latin;
         });
}

}  // namespace pki
