// A key that was reported as known to others is certified no more, whoever asks.

#include <doctest/doctest.h>

#include "ca/issue.h"
#include "law/reported_keys.h"
#include "pki/certificate.h"
#include "pki/hash.h"
#include "registry/actor.h"
#include "registry/reported_keys.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

using pki::CertificateKind;
using registry::Role;
using support::AuthorityWorld;
using support::with_role;

support::EventDraft notice_of(registry::ResidentId id, std::optional<CertificateKind> kind = std::nullopt) {
  support::EventDraft notice;
  notice.resident = id;
  notice.event = law::Event::key_notice;
  notice.kind = kind;
  return notice;
}

// A request for one kind of certificate, with the key of the world's request `number`.
IssueRequest with_key(registry::ResidentId id, CertificateKind kind, std::size_t number,
                      IssueMode mode = IssueMode::initial) {
  IssueRequest request = AuthorityWorld::issue_request(id, kind, mode);
  request.certification_request = AuthorityWorld::request(number);
  return request;
}

constexpr std::size_t kReportedKey = 1, kOtherKey = 2;

void check_refused(AuthorityWorld& world, const IssueRequest& request) {
  const auto before = world.dump();
  const auto issued = world.issuance->issue(request);
  REQUIRE(issued.has_error());
  CHECK(issued.error().code == pki::Errc::refused_by_law);
  CHECK(issued.error().text().find("new key pair") != std::string::npos);
  CHECK(world.dump() == before);
}

}  // namespace

TEST_CASE("a key that was reported as known to others is certified for no one, in no kind") {
  AuthorityWorld world;
  const auto id = world.add_resident(), other = world.add_resident();
  REQUIRE(world.issuance->issue(with_key(id, CertificateKind::auth, kReportedKey)).has_value());
  REQUIRE(world.event(notice_of(id, CertificateKind::auth)).has_value());
  check_refused(world, with_key(id, CertificateKind::auth, kReportedKey));
  check_refused(world, with_key(id, CertificateKind::sign, kReportedKey));
  check_refused(world, with_key(other, CertificateKind::auth, kReportedKey));
  check_refused(world, with_key(other, CertificateKind::sign, kReportedKey));
  CHECK(world.issuance->issue(with_key(id, CertificateKind::auth, kOtherKey)).has_value());
  check_refused(world, with_key(id, CertificateKind::auth, kReportedKey, IssueMode::renewal));
}

TEST_CASE("a key whose certificate had fallen before it was reported counts as well") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  REQUIRE(world.issuance->issue(with_key(id, CertificateKind::auth, kReportedKey)).has_value());
  support::EventDraft application = notice_of(id);
  application.event = law::Event::holder_application;
  REQUIRE(world.event(application).has_value());
  REQUIRE(world.event(notice_of(id)).has_value());
  check_refused(world, with_key(id, CertificateKind::auth, kReportedKey));
}

TEST_CASE("a notice about a certificate that had fallen takes the other one of its key") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto auth = world.issuance->issue(with_key(id, CertificateKind::auth, kReportedKey)).value();
  const auto sign = world.issuance->issue(with_key(id, CertificateKind::sign, kReportedKey)).value();
  support::EventDraft application = notice_of(id, CertificateKind::auth);
  application.event = law::Event::holder_application;
  REQUIRE(world.event(application).has_value());
  REQUIRE(world.state(sign.id) == "good");
  REQUIRE(world.event(notice_of(id, CertificateKind::auth)).has_value());
  CHECK(world.state(auth.id) == "cessationOfOperation");
  CHECK(world.state(sign.id) == "keyCompromise");
}

TEST_CASE("a report of one kind says nothing about the key of the other, nor about earlier keys") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  REQUIRE(world.issuance->issue(with_key(id, CertificateKind::auth, 3)).has_value());
  REQUIRE(world.issuance->issue(with_key(id, CertificateKind::auth, kReportedKey, IssueMode::renewal))
              .has_value());
  REQUIRE(world.issuance->issue(with_key(id, CertificateKind::sign, kOtherKey)).has_value());
  REQUIRE(world.event(notice_of(id, CertificateKind::auth)).has_value());
  CHECK(world.issuance->issue(with_key(id, CertificateKind::auth, 3)).has_value());
  CHECK(
      world.issuance->issue(with_key(id, CertificateKind::sign, kOtherKey, IssueMode::renewal)).has_value());
}

TEST_CASE("a notice leaves another holder's certificate of the key to that holder's own notice") {
  AuthorityWorld world;
  const auto id = world.add_resident(), other = world.add_resident();
  const auto reported = world.issuance->issue(with_key(id, CertificateKind::auth, kReportedKey)).value();
  const auto of_other = world.issuance->issue(with_key(other, CertificateKind::auth, kReportedKey)).value();
  REQUIRE(world.event(notice_of(id, CertificateKind::auth)).has_value());
  CHECK(world.state(reported.id) == "keyCompromise");
  CHECK(world.state(of_other.id) == "good");
  REQUIRE(world.event(notice_of(other, CertificateKind::auth)).has_value());
  CHECK(world.state(of_other.id) == "keyCompromise");
}

