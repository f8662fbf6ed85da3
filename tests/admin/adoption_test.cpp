// A certificate that a restore has lost comes back good only when the register of now says what it says.

#include <doctest/doctest.h>

#include "law/lifecycle.h"
#include "law/sweep.h"
#include "registry/lost.h"
#include "tests/support/world.h"

namespace admin {

namespace {

using http::Method;
using pki::CertificateKind;
using support::body_of;
using support::day;
using support::World;

// The authority of before the loss and the restored one: the same keys, and the same resident in both.
struct Restored {
  World before, world;
  registry::ResidentId id = before.add_resident();

  Restored() {
    world.add_resident();
    world.clock.advance(pki::Seconds{3600});
  }

  // Issued by the lost authority; the restored one knows the serial.
  registry::IssuedCertificate lose(CertificateKind kind) {
    auto certificate = before.issue(id, kind);
    world.write([&](store::WriteTransaction& transaction) {
      registry::record_lost(transaction,
                            {.id = certificate.id,
                             .not_after = certificate.not_after,
                             .revocation = {world.clock.now(), pki::CrlReason::certificate_hold}},
                            world.clock.now());
    });
    return certificate;
  }
  http::Response adopt(const registry::IssuedCertificate& certificate,
                       std::optional<registry::ResidentId> of = {}) {
    return world.call(Method::post, "/v1/certificates/adoptions",
                      json::serialize(json::object{{"resident", to_string(of.value_or(id))},
                                                   {"certificate", pki::to_base64(certificate.der)}}));
  }
  // What the certificate is once it is adopted.
  std::string adopted(const registry::IssuedCertificate& certificate) {
    const auto response = adopt(certificate);
    INFO(body_of(response));
    REQUIRE(response.status == 201);
    return world.state(certificate.id);
  }
  void record(const support::EventDraft& draft) {
    const auto plan = world.event(draft);
    INFO((plan ? std::string() : plan.error().text()));
    REQUIRE(plan.has_value());
  }
};

}  // namespace

TEST_CASE("a lost certificate that agrees with the register comes back good") {
  for (const CertificateKind kind : {CertificateKind::sign, CertificateKind::auth}) {
    Restored restored;
    CHECK(restored.adopted(restored.lose(kind)) == "good");
  }
}

TEST_CASE("a lost certificate revoked by an event, which the feed has sent again, comes back revoked") {
  using law::Event;
  struct Fall {
    CertificateKind kind;
    support::EventDraft draft;
    std::string state;
  };
  const Fall falls[] = {
      {CertificateKind::sign, {.event = Event::name_change, .name = "別人　太郎"}, "affiliationChanged"},
      {CertificateKind::sign,
       {.event = Event::address_change, .address = "東京都清瀬市模擬町２番"},
       "affiliationChanged"},
      {CertificateKind::sign, {.event = Event::death}, "cessationOfOperation"},
      {CertificateKind::auth, {.event = Event::death}, "cessationOfOperation"},
      {CertificateKind::auth, {.event = Event::deletion}, "cessationOfOperation"},
      {CertificateKind::auth, {.event = Event::card_return}, "cessationOfOperation"},
      {CertificateKind::sign, {.event = Event::key_notice}, "keyCompromise"},
      {CertificateKind::auth, {.event = Event::key_notice}, "keyCompromise"},
      {CertificateKind::sign, {.event = Event::holder_application}, "cessationOfOperation"},
      {CertificateKind::auth, {.event = Event::record_error}, "affiliationChanged"},
      {CertificateKind::sign, {.event = Event::hold}, "certificateHold"},
      {CertificateKind::auth, {.event = Event::hold}, "certificateHold"},
      {CertificateKind::auth, {.event = Event::name_change, .name = "別人　太郎"}, "good"},
  };
  for (const Fall& fall : falls) {
    Restored restored;
    const auto certificate = restored.lose(fall.kind);
    const pki::Time held = restored.world.status(certificate.id)->revocation->date;
    auto draft = fall.draft;
    draft.resident = restored.id;
    restored.world.clock.advance(pki::Seconds{60});
    restored.record(draft);
    INFO(to_string(fall.draft.event));
    CHECK(restored.adopted(certificate) == fall.state);
    if (const auto revocation = restored.world.status(certificate.id)->revocation)
      CHECK(revocation->date == held);
  }
}

TEST_CASE("an event that the backup holds did not end a certificate that was issued after it") {
  // All in one second: the event, with a certificate to end or without one, the backup, and the issue.
  for (const bool has_predecessor : {true, false}) {
    CAPTURE(has_predecessor);
    Restored restored;
    if (has_predecessor) restored.world.issue(restored.id, CertificateKind::auth);
    restored.record({.resident = restored.id,
                     .event = has_predecessor ? law::Event::key_notice : law::Event::hold,
                     .kind = CertificateKind::auth});
    restored.before.clock.advance(pki::Seconds{3600});
    restored.world.clock.advance(pki::Seconds{1});
    // Its number is another than that of the certificate before it.
    if (has_predecessor) {
      restored.before.issue(restored.id, CertificateKind::auth);
      REQUIRE(
          restored.before
              .event(
                  {.resident = restored.id, .event = law::Event::key_notice, .kind = CertificateKind::auth})
              .has_value());
    }
    CHECK(restored.adopted(restored.lose(CertificateKind::auth)) == "good");
  }
}

TEST_CASE("a lost certificate falls with the exit or the card as if it had been on record at the notice") {
  const auto pass_days = [](World& world, int days) {
    world.clock.advance(pki::Seconds{86'400 * days});
    REQUIRE(law::sweep({*world.environment, *world.writer, world.vault},
                       support::with_role(registry::Role::system), world.clock.now())
                .has_value());
  };
  for (const CertificateKind kind : {CertificateKind::sign, CertificateKind::auth}) {
    CAPTURE(pki::to_string(kind));
    Restored exit;
    const auto before_notice = exit.lose(kind);
    support::EventDraft notice{.resident = exit.id, .event = law::Event::overseas_exit};
    notice.planned = pki::add_days(pki::jst_date(exit.world.clock.now()), 3);
    notice.card = registry::Departure::Card::handed_in;
    exit.record(notice);
    CHECK(exit.adopted(before_notice) == "good");
    pass_days(exit.world, 60);
    CHECK(exit.world.state(before_notice.id) == "cessationOfOperation");

    Restored shortened;
    const auto longer = shortened.lose(kind);
    shortened.record({.resident = shortened.id,
                      .event = law::Event::correction,
                      .card_expires = pki::add_days(pki::jst_date(shortened.world.clock.now()), 20)});
    CHECK(shortened.adopted(longer) == "good");
    pass_days(shortened.world, 21);
    CHECK(shortened.world.state(longer.id) == "cessationOfOperation");
  }
}

TEST_CASE("what was changed and changed back is revoked, and so is what a later issue followed") {
  Restored changed;
  const auto first = changed.lose(CertificateKind::sign);
  changed.record({.resident = changed.id, .event = law::Event::name_change, .name = "別人　太郎"});
  changed.record({.resident = changed.id, .event = law::Event::name_change, .name = "模擬　太郎"});
  CHECK(changed.adopted(first) == "affiliationChanged");

  Restored followed;
  const auto second = followed.lose(CertificateKind::auth);
  followed.world.write([&](store::WriteTransaction& transaction) {
    registry::skip_serials(transaction, pki::CaName::auth, second.id.serial.value);
  });
  const auto later = followed.world.issue(followed.id, CertificateKind::auth);
  CHECK(followed.adopted(second) == "superseded");
  CHECK(followed.world.state(later.id) == "good");
}

TEST_CASE("a lost certificate comes back to no one but its holder") {
  Restored restored;
  const auto sign = restored.lose(CertificateKind::sign), auth = restored.lose(CertificateKind::auth);
  const auto namesake = restored.world.add_resident([](registry::Resident& r) {
    r.name = "別人　花子";
    r.birth = day(1990, 5, 5);
  });
  const auto elsewhere = restored.world.add_resident([](registry::Resident& r) {
    r.municipality = support::kSetagaya;
    r.address = "東京都世田谷区模擬町１番";
  });
  for (const auto other : {namesake, elsewhere})
    for (const auto& certificate : {sign, auth}) {
      const auto response = restored.adopt(certificate, other);
      INFO(body_of(response));
      CHECK(response.status == 409);
      CHECK(restored.world.state(certificate.id) == "certificateHold");
      CHECK(registry::find_lost(restored.world.read(), certificate.id).has_value());
    }
}

TEST_CASE("a lost certificate that has expired stays held") {
  Restored restored;
  restored.world.clock.advance(pki::Seconds{6LL * 366 * 86'400});
  const auto auth = restored.lose(CertificateKind::auth);
  CHECK(restored.adopt(auth).status == 409);
  CHECK(restored.world.state(auth.id) == "certificateHold");
}

}  // namespace admin
