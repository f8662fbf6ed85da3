// Act 13: a certificate that records something else than the register says falls, one that agrees stands.

#include "law/differing.h"

#include <doctest/doctest.h>

#include "registry/actor.h"
#include "registry/events.h"
#include "tests/law/holder.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using List = std::vector<EventField>;

using pki::CertificateKind;
using support::AuthorityWorld;
using support::day;
using support::with_role;

constexpr const char* kFallen = "affiliationChanged/good";
constexpr const char* kStanding = "good/good";

// One whose entry is corrected by an officer.
struct CorrectedHolder : Holder {
  using Holder::Holder;

  EventPlan record(const EventDraft& request) {
    auto plan = world.event(request, with_role(registry::Role::officer));
    INFO((plan ? std::string() : plan.error().text()));
    REQUIRE(plan.has_value());
    return *plan;
  }
  EventPlan record(Event event, const std::function<void(EventDraft&)>& change) {
    EventDraft request = about(event);
    change(request);
    return record(request);
  }
  EventPlan correct(const std::function<void(EventDraft&)>& change) {
    return record(Event::correction, change);
  }
  EventPlan leave_japan(pki::Date planned) {
    return record(Event::overseas_exit, [&](EventDraft& r) {
      r.planned = planned;
      r.card = registry::Departure::Card::handed_in;
    });
  }
  void reissue() { sign = world.issue(id, CertificateKind::sign).id; }
  [[nodiscard]] List differs_in() const {
    List items;
    for (const Difference& difference :
         differences_of(world.read(), world.vault, world.resident(id), world.clock.now()))
      items.insert(items.end(), difference.items.begin(), difference.items.end());
    return items;
  }
};

const std::function<void(registry::Resident&)> kWithEveryItem = [](registry::Resident& resident) {
  resident.furigana = "モギ　タロウ";
  resident.former_name = "旧氏";
  resident.alias = "通称";
  resident.card_expires = day(2036, 2, 17);
};

}  // namespace

TEST_CASE("a correction of an item that a signing certificate records revokes it, and gives the article") {
  AuthorityWorld world;
  const std::pair<const char*, std::function<void(EventDraft&)>> corrections[] = {
      {"name", [](EventDraft& r) { r.name = "別人　花子"; }},
      {"birth", [](EventDraft& r) { r.birth = day(1990, 2, 18); }},
      {"sex", [](EventDraft& r) { r.sex = registry::Sex::female; }},
      {"address", [](EventDraft& r) { r.address = "東京都清瀬市元町９番"; }},
      {"municipality", [](EventDraft& r) { r.municipality = support::kSetagaya; }},
      {"furigana", [](EventDraft& r) { r.furigana = "ベツジン　ハナコ"; }},
      {"former name", [](EventDraft& r) { r.former_name = "別氏"; }},
      {"no alias", [](EventDraft& r) { r.alias = ""; }}};
  for (const auto& [item, change] : corrections) {
    CAPTURE(item);
    CorrectedHolder holder(world, kWithEveryItem);
    const EventPlan plan = holder.correct(change);
    CHECK(holder.states() == kFallen);
    REQUIRE(plan.record.consequences.size() == 1);
    CHECK(plan.record.consequences[0].article == "Act 13, 15(1)(2)");
    CHECK(holder.differs_in().empty());
  }
}

TEST_CASE("a certificate of a wrong entry is revoked with its correction, and the old one stays revoked") {
  AuthorityWorld world;
  CorrectedHolder holder(world);
  const auto first = holder.sign;
  holder.record(Event::name_change, [](EventDraft& r) { r.name = "別人　太郎"; });
  holder.reissue();
  CHECK(holder.states() == kStanding);
  holder.correct([](EventDraft& r) { r.name = "模擬　太郎"; });
  CHECK(holder.states() == kFallen);
  CHECK(world.state(first) == "affiliationChanged");
  holder.reissue();
  CHECK(holder.states() == kStanding);
}

TEST_CASE("a correction that agrees with the certificate leaves it standing") {
  AuthorityWorld world;
  CorrectedHolder holder(world, kWithEveryItem);
  holder.correct([](EventDraft& r) { r.card_expires = day(2035, 2, 17); });
  // The same name in another width and in another form of its characters: Ordinance 20(i), (ii).
  holder.correct([](EventDraft& r) { r.name = "模擬 太郎"; });
  holder.correct([](EventDraft& r) { r.former_name = "舊氏"; });
  holder.correct([](EventDraft& r) { r.birth = day(1980, 2, 17); });
  CHECK(holder.states() == kStanding);
}

