// Tables of words, and a reader for the short form in which the rule table names articles.

#include "cli/explain_words.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace cli {

namespace {

using Entry = std::pair<std::string_view, Words>;

constexpr std::array kEvents = {
    Entry{"address-change", {"the resident's address had changed", "住所の変更（転居・転入）"}},
    Entry{"name-change", {"the resident's name had changed", "氏名の変更"}},
    Entry{"birth-date-change", {"the resident's date of birth had changed", "生年月日の変更"}},
    Entry{"sex-change", {"the resident's sex had changed", "性別の変更"}},
    Entry{"minor-correction", {"an item was corrected without a change of substance", "軽微な修正"}},
    Entry{"furigana-entry", {"the furigana of the name were entered", "氏名の振り仮名の記載"}},
    Entry{"former-name-change",
          {"the former surname was entered, changed or removed", "旧氏の記載、変更又は削除"}},
    Entry{"alias-change", {"the alias was entered, changed or removed", "通称の記載、変更又は削除"}},
    Entry{"move-out", {"the resident gave notice of moving out", "転出届"}},
    Entry{"move-out-cancel", {"the notice of moving out was withdrawn", "転出届の取消し"}},
    Entry{"death", {"the resident had died", "死亡"}},
    Entry{"deletion", {"the resident record was deleted", "住民票の消除"}},
    Entry{"overseas-exit", {"the resident gave notice of leaving Japan", "国外への転出届"}},
    Entry{"overseas-return", {"the resident had come back to Japan", "帰国"}},
    Entry{"overseas-record-deletion", {"the supplementary family register was deleted", "戸籍の附票の消除"}},
    Entry{"card-issue", {"a card was issued", "個人番号カードの交付"}},
    Entry{"card-present", {"the card was presented after a move", "転入後の個人番号カードの提出"}},
    Entry{"card-lapse", {"the card had lapsed", "個人番号カードの失効"}},
    Entry{"card-return", {"the card was returned", "個人番号カードの返納"}},
    Entry{"undelivered", {"the card was destroyed before its delivery", "交付前の個人番号カードの廃棄"}},
    Entry{"holder-application", {"the holder applied for revocation", "利用者による失効の申請"}},
    Entry{"key-notice",
          {"the holder gave notice that the private key had leaked, or was lost or damaged",
           "秘密鍵の漏えい、滅失又は毀損の届出"}},
    Entry{"record-error", {"the recorded items had an error or omission", "記録誤り又は記録漏れ"}},
    Entry{"hold", {"a hold was asked for", "一時保留の申出"}},
    Entry{"release", {"the hold was lifted", "一時保留の解除"}},
    Entry{"correction", {"a wrong entry in the register was corrected", "誤った記載の訂正"}},
    Entry{"renewal", {"new certificates were issued in place of the old", "電子証明書の更新"}},
    Entry{"ca-key-compromise",
          {"the key of the authority had leaked, or was lost or damaged",
           "認証業務の署名鍵の漏えい、滅失又は毀損"}},
};

constexpr std::array kOutcomes = {
    Entry{"none", {"stands", "引き続き有効です"}},
    Entry{"revoke", {"was revoked", "失効しました"}},
    Entry{"hold", {"was put on hold", "一時保留とされました"}},
    Entry{"release", {"came back from its hold", "一時保留が解除され、有効に戻りました"}},
    Entry{"supersede", {"was superseded by a new one", "更新により失効しました"}},
};

constexpr std::array kReasons = {
    Entry{"unspecified", {"no reason is specified", "理由の指定なし"}},
    Entry{"keyCompromise", {"its key is compromised", "利用者の秘密鍵の危殆化"}},
    Entry{"cACompromise", {"the authority's key is compromised", "認証局の鍵の危殆化"}},
    Entry{"affiliationChanged", {"what it records has changed", "記録事項の変更等"}},
    Entry{"superseded", {"another took its place", "新しい証明書への更新"}},
    Entry{"cessationOfOperation", {"it is no longer used", "利用の終了"}},
    Entry{"certificateHold", {"it is on hold", "一時保留"}},
    Entry{"removeFromCRL", {"it came off the list", "失効リストからの削除"}},
    Entry{"privilegeWithdrawn", {"the privilege was withdrawn", "権限の取消し"}},
    Entry{"aACompromise", {"the attribute authority is compromised", "属性認証局の危殆化"}},
};

constexpr std::array kKinds = {
    Entry{"sign", {"signing certificate", "署名用電子証明書"}},
    Entry{"auth", {"authentication certificate", "利用者証明用電子証明書"}},
    Entry{"mobile-sign", {"mobile signing certificate", "移動端末設備用署名用電子証明書"}},
    Entry{"mobile-auth", {"mobile authentication certificate", "移動端末設備用利用者証明用電子証明書"}},
};

std::optional<Words> find(std::span<const Entry> table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Entry::first);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

// Longer names first: each is tried at the current place of the text.
constexpr auto kPhrases = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"My Number Order ", "番号利用法施行令"},
    {"My-Number Order ", "番号利用法施行令"},
    {"My Number Act ", "番号利用法"},
    {"My-Number Act ", "番号利用法"},
    {"Resident Registry Act ", "住民基本台帳法"},
    {"Supplementary provisions ", "附則"},
    {"Ordinance ", "公的個人認証法施行規則"},
    {"Order ", "公的個人認証法施行令"},
    {"Act ", "公的個人認証法"},
    {": not a ground", "（失効の事由ではない）"},
    {": a signing certificate never comes back", "（署名用電子証明書は元に戻らない）"},
    {": what has lapsed never comes back", "（失効したものは元に戻らない）"},
    {": the notice is withdrawn", "（届出の取消し）"},
    {": the ninety days end", "（90日の期間の終了）"},
    {" counts from here", "の期間の起算"},
    {"card: ", "カード用は"},
    {" to ", "から"},
    {"mobile ", "移動端末設備用は"},
    {"administrative practice", "行政実務"},
    {"; ", "、"},
    {", ", "、"},
    {" and ", "及び"},
    {"hold.release", "設定 hold.release"},
    {"CPS ", "運用規程 "},
    {" (", "（"},
    {": ", "："},
});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// "(2)" is a paragraph, "(ii)" an item.
std::string take_parenthesis(std::string_view& text) {
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) return {};
  const std::string_view inside = text.substr(1, close - 1);
  constexpr std::array<std::string_view, 15> kRoman = {"",     "i",  "ii", "iii", "iv",  "v",    "vi", "vii",
                                                       "viii", "ix", "x",  "xi",  "xii", "xiii", "xiv"};
  const auto item = std::ranges::find(kRoman, inside);
  std::string words;
  if (!inside.empty() && std::ranges::all_of(inside, is_digit))
    words = "第" + std::string(inside) + "項";
  else if (!inside.empty() && item != kRoman.end())
    words = "第" + std::to_string(item - kRoman.begin()) + "号";
  if (!words.empty()) text.remove_prefix(close + 1);
  return words;
}

