// From an event about a person to what falls: docs/law.md, section 1.

#include "law/lifecycle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>

#include "registry/actor.h"
#include "registry/certificates.h"
#include "tests/law/holder.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using pki::CrlReason;
using registry::Role;
using support::AuthorityWorld;
using support::day;
using support::municipality;
using support::with_role;

EventDraft move(const ReportingHolder& holder, const char* address) {
  EventDraft request = holder.about(Event::address_change);
  request.address = address;
  return request;
}

// A request that breaks one rule of the items, and the item that the refusal must name.
struct WrongItem {
  const char* what;
  std::function<void(EventDraft&)> change;
  std::string_view field;
};

void check_refused(const std::vector<WrongItem>& items, pki::Errc code = pki::Errc::invalid_value) {
  AuthorityWorld world;
  ReportingHolder holder(world);
  for (const WrongItem& item : items) {
    CAPTURE(item.what);
    EventDraft request = holder.about(Event::address_change);
    item.change(request);
    const auto error = holder.refused(request, with_role(Role::officer));
    CHECK(error.code == code);
    CHECK(error.field == item.field);
  }
  CHECK(holder.states() == "good/good");
}

}  // namespace

TEST_CASE("a change of address, name, birth date or sex takes the signing certificate alone") {
  AuthorityWorld world;
  const std::function<void(EventDraft&)> changes[] = {[](EventDraft& request) {
                                                        request.event = Event::address_change;
                                                        request.address = "東京都清瀬市元町一丁目１番";
                                                      },
                                                      [](EventDraft& request) {
                                                        request.event = Event::name_change;
                                                        request.name = "新姓　太郎";
                                                      },
                                                      [](EventDraft& request) {
                                                        request.event = Event::birth_date_change;
                                                        request.birth = day(1980, 2, 18);
                                                      },
                                                      [](EventDraft& request) {
                                                        request.event = Event::sex_change;
                                                        request.sex = registry::Sex::female;
                                                      }};
  for (const auto& change : changes) {
    ReportingHolder holder(world);
    EventDraft request = holder.about(Event::address_change);
    change(request);
    CAPTURE(to_string(request.event));
    world.clock.advance(std::chrono::hours{1});
    const EventPlan plan = holder.record(request);
    CHECK(holder.states() == "affiliationChanged/good");
    CHECK(world.status(holder.sign)->revocation->date == world.clock.now());
    REQUIRE(plan.record.consequences.size() == 1);
    CHECK(plan.record.consequences[0].certificate == holder.sign);
    CHECK(plan.record.consequences[0].article.find("Act 12(1)(i)") != std::string::npos);
  }
}

TEST_CASE("death and removal take both certificates, and the resident is removed") {
  AuthorityWorld world;
  for (const Event event : {Event::death, Event::deletion}) {
    ReportingHolder holder(world);
    EventDraft request = holder.about(event);
    request.occurred_on = day(2026, 11, 20);
    holder.record(request);
    CHECK(holder.states() == "cessationOfOperation/cessationOfOperation");
    const auto resident = world.resident(holder.id);
    CHECK(resident.residency == registry::Residency::removed);
    CHECK(resident.removed_on == day(2026, 11, 20));
    // The Act: the lapse is when the ground is recorded, not when it occurred.
    CHECK(world.status(holder.sign)->revocation->date == world.clock.now());
  }
}

TEST_CASE("the holder's application ends the certificate that it names, or both") {
  AuthorityWorld world;
  const auto states_after = [&](std::optional<CertificateKind> kind) {
    ReportingHolder holder(world);
    EventDraft request = holder.about(Event::holder_application);
    request.kind = kind;
    holder.record(request);
    return holder.states();
  };
  CHECK(states_after(CertificateKind::sign) == "cessationOfOperation/good");
  CHECK(states_after(CertificateKind::auth) == "good/cessationOfOperation");
  CHECK(states_after(std::nullopt) == "cessationOfOperation/cessationOfOperation");
}

TEST_CASE("a dry run foretells exactly what the event does, and writes nothing") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  const EventDraft request = move(holder, "東京都清瀬市元町一丁目１番");
  const auto before = world.dump();
  const auto foretold = plan_event(world.read(), world.vault, request.request().value(),
                                   municipality(support::kKiyose), world.clock.now(), world.policy);
  REQUIRE(foretold.has_value());
  CHECK(world.dump() == before);
  const EventPlan done = holder.record(request);
  REQUIRE(foretold->record.consequences.size() == done.record.consequences.size());
  for (std::size_t i = 0; i < done.record.consequences.size(); ++i) {
    CHECK(foretold->record.consequences[i].certificate == done.record.consequences[i].certificate);
    CHECK(foretold->record.consequences[i].outcome == done.record.consequences[i].outcome);
    CHECK(foretold->record.consequences[i].article == done.record.consequences[i].article);
  }
}

