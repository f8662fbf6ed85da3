// Issuing: who may have a certificate, for how long, and that each is given once.

#include "ca/issue.h"

#include <doctest/doctest.h>

#include <thread>

#include "law/permission.h"
#include "law/sweep.h"
#include "pki/birth_date.h"
#include "pki/certificate.h"
#include "registry/actor.h"
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

// The error of an issue that must be refused without a trace.
pki::Error refused(AuthorityWorld& world, const IssueRequest& request) {
  const auto before = world.dump();
  const auto issued = world.issuance->issue(request);
  REQUIRE(issued.has_error());
  CHECK(world.dump() == before);
  return issued.error();
}

pki::Error refused(AuthorityWorld& world, registry::ResidentId id, CertificateKind kind) {
  return refused(world, AuthorityWorld::issue_request(id, kind));
}

}  // namespace

TEST_CASE("a resident gets both certificates, on record as they were given out") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto auth = world.issue(id, CertificateKind::auth);
  const auto sign = world.issue(id, CertificateKind::sign);
  for (const auto& issued : {auth, sign}) {
    CHECK(world.state(issued.id) == "good");
    const auto kept = registry::find_certificate(world.read(), world.vault, issued.id);
    REQUIRE(kept.has_value());
    CHECK(kept->der == issued.der);
    CHECK(kept->resident == id);
    CHECK(issued.id.serial.value > kFirstSerialMinusOne);
    CHECK(issued.point.code == support::kKiyose);
    CHECK(pki::to_rfc3339(issued.not_after) == "2031-02-17T14:59:59Z");
    const auto certificate = pki::Certificate::decode(issued.der).value();
    CHECK(certificate.not_after() == issued.not_after);
    CHECK(pki::serial_from_content(certificate.serial_content()) == issued.id.serial);
    CHECK(pki::equal(
        certificate.subject_public_key_info(),
        pki::verify_certification_request(AuthorityWorld::request(static_cast<std::size_t>(issued.kind)))
            ->subject_public_key_info));
  }
  CHECK(registry::certificates_of(world.read(), id).size() == 2);
  check_nothing_open(world);
}

TEST_CASE("serials of a CA name rise and are never given twice, over restarts") {
  AuthorityWorld world;
  std::uint64_t last = 0;
  for (int i = 0; i < 4; ++i) {
    if (i == 2) world.start();
    const auto issued = world.issue(world.add_resident(), CertificateKind::auth);
    CHECK(issued.id.serial.value > last);
    last = issued.id.serial.value;
  }
}

TEST_CASE("a second certificate is refused with Act 6 and Act 25, and leaves no trace") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  world.issue(id, CertificateKind::auth);
  world.issue(id, CertificateKind::sign);
  const auto sign = refused(world, id, CertificateKind::sign);
  CHECK(sign.code == pki::Errc::refused_by_law);
  CHECK(sign.article == "Act 6");
  const auto auth = refused(world, id, CertificateKind::auth);
  CHECK(auth.code == pki::Errc::refused_by_law);
  CHECK(auth.article == "Act 25");
}

TEST_CASE("a held certificate is in force, a revoked or expired one is not") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto first = world.issue(id, CertificateKind::sign);
  REQUIRE(world.event(event_of(id, law::Event::hold), with_role(Role::call_centre)).has_value());
  CHECK(refused(world, id, CertificateKind::sign).article == "Act 6");
  REQUIRE(world.event(event_of(id, law::Event::holder_application)).has_value());
  const auto second = world.issue(id, CertificateKind::sign);
  CHECK(world.state(first.id) == "cessationOfOperation");
  CHECK(second.id.serial > first.id.serial);
  world.clock.set(second.not_after);
  CHECK(refused(world, id, CertificateKind::sign).article == "Act 6");
  world.clock.advance(std::chrono::seconds{1});
  CHECK(world.state(world.issue(id, CertificateKind::sign).id) == "good");
}

