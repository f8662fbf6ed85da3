// The responder over a real store: decisions in their order, statuses, and answers that never outlive a
// change.

#include "ocsp/service.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "ocsp/signing_identity.h"
#include "tests/ocsp/world.h"

namespace {

using namespace ocsp_world;
using ocsp::AnswerKind;
using ocsp::CertStatus;
using ocsp::Good;
using ocsp::ResponseStatus;
using ocsp::Revoked;
using ocsp::Unknown;

constexpr std::string_view kSignPath = "/ocsp/sign";
constexpr std::string_view kAuthPath = "/ocsp/auth";
constexpr std::uint64_t kSerial = 4660;

// A world that answers everyone, so that a test about statuses need not speak of verifiers; answers are kept.
World open_world() {
  return World({.access = ocsp::AccessPolicy::open_to_all});
}

// A verified single response about one serial of sign-1.
ocsp::SingleResponse ask(World& world, std::uint64_t serial, std::optional<pki::Bytes> nonce = std::nullopt) {
  const pki::Bytes request = question("sign_ca.cer", {serial}, std::move(nonce));
  const pki::Bytes answer = world.post(kSignPath, request);
  auto response = verified(request, answer, "sign_ca.cer", world.clock.now()).front();
  response.cert_id = {};
  return response;
}

std::uint64_t count_of(const World& world, AnswerKind answer, std::size_t ca = 0) {
  return world.service->counters().answers.at(ca).at(static_cast<std::size_t>(answer));
}

}  // namespace

