// A store that leaves its log: whatever breaks on the way, one store goes on, with all that the log had.

#include "service/cluster_export.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "registry/issuance.h"
#include "registry/issuers.h"
#include "service/inbox.h"
#include "service/init.h"
#include "service/migrate.h"
#include "service/open_authority.h"
#include "store/log_closure.h"
#include "tests/store/fake_log.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"
#include "verifier/ledger.h"

namespace service {

namespace {

using store::testing::Failure;
using store::testing::FakeEngine;
using store::testing::FakeLog;

pki::PrivateKey next_key(std::string_view /*purpose*/, pki::KeyAlgorithm algorithm) {
  if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(0);
  pki::Rng rng = pki::Rng::system();
  return pki::PrivateKey::generate(algorithm, rng);
}

// A log, and the data folders of its machines.
struct World {
  World() {
    config.map_bytes = std::uint64_t{1} << 30U;
    config.verifier_https = HttpsListening::off;
    config.admin_https = HttpsListening::off;
    config.crl.scopes = crl::ScopeSelection::used;
    const auto environment = initialise({.data = data("a"),
                                         .config = config,
                                         .durability = store::Durability::temporary,
                                         .make_key = next_key,
                                         .key_heading = {}},
                                        clock)
                                 .value();
    engine.identity.id = pki::Bytes(16, 5);
    engine.identity.anchor = store::digest_of_store(environment->read(), registry::kSchema);
    REQUIRE(store::LogView(*environment, registry::kSchema).begin(engine.identity).has_value());
    engine.now = clock.now();
  }
  [[nodiscard]] DataFolder data(const std::string& name) const { return {folder.path() / name}; }
  // The machine's folder becomes another machine's.
  void copy(const std::string& from, const std::string& to) const {
    std::filesystem::copy(data(from).root, data(to).root, std::filesystem::copy_options::recursive);
  }
  [[nodiscard]] std::unique_ptr<store::Environment> open(const std::string& name) const {
    return open_store(data(name), config.map_bytes).value();
  }
  [[nodiscard]] InstanceOptions options(const std::string& name) const {
    return {.data = data(name),
            .config = config,
            .durability = store::Durability::temporary,
            .on_error = {},
            .make_key = next_key};
  }
  [[nodiscard]] LogMember member(const std::string& name) {
    return {.rows = std::make_unique<FakeLog>(engine),
            .lease = std::make_unique<FakeLog>(engine),
            .grants = std::make_unique<FakeLog>(engine),
            .inbox = std::make_unique<FakeLog>(engine),
            .files = nullptr,
            .machine = name,
            .elapsed = [] { return std::int64_t{1'000'000}; },
            .wall = clock,
            .wait = [this](std::chrono::milliseconds time) { waits.push_back(time); },
            .acknowledge = store::Acknowledge::log};
  }
  pki::Result<ExportReport> leave(const std::string& folder_name, LogMember& by,
                                  Completing completing = Completing::refused) {
    return export_store(options(folder_name), by, clock, registry::Actor{.operator_name = "uid 0"},
                        completing);
  }
  pki::Result<ExportReport> leave(const std::string& name) {
    LogMember by = member(name);
    return leave(name, by);
  }
  [[nodiscard]] bool is_embedded(const std::string& name) const {
    return !store::read_log_position(open(name)->read()).has_value();
  }
  // How many rows close the log, by a machine's store that has them all.
  [[nodiscard]] std::ptrdiff_t closures() const {
    return std::ranges::count_if(engine.rows, [](const store::LogRow& row) {
      constexpr std::string_view kWord = "log_closure";
      return pki::as_text(*row.for_views.body).find(kWord) != std::string_view::npos;
    });
  }