TEST_CASE("below fifteen there is no signing certificate, but an authentication certificate") {
  AuthorityWorld world;
  const auto child = world.add_resident([](auto& resident) { resident.birth = day(2011, 11, 24); });
  const auto error = refused(world, child, CertificateKind::sign);
  CHECK(error.code == pki::Errc::refused_by_law);
  CHECK(error.article.find("Act 3") == 0);
  world.issue(child, CertificateKind::auth);
  const auto older = world.add_resident([](auto& resident) { resident.birth = day(2011, 11, 23); });
  world.issue(older, CertificateKind::sign);
}

TEST_CASE("where the day of birth is unknown, the last possible one counts for age and validity") {
  AuthorityWorld world;
  const auto born = [&](const char* birth) {
    return world.add_resident([&](auto& resident) { resident.birth = pki::parse_birth_date(birth).value(); });
  };
  // On 23 November 2026 one born in 2011 may be fifteen, but is it for certain on 31 December alone.
  CHECK(refused(world, born("2011-00-00"), CertificateKind::sign).code == pki::Errc::refused_by_law);
  CHECK(world.resident(born("1980-00-00")).birth == pki::parse_birth_date("1980-00-00").value());
  CHECK(pki::to_rfc3339(world.issue(born("1980-00-00"), CertificateKind::sign).not_after) ==
        "2030-12-31T14:59:59Z");
  CHECK(pki::to_rfc3339(world.issue(born("0000-00-00"), CertificateKind::sign).not_after) ==
        "2030-12-31T14:59:59Z");
}

TEST_CASE("an adult ward gets no signing certificate, but an authentication certificate") {
  AuthorityWorld world;
  const auto ward = world.add_resident([](auto& resident) { resident.is_adult_ward = true; });
  const auto error = refused(world, ward, CertificateKind::sign);
  CHECK(error.code == pki::Errc::refused_by_law);
  CHECK(error.text().find("administrative practice; ca.signing_for_adult_wards") != std::string::npos);
  world.issue(ward, CertificateKind::auth);
}

TEST_CASE("the refusal of adult wards is configuration") {
  AuthorityWorld world({.profile = {.issuing = {.signing_for_adult_wards = true}}});
  const auto ward = world.add_resident([](auto& resident) { resident.is_adult_ward = true; });
  world.issue(ward, CertificateKind::sign);
}

TEST_CASE("the age limit is configuration") {
  AuthorityWorld world({.profile = {.issuing = {.minimum_age_for_signing = 0}}});
  const auto child = world.add_resident([](auto& resident) { resident.birth = day(2020, 1, 1); });
  world.issue(child, CertificateKind::sign);
}

TEST_CASE("no unknown or removed resident gets a certificate") {
  AuthorityWorld world;
  const auto unknown = refused(world, registry::make_resident_id(5), CertificateKind::sign);
  CHECK(unknown.code == pki::Errc::refused_by_law);
  CHECK(unknown.article == "Act 3, 22");
  const auto id = world.add_resident();
  REQUIRE(world.event(event_of(id, law::Event::death)).has_value());
  CHECK(refused(world, id, CertificateKind::sign).article == "Act 3(1)");
  CHECK(refused(world, id, CertificateKind::auth).article == "Act 22(1)");
}

TEST_CASE("certificates are issued through the resident's own municipality, or by J-LIS") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  for (const auto& actor :
       {municipality(support::kSetagaya), with_role(Role::call_centre), with_role(Role::auditor)}) {
    auto request = AuthorityWorld::issue_request(id, CertificateKind::sign);
    request.actor = actor;
    const auto error = refused(world, request);
    CHECK(error.code == pki::Errc::forbidden);
    CHECK(error.article.find("Act 3") != std::string::npos);
  }
  auto request = AuthorityWorld::issue_request(id, CertificateKind::sign);
  request.actor = municipality(support::kKiyose);
  CHECK(world.issuance->issue(request).has_value());
}

