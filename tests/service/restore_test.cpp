// By which clock a restore dates what it records, and what the restored store goes on from.

#include "service/restore.h"

#include <doctest/doctest.h>

#include <fstream>

#include "service/backup.h"
#include "service/init.h"
#include "service/instance.h"
#include "store/write_time.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using support::kStart;

pki::PrivateKey next_key(std::string_view /*purpose*/, pki::KeyAlgorithm algorithm) {
  if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(0);
  pki::Rng rng = pki::Rng::system();
  return pki::PrivateKey::generate(algorithm, rng);
}

// An authority with a backup of its first day, whose store was last written three days later.
struct Machine {
  Machine() {
    config.map_bytes = std::uint64_t{1} << 30U;
    config.verifier_https = HttpsListening::off;
    config.crl.scopes = crl::ScopeSelection::used;
    static_cast<void>(initialise({.data = data,
                                  .config = config,
                                  .durability = store::Durability::temporary,
                                  .make_key = next_key,
                                  .key_heading = {}},
                                 clock)
                          .value());
    static_cast<void>(make_backup(data, config, backup, clock.now()).value());
    clock.advance(72h);
    const auto instance = Instance::open({.data = data,
                                          .config = config,
                                          .durability = store::Durability::temporary,
                                          .on_error = {},
                                          .make_key = next_key},
                                         clock, open_store(data, config.map_bytes).value())
                              .value();
    REQUIRE(instance->publisher().publish(crl::PublicationKind::complete_and_delta)->failures.empty());
  }
  [[nodiscard]] pki::Result<RestoreReport> restore_at(pki::Time now, bool accept_clock = false) const {
    return restore(
        {.data = data, .backup = backup, .now = now, .without_mark = true, .accept_clock = accept_clock});
  }
  [[nodiscard]] std::string refusal_at(pki::Time now) const {
    const auto report = restore_at(now);
    return report.has_error() ? report.error().text() : "";
  }
  [[nodiscard]] pki::Time last_write() const {
    return store::last_write_time(open_store(data, config.map_bytes).value()->read()).value();
  }

  support::TemporaryFolder folder;
  DataFolder data{folder.path() / "data"};
  std::filesystem::path backup = folder.path() / "backup.tar";
  support::SettableClock clock;
  Config config;
};

}  // namespace

// The next start would go by the backup's time, and date lists before those that are published.
TEST_CASE("the store goes on from the time of the restore, however old the backup is") {
  const Machine machine;
  REQUIRE(machine.restore_at(kStart + 73h).has_value());
  CHECK(machine.last_write() == kStart + 73h);
}

TEST_CASE("a start after a restore that was broken off says so, and the restore can be run again") {
  const Machine machine;
  const std::string store = machine.data.store().string();
  std::filesystem::rename(store, store + ".before-restore-20261130T220000Z");
  const auto refused = open_store(machine.data, machine.config.map_bytes);
  REQUIRE(refused.has_error());
  CHECK(refused.error().text().find("Run `jpki restore` again") != std::string::npos);
  REQUIRE(machine.restore_at(kStart + 73h).has_value());
  CHECK(machine.last_write() == kStart + 73h);
}

// Its rows are in the log, with all that was revoked since: a restore would bring back an older truth.
TEST_CASE("nothing is restored over the store of a machine of a cluster, damaged or gone or as it was") {
  const Machine machine;
  {
    std::ofstream file(machine.data.config());
    file << "[cluster]\nlog = \"host=/nowhere dbname=jpki\"\n";
  }
  CHECK(machine.refusal_at(kStart + 73h).find("jpki cluster join") != std::string::npos);
  std::filesystem::resize_file(machine.data.store() / "data.mdb", 100);
  CHECK(machine.refusal_at(kStart + 73h).find("jpki cluster join") != std::string::npos);
  std::filesystem::remove_all(machine.data.store());
  CHECK(machine.refusal_at(kStart + 73h).find("jpki cluster join") != std::string::npos);
}

TEST_CASE("a clock that lies before what was written or published, or long after it, dates no restore") {
  const Machine machine;
  CHECK(machine.refusal_at(kStart + 71h).find("--accept-clock") != std::string::npos);
  CHECK(machine.refusal_at(kStart + 72h + 25h).find("--accept-clock") != std::string::npos);
  // The lists alone say it as well.
  std::filesystem::remove_all(machine.data.store());
  CHECK(machine.refusal_at(kStart + 71h).find("--accept-clock") != std::string::npos);
  REQUIRE(machine.restore_at(kStart + 72h + 25h, true).has_value());
  CHECK(machine.last_write() == kStart + 72h + 25h);
}

}  // namespace service