TEST_CASE("a held certificate that differs is revoked with the date of the hold") {
  AuthorityWorld world;
  CorrectedHolder holder(world);
  const pki::Time held_at = world.clock.now();
  holder.record(holder.about(Event::hold));
  world.clock.advance(std::chrono::hours{5});
  holder.correct([](EventDraft& r) { r.name = "別人　花子"; });
  CHECK(holder.states() == "affiliationChanged/certificateHold");
  CHECK(world.status(holder.sign)->revocation ==
        registry::Revocation{held_at, pki::CrlReason::affiliation_changed});
}

TEST_CASE("what minor corrections made of an item since the issue is the same item") {
  AuthorityWorld world;
  CorrectedHolder holder(world, kWithEveryItem);
  const auto rename_building = [&](const char* address) {
    holder.record(Event::minor_correction, [&](EventDraft& r) {
      r.correction = "building-name";
      r.address = address;
    });
  };
  rename_building("東京都清瀬市模擬町１番　新館");
  holder.correct([](EventDraft& r) { r.card_expires = day(2035, 2, 17); });
  CHECK(holder.states() == kStanding);
  // The building's name was right before: the certificate says so.
  holder.correct([](EventDraft& r) { r.address = "東京都清瀬市模擬町１番"; });
  CHECK(holder.states() == kStanding);
  rename_building("東京都清瀬市模擬町１番　別館");
  holder.correct([](EventDraft& r) { r.address = "東京都清瀬市模擬町１番　本館"; });
  CHECK(holder.states() == kFallen);
}

TEST_CASE("a minor correction after a correction that went by an old program does not hide the difference") {
  AuthorityWorld world;
  CorrectedHolder holder(world);
  // As versions before this comparison left it.
  world.write([&](store::WriteTransaction& transaction) {
    auto resident = world.resident(holder.id);
    resident.address = "東京都清瀬市元町９番";
    resident.version += 1;
    registry::EventRecord event{.resident = holder.id,
                                .sequence = resident.version,
                                .event = Event::correction,
                                .occurred_on = day(2026, 11, 23),
                                .recorded_at = world.clock.now(),
                                .actor = with_role(registry::Role::officer),
                                .event_id = {},
                                .items = {{EventField::address, resident.address}},
                                .consequences = {}};
    registry::put_event(transaction, world.vault, event);
    registry::put_resident(transaction, world.vault, resident);
  });
  CHECK(holder.differs_in() == List{EventField::address});
  holder.record(Event::minor_correction, [](EventDraft& r) {
    r.correction = "building-name";
    r.address = "東京都清瀬市元町９番　新館";
  });
  CHECK(holder.differs_in() == List{EventField::address});
  holder.correct([](EventDraft& r) { r.furigana = "モギ　タロウ"; });
  CHECK(holder.states() == kFallen);
}

TEST_CASE("furigana count where a certificate says them: since 2026-05-26, once entered, of citizens") {
  AuthorityWorld world;
  CorrectedHolder without(world), foreign(world, [](registry::Resident& resident) {
    kWithEveryItem(resident);
    resident.is_foreign = true;
  });
  without.record(Event::furigana_entry, [](EventDraft& r) { r.furigana = "モギ　タロウ"; });
  without.correct([](EventDraft& r) { r.furigana = "モギ　ジロウ"; });
  CHECK(without.states() == kStanding);
  foreign.correct([](EventDraft& r) { r.furigana = "モギ　ジロウ"; });
  CHECK(foreign.states() == kStanding);

  AuthorityWorld earlier;
  earlier.clock.set(pki::jst_start_of_day(day(2026, 5, 25)));
  CorrectedHolder holder(earlier, kWithEveryItem);
  earlier.clock.set(pki::jst_start_of_day(day(2026, 6, 1)));
  holder.correct([](EventDraft& r) { r.furigana = "モギ　ジロウ"; });
  CHECK(holder.states() == kStanding);
}

TEST_CASE("a change of a foreign resident's furigana alone takes nothing; with the name it does") {
  AuthorityWorld world;
  const auto as_foreigner = [](registry::Resident& resident) {
    kWithEveryItem(resident);
    resident.is_foreign = true;
  };
  CorrectedHolder foreign(world, as_foreigner), citizen(world, kWithEveryItem);
  for (CorrectedHolder* one : {&foreign, &citizen})
    one->record(Event::name_change, [](EventDraft& r) { r.furigana = "モギ　ジロウ"; });
  CHECK(foreign.states() == kStanding);
  CHECK(citizen.states() == kFallen);
  foreign.record(Event::name_change, [](EventDraft& r) {
    r.furigana = "モギ　サブロウ";
    r.name = "模擬　三郎";
  });
  CHECK(foreign.states() == kFallen);
}

