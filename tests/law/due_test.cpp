// The clocks of Act 12 and 31 and of My-Number Order 14: what falls when nobody reports anything, to the
// second.

#include "law/due.h"

#include <doctest/doctest.h>

#include "law/sweep.h"
#include "registry/actor.h"
#include "registry/events.h"
#include "tests/law/holder.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using registry::Residency;
using support::AuthorityWorld;
using support::day;
using namespace std::chrono_literals;

const char* const kCessation = "cessationOfOperation";

// One who leaves and comes, told of by an officer.
struct LeavingHolder : Holder {
  using Holder::Holder;

  EventPlan record(const EventDraft& request) {
    auto plan = world.event(request, support::with_role(registry::Role::officer));
    INFO((plan ? std::string() : plan.error().text()));
    REQUIRE(plan.has_value());
    return *plan;
  }
  EventPlan leave(Event event, pki::Date planned,
                  registry::Departure::Card card = registry::Departure::Card::kept) {
    EventDraft request = about(event);
    request.planned = planned;
    if (event == Event::overseas_exit) request.card = card;
    return record(request);
  }
  EventPlan move_in(std::uint32_t municipality, std::optional<pki::Date> on = {}) {
    EventDraft request = about(Event::address_change);
    request.address = "東京都世田谷区模擬町２番";
    request.municipality = municipality;
    request.occurred_on = on;
    return record(request);
  }
  [[nodiscard]] registry::Resident resident() const { return world.resident(id); }
  [[nodiscard]] std::vector<registry::EventRecord> events() const {
    return registry::events_of(world.read(), world.vault, id);
  }
};

SweepReport sweep(AuthorityWorld& world) {
  auto report = law::sweep({*world.environment, *world.writer, world.vault},
                           support::with_role(registry::Role::system), world.clock.now());
  INFO((report ? std::string() : report.error().text()));
  REQUIRE(report.has_value());
  // What was swept is due no more.
  const auto before = world.dump();
  CHECK(law::sweep({*world.environment, *world.writer, world.vault},
                   support::with_role(registry::Role::system), world.clock.now())
            ->event_count == 0);
  CHECK(world.dump() == before);
  return *report;
}

// The last second of a day in Japan, and the first of the next.
void to_end_of(AuthorityWorld& world, pki::Date date) {
  world.clock.set(pki::jst_end_of_day(date));
}
void to_start_of(AuthorityWorld& world, pki::Date date) {
  world.clock.set(pki::jst_start_of_day(date));
}

}  // namespace

TEST_CASE("a record that does not open holds up its own clocks alone, and is tried again after an hour") {
  AuthorityWorld world;
  LeavingHolder first(world), second(world);
  first.leave(Event::move_out, day(2026, 12, 1));
  second.leave(Event::move_out, day(2026, 12, 1));
  // What is sealed for somebody else does not open.
  const store::Key key = store::Key().u64(first.id.value), other = store::Key().u64(second.id.value);
  const pki::Bytes whole = pki::to_bytes(world.read().get(registry::tables::residents, key).value());
  const pki::Bytes wrong = pki::to_bytes(world.read().get(registry::tables::residents, other).value());
  world.write([&](store::WriteTransaction& transaction) {
    transaction.put(registry::tables::residents, key, wrong);
  });
  to_start_of(world, day(2026, 12, 1));
  CHECK(preview_sweep(world.read(), world.vault, world.clock.now()).unreadable == 1);
  const SweepReport report = sweep(world);
  CHECK(report.unreadable == 1);
  CHECK(second.states() == std::string(kCessation) + "/good");
  CHECK(report.next == world.clock.now() + 1h);

  world.write([&](store::WriteTransaction& transaction) {
    transaction.put(registry::tables::residents, key, whole);
  });
  world.clock.advance(1h);
  CHECK(sweep(world).unreadable == 0);
  CHECK(first.states() == std::string(kCessation) + "/good");
}