TEST_CASE(
    "a request without proof of possession, or with a key that the ordinance does not know, is refused") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto corpus = support::source_folder() / "tests/fuzz/corpus/certification_request";
  auto request = AuthorityWorld::issue_request(id, CertificateKind::sign);
  request.certification_request.back() ^= 1U;
  CHECK(refused(world, request).code == pki::Errc::malformed);
  for (const char* file : {"bad_signature.der", "invalid_trailing_octet.der"}) {
    CAPTURE(file);
    request.certification_request = support::read_file(corpus / file);
    CHECK(refused(world, request).code == pki::Errc::malformed);
  }
  for (const char* file : {"bad_rsa1024.der", "good_p256.der", "good_p384_empty_subject.der"}) {
    CAPTURE(file);
    request.certification_request = support::read_file(corpus / file);
    CHECK(refused(world, request).code == pki::Errc::unsupported);
  }
  request.certification_request = {};
  CHECK(refused(world, request).code == pki::Errc::malformed);
}

TEST_CASE("the mobile pair needs an application made with the card's key") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  for (const auto kind : {CertificateKind::mobile_sign, CertificateKind::mobile_auth})
    CHECK(refused(world, id, kind).field == "application");
}

TEST_CASE("card and authentication certificate bound the end, and a lapsed card is refused") {
  AuthorityWorld world;
  const auto id = world.add_resident([](auto& resident) { resident.card_expires = day(2028, 2, 17); });
  CHECK(pki::to_rfc3339(world.issue(id, CertificateKind::auth).not_after) == "2028-02-17T14:59:59Z");
  const auto lapsed = world.add_resident([](auto& resident) { resident.card_expires = day(2026, 11, 22); });
  const auto error = refused(world, lapsed, CertificateKind::auth);
  CHECK(error.code == pki::Errc::refused_by_law);
  CHECK(error.article == "Ordinance 13, 49");
  // Renewed by a new birthday only for auth: the signing certificate ends with it.
  const auto other = world.add_resident();
  const auto auth = world.issue(other, CertificateKind::auth);
  world.clock.advance(std::chrono::hours{24 * 365});
  CHECK(world.issue(other, CertificateKind::sign).not_after == auth.not_after);
}

TEST_CASE("on the last second of the card's last day there is a certificate, valid for that second") {
  AuthorityWorld world;
  const pki::Date last = pki::jst_date(world.clock.now());
  const auto id = world.add_resident([&](auto& resident) { resident.card_expires = last; });
  world.clock.set(pki::jst_end_of_day(last));
  for (const auto kind : {CertificateKind::auth, CertificateKind::sign}) {
    const auto issued = world.issue(id, kind);
    CHECK(issued.not_before == issued.not_after);
    CHECK(world.state(issued.id) == "good");
  }
  CHECK(refused(world, id, CertificateKind::auth).article == "Act 25");
  world.clock.advance(std::chrono::seconds{1});
  CHECK(refused(world, id, CertificateKind::auth).article == "Ordinance 13, 49");
}

TEST_CASE("a generation that has ended issues nothing, and the refusal says how to go on") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  world.clock.set(world.authority->current(pki::CaName::auth).not_after() + std::chrono::seconds{1});
  const pki::Error error = refused(world, id, CertificateKind::auth);
  CHECK(error.code == pki::Errc::conflict);
  CHECK(error.text() ==
        "the generation of the CA ended on 2036-11-22 and issues no more: begin the next one with `jpki ca "
        "roll`");
}

TEST_CASE("a renewal supersedes the certificate in force, at the moment of its own record") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto first = world.issue(id, CertificateKind::auth);
  world.clock.advance(std::chrono::hours{24});
  const auto second = world.issue(id, CertificateKind::auth, IssueMode::renewal);
  CHECK(world.state(first.id) == "superseded");
  CHECK(world.status(first.id)->revocation->date == world.clock.now());
  CHECK(world.state(second.id) == "good");
  CHECK(pki::to_rfc3339(second.not_after) == "2031-02-17T14:59:59Z");
  check_nothing_open(world);
}

