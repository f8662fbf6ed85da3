// What a stranger can make the responder calculate: nothing for keys that are nobody's, little with a
// credential that it copied, and nothing that makes others wait.

#include <doctest/doctest.h>

#include <future>

#include "http/rate_limiter.h"
#include "ocsp/recent_requests.h"
#include "ocsp/verification_queue.h"
#include "tests/ocsp/signed_request.h"
#include "tests/ocsp/world.h"
#include "tests/support/route.h"
#include "verifier/credentials.h"

namespace {

using namespace ocsp_world;
using ocsp::ResponseStatus;

constexpr std::uint64_t kSerial = 4660;

// A verifier with a credential for signatures and a CA of its own.
class Forging {
 public:
  explicit Forging(ocsp::ServiceOptions options = {}) : world(std::move(options)) {
    world.issue(kSerial, kAuth);
    verifier = world.add_verifier(verifier::VerifierClass::authentication);
    own_ca =
        make_certificate({.common_name = "own CA", .issuer_name = "own CA", .key_usage = 0x04, .is_ca = true},
                         *ca_key, *ca_key);
    credential = make_certificate({.serial = 1, .common_name = "credential 1"}, *key, *operations);
    world.change_verifier(verifier, [&](verifier::Verifier& record) {
      record.networks.clear();
      record.by_signature = true;
      record.request_cas = {own_ca};
    });
    world.write([&](store::WriteTransaction& transaction) {
      verifier::put_credential(transaction, {.serial = {1},
                                             .verifier = verifier,
                                             .use = verifier::CredentialUse::signature,
                                             .purpose = "test",
                                             .terminal = "",
                                             .not_before = pki::from_unix(1'700'000'000),
                                             .not_after = pki::from_unix(1'900'000'000),
                                             .certificate = credential});
    });
  }

  ResponseStatus ask(const pki::Signer& signer, std::vector<pki::Bytes> certificates,
                     std::optional<pki::Bytes> nonce = std::nullopt) {
    return status_of(
        world.post("/ocsp/auth", sign_request(question("auth_ca.cer", {kSerial}, std::move(nonce)),
                                              {.key = signer, .certificates = std::move(certificates)})));
  }
  [[nodiscard]] std::uint64_t verifications() const { return world.service->counters().verifications; }

  std::shared_ptr<const pki::Signer> operations = pki::make_openssl_signer(support::authority_keys().at(5));
  std::shared_ptr<const pki::Signer> key = pki::make_openssl_signer(support::authority_keys().at(6));
  std::shared_ptr<const pki::Signer> ca_key = pki::make_openssl_signer(support::authority_keys().at(7));
  std::shared_ptr<const pki::Signer> strangers = pki::make_openssl_signer(support::authority_keys().at(4));
  World world;
  std::uint64_t verifier = 0;
  pki::Bytes own_ca, credential;
};

// A request that waits, of an address.
ocsp::WaitingRequest waiting_from(std::uint8_t last_byte, std::uint8_t host = 1) {
  http::Request request;
  request.method = http::Method::post;
  request.peer.address = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, last_byte, 0, 0, 0, 0, 0, 0, 0, host};
  return ocsp::keep_waiting(request, {}, {}, http::Reply([](const http::Response&) {}));
}

}  // namespace

TEST_CASE("no signature is verified with an unregistered key, and the serving thread refuses at once") {
  Forging forging;
  std::vector<pki::Bytes> eight;
  for (std::uint64_t serial = 1; serial <= 8; ++serial)
    eight.push_back(make_certificate({.serial = serial, .common_name = "credential 1"}, *forging.strangers,
                                     *forging.strangers));
  CHECK(forging.ask(*forging.strangers, eight) == ResponseStatus::unauthorized);
  // The serial, names and dates of a credential, but other bytes.
  CHECK(forging.ask(*forging.strangers, {eight.front()}) == ResponseStatus::unauthorized);
  CHECK(forging.verifications() == 0);

  http::Router router;
  forging.world.service->mount(router);
  const auto found = router.find(http::Method::post, "/ocsp/auth");
  const auto& route = std::get<http::DeferringHandler>(*std::get<const http::Route*>(found));
  support::TestDeferral deferral([](const http::Response&) {});
  const pki::Bytes forged =
      sign_request(question("auth_ca.cer", {kSerial}), {.key = *forging.strangers, .certificates = eight});
  CHECK(route(http::make_request(http::Method::post, "/ocsp/auth", {}, forged), deferral).has_value());
}

TEST_CASE("a registered CA vouches for a certificate before its key is used") {
  Forging forging;
  const AskerCertificate form{.serial = 9, .common_name = "department", .issuer_name = "own CA"};
  const pki::Bytes right = make_certificate(form, *forging.key, *forging.ca_key);
  CHECK(forging.ask(*forging.key, {right}) == ResponseStatus::successful);
  CHECK(forging.verifications() == 1);
  // The CA's name, by a stranger's key; and a CA between that the stranger made.
  const pki::Bytes forged = make_certificate(form, *forging.strangers, *forging.strangers);
  CHECK(forging.ask(*forging.strangers, {forged}) == ResponseStatus::unauthorized);
  const pki::Bytes between = make_certificate(
      {.serial = 10, .common_name = "between", .issuer_name = "own CA", .key_usage = 0x04, .is_ca = true},
      *forging.strangers, *forging.strangers);
  const pki::Bytes below =
      make_certificate({.serial = 11, .common_name = "department", .issuer_name = "between"},
                       *forging.strangers, *forging.strangers);
  CHECK(forging.ask(*forging.strangers, {below, between}) == ResponseStatus::unauthorized);
  CHECK(forging.verifications() == 1);
  // One that the CA did make, also beside one of the same name that it did not.
  const pki::Bytes real = make_certificate(
      {.serial = 12, .common_name = "between", .issuer_name = "own CA", .key_usage = 0x04, .is_ca = true},
      *forging.operations, *forging.ca_key);
  const pki::Bytes below_real =
      make_certificate({.serial = 13, .common_name = "department", .issuer_name = "between"}, *forging.key,
                       *forging.operations);
  CHECK(forging.ask(*forging.key, {below_real, between, real}) == ResponseStatus::successful);
}

TEST_CASE("a copied credential with a forged signature costs one calculation, and no second one at once") {
  Forging forging;
  const pki::Bytes nonce(16, 1);
  CHECK(forging.ask(*forging.strangers, {forging.credential}, nonce) == ResponseStatus::unauthorized);
  CHECK(forging.verifications() == 1);
  for (int round = 0; round < 3; ++round)
    CHECK(forging.ask(*forging.strangers, {forging.credential}, nonce) == ResponseStatus::unauthorized);
  CHECK(forging.verifications() == 1);
  // Its holder is not held up: its own request has other bytes.
  CHECK(forging.ask(*forging.key, {forging.credential}, nonce) == ResponseStatus::successful);
  forging.world.clock.advance(2s);
  CHECK(forging.ask(*forging.strangers, {forging.credential}, nonce) == ResponseStatus::unauthorized);
  CHECK(forging.verifications() == 3);
}

TEST_CASE("a credential that is revoked, ended or for another use costs no calculation") {
  Forging forging;
  forging.world.write([&](store::WriteTransaction& transaction) {
    auto credential = verifier::find_credential(transaction, pki::SerialNumber{1}).value();
    credential.revoked = kStart - 1s;
    verifier::put_credential(transaction, credential);
  });
  CHECK(forging.ask(*forging.key, {forging.credential}) == ResponseStatus::unauthorized);
  CHECK(forging.verifications() == 0);
}

TEST_CASE("addresses take turns for verification, a /64 counting as one, and the greatest gives way") {
  std::promise<void> gate;
  std::shared_future<void> opened = gate.get_future().share();
  std::promise<void> inside;
  std::atomic<bool> is_first{true};
  std::mutex mutex;
  std::vector<std::uint8_t> order;
  std::vector<std::optional<ocsp::WaitingRequest>> rejected;
  {
    ocsp::VerificationQueue queue(
        1, ocsp::TurnsByAddress(8, 6),
        ocsp::VerificationQueue::one_by_one([&](const ocsp::WaitingRequest& waiting) {
          if (is_first.exchange(false)) inside.set_value();
          opened.wait();
          const std::lock_guard lock(mutex);
          order.push_back(waiting.request->peer.address[7]);
        }));
    CHECK_FALSE(queue.push(waiting_from(9)).has_value());
    inside.get_future().wait();
    // Six of one /64, whatever the host; its seventh has no place.
    for (std::uint8_t host = 1; host <= 6; ++host)
      CHECK_FALSE(queue.push(waiting_from(1, host)).has_value());
    CHECK(queue.push(waiting_from(1, 7)).has_value());
    CHECK_FALSE(queue.push(waiting_from(2)).has_value());
    CHECK_FALSE(queue.push(waiting_from(3)).has_value());
    CHECK(queue.waiting() == 8);
    // Full: the /64 that has most loses its last for a newcomer.
    const auto displaced = queue.push(waiting_from(4));
    REQUIRE(displaced.has_value());
    CHECK(displaced->request->peer.address[7] == 1);
    CHECK(displaced->request->peer.address[15] == 6);
    gate.set_value();
  }
  CHECK(order == std::vector<std::uint8_t>{9, 1, 2, 3, 4, 1, 1, 1, 1});
}

TEST_CASE("a verifier beyond its own rate is answered tryLater, and no other is") {
  World world({.requests_per_second_max = 3});
  world.issue(kSerial, kAuth);
  const auto first = world.add_verifier(verifier::VerifierClass::authentication);
  const auto second = world.add_verifier(verifier::VerifierClass::authentication);
  for (const auto& [id, network] : {std::pair{first, "192.0.2.0/24"}, {second, "198.51.100.0/24"}})
    world.change_verifier(id, [&, text = network](verifier::Verifier& record) {
      record.networks = {pki::parse_network(text).value()};
    });
  const auto ask = [&](const char* from) {
    const auto made =
        http::make_request(http::Method::post, "/ocsp/auth", {}, question("auth_ca.cer", {kSerial}));
    http::Request request = *made;
    request.peer.address = pki::parse_network(from).value().address;
    return status_of(World::body(world.send(http::OwnedRequest(request))));
  };
  int answered = 0, late = 0;
  for (int i = 0; i < 200; ++i) {
    const ResponseStatus status = ask("192.0.2.1");
    if (status == ResponseStatus::successful) ++answered;
    if (status == ResponseStatus::try_later) ++late;
  }
  CHECK(answered >= 3);
  CHECK(late > 0);
  CHECK(answered + late == 200);
  CHECK(ask("198.51.100.1") == ResponseStatus::successful);
}

TEST_CASE(
    "a signed request that is sent again is answered, but shows nobody and uses up no verifier's rate") {
  Forging forging({.requests_per_second_max = 3});
  const auto send = [&](std::uint8_t first) {
    const pki::Bytes request = sign_request(question("auth_ca.cer", {kSerial}, pki::Bytes(16, first)),
                                            {.key = *forging.key, .certificates = {forging.credential}});
    return forging.world.send(http::make_request(http::Method::post, "/ocsp/auth", {}, request));
  };
  CHECK(send(1).is_for_known_client);
  // Who saw it on the line.
  for (int round = 0; round < 20; ++round) {
    const http::Response again = send(1);
    CHECK(status_of(World::body(again)) == ResponseStatus::successful);
    CHECK_FALSE(again.is_for_known_client);
  }
  const http::Response own = send(2);
  CHECK(status_of(World::body(own)) == ResponseStatus::successful);
  CHECK(own.is_for_known_client);
  // After ten minutes it is one like the first.
  forging.world.clock.advance(601s);
  CHECK(send(1).is_for_known_client);
}