TEST_CASE("a move-out takes the signing certificate on the planned date, the other after thirty days") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  const EventPlan plan = holder.leave(Event::move_out, day(2026, 12, 1));
  CHECK(plan.record.consequences.empty());
  CHECK(plan.following.empty());
  // Both falls are foretold with their days.
  REQUIRE(plan.upcoming_events.size() == 3);
  CHECK(plan.upcoming_events[0].at == pki::jst_start_of_day(day(2026, 12, 1)));
  CHECK(plan.upcoming_events[0].event.consequences.at(0).certificate == holder.sign);
  CHECK(plan.upcoming_events[1].at == pki::jst_start_of_day(day(2027, 1, 1)));
  CHECK(plan.upcoming_events[1].event.consequences.at(0).certificate == holder.auth);

  to_end_of(world, day(2026, 11, 30));
  CHECK(sweep(world).event_count == 0);
  CHECK(holder.states() == "good/good");
  to_start_of(world, day(2026, 12, 1));
  const SweepReport first = sweep(world);
  CHECK(first.residents == 1);
  CHECK(first.next == pki::jst_start_of_day(day(2027, 1, 1)));
  CHECK(holder.states() == std::string(kCessation) + "/good");
  CHECK(world.status(holder.sign)->revocation->date == world.clock.now());
  CHECK(holder.resident().residency == Residency::moved_out);

  // Thirty days after 1 December are over with the 31st.
  to_end_of(world, day(2026, 12, 31));
  CHECK(sweep(world).event_count == 0);
  to_start_of(world, day(2027, 1, 1));
  CHECK(sweep(world).event_count == 2);
  CHECK(holder.states() == std::string(kCessation) + "/" + kCessation);
  const auto events = holder.events();
  REQUIRE(events.size() == 4);
  CHECK(events[1].consequences.at(0).article.find("Act 12(1)(ii)") != std::string::npos);
  CHECK(events[1].actor.role == registry::Role::system);
  CHECK(events[2].event == Event::move_out);
  CHECK(events[2].occurred_on == day(2027, 1, 1));
  CHECK(events[2].consequences.at(0).article.find("Act 31(1)(ii)") != std::string::npos);
  // The card is gone as well: My-Number Order 14(ii).
  CHECK(events[3].event == Event::card_lapse);
  CHECK(holder.resident().card_lapsed_on == day(2027, 1, 1));
  CHECK(world.read().count(registry::tables::due) == 0);
}

TEST_CASE("a move-in ends the thirty days and starts the ninety of the card") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  holder.leave(Event::move_out, day(2026, 12, 1));
  to_end_of(world, day(2026, 12, 31));
  sweep(world);
  holder.move_in(support::kSetagaya, day(2026, 12, 28));
  CHECK(holder.states() == std::string(kCessation) + "/good");
  CHECK(holder.resident().residency == Residency::resident);
  to_start_of(world, day(2027, 1, 1));
  CHECK(sweep(world).event_count == 0);
  // Ninety days after 31 December are over with 31 March.
  to_end_of(world, day(2027, 3, 31));
  CHECK(sweep(world).event_count == 0);
  CHECK(world.state(holder.auth) == "good");
  to_start_of(world, day(2027, 4, 1));
  sweep(world);
  CHECK(world.state(holder.auth) == kCessation);
  const auto events = holder.events();
  CHECK(events.back().event == Event::card_lapse);
  CHECK(events.back().consequences.at(0).article.find("My Number Order 14(iii)") != std::string::npos);
}

TEST_CASE("presenting the card, or a new one, stops the ninety days; both would have been revoked") {
  for (const Event event : {Event::card_present, Event::card_issue}) {
    AuthorityWorld world;
    LeavingHolder holder(world);
    holder.move_in(support::kSetagaya);
    const auto sign = world.issue(holder.id, CertificateKind::sign).id;
    CHECK(
        preview_sweep(world.read(), world.vault, pki::jst_start_of_day(day(2027, 2, 22))).certificate_count ==
        2);
    EventDraft request = holder.about(event);
    if (event == Event::card_issue) request.card_expires = day(2036, 2, 17);
    holder.record(request);
    to_start_of(world, day(2028, 1, 1));
    CHECK(sweep(world).event_count == 0);
    CHECK(world.state(sign) == "good");
    CHECK(world.state(holder.auth) == "good");
  }
}

