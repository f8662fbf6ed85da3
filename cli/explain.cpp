// Sentences out of the words of explain_words.

#include "cli/explain.h"

#include <array>

#include "cli/explain_words.h"
#include "cli/string_member.h"
#include "law/rule.h"
#include "registry/municipalities.h"

namespace cli {

namespace {

std::string day_words(const std::string& day, Language language) {
  const auto date = pki::parse_date(day);
  if (language == Language::en || !date) return day;
  return std::to_string(static_cast<int>(date->year())) + "年" +
         std::to_string(static_cast<unsigned>(date->month())) + "月" +
         std::to_string(static_cast<unsigned>(date->day())) + "日";
}

// A moment of the API in Japanese time.
std::string moment_words(const std::string& rfc3339, Language language) {
  const auto time = pki::parse_rfc3339(rfc3339);
  if (!time) return rfc3339;
  const std::string digits = pki::to_jst_digits(*time);
  const std::string day = pki::to_string(pki::jst_date(*time));
  const auto part = [&digits](std::size_t at) { return digits.substr(at, 2); };
  if (language == Language::en) return day + " at " + part(8) + ":" + part(10) + ":" + part(12) + " JST";
  return day_words(day, language) + part(8) + "時" + part(10) + "分" + part(12) + "秒（日本時間）";
}

std::string municipality_words(std::string_view code, Language language) {
  static const auto rows = registry::parse_municipalities(registry::builtin_municipalities_csv()).value();
  for (const registry::Municipality& row : rows) {
    if (registry::municipality_code_text(row.code) != code) continue;
    return language == Language::en ? "municipality " + std::string(code) + " (" + row.name_romaji + ", " +
                                          row.prefecture_romaji + ")"
                                    : row.prefecture_ja + row.name_ja + "（" + std::string(code) + "）";
  }
  return (language == Language::en ? "municipality " : "市区町村 ") + std::string(code);
}

std::string actor_words(const std::string& actor, Language language) {
  constexpr std::string_view kMunicipality = "municipality:";
  if (actor.starts_with(kMunicipality))
    return municipality_words(std::string_view(actor).substr(kMunicipality.size()), language);
  constexpr std::array<std::pair<std::string_view, Words>, 5> kRoles = {{
      {"call-centre", {"the call centre", "コールセンター"}},
      {"officer", {"an officer of the authority", "機構の職員"}},
      {"supervisor", {"a supervisor of the authority", "機構の監督者"}},
      {"auditor", {"an auditor", "監査人"}},
      {"system", {"the authority's own timer", "機構の定時処理"}},
  }};
  for (const auto& [role, words] : kRoles)
    if (role == actor) return std::string(words.in(language));
  return actor;
}

std::string article_words(const std::string& article, Language language) {
  return language == Language::ja ? article_in_japanese(article) : article;
}

// The word of a table, or what was asked for itself: a store may hold what a later program wrote.
std::string word_or(const std::optional<Words>& words, const std::string& name, Language language) {
  return words ? std::string(words->in(language)) : name;
}

std::string recorded_sentence(const json::object& event, Language language) {
  const std::string name = string_member(event, "event");
  const std::string when = moment_words(string_member(event, "recorded_at"), language);
  const std::string who = actor_words(string_member(event, "recorded_by"), language);
  const std::string by = string_member(event, "operator");
  const std::string day = day_words(string_member(event, "date"), language);
  if (language == Language::en)
    return "On " + when + ", " + who + (by.empty() ? "" : ", operator " + by + ",") + " recorded that " +
           word_or(event_words(name), "the event " + name + " had happened", language) + " (" + name +
           " of " + day + ").";
  return when + "、" + who + (by.empty() ? "" : "（運用者 " + by + "）") + "が、" + day + "の" +
         word_or(event_words(name), name, language) + "（" + name + "）を記録しました。";
}

std::string consequence_sentence(const json::object& consequence, Language language) {
  const std::string kind = string_member(consequence, "kind"),
                    outcome = string_member(consequence, "outcome");
  const std::string subject =
      word_or(kind_words(kind), kind, language) + " " + string_member(consequence, "certificate");
  const std::string predicate = word_or(outcome_words(outcome), outcome, language);
  const std::string reason = string_member(consequence, "reason");
  const std::string article = article_words(string_member(consequence, "article"), language);
  if (language == Language::en)
    return "The " + subject + " " + predicate +
           (reason.empty() ? ""
                           : ", reason " + reason + ": " + word_or(reason_words(reason), reason, language)) +
           " (" + article + ").";
  return subject + " は、" + article + "により" + predicate +
         (reason.empty()
              ? ""
              : "（理由：" + word_or(reason_words(reason), reason, language) + "、" + reason + "）") +
         "。";
}

// Why an event since the issue left the certificate alone; empty when the rules say nothing about it.
std::string standing_sentence(const json::object& event, const json::object& certificate, Language language) {
  const auto name = law::parse_reported_event(string_member(event, "event"));
  const auto kind = pki::parse_certificate_kind(string_member(certificate, "kind"));
  const auto recorded_at = pki::parse_rfc3339(string_member(event, "recorded_at"));
  if (!name || !kind || !recorded_at) return {};
  const auto rule = law::rule_for({.event = *name, .kind = *kind, .on = pki::jst_date(*recorded_at)});
  if (!rule) return {};
  if (rule->unless == law::Exemption::agrees_with_register)
    return language == Language::en
               ? "The certificate records what the register says since then, so it remains valid."
               : "証明書の記録事項はこの記録後の住民票等の記載と同じであるため、証明書の状態は変わりません。";
  if (rule->then.outcome != law::Outcome::none) return {};
  const std::string article = article_words(std::string(rule->law), language);
  return language == Language::en ? "This left the certificate as it was (" + article + ")."
                                  : "この記録により証明書の状態は変わりません（根拠：" + article + "）。";
}

std::string issue_sentence(const json::object& certificate, Language language) {
  const std::string kind = string_member(certificate, "kind");
  const std::string subject =
      word_or(kind_words(kind), kind, language) + " " + string_member(certificate, "certificate");
  const std::string from = moment_words(string_member(certificate, "not_before"), language);
  const std::string to = moment_words(string_member(certificate, "not_after"), language);
  if (language == Language::en)
    return "The " + subject + " of resident " + string_member(certificate, "resident") + " was issued on " +
           from + "; it ends on " + to + ".";
  return "住民票コード" + string_member(certificate, "resident") + "の方の" + subject + "は、" + from +
         "に発行されました。有効期間の満了は" + to + "です。";
}

// What it is now. A state that no event of the history made has its own words.
std::string state_sentence(const json::object& certificate, bool explained, Language language,
                           pki::Time now) {
  const std::string state = string_member(certificate, "state"),
                    reason = string_member(certificate, "reason");
  const bool en = language == Language::en;
  const std::string since = moment_words(string_member(certificate, "revoked_at"), language);
  const std::string why = word_or(reason_words(reason), reason, language);
  if (state == "revoked" && !explained && reason == "superseded")
    return en ? "It was revoked on " + since +
                    ": it was renewed, and a new certificate took its place (superseded)."
              : since + "に更新され、新しい証明書の発行により失効しました（superseded）。";
  if (state == "revoked")
    return en ? "It has been revoked since " + since + ": " + why + " (" + reason + ")."
              : since + "から失効しています（理由：" + why + "、" + reason + "）。";
  const auto end = pki::parse_rfc3339(string_member(certificate, "not_after"));
  if (end.has_value() && *end < now)
    return en ? "It has expired (Act 15(1)(v), 34(1)(v))."
              : "有効期間が満了しています（公的個人認証法第15条第1項第5号、第34条第1項第5号）。";
  if (state == "held")
    return en ? "It has been on hold since " + since + "." : since + "から一時保留中です。";
  return en ? "It is valid: no recorded event revokes it." : "有効です。失効事由の記録はありません。";
}

}  // namespace

std::vector<std::string> explain_event(const json::object& event, Language language) {
  std::vector<std::string> sentences{recorded_sentence(event, language)};
  const json::array& consequences = event.at("certificates").as_array();
  for (const json::value& consequence : consequences)
    sentences.push_back(consequence_sentence(consequence.as_object(), language));
  if (consequences.empty())
    sentences.emplace_back(language == Language::en ? "No certificate changed."
                                                    : "状態の変わった証明書はありません。");
  return sentences;
}

std::vector<std::string> explain_certificate(const json::object& certificate, const json::array& events,
                                             Language language, pki::Time now) {
  std::vector<std::string> sentences{issue_sentence(certificate, language)};
  const auto issued = pki::parse_rfc3339(string_member(certificate, "not_before"));
  bool explained = false;
  for (const json::value& value : events) {
    const json::object& event = value.as_object();
    const auto recorded_at = pki::parse_rfc3339(string_member(event, "recorded_at"));
    if (!recorded_at || (issued.has_value() && *recorded_at < *issued)) continue;
    std::string what;
    for (const json::value& consequence : event.at("certificates").as_array())
      if (string_member(consequence.as_object(), "certificate") ==
          string_member(certificate, "certificate")) {
        what = consequence_sentence(consequence.as_object(), language);
        explained = true;
      }
    // Later events do not affect a certificate that is already revoked.
    if (what.empty() && string_member(certificate, "state") != "revoked")
      what = standing_sentence(event, certificate, language);
    if (what.empty()) continue;
    sentences.push_back(recorded_sentence(event, language));
    sentences.push_back(std::move(what));
  }
  sentences.push_back(state_sentence(certificate, explained, language, now));
  return sentences;
}

}  // namespace cli