TEST_CASE("good, revoked, held, released and never issued are answered as they are") {
  World world = open_world();
  CHECK(ask(world, kSerial).cert_status == CertStatus(Unknown{}));
  world.issue(kSerial);
  CHECK(ask(world, kSerial).cert_status == CertStatus(Good{}));

  world.clock.advance(60s);
  world.revoke(kSerial, pki::CrlReason::certificate_hold);
  CHECK(ask(world, kSerial).cert_status ==
        CertStatus(Revoked{world.clock.now(), pki::CrlReason::certificate_hold}));
  world.clock.advance(60s);
  world.release(kSerial);
  CHECK(ask(world, kSerial).cert_status == CertStatus(Good{}));
  world.clock.advance(60s);
  world.revoke(kSerial, pki::CrlReason::affiliation_changed);
  const pki::Time revoked_at = world.clock.now();
  CHECK(ask(world, kSerial).cert_status ==
        CertStatus(Revoked{revoked_at, pki::CrlReason::affiliation_changed}));

  CHECK_FALSE(ask(world, kSerial).archive_cutoff.has_value());
  // Status never improves with time: ten years on it has expired, and is still revoked.
  world.clock.advance(pki::Seconds{10LL * 365 * 86'400});
  CHECK(ask(world, kSerial).cert_status ==
        CertStatus(Revoked{revoked_at, pki::CrlReason::affiliation_changed}));
  CHECK(ask(world, kSerial).archive_cutoff.has_value());
  CHECK(count_of(world, AnswerKind::good) == 2);
  CHECK(count_of(world, AnswerKind::revoked) == 5);
  CHECK(count_of(world, AnswerKind::unknown) == 1);
}

TEST_CASE("thisUpdate is the grid's moment, or the certificate's last change when that is later") {
  World world = open_world();
  world.issue(kSerial);
  CHECK(ask(world, kSerial).this_update == kStart);
  const pki::Time grid_start = kStart + 8min;
  world.clock.set(grid_start + 5min);
  const auto later = ask(world, kSerial);
  CHECK(later.this_update == grid_start);
  CHECK(later.next_update == grid_start + 1h);
  world.revoke(kSerial, pki::CrlReason::superseded);
  CHECK(ask(world, kSerial).this_update == grid_start + 5min);
}

TEST_CASE("a grid of zero answers for the moment itself") {
  World world({.grid = 0s, .next_update_after = 10min, .access = ocsp::AccessPolicy::open_to_all});
  world.issue(kSerial);
  world.clock.advance(7s);
  const auto answer = ask(world, kSerial);
  CHECK(answer.this_update == kStart + 7s);
  CHECK(answer.next_update == kStart + 7s + 10min);
}

TEST_CASE("an answer without nonce is kept, and never outlives a change") {
  World world = open_world();
  world.issue(kSerial);
  world.issue(kSerial + 1);
  (void)ask(world, kSerial);
  (void)ask(world, kSerial);
  CHECK(world.service->counters().cache_hits == 1);
  CHECK(world.service->counters().cached_answers == 1);

  SUBCASE("a change of another certificate leaves it in use") {
    world.revoke(kSerial + 1, pki::CrlReason::superseded);
    (void)ask(world, kSerial);
    CHECK(world.service->counters().cache_hits == 2);
  }
  SUBCASE("a change of its own certificate, in the same second, ends it") {
    world.revoke(kSerial, pki::CrlReason::superseded);
    CHECK(ask(world, kSerial).cert_status ==
          CertStatus(Revoked{world.clock.now(), pki::CrlReason::superseded}));
    CHECK(world.service->counters().cache_hits == 1);
  }
  SUBCASE("the compromise of its CA key ends it") {
    world.compromise(kSign);
    CHECK(ask(world, kSerial).cert_status ==
          CertStatus(Revoked{world.clock.now(), pki::CrlReason::ca_compromise}));
  }
  SUBCASE("the next window of the grid ends it") {
    world.clock.set(kStart + 8min);
    CHECK(ask(world, kSerial).this_update == kStart + 8min);
    CHECK(world.service->counters().cache_hits == 1);
  }
  SUBCASE("a clock that goes back ends it") {
    world.clock.advance(-60s);
    CHECK(ask(world, kSerial).this_update == world.clock.now());
  }
  SUBCASE("a new responder ends it") {
    REQUIRE(world.service->replace_responder(p256_material()).has_value());
    (void)ask(world, kSerial);
    CHECK(world.service->counters().cache_hits == 1);
  }
}

TEST_CASE("an answer about a serial never issued is not kept") {
  World world = open_world();
  (void)ask(world, 99);
  (void)ask(world, 99);
  CHECK(world.service->counters().cache_hits == 0);
  CHECK(world.service->counters().cached_answers == 0);
}

TEST_CASE("no thread is answered good after a revocation is recorded") {
  World world = open_world();
  for (std::uint64_t serial = 1; serial <= 20; ++serial)
    world.issue(serial);
  std::atomic<std::uint64_t> revoked_up_to{0};
  std::atomic<int> wrong{0};
  std::vector<pki::Bytes> questions{{}};
  for (std::uint64_t serial = 1; serial <= 20; ++serial)
    questions.push_back(question("sign_ca.cer", {serial}));
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          for (std::uint64_t serial = 1; serial <= 20; ++serial) {
            const bool must_be_revoked = serial <= revoked_up_to.load();
            const pki::Bytes answer = world.post(kSignPath, questions[serial]);
            const auto response = ocsp::decode_response(answer);
            const bool is_good = response && response->basic &&
                                 std::holds_alternative<Good>(response->basic->responses.front().cert_status);
            if (must_be_revoked && is_good) ++wrong;
          }
        }
      });
    }
    for (std::uint64_t serial = 1; serial <= 20; ++serial) {
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
      world.revoke(serial, pki::CrlReason::superseded);
      revoked_up_to = serial;
    }
  }
  CHECK(wrong == 0);
  CHECK(world.faults == 0);
}