TEST_CASE("a move within the municipality, or between wards of a city, starts no clock") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  EventDraft request = holder.about(Event::address_change);
  request.address = "東京都清瀬市元町一丁目１番";
  holder.record(request);
  CHECK_FALSE(holder.resident().move_in.has_value());
  CHECK(world.read().count(registry::tables::due) == 0);
  CHECK(holder.states() == "affiliationChanged/good");
}

TEST_CASE("a resident who moves out again before presenting the card loses it on the planned date") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  holder.move_in(support::kSetagaya);
  holder.leave(Event::move_out, day(2026, 12, 10));
  to_start_of(world, day(2026, 12, 10));
  sweep(world);
  CHECK(world.state(holder.auth) == kCessation);
  CHECK(holder.events().back().consequences.at(0).article.find("14(iii)") != std::string::npos);
}

TEST_CASE("a move-in reported more than fourteen days late lapses the card; reported in time it does not") {
  for (const auto& [told_on, state] :
       {std::pair{day(2026, 12, 16), "good"}, std::pair{day(2026, 12, 17), kCessation}}) {
    AuthorityWorld world;
    LeavingHolder holder(world);
    holder.leave(Event::move_out, day(2026, 12, 1));
    to_end_of(world, told_on);
    const EventPlan plan = holder.move_in(support::kSetagaya, day(2026, 12, 2));
    CHECK(world.state(holder.auth) == state);
    CHECK(plan.following.empty() == (std::string_view(state) == "good"));
    CHECK(holder.resident().residency == Residency::resident);
  }
}

TEST_CASE("a notice that is withdrawn in time takes nothing") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  holder.leave(Event::move_out, day(2026, 12, 1));
  holder.record(holder.about(Event::move_out_cancel));
  to_start_of(world, day(2027, 6, 1));
  CHECK(sweep(world).event_count == 0);
  CHECK(holder.states() == "good/good");
  // Withdrawn late, it ends the thirty days; what has fallen does not come back.
  holder.leave(Event::move_out, day(2027, 6, 10));
  to_start_of(world, day(2027, 6, 20));
  sweep(world);
  holder.record(holder.about(Event::move_out_cancel));
  CHECK(holder.states() == std::string(kCessation) + "/good");
  CHECK(holder.resident().residency == Residency::resident);
  to_start_of(world, day(2027, 9, 1));
  CHECK(sweep(world).event_count == 0);
  // A second withdrawal finds nothing.
  const auto again = world.event(holder.about(Event::move_out_cancel));
  REQUIRE(again.has_error());
  CHECK(again.error().code == pki::Errc::refused_by_law);
}

TEST_CASE("a planned date that is over when the notice is recorded has its consequences at once") {
  AuthorityWorld world;
  LeavingHolder late(world), later(world);
  const EventPlan plan = late.leave(Event::move_out, day(2026, 11, 20));
  CHECK(late.states() == std::string(kCessation) + "/good");
  CHECK(plan.following.size() == 1);
  later.leave(Event::move_out, day(2026, 10, 1));
  CHECK(later.states() == std::string(kCessation) + "/" + kCessation);
}

TEST_CASE("what is due is drawn before the next event, whether anybody swept or not") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  holder.leave(Event::move_out, day(2026, 12, 1));
  to_start_of(world, day(2027, 1, 1));
  // The thirty days are over: this move-in comes too late for the authentication certificate.
  const EventPlan plan = holder.move_in(support::kSetagaya);
  CHECK(plan.earlier.size() == 3);
  CHECK(holder.states() == std::string(kCessation) + "/" + kCessation);
  CHECK(holder.resident().residency == Residency::resident);
  const auto events = holder.events();
  for (std::size_t i = 0; i < events.size(); ++i)
    CHECK(events[i].sequence == i + 1);
  CHECK(holder.resident().version == events.size());
}