TEST_CASE("a renewal of a held certificate keeps the date of the hold") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto first = world.issue(id, CertificateKind::sign);
  REQUIRE(world.event(event_of(id, law::Event::hold), with_role(Role::call_centre)).has_value());
  world.clock.advance(std::chrono::hours{24});
  const auto second = world.issue(id, CertificateKind::sign, IssueMode::renewal);
  CHECK(world.status(first.id)->revocation ==
        registry::Revocation{support::kStart, pki::CrlReason::superseded});
  CHECK(world.state(second.id) == "good");
}

TEST_CASE("another municipality issues for a reason of Ordinance 11-2, and no other role with one") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  auto request = AuthorityWorld::issue_request(id, CertificateKind::auth);
  request.other_municipality_reason = registry::OtherMunicipalityReason::evacuation;
  for (const Role role : {Role::call_centre, Role::auditor}) {
    request.actor = with_role(role);
    CHECK(refused(world, request).code == pki::Errc::forbidden);
  }
  request.actor = municipality(support::kSetagaya);
  CHECK(world.issuance->issue(request).has_value());
  // The certificate belongs to the municipality of residence all the same.
  const auto held = registry::certificates_of(world.read(), id);
  REQUIRE(held.size() == 1);
  CHECK(world.status(held[0])->point.code == support::kKiyose);
  for (const char* text : {"company-batch", "evacuation", "domestic-violence", "stalking", "child-abuse",
                           "equivalent", "1", "6"})
    CHECK(law::parse_other_municipality_reason(text, pki::CaName::sign).has_value());
  for (const char* text : {"", "0", "7", "holiday"})
    CHECK(law::parse_other_municipality_reason(text, pki::CaName::sign).error().field == "reason");
}

TEST_CASE("the sixth reason of Ordinance 47-2 is the applicant's age, and the seventh what is equivalent") {
  const auto reason = [](const char* text, pki::CaName ca) {
    const auto parsed = law::parse_other_municipality_reason(text, ca);
    return parsed ? std::string(to_string(*parsed)) : "refused";
  };
  CHECK(reason("6", pki::CaName::sign) == "equivalent");
  CHECK(reason("7", pki::CaName::sign) == "refused");
  CHECK(reason("specified-age", pki::CaName::sign) == "refused");
  CHECK(reason("6", pki::CaName::auth) == "specified-age");
  CHECK(reason("7", pki::CaName::auth) == "equivalent");
  CHECK(reason("8", pki::CaName::auth) == "refused");
}

TEST_CASE("nothing is issued before the day on which the law began to know it") {
  AuthorityWorld world;
  // No row of the table would take it before.
  world.clock.set(pki::jst_end_of_day(day(2015, 12, 31)));
  const auto early = world.add_resident();
  CHECK(refused(world, early, CertificateKind::sign).article == "Act 3(1)");
  CHECK(refused(world, early, CertificateKind::auth).article == "Act 22(1)");
  world.clock.set(pki::jst_start_of_day(day(2016, 1, 1)));
  world.issue(early, CertificateKind::auth);
  world.clock.set(pki::jst_end_of_day(day(2023, 5, 10)));
  const auto id = world.add_resident();
  world.issue(id, CertificateKind::auth);
  world.issue(id, CertificateKind::sign);
  const auto refusal = [&](CertificateKind kind, registry::ResidentId holder) {
    const auto issued = world.issuance->issue(AuthorityWorld::issue_request(holder, kind));
    REQUIRE(issued.has_error());
    return issued.error();
  };
  CHECK(refusal(CertificateKind::mobile_sign, id).article == "Act 16-2");
  CHECK(refusal(CertificateKind::mobile_auth, id).article == "Act 35-2");
  // From the next day on it is the application that is missing.
  world.clock.set(pki::jst_start_of_day(day(2023, 5, 11)));
  CHECK(refusal(CertificateKind::mobile_auth, id).field == "application");

  const auto abroad = world.add_resident([](registry::Resident& resident) {
    resident.residency = registry::Residency::abroad;
    resident.left_japan = day(2023, 1, 1);
    resident.address.clear();
  });
  CHECK(refusal(CertificateKind::sign, abroad).article == "Act 3-2");
  CHECK(refusal(CertificateKind::auth, abroad).article == "Act 22-2");
  world.clock.set(pki::jst_start_of_day(day(2024, 5, 27)));
  world.issue(abroad, CertificateKind::auth);
  world.issue(abroad, CertificateKind::sign);
}