TEST_CASE("the memory of kept answers is bounded") {
  World world({.access = ocsp::AccessPolicy::open_to_all, .cache_bytes_max = 200'000}, {p256_material()});
  for (std::uint64_t serial = 1; serial <= 300; ++serial) {
    world.issue(serial);
    (void)world.post(kSignPath, question("sign_ca.cer", {serial}));
  }
  const auto counters = world.service->counters();
  CHECK(counters.cached_bytes <= 200'000);
  CHECK(counters.cached_answers > 50);
  CHECK(counters.cached_answers < 300);
}

// RFC 6960 section 4.4.4: producedAt less the retention, which the Orders give in calendar years.
TEST_CASE("the archive cutoff is ten calendar years before producedAt, on 29 February the 28th") {
  const auto at = [](const char* text) { return pki::parse_rfc3339(text).value(); };
  for (const auto& [now, cutoff] : {std::pair{"2031-11-29T02:55:00Z", "2021-11-29T02:55:00Z"},
                                    {"2032-02-29T23:59:59Z", "2022-02-28T23:59:59Z"},
                                    {"2034-03-01T00:00:00Z", "2024-03-01T00:00:00Z"}}) {
    INFO(now);
    World world = open_world();
    world.clock.set(at("2026-01-01T00:00:00Z"));
    world.issue(kSerial);
    world.clock.set(at(now));
    const auto single = ask(world, kSerial);
    CHECK(single.archive_cutoff == at(cutoff));
  }
}

TEST_CASE("a generation whose CA certificate has ended is answered no more") {
  World world = open_world();
  world.issue(kSerial);
  const pki::Time end = pki::Certificate::decode(data("sign_ca.cer"))->not_after();
  world.clock.set(end + 1s);
  const pki::Bytes request = question("sign_ca.cer", {kSerial});
  CHECK(status_of(world.post(kSignPath, request)) == ResponseStatus::unauthorized);
  CHECK(world.faults == 0);
  // Nor does it keep a service from starting, which answers for the others.
  CHECK(ocsp::SigningIdentity::make(sign_material(), ocsp::ResponderIdForm::by_key, world.clock.now())
            .has_value());
}

TEST_CASE("a nonce comes back as it came: wrapped, bare, or in a single request's extensions") {
  World world = open_world();
  world.issue(kSerial);
  const auto extension_in_answer = [&](const pki::Bytes& request) {
    const pki::Bytes answer = world.post(kSignPath, request);
    static_cast<void>(verified(request, answer, "sign_ca.cer", kStart));
    return pki::to_bytes(ocsp::decode_response(answer)->basic->nonce.value().extension_value);
  };
  const pki::Bytes bare(16, 0x55);
  CHECK(extension_in_answer(data("good_nonce_raw.der")) == bare);
  CHECK(extension_in_answer(data("good_nonce_raw_in_single.der")) == bare);
  pki::Bytes wrapped = {0x04, 0x10};
  pki::append(wrapped, bare);
  CHECK(extension_in_answer(question("sign_ca.cer", {kSerial}, bare)) == wrapped);
}

TEST_CASE("the nonce is repeated, and such an answer is made for its request") {
  World world = open_world();
  world.issue(kSerial);
  for (const std::size_t size : {std::size_t{1}, std::size_t{32}, std::size_t{128}})
    CHECK(ask(world, kSerial, pki::Bytes(size, 9)).cert_status == CertStatus(Good{}));
  CHECK(world.service->counters().cache_hits == 0);
  CHECK(world.service->counters().cached_answers == 0);
}

TEST_CASE("a request of every outside client is answered") {
  World world = open_world();
  world.issue(kSerial);
  for (const char* file :
       {"good_openssl.der", "good_no_nonce.der", "good_sha256.der", "good_sha384.der", "good_sha512.der",
        "good_gnutls.der", "good_signed.der", "good_absent_parameters.der", "good_critical_nonce.der",
        "good_nonce_in_single.der", "good_nonce_raw.der", "good_explicit_version.der",
        "good_known_extensions.der"}) {
    INFO(file);
    const pki::Bytes request = data(file);
    const pki::Bytes answer = world.post(kSignPath, request);
    CHECK(verified(request, answer, "sign_ca.cer", kStart).front().cert_status == CertStatus(Good{}));
  }
  for (const char* file : {"good_long_serial.der", "good_negative_serial.der"}) {
    const pki::Bytes request = data(file);
    const pki::Bytes answer = world.post(kSignPath, request);
    CHECK(verified(request, answer, "sign_ca.cer", kStart).front().cert_status == CertStatus(Unknown{}));
  }
}

TEST_CASE("each of a hundred CertIDs is answered, a hundred and one are refused") {
  World world = open_world();
  world.issue(7);
  world.issue(8);
  world.revoke(8, pki::CrlReason::superseded);
  const pki::Bytes request = data("good_100.der");
  const pki::Bytes answer = world.post(kSignPath, request);
  const auto responses = verified(request, answer, "sign_ca.cer", kStart);
  CHECK(responses[6].cert_status == CertStatus(Good{}));
  CHECK(std::holds_alternative<Revoked>(responses[7].cert_status));
  CHECK(std::holds_alternative<Unknown>(responses[99].cert_status));
  CHECK(status_of(world.post(kSignPath, data("invalid_101.der"))) == ResponseStatus::malformed_request);
  CHECK(count_of(world, AnswerKind::unknown) == 98);
}

TEST_CASE("a certificate of another generation is answered by that generation's responder") {
  World world = open_world();
  world.issue(kSerial, kSign2);
  world.issue(kSerial, kAuth);
  const pki::Bytes second = data("good_second_generation.der");
  const pki::Bytes answer = world.post(kSignPath, second);
  CHECK(verified(second, answer, "sign_ca_2.cer", kStart).front().cert_status == CertStatus(Good{}));
  const pki::Bytes auth = data("good_auth.der");
  const pki::Bytes auth_answer = world.post(kAuthPath, auth);
  CHECK(verified(auth, auth_answer, "auth_ca.cer", kStart).front().cert_status == CertStatus(Good{}));
  CHECK(count_of(world, AnswerKind::good, 1) == 1);
  // The serial of another generation is not ours to speak of.
  CHECK(ask(world, kSerial).cert_status == CertStatus(Unknown{}));
}

TEST_CASE("a CertID that is not of the path's CA, or of two generations, is unauthorized") {
  World world = open_world();
  world.issue(kSerial);
  for (const char* file : {"good_auth.der", "bad_md5.der", "bad_odd_parameters.der", "bad_key_hash.der",
                           "bad_name_hash.der", "bad_two_cas.der", "bad_two_generations.der"}) {
    INFO(file);
    CHECK(status_of(world.post(kSignPath, data(file))) == ResponseStatus::unauthorized);
  }
  CHECK(status_of(world.post(kAuthPath, data("good_no_nonce.der"))) == ResponseStatus::unauthorized);
}

TEST_CASE("compromise makes good and held revoked, and changes nothing that was revoked") {
  World world = open_world();
  for (const std::uint64_t serial : {1U, 2U, 3U})
    world.issue(serial);
  world.issue(4, kSign2);
  const pki::Time held_at = kStart + 60s;
  world.clock.set(held_at);
  world.revoke(2, pki::CrlReason::certificate_hold);
  world.revoke(3, pki::CrlReason::superseded);
  world.clock.advance(60s);
  world.compromise(kSign);
  const pki::Time compromised_at = world.clock.now();
  world.clock.advance(60s);
  CHECK(ask(world, 1).cert_status == CertStatus(Revoked{compromised_at, pki::CrlReason::ca_compromise}));
  CHECK(ask(world, 1).this_update == compromised_at);
  CHECK(ask(world, 2).cert_status == CertStatus(Revoked{held_at, pki::CrlReason::ca_compromise}));
  CHECK(ask(world, 3).cert_status == CertStatus(Revoked{held_at, pki::CrlReason::superseded}));
  CHECK(ask(world, 9).cert_status == CertStatus(Unknown{}));
  const pki::Bytes other = question("sign_ca_2.cer", {4});
  const pki::Bytes answer = world.post(kSignPath, other);
  CHECK(verified(other, answer, "sign_ca_2.cer", world.clock.now()).front().cert_status ==
        CertStatus(Good{}));
}

TEST_CASE("malformed is decided before standing, standing before issuer") {
  World world;
  CHECK(status_of(world.post(kSignPath, {})) == ResponseStatus::malformed_request);
  CHECK(status_of(world.post(kSignPath, data("invalid_trailing_bytes.der"))) ==
        ResponseStatus::malformed_request);
  CHECK(status_of(world.post(kSignPath, data("good_no_nonce.der"))) == ResponseStatus::unauthorized);
  CHECK(count_of(world, AnswerKind::malformed) == 2);
  CHECK(count_of(world, AnswerKind::unauthorized) == 1);
}

TEST_CASE("a verifier is answered within its class, while its standing lasts, from the kept answer too") {
  World world;
  world.issue(kSerial);
  world.issue(kSerial, kAuth);
  const std::uint64_t id = world.add_verifier(verifier::VerifierClass::signature);
  const pki::Bytes sign = data("good_no_nonce.der");
  for (int round = 0; round < 2; ++round)
    CHECK(status_of(world.post(kSignPath, sign)) == ResponseStatus::successful);
  CHECK(world.service->counters().cache_hits == 1);
  // A signature that nobody verified must not pass for one that was.
  CHECK(status_of(world.post(kSignPath, data("good_signed.der"))) == ResponseStatus::unauthorized);
  CHECK(status_of(world.post(kAuthPath, data("good_auth.der"))) == ResponseStatus::unauthorized);

  const pki::Date today = pki::jst_date(world.clock.now());
  world.change_verifier(id, [&](verifier::Verifier& verifier) {
    verifier.suspension = verifier::Suspension{today, std::nullopt};
  });
  CHECK(status_of(world.post(kSignPath, sign)) == ResponseStatus::unauthorized);
  world.change_verifier(id, [&](verifier::Verifier& verifier) { verifier.suspension.reset(); });
  CHECK(status_of(world.post(kSignPath, sign)) == ResponseStatus::successful);
  world.change_verifier(id, [&](verifier::Verifier& verifier) { verifier.cancelled = today; });
  CHECK(status_of(world.post(kSignPath, sign)) == ResponseStatus::unauthorized);
}

TEST_CASE("extended-revoke says revoked for a serial never issued, with its extension") {
  World world({.unknown = ocsp::UnknownPolicy::extended_revoke, .access = ocsp::AccessPolicy::open_to_all});
  CHECK(ask(world, 99).cert_status == CertStatus(Revoked{pki::Time{}, pki::CrlReason::certificate_hold}));
  const pki::Bytes answer = world.post(kSignPath, question("sign_ca.cer", {99}));
  CHECK(ocsp::decode_response(answer)->basic->extended_revoke == ocsp::ExtendedRevoke::present);
  CHECK(count_of(world, AnswerKind::unknown) == 2);
}

TEST_CASE("extended-revoke does not call the CA's own certificate and its responder's never issued") {
  World world({.unknown = ocsp::UnknownPolicy::extended_revoke, .access = ocsp::AccessPolicy::open_to_all});
  for (const std::uint64_t serial : {1U, 2U})
    CHECK(ask(world, serial).cert_status == CertStatus(Unknown{}));
  CHECK(std::holds_alternative<Revoked>(ask(world, 3).cert_status));
}

TEST_CASE("nextUpdate does not pass the responder's certificate, and after its end there is no answer") {
  World world({.access = ocsp::AccessPolicy::open_to_all}, {sign_material("sign_responder_brief.cer")});
  world.issue(kSerial);
  const pki::Time end = pki::Certificate::decode(data("sign_responder_brief.cer"))->not_after();
  world.clock.set(end - 10min);
  CHECK(ask(world, kSerial).next_update == end);
  CHECK(world.service->self_test(world.clock.now()).has_value());
  world.clock.set(end + 1s);
  CHECK(status_of(world.post(kSignPath, data("good_no_nonce.der"))) == ResponseStatus::internal_error);
  CHECK(world.faults == 1);
  CHECK_FALSE(world.service->self_test(world.clock.now()).has_value());

  REQUIRE(world.service->replace_responder(sign_material()).has_value());
  CHECK(ask(world, kSerial).cert_status == CertStatus(Good{}));
}

TEST_CASE("a responder that would not satisfy a client does not go live") {
  World world = open_world();
  world.issue(kSerial);
  auto without_purpose = sign_material("no_purpose.cer");
  CHECK_FALSE(world.service->replace_responder(without_purpose).has_value());
  auto of_other_ca = sign_material("auth_responder.cer");
  CHECK_FALSE(world.service->replace_responder(of_other_ca).has_value());
  auto with_other_key = sign_material();
  with_other_key.signer = pki::make_openssl_signer(support::authority_keys().at(4));
  CHECK_FALSE(world.service->replace_responder(with_other_key).has_value());
  auto without_key = sign_material();
  without_key.signer = nullptr;
  CHECK_FALSE(world.service->replace_responder(without_key).has_value());
  CHECK(ask(world, kSerial).cert_status == CertStatus(Good{}));
}

TEST_CASE("the CA's own key may sign, and then no certificate is sent along") {
  const registry::SigningResponder material{kSign, data("sign_ca.cer"), data("sign_ca.cer"),
                                            pki::make_openssl_signer(support::authority_keys().at(0))};
  World world({.access = ocsp::AccessPolicy::open_to_all}, {material});
  world.issue(kSerial);
  CHECK(ask(world, kSerial).cert_status == CertStatus(Good{}));
  const pki::Bytes answer = world.post(kSignPath, question("sign_ca.cer", {kSerial}));
  CHECK(ocsp::decode_response(answer)->basic->certs.empty());
}

TEST_CASE("a P-256 responder answers as well, by name when asked to") {
  World world({.responder_id = ocsp::ResponderIdForm::by_name, .access = ocsp::AccessPolicy::open_to_all},
              {p256_material()});
  world.issue(kSerial);
  CHECK(ask(world, kSerial, pki::Bytes(16, 1)).cert_status == CertStatus(Good{}));
}
