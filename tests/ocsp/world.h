// A store with two CAs, a clock and a responder over it, for the tests of this folder.
//
// CA and responder certificates are those of tests/ocsp/data, made by openssl.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/router.h"
#include "ocsp/query.h"
#include "ocsp/service.h"
#include "pki/network.h"
#include "pki/private_key.h"
#include "pki/sealing.h"
#include "pki/signer.h"
#include "registry/certificates.h"
#include "registry/issuers.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"
#include "verifier/recognition.h"
#include "verifier/verifiers.h"

namespace ocsp_world {

using namespace std::chrono_literals;

inline pki::Bytes data(std::string_view name) {
  return support::read_file(support::source_folder() / "tests/ocsp/data" / name);
}

// 2026-12-24T03:07:00Z: seven minutes into a window of 15.
inline constexpr pki::Time kStart{pki::Seconds{1'798'081'620}};

class SettableClock final : public pki::Clock {
 public:
  [[nodiscard]] pki::Time now() const override { return pki::from_unix(now_.load()); }
  [[nodiscard]] std::int64_t now_milliseconds() const override { return now_.load() * 1000; }
  void set(pki::Time time) { now_ = pki::to_unix(time); }
  void advance(pki::Seconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{pki::to_unix(kStart)};
};

inline constexpr registry::IssuerId kSign{pki::CaName::sign, 1};
inline constexpr registry::IssuerId kSign2{pki::CaName::sign, 2};
inline constexpr registry::IssuerId kAuth{pki::CaName::auth, 1};

// The key that make.sh calls responder.key.
inline std::shared_ptr<const pki::Signer> responder_signer() {
  return pki::make_openssl_signer(support::authority_keys().at(3));
}

inline registry::SigningResponder sign_material(std::string_view responder = "sign_responder.cer") {
  return {kSign, data("sign_ca.cer"), data(responder), responder_signer()};
}

inline registry::SigningResponder p256_material() {
  const auto key = pki::PrivateKey::from_pem(pki::as_text(data("p256.pem"))).value();
  return {kSign, data("sign_ca.cer"), data("sign_responder_p256.cer"), pki::make_openssl_signer(key)};
}

inline std::vector<registry::SigningResponder> all_materials() {
  return {sign_material(),
          {kSign2, data("sign_ca_2.cer"), data("sign_responder_2.cer"), responder_signer()},
          {kAuth, data("auth_ca.cer"), data("auth_responder.cer"), responder_signer()}};
}

// Decisions and HTTP of one service.
class World {
 public:
  explicit World(ocsp::ServiceOptions options = {},
                 std::vector<registry::SigningResponder> materials = all_materials())
      : environment_(store::Environment::create({.directory = folder_.path() / "store",
                                                 .map_bytes = std::size_t{256} << 20U,
                                                 .durability = store::Durability::temporary},
                                                registry::kSchema)) {
    write([&](store::WriteTransaction& transaction) {
      registry::put_issuer(transaction,
                           {kSign, data("sign_ca.cer"), "sign-1.key", "http://127.0.0.1", std::nullopt});
      registry::put_issuer(transaction,
                           {kSign2, data("sign_ca_2.cer"), "sign-2.key", "http://127.0.0.1", std::nullopt});
      registry::put_issuer(transaction,
                           {kAuth, data("auth_ca.cer"), "auth-1.key", "http://127.0.0.1", std::nullopt});
    });
    options.on_error = [this](std::string_view) { ++faults; };
    service =
        ocsp::Service::create({*environment_, recognition_, clock}, std::move(materials), std::move(options))
            .value();
    service->mount(router_);
  }

  void write(const std::function<void(store::WriteTransaction&)>& change) {
    auto transaction = store::begin_exclusive_write(*environment_);
    change(transaction);
    transaction.commit();
  }

  // Without a kind, the card's.
  void issue(std::uint64_t serial, registry::IssuerId issuer = kSign,
             std::optional<pki::CertificateKind> of_kind = {}) {
    write([&](store::WriteTransaction& transaction) {
      const auto kind = of_kind.value_or(issuer.ca == pki::CaName::sign ? pki::CertificateKind::sign
                                                                        : pki::CertificateKind::auth);
      registry::record_issue(transaction, vault_,
                             {.id = {issuer, {serial}},
                              .kind = kind,
                              .resident = registry::make_resident_id(serial % 1'000'000 + 1),
                              .point = {132217},
                              .not_before = clock.now(),
                              .not_after = clock.now() + pki::Seconds{5 * 365 * 86'400},
                              .der = {0x30, 0x00}},
                             clock.now());
    });
  }
  void revoke(std::uint64_t serial, pki::CrlReason reason, registry::IssuerId issuer = kSign) {
    write([&](store::WriteTransaction& transaction) {
      registry::record_revocation(transaction, {issuer, {serial}}, {clock.now(), reason}, clock.now());
    });
  }
  void release(std::uint64_t serial, registry::IssuerId issuer = kSign) {
    write([&](store::WriteTransaction& transaction) {
      registry::record_release(transaction, {issuer, {serial}}, clock.now());
    });
  }
  void compromise(registry::IssuerId issuer) {
    write([&](store::WriteTransaction& transaction) {
      auto record = registry::find_issuer(transaction, issuer).value();
      record.compromise = registry::Compromise{clock.now(), 1};
      registry::put_issuer(transaction, record);
    });
  }
  // A public verifier of one class on the network that requests made by hand come from (::), active from the
  // beginning of 2026. Returns its id.
  std::uint64_t add_verifier(verifier::VerifierClass verifier_class) {
    const pki::Date day{std::chrono::year{2026}, std::chrono::month{1}, std::chrono::day{1}};
    verifier::Verifier verifier;
    verifier.name = "example";
    verifier.classes[verifier_class].notified = day;
    verifier.classes[verifier_class].agreed = day;
    verifier.classes[verifier_class].confirmers = "its members";
    verifier.networks.push_back(pki::parse_network("::/128").value());
    std::uint64_t id = 0;
    write([&](store::WriteTransaction& transaction) { id = verifier::put_verifier(transaction, verifier); });
    return id;
  }
  void change_verifier(std::uint64_t id, const std::function<void(verifier::Verifier&)>& change) {
    write([&](store::WriteTransaction& transaction) {
      auto verifier = verifier::find_verifier(transaction, id).value();
      change(verifier);
      verifier::put_verifier(transaction, verifier);
    });
  }

  // What a client gets; waits for the signer's thread where there is one at work.
  http::Response send(const http::OwnedRequest& request);
  pki::Bytes post(std::string_view path, pki::ByteView request) {
    return body(send(http::make_request(http::Method::post, path, {}, request)));
  }
  static pki::Bytes body(const http::Response& response) {
    return *std::get<std::shared_ptr<const pki::Bytes>>(response.body);
  }

  SettableClock clock;
  std::atomic<int> faults{0};

 private:
  support::TemporaryFolder folder_;
  std::unique_ptr<store::Environment> environment_;
  store::Vault vault_{pki::SealingKey(1, pki::Bytes(32, 7)), pki::Rng::seeded(1)};
  verifier::Recognition recognition_;
  http::Router router_;

 public:
  std::unique_ptr<ocsp::Service> service;
};

// A question about serials of one generation, as our own client makes it.
pki::Bytes question(std::string_view ca_file, const std::vector<std::uint64_t>& serials,
                    std::optional<pki::Bytes> nonce = std::nullopt,
                    pki::HashAlgorithm hash = pki::HashAlgorithm::sha1);

// The single responses of an answer that verifies against the CA; fails the test when it does not.
std::vector<ocsp::SingleResponse> verified(pki::ByteView request, pki::ByteView answer,
                                           std::string_view ca_file, pki::Time now);

// The status of an answer, without verification.
ocsp::ResponseStatus status_of(pki::ByteView answer);

}  // namespace ocsp_world