TEST_CASE("substituted characters are no difference, in new records and in those without the entry") {
  AuthorityWorld world;
  CorrectedHolder holder(world, [](registry::Resident& resident) { resident.name = "𩸽谷　太郎"; });
  const auto certificate = registry::find_certificate(world.read(), world.vault, holder.sign).value();
  CHECK(certificate.entry->name == "𩸽谷　太郎");
  registry::IssuedCertificate old = certificate;
  old.entry.reset();
  for (const registry::IssuedCertificate* one :
       {&certificate, static_cast<const registry::IssuedCertificate*>(&old)})
    CHECK(differing_items(*one, world.resident(holder.id), {}).empty());
  auto other = world.resident(holder.id);
  other.name = "𩸽川　太郎";
  other.birth = day(1981, 2, 17);
  for (const registry::IssuedCertificate* one :
       {&certificate, static_cast<const registry::IssuedCertificate*>(&old)})
    CHECK(differing_items(*one, other, {}) == List{EventField::name, EventField::birth});
}

TEST_CASE("a variation selector that was substituted on its own is no difference in an old record") {
  AuthorityWorld world;
  CorrectedHolder holder(world, [](registry::Resident& resident) { resident.name = "葛\U000E0101西　太郎"; });
  registry::IssuedCertificate old =
      registry::find_certificate(world.read(), world.vault, holder.sign).value();
  old.entry.reset();
  auto resident = world.resident(holder.id);
  CHECK(differing_items(old, resident, {}).empty());
  resident.name = "葛南　太郎";
  CHECK(differing_items(old, resident, {}) == List{EventField::name});
}

TEST_CASE("a record without the entry is compared by its certificate, and by the corrections since") {
  AuthorityWorld world;
  CorrectedHolder holder(world, kWithEveryItem);
  registry::IssuedCertificate old =
      registry::find_certificate(world.read(), world.vault, holder.sign).value();
  old.entry.reset();
  const auto now = world.resident(holder.id);
  CHECK(differing_items(old, now, {}).empty());
  const auto differs = [&](const std::function<void(registry::Resident&)>& change) {
    auto resident = now;
    change(resident);
    return differing_items(old, resident, {});
  };
  CHECK(differs([](auto& r) { r.name = "模擬　花子"; }) == List{EventField::name});
  CHECK(differs([](auto& r) { r.address = "東京都清瀬市模擬町２番"; }) == List{EventField::address});
  CHECK(differs([](auto& r) { r.sex = registry::Sex::female; }) == List{EventField::sex});
  CHECK(differs([](auto& r) { r.municipality = support::kSetagaya; }) == List{EventField::municipality});
  // What the certificate does not say is compared by the events: a correction of it was a change.
  registry::EventRecord event{.resident = holder.id,
                              .sequence = 1,
                              .event = Event::correction,
                              .occurred_on = day(2026, 11, 23),
                              .recorded_at = world.clock.now(),
                              .actor = with_role(registry::Role::officer),
                              .event_id = {},
                              .items = {{EventField::alias, "通称２"}},
                              .consequences = {}};
  CHECK(differing_items(old, now, {event}) == List{EventField::alias});
  event.recorded_at = old.not_before - pki::Seconds{1};
  CHECK(differing_items(old, now, {event}).empty());
}

TEST_CASE("a certificate issued before leaving Japan is revoked with a notice withdrawn or given again") {
  struct Course {
    const char* what;
    std::function<void(CorrectedHolder&)> happens;
    const char* states;
  };
  const Course courses[] = {
      {"withdrawn", [](CorrectedHolder& h) { h.record(h.about(Event::move_out_cancel)); }, kFallen},
      {"another day", [](CorrectedHolder& h) { h.leave_japan(day(2027, 1, 20)); }, kFallen},
      {"the same day", [](CorrectedHolder& h) { h.leave_japan(day(2026, 12, 20)); }, kStanding},
      {"within Japan",
       [](CorrectedHolder& h) {
         h.record(Event::move_out, [](EventDraft& r) { r.planned = day(2026, 12, 20); });
       },
       kFallen},
  };
  for (const Course& course : courses) {
    CAPTURE(course.what);
    AuthorityWorld world;
    CorrectedHolder holder(world);
    holder.leave_japan(day(2026, 12, 20));
    CHECK(holder.states() == kStanding);
    holder.sign = world.issue(holder.id, CertificateKind::sign, ca::IssueMode::renewal).id;
    course.happens(holder);
    CHECK(holder.states() == course.states);
    CHECK(holder.differs_in().empty());
  }
}