TEST_CASE("leaving Japan with the card handed in: the window, the planned date, the thirty days") {
  AuthorityWorld world;
  LeavingHolder holder(world), renewed(world);
  for (LeavingHolder* one : {&holder, &renewed})
    one->leave(Event::overseas_exit, day(2026, 12, 1), registry::Departure::Card::handed_in);
  // In the same second as the notice, and yet after it.
  const auto auth = world.issue(renewed.id, CertificateKind::auth, ca::IssueMode::renewal).id;
  const auto sign = world.issue(renewed.id, CertificateKind::sign, ca::IssueMode::renewal).id;
  to_start_of(world, day(2026, 12, 1));
  sweep(world);
  CHECK(holder.states() == std::string(kCessation) + "/good");
  CHECK(world.state(sign) == "good");
  CHECK(world.state(auth) == "good");
  const auto resident = holder.resident();
  CHECK(resident.residency == Residency::abroad);
  CHECK(resident.left_japan == day(2026, 12, 1));
  CHECK(resident.address.empty());
  to_start_of(world, day(2027, 1, 1));
  sweep(world);
  CHECK(holder.states() == std::string(kCessation) + "/" + kCessation);
  CHECK_FALSE(holder.resident().card_lapsed_on.has_value());
  CHECK(world.state(sign) == "good");
  CHECK(world.state(auth) == "good");
}

TEST_CASE("leaving Japan with the card: it lapses on the planned date and takes everything on it") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  holder.leave(Event::overseas_exit, day(2026, 12, 1));
  const auto auth = world.issue(holder.id, CertificateKind::auth, ca::IssueMode::renewal).id;
  to_start_of(world, day(2026, 12, 1));
  sweep(world);
  CHECK(world.state(holder.sign) == kCessation);
  CHECK(world.state(auth) == kCessation);
  CHECK(holder.events().back().consequences.at(0).article.find("My Number Order 14(i)") != std::string::npos);
}

TEST_CASE("before 27 May 2024 leaving Japan took both certificates on the planned date") {
  registry::Resident resident;
  resident.id = registry::make_resident_id(1'000'000'500);
  resident.departure = {.destination = registry::Departure::Destination::abroad,
                        .planned = day(2024, 5, 26),
                        .card = registry::Departure::Card::handed_in,
                        .certificates = {}};
  ResidentState story{.resident = resident, .certificates = {}, .events = {}};
  for (const auto kind : {CertificateKind::sign, CertificateKind::auth}) {
    Candidate candidate;
    candidate.id.serial.value = static_cast<std::uint64_t>(kind);
    candidate.status.kind = kind;
    story.certificates.push_back(candidate);
  }
  ResidentState after = story;
  after.resident.departure->planned = day(2024, 5, 27);
  apply_due_clocks(story, pki::jst_start_of_day(day(2024, 5, 26)));
  CHECK(story.certificates.empty());
  // From the 27th on the certificates of the window stay: these two were issued since the notice.
  apply_due_clocks(after, pki::jst_start_of_day(day(2024, 6, 30)));
  CHECK(after.certificates.size() == 2);
}

TEST_CASE("back in Japan: fourteen days to move in, then ninety to present the card") {
  AuthorityWorld world;
  const auto abroad = [](registry::Resident& resident) {
    resident.residency = Residency::abroad;
    resident.left_japan = day(2025, 1, 1);
    resident.address.clear();
  };
  LeavingHolder lost(world, abroad), back(world, abroad);
  for (LeavingHolder* one : {&lost, &back})
    one->record(one->about(Event::overseas_return));
  to_end_of(world, day(2026, 12, 7));
  CHECK(sweep(world).event_count == 0);
  back.move_in(support::kSetagaya);
  CHECK(back.states() == "affiliationChanged/good");
  to_start_of(world, day(2026, 12, 8));
  sweep(world);
  CHECK(lost.states() == std::string(kCessation) + "/" + kCessation);
  CHECK(lost.events().back().consequences.at(0).article.find("14(vii)") != std::string::npos);
  CHECK(back.states() == "affiliationChanged/good");
  to_start_of(world, day(2027, 3, 8));
  sweep(world);
  CHECK(world.state(back.auth) == kCessation);
  CHECK(back.events().back().consequences.at(0).article.find("14(viii)") != std::string::npos);
}

TEST_CASE("the deletion of the record abroad revokes both, and concerns no resident of Japan") {
  AuthorityWorld world;
  LeavingHolder holder(world, [](registry::Resident& resident) {
    resident.residency = Residency::abroad;
    resident.left_japan = day(2025, 1, 1);
    resident.address.clear();
  });
  holder.record(holder.about(Event::overseas_record_deletion));
  CHECK(holder.states() == std::string(kCessation) + "/" + kCessation);
  CHECK(holder.resident().residency == Residency::removed);
  LeavingHolder at_home(world);
  for (const Event event : {Event::overseas_record_deletion, Event::overseas_return}) {
    const auto refused = world.event(at_home.about(event));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == pki::Errc::refused_by_law);
  }
}

