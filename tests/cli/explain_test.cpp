// Every event, outcome and article of the rule table has its words in both languages, and they make
// sentences.

#include "cli/explain.h"

#include <doctest/doctest.h>

#include <set>

#include "cli/explain_words.h"
#include "law/rule.h"
#include "pki/crl_reason.h"

namespace cli {

namespace {

json::object consequence(const law::Rule& rule) {
  return {{"certificate", "sign-1/100000001"},
          {"kind", pki::to_string(rule.kind)},
          {"outcome", law::to_string(rule.then.outcome)},
          {"reason", rule.then.reason ? json::value(pki::to_string(*rule.then.reason)) : nullptr},
          {"article", rule.law}};
}

json::object event(std::string_view name, json::array certificates = {}) {
  return {{"sequence", 1},
          {"event", name},
          {"date", "2026-11-20"},
          {"recorded_at", "2026-11-23T05:00:00Z"},
          {"recorded_by", "municipality:132217"},
          {"operator", "uid 1000"},
          {"certificates", std::move(certificates)}};
}

json::object certificate(std::string_view state) {
  json::object body{{"certificate", "sign-1/100000001"},
                    {"kind", "sign"},
                    {"resident", "10000000007"},
                    {"state", state},
                    {"not_before", "2026-10-01T01:00:00Z"},
                    {"not_after", "2031-02-17T14:59:59Z"}};
  if (state == "good") return body;
  body["revoked_at"] = "2026-11-23T05:00:00Z";
  body["reason"] = state == "held" ? "certificateHold" : "superseded";
  return body;
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences)
    text += sentence + "\n";
  return text;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// ASCII letters that are left in a Japanese text, but for what is a name of ours.
std::string latin_letters(std::string text) {
  for (const std::string name : {"hold.release"})
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
      text.erase(at, name.size());
  std::string letters;
  for (const char c : text)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) letters += c;
  return letters;
}

const pki::Time kNow = pki::parse_rfc3339("2026-11-24T00:00:00Z").value();

}  // namespace

TEST_CASE("every row of the rule table has its words in both languages") {
  for (const law::Rule& rule : law::all_rules()) {
    const std::string name(law::to_string(rule.event));
    CAPTURE(name);
    CAPTURE(rule.law);
    CHECK(event_words(name).has_value());
    CHECK(outcome_words(law::to_string(rule.then.outcome)).has_value());
    CHECK(kind_words(pki::to_string(rule.kind)).has_value());
    if (rule.then.reason) CHECK(reason_words(pki::to_string(*rule.then.reason)).has_value());
    CHECK(latin_letters(article_in_japanese(rule.law)).empty());
  }
}

TEST_CASE("no two events or outcomes share their words") {
  std::set<std::string_view> names, en, ja;
  for (const law::Rule& rule : law::all_rules()) {
    if (!names.insert(law::to_string(rule.event)).second) continue;
    const auto words = event_words(law::to_string(rule.event));
    REQUIRE(words.has_value());
    CHECK(en.insert(words->en).second);
    CHECK(ja.insert(words->ja).second);
  }
}

TEST_CASE("every outcome of the rule table makes complete sentences") {
  for (const law::Rule& rule : law::all_rules()) {
    CAPTURE(rule.law);
    for (const Language language : {Language::en, Language::ja}) {
      const auto sentences = explain_event(event(law::to_string(rule.event), {consequence(rule)}), language);
      REQUIRE(sentences.size() == 2);
      for (const std::string& sentence : sentences) {
        CAPTURE(sentence);
        CHECK(sentence.ends_with(language == Language::en ? "." : "。"));
        CHECK_FALSE(holds(sentence, "  "));
      }
    }
  }
}

TEST_CASE("an explanation names event, article, who and when, in English and Japanese") {
  const json::object moved = event("address-change", {{{"certificate", "sign-1/100000001"},
                                                       {"kind", "sign"},
                                                       {"outcome", "revoke"},
                                                       {"reason", "affiliationChanged"},
                                                       {"article", "Act 12(1)(i), 15(1)"}}});
  CHECK(
      joined(explain_event(moved, Language::en)) ==
      "On 2026-11-23 at 14:00:00 JST, municipality 132217 (Kiyose-shi, Tokyo-to), operator uid 1000, "
      "recorded that the resident's address had changed (address-change of 2026-11-20).\n"
      "The signing certificate sign-1/100000001 was revoked, reason affiliationChanged: what it records has "
      "changed (Act 12(1)(i), 15(1)).\n");
  CHECK(joined(explain_event(moved, Language::ja)) ==
        "2026年11月23日14時00分00秒（日本時間）、東京都清瀬市（132217）（運用者 uid "
        "1000）が、2026年11月20日の住所の変更（転居・転入）"
        "（address-change）を記録しました。\n"
        "署名用電子証明書 sign-1/100000001 は、公的個人認証法第12条第1項第1号、第15条第1項により失効しました"
        "（理由：記録事項の変更等、affiliationChanged）。\n");
}

