// The law of revocation as one table: complete, and as section 5 of the contract says.

#include "law/rule.h"

#include <doctest/doctest.h>

#include <array>
#include <set>

#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using pki::CrlReason;
using support::day;

const pki::Date kToday = day(2026, 11, 23);

struct Expected {
  Event event;
  std::string_view sign, auth;
};

// Outcome and reason, as interface.md section 5 and the reason codes of CPS 4.9.9 have them.
constexpr std::array kExpected = {
    Expected{Event::address_change, "revoke affiliationChanged", "none"},
    Expected{Event::name_change, "revoke affiliationChanged", "none"},
    Expected{Event::birth_date_change, "revoke affiliationChanged", "none"},
    Expected{Event::sex_change, "revoke affiliationChanged", "none"},
    Expected{Event::minor_correction, "none", "none"},
    Expected{Event::furigana_entry, "none", "none"},
    Expected{Event::former_name_change, "revoke affiliationChanged", "none"},
    Expected{Event::alias_change, "revoke affiliationChanged", "none"},
    Expected{Event::move_out, "revoke cessationOfOperation planned-date",
             "revoke cessationOfOperation thirty-days-after-planned-date"},
    Expected{Event::move_out_cancel, "none", "none"},
    Expected{Event::death, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::deletion, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::overseas_exit,
             "revoke cessationOfOperation planned-date unless issued-since-notice-of-exit",
             "revoke cessationOfOperation thirty-days-after-planned-date unless issued-since-notice-of-exit"},
    Expected{Event::overseas_return, "none", "none"},
    Expected{Event::overseas_record_deletion, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::card_issue, "none", "none"},
    Expected{Event::card_present, "none", "none"},
    Expected{Event::card_lapse, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::card_return, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::undelivered, "revoke unspecified", "revoke unspecified"},
    Expected{Event::holder_application, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::key_notice, "revoke keyCompromise", "revoke keyCompromise"},
    Expected{Event::record_error, "revoke affiliationChanged", "revoke affiliationChanged"},
    Expected{Event::hold, "hold certificateHold", "hold certificateHold"},
    Expected{Event::release, "none", "release"},
    Expected{Event::correction, "none", "none"},
    Expected{Event::renewal, "supersede superseded", "supersede superseded"},
    Expected{Event::ca_key_compromise, "revoke cACompromise", "revoke cACompromise"},
};

std::string words(Event event, CertificateKind kind, pki::Date on = kToday) {
  const auto rule = rule_for(event, kind, on);
  if (!rule) return "no rule";
  std::string text(to_string(rule->outcome));
  if (rule->reason) text += " " + std::string(pki::to_string(*rule->reason));
  if (rule->moment != Moment::at_once) text += " " + std::string(to_string(rule->moment));
  if (rule->exemption != Exemption::none) text += " unless " + std::string(to_string(rule->exemption));
  return text;
}

}  // namespace

TEST_CASE("every event has the outcome of the contract for both certificates of the card") {
  for (const Expected& row : kExpected) {
    CAPTURE(to_string(row.event));
    CHECK(words(row.event, CertificateKind::sign) == row.sign);
    CHECK(words(row.event, CertificateKind::auth) == row.auth);
  }
}

TEST_CASE("a mobile certificate has the rule of the card's certificate of its kind") {
  for (const Expected& row : kExpected) {
    CAPTURE(to_string(row.event));
    CHECK(words(row.event, CertificateKind::mobile_sign) == row.sign);
    CHECK(words(row.event, CertificateKind::mobile_auth) == row.auth);
  }
}

TEST_CASE("every event of the enumeration has a row for each kind, and every row names an article") {
  std::set<std::pair<Event, CertificateKind>> present;
  for (const Rule& rule : all_rules()) {
    CAPTURE(to_string(rule.event));
    present.emplace(rule.event, rule.kind);
    CHECK_FALSE(rule.article.empty());
    const bool takes = rule.outcome == Outcome::revoke || rule.outcome == Outcome::hold ||
                       rule.outcome == Outcome::supersede;
    CHECK(rule.reason.has_value() == takes);
    CHECK((rule.outcome == Outcome::hold) == (rule.reason == CrlReason::certificate_hold));
    CHECK_FALSE(pki::is_mobile(rule.kind));
  }
  CHECK(present.size() == 2 * kExpected.size());
  for (const Expected& row : kExpected)
    for (const auto kind : {CertificateKind::sign, CertificateKind::auth})
      CHECK(present.contains({row.event, kind}));
}

TEST_CASE("rows of one event and kind come in the order of their dates") {
  for (std::size_t i = 0; i + 1 < all_rules().size(); ++i) {
    const Rule& a = all_rules()[i];
    const Rule& b = all_rules()[i + 1];
    if (a.event == b.event && a.kind == b.kind) CHECK(a.in_force_from < b.in_force_from);
  }
}