TEST_CASE("an event is kept in the history with what it carried, who recorded it and what it revoked") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  holder.record(move(holder, "東京都清瀬市元町一丁目１番"));
  const auto events = registry::events_of(world.read(), world.vault, holder.id);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event == Event::address_change);
  CHECK(events[0].occurred_on == day(2026, 11, 23));
  CHECK(events[0].recorded_at == world.clock.now());
  CHECK(events[0].actor.municipality == support::kKiyose);
  CHECK(events[0].items.at(0) == EventItem{EventField::address, "東京都清瀬市元町一丁目１番"});
  CHECK(events[0].consequences.at(0).certificate == holder.sign);
  CHECK(world.resident(holder.id).address == "東京都清瀬市元町一丁目１番");
  CHECK(world.resident(holder.id).version == 1);
}

TEST_CASE("what is revoked already keeps its date and reason") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  holder.record(move(holder, "東京都清瀬市元町一丁目１番"));
  const auto revoked = world.status(holder.sign);
  world.clock.advance(std::chrono::hours{5});
  const EventPlan plan = holder.record(holder.about(Event::death));
  CHECK(holder.states() == "affiliationChanged/cessationOfOperation");
  CHECK(world.status(holder.sign)->revocation == revoked->revocation);
  CHECK(world.status(holder.sign)->sequence == revoked->sequence);
  CHECK(plan.record.consequences.size() == 1);
}

TEST_CASE("an expired certificate is not touched") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  world.clock.advance(std::chrono::hours{24 * 365 * 6});
  const EventPlan plan = holder.record(holder.about(Event::death));
  CHECK(plan.record.consequences.empty());
  CHECK(holder.states() == "good/good");
}

TEST_CASE("another municipality is refused with the article, but one may record that someone moved in") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  const auto error = holder.refused(holder.about(Event::death), municipality(support::kSetagaya));
  CHECK(error.code == pki::Errc::forbidden);
  CHECK(error.article == "Act 3, 22");
  EventDraft request = move(holder, "東京都世田谷区模擬町２番");
  CHECK(holder.refused(request, municipality(support::kSetagaya)).code == pki::Errc::forbidden);
  request.municipality = support::kSetagaya;
  holder.record(request, municipality(support::kSetagaya));
  CHECK(world.resident(holder.id).municipality == support::kSetagaya);
  // The certificates stay in the distribution point that they were issued in.
  CHECK(world.status(holder.auth)->point.code == support::kKiyose);
  CHECK(holder.refused(holder.about(Event::death)).code == pki::Errc::forbidden);
}

TEST_CASE("the call centre may hold and nothing else, an auditor may do nothing") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  for (const Role role : {Role::call_centre, Role::auditor}) {
    const auto error = holder.refused(holder.about(Event::death), with_role(role));
    CHECK(error.code == pki::Errc::forbidden);
    CHECK_FALSE(error.article.empty());
  }
  CHECK(holder.refused(holder.about(Event::hold), with_role(Role::auditor)).code == pki::Errc::forbidden);
  holder.record(holder.about(Event::hold), with_role(Role::call_centre));
  CHECK(holder.states() == "certificateHold/certificateHold");
}

TEST_CASE("a release is the municipality's alone, and brings back the authentication certificate alone") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  holder.record(holder.about(Event::hold), with_role(Role::call_centre));
  for (const Role role : {Role::officer, Role::supervisor, Role::call_centre, Role::auditor}) {
    const auto error = holder.refused(holder.about(Event::release), with_role(role));
    CHECK(error.code == pki::Errc::forbidden);
    CHECK_FALSE(error.article.empty());
  }
  CHECK(holder.refused(holder.about(Event::release), municipality(support::kSetagaya)).code ==
        pki::Errc::forbidden);
  world.clock.advance(std::chrono::hours{1});
  holder.record(holder.about(Event::release));
  CHECK(holder.states() == "certificateHold/good");
  // A second release finds nothing to release.
  const auto error = holder.refused(holder.about(Event::release));
  CHECK(error.code == pki::Errc::refused_by_law);
  CHECK(error.article == "CPS 4.9.9");
}

