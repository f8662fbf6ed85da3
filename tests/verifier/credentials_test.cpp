// Credentials and what they prove: each has one use, one verifier, one life, and a revocation that counts at
// once.

#include "verifier/credentials.h"

#include "pki/network.h"
#include "tests/registry/store.h"
#include "verifier/recognition.h"

namespace verifier::testing {

using namespace registry;
using namespace registry::testing;

namespace {

constexpr std::array kUses = {CredentialUse::tls, CredentialUse::signature, CredentialUse::pinless};

// A certificate that need not be more than bytes with a serial in their place: what is on record decides.
pki::Bytes certificate_with(std::uint64_t serial, std::uint8_t filling = 1) {
  pki::der::Writer writer;
  writer.sequence([&] {
    writer.sequence([&] {
      writer.context(0, [&] { writer.integer(2); });
      writer.integer(serial);
      writer.octet_string(pki::Bytes(20, filling));
    });
  });
  return writer.take();
}

Verifier specific(std::uint64_t id) {
  const ClassSteps steps{.notified = day(2026, 1, 1),
                         .agreed = day(2026, 1, 1),
                         .certified = {},
                         .approvals = {{.from = day(2026, 1, 1)}}};
  Verifier verifier;
  verifier.id = id;
  verifier.name = "Example Bank " + std::to_string(id);
  verifier.classes[VerifierClass::specific_authentication] = steps;
  verifier.by_signature = verifier.by_tls = true;
  return verifier;
}

struct World {
  World() {
    store.write([&](store::WriteTransaction& transaction) {
      put_verifier(transaction, specific(1));
      put_verifier(transaction, specific(2));
    });
  }
  // Credential 10 + verifier * 3 + use; gives its certificate.
  pki::Bytes give(std::uint64_t verifier, CredentialUse use) {
    const std::uint64_t serial = 10 + verifier * 3 + static_cast<std::uint64_t>(use);
    const Credential credential{.serial = {serial},
                                .verifier = verifier,
                                .use = use,
                                .purpose = "test",
                                .terminal = "",
                                .not_before = store.clock.now(),
                                .not_after = store.clock.now() + 1h,
                                .certificate = certificate_with(serial)};
    store.write([&](store::WriteTransaction& transaction) { put_credential(transaction, credential); });
    return credential.certificate;
  }
  void change(const std::function<void(Verifier&)>& function, std::uint64_t id = 1) {
    store.write([&](store::WriteTransaction& transaction) {
      Verifier verifier = find_verifier(transaction, id).value();
      function(verifier);
      put_verifier(transaction, verifier);
    });
  }
  void revoke(pki::SerialNumber serial) {
    store.write([&](store::WriteTransaction& transaction) {
      Credential credential = find_credential(transaction, serial).value();
      credential.revoked = store.clock.now();
      put_credential(transaction, credential);
    });
  }
  pki::Result<Requester> ask(const Evidence& evidence, pki::CaName ca = pki::CaName::auth) {
    return recognition.require(store.read(), evidence, ca, store.clock.now());
  }
  bool may(const Evidence& evidence) { return ask(evidence).has_value(); }