TEST_CASE("a rule holds from its date on") {
  CHECK(words(Event::address_change, CertificateKind::sign, day(2015, 12, 31)) == "no rule");
  CHECK(words(Event::address_change, CertificateKind::sign, day(2016, 1, 1)) == "revoke affiliationChanged");
  CHECK(words(Event::furigana_entry, CertificateKind::sign, day(2026, 5, 25)) == "no rule");
  CHECK(words(Event::furigana_entry, CertificateKind::sign, day(2026, 5, 26)) == "none");
  CHECK(words(Event::former_name_change, CertificateKind::sign, day(2019, 11, 4)) == "no rule");
  CHECK(words(Event::former_name_change, CertificateKind::sign, day(2019, 11, 5)) ==
        "revoke affiliationChanged");
}

TEST_CASE("leaving Japan took the card along until 26 May 2024; since then there is a window") {
  const auto before = day(2024, 5, 26), after = day(2024, 5, 27);
  CHECK(words(Event::overseas_exit, CertificateKind::sign, before) ==
        "revoke cessationOfOperation planned-date");
  CHECK(words(Event::overseas_exit, CertificateKind::auth, before) ==
        "revoke cessationOfOperation planned-date");
  CHECK(words(Event::overseas_exit, CertificateKind::sign, after) ==
        "revoke cessationOfOperation planned-date unless issued-since-notice-of-exit");
  CHECK(words(Event::overseas_exit, CertificateKind::auth, after) ==
        "revoke cessationOfOperation thirty-days-after-planned-date unless issued-since-notice-of-exit");
  for (const Event event : {Event::overseas_return, Event::overseas_record_deletion}) {
    CHECK(words(event, CertificateKind::auth, before) == "no rule");
    CHECK(words(event, CertificateKind::auth, after) != "no rule");
  }
}

TEST_CASE("the mobile pair has rules since 11 May 2023") {
  for (const auto kind : {CertificateKind::mobile_sign, CertificateKind::mobile_auth}) {
    CHECK(words(Event::death, kind, day(2023, 5, 10)) == "no rule");
    CHECK(words(Event::death, kind, day(2023, 5, 11)) == "revoke cessationOfOperation");
  }
}

TEST_CASE("a row says what it rests on, and which key decides where sources disagree") {
  CHECK(rule_for(Event::address_change, CertificateKind::sign, kToday)->basis == Basis::law);
  CHECK(rule_for(Event::death, CertificateKind::sign, kToday)->basis == Basis::reason_chosen);
  CHECK(rule_for(Event::hold, CertificateKind::sign, kToday)->basis == Basis::practice);
  CHECK(rule_for(Event::release, CertificateKind::auth, kToday)->configuration_key == "hold.release");
}

TEST_CASE("the days on which the scheme changed are in order, and no row begins on another day") {
  std::set<pki::Date> dates;
  for (const SchemeDate& date : scheme_dates()) {
    CHECK((dates.empty() || *dates.rbegin() < date.from));
    dates.insert(date.from);
  }
  for (const pki::Date wanted :
       {day(2016, 1, 1), day(2020, 5, 25), day(2023, 5, 11), day(2024, 5, 27), day(2026, 5, 26)})
    CHECK(dates.contains(wanted));
  for (const Rule& rule : all_rules())
    CHECK(dates.contains(rule.in_force_from));
}

TEST_CASE("there are fourteen causes of card lapse, each with its words") {
  std::set<std::string_view> words_of_causes;
  for (int number = 1; number <= kCardLapseCauses; ++number) {
    CHECK_FALSE(card_lapse_cause(number).empty());
    words_of_causes.insert(card_lapse_cause(number));
  }
  CHECK(words_of_causes.size() == 14);
  CHECK(card_lapse_cause(0).empty());
  CHECK(card_lapse_cause(15).empty());
  CHECK(card_lapse_cause(11) == "death");
}

TEST_CASE("the articles are those of the Act") {
  const auto article = [](Event event, CertificateKind kind) {
    return std::string(rule_for(event, kind, kToday)->article);
  };
  CHECK(article(Event::address_change, CertificateKind::sign).find("Act 12(1)(i)") != std::string::npos);
  CHECK(article(Event::death, CertificateKind::sign).find("Act 12(1)(ii)") != std::string::npos);
  CHECK(article(Event::death, CertificateKind::auth).find("Act 31(1)(i)") != std::string::npos);
  CHECK(article(Event::holder_application, CertificateKind::sign).find("Act 9") != std::string::npos);
  CHECK(article(Event::holder_application, CertificateKind::auth).find("Act 28") != std::string::npos);
  CHECK(article(Event::key_notice, CertificateKind::sign).find("Act 10") != std::string::npos);
  CHECK(article(Event::key_notice, CertificateKind::auth).find("Act 29") != std::string::npos);
  CHECK(article(Event::minor_correction, CertificateKind::sign).find("Ordinance 20") != std::string::npos);
}

TEST_CASE("the words of events are read back, and nothing else is an event") {
  for (const Expected& row : kExpected) {
    CHECK(parse_recorded_event(to_string(row.event)) == row.event);
    // Issuing records renewals, and no resident has the compromise of a CA's key.
    const bool reported = row.event != Event::renewal && row.event != Event::ca_key_compromise;
    CHECK(parse_event(to_string(row.event)) == (reported ? std::optional(row.event) : std::nullopt));
  }
  for (const char* text : {"", "address_change", "Address-Change", "renewals", "deaths"})
    CHECK_FALSE(parse_event(text).has_value());
}

}  // namespace law
