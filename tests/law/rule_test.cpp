// The law of revocation as one table: complete, and as docs/law.md says.

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

// Outcome and reason, as docs/law.md and the reason codes of CPS 4.9.9 have them.
constexpr std::array kExpected = {
    Expected{Event::address_change, "revoke affiliationChanged", "none"},
    Expected{Event::name_change, "revoke affiliationChanged unless furigana-of-foreigner", "none"},
    Expected{Event::birth_date_change, "revoke affiliationChanged", "none"},
    Expected{Event::sex_change, "revoke affiliationChanged", "none"},
    Expected{Event::minor_correction, "none", "none"},
    Expected{Event::furigana_entry, "none", "none"},
    Expected{Event::former_name_change, "revoke affiliationChanged", "none"},
    Expected{Event::alias_change, "revoke affiliationChanged", "none"},
    Expected{
        Event::move_out,
        "revoke affiliationChanged unless agrees-with-register; revoke cessationOfOperation planned-date",
        "revoke cessationOfOperation thirty-days-after-planned-date"},
    Expected{Event::move_out_cancel, "revoke affiliationChanged unless agrees-with-register", "none"},
    Expected{Event::death,
             "revoke cessationOfOperation; revoke cessationOfOperation holder-abroad; "
             "revoke cessationOfOperation holder-moved-out",
             "revoke cessationOfOperation; revoke cessationOfOperation holder-abroad; "
             "revoke cessationOfOperation holder-moved-out"},
    Expected{Event::deletion, "revoke cessationOfOperation; revoke cessationOfOperation holder-moved-out",
             "revoke cessationOfOperation; revoke cessationOfOperation holder-moved-out"},
    Expected{Event::overseas_exit,
             "revoke affiliationChanged unless agrees-with-register; "
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
    Expected{Event::correction, "revoke affiliationChanged unless agrees-with-register",
             "revoke affiliationChanged unless agrees-with-register"},
    Expected{Event::renewal, "supersede superseded", "supersede superseded"},
    Expected{Event::ca_key_compromise, "revoke cACompromise", "revoke cACompromise"},
};

std::string words(Event event, CertificateKind kind, pki::Date on = kToday) {
  std::string text;
  for (const Rule& rule : rules_for(event, kind, on)) {
    if (!text.empty()) text += "; ";
    text += to_string(rule.then.outcome);
    if (rule.then.reason) text += " " + std::string(pki::to_string(*rule.then.reason));
    if (rule.when != Moment::at_once) text += " " + std::string(to_string(rule.when));
    if (rule.whose != Whose::anyone) text += " " + std::string(to_string(rule.whose));
    if (rule.unless != Exemption::none) text += " unless " + std::string(to_string(rule.unless));
  }
  return text.empty() ? "no rule" : text;
}

}  // namespace

TEST_CASE("every event has the outcome that docs/law.md names for both certificates of the card") {
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
    CHECK_FALSE(rule.law.empty());
    const Outcome outcome = rule.then.outcome;
    const bool takes =
        outcome == Outcome::revoke || outcome == Outcome::hold || outcome == Outcome::supersede;
    CHECK(rule.then.reason.has_value() == takes);
    CHECK((outcome == Outcome::hold) == (rule.then.reason == CrlReason::certificate_hold));
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
    if (a.event == b.event && a.kind == b.kind && a.when == b.when && a.whose == b.whose) {
      CAPTURE(to_string(a.event));
      CHECK(a.from < b.from);
    }
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
        "revoke affiliationChanged unless agrees-with-register; "
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
    CHECK(words(Event::death, kind, day(2023, 5, 11)).starts_with("revoke cessationOfOperation"));
  }
}

TEST_CASE("a row says what it rests on, and which key decides where sources disagree") {
  const auto rule = [](Event event, CertificateKind kind) {
    return rule_for({.event = event, .kind = kind, .on = kToday}).value();
  };
  CHECK(rule(Event::address_change, CertificateKind::sign).basis == LegalBasis::law);
  CHECK(rule(Event::death, CertificateKind::sign).basis == LegalBasis::reason_chosen);
  CHECK(rule(Event::hold, CertificateKind::sign).basis == LegalBasis::practice);
  CHECK(rule(Event::release, CertificateKind::auth).configuration_key == "hold.release");
}

