// Whom the window of leaving Japan concerns, and since when; what is on a former card; what a mistake leaves.

#include <doctest/doctest.h>

#include "law/differing.h"
#include "law/event_items.h"
#include "law/sweep.h"
#include "registry/events.h"
#include "tests/law/holder.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using registry::Departure;
using registry::Residency;
using support::AuthorityWorld;
using support::day;
using namespace std::chrono_literals;

struct Traveller : ReportingHolder {
  using ReportingHolder::ReportingHolder;

  EventPlan tell(const EventDraft& draft) {
    return record(draft, support::with_role(registry::Role::officer));
  }
  pki::Error is_refused(const EventDraft& draft) {
    return refused(draft, support::with_role(registry::Role::officer));
  }
  EventPlan leave(pki::Date planned) {
    EventDraft notice = about(Event::overseas_exit);
    notice.planned = planned;
    notice.card = Departure::Card::handed_in;
    return tell(notice);
  }
  [[nodiscard]] EventDraft on(Event event, int days_ago) const {
    EventDraft draft = about(event);
    draft.occurred_on = pki::add_days(today(), -days_ago);
    return draft;
  }
  void renew() {
    sign = world.issue(id, CertificateKind::sign, ca::IssueMode::renewal).id;
    auth = world.issue(id, CertificateKind::auth, ca::IssueMode::renewal).id;
  }
  [[nodiscard]] pki::Date today() const { return pki::jst_date(world.clock.now()); }
  void pass_days(int days) {
    world.clock.advance(24h * days);
    REQUIRE(sweep({*world.environment, *world.writer, world.vault},
                  support::with_role(registry::Role::system), world.clock.now())
                .has_value());
  }
  [[nodiscard]] std::optional<registry::CertifiedEntry> entry() const {
    return registry::find_certificate(world.read(), world.vault, sign).value().entry;
  }
};

const std::function<void(registry::Resident&)> kForeign = [](registry::Resident& one) {
  one.is_foreign = true;
};
constexpr const char* kBothCeased = "cessationOfOperation/cessationOfOperation";

}  // namespace

TEST_CASE("before 27 May 2024 a certificate records the address, whatever notice was given") {
  AuthorityWorld world;
  world.clock.set(pki::jst_start_of_day(day(2023, 6, 1)));
  Traveller holder(world);
  holder.leave(day(2023, 7, 1));
  holder.renew();
  CHECK(holder.entry()->leaves_on == std::nullopt);
  CHECK(holder.entry()->address == "東京都清瀬市模擬町１番");
  holder.tell(holder.about(Event::move_out_cancel));
  CHECK(holder.states() == "good/good");
}

TEST_CASE("what was issued before the window was law falls with the planned date after it") {
  AuthorityWorld world;
  world.clock.set(pki::jst_start_of_day(day(2024, 5, 20)));
  Traveller holder(world);
  holder.leave(day(2024, 5, 30));
  holder.renew();
  holder.pass_days(10);
  CHECK(holder.states() == "cessationOfOperation/good");
  holder.pass_days(31);
  CHECK(holder.states() == kBothCeased);
}

TEST_CASE("a foreign resident who leaves Japan has no window: the record and the card end") {
  AuthorityWorld world;
  Traveller holder(world, kForeign);
  holder.leave(pki::add_days(holder.today(), 10));
  holder.renew();
  CHECK(holder.entry()->leaves_on == std::nullopt);
  holder.pass_days(9);
  CHECK(holder.states() == "good/good");
  holder.pass_days(1);
  CHECK(holder.states() == kBothCeased);
  CHECK(world.resident(holder.id).residency == Residency::moved_out);
  const auto events = registry::events_of(world.read(), world.vault, holder.id);
  CHECK(events.back().consequences.front().article == "My Number Order 14(iv), Ordinance 53, Act 30, 34(1)");
  CHECK(world.issuance->issue(AuthorityWorld::issue_request(holder.id, CertificateKind::auth)).has_error());
  // Whoever comes back moves in.
  EventDraft move = holder.about(Event::address_change);
  move.address = "東京都清瀬市模擬町２番";
  holder.tell(move);
  CHECK(world.resident(holder.id).residency == Residency::resident);
}