TEST_CASE("without a valid card, or between two registers, no resident gets a certificate") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  REQUIRE(world.event(event_of(id, law::Event::card_return)).has_value());
  CHECK(refused(world, id, CertificateKind::auth).text().find("card-issue") != std::string::npos);
  support::EventDraft card = event_of(id, law::Event::card_issue);
  card.card_expires = day(2036, 2, 17);
  REQUIRE(world.event(card).has_value());
  world.issue(id, CertificateKind::auth);
  support::EventDraft notice = event_of(id, law::Event::move_out);
  notice.planned = day(2026, 11, 24);
  REQUIRE(world.event(notice).has_value());
  // Nobody sweeps at midnight: the issue itself finds that the record was deleted.
  world.clock.set(pki::jst_start_of_day(day(2026, 11, 24)));
  const auto issued = world.issuance->issue(AuthorityWorld::issue_request(id, CertificateKind::sign));
  REQUIRE(issued.has_error());
  CHECK(issued.error().code == pki::Errc::refused_by_law);
  CHECK(world.resident(id).residency == registry::Residency::moved_out);
}

TEST_CASE("a renewal stands in the resident's history with its article") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto first = world.issue(id, CertificateKind::sign);
  world.issue(id, CertificateKind::sign, IssueMode::renewal);
  const auto events = registry::events_of(world.read(), world.vault, id);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event == law::Event::renewal);
  CHECK(events[0].sequence == 1);
  CHECK(world.resident(id).version == 1);
  REQUIRE(events[0].consequences.size() == 1);
  CHECK(events[0].consequences[0].certificate == first.id);
  CHECK(events[0].consequences[0].outcome == law::Outcome::supersede);
  CHECK(events[0].consequences[0].article.find("Ordinance 13") != std::string::npos);
}

TEST_CASE("a renewal without a certificate in force is a first issue") {
  AuthorityWorld world;
  const auto issued = world.issue(world.add_resident(), CertificateKind::auth, IssueMode::renewal);
  CHECK(world.state(issued.id) == "good");
}

TEST_CASE("with three months or more left a renewal ends at the fifth birthday, with less at the sixth") {
  const auto renewed_on = [](const char* moment) {
    AuthorityWorld world;
    const auto id = world.add_resident();
    world.issue(id, CertificateKind::auth);  // Ends on 2031-02-17.
    world.clock.set(pki::parse_rfc3339(moment).value());
    return pki::to_rfc3339(world.issue(id, CertificateKind::auth, IssueMode::renewal).not_after);
  };
  CHECK(renewed_on("2030-11-17T03:00:00Z") == "2035-02-17T14:59:59Z");
  CHECK(renewed_on("2030-11-18T03:00:00Z") == "2036-02-17T14:59:59Z");
}