TEST_CASE("a key that is reported while a certificate of it is being made is not given out") {
  AuthorityWorld world;
  const auto id = world.add_resident(), other = world.add_resident();
  REQUIRE(world.issuance->issue(with_key(id, CertificateKind::auth, kReportedKey)).has_value());
  // Between the other holder's intent and record.
  world.clock.at_batch(1, [&] {
    world.writer->submit(
        world.event_command(notice_of(id, CertificateKind::auth).request().value(), with_role(Role::officer)),
        [](const pki::Result<void>& result) { CHECK(result.has_value()); });
  });
  const auto issued = world.issuance->issue(with_key(other, CertificateKind::auth, kReportedKey));
  REQUIRE(issued.has_error());
  CHECK(issued.error().code == pki::Errc::conflict);
  const auto held = registry::certificates_of(world.read(), other);
  REQUIRE(held.size() == 1);
  CHECK(world.state(held.front()) == "keyCompromise");
}

TEST_CASE("the first report of a key stays, with the certificate that it was about") {
  AuthorityWorld world;
  const auto id = world.add_resident(), other = world.add_resident();
  const auto first = world.issuance->issue(with_key(id, CertificateKind::auth, kReportedKey)).value();
  REQUIRE(world.issuance->issue(with_key(other, CertificateKind::auth, kReportedKey)).has_value());
  REQUIRE(world.event(notice_of(id, CertificateKind::auth)).has_value());
  const pki::Time reported_at = world.clock.now();
  world.clock.advance(std::chrono::hours{1});
  REQUIRE(world.event(notice_of(other)).has_value());
  const auto certificate = pki::Certificate::decode(first.der).value();
  const auto reported = registry::find_reported_key(world.read(), certificate.subject_public_key_info());
  REQUIRE(reported.has_value());
  CHECK(*reported == registry::ReportedKey{reported_at, first.id});
}

TEST_CASE("a store of an older program learns of the keys that were reported before there was a table") {
  AuthorityWorld world;
  const auto id = world.add_resident(), other = world.add_resident(), third = world.add_resident();
  const auto fallen = world.issuance->issue(with_key(id, CertificateKind::auth, 0)).value();
  REQUIRE(world.event(notice_of(id)).has_value());
  // Reported after it had fallen for another reason.
  const auto lapsed = world.issuance->issue(with_key(other, CertificateKind::auth, 1)).value();
  support::EventDraft application = notice_of(other);
  application.event = law::Event::holder_application;
  REQUIRE(world.event(application).has_value());
  REQUIRE(world.event(notice_of(other)).has_value());
  REQUIRE(world.issuance->issue(with_key(third, CertificateKind::auth, 2)).has_value());
  CHECK(world.read().count(registry::tables::reported_keys) == 2);
  world.write([&](store::WriteTransaction& transaction) {
    for (const auto& issued : {fallen, lapsed})
      transaction.erase(registry::tables::reported_keys,
                        pki::digest(pki::HashAlgorithm::sha256,
                                    pki::Certificate::decode(issued.der).value().subject_public_key_info()));
  });
  CHECK(world.read().count(registry::tables::reported_keys) == 0);
  CHECK_FALSE(registry::are_reported_keys_listed(world.read()));
  world.write([&](store::WriteTransaction& transaction) {
    CHECK(law::list_reported_keys(transaction, world.vault) == 2);
  });
  CHECK(registry::are_reported_keys_listed(world.read()));
  CHECK(world.read().count(registry::tables::reported_keys) == 2);
  check_refused(world, with_key(third, CertificateKind::sign, 0));
  check_refused(world, with_key(third, CertificateKind::sign, 1));
  // Twice is as once.
  world.write([&](store::WriteTransaction& transaction) {
    CHECK(law::list_reported_keys(transaction, world.vault) == 0);
  });
}

TEST_CASE("a record that does not open keeps no notice, and no other key, from being recorded") {
  AuthorityWorld world;
  const auto id = world.add_resident(), other = world.add_resident();
  const auto damaged = world.issuance->issue(with_key(id, CertificateKind::auth, 0)).value();
  REQUIRE(world.issuance->issue(with_key(id, CertificateKind::sign, kReportedKey)).has_value());
  world.write([&](store::WriteTransaction& transaction) {
    transaction.put(registry::tables::certificates, registry::Key().certificate(damaged.id),
                    pki::Bytes(64, 1));
  });
  REQUIRE(world.event(notice_of(id, CertificateKind::auth)).has_value());
  CHECK(world.state(damaged.id) == "keyCompromise");
  REQUIRE(world.event(notice_of(id, CertificateKind::sign)).has_value());
  check_refused(world, with_key(other, CertificateKind::sign, kReportedKey));
}

}  // namespace ca