TEST_CASE("the days on which the scheme changed are in order, and no row begins on another day") {
  std::set<pki::Date> dates;
  for (const SchemeDate& date : scheme_dates()) {
    CHECK((dates.empty() || *dates.rbegin() < date.from));
    dates.insert(date.from);
  }
  for (const pki::Date wanted : {day(2016, 1, 1), day(2020, 5, 25), day(2021, 9, 1), day(2023, 5, 8),
                                 day(2023, 5, 11), day(2024, 5, 27), day(2026, 5, 26), day(2026, 6, 14)})
    CHECK(dates.contains(wanted));
  for (const Rule& rule : all_rules()) {
    CHECK(dates.contains(rule.from));
    if (rule.until) CHECK(dates.contains(*rule.until));
  }
  for (const CardClock& clock : card_clocks())
    CHECK(dates.contains(clock.from));
}

TEST_CASE("there are fourteen causes of card lapse, each with its words") {
  std::set<std::string_view> words_of_causes;
  for (int number = 1; number <= 14; ++number) {
    const auto cause = registry::parse_lapse_cause(std::to_string(number)).value();
    CHECK_FALSE(description_of(cause).empty());
    words_of_causes.insert(description_of(cause));
  }
  CHECK(words_of_causes.size() == 14);
  CHECK_FALSE(registry::parse_lapse_cause("0").has_value());
  CHECK_FALSE(registry::parse_lapse_cause("15").has_value());
  CHECK(description_of(LapseCause::death) == "death");
}

TEST_CASE("the clocks of the card are those of My Number Order 14, with their days, for both certificates") {
  const auto words_of = [](ClockKind clock) {
    const CardClock& row = card_clock(clock);
    CHECK(row.clock == clock);
    return std::string(to_string(row.event)) + " " + std::to_string(row.days) + " " +
           article_of(row, CertificateKind::sign);
  };
  const std::string sign = "Ordinance 17, Act 11, 15(1)";
  CHECK(words_of(ClockKind::left_with_card) == "overseas-exit 0 My Number Order 14(i), " + sign);
  CHECK(words_of(ClockKind::no_move_in) == "move-out 30 My Number Order 14(ii), " + sign);
  CHECK(words_of(ClockKind::late_move_in) == "address-change 14 My Number Order 14(ii), " + sign);
  CHECK(words_of(ClockKind::not_presented) == "address-change 90 My Number Order 14(iii), " + sign);
  CHECK(words_of(ClockKind::no_move_in_after_return) ==
        "overseas-return 14 My Number Order 14(vii), " + sign);
  CHECK(words_of(ClockKind::not_presented_after_return) ==
        "address-change 90 My Number Order 14(viii), " + sign);
  CHECK(words_of(ClockKind::card_expiry) == "card-issue 0 " + sign);
  CHECK(article_of(card_clock(ClockKind::not_presented), CertificateKind::auth) ==
        "My Number Order 14(iii), Ordinance 53, Act 30, 34(1)");
}

TEST_CASE("where a holder's record is kept decides the article of death") {
  const auto article = [](Whose whose, CertificateKind kind) {
    return std::string(rule_for({.event = Event::death, .kind = kind, .on = kToday, .whose = whose})->law);
  };
  CHECK(article(Whose::anyone, CertificateKind::sign) == "Act 12(1)(ii), 15(1)");
  CHECK(article(Whose::holder_abroad, CertificateKind::sign).starts_with("Act 12(1)(iii)"));
  CHECK(article(Whose::holder_abroad, CertificateKind::auth).starts_with("Act 31(1)(iii)"));
  CHECK(article(Whose::holder_moved_out, CertificateKind::auth).starts_with("My Number Order 14(xi)"));
  // A row that is the same for everyone holds for them as well.
  CHECK(
      rule_for(
          {.event = Event::hold, .kind = CertificateKind::sign, .on = kToday, .whose = Whose::holder_abroad})
          ->law == "CPS 4.9");
}

TEST_CASE("the articles are those of the Act") {
  const auto article = [](Event event, CertificateKind kind) {
    return std::string(rule_for({.event = event, .kind = kind, .on = kToday})->law);
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
    CHECK(registry::parse_event(to_string(row.event)) == row.event);
    // Issuing records renewals, and no resident has the compromise of a CA's key.
    const bool reported = row.event != Event::renewal && row.event != Event::ca_key_compromise;
    CHECK(parse_reported_event(to_string(row.event)) == (reported ? std::optional(row.event) : std::nullopt));
  }
  for (const char* text : {"", "address_change", "Address-Change", "renewals", "deaths"})
    CHECK_FALSE(registry::parse_event(text).has_value());
}

}  // namespace law
