// What events carry, where the text of an item or the place of the holder's record decides: former surnames
// and aliases, insistence, dates of birth known in part, reasons of another municipality.

#include "law/event_items.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "law/lifecycle.h"
#include "pki/hash.h"
#include "registry/actor.h"
#include "store/audit.h"
#include "tests/law/holder.h"
#include "tests/support/authority_world.h"

namespace law {

namespace {

using pki::CertificateKind;
using registry::Role;
using support::AuthorityWorld;
using support::day;
using support::municipality;
using support::with_role;

}  // namespace

TEST_CASE("a former surname or alias of another width is no change, of another form a minor correction") {
  AuthorityWorld world;
  ReportingHolder holder(world, [](registry::Resident& resident) {
    resident.former_name = "ＳＭＩＴＨ";
    resident.alias = "模擬　アリス";
  });
  EventDraft former = holder.about(Event::former_name_change), alias = holder.about(Event::alias_change);
  former.former_name = "SMITH";
  alias.alias = "模擬 ｱﾘｽ";
  CHECK(holder.refused(former).field == "former_name");
  CHECK(holder.refused(alias).field == "alias");
  EventDraft writing = holder.about(Event::minor_correction);
  writing.correction = "glyph";
  writing.former_name = "SMITH";
  writing.alias = "模擬 ｱﾘｽ";
  CHECK(holder.record(writing).record.consequences.empty());
  CHECK(world.resident(holder.id).former_name == "SMITH");
  // Ordinance 80 and 81 extend item (ii) of Ordinance 20 to them, not item (i).
  writing.former_name = "ＳＭＩＴＨ";
  writing.alias.reset();
  writing.correction = "plain-form";
  CHECK(holder.refused(writing).field == "former_name");
  CHECK(holder.states() == "good/good");
}

TEST_CASE("an item is neither changed nor corrected before the day on which the register began to have it") {
  AuthorityWorld world;
  world.clock.set(pki::jst_end_of_day(support::day(2019, 11, 4)));
  ReportingHolder holder(world);
  EventDraft furigana = holder.about(Event::name_change);
  furigana.furigana = "モギ　タロウ";
  CHECK(holder.refused(furigana).article == "Supplementary provisions 5");
  EventDraft former = holder.about(Event::correction), writing = holder.about(Event::minor_correction);
  former.former_name = "高橋";
  writing.former_name = "高橋";
  writing.correction = "glyph";
  CHECK(holder.refused(former).article == "Order 33");
  CHECK(holder.refused(writing).field == "former_name");
  CHECK(holder.states() == "good/good");
  world.clock.set(pki::jst_start_of_day(support::day(2019, 11, 5)));
  holder.record(former);
  CHECK(holder.states() == "affiliationChanged/good");
  CHECK(holder.refused(furigana).field == "furigana");
  world.clock.set(pki::jst_start_of_day(support::day(2026, 5, 26)));
  EventDraft entry = holder.about(Event::furigana_entry);
  entry.furigana = "モギ　サブロウ";
  holder.record(entry);
  holder.record(furigana);
  // The first entry was that one; another is refused for what is on record, not for what is given.
  entry.furigana = "モギ　ジロウ";
  CHECK(holder.refused(entry).code == pki::Errc::refused_by_law);
}

TEST_CASE("a municipality insists on a minor correction with a reason, which the audit log keeps") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  EventDraft request = holder.about(Event::minor_correction);
  request.correction = "lot-number";
  request.address = "東京都清瀬市模擬町３番";
  const auto error = holder.refused(request);
  CHECK(error.article == "Ordinance 20");
  CHECK(error.text().find("insist") != std::string::npos);
  request.insist = "the registry renumbered the block on 2026-11-01";
  CHECK(holder.refused(request, with_role(Role::officer)).code == pki::Errc::forbidden);
  holder.record(request);
  CHECK(holder.states() == "good/good");
  CHECK(world.resident(holder.id).address == "東京都清瀬市模擬町３番");
  const auto transaction = world.read();
  const std::vector<std::string> subjects = store::newest_audit_entry(transaction).row().subjects;
  // The log proves the reason and does not say it: it may name people.
  const auto says = [&](std::string_view text) {
    return std::ranges::any_of(
        subjects, [&](const std::string& subject) { return subject.find(text) != std::string::npos; });
  };
  CHECK(says("insisted, reason sha-256 " +
             pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(*request.insist)))));
  CHECK_FALSE(says("renumbered"));
  request.insist = "";
  request.address = "東京都清瀬市模擬町４番";
  CHECK(holder.refused(request).field == "insist");
}

TEST_CASE("where the holder's record is kept decides the article of death and the event of deletion") {
  AuthorityWorld world;
  const auto abroad = [](registry::Resident& resident) {
    resident.residency = registry::Residency::abroad;
    resident.left_japan = day(2026, 1, 1);
    resident.address.clear();
  };
  const auto articles = [](const EventPlan& plan) {
    std::string text;
    for (const auto& consequence : plan.record.consequences)
      text += consequence.article + "\n";
    return text;
  };
  ReportingHolder left(world, abroad), dead_abroad(world, abroad), moved(world);
  CHECK(left.refused(left.about(Event::deletion)).article == "Act 12(1)(iii), 31(1)(iii)");
  left.record(left.about(Event::overseas_record_deletion));
  CHECK(articles(dead_abroad.record(dead_abroad.about(Event::death))) ==
        "Act 12(1)(iii), 15(1); My Number Order 14(xi)\nAct 31(1)(iii), 34(1); My Number Order 14(xi)\n");
  EventDraft leaving = moved.about(Event::move_out);
  leaving.planned = day(2026, 11, 20);
  moved.record(leaving);
  CHECK(articles(moved.record(moved.about(Event::death))) ==
        "My Number Order 14(xi), Ordinance 53, Act 30, 34(1)\n");
}

