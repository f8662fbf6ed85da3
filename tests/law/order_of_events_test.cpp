// Events that come late, twice, or in an order that is not the calendar's: what stands and what falls is what
// the dates say.

#include <doctest/doctest.h>

#include "law/lifecycle.h"
#include "law/sweep.h"
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

// One of whom an officer reports, who may act for every municipality.
struct MovingHolder : ReportingHolder {
  using ReportingHolder::ReportingHolder;

  EventPlan tell(const EventDraft& draft) {
    return record(draft, support::with_role(registry::Role::officer));
  }
  EventPlan move_to(std::uint32_t municipality, std::optional<pki::Date> on = {}) {
    EventDraft move = about(Event::address_change);
    move.municipality = municipality;
    move.address = municipality == support::kKiyose ? "東京都清瀬市模擬町２番" : "東京都世田谷区模擬町２番";
    move.occurred_on = on;
    return tell(move);
  }
  EventPlan leave(Event event, pki::Date planned, std::optional<Departure::Card> card = {}) {
    EventDraft notice = about(event);
    notice.planned = planned;
    notice.card = card;
    return tell(notice);
  }
  [[nodiscard]] pki::Date today() const { return pki::jst_date(world.clock.now()); }
  void pass_days(int days) {
    world.clock.advance(24h * days);
    REQUIRE(sweep({*world.environment, *world.writer, world.vault},
                  support::with_role(registry::Role::system), world.clock.now())
                .has_value());
  }
};

}  // namespace

TEST_CASE("a card that was not presented lapses when its holder moves on, with or without a notice") {
  for (const bool has_notice : {true, false}) {
    CAPTURE(has_notice);
    AuthorityWorld world;
    MovingHolder holder(world);
    holder.move_to(support::kSetagaya);
    holder.pass_days(10);
    // The move comes five days before the planned one.
    if (has_notice) holder.leave(Event::move_out, pki::add_days(holder.today(), 5));
    CHECK(holder.states() == "affiliationChanged/good");
    holder.move_to(support::kKiyose);
    CHECK(holder.states() == "affiliationChanged/cessationOfOperation");
    CHECK(world.resident(holder.id).card_lapsed_on == holder.today());
  }
}

TEST_CASE("a card that was presented, and one that moves within a city, do not lapse at the next move") {
  AuthorityWorld world;
  MovingHolder presented(world), within(world);
  presented.move_to(support::kSetagaya);
  presented.tell(presented.about(Event::card_present));
  presented.move_to(support::kKiyose);
  CHECK(presented.states() == "affiliationChanged/good");

  within.move_to(support::kSetagaya);
  EventDraft within_city = within.about(Event::address_change);
  within_city.address = "東京都世田谷区模擬町３番";
  within.tell(within_city);
  CHECK(within.states() == "affiliationChanged/good");
}

TEST_CASE("a return from abroad that is reported late lapses the card, whether or not it was announced") {
  for (const bool is_announced : {true, false}) {
    CAPTURE(is_announced);
    AuthorityWorld world;
    MovingHolder holder(world);
    holder.leave(Event::overseas_exit, pki::add_days(holder.today(), 3), Departure::Card::handed_in);
    const auto auth = world.issue(holder.id, CertificateKind::auth, ca::IssueMode::renewal);
    holder.pass_days(60);
    REQUIRE(world.resident(holder.id).residency == Residency::abroad);
    REQUIRE(world.state(auth.id) == "good");
    const pki::Date returned = pki::add_days(holder.today(), -20);
    if (is_announced) {
      EventDraft notice = holder.about(Event::overseas_return);
      notice.occurred_on = returned;
      holder.tell(notice);
    }
    holder.move_to(support::kKiyose, returned);
    CHECK(world.state(auth.id) == "cessationOfOperation");
    CHECK(world.resident(holder.id).card_lapsed_on == pki::add_days(returned, 15));
  }
}

