// Fills a store: revoked certificates by the registry's own functions, good ones in bulk.
//
// Certificates themselves (DER, sealed) are left out: neither OCSP nor CRLs ever read them.

#include <cstdio>

#include "cli/command.h"
#include "registry/certificates.h"
#include "registry/status_of_issue.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

constexpr std::uint64_t kBatch = 200'000;
constexpr std::uint64_t kFirstRevoked = 200'000'001;
constexpr std::uint64_t kFirstGood = 300'000'001;
constexpr registry::IssuerId kSign{pki::CaName::sign, 1}, kAuth{pki::CaName::auth, 1};

struct Filler {
  store::Environment& environment;
  pki::Time now;
  std::vector<pki::DistributionPoint> points = distribution_points();

  [[nodiscard]] registry::IssuedCertificate certificate(registry::IssuerId issuer,
                                                        std::uint64_t serial) const {
    return {.id = {issuer, {serial}},
            .kind = issuer.ca == pki::CaName::sign ? pki::CertificateKind::sign : pki::CertificateKind::auth,
            .resident = {},
            .point = points[mix(serial) % points.size()],
            .not_before = now,
            .not_after = now + pki::Seconds{5LL * 365 * 86'400},
            .der = {}};
  }

  void revoked(registry::IssuerId issuer, std::uint64_t count) const {
    for (std::uint64_t done = 0; done < count;) {
      auto transaction = store::begin_exclusive_write(environment);
      for (const std::uint64_t end = std::min(count, done + kBatch); done < end; ++done) {
        const auto issued = certificate(issuer, kFirstRevoked + done);
        registry::record_status_of_issue(transaction, issued, now);
        // Within the last 30 days, as the peer's index has it.
        const pki::Time date = now - pki::Seconds{static_cast<std::int64_t>(mix(done) % 2'592'000)};
        registry::record_revocation(transaction, issued.id, {date, pki::CrlReason::affiliation_changed}, now);
      }
      transaction.commit();
    }
  }

  // The first of each point by the registry; every further status record is a copy of one of these under its
  // own serial.
  void good(registry::IssuerId issuer, std::uint64_t count, Points spread) const {
    const std::uint64_t made = std::min<std::uint64_t>(count, spread == Points::all ? points.size() : 1);
    std::vector<registry::Status> records;
    auto first = store::begin_exclusive_write(environment);
    for (std::uint64_t i = 0; i < made; ++i) {
      auto issued = certificate(issuer, kFirstGood + i);
      if (spread == Points::all) issued.point = points[i];
      registry::record_status_of_issue(first, issued, now);
      records.push_back(registry::find_status(first, issued.id).value());
    }
    first.commit();
    for (std::uint64_t done = made; done < count;) {
      auto transaction = store::begin_exclusive_write(environment);
      for (const std::uint64_t end = std::min(count, done + kBatch); done < end; ++done)
        registry::put_status(transaction, {issuer, {kFirstGood + done}}, records[mix(done) % records.size()]);
      transaction.commit();
    }
  }
};

}  // namespace

// With --points all there are lists for every point, and the good ones are of all points in turn.
// --data DIR [--points none|all] [--revoked N] [--revoked-auth N] [--good N] [--responder rsa2048|p256]
// [--sign-keys N]
int fill(const Options& options) {
  const service::SystemClock clock;
  const Stopwatch watch;
  const Points points = options.text("points", "none") == "all" ? Points::all : Points::none;
  const auto environment = make_store(
      {.folder = {options.text("data")},
       .points = points,
       .responder_key = options.text("responder", "rsa2048") == "p256" ? pki::KeyAlgorithm::ecdsa_p256
                                                                       : pki::KeyAlgorithm::rsa_2048,
       .sign_keys = options.number("sign-keys", 1)},
      clock);
  const Filler filler{*environment, clock.now()};
  filler.revoked(kSign, options.number("revoked", 0));
  filler.revoked(kAuth, options.number("revoked-auth", 0));
  filler.good(kSign, options.number("good", 0), points);
  const auto issuer = registry::find_issuer(environment->read(), kSign).value();
  pki::save_file(options.text("data") + "/ca.cer", issuer.certificate, pki::FileSecrecy::open).value();
  std::printf("ca_key=%s\n", Folder{options.text("data")}.keys().path_of(issuer.key_file).c_str());
  report("first_revoked", static_cast<double>(kFirstRevoked));
  report("first_good", static_cast<double>(kFirstGood));
  report("seconds", watch.seconds());
  return 0;
}

}  // namespace bench