  support::TemporaryFolder folder;
  support::SettableClock clock;
  Config config;
  FakeEngine engine;
  std::vector<std::chrono::milliseconds> waits;
};

bool says(const pki::Result<ExportReport>& result, std::string_view words) {
  return result.has_error() && result.error().text().find(words) != std::string::npos;
}

pki::Result<void> write(store::Writer& writer, const std::string& action, store::CommandFunction run) {
  return writer.execute(
      {.actor = registry::Actor{.operator_name = "test"}, .action = action, .run = std::move(run)});
}

// The service on the store: as the leader of an epoch, or alone.
std::unique_ptr<Instance> serve(World& world, const std::string& name, Leader* leader) {
  InstanceOptions options = world.options(name);
  options.leader = leader;
  return Instance::open(std::move(options), world.clock, world.open(name)).value();
}

}  // namespace

TEST_CASE("a store leaves its log with all that it had, and is an ordinary one") {
  World world;
  world.copy("a", "b");
  {
    LogMember member = world.member("a");
    const auto environment = world.open("a");
    const auto leader = Leader::take_over(member, *environment);
    REQUIRE(leader.has_value());
    store::Writer writer(*environment, world.clock, (*leader)->leadership());
    REQUIRE(write(writer, "before", [](store::CommandContext&) { return pki::Result<void>{}; }).has_value());
  }
  const auto left = world.leave("a");
  REQUIRE(left.has_value());
  CHECK(left->log_id == world.engine.identity.id);
  CHECK(left->row == world.engine.rows.size());
  CHECK(world.engine.closed_by == "a");
  CHECK(world.closures() == 1);
  // After the end of the epoch before, and once more when the log is closed.
  CHECK(world.waits == std::vector{kQuietTime, kQuietTime});
  REQUIRE(world.is_embedded("a"));
  {
    // What a log forbids is possible again, and the audit log has it all.
    const auto environment = world.open("a");
    static_cast<void>(store::begin_exclusive_write(*environment));
    const auto snapshot = environment->read();
    REQUIRE(store::verify_audit(snapshot).has_value());
    CHECK(store::find_audit_entry(snapshot, store::read_audit_head(snapshot).sequence)->action ==
          "cluster export");
  }
  const auto instance = serve(world, "a", nullptr);
  REQUIRE(write(instance->writer(), "after", [](store::CommandContext&) {
            return pki::Result<void>{};
          }).has_value());
  REQUIRE(instance->publisher().publish(crl::PublicationKind::complete_and_delta)->failures.empty());
  CHECK(world.engine.rows.size() == left->row);
  // A second call, and the other machine's.
  CHECK(says(world.leave("b"), "a has taken its store out of it"));
  CHECK_FALSE(world.is_embedded("b"));
}

TEST_CASE("a store that belongs to a log is not migrated, and is not said to need nothing") {
  const World world;
  const auto migrated = migrate_folder(world.data("a"), world.clock.now(), false);
  REQUIRE(migrated.has_error());
  CHECK(migrated.error().text().find("belongs to a log") != std::string::npos);
}

TEST_CASE("while another machine leads, a store does not leave, and nothing is written") {
  World world;
  world.engine.led_by = "b";
  CHECK(says(world.leave("a"), "b leads"));
  CHECK(world.engine.rows.empty());
  CHECK_FALSE(world.is_embedded("a"));
  world.engine.led_by.clear();
  CHECK(world.leave("a").has_value());
  CHECK(says(world.leave("a"), "belongs to no log"));
}

TEST_CASE("what is broken off is completed by the same machine, and by no other") {
  World world;
  world.engine.refuses_to_close = true;
  CHECK(says(world.leave("a"), "the log is away"));
  world.engine.refuses_to_close = false;
  CHECK(world.closures() == 1);
  CHECK_FALSE(world.is_embedded("a"));
  // A machine that has the same store but for the note, by whatever name.
  world.copy("a", "other");
  store::LogExit(*world.open("other")).prepare(pki::Bytes(16, 1));
  LogMember same_name = world.member("a");
  CHECK(says(world.leave("other", same_name), "a has taken its store out of it"));
  LogMember other_name = world.member("c");
  CHECK(says(world.leave("a", other_name), "a has taken its store out of it"));
  const std::size_t rows = world.engine.rows.size();
  REQUIRE(world.leave("a").has_value());
  CHECK(world.engine.rows.size() == rows);
  CHECK(world.is_embedded("a"));
}

// Two stores that go on would give the same serials.
TEST_CASE("of a folder and its copy, in which the log was closed alike, one store alone goes on") {
  World world;
  world.engine.refuses_to_close = true;
  CHECK(world.leave("a").has_error());
  world.engine.refuses_to_close = false;
  world.copy("a", "copy");
  LogMember same_name = world.member("a");
  REQUIRE(world.leave("copy", same_name).has_value());
  CHECK(says(world.leave("a"), "two stores that go on would give the same serials"));
  CHECK_FALSE(world.is_embedded("a"));
}

TEST_CASE("what is broken off after the log was closed is completed on an operator's word") {
  World world;
  LogMember member = world.member("a");
  // The log is closed, and the answer is lost.
  FakeLog& lease = static_cast<FakeLog&>(*member.lease);
  lease.hook = [&] {
    if (world.closures() == 1) lease.fail_at(0, Failure::after);
  };
  CHECK(says(world.leave("a", member), "the log is away"));
  CHECK(world.engine.closed_by == "a");
  CHECK(says(world.leave("a"), "run it again with --complete"));
  CHECK_FALSE(world.is_embedded("a"));
  LogMember again = world.member("a");
  REQUIRE(world.leave("a", again, Completing::allowed).has_value());
  CHECK(world.is_embedded("a"));
}

TEST_CASE("what other machines have counted is in the ledger before the log is closed") {
  World world;
  FakeLog outbox_log(world.engine);
  verifier::LedgerCounters counters;
  Outbox outbox(outbox_log, "b", counters, world.clock);
  verifier::LedgerKey key = verifier::ledger_key(std::nullopt, world.clock.now());
  key.answer = verifier::LedgerAnswer::good;
  counters.count(0, key, 5);
  REQUIRE(outbox.send().has_value());
  REQUIRE(world.leave("a").has_value());
  const auto environment = world.open("a");
  const auto snapshot = environment->read();
  const pki::Date day = verifier::date_of(key.day);
  std::uint64_t sum = 0;
  for (auto rows = verifier::ledger_rows(snapshot, day, day); rows.valid(); rows.next())
    sum += rows.row().count;
  CHECK(sum == 5);
}

TEST_CASE("whichever call fails, the log is closed once and the store leaves it when it is asked again") {
  World world;
  LogMember counted = world.member("a");
  world.copy("a", "fresh");
  REQUIRE(world.leave("a", counted).has_value());
  const int calls = static_cast<FakeLog&>(*counted.rows).calls();
  REQUIRE(calls > 5);
  constexpr std::array kFailures = {Failure::before, Failure::after, Failure::later, Failure::refused};
  const FakeEngine begun{.identity = world.engine.identity, .now = world.engine.now};
  for (int n = 1; n <= calls; ++n) {
    CAPTURE(n);
    world.engine = begun;
    const std::string name = "m" + std::to_string(n);
    world.copy("fresh", name);
    LogMember by = world.member(name);
    static_cast<FakeLog&>(*by.rows).fail_at(n, kFailures.at(static_cast<std::size_t>(n) % 4), 2);
    if (world.leave(name, by).has_error()) {
      CHECK_FALSE(world.is_embedded(name));
      REQUIRE(world.leave(name).has_value());
    }
    CHECK(world.closures() == 1);
    CHECK(world.engine.closed_by == name);
    CHECK(world.is_embedded(name));
    CHECK(store::verify_audit(world.open(name)->read()).has_value());
  }
}

TEST_CASE("what an epoch left open the next one closes before it issues, whatever their clocks say") {
  World world;
  const registry::Intent intent{.id = {{pki::CaName::sign, 1}, {100'000'500}},
                                .kind = pki::CertificateKind::sign,
                                .resident = registry::ResidentId{10'000'000'018},
                                .resident_version = 0,
                                .recorded_at = world.clock.now() + std::chrono::hours{1},
                                .tbs_hash = pki::Bytes(32, 1)};
  const auto as_leader = [&](const std::function<void(Instance&)>& run) {
    LogMember member = world.member("a");
    auto environment = world.open("a");
    const auto leader = Leader::take_over(member, *environment).value();
    environment.reset();
    run(*serve(world, "a", leader.get()));
  };
  as_leader([&](Instance& instance) {
    REQUIRE(write(instance.writer(), "issue", [&](store::CommandContext& context) {
              registry::record_intent(context.transaction, instance.vault(), intent);
              return pki::Result<void>{};
            }).has_value());
  });
  as_leader([](Instance& instance) {
    CHECK(registry::open_intents(instance.environment().read(), instance.vault()).empty());
  });
}

}  // namespace service
