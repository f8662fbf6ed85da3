// A data folder that `jpki serve` can run from, with residents who hold both certificates, and a feed whose
// every event revokes.

#include <algorithm>
#include <fstream>

#include "cli/command.h"
#include "pki/key_pool.h"
#include "registry/certificates.h"
#include "service/init.h"
#include "service/vault_opening.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

constexpr std::uint64_t kBatch = 20'000;
constexpr std::uint32_t kHere = 132217;
// About what a certificate has; neither OCSP nor CRLs nor events ever read it.
constexpr std::size_t kCertificateBytes = 1'500;

void issue_pair(store::WriteTransaction& transaction, const store::Vault& vault,
                registry::ResidentId resident, pki::Time now) {
  for (const auto kind : {pki::CertificateKind::auth, pki::CertificateKind::sign}) {
    const pki::CaName ca = kind == pki::CertificateKind::sign ? pki::CaName::sign : pki::CaName::auth;
    const registry::IssuerId issuer = registry::current_issuer(transaction, ca).value().id;
    registry::record_issue(transaction, vault,
                           {.id = {issuer, registry::take_serial(transaction, ca)},
                            .kind = kind,
                            .resident = resident,
                            .point = {kHere},
                            .not_before = now,
                            .not_after = now + pki::Seconds{4LL * 365 * 86'400},
                            .der = pki::Bytes(kCertificateBytes, 0x30)},
                           now);
  }
}

// A third each: a move to another municipality, another name, a death.
std::string line_of(std::uint64_t number) {
  const std::string id = to_string(feed_resident(number)), n = std::to_string(number);
  switch (number % 3) {
    case 0:
      return "bench-" + n + ",address-change," + id + ",,東京都世田谷区計測町" + n + "番,131121," + n;
    case 1:
      return "bench-" + n + ",name-change," + id + ",再計　" + n + "郎,,," + n;
    default:
      return "bench-" + n + ",death," + id + ",,,," + n;
  }
}

}  // namespace

// --data DIR --config FILE --feed FILE [--events N] [--bare N: residents behind them, without certificates]
int feed(const Options& options) {
  const service::SystemClock clock;
  const std::uint64_t count = options.number("events", 20'000);
  const service::DataFolder data{options.text("data")};
  const auto keys = pki::PrivateKey::all_from_pem(pki::builtin_authority_keys()).value();
  std::size_t used = 0;
  const auto environment =
      service::initialise({.data = data,
                           .config = service::read_config(options.text("config")).value(),
                           .durability = store::Durability::temporary,
                           .make_key =
                               [&](std::string_view purpose, pki::KeyAlgorithm algorithm) {
                                 return algorithm == pki::KeyAlgorithm::rsa_2048
                                            ? keys.at(used++ % keys.size())
                                            : service::generate_key(purpose, algorithm);
                               },
                           .key_heading = "# published test key\n"},
                          clock)
          .value();
  const auto opened = service::open_vault(data, environment->read()).value();
  const store::Vault& vault = *opened;
  const std::uint64_t all = count + options.number("bare", 0);
  for (std::uint64_t done = 0; done < all;) {
    auto transaction = store::begin_exclusive_write(*environment);
    for (const std::uint64_t end = std::min(all, done + kBatch); done < end; ++done) {
      registry::put_resident(transaction, vault, make_resident(feed_resident(done), done));
      if (done < count) issue_pair(transaction, vault, feed_resident(done), clock.now());
    }
    transaction.commit();
  }
  std::ofstream file(options.text("feed"), std::ios::binary);
  file << "event_id,event,resident,name,address,municipality,feed_sequence\n";
  // Residents come in no order, as in life.
  std::vector<std::uint64_t> order(count);
  std::ranges::generate(order, [next = std::uint64_t{}]() mutable { return next++; });
  std::ranges::sort(order, {}, [](std::uint64_t number) { return mix(number); });
  for (const std::uint64_t number : order)
    file << line_of(number) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + options.text("feed"));
  report("events", static_cast<double>(count));
  return 0;
}

}  // namespace bench