TEST_CASE("where holds are never lifted a release is refused and says so") {
  AuthorityWorld world({.hold_release = HoldRelease::never});
  ReportingHolder holder(world);
  holder.record(holder.about(Event::hold), with_role(Role::call_centre));
  const auto error = holder.refused(holder.about(Event::release));
  CHECK(error.code == pki::Errc::refused_by_law);
  CHECK(error.article == "CPS 4.9.9");
  CHECK(error.text().find("never") != std::string::npos);
}

TEST_CASE("a hold that becomes a revocation keeps the date of the hold") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  world.clock.advance(std::chrono::hours{1});
  const pki::Time held_at = world.clock.now();
  holder.record(holder.about(Event::hold), with_role(Role::call_centre));
  world.clock.advance(std::chrono::hours{5});
  // A second hold changes nothing.
  CHECK(holder.record(holder.about(Event::hold), with_role(Role::call_centre)).record.consequences.empty());
  holder.record(holder.about(Event::death));
  for (const auto& id : {holder.sign, holder.auth}) {
    const auto status = world.status(id);
    CHECK(status->revocation == registry::Revocation{held_at, CrlReason::cessation_of_operation});
    CHECK(status->changed_at == world.clock.now());
  }
}

TEST_CASE("a hold after a release has its own date") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  holder.record(holder.about(Event::hold), with_role(Role::call_centre));
  holder.record(holder.about(Event::release));
  world.clock.advance(std::chrono::hours{5});
  holder.record(holder.about(Event::hold), with_role(Role::call_centre));
  CHECK(world.status(holder.auth)->revocation->date == world.clock.now());
  CHECK(world.status(holder.sign)->revocation->date == support::kStart);
}

TEST_CASE("nothing more happens to a resident who was removed, and unknown residents have no events") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  holder.record(holder.about(Event::death));
  for (const Event event : {Event::death, Event::deletion, Event::name_change}) {
    EventDraft request = holder.about(event);
    if (event == Event::name_change) request.name = "新姓　太郎";
    const auto error = holder.refused(request);
    CHECK(error.code == pki::Errc::refused_by_law);
    CHECK_FALSE(error.article.empty());
  }
  EventDraft unknown = holder.about(Event::death);
  unknown.resident = registry::make_resident_id(5);
  // Who acts for one municipality does not learn whether another has the resident.
  CHECK(holder.refused(unknown).code == pki::Errc::forbidden);
  const auto error = world.event(unknown, support::with_role(registry::Role::system)).error();
  CHECK(error.code == pki::Errc::refused_by_law);
  CHECK_FALSE(error.article.empty());
}

TEST_CASE("an item that is missing is refused and named") {
  const auto event = [](Event wanted) { return [wanted](EventDraft& request) { request.event = wanted; }; };
  check_refused({{"no address", event(Event::address_change), "address"},
                 {"no name", event(Event::name_change), "name"},
                 {"no birth", event(Event::birth_date_change), "birth"},
                 {"no sex", event(Event::sex_change), "sex"},
                 {"no furigana", event(Event::furigana_entry), "furigana"},
                 {"no former name", event(Event::former_name_change), "former_name"},
                 {"no alias", event(Event::alias_change), "alias"},
                 {"no correction", event(Event::minor_correction), "correction"}});
}

TEST_CASE("an item that is unchanged is refused and named: nothing is wrong with it, and nothing to record") {
  check_refused({{"same address", [](EventDraft& r) { r.address = "東京都清瀬市模擬町１番"; }, "address"},
                 {"same name",
                  [](EventDraft& r) {
                    r.event = Event::name_change;
                    r.name = "模擬　太郎";
                  },
                  "name"},
                 {"same birth",
                  [](EventDraft& r) {
                    r.event = Event::birth_date_change;
                    r.birth = day(1980, 2, 17);
                  },
                  "birth"},
                 {"same sex",
                  [](EventDraft& r) {
                    r.event = Event::sex_change;
                    r.sex = registry::Sex::male;
                  },
                  "sex"}},
                pki::Errc::refused_by_law);
}

TEST_CASE("an address or municipality that cannot be is refused and named") {
  check_refused({{"empty address", [](EventDraft& r) { r.address = ""; }, "address"},
                 {"long address",
                  [](EventDraft& r) {
                    std::string text;
                    for (int i = 0; i < 201; ++i)
                      text += "町";
                    r.address = text;
                  },
                  "address"},
                 {"control character", [](EventDraft& r) { r.address = "東京都\n清瀬市"; }, "address"},
                 {"not UTF-8", [](EventDraft& r) { r.address = "\xFF"; }, "address"},
                 {"unknown municipality",
                  [](EventDraft& r) {
                    r.address = "x";
                    r.municipality = 999999;
                  },
                  "municipality"},
                 {"a prefecture",
                  [](EventDraft& r) {
                    r.address = "x";
                    r.municipality = support::kTokyo;
                  },
                  "municipality"},
                 {"a city with wards",
                  [](EventDraft& r) {
                    r.address = "x";
                    r.municipality = support::kSapporo;
                  },
                  "municipality"}});
}