TEST_CASE("a minor correction of the address while the notice runs does not save the window's certificate") {
  AuthorityWorld world;
  CorrectedHolder holder(world);
  holder.leave_japan(day(2026, 12, 20));
  holder.sign = world.issue(holder.id, CertificateKind::sign, ca::IssueMode::renewal).id;
  holder.record(Event::minor_correction, [](EventDraft& r) {
    r.correction = "building-name";
    r.address = "東京都清瀬市模擬町１番　新館";
  });
  CHECK(holder.states() == kStanding);
  holder.record(holder.about(Event::move_out_cancel));
  CHECK(holder.states() == kFallen);
}

TEST_CASE("a certificate from before the notice stays valid when it is withdrawn or gets another date") {
  AuthorityWorld world;
  CorrectedHolder holder(world);
  holder.leave_japan(day(2026, 12, 20));
  holder.leave_japan(day(2026, 12, 30));
  holder.record(holder.about(Event::move_out_cancel));
  CHECK(holder.states() == kStanding);
  CHECK(world.resident(holder.id).departure == std::nullopt);
}

TEST_CASE("the window's certificate says that its holder leaves and when, in an old record, too") {
  AuthorityWorld world;
  CorrectedHolder holder(world);
  holder.leave_japan(day(2026, 12, 20));
  holder.sign = world.issue(holder.id, CertificateKind::sign, ca::IssueMode::renewal).id;
  auto certificate = registry::find_certificate(world.read(), world.vault, holder.sign).value();
  CHECK(certificate.entry->leaves_on == day(2026, 12, 20));
  CHECK(certificate.entry->address.empty());
  certificate.entry.reset();
  auto resident = world.resident(holder.id);
  CHECK(differing_items(certificate, resident, {}).empty());
  resident.departure->planned = day(2026, 12, 21);
  CHECK(differing_items(certificate, resident, {}) == List{EventField::address});
  resident.departure.reset();
  CHECK(differing_items(certificate, resident, {}) == List{EventField::address});
}

TEST_CASE("a mobile certificate is compared by its own entry, and is revoked with the card's") {
  AuthorityWorld world;
  CorrectedHolder holder(world);
  auto mobile = registry::find_certificate(world.read(), world.vault, holder.sign).value();
  mobile.id.serial.value += 1'000;
  mobile.kind = CertificateKind::mobile_sign;
  world.write([&](store::WriteTransaction& transaction) {
    registry::record_issue(transaction, world.vault, mobile, world.clock.now());
  });
  const EventPlan plan = holder.correct([](EventDraft& r) { r.name = "別人　花子"; });
  CHECK(plan.record.consequences.size() == 2);
  CHECK(world.state(mobile.id) == "affiliationChanged");
}

TEST_CASE("certificates that an earlier version left are found, and recorded as revoked on request") {
  AuthorityWorld world;
  CorrectedHolder differing(world), lapsed(world), agreeing(world), removed(world);
  world.write([&](store::WriteTransaction& transaction) {
    auto resident = world.resident(differing.id);
    resident.name = "別人　花子";
    registry::put_resident(transaction, world.vault, resident);
    resident = world.resident(lapsed.id);
    resident.card_lapsed_on = day(2026, 11, 1);
    registry::put_resident(transaction, world.vault, resident);
    resident = world.resident(removed.id);
    resident.residency = registry::Residency::removed;
    registry::put_resident(transaction, world.vault, resident);
  });
  std::vector<Difference> found;
  const auto look = [&] {
    found.clear();
    const auto transaction = world.read();
    for (DifferenceCursor cursor(transaction, world.vault, world.clock.now()); cursor.valid(); cursor.next())
      found.push_back(cursor.row());
  };
  look();
  REQUIRE(found.size() == 5);
  CHECK(found[0].consequence.certificate == differing.sign);
  CHECK(found[0].items == List{EventField::name});
  CHECK(found[0].consequence.article == "Act 13, 15(1)(2)");
  CHECK(found[1].resident == lapsed.id);
  CHECK(found[1].event == Event::card_lapse);
  CHECK(found[1].consequence.article == "Ordinance 17, Act 11, 15(1)");
  CHECK(found[2].consequence.article == "Ordinance 53, Act 30, 34(1)");
  CHECK(found[3].resident == removed.id);

  std::size_t count = 0;
  const auto recorded =
      world.writer->execute({.actor = registry::system_actor(),
                             .action = "migrate",
                             .run = [&](store::CommandContext& context) -> pki::Result<void> {
                               for (const CorrectedHolder* one : {&differing, &lapsed, &agreeing, &removed})
                                 count += record_differing(context, world.vault, one->id);
                               return {};
                             }});
  REQUIRE(recorded.has_value());
  CHECK(count == 5);
  look();
  CHECK(found.empty());
  CHECK(differing.states() == kFallen);
  CHECK(lapsed.states() == "cessationOfOperation/cessationOfOperation");
  CHECK(removed.states() == "cessationOfOperation/cessationOfOperation");
  CHECK(agreeing.states() == kStanding);
  const auto events = registry::events_of(world.read(), world.vault, lapsed.id);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event == Event::card_lapse);
  CHECK(events[0].actor.role == registry::Role::system);
  CHECK(world.resident(lapsed.id).version == 1);
}