TEST_CASE("a request under an Idempotency-Key is answered once, with the commit of its record") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  auto request = AuthorityWorld::issue_request(id, CertificateKind::auth);
  request.claim = {.scope = "counter", .key = "one", .request_hash = pki::Bytes(32, 1)};
  request.answer = [](const registry::IssuedCertificate& certificate, const registry::Status& status) {
    return to_string(certificate.id) + (status.revocation ? " revoked" : " good");
  };
  const auto issued = world.issuance->issue(request);
  REQUIRE(issued.has_value());
  const auto answer = store::find_answer(world.read(), world.vault, "counter", "one");
  REQUIRE(answer.has_value());
  CHECK(answer->http_status == 201);
  CHECK(answer->body == to_string(issued->id) + " good");
  CHECK(answer->recorded_at == world.clock.now());
  // The same key again: refused before anything is written, whatever is asked.
  auto other = AuthorityWorld::issue_request(world.add_resident(), CertificateKind::auth);
  other.claim = request.claim;
  CHECK(refused(world, other).code == pki::Errc::conflict);
  // What is not given out leaves no answer.
  const auto third = world.add_resident();
  auto overtaken = AuthorityWorld::issue_request(third, CertificateKind::auth);
  overtaken.claim = {.scope = "counter", .key = "two", .request_hash = pki::Bytes(32, 2)};
  overtaken.answer = request.answer;
  record_after_intent(world, event_of(third, law::Event::death));
  CHECK(world.issuance->issue(overtaken).error().code == pki::Errc::conflict);
  CHECK_FALSE(store::find_answer(world.read(), world.vault, "counter", "two").has_value());
}

TEST_CASE("an issue that a dead process left is closed at start, its serial unknown for ever") {
  AuthorityWorld world;
  reserve_serials(world);
  const auto id = world.add_resident();
  const registry::Intent intent{.id = {{pki::CaName::sign, 1}, {100'000'500}},
                                .kind = CertificateKind::sign,
                                .resident = id,
                                .resident_version = 0,
                                .recorded_at = world.clock.now(),
                                .tbs_hash = pki::Bytes(32, 1)};
  world.write([&](store::WriteTransaction& transaction) {
    registry::skip_serials(transaction, pki::CaName::sign, intent.id.serial.value);
    registry::record_intent(transaction, world.vault, intent);
  });
  CHECK(refused(world, id, CertificateKind::sign).code == pki::Errc::conflict);
  world.start();
  // Only what was begun before the cutoff.
  CHECK(world.issuance->close_abandoned(world.clock.now()).value() == 0);
  CHECK(world.issuance->close_abandoned(world.clock.now() + std::chrono::seconds{1}).value() == 1);
  const auto before = world.dump();
  CHECK(world.issuance->close_abandoned(world.clock.now() + std::chrono::seconds{1}).value() == 0);
  CHECK(world.dump() == before);
  check_nothing_open(world);
  const auto issued = world.issue(id, CertificateKind::sign);
  CHECK(issued.id.serial > intent.id.serial);
  CHECK(world.state(intent.id) == "absent");
  CHECK(registry::certificates_of(world.read(), id).size() == 1);
}

TEST_CASE("of issues at the same time to one resident exactly one succeeds") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  std::atomic<int> issued = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(6);
    for (int i = 0; i < 6; ++i)
      threads.emplace_back([&] {
        const auto result = world.issuance->issue(AuthorityWorld::issue_request(id, CertificateKind::auth));
        if (result.has_value()) ++issued;
      });
  }
  CHECK(issued == 1);
  const auto all = registry::certificates_of(world.read(), id);
  REQUIRE(all.size() == 1);
  CHECK(world.state(all[0]) == "good");
  check_nothing_open(world);
}

TEST_CASE("the audit log names certificate and resident of every issue, and no personal item") {
  AuthorityWorld world;
  const auto id = world.add_resident();
  const auto issued = world.issue(id, CertificateKind::sign);
  std::vector<std::string> words;
  const auto transaction = world.read();
  for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous()) {
    const store::AuditEntry entry = entries.row();
    for (const std::string& subject : entry.subjects)
      words.push_back(entry.action + ": " + subject);
  }
  const auto has = [&](const std::string& text) {
    return std::find(words.begin(), words.end(), text) != words.end();
  };
  CHECK(has("certificate issue: certificate " + to_string(issued.id)));
  CHECK(has("certificate issue: resident " + to_string(id)));
  for (const std::string& word : words)
    CHECK(word.find("太郎") == std::string::npos);
  CHECK(store::verify_audit(world.read()).has_value());
}

}  // namespace ca
