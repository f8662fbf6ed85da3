// The law of revocation as one table: complete, and as section 5 of the contract says.

#include "ca/rule.h"

#include <doctest/doctest.h>

#include <array>
#include <set>

#include "tests/support/authority_world.h"

namespace ca {

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
    Expected{Event::death, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::deletion, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::card_lapse, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::card_return, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::undelivered, "revoke unspecified", "revoke unspecified"},
    Expected{Event::holder_application, "revoke cessationOfOperation", "revoke cessationOfOperation"},
    Expected{Event::key_notice, "revoke keyCompromise", "revoke keyCompromise"},
    Expected{Event::record_error, "revoke affiliationChanged", "revoke affiliationChanged"},
    Expected{Event::hold, "hold certificateHold", "hold certificateHold"},
    Expected{Event::release, "none", "release"},
};

std::string words(Event event, CertificateKind kind, pki::Date on = kToday) {
  const auto rule = rule_for(event, kind, on);
  if (!rule) return "no rule";
  std::string text(to_string(rule->outcome));
  if (rule->reason) text += " " + std::string(pki::to_string(*rule->reason));
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
    const bool takes = rule.outcome == Outcome::revoke || rule.outcome == Outcome::hold;
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
  for (const Expected& row : kExpected)
    CHECK(parse_event(to_string(row.event)) == row.event);
  for (const char* text : {"", "address_change", "Address-Change", "renewal", "deaths"})
    CHECK_FALSE(parse_event(text).has_value());
}

}  // namespace ca
