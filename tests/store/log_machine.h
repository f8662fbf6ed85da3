// A machine that belongs to a log: a store, a clock, a connection, and a writer while it leads.

#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "registry/schema.h"
#include "store/audit.h"
#include "store/log_view.h"
#include "store/log_writer.h"
#include "store/writer.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/store_dump.h"

namespace store::testing {

// The digest of a store with nothing in it: all machines of a test begin there.
inline pki::Bytes anchor_of_tests() {
  const support::TemporaryFolder folder;
  const auto environment = Environment::create({.directory = folder.path() / "store",
                                                .map_bytes = std::size_t{16} << 20U,
                                                .durability = Durability::temporary},
                                               registry::kSchema);
  return digest_of_store(environment->read(), registry::kSchema);
}

class LogMachine final {
 public:
  LogMachine(std::string name, Log& log, Durability durability = Durability::temporary)
      : name_(std::move(name)),
        log_(log),
        options_{.directory = folder_.path() / "store",
                 .map_bytes = std::size_t{64} << 20U,
                 .durability = durability},
        environment(Environment::create(options_, registry::kSchema)) {}

  pki::Result<void> begin(const LogIdentity& identity) {
    return LogView(*environment, registry::kSchema).begin(identity);
  }
  pki::Result<std::uint64_t> catch_up() { return LogView(*environment, registry::kSchema).catch_up(log_); }
  pki::Result<void> lead(WriterLimits limits = {}) {
    writer.reset();
    auto leadership = take_over(*environment, registry::kSchema, log_, name_, pki::Rng::seeded(++leads_));
    if (!leadership) return std::move(leadership).error();
    epoch = leadership->epoch();
    if (lease_options) {
      leases = std::make_unique<ReadLeases>(*lease_options, position());
      leadership->acknowledge_by(*leases);
    }
    writer = std::make_unique<Writer>(*environment, clock, std::move(*leadership), limits);
    return {};
  }
  // Ends the process: what is in memory is gone, what is in the store stays.
  void restart() {
    writer.reset();
    environment.reset();
    environment = Environment::open(options_, registry::kSchema);
  }
  // A command that is the same when it is asked for again.
  pki::Result<void> put(std::uint64_t number) {
    return writer->execute({.actor = {"test", 1, 0}, .action = "put", .run = putting(number)});
  }
  static CommandFunction putting(std::uint64_t number) {
    return [number](CommandContext& context) -> pki::Result<void> {
      if (context.transaction.get(registry::tables::due, Key().u64(number))) {
        context.audit = AuditTrail::none;
        return {};
      }
      context.subjects = {std::to_string(number)};
      context.transaction.put(registry::tables::due, Key().u64(number), Key().u64(number * 7));
      context.transaction.put(registry::tables::status, Key().u64(number), Key().u64(number * 9));
      if (number > 1) context.transaction.erase(registry::tables::status, Key().u64(number - 1));
      return {};
    };
  }
  [[nodiscard]] bool has(std::uint64_t number) const {
    return environment->read().get(registry::tables::due, Key().u64(number)).has_value();
  }
  [[nodiscard]] pki::Bytes digest() const { return digest_of_store(environment->read(), registry::kSchema); }
  [[nodiscard]] LogPosition position() const { return read_log_position(environment->read()).value(); }

  // What holds in every machine after every step: its audit chain is whole, and it is at a row of the log
  // with that row's hash.
  void check(const LogIdentity& identity, const std::vector<LogRow>& rows) const {
    CHECK(verify_audit(environment->read()).has_value());
    const LogPosition at = position();
    REQUIRE(at.number <= rows.size());
    CHECK(at.hash == (at.number == 0 ? identity.anchor : rows[at.number - 1].hash));
  }

 private:
  support::TemporaryFolder folder_;
  std::string name_;
  Log& log_;
  EnvironmentOptions options_;
  std::uint64_t leads_ = 0;

 public:
  support::SettableClock clock;
  std::unique_ptr<Environment> environment;
  // Where they are set, lead() makes read leases, by which the writer acknowledges.
  std::optional<ReadLeaseOptions> lease_options;
  std::unique_ptr<ReadLeases> leases;
  Epoch epoch;
  std::unique_ptr<Writer> writer;
};

// The chain of a log from its beginning.
inline void check_chain(const LogIdentity& identity, const std::vector<LogRow>& rows) {
  pki::Bytes previous = identity.anchor;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    CHECK(rows[i].number == i + 1);
    CHECK(rows[i].previous == previous);
    CHECK(check_row(rows[i]).has_value());
    if (i > 0) CHECK(rows[i].epoch.number >= rows[i - 1].epoch.number);
    previous = rows[i].hash;
  }
}

}  // namespace store::testing
