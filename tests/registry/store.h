// A store in a temporary folder with its writer, for the tests of this folder.

#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "registry/actor.h"
#include "registry/certificates.h"
#include "store/environment.h"
#include "store/vault.h"
#include "store/writer.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/store_dump.h"

namespace registry::testing {

using namespace std::chrono_literals;

inline constexpr IssuerId kSign{pki::CaName::sign, 1};
inline constexpr IssuerId kSign2{pki::CaName::sign, 2};
inline constexpr IssuerId kAuth{pki::CaName::auth, 1};
inline constexpr pki::DistributionPoint kKiyose{132217};
inline constexpr pki::DistributionPoint kSapporo{11011};

inline pki::Date day(int year, unsigned month, unsigned date) {
  return pki::Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{date}};
}

class Store {
 public:
  explicit Store(store::WriterLimits limits = {}, std::size_t map_bytes = std::size_t{256} << 20U)
      : options{.directory = folder.path() / "store",
                .map_bytes = map_bytes,
                .durability = store::Durability::temporary},
        environment(store::Environment::create(options, registry::kSchema)),
        writer(std::make_unique<store::Writer>(*environment, clock, limits)) {}

  // Runs a command that must be accepted.
  void write(const std::function<void(store::WriteTransaction&)>& change) {
    const auto result = execute([&](store::CommandContext& context) {
      change(context.transaction);
      return pki::Result<void>{};
    });
    INFO((result ? std::string() : result.error().text()));
    REQUIRE(result.has_value());
  }
  pki::Result<void> execute(store::CommandFunction function) {
    return writer->execute({.actor = actor, .action = "test", .run = std::move(function)});
  }
  // The past of the writer, for what only damage could write.
  void damage(const std::function<void(store::WriteTransaction&)>& change) {
    store::WriteTransaction transaction = store::begin_exclusive_write(*environment);
    change(transaction);
    transaction.commit();
  }
  [[nodiscard]] store::ReadTransaction read() const { return environment->read(); }
  [[nodiscard]] support::StoreDump dump() const { return support::dump(environment->read()); }

  void issue(std::uint64_t serial, IssuerId issuer = kSign, pki::DistributionPoint point = kKiyose) {
    write([&](store::WriteTransaction& transaction) {
      const auto kind =
          issuer.ca == pki::CaName::sign ? pki::CertificateKind::sign : pki::CertificateKind::auth;
      record_issue(transaction, vault,
                   {.id = {issuer, {serial}},
                    .kind = kind,
                    .resident = make_resident_id(1'000'000'000 + serial),
                    .point = point,
                    .not_before = clock.now(),
                    .not_after = clock.now() + pki::Seconds{5 * 365 * 86'400},
                    .der = {0x30, 0x00}},
                   clock.now());
    });
  }

  support::TemporaryFolder folder;
  support::SettableClock clock;
  store::EnvironmentOptions options;
  std::unique_ptr<store::Environment> environment;
  std::unique_ptr<store::Writer> writer;
  store::Vault vault{pki::SealingKey(1, pki::Bytes(32, 7)), pki::Rng::seeded(1)};
  registry::Actor actor{.operator_name = "test", .role = Role::officer, .municipality = {}};
};

}  // namespace registry::testing
