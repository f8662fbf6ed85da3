// What makes a verifier active, class by class and step by step (docs/law.md, section 2).

#include "verifier/verifiers.h"

#include <utility>

#include "pki/network.h"
#include "tests/registry/store.h"

namespace verifier::testing {

using namespace registry;
using namespace registry::testing;

namespace {

constexpr pki::Time kNow = support::kStart;  // 2026-11-23 in Japan.
const pki::Date kToday = day(2026, 11, 23);
const pki::Date kTomorrow = day(2026, 11, 24);
constexpr std::array kClasses = {VerifierClass::signature, VerifierClass::group_signature,
                                 VerifierClass::authentication, VerifierClass::specific_authentication};

// Every step of every class, so that each test takes one away.
Verifier ready(Sector sector) {
  Verifier verifier;
  verifier.name = "Example Bank";
  verifier.sector = sector;
  for (const VerifierClass verifier_class : kClasses) {
    ClassSteps& steps = verifier.classes[verifier_class];
    steps.notified = steps.agreed = day(2026, 1, 1);
    if (sector == Sector::private_sector) steps.certified = day(2026, 1, 1);
    if (verifier_class == VerifierClass::specific_authentication)
      steps.approvals = {{.from = day(2026, 1, 1)}};
  }
  return verifier;
}

// "1111" when all four classes are active, in the order of kClasses.
std::string active(const Verifier& verifier, pki::Time now = kNow) {
  const Standing standing = standing_of(verifier, now);
  std::string text;
  for (const VerifierClass verifier_class : kClasses)
    text += standing.active.contains(verifier_class) ? '1' : '0';
  return text;
}

}  // namespace

TEST_CASE("with every step of its class a verifier is active") {
  CHECK(active(ready(Sector::public_body)) == "1111");
  CHECK(active(ready(Sector::private_sector)) == "1111");
  CHECK(standing_of(ready(Sector::private_sector), kNow).explanation.empty());
}

TEST_CASE("any missing step of a class makes that class alone inactive") {
  struct Row {
    const char* step;
    std::optional<pki::Date> ClassSteps::* member;
    Sector sector;
    // Which classes the step belongs to.
    std::string concerned;
  };
  for (const Row& row : {Row{"notified", &ClassSteps::notified, Sector::public_body, "1111"},
                         Row{"agreed", &ClassSteps::agreed, Sector::public_body, "1111"},
                         Row{"notified", &ClassSteps::notified, Sector::private_sector, "1111"},
                         Row{"agreed", &ClassSteps::agreed, Sector::private_sector, "1111"},
                         Row{"certified", &ClassSteps::certified, Sector::public_body, "0000"},
                         // Act 17(5) knows no certification of a group verifier.
                         Row{"certified", &ClassSteps::certified, Sector::private_sector, "1011"}}) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      CAPTURE(row.step);
      CAPTURE(i);
      std::string expected = "1111";
      if (row.concerned[i] == '1') expected[i] = '0';
      Verifier missing = ready(row.sector);
      (missing.classes[kClasses[i]].*row.member).reset();
      CHECK(active(missing) == expected);
      // A step that lies in the future has not been taken yet.
      Verifier later = ready(row.sector);
      later.classes[kClasses[i]].*row.member = kTomorrow;
      CHECK(active(later) == expected);
      Verifier today = ready(row.sector);
      today.classes[kClasses[i]].*row.member = kToday;
      CHECK(active(today) == "1111");
    }
  }
}

TEST_CASE("steps are taken with the Japanese day") {
  Verifier verifier = ready(Sector::public_body);
  verifier.classes[VerifierClass::signature].agreed = kTomorrow;
  const pki::Time midnight = pki::jst_start_of_day(kTomorrow);
  CHECK(active(verifier, midnight - 1s) == "0111");
  CHECK(active(verifier, midnight) == "1111");
}

TEST_CASE("a private body's certification holds for one year") {
  Verifier verifier = ready(Sector::private_sector);
  verifier.classes[VerifierClass::signature].certified = day(2025, 11, 24);
  CHECK(active(verifier) == "1111");
  verifier.classes[VerifierClass::signature].certified = day(2025, 11, 23);
  CHECK(active(verifier) == "0111");
  CHECK(standing_of(verifier, kNow).explanation.in(pki::Language::en).find("Order 10") != std::string::npos);
  verifier.sector = Sector::public_body;
  CHECK(active(verifier) == "1111");
}

