// Tables of words, and the lines that are made with them.

#include "cli/field_words.h"

#include <algorithm>
#include <span>
#include <utility>

#include "cli/command.h"
#include "cli/display_width.h"
#include "cli/explain_words.h"

namespace cli {

namespace {

using Row = std::pair<std::string_view, std::string_view>;

constexpr Row kFields[] = {
    // Residents.
    {"id", "住民票コード"},
    {"state", "状態"},
    {"name", "氏名"},
    {"furigana", "振り仮名"},
    {"former_name", "旧氏"},
    {"alias", "通称"},
    {"birth", "生年月日"},
    {"sex", "性別"},
    {"municipality", "市区町村"},
    {"address", "住所"},
    {"card_expires", "カードの有効期限"},
    {"abroad", "国外転出者"},
    {"removed_on", "消除日"},
    {"leaves_on", "転出予定日"},
    {"returned_on", "帰国日"},
    {"card_lapsed_on", "カードの失効日"},
    // Certificates.
    {"certificate", "電子証明書"},
    {"card_certificate", "カード用電子証明書"},
    {"mobile_certificate", "移動端末設備用電子証明書"},
    {"kind", "種別"},
    {"resident", "住民票コード"},
    {"reason", "失効理由"},
    {"revoked_at", "失効日時"},
    {"not_before", "有効期間の開始"},
    {"not_after", "有効期間の満了"},
    {"distribution_point", "CRL 配布点"},
    {"changed_at", "最終変更日時"},
    // The ledger of what was provided to verifiers.
    {"date", "日付"},
    {"month", "月"},
    {"verifier", "検証者"},
    {"verifier_name", "検証者の名称"},
    {"credential", "認証用証明書"},
    {"ca", "認証局"},
    {"provided", "提供した情報"},
    {"article", "根拠条文"},
    {"method", "方法"},
    {"recognised_by", "確認手段"},
    {"purpose", "目的"},
    {"answer", "回答"},
    {"count", "件数"},
    // Approvals.
    {"plan", "計画"},
    {"equipment", "設備"},
    // Roles.
    {"action", "操作"},
    // What retention removes.
    {"issue-records", "発行記録"},
    {"revocation-records", "失効情報の記録"},
    {"removed-residents", "消除された住民"},
    {"answers", "要求への回答"},
};

constexpr Row kValues[] = {
    // Residents.
    {"resident", "住民"},
    {"abroad", "国外転出者"},
    {"moved-out", "転出"},
    {"removed", "消除"},
    {"male", "男"},
    {"female", "女"},
    {"unknown", "不明"},
    {"true", "はい"},
    {"false", "いいえ"},
    // Certificates and credentials.
    {"good", "有効"},
    {"held", "一時保留"},
    {"revoked", "失効"},
    {"expired", "期限切れ"},
    // Operators and their requests.
    {"enabled", "有効"},
    {"disabled", "停止中"},
    {"waiting", "承認待ち"},
    {"confirmed", "承認済み"},
    {"unfinished", "処理が未完了"},
    {"rejected", "却下"},
    // What a role may do, and whether a second person must confirm.
    {"all", "すべて"},
    {"own", "自ら"},
    {"own, law", "自ら、法令"},
    {"always", "常に"},
    {"sometimes", "場合による"},
    // What a credential is for, unless another purpose was given.
    {"client certificate on the HTTPS listener", "HTTPS リスナーでのクライアント証明書"},
    {"signing OCSP requests", "OCSP 要求への署名"},
    {"signing requests about authentication without PIN (Act 38-2)",
     "PIN なしの確認の要求への署名（公的個人認証法第38条の2）"},
    // Lists.
    {"complete", "完全 CRL"},
    {"delta", "差分 CRL"},
    {"authority", "CA 失効リスト"},
    // Steps of a verifier's approval.
    {"approval", "認可"},
    {"minor-change", "軽微な変更"},
    {"cancellation", "認可の取消し"},
    {"end", "認可の終了"},
    // Classes of verifiers, with the word of --class.
    {"signature", "署名検証者（signature）"},
    {"group-signature", "団体署名検証者（group-signature）"},
    {"authentication", "利用者証明検証者（authentication）"},
    {"specific-authentication", "特定利用者証明検証者（specific-authentication）"},
};

std::optional<std::string> find(std::span<const Row> rows, std::string_view name) {
  const auto row = std::ranges::find(rows, name, &Row::first);
  return row == rows.end() ? std::nullopt : std::optional<std::string>(row->second);
}

}  // namespace

std::optional<std::string> japanese_field(std::string_view field) {
  return find(kFields, field);
}

std::optional<std::string> japanese_value(std::string_view value) {
  if (const auto words = kind_words(value)) return std::string(words->ja);
  if (const auto words = reason_words(value)) return std::string(words->ja);
  return find(kValues, value);
}

std::string field_text(std::string_view field, Language language) {
  const auto word = language == Language::ja ? japanese_field(field) : std::nullopt;
  return word.value_or(std::string(field));
}

std::string value_text(std::string_view value, Language language) {
  const auto word = language == Language::ja ? japanese_value(value) : std::nullopt;
  return word.value_or(std::string(value));
}

std::string field_lines(const json::object& object, FieldNames fields, Language language) {
  std::size_t width = 0;
  for (const char* const field : fields)
    width = std::max(width, display_width(field_text(field, language)));
  std::string lines;
  for (const char* const field : fields) {
    const std::string value = text_field(object, field);
    if (value.empty()) continue;
    // A name may be any word.
    constexpr std::string_view kWordFields[] = {"state", "sex", "kind", "reason", "abroad"};
    const bool is_word = std::ranges::find(kWordFields, field) != std::end(kWordFields);
    lines += padded_right(field_text(field, language) + ":", width + 2) +
             (is_word ? value_text(value, language) : value) + "\n";
  }
  return lines;
}

}  // namespace cli