TEST_CASE("a removal by mistake gives back what the resident was, and the clocks go on as if never stopped") {
  for (const Event mistake : {Event::death, Event::deletion}) {
    CAPTURE(to_string(mistake));
    AuthorityWorld world;
    MovingHolder leaving(world), gone(world), unpresented(world);
    leaving.leave(Event::overseas_exit, pki::add_days(leaving.today(), 10));
    gone.leave(Event::move_out, pki::add_days(gone.today(), 1));
    unpresented.move_to(support::kSetagaya);
    unpresented.pass_days(2);
    REQUIRE(world.resident(gone.id).residency == Residency::moved_out);
    for (MovingHolder* holder : {&leaving, &gone, &unpresented}) {
      holder->tell(holder->about(mistake));
      holder->tell(holder->about(Event::correction));
    }
    CHECK(world.resident(leaving.id).residency == Residency::resident);
    CHECK(world.resident(gone.id).residency == Residency::moved_out);
    CHECK(world.issuance->issue(AuthorityWorld::issue_request(gone.id, CertificateKind::auth)).has_error());
    CHECK(world.resident(unpresented.id).move_in.has_value());

    // One is found out later than the clock would have ended.
    leaving.tell(leaving.about(mistake));
    leaving.pass_days(12);
    CHECK(world.resident(leaving.id).residency == Residency::removed);
    leaving.tell(leaving.about(Event::correction));
    CHECK(world.resident(leaving.id).residency == Residency::abroad);
    CHECK(world.resident(leaving.id).card_lapsed_on.has_value());
  }
}

TEST_CASE("what is reported of a former card leaves the certificates on the present one") {
  AuthorityWorld world;
  MovingHolder holder(world);
  holder.pass_days(1);
  const pki::Date before = pki::add_days(holder.today(), -5);
  EventDraft card = holder.about(Event::card_issue);
  card.card_expires = day(2035, 2, 17);
  holder.tell(card);
  holder.pass_days(1);
  holder.sign = world.issue(holder.id, CertificateKind::sign, ca::IssueMode::renewal).id;
  holder.auth = world.issue(holder.id, CertificateKind::auth, ca::IssueMode::renewal).id;
  for (const Event event : {Event::card_return, Event::card_lapse, Event::undelivered}) {
    CAPTURE(to_string(event));
    EventDraft late = holder.about(event);
    late.occurred_on = before;
    if (event == Event::card_lapse) late.cause = "13";
    CHECK(holder.refused(late, support::with_role(registry::Role::officer)).field == "date");
  }
  CHECK(holder.states() == "good/good");
  // Of the day of its issue it may be the present one.
  holder.tell(holder.about(Event::card_return));
  CHECK(holder.states() == "cessationOfOperation/cessationOfOperation");
}

TEST_CASE("the first furigana are furigana-entry's, whichever event carries them") {
  AuthorityWorld world;
  world.clock.set(pki::jst_start_of_day(day(2026, 6, 1)));
  MovingHolder holder(world), foreigner(world, [](registry::Resident& one) { one.is_foreign = true; });
  EventDraft first = holder.about(Event::name_change);
  first.furigana = "モギ　タロウ";
  const pki::Error refusal = holder.refused(first);
  CHECK(refusal.field == "furigana");
  CHECK(refusal.text().find("furigana-entry") != std::string::npos);
  CHECK(holder.states() == "good/good");
  EventDraft with_name = first;
  with_name.name = "別人　太郎";
  holder.tell(with_name);
  CHECK(holder.states() == "affiliationChanged/good");
  first.resident = foreigner.id;
  foreigner.tell(first);
  CHECK(foreigner.states() == "good/good");
}

TEST_CASE("a notice of exit with another day keeps what was said of the card") {
  AuthorityWorld world;
  MovingHolder holder(world);
  holder.leave(Event::overseas_exit, pki::add_days(holder.today(), 5), Departure::Card::handed_in);
  const auto auth = world.issue(holder.id, CertificateKind::auth, ca::IssueMode::renewal);
  holder.leave(Event::overseas_exit, pki::add_days(holder.today(), 7));
  holder.pass_days(60);
  CHECK(world.state(auth.id) == "good");
  CHECK_FALSE(world.resident(holder.id).card_lapsed_on.has_value());
}

TEST_CASE("a corrected date of birth takes an authentication certificate that it would have ended earlier") {
  AuthorityWorld world;
  // Born 1980-02-17.
  MovingHolder older(world), younger(world), changed(world);
  const auto with_birth = [](EventDraft draft, pki::Date birth) {
    draft.birth = birth;
    return draft;
  };
  older.tell(with_birth(older.about(Event::correction), day(1980, 1, 3)));
  CHECK(older.states() == "affiliationChanged/affiliationChanged");
  younger.tell(with_birth(younger.about(Event::correction), day(1980, 3, 3)));
  CHECK(younger.states() == "affiliationChanged/good");
  // A change is no error of the certificate (Act 31).
  changed.tell(with_birth(changed.about(Event::birth_date_change), day(1980, 1, 3)));
  CHECK(changed.states() == "affiliationChanged/good");
  EventDraft name = changed.about(Event::correction);
  name.name = "別人　太郎";
  changed.tell(name);
  CHECK(changed.states() == "affiliationChanged/good");
}

}  // namespace law