TEST_CASE("another municipality takes an application or notice for a reason of Ordinance 11-2, 47-2") {
  AuthorityWorld world;
  for (const auto& [event, article] :
       {std::pair{Event::holder_application, "Act 9(1), 28(1), Ordinance 11-2, 47-2"},
        std::pair{Event::key_notice, "Act 10(1), 29(1), Ordinance 11-2, 47-2"}}) {
    ReportingHolder holder(world);
    EventDraft request = holder.about(event);
    const auto error = holder.refused(request, municipality(support::kSetagaya));
    CHECK(error.code == pki::Errc::forbidden);
    CHECK(error.article == article);
    request.other_municipality_reason = "domestic-violence";
    const EventPlan plan = holder.record(request, municipality(support::kSetagaya));
    CHECK(plan.record.consequences.size() == 2);
    CHECK(plan.record.items.back() == EventItem{EventField::reason, "domestic-violence"});
    CHECK(plan.record.actor.municipality == support::kSetagaya);
  }
  // The sixth item of Ordinance 47-2 has no counterpart for signing certificates.
  ReportingHolder young(world);
  EventDraft specified = young.about(Event::holder_application);
  specified.other_municipality_reason = "specified-age";
  CHECK(young.refused(specified, municipality(support::kSetagaya)).field == "reason");
  EventDraft numbered = specified;
  numbered.other_municipality_reason = "7";
  CHECK(young.refused(numbered, municipality(support::kSetagaya)).field == "reason");
  specified.kind = pki::CertificateKind::auth;
  young.record(specified, municipality(support::kSetagaya));
  CHECK(young.states() == "good/cessationOfOperation");
  // A reason opens nothing else, nor the door to anybody else.
  ReportingHolder holder(world);
  EventDraft request = holder.about(Event::death);
  request.other_municipality_reason = "domestic-violence";
  CHECK(holder.refused(request, municipality(support::kSetagaya)).field == "reason");
  CHECK(holder.refused(request).field == "reason");
  request.event = Event::key_notice;
  CHECK(holder.refused(request, with_role(Role::call_centre)).code == pki::Errc::forbidden);
}

TEST_CASE("of a date of birth the year alone may be known, or nothing; what becomes known is a change") {
  AuthorityWorld world;
  const pki::Date of_1980{std::chrono::year{1980}, std::chrono::month{0}, std::chrono::day{0}};
  const pki::Date of_2027{std::chrono::year{2027}, std::chrono::month{0}, std::chrono::day{0}};
  const pki::Date of_1867{std::chrono::year{1867}, std::chrono::month{0}, std::chrono::day{0}};
  const pki::Date unknown{std::chrono::year{0}, std::chrono::month{0}, std::chrono::day{0}};
  ReportingHolder holder(world, [&](registry::Resident& resident) { resident.birth = of_1980; });
  // Reckoned is the last day that it can be: 31 December.
  CHECK(world.status(holder.auth)->not_after == pki::jst_end_of_day(day(2030, 12, 31)));
  EventDraft request = holder.about(Event::birth_date_change);
  request.birth = of_1980;
  CHECK(holder.refused(request).field == "birth");
  for (const pki::Date wrong : {of_2027, of_1867}) {
    request.birth = wrong;
    CHECK(holder.refused(request).field == "birth");
  }
  request.birth = day(1980, 2, 17);
  holder.record(request);
  CHECK(holder.states() == "affiliationChanged/good");
  const auto sign = world.issue(holder.id, CertificateKind::sign).id;
  request.event = Event::correction;
  request.birth = unknown;
  holder.record(request);
  CHECK(world.state(sign) == "affiliationChanged");
  CHECK(world.resident(holder.id).birth == unknown);
  world.issue(holder.id, CertificateKind::sign);
}

TEST_CASE(
    "an address begins with the prefecture of its municipality, unless the configuration says otherwise") {
  AuthorityWorld world;
  ReportingHolder holder(world);
  EventDraft move = holder.about(Event::address_change);
  for (const char* address : {"清瀬市元町二丁目１番", "北海道清瀬市元町二丁目１番"}) {
    move.address = address;
    const auto error = holder.refused(move);
    CHECK(error.field == "address");
    CHECK(error.text().find("東京都") != std::string::npos);
  }
  EventDraft correction = holder.about(Event::correction);
  correction.address = "清瀬市元町二丁目１番";
  CHECK(holder.refused(correction).field == "address");
  EventDraft minor = holder.about(Event::minor_correction);
  minor.correction = "area-renaming";
  minor.insist = "renamed";
  minor.address = "清瀬市元町二丁目１番";
  CHECK(holder.refused(minor).field == "address");
  move.address = "東京都清瀬市元町二丁目１番";
  holder.record(move);

  AuthorityWorld lenient({.addresses = AddressRule::any});
  ReportingHolder other(lenient);
  EventDraft any = other.about(Event::address_change);
  any.address = "清瀬市元町二丁目１番";
  other.record(any);
}

}  // namespace law