TEST_CASE("a card that ends before its certificates lapses on its last day") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  EventDraft request = holder.about(Event::card_issue);
  request.card_expires = day(2027, 5, 5);
  holder.record(request);
  to_end_of(world, day(2027, 5, 5));
  CHECK(sweep(world).event_count == 0);
  to_start_of(world, day(2027, 5, 6));
  sweep(world);
  CHECK(holder.states() == std::string(kCessation) + "/" + kCessation);
}

TEST_CASE("death ends every clock, and a correction brings back the resident but no certificate") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  holder.leave(Event::move_out, day(2026, 12, 1));
  holder.record(holder.about(Event::death));
  CHECK(world.read().count(registry::tables::due) == 0);
  holder.record(holder.about(Event::correction));
  CHECK(holder.resident().residency == Residency::resident);
  CHECK(holder.states() == std::string(kCessation) + "/" + kCessation);
  EventDraft birth = holder.about(Event::correction);
  birth.birth = day(1980, 2, 18);
  holder.record(birth);
  CHECK(holder.resident().birth == day(1980, 2, 18));
  // A correction that says nothing about somebody in the register is a mistake.
  CHECK(world.event(holder.about(Event::correction)).has_error());
}

TEST_CASE("after death no date of birth can be corrected to a later day") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  holder.record(holder.about(Event::death));
  EventDraft birth = holder.about(Event::correction);
  birth.birth = day(2026, 11, 23);
  holder.record(birth);
  world.clock.advance(std::chrono::hours{48});
  birth.birth = day(2026, 11, 24);
  const auto refused = world.event(birth);
  REQUIRE(refused.has_error());
  CHECK(refused.error().field == "birth");
}

TEST_CASE("a notice needs its planned date, which is the one date that may lie in the future") {
  AuthorityWorld world;
  LeavingHolder holder(world);
  for (const Event event : {Event::move_out, Event::overseas_exit}) {
    CHECK(world.event(holder.about(event)).error().field == "planned");
    EventDraft request = holder.about(event);
    request.planned = day(1970, 1, 1);
    CHECK(world.event(request).error().field == "planned");
    request.planned = day(2026, 12, 1);
    request.occurred_on = day(2026, 11, 24);
    CHECK(world.event(request).error().field == "date");
  }
  EventDraft request = holder.about(Event::card_issue);
  CHECK(world.event(request).error().field == "card_expires");
  request.card_expires = day(2026, 11, 22);
  CHECK(world.event(request).error().field == "card_expires");
  // The card belongs to an exit alone.
  request = holder.about(Event::move_out);
  request.planned = day(2026, 12, 1);
  request.card = registry::Departure::Card::handed_in;
  CHECK(world.event(request).error().field == "card_handed_in");
}

TEST_CASE("a sweep catches up after any downtime, in the order of the moments, and says what it did") {
  AuthorityWorld world;
  std::vector<LeavingHolder> holders;
  holders.reserve(3);
  for (int i = 0; i < 3; ++i)
    holders.emplace_back(world).leave(Event::move_out, day(2026, 12, 1 + static_cast<unsigned>(i)));
  to_start_of(world, day(2029, 1, 1));
  const SweepReport foreseen = preview_sweep(world.read(), world.vault, world.clock.now());
  const SweepReport done = sweep(world);
  CHECK(done.residents == 3);
  CHECK(done.certificate_count == 6);
  CHECK(done.event_count == foreseen.event_count);
  CHECK(foreseen.residents == 3);
  CHECK_FALSE(done.next.has_value());
  for (const LeavingHolder& holder : holders)
    CHECK(holder.states() == std::string(kCessation) + "/" + kCessation);
}

}  // namespace law
