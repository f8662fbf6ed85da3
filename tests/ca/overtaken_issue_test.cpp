// What happens when something comes between the steps of an issue.

#include <doctest/doctest.h>

#include "ca/issue.h"
#include "law/sweep.h"
#include "registry/events.h"
#include "registry/issuance.h"
#include "tests/ca/overtaken.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

using pki::CertificateKind;
using registry::Role;
using support::AuthorityWorld;
using support::day;
using support::municipality;
using support::with_role;

}  // namespace

TEST_CASE("an event between intent and record: the certificate is on record as revoked and not given out") {
  struct Row {
    law::Event event;
    CertificateKind kind;
    const char* state;
  };
  AuthorityWorld world;
  reserve_serials(world);
  for (const Row& row : {Row{law::Event::death, CertificateKind::auth, "cessationOfOperation"},
                         Row{law::Event::deletion, CertificateKind::sign, "cessationOfOperation"},
                         Row{law::Event::address_change, CertificateKind::sign, "affiliationChanged"},
                         // The last: all have the same key, and one that was reported is certified no more.
                         Row{law::Event::key_notice, CertificateKind::sign, "keyCompromise"}}) {
    CAPTURE(to_string(row.event));
    const auto id = world.add_resident();
    support::EventDraft event = event_of(id, row.event);
    if (row.event == law::Event::address_change) event.address = "東京都清瀬市元町一丁目１番";
    record_after_intent(world, event);
    const auto issued = world.issuance->issue(AuthorityWorld::issue_request(id, row.kind));
    REQUIRE(issued.has_error());
    CHECK(issued.error().code == pki::Errc::conflict);
    const auto all = registry::certificates_of(world.read(), id);
    REQUIRE(all.size() == 1);
    CHECK(world.state(all[0]) == row.state);
    CHECK(world.status(all[0])->revocation->date == world.clock.now());
    check_nothing_open(world);
  }
}

TEST_CASE("a hold between intent and record: the certificate is not given out as good") {
  AuthorityWorld world;
  reserve_serials(world);
  const auto id = world.add_resident();
  record_after_intent(world, event_of(id, law::Event::hold), with_role(Role::call_centre));
  const auto issued = world.issuance->issue(AuthorityWorld::issue_request(id, CertificateKind::auth));
  CHECK(issued.has_error());
  const auto all = registry::certificates_of(world.read(), id);
  REQUIRE(all.size() == 1);
  CHECK(world.state(all[0]) != "good");
  check_nothing_open(world);
}

TEST_CASE("an event between intent and record that does not concern the certificate lets it pass") {
  AuthorityWorld world;
  reserve_serials(world);
  const auto moved = world.add_resident();
  support::EventDraft move = event_of(moved, law::Event::address_change);
  move.address = "東京都清瀬市元町一丁目１番";
  record_after_intent(world, move);
  CHECK(world.state(world.issue(moved, CertificateKind::auth).id) == "good");
  // An application that ends the other kind.
  const auto applicant = world.add_resident();
  support::EventDraft application = event_of(applicant, law::Event::holder_application);
  application.kind = CertificateKind::auth;
  record_after_intent(world, application);
  const auto issued = world.issuance->issue(AuthorityWorld::issue_request(applicant, CertificateKind::sign));
  CHECK(issued.has_value());
}

TEST_CASE("a report about the former card leaves an issue on the present one alone") {
  using enum law::Event;
  for (const law::Event event : {card_return, card_lapse, undelivered}) {
    CAPTURE(to_string(event));
    AuthorityWorld world;
    reserve_serials(world);
    const auto id = world.add_resident();
    const auto former = world.issue(id, CertificateKind::auth);
    world.clock.advance(std::chrono::hours{24});
    support::EventDraft card = event_of(id, card_issue);
    card.card_expires = day(2036, 2, 17);
    REQUIRE(world.event(card).has_value());
    world.clock.advance(std::chrono::hours{24});
    support::EventDraft late = event_of(id, event);
    late.occurred_on = pki::add_days(pki::jst_date(world.clock.now()), -2);
    if (event == card_lapse) late.cause = "13";
    record_after_intent(world, late);
    const auto present = world.issuance->issue(AuthorityWorld::issue_request(id, CertificateKind::sign));
    REQUIRE(present.has_value());
    CHECK(world.state(present->id) == "good");
    CHECK(world.state(former.id) == (event == undelivered ? "unspecified" : "cessationOfOperation"));
    check_nothing_open(world);
  }
}

