// A small world for the tests of crl: a store in a temporary folder, one CA generation with three
// distribution points, a clock that is set by hand, and a publisher.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crl/publisher.h"
#include "crl/reader.h"
#include "pki/crl_reason.h"
#include "pki/private_key.h"
#include "pki/signer.h"
#include "registry/certificates.h"
#include "registry/crls.h"
#include "store/environment.h"
#include "store/vault.h"
#include "store/writer.h"
#include "tests/support/command.h"

namespace crl::testing {

// 23 November 2026, 14:00 in Japan.
inline constexpr std::int64_t kStart = 1795410000;
inline constexpr registry::IssuerId kIssuer{pki::CaName::sign, 1};
inline constexpr pki::DistributionPoint kKiyose{132217};
inline constexpr pki::DistributionPoint kSapporo{11002};
inline constexpr pki::DistributionPoint kChiyoda{131016};
inline constexpr registry::CrlScope kWhole{kIssuer, pki::kWholeGeneration};
inline constexpr registry::CrlScope kKiyoseScope{kIssuer, kKiyose};

class ManualClock final : public pki::Clock {
 public:
  pki::Time now() const override { return now_; }
  std::int64_t now_milliseconds() const override { return pki::to_unix(now_) * 1000; }
  void advance(pki::Seconds by) { now_ += by; }

 private:
  pki::Time now_ = pki::from_unix(kStart);
};

// A key whose signatures are wrong while `broken`.
class FragileSigner final : public pki::Signer {
 public:
  explicit FragileSigner(std::shared_ptr<const pki::Signer> inner) : inner_(std::move(inner)) {}
  pki::SignatureAlgorithm algorithm() const override { return inner_->algorithm(); }
  const pki::Bytes& public_key() const override { return inner_->public_key(); }
  pki::Bytes sign(pki::ByteView digest) const override;

  bool broken = false;

 private:
  std::shared_ptr<const pki::Signer> inner_;
};

// One entry as an outsider would note it down.
struct SeenEntry {
  std::uint64_t serial = 0;
  pki::Time date;
  pki::CrlReason reason = pki::CrlReason::unspecified;

  friend auto operator<=>(const SeenEntry&, const SeenEntry&) = default;
};

class World {
 public:
  explicit World(const pki::PrivateKey& key);
  // With the first committed RSA key.
  World();

  void issue(std::uint64_t serial, pki::DistributionPoint point, pki::Seconds valid_for,
             registry::IssuerId issuer = kIssuer);
  void revoke(std::uint64_t serial, pki::CrlReason reason);
  void hold(std::uint64_t serial) { revoke(serial, pki::CrlReason::certificate_hold); }
  void release(std::uint64_t serial);
  // Issues and revokes at once.
  void issue_revoked(std::uint64_t serial, pki::DistributionPoint point, pki::CrlReason reason,
                     registry::IssuerId issuer = kIssuer);
  // Records the compromise of a generation's key; fills in the next `rows` of its certificates.
  void compromise(registry::IssuerId issuer = kIssuer);
  bool fill_in(registry::IssuerId issuer, std::size_t rows);

  // The end of publisher, writer and store, and their return with the `options` of then: a restart.
  void close();
  void reopen();

  // Begins another generation of a CA, with the points of the first; its lists are published along.
  void begin_generation(registry::IssuerId id, const pki::PrivateKey& key,
                        pki::Seconds valid_for = std::chrono::hours{24 * 3650});
  // As if an earlier version had made the current lists of a generation: their records do not say what they
  // cover, and may say that none follows.
  void age_records(registry::IssuerId id, std::optional<pki::Time> next_update = std::nullopt);

  // Publishes; throws unless everything was released.
  PublicationReport publish(PublicationKind kind = PublicationKind::complete_and_delta);
  [[nodiscard]] std::optional<registry::CrlRecord> current(const registry::CrlScope& scope,
                                                           registry::CrlKind kind) const;
  [[nodiscard]] pki::Bytes bytes(const registry::CrlRecord& record) const;
  [[nodiscard]] pki::Bytes bytes(const registry::CrlScope& scope, registry::CrlKind kind) const;
  [[nodiscard]] std::vector<SeenEntry> entries(const registry::CrlScope& scope, registry::CrlKind kind) const;
  // What check_published() finds, a line each.
  [[nodiscard]] std::string findings() const;

  // DER of an end-entity certificate with AKI and the point's CRLDP.
  [[nodiscard]] pki::Bytes make_certificate(std::uint64_t serial, pki::DistributionPoint point) const;
  void write(const store::CommandFunction& function);

  [[nodiscard]] store::EnvironmentOptions store_options() const;

  support::TemporaryFolder folder;
  ManualClock clock;
  std::unique_ptr<store::Environment> environment;
  std::unique_ptr<store::Writer> writer;
  store::Vault vault;
  std::shared_ptr<FragileSigner> signer;
  pki::Bytes ca_certificate;
  PublisherOptions options;
  std::vector<registry::SigningIssuer> issuers;
  std::unique_ptr<Publisher> publisher;

 private:
  [[nodiscard]] registry::CertificateId id_of(std::uint64_t serial) const;

  std::map<std::uint64_t, registry::IssuerId> issuers_;
};

// All entries of a list; throws when it does not decode.
[[nodiscard]] std::vector<SeenEntry> entries_of(pki::ByteView der);

// The names of a point in the test world.
[[nodiscard]] pki::DistributionPointNames names_of(pki::DistributionPoint point,
                                                   registry::IssuerId issuer = kIssuer);

}  // namespace crl::testing