TEST_CASE("nobody is entered with what the register does not have") {
  registry::Resident one;
  one.residency = Residency::abroad;
  one.left_japan = day(2026, 11, 1);
  CHECK(check_entry(one, day(2026, 11, 23)).has_value());
  CHECK(check_entry(one, day(2024, 5, 26)).has_error());
  one.is_foreign = true;
  CHECK(check_entry(one, day(2026, 11, 23)).error().article == "Act 3-2");
  one.is_foreign = false;
  one.left_japan = day(2026, 11, 24);
  CHECK(check_entry(one, day(2026, 11, 23)).error().field == "abroad");
  registry::Resident with_furigana, with_former_name;
  with_furigana.furigana = "モギ";
  CHECK(check_entry(with_furigana, day(2026, 5, 25)).error().field == "furigana");
  CHECK(check_entry(with_furigana, day(2026, 5, 26)).has_value());
  with_former_name.former_name = "旧氏";
  CHECK(check_entry(with_former_name, day(2019, 11, 4)).error().field == "former_name");
}

TEST_CASE("the registered domicile of someone abroad moves without taking a certificate") {
  AuthorityWorld world;
  Traveller holder(world);
  holder.leave(pki::add_days(holder.today(), 20));
  holder.pass_days(10);
  holder.renew();
  // Before the day the certificate says that of a resident of the municipality.
  holder.pass_days(30);
  REQUIRE(world.resident(holder.id).residency == Residency::abroad);
  EventDraft moved = holder.about(Event::correction);
  moved.municipality = support::kSapporoChuo;
  CHECK(holder.tell(moved).record.consequences.empty());
  CHECK(world.resident(holder.id).municipality == support::kSapporoChuo);
  CHECK(holder.states() == "good/good");
  CHECK(differences_of(world.read(), world.vault, world.resident(holder.id), world.clock.now()).empty());
  // What is recorded goes on counting.
  moved = holder.about(Event::correction);
  moved.name = "別人　花子";
  holder.tell(moved);
  CHECK(holder.states() == "affiliationChanged/good");
}

TEST_CASE("a municipality that was corrected before the day of leaving was that of residence") {
  AuthorityWorld world;
  Traveller holder(world);
  holder.leave(pki::add_days(holder.today(), 20));
  holder.pass_days(10);
  holder.renew();
  const auto certificate = registry::find_certificate(world.read(), world.vault, holder.sign).value();
  EventDraft corrected = holder.about(Event::correction);
  corrected.municipality = support::kSetagaya;
  holder.tell(corrected);
  CHECK(holder.states() == "affiliationChanged/good");
  // An issue that is recorded after the day is judged by what was corrected before it.
  holder.pass_days(30);
  REQUIRE(world.resident(holder.id).residency == Residency::abroad);
  CHECK(differing_items(certificate, world.resident(holder.id),
                        registry::events_of(world.read(), world.vault, holder.id)) ==
        std::vector{registry::EventField::municipality});
}

TEST_CASE("no certificate is issued to a foreign resident whom an earlier version has abroad") {
  AuthorityWorld world;
  const auto id = world.add_resident([](registry::Resident& one) {
    one.is_foreign = true;
    one.residency = Residency::abroad;
    one.left_japan = day(2026, 11, 1);
    one.address.clear();
  });
  const auto issued = world.issuance->issue(AuthorityWorld::issue_request(id, CertificateKind::auth));
  REQUIRE(issued.has_error());
  CHECK(issued.error().article == "Act 22-2");
}

TEST_CASE("the fourteen days of a return are not prolonged, and end when it was a mistake") {
  AuthorityWorld world;
  Traveller holder(world), mistaken(world);
  for (Traveller* one : {&holder, &mistaken}) {
    one->leave(pki::add_days(one->today(), 1));
    one->renew();
  }
  holder.pass_days(60);
  holder.tell(holder.on(Event::overseas_return, 0));
  mistaken.tell(mistaken.on(Event::overseas_return, 0));
  holder.pass_days(13);
  CHECK(holder.is_refused(holder.on(Event::overseas_return, 0)).article == "My Number Order 14(vii)");
  mistaken.tell(mistaken.about(Event::move_out_cancel));
  CHECK(world.resident(mistaken.id).residency == Residency::abroad);
  holder.pass_days(2);
  CHECK(holder.states() == kBothCeased);
  CHECK(mistaken.states() == "good/good");
  // An earlier day is a correction that shortens them.
  mistaken.tell(mistaken.on(Event::overseas_return, 2));
  mistaken.tell(mistaken.on(Event::overseas_return, 14));
  mistaken.pass_days(1);
  CHECK(mistaken.states() == kBothCeased);
}