TEST_CASE("an issue that a notice of exit overtakes falls as what was issued before the notice") {
  for (const CertificateKind kind : {CertificateKind::sign, CertificateKind::auth}) {
    CAPTURE(pki::to_string(kind));
    AuthorityWorld world;
    reserve_serials(world);
    const auto id = world.add_resident();
    support::EventDraft notice = event_of(id, law::Event::overseas_exit);
    notice.planned = pki::add_days(pki::jst_date(world.clock.now()), 3);
    notice.card = registry::Departure::Card::handed_in;
    record_after_intent(world, notice);
    const auto overtaken = world.issue(id, kind);
    CHECK(world.state(overtaken.id) == "good");
    world.clock.advance(std::chrono::hours{24 * 60});
    REQUIRE(law::sweep({*world.environment, *world.writer, world.vault}, with_role(Role::system),
                       world.clock.now())
                .has_value());
    CHECK(world.resident(id).residency == registry::Residency::abroad);
    CHECK(world.state(overtaken.id) == "cessationOfOperation");
  }
}

TEST_CASE("an issue during which the card's last day is corrected ends with the card") {
  AuthorityWorld world;
  reserve_serials(world);
  const auto id = world.add_resident();
  support::EventDraft shortened = event_of(id, law::Event::correction);
  shortened.card_expires = pki::add_days(pki::jst_date(world.clock.now()), 20);
  record_after_intent(world, shortened);
  const auto overtaken = world.issue(id, CertificateKind::auth);
  CHECK(world.state(overtaken.id) == "good");
  world.clock.advance(std::chrono::hours{24 * 21});
  REQUIRE(
      law::sweep({*world.environment, *world.writer, world.vault}, with_role(Role::system), world.clock.now())
          .has_value());
  CHECK(world.state(overtaken.id) == "cessationOfOperation");
}

TEST_CASE("a renewal during which its predecessor ends is on record as a renewal, and lasts as long") {
  AuthorityWorld world;
  reserve_serials(world);
  const auto id = world.add_resident();
  const auto first = world.issue(id, CertificateKind::auth);
  world.clock.set(first.not_after - std::chrono::hours{1});
  world.clock.at_batch(1, [&] { world.clock.advance(std::chrono::hours{2}); });
  const auto renewed = world.issue(id, CertificateKind::auth, IssueMode::renewal);
  CHECK(renewed.not_after > first.not_after + std::chrono::days{365 * 5 + 2});
  const auto history = registry::events_of(world.read(), world.vault, id);
  REQUIRE(history.size() == 1);
  CHECK(history[0].event == law::Event::renewal);
  CHECK(history[0].consequences.empty());
  CHECK(registry::item_of(history[0], registry::EventField::certificate) == to_string(renewed.id));
  support::EventDraft same = event_of(id, law::Event::correction);
  same.birth = world.resident(id).birth;
  same.sex = registry::Sex::unknown;
  REQUIRE(world.event(same).has_value());
  CHECK(world.state(renewed.id) == "good");
}

TEST_CASE("a renewal that an event overtakes leaves no certificate in force") {
  AuthorityWorld world;
  reserve_serials(world);
  const auto id = world.add_resident();
  const auto first = world.issue(id, CertificateKind::auth);
  record_after_intent(world, event_of(id, law::Event::death));
  const auto renewed =
      world.issuance->issue(AuthorityWorld::issue_request(id, CertificateKind::auth, IssueMode::renewal));
  CHECK(renewed.has_error());
  CHECK(world.state(first.id) == "cessationOfOperation");
  for (const auto& certificate : registry::certificates_of(world.read(), id))
    CHECK(world.state(certificate) == "cessationOfOperation");
}

TEST_CASE("an event between look-up and intent: the certificate carries the new items") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  // The first issue of a CA reserves serials in a batch of its own, after the resident was read.
  support::EventDraft move = event_of(id, law::Event::name_change);
  move.name = "新姓　太郎";
  record_after_intent(world, move);
  const auto issued = world.issue(id, CertificateKind::sign);
  CHECK(world.resident(id).version == 1);
  CHECK(pki::as_text(issued.der).find("新姓　太郎") != std::string_view::npos);
  CHECK(pki::as_text(issued.der).find("模擬　太郎") == std::string_view::npos);
  CHECK(world.state(issued.id) == "good");
  check_nothing_open(world);
}

TEST_CASE("a change of the record between look-up and intent that is no event makes the issue decide again") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  // Serials are reserved after the resident was read: behind that the resident becomes an adult ward, which
  // leaves the version as it is.
  world.clock.at_batch(1, [&world, id] {
    world.writer->submit({.actor = with_role(Role::officer),
                          .action = "resident guardianship",
                          .run = [&world, id](store::CommandContext& context) -> pki::Result<void> {
                            auto ward = registry::find_resident(context.transaction, world.vault, id).value();
                            ward.is_adult_ward = true;
                            registry::put_resident(context.transaction, world.vault, ward);
                            return {};
                          }},
                         [](const pki::Result<void>& result) { CHECK(result.has_value()); });
  });
  const auto issued = world.issuance->issue(AuthorityWorld::issue_request(id, CertificateKind::sign));
  REQUIRE(issued.has_error());
  CHECK(issued.error().code == pki::Errc::refused_by_law);
  CHECK(registry::certificates_of(world.read(), id).empty());
  check_nothing_open(world);
}

}  // namespace ca