TEST_CASE("the year of a certification of 29 February ends with the last day of the next February") {
  Verifier verifier = ready(Sector::private_sector);
  ClassSteps& steps = verifier.classes[VerifierClass::signature];
  steps.notified = steps.agreed = day(2024, 1, 1);
  const auto is_active_on = [&](pki::Date date) {
    return active(verifier, pki::jst_start_of_day(date)).front() == '1';
  };
  steps.certified = day(2024, 2, 29);
  CHECK(is_active_on(day(2025, 2, 28)));
  CHECK_FALSE(is_active_on(day(2025, 3, 1)));
  steps.certified = day(2024, 2, 28);
  CHECK(is_active_on(day(2025, 2, 27)));
  CHECK_FALSE(is_active_on(day(2025, 2, 28)));
}

TEST_CASE("a certification recorded for a day to come leaves the present one in force until then") {
  Verifier verifier = ready(Sector::private_sector);
  ClassSteps& steps = verifier.classes[VerifierClass::signature];
  steps.certified.reset();
  record_certification(steps, {.from = day(2025, 12, 1)}, day(2025, 12, 1));
  record_certification(steps, {.from = day(2026, 12, 1), .until = day(2027, 5, 31)}, kToday);
  CHECK(active(verifier) == "1111");
  CHECK(certification_on(steps, kToday) == Term{day(2025, 12, 1), day(2026, 11, 30)});
  CHECK(certification_on(steps, day(2026, 12, 1)) == Term{day(2026, 12, 1), day(2027, 5, 31)});
  for (const pki::Date date : {day(2026, 11, 30), day(2026, 12, 1), day(2027, 5, 31)})
    CHECK(standing_of(verifier, pki::jst_start_of_day(date)).active.contains(VerifierClass::signature));
  const auto after = standing_of(verifier, pki::jst_start_of_day(day(2027, 6, 1)));
  CHECK_FALSE(after.active.contains(VerifierClass::signature));
  CHECK(after.explanation.in(pki::Language::en).find("the certification ended on 2027-05-31") !=
        std::string::npos);
  // The next one, recorded while the renewal holds, follows the renewal.
  record_certification(steps, {.from = day(2027, 6, 1)}, day(2027, 5, 1));
  for (const pki::Date date : {day(2027, 5, 31), day(2027, 6, 1), day(2028, 5, 31)})
    CHECK(standing_of(verifier, pki::jst_start_of_day(date)).active.contains(VerifierClass::signature));
  // A gap stays a gap.
  record_certification(steps, {.from = day(2028, 6, 2)}, day(2028, 5, 1));
  CHECK_FALSE(standing_of(verifier, pki::jst_start_of_day(day(2028, 6, 1)))
                  .active.contains(VerifierClass::signature));
}

TEST_CASE("a certification never holds for more than a year, whatever last day is given") {
  ClassSteps steps;
  record_certification(steps, {.from = day(2026, 1, 1), .until = day(2030, 1, 1)}, kToday);
  CHECK(certification_on(steps, kToday)->until == day(2026, 12, 31));
  record_certification(steps, {.from = day(2026, 1, 1), .until = day(2026, 6, 30)}, kToday);
  CHECK(certification_on(steps, kToday)->until == day(2026, 6, 30));
}

TEST_CASE("an agreement ends with its last day, and its successor has its own") {
  Verifier verifier = ready(Sector::public_body);
  ClassSteps& steps = verifier.classes[VerifierClass::signature];
  record_agreement(steps, {.from = day(2026, 1, 1), .until = kToday});
  CHECK(active(verifier) == "1111");
  record_agreement(steps, {.from = day(2026, 1, 1), .until = day(2026, 11, 22)});
  CHECK(active(verifier) == "0111");
  CHECK(standing_of(verifier, kNow).explanation.in(pki::Language::en) ==
        "signature: the agreement ended on 2026-11-22 (Ordinance 31)");
  CHECK(standing_of(verifier, kNow).explanation.in(pki::Language::ja) ==
        "署名検証者（signature）: 取決めは 2026-11-22 に終了しています（規則31）");
  record_agreement(steps, {.from = kToday});
  CHECK(active(verifier) == "1111");
  CHECK_FALSE(steps.agreed_until.has_value());
  // One that goes on keeps its last day unless another is given.
  record_agreement(steps, {.from = kToday, .until = day(2026, 12, 31)});
  record_agreement(steps, {.from = kToday});
  CHECK(steps.agreed_until == day(2026, 12, 31));
  record_agreement(steps, {.from = kToday, .until = day(2027, 12, 31)});
  CHECK(steps.agreed_until == day(2027, 12, 31));
}