TEST_CASE("what is reported of a former card takes the certificates that are on it") {
  for (const Event event : {Event::card_return, Event::card_lapse, Event::undelivered}) {
    CAPTURE(to_string(event));
    AuthorityWorld world;
    Traveller holder(world);
    holder.pass_days(5);
    EventDraft card = holder.about(Event::card_issue);
    card.card_expires = day(2035, 2, 17);
    holder.tell(card);
    holder.pass_days(1);
    // The signing certificate is on the new card, the other one still on the one before.
    holder.sign = world.issue(holder.id, CertificateKind::sign, ca::IssueMode::renewal).id;
    EventDraft late = holder.on(event, 3);
    if (event == Event::card_lapse) late.cause = "13";
    const EventPlan plan = holder.tell(late);
    REQUIRE(plan.record.consequences.size() == 1);
    CHECK(plan.record.consequences[0].certificate == holder.auth);
    CHECK(world.state(holder.sign) == "good");
    CHECK_FALSE(world.resident(holder.id).card_lapsed_on.has_value());
    // Nothing is left on the former card.
    CHECK(holder.is_refused(late).field == "date");
  }
}

TEST_CASE("an event of a feed that changed nothing changes nothing when the feed is sent again") {
  AuthorityWorld world;
  Traveller holder(world);
  EventDraft first = holder.about(Event::address_change), second = first;
  first.address = "東京都清瀬市模擬町１番";
  first.event_id = "k-1";
  second.address = "東京都清瀬市模擬町２番";
  second.event_id = "k-2";
  const EventPlan plan = holder.tell(first);
  CHECK(plan.record.consequences.empty());
  CHECK(holder.states() == "good/good");
  holder.tell(second);
  holder.sign = world.issue(holder.id, CertificateKind::sign).id;
  CHECK(holder.tell(first).repeated);
  CHECK(holder.tell(second).repeated);
  CHECK(world.resident(holder.id).address == "東京都清瀬市模擬町２番");
  CHECK(holder.states() == "good/good");
  // A feed with numbers is kept in order by them.
  EventDraft numbered = second;
  numbered.event_id = "k-3";
  numbered.feed_sequence = 1;
  CHECK(holder.is_refused(numbered).code == pki::Errc::refused_by_law);
}

TEST_CASE("what found nothing to end when a feed came first ends nothing when it is sent again") {
  AuthorityWorld world;
  Traveller holder(world);
  EventDraft release = holder.about(Event::release), cancel = holder.about(Event::move_out_cancel);
  release.event_id = "r-1";
  cancel.event_id = "c-1";
  holder.record(release);
  holder.record(cancel);
  holder.record(holder.about(Event::hold));
  holder.leave(pki::add_days(holder.today(), 10));
  CHECK(holder.record(release).repeated);
  CHECK(holder.record(cancel).repeated);
  CHECK(holder.states() == "certificateHold/certificateHold");
  CHECK(world.resident(holder.id).departure.has_value());
}

TEST_CASE("the window ends with the day of leaving that the notice gives, also one that is given again") {
  AuthorityWorld world;
  Traveller holder(world);
  holder.leave(pki::add_days(holder.today(), 27));
  holder.pass_days(17);
  holder.renew();
  holder.pass_days(2);
  holder.leave(pki::add_days(holder.today(), -7));
  CHECK(holder.states().starts_with("affiliationChanged/"));
  holder.pass_days(31);
  CHECK(world.state(holder.auth) == "cessationOfOperation");
}

TEST_CASE("an end that the card gave is no sign of a renewal") {
  AuthorityWorld world;
  Traveller ended_by_card(world, [](registry::Resident& one) {
    one.birth = day(1980, 12, 20);
    one.card_expires = day(2030, 12, 15);
  });
  EventDraft correction = ended_by_card.about(Event::correction);
  correction.birth = day(1980, 12, 5);
  ended_by_card.tell(correction);
  CHECK(ended_by_card.states() == "affiliationChanged/affiliationChanged");
}

}  // namespace law