// The card's certificates with a phone's beside each, as if issued with them.
struct HolderOfPhone : CorrectedHolder {
  using CorrectedHolder::CorrectedHolder;

  registry::CertificateId add_mobile(const registry::CertificateId& card, CertificateKind kind,
                                     const std::function<void(registry::IssuedCertificate&)>& change = {}) {
    auto mobile = registry::find_certificate(world.read(), world.vault, card).value();
    mobile.id.serial.value += 1'000;
    mobile.kind = kind;
    if (change) change(mobile);
    world.write([&](store::WriteTransaction& transaction) {
      registry::record_issue(transaction, world.vault, mobile, world.clock.now());
    });
    return mobile.id;
  }
};

TEST_CASE("what is recorded of a card that an earlier version left is recorded of the phone on it") {
  AuthorityWorld world;
  HolderOfPhone holder(world);
  const auto mobile_auth = holder.add_mobile(holder.auth, CertificateKind::mobile_auth);
  // The phone's was issued after the name had been corrected, and agrees.
  const auto mobile_sign = holder.add_mobile(holder.sign, CertificateKind::mobile_sign, [](auto& mobile) {
    mobile.entry->name = "別人　花子";
    mobile.entry->birth = day(1980, 1, 3);
  });
  world.write([&](store::WriteTransaction& transaction) {
    auto resident = world.resident(holder.id);
    resident.name = "別人　花子";
    resident.birth = day(1980, 1, 3);
    resident.version += 1;
    registry::put_event(transaction, world.vault,
                        {.resident = holder.id,
                         .sequence = resident.version,
                         .event = Event::correction,
                         .occurred_on = day(2026, 11, 23),
                         .recorded_at = world.clock.now(),
                         .actor = with_role(registry::Role::officer),
                         .event_id = {},
                         .items = {{EventField::birth, "1980-01-03"}},
                         .consequences = {}});
    registry::put_resident(transaction, world.vault, resident);
  });
  const auto found = differences_of(world.read(), world.vault, world.resident(holder.id), world.clock.now());
  REQUIRE(found.size() == 4);
  for (const Difference& difference : found) {
    const CertificateKind kind = difference.consequence.kind;
    CHECK(difference.items.empty() == pki::is_mobile(kind));
    if (kind == CertificateKind::mobile_auth)
      CHECK(difference.consequence.article == "Act 35-13, 35-14(1)(iv); card: Act 32, 34(1)(2)");
  }
  const auto recorded =
      world.writer->execute({.actor = registry::system_actor(),
                             .action = "migrate",
                             .run = [&](store::CommandContext& context) -> pki::Result<void> {
                               record_differing(context, world.vault, holder.id);
                               return {};
                             }});
  REQUIRE(recorded.has_value());
  for (const auto& id : {holder.sign, holder.auth, mobile_sign, mobile_auth})
    CHECK(world.state(id) == "affiliationChanged");
}

TEST_CASE("a phone's certificate that alone differs falls by its own article, and its holder is told") {
  AuthorityWorld world;
  HolderOfPhone holder(world);
  holder.leave_japan(day(2026, 12, 20));
  const auto mobile = holder.add_mobile(holder.sign, CertificateKind::mobile_sign, [](auto& one) {
    one.entry->leaves_on = day(2026, 12, 20);
    one.entry->address.clear();
  });
  const EventPlan plan = holder.leave_japan(day(2026, 12, 25));
  CHECK(holder.states() == kStanding);
  CHECK(world.state(mobile) == "affiliationChanged");
  REQUIRE(plan.record.consequences.size() == 1);
  CHECK(plan.record.consequences[0].article == "Act 16-11, 16-14(1)(ii)");
  CHECK(asks_to_notify(plan.record.consequences[0]));
}

}  // namespace law