// 12(1)(ii) or 16-14: an article with its paragraphs and items.
std::string take_article(std::string_view& text) {
  std::string words = "第" + std::string(take_digits(text)) + "条";
  while (text.size() > 1 && text[0] == '-' && is_digit(text[1])) {
    text.remove_prefix(1);
    words += "の" + std::string(take_digits(text));
  }
  // 15(1)(2) are two paragraphs of one article; 12(1)(ii) is an item of a paragraph.
  bool is_paragraph = false;
  for (std::string more = take_parenthesis(text); !more.empty(); more = take_parenthesis(text)) {
    const bool was_paragraph = is_paragraph;
    is_paragraph = more.ends_with("項");
    words += (was_paragraph && is_paragraph ? "及び" : "") + more;
  }
  return words;
}

}  // namespace

std::optional<Words> event_words(std::string_view event) {
  return find(kEvents, event);
}

std::optional<Words> outcome_words(std::string_view outcome) {
  return find(kOutcomes, outcome);
}

std::optional<Words> reason_words(std::string_view reason) {
  return find(kReasons, reason);
}

std::optional<Words> kind_words(std::string_view kind) {
  return find(kKinds, kind);
}

std::string article_in_japanese(std::string_view article) {
  std::string words;
  // The numbers of the practice statement are sections: 4.9.9.
  bool is_section = false;
  while (!article.empty()) {
    const auto phrase =
        std::ranges::find_if(kPhrases, [article](const auto& one) { return article.starts_with(one.first); });
    if (phrase != kPhrases.end()) {
      words += phrase->second;
      article.remove_prefix(phrase->first.size());
      is_section = phrase->first == "CPS ";
    } else if (is_digit(article[0]) && !is_section) {
      words += take_article(article);
    } else if (const std::string more = take_parenthesis(article); !more.empty()) {
      words += more;
    } else {
      words += article[0];
      article.remove_prefix(1);
    }
  }
  return words;
}

}  // namespace cli