TEST_CASE("a day that cannot be is refused and named") {
  check_refused({{"birth in the future",
                  [](EventDraft& r) {
                    r.event = Event::birth_date_change;
                    r.birth = day(2026, 11, 24);
                  },
                  "birth"},
                 {"tomorrow",
                  [](EventDraft& r) {
                    r.event = Event::death;
                    r.occurred_on = day(2026, 11, 24);
                  },
                  "date"},
                 {"before birth",
                  [](EventDraft& r) {
                    r.event = Event::death;
                    r.occurred_on = day(1980, 2, 16);
                  },
                  "date"}});
}

TEST_CASE("a day that is today in Japan, though not yet in Greenwich, is not in the future") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  world.clock.set(pki::parse_rfc3339("2026-11-23T15:00:00Z").value());
  EventDraft request = holder.about(Event::death);
  request.occurred_on = day(2026, 11, 25);
  CHECK(holder.refused(request).field == "date");
  request.occurred_on = day(2026, 11, 24);
  holder.record(request);
}

TEST_CASE("an event that occurred before the resident's last state is accepted") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  holder.record(move(holder, "東京都清瀬市元町一丁目１番"));
  EventDraft late = holder.about(Event::name_change);
  late.name = "新姓　太郎";
  late.occurred_on = day(2026, 1, 1);
  holder.record(late);
  const auto events = registry::events_of(world.read(), world.vault, holder.id);
  REQUIRE(events.size() == 2);
  CHECK(events[1].occurred_on == day(2026, 1, 1));
}

TEST_CASE("an event id is recorded once; the same id for something else is a conflict") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  EventDraft request = move(holder, "東京都清瀬市元町一丁目１番");
  request.event_id = "kiyose-2026-1";
  CHECK_FALSE(holder.record(request).repeated);
  const auto revoked = world.status(holder.sign);
  world.clock.advance(std::chrono::hours{1});
  const EventPlan again = holder.record(request);
  CHECK(again.repeated);
  CHECK(again.record.sequence == 1);
  CHECK(again.record.consequences.at(0).certificate == holder.sign);
  CHECK(registry::events_of(world.read(), world.vault, holder.id).size() == 1);
  CHECK(world.status(holder.sign)->sequence == revoked->sequence);
  CHECK(world.resident(holder.id).version == 1);
  EventDraft other = holder.about(Event::death);
  other.event_id = request.event_id;
  CHECK(holder.refused(other).code == pki::Errc::conflict);
}

TEST_CASE("changes that the Act does not name leave both certificates standing") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  EventDraft furigana = holder.about(Event::furigana_entry);
  furigana.furigana = "モギ　タロウ";
  CHECK(holder.record(furigana).record.consequences.empty());
  CHECK(holder.states() == "good/good");
  // A second entry is a change of name.
  EventDraft again = holder.about(Event::furigana_entry);
  again.furigana = "モギ　タロー";
  CHECK(holder.refused(again).field == "furigana");
  EventDraft change = holder.about(Event::name_change);
  change.furigana = "モギ　タロー";
  holder.record(change);
  CHECK(holder.states() == "affiliationChanged/good");
}

TEST_CASE("former names and aliases, entered, changed and removed, take the signing certificate") {
  AuthorityWorld world;
  for (const bool alias : {false, true}) {
    ReportingHolder holder(world, [](registry::Resident& resident) {
      resident.former_name = "旧姓";
      resident.alias = "通称";
    });
    EventDraft removal = holder.about(alias ? Event::alias_change : Event::former_name_change);
    (alias ? removal.alias : removal.former_name) = "";
    holder.record(removal);
    CHECK(holder.states() == "affiliationChanged/good");
    const auto resident = world.resident(holder.id);
    CHECK((alias ? resident.alias : resident.former_name).empty());
  }
}