TEST_CASE("the steps of a class come back from the store as they were put") {
  Verifier verifier = ready(Sector::private_sector);
  ClassSteps& steps = verifier.classes[VerifierClass::signature];
  steps.agreed_until = day(2029, 1, 1);
  steps.certified_until = day(2026, 12, 1);
  steps.renewal = Term{day(2026, 12, 2), day(2027, 3, 1)};
  verifier.classes[VerifierClass::group_signature].confirmers = "the members of the federation";
  Store store;
  std::uint64_t id = 0;
  store.write([&](store::WriteTransaction& transaction) { id = put_verifier(transaction, verifier); });
  const auto got = find_verifier(store.read(), id);
  REQUIRE(got.has_value());
  const ClassSteps& read = got->classes.at(VerifierClass::signature);
  CHECK(read.agreed_until == steps.agreed_until);
  CHECK(read.certified_until == steps.certified_until);
  CHECK(read.renewal == steps.renewal);
  CHECK_FALSE(got->classes.at(VerifierClass::authentication).renewal.has_value());
  CHECK(got->classes.at(VerifierClass::group_signature).confirmers == "the members of the federation");
}

TEST_CASE("an approval ends with its last day, and takes the PIN-less path with it, nothing else") {
  Verifier verifier = ready(Sector::public_body);
  verifier.classes[VerifierClass::specific_authentication].approvals.back().until = kToday;
  CHECK(active(verifier) == "1111");
  CHECK(standing_of(verifier, kNow).pinless);
  verifier.classes[VerifierClass::specific_authentication].approvals.back().until = day(2026, 11, 22);
  CHECK(active(verifier) == "1111");
  CHECK_FALSE(standing_of(verifier, kNow).pinless);
}

TEST_CASE("without an approval a specific-authentication verifier has the ordinary check alone") {
  Verifier verifier = ready(Sector::private_sector);
  std::erase_if(verifier.classes,
                [](const auto& entry) { return entry.first != VerifierClass::specific_authentication; });
  ClassSteps& steps = verifier.classes[VerifierClass::specific_authentication];
  const auto asks = [&] {
    const Standing standing = standing_of(verifier, kNow);
    std::string text;
    for (const Purpose purpose : {Purpose::normal, Purpose::kazashi, Purpose::pinless})
      text += standing.may_ask(pki::CaName::auth, purpose) ? '1' : '0';
    return text;
  };
  CHECK(asks() == "111");
  const std::vector<Approval> approvals = std::exchange(steps.approvals, {});
  CHECK(asks() == "110");
  CHECK(standing_of(verifier, kNow).explanation.in(pki::Language::en) ==
        "the PIN-less path: the approval (Act 38-2) is missing");
  REQUIRE(record_approval(steps.approvals, {.from = kToday}, kToday).has_value());
  CHECK(asks() == "111");
  REQUIRE(cancel_approval(steps.approvals, kToday, kToday).has_value());
  CHECK(asks() == "110");
  // An approval opens nothing without the ordinary steps.
  steps.approvals = approvals;
  steps.certified.reset();
  CHECK(asks() == "000");
}

TEST_CASE("a missing step is explained by the article of its class") {
  struct Row {
    VerifierClass verifier_class;
    const char *notification, *agreement;
  };
  for (const Row& row : {Row{VerifierClass::signature, "Ordinance 30", "Ordinance 31"},
                         Row{VerifierClass::group_signature, "Ordinance 32", "Ordinance 33"},
                         Row{VerifierClass::authentication, "Ordinance 61", "Ordinance 62"},
                         Row{VerifierClass::specific_authentication, "Ordinance 61", "Ordinance 62"}}) {
    ClassSteps steps;
    steps.confirmers = "its members";
    CHECK(missing_step(row.verifier_class, steps, Sector::public_body, kToday).in(pki::Language::en) ==
          "the notification (" + std::string(row.notification) + ") is missing");
    steps.notified = kToday;
    CHECK(missing_step(row.verifier_class, steps, Sector::public_body, kToday).in(pki::Language::en) ==
          "the agreement (" + std::string(row.agreement) + ") is missing");
    steps.agreed = day(2026, 1, 1);
    steps.agreed_until = day(2026, 11, 22);
    CHECK(missing_step(row.verifier_class, steps, Sector::public_body, kToday).in(pki::Language::en) ==
          "the agreement ended on 2026-11-22 (" + std::string(row.agreement) + ")");
  }
}

