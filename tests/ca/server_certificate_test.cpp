// The HTTPS listener's certificate: when it is made anew, for whom, and with which key.

#include "ca/server_certificate.h"

#include <doctest/doctest.h>

#include "pki/certificate.h"
#include "registry/server_certificates.h"
#include "store/write_time.h"
#include "tests/support/authority_world.h"

namespace ca {

namespace {

struct World : support::AuthorityWorld {
  const KeySource make_key = [](std::string_view, pki::KeyAlgorithm algorithm) {
    pki::Rng rng = pki::Rng::system();
    return pki::PrivateKey::generate(algorithm, rng);
  };
  const std::vector<std::string> hosts{"ocsp.example", "192.0.2.7", "2001:db8::1"};

  pki::Result<bool> renew(const std::vector<std::string>& names) {
    return renew_server_certificate_if_due({.writer = *writer,
                                            .environment = *environment,
                                            .keys = keys,
                                            .operations = authority->current(pki::CaName::operations),
                                            .make_key = make_key},
                                           names, clock.now());
  }
  [[nodiscard]] pki::Certificate current() const {
    return pki::Certificate::decode(registry::find_server_certificate(read())->certificate).value();
  }
};

// What `jpki clock repair` does to a store that was written in a false future.
void take_changes_again(support::AuthorityWorld& world) {
  auto transaction = store::begin_exclusive_write(*world.environment);
  store::set_last_write_time(transaction, world.clock.now());
  transaction.commit();
}

}  // namespace

TEST_CASE("the first certificate names every host, for a server's use, by the operations CA") {
  World world;
  CHECK(load_server_certificate(world.read(), world.keys).error().code == pki::Errc::not_found);
  REQUIRE(world.renew(world.hosts).value());
  const auto loaded = load_server_certificate(world.read(), world.keys).value();
  const pki::Certificate certificate = world.current();
  CHECK(pki::equal(certificate.subject_public_key_info(), loaded.key.public_key()));
  CHECK(loaded.key.algorithm() == pki::KeyAlgorithm::ecdsa_p256);
  CHECK(certificate.not_before() == world.clock.now());
  CHECK(certificate.not_after() == world.clock.now() + kServerCertificateLife);
  const registry::SigningIssuer& ca = world.authority->current(pki::CaName::operations);
  CHECK(pki::equal(certificate.issuer(), ca.name().encode()));
  CHECK(pki::is_signed_by(certificate, ca.signer()->public_key()));
  // SEQUENCE { [2] "ocsp.example", [7] four bytes, [7] sixteen bytes }
  const pki::Extension* const names = certificate.find_extension(pki::oids::kSubjectAltName);
  REQUIRE(names != nullptr);
  CHECK(pki::to_hex(names->value) ==
        "3026820C6F6373702E6578616D706C658704C0000207871020010DB8000000000000000000000001");
  CHECK(certificate.find_extension(pki::oids::kExtendedKeyUsage) != nullptr);
}

TEST_CASE("it is renewed before its end, for other hosts, and not otherwise") {
  World world;
  REQUIRE(world.renew(world.hosts).value());
  const pki::Bytes first = registry::find_server_certificate(world.read())->certificate;
  CHECK_FALSE(world.renew(world.hosts).value());
  world.clock.advance(kServerCertificateLife - kServerCertificateRenewal - std::chrono::seconds{1});
  CHECK_FALSE(world.renew(world.hosts).value());
  CHECK(registry::find_server_certificate(world.read())->certificate == first);
  world.clock.advance(std::chrono::seconds{1});
  CHECK(world.renew(world.hosts).value());
  const pki::Bytes second = registry::find_server_certificate(world.read())->certificate;
  CHECK(second != first);
  CHECK(world.current().not_after() == world.clock.now() + kServerCertificateLife);
  CHECK_FALSE(
      pki::equal(pki::Certificate::decode(first)->serial_content(), world.current().serial_content()));
  CHECK(world.renew({"other.example"}).value());
  CHECK_FALSE(world.renew({"other.example"}).value());
  CHECK(world.renew({}).error().code == pki::Errc::invalid_value);
  // A new process finds it.
  world.start();
  CHECK_FALSE(world.renew({"other.example"}).value());
}

TEST_CASE("one that was made in a false future is replaced, and one that ends with its CA has no successor") {
  World world;
  world.clock.advance(std::chrono::days{1096});
  REQUIRE(world.renew(world.hosts).value());
  world.clock.set(support::kStart + std::chrono::hours{1});
  take_changes_again(world);
  CHECK(world.renew(world.hosts).value());
  CHECK(world.current().not_before() == world.clock.now());
  CHECK_FALSE(world.renew(world.hosts).value());
  const pki::Time end = world.authority->current(pki::CaName::operations).not_after();
  world.clock.set(end - std::chrono::days{3});
  CHECK(world.renew(world.hosts).value());
  CHECK(world.current().not_after() == end);
  CHECK_FALSE(world.renew(world.hosts).value());
}

TEST_CASE("a key file of another certificate is refused") {
  World world;
  REQUIRE(world.renew(world.hosts).value());
  world.write([&](store::WriteTransaction& transaction) {
    auto record = registry::find_server_certificate(transaction).value();
    record.key_file = "ca-ops-1.key";
    registry::put_server_certificate(transaction, record);
  });
  CHECK(load_server_certificate(world.read(), world.keys).error().code == pki::Errc::malformed);
}

}  // namespace ca