TEST_CASE("events of keys and cards have the reasons of the CPS") {
  AuthorityWorld world;
  const auto states_after = [&](Event event) {
    ReportingHolder holder(world);
    EventDraft request = holder.about(event);
    if (event == Event::card_lapse) request.cause = "13";
    holder.record(request);
    return holder.states();
  };
  CHECK(states_after(Event::key_notice) == "keyCompromise/keyCompromise");
  CHECK(states_after(Event::record_error) == "affiliationChanged/affiliationChanged");
  CHECK(states_after(Event::card_return) == "cessationOfOperation/cessationOfOperation");
  CHECK(states_after(Event::card_lapse) == "cessationOfOperation/cessationOfOperation");
  CHECK(states_after(Event::undelivered) == "unspecified/unspecified");
}

TEST_CASE("only a key notice whose holder named the day has an invalidity date") {
  AuthorityWorld world;
  const pki::Date yesterday = pki::add_days(pki::jst_date(world.clock.now()), -1);
  const auto date_after = [&](Event event, std::optional<pki::Date> day) {
    ReportingHolder holder(world);
    EventDraft request = holder.about(event);
    request.occurred_on = day;
    holder.record(request);
    return world.status(holder.sign)->revocation.value().invalidity_date;
  };
  CHECK(date_after(Event::key_notice, yesterday) == pki::jst_start_of_day(yesterday));
  CHECK(date_after(Event::key_notice, std::nullopt) == std::nullopt);
  // When a person died is not for the public.
  CHECK(date_after(Event::death, yesterday) == std::nullopt);
  CHECK(date_after(Event::record_error, yesterday) == std::nullopt);
}

TEST_CASE("a minor correction of Ordinance 20 corrects the register and leaves both certificates valid") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  EventDraft request = holder.about(Event::minor_correction);
  request.correction = "building-name";
  request.address = "東京都清瀬市模擬町１番　新館";
  CHECK(holder.record(request).record.consequences.empty());
  CHECK(holder.states() == "good/good");
  CHECK(world.resident(holder.id).address == "東京都清瀬市模擬町１番　新館");
  // The kind says what may be mended: by a new building name no name changes, and there are six kinds alone.
  request.name = "模擬　次郎";
  CHECK(holder.refused(request).field == "name");
  request.name.reset();
  request.correction = "typing-error";
  CHECK(holder.refused(request).field == "correction");
}

TEST_CASE("an item that does not belong to its event is refused, so that nothing is ignored in silence") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  const auto field = [&](Event event, const std::function<void(EventDraft&)>& add) {
    EventDraft request = holder.about(event);
    add(request);
    return holder.refused(request).field;
  };
  CHECK(field(Event::death, [](EventDraft& r) { r.address = "x"; }) == "address");
  CHECK(field(Event::death, [](EventDraft& r) { r.cause = "1"; }) == "cause");
  CHECK(field(Event::name_change, [](EventDraft& r) {
          r.name = "新姓　太郎";
          r.sex = registry::Sex::female;
        }) == "sex");
  // A ground of the Act takes every certificate that it takes; nobody chooses one.
  CHECK(field(Event::death, [](EventDraft& r) { r.kind = CertificateKind::sign; }) == "kind");
  // An application about the phone's certificate leaves the card's alone.
  EventDraft mobile = holder.about(Event::holder_application);
  mobile.kind = CertificateKind::mobile_sign;
  CHECK(holder.record(mobile).record.consequences.empty());
  CHECK(holder.states() == "good/good");
}

TEST_CASE("a card lapses for one of the fourteen causes of the My-Number Order, by its number") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  for (const char* cause : {"0", "15", "1a", "one", ""}) {
    CAPTURE(cause);
    EventDraft request = holder.about(Event::card_lapse);
    request.cause = cause;
    CHECK(holder.refused(request).field == "cause");
  }
  CHECK(holder.refused(holder.about(Event::card_lapse)).field == "cause");
  for (const char* cause : {"1", "14"}) {
    ReportingHolder other(world);
    EventDraft request = other.about(Event::card_lapse);
    request.cause = cause;
    other.record(request);
    CHECK(other.states() == "cessationOfOperation/cessationOfOperation");
  }
}

TEST_CASE("someone abroad who moves in is a resident again") {
  AuthorityWorld world;
  ReportingHolder holder(world, [](registry::Resident& resident) {
    resident.residency = registry::Residency::abroad;
    resident.left_japan = day(2026, 1, 1);
    resident.address.clear();
  });
  holder.record(move(holder, "東京都清瀬市元町一丁目１番"));
  CHECK(world.resident(holder.id).residency == registry::Residency::resident);
  CHECK_FALSE(world.resident(holder.id).left_japan.has_value());
}

}  // namespace law