TEST_CASE("a suspension holds for all classes from its first day to its last") {
  Verifier verifier = ready(Sector::public_body);
  verifier.suspension = Suspension{.from = kTomorrow, .until = {}};
  CHECK(active(verifier) == "1111");
  verifier.suspension = Suspension{.from = kToday, .until = {}};
  CHECK(active(verifier) == "0000");
  verifier.suspension = Suspension{.from = day(2026, 11, 1), .until = kToday};
  CHECK(active(verifier) == "0000");
  verifier.suspension = Suspension{.from = day(2026, 11, 1), .until = day(2026, 11, 22)};
  CHECK(active(verifier) == "1111");
}

TEST_CASE("a cancellation ends all classes for good") {
  Verifier verifier = ready(Sector::public_body);
  verifier.cancelled = kTomorrow;
  CHECK(active(verifier) == "1111");
  verifier.cancelled = kToday;
  CHECK(active(verifier) == "0000");
}

TEST_CASE("who may ask which CA follows from the classes") {
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    CAPTURE(i);
    Verifier verifier = ready(Sector::public_body);
    std::erase_if(verifier.classes, [&](const auto& entry) { return entry.first != kClasses[i]; });
    const Standing standing = standing_of(verifier, kNow);
    CHECK(standing.may_ask(pki::CaName::sign) == (i < 2));
    CHECK(standing.may_ask(pki::CaName::auth) == (i >= 2));
    CHECK_FALSE(standing.may_ask(pki::CaName::operations));
  }
  CHECK_FALSE(standing_of(Verifier{}, kNow).may_ask(pki::CaName::sign));
}

TEST_CASE("a verifier comes back as it was put, and every change raises the version") {
  Store store;
  Verifier verifier = ready(Sector::private_sector);
  verifier.networks = {pki::parse_network("192.0.2.0/24").value(),
                       pki::parse_network("2001:db8::/32").value()};
  verifier.by_tls = true;
  verifier.suspension = Suspension{.from = kToday, .until = kTomorrow};
  verifier.cancelled = day(2030, 1, 1);
  const std::uint64_t version = verifiers_version(store.read());
  store.write(
      [&](store::WriteTransaction& transaction) { verifier.id = put_verifier(transaction, verifier); });
  CHECK(verifiers_version(store.read()) > version);
  const auto got = find_verifier(store.read(), verifier.id);
  REQUIRE(got.has_value());
  CHECK(got->name == verifier.name);
  CHECK(got->sector == verifier.sector);
  CHECK(got->networks == verifier.networks);
  CHECK(got->by_tls);
  CHECK_FALSE(got->by_signature);
  CHECK(got->suspension->until == kTomorrow);
  CHECK(got->cancelled == verifier.cancelled);
  CHECK(got->classes.size() == 4);
  CHECK(got->classes.at(VerifierClass::specific_authentication).approvals ==
        std::vector<Approval>{{.from = day(2026, 1, 1)}});
  CHECK(got->classes.at(VerifierClass::signature).approvals.empty());
  std::uint64_t second = 0;
  store.write([&](store::WriteTransaction& transaction) {
    Verifier other = verifier;
    other.id = 0;
    second = put_verifier(transaction, other);
  });
  CHECK(second != verifier.id);
  CHECK(all_verifiers(store.read()).size() == 2);
}

TEST_CASE("networks are written in CIDR with zero host bits") {
  for (const char* text :
       {"192.0.2.0/24", "10.0.0.0/8", "0.0.0.0/0", "192.0.2.7/32", "2001:db8::/32", "::/0"})
    CHECK(to_string(pki::parse_network(text).value()) == text);
  CHECK(to_string(pki::parse_network("192.0.2.7").value()) == "192.0.2.7/32");
  CHECK(to_string(pki::parse_network("::1").value()) == "::1/128");
  for (const char* text : {"192.0.2.1/24", "192.0.2.0/33", "2001:db8::/129", "192.0.2/24", "example.com", "",
                           "192.0.2.0/", "192.0.2.0/24x", "192.0.2.0/-1", "2001:db8::1/32"}) {
    CAPTURE(text);
    const auto parsed = pki::parse_network(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().field == "network");
  }
  const pki::Network v4 = pki::parse_network("192.0.2.0/25").value();
  CHECK(v4.contains(pki::parse_network("192.0.2.127")->address));
  CHECK_FALSE(v4.contains(pki::parse_network("192.0.2.128")->address));
  CHECK_FALSE(v4.contains(pki::parse_network("::1")->address));
}

}  // namespace verifier::testing