TEST_CASE("an event that changed nothing says so, and one of a later program keeps its name") {
  CHECK(holds(joined(explain_event(event("minor-correction"), Language::en)), "No certificate changed."));
  CHECK(holds(joined(explain_event(event("minor-correction"), Language::ja)),
              "状態の変わった証明書はありません。"));
  CHECK(holds(joined(explain_event(event("teleportation"), Language::en)),
              "the event teleportation had happened"));
}

TEST_CASE("a certificate that stands says why what happened since its issue left it alone") {
  json::array events{event("death"), event("minor-correction")};
  events[0].as_object()["recorded_at"] = "2026-09-01T00:00:00Z";
  const std::string en = joined(explain_certificate(certificate("good"), events, Language::en, kNow));
  CHECK(holds(en, "was issued on 2026-10-01 at 10:00:00 JST"));
  CHECK_FALSE(holds(en, "died"));
  CHECK(holds(en, "This left the certificate as it was (Ordinance 20, 80, 81)."));
  CHECK(holds(en, "It is valid"));
  const std::string ja = joined(explain_certificate(certificate("good"), events, Language::ja, kNow));
  CHECK(holds(ja, "根拠：公的個人認証法施行規則第20条"));
  CHECK(holds(ja, "有効です。"));
}

TEST_CASE("held, renewed, revoked and expired certificates say what they are") {
  const auto said = [](const json::object& one, Language language, pki::Time now = kNow) {
    return joined(explain_certificate(one, {}, language, now));
  };
  CHECK(holds(said(certificate("held"), Language::en),
              "It has been on hold since 2026-11-23 at 14:00:00 JST."));
  CHECK(holds(said(certificate("revoked"), Language::en), "it was renewed"));
  CHECK(holds(said(certificate("revoked"), Language::ja), "新しい証明書の発行により失効しました"));
  json::object compromised = certificate("revoked");
  compromised["reason"] = "cACompromise";
  CHECK(holds(said(compromised, Language::en), "the authority's key is compromised (cACompromise)"));
  const pki::Time later = pki::parse_rfc3339("2031-02-18T00:00:00Z").value();
  CHECK(holds(said(certificate("good"), Language::en, later), "It has expired"));
  CHECK(holds(said(certificate("good"), Language::ja, later), "有効期間が満了しています"));
}

TEST_CASE("articles are read as the rule table writes them") {
  CHECK(article_in_japanese("Act 12(1)(ii), 15(1)") == "公的個人認証法第12条第1項第2号、第15条第1項");
  CHECK(article_in_japanese("Act 16-14, 35-14") == "公的個人認証法第16条の14、第35条の14");
  CHECK(article_in_japanese("Ordinance 53, Act 30, 34(1)") ==
        "公的個人認証法施行規則第53条、公的個人認証法第30条、第34条第1項");
  CHECK(article_in_japanese("Act 31: not a ground") == "公的個人認証法第31条（失効の事由ではない）");
  CHECK(article_in_japanese("Act 13, 15(1)(2)") == "公的個人認証法第13条、第15条第1項及び第2項");
  CHECK(article_in_japanese("CPS 4.9.9") == "運用規程 4.9.9");
  CHECK(article_in_japanese("Supplementary provisions 5") == "附則第5条");
  CHECK(article_in_japanese("Act 16-8 to 16-11, 16-14(1)") ==
        "公的個人認証法第16条の8から第16条の11、第16条の14第1項");
  CHECK(article_in_japanese("Act 35-13, 35-14(1)(iv); card: Act 31(1)(i)") ==
        "公的個人認証法第35条の13、第35条の14第1項第4号、カード用は公的個人認証法第31条第1項第1号");
  CHECK(article_in_japanese("My Number Order 14(iii), (viii): the ninety days end") ==
        "番号利用法施行令第14条第3号、第8号（90日の期間の終了）");
}

}  // namespace cli