  Store store;
  Recognition recognition;
};

Evidence with_tls(const pki::Bytes& certificate) {
  return {.client_certificate = certificate};
}
Evidence with_signature(const pki::Bytes& certificate, Purpose purpose = Purpose::normal) {
  return {.request_signer = RequestSigner{.certificate = certificate, .others = {}}, .purpose = purpose};
}

}  // namespace

TEST_CASE("a credential comes back as it was put, and is found by its own certificate alone") {
  World world;
  Credential credential{.serial = {77},
                        .verifier = 1,
                        .use = CredentialUse::pinless,
                        .purpose = "face check at the counter",
                        .terminal = "counter 3",
                        .not_before = pki::from_unix(1'700'000'000),
                        .not_after = pki::from_unix(1'800'000'000),
                        .certificate = certificate_with(77),
                        .revoked = pki::from_unix(1'750'000'000),
                        .erased = day(2026, 1, 2)};
  world.store.write([&](store::WriteTransaction& transaction) { put_credential(transaction, credential); });
  const auto transaction = world.store.read();
  const auto got = find_credential(transaction, pki::SerialNumber{77});
  REQUIRE(got.has_value());
  CHECK(got->verifier == 1);
  CHECK(got->use == CredentialUse::pinless);
  CHECK(got->purpose == credential.purpose);
  CHECK(got->terminal == credential.terminal);
  CHECK(got->not_before == credential.not_before);
  CHECK(got->not_after == credential.not_after);
  CHECK(got->revoked == credential.revoked);
  CHECK(got->erased == credential.erased);
  CHECK(find_credential(transaction, credential.certificate).has_value());
  CHECK_FALSE(find_credential(transaction, certificate_with(77, 2)).has_value());
  CHECK_FALSE(find_credential(transaction, certificate_with(78)).has_value());
  CHECK_FALSE(find_credential(transaction, pki::Bytes{0x30, 0x00}).has_value());
  CHECK(credentials_of(transaction, 1).size() == 1);
  CHECK(credentials_of(transaction, 2).empty());
  for (const CredentialUse use : kUses)
    CHECK(parse_credential_use(to_string(use)) == use);
  CHECK_FALSE(parse_credential_use("TLS").has_value());
}

TEST_CASE("each credential serves its one use and no other") {
  World world;
  for (const CredentialUse use : kUses) {
    CAPTURE(std::string(to_string(use)));
    const pki::Bytes certificate = world.give(1, use);
    CHECK(world.may(with_tls(certificate)) == (use == CredentialUse::tls));
    CHECK(world.may(with_signature(certificate)) == (use == CredentialUse::signature));
    CHECK(world.may(with_signature(certificate, Purpose::kazashi)) == (use == CredentialUse::signature));
    CHECK(world.may(with_signature(certificate, Purpose::pinless)) == (use == CredentialUse::pinless));
  }
}

TEST_CASE("the requester is given with credential, method and purpose") {
  World world;
  const pki::Bytes tls = world.give(1, CredentialUse::tls),
                   signature = world.give(1, CredentialUse::signature),
                   pinless = world.give(1, CredentialUse::pinless);
  CHECK(world.ask(with_tls(tls)).value() ==
        Requester{.verifier = 1, .credential = {{14}}, .method = RecognitionMethod::tls});
  CHECK(world.ask(with_signature(signature, Purpose::kazashi)).value() ==
        Requester{.verifier = 1,
                  .credential = {{15}},
                  .method = RecognitionMethod::signature,
                  .purpose = Purpose::kazashi});
  CHECK(world.ask(with_signature(pinless, Purpose::pinless)).value() ==
        Requester{.verifier = 1,
                  .credential = {{16}},
                  .method = RecognitionMethod::signature,
                  .purpose = Purpose::pinless});
  // With several kinds the strongest is told.
  Evidence both = with_tls(tls);
  both.request_signer = RequestSigner{.certificate = signature, .others = {}};
  CHECK(world.ask(both).value().method == RecognitionMethod::signature);
}

TEST_CASE("a credential counts from its first second to its last, and not once it is revoked") {
  World world;
  const pki::Bytes certificate = world.give(1, CredentialUse::tls);
  CHECK(world.may(with_tls(certificate)));
  world.store.clock.advance(1h);
  CHECK(world.may(with_tls(certificate)));
  world.store.clock.advance(1s);
  CHECK_FALSE(world.may(with_tls(certificate)));
  world.store.clock.advance(-1h - 2s);
  CHECK_FALSE(world.may(with_tls(certificate)));
  world.store.clock.advance(1s);
  CHECK(world.may(with_tls(certificate)));
  world.revoke({14});
  CHECK_FALSE(world.may(with_tls(certificate)));
}

TEST_CASE("a kind of evidence counts only when the agreement lists it; the PIN-less credential needs none") {
  World world;
  const pki::Bytes tls = world.give(1, CredentialUse::tls),
                   signature = world.give(1, CredentialUse::signature),
                   pinless = world.give(1, CredentialUse::pinless);
  world.change([](Verifier& verifier) { verifier.by_tls = false; });
  CHECK_FALSE(world.may(with_tls(tls)));
  CHECK(world.may(with_signature(signature)));
  world.change([](Verifier& verifier) { verifier.by_tls = true, verifier.by_signature = false; });
  CHECK(world.may(with_tls(tls)));
  CHECK_FALSE(world.may(with_signature(signature)));
  CHECK(world.may(with_signature(pinless, Purpose::pinless)));
}

TEST_CASE("kinds of evidence that name different verifiers are refused, listed or not") {
  World world;
  const pki::Bytes tls = world.give(1, CredentialUse::tls),
                   signature = world.give(2, CredentialUse::signature),
                   pinless = world.give(2, CredentialUse::pinless);
  Evidence evidence = with_tls(tls);
  evidence.request_signer = RequestSigner{.certificate = signature, .others = {}};
  CHECK_FALSE(world.may(evidence));
  evidence.request_signer = RequestSigner{.certificate = pinless, .others = {}};
  evidence.purpose = Purpose::pinless;
  CHECK_FALSE(world.may(evidence));
  world.change([](Verifier& verifier) { verifier.by_tls = false; });
  CHECK_FALSE(world.may(evidence));

  world.change([](Verifier& verifier) { verifier.by_tls = true; });
  world.change([](Verifier& verifier) { verifier.networks = {pki::parse_network("192.0.2.0/24").value()}; },
               2);
  evidence = with_tls(tls);
  CHECK(world.may(evidence));
  evidence.address = pki::parse_network("192.0.2.7")->address;
  CHECK_FALSE(world.may(evidence));
}

TEST_CASE("a certificate that is no credential is refused even from a registered network") {
  World world;
  world.change([](Verifier& verifier) { verifier.networks = {pki::parse_network("192.0.2.0/24").value()}; });
  Evidence evidence{.address = pki::parse_network("192.0.2.7")->address};
  CHECK(world.may(evidence));
  const pki::Bytes stranger = certificate_with(999);
  evidence.client_certificate = stranger;
  CHECK_FALSE(world.may(evidence));
  const pki::Bytes own = world.give(1, CredentialUse::tls);
  evidence.client_certificate = own;
  CHECK(world.may(evidence));
  world.revoke({14});
  CHECK_FALSE(world.may(evidence));
}

TEST_CASE("the PIN-less purpose asks for a signature, an approval in force and authentication") {
  World world;
  const pki::Bytes pinless = world.give(1, CredentialUse::pinless);
  const pki::Bytes tls = world.give(1, CredentialUse::tls);
  Evidence unsigned_one = with_tls(tls);
  unsigned_one.purpose = Purpose::pinless;
  CHECK(world.ask(unsigned_one).error().code == pki::Errc::sig_required);
  const Evidence evidence = with_signature(pinless, Purpose::pinless);
  CHECK(world.may(evidence));
  CHECK_FALSE(world.ask(evidence, pki::CaName::sign).has_value());
  world.change([](Verifier& verifier) {
    verifier.classes[VerifierClass::specific_authentication].approvals.back().until = day(2026, 11, 22);
    verifier.classes[VerifierClass::authentication] = {
        .notified = day(2026, 1, 1), .agreed = day(2026, 1, 1), .certified = {}};
  });
  CHECK_FALSE(world.may(evidence));
  CHECK(world.may(with_tls(tls)));
}

TEST_CASE("suspension and cancellation of the verifier hold for every credential of it") {
  World world;
  const pki::Bytes tls = world.give(1, CredentialUse::tls), pinless = world.give(1, CredentialUse::pinless);
  world.change([](Verifier& verifier) { verifier.suspension = Suspension{day(2026, 11, 1), {}}; });
  CHECK_FALSE(world.may(with_tls(tls)));
  CHECK_FALSE(world.may(with_signature(pinless, Purpose::pinless)));
  world.change([](Verifier& verifier) { verifier.suspension.reset(); });
  CHECK(world.may(with_tls(tls)));
  world.change([](Verifier& verifier) { verifier.cancelled = day(2026, 11, 23); });
  CHECK_FALSE(world.may(with_tls(tls)));
}

}  // namespace verifier::testing
