// Publications that die: a process killed after each step, a disk that is full at each step, a folder that
// cannot be written. The current lists stay, numbers rise, the next publication succeeds and clears up.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <utility>

#include "crl/store.h"
#include "tests/crl/world.h"

namespace crl::testing {

namespace {

using pki::CrlReason;
using registry::CrlKind;

constexpr std::array kSteps = {PublicationStep::planned,           PublicationStep::lists_made,
                               PublicationStep::numbers_committed, PublicationStep::files_synced,
                               PublicationStep::file_renamed,      PublicationStep::records_committed};

// The names of everything in the publication folder.
std::set<std::string> files_in(const World& world) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.options.folder))
    if (entry.is_regular_file()) names.insert(entry.path().filename().string());
  return names;
}

std::set<std::string> recorded_files(const World& world) {
  std::set<std::string> names;
  const auto snapshot = world.environment->read();
  for (auto records = registry::crls_of_issuer(snapshot, kIssuer); records.valid(); records.next())
    names.insert(records.row().file);
  return names;
}

// What a client sees of one scope.
struct View {
  explicit View(const World& world)
      : complete(world.bytes(kKiyoseScope, CrlKind::complete)),
        delta(world.bytes(kKiyoseScope, CrlKind::delta)),
        number(world.current(kKiyoseScope, CrlKind::complete)->number),
        last_number(registry::last_crl_number(world.environment->read(), kIssuer.ca, kKiyose)) {}

  pki::Bytes complete, delta;
  std::uint64_t number;
  std::uint64_t last_number;
};

// Runs a publication in a process of its own that kills itself after the `nth` time that `step` is reached.
void publish_and_die(World& world, PublicationStep step, int nth) {
  world.close();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int left = nth;
    world.options.on_step = [&](PublicationStep reached) {
      if (reached == step && --left == 0) ::raise(SIGKILL);
    };
    world.reopen();
    const auto report = world.publisher->publish(PublicationKind::complete_and_delta);
    ::_exit(report.has_value() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(WTERMSIG(status) == SIGKILL);
  world.reopen();
}

// The next publication is as if nothing had happened, and nothing of what died is left.
void check_recovery(World& world, const View& before) {
  CHECK(world.findings() == "");
  const View dead(world);
  world.clock.advance(pki::Seconds{1});
  world.publish();
  const View after(world);
  CHECK(after.number > before.last_number);
  CHECK(after.number > dead.last_number);
  CHECK(world.findings() == "");
  CHECK(files_in(world) == recorded_files(world));
}

void kill_at(PublicationStep step, int nth) {
  CAPTURE(static_cast<int>(step));
  CAPTURE(nth);
  World world;
  world.publish();
  world.clock.advance(std::chrono::minutes{30});
  world.issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
  const View before(world);
  publish_and_die(world, step, nth);
  const View dead(world);
  if (step == PublicationStep::records_committed) {
    CHECK(dead.number > before.number);
  } else {
    CHECK(dead.complete == before.complete);
    CHECK(dead.delta == before.delta);
  }
  if (step >= PublicationStep::numbers_committed) CHECK(dead.last_number > before.last_number);
  check_recovery(world, before);
  CHECK(world.entries(kKiyoseScope, CrlKind::complete).size() == 1);
}

TEST_CASE("a process killed at any step of a publication leaves the current CRLs or the new ones") {
  for (const PublicationStep step : kSteps)
    kill_at(step, 1);
  // Between the rename of the file of complete CRLs and the commit, with both files renamed.
  kill_at(PublicationStep::file_renamed, 2);
}

TEST_CASE("the first publication of all may be killed as well") {
  for (const PublicationStep step : {PublicationStep::lists_made, PublicationStep::file_renamed}) {
    World world;
    world.close();
    world.reopen();
    publish_and_die(world, step, 1);
    CHECK_FALSE(world.current(kWhole, CrlKind::complete));
    const auto taken = registry::last_crl_number(world.environment->read(), kIssuer.ca, kKiyose);
    world.publish();
    CHECK(world.current(kKiyoseScope, CrlKind::complete)->number > taken);
    CHECK(world.findings() == "");
    CHECK(files_in(world) == recorded_files(world));
  }
}

// Files may not grow, as on a full disk, while this lives.
class FullDisk {
 public:
  FullDisk() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &former_);
    const rlimit full{.rlim_cur = 512, .rlim_max = former_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &full);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &former_); }

 private:
  rlimit former_{};
};

TEST_CASE("a disk that is full at any step costs that publication alone") {
  for (const PublicationStep step : {PublicationStep::planned, PublicationStep::lists_made,
                                     PublicationStep::files_synced, PublicationStep::file_renamed}) {
    CAPTURE(static_cast<int>(step));
    World world;
    world.publish();
    world.clock.advance(std::chrono::minutes{30});
    world.issue_revoked(10, kKiyose, CrlReason::affiliation_changed);
    const View before(world);
    std::optional<FullDisk> full;
    bool is_first = true;
    world.options.on_step = [&](PublicationStep reached) {
      if (reached == step && std::exchange(is_first, false)) full.emplace();
    };
    world.close();
    world.reopen();
    const auto report = world.publisher->publish(PublicationKind::complete_and_delta);
    full.reset();
    CHECK((report.has_error() || !report->failures.empty()));
    CHECK(world.publisher->status().last_failure);
    const View failed(world);
    CHECK(failed.complete == before.complete);
    CHECK(failed.delta == before.delta);
    check_recovery(world, before);
    CHECK_FALSE(world.publisher->status().last_failure);
  }
}

TEST_CASE("a folder that can be written again is published to without a restart") {
  World world;
  world.publish();
  const View before(world);
  const std::filesystem::path folder = world.options.folder / "sign-1";
  const std::filesystem::path aside = world.options.folder / "aside";
  std::filesystem::rename(folder, aside);
  support::write_file(folder, {});
  world.clock.advance(std::chrono::hours{1});
  const auto report = world.publisher->publish(PublicationKind::delta_only);
  REQUIRE(report.has_error());
  CHECK(report.error().code == pki::Errc::internal);
  CHECK(world.publisher->status().last_failure);
  std::filesystem::remove(folder);
  std::filesystem::rename(aside, folder);
  CHECK(View(world).complete == before.complete);
  check_recovery(world, before);
}

TEST_CASE("numbers rise over a store restored from a backup and a clock set back") {
  World world;
  world.publish();
  const std::filesystem::path store = world.folder.path() / "store" / "data.mdb";
  world.close();
  std::filesystem::copy_file(store, world.folder.path() / "backup.mdb");
  world.reopen();
  world.clock.advance(std::chrono::hours{2});
  world.publish();
  world.clock.advance(std::chrono::hours{2});
  world.publish();
  const View lost(world);
  world.close();
  std::filesystem::copy_file(world.folder.path() / "backup.mdb", store,
                             std::filesystem::copy_options::overwrite_existing);
  // The restored store has not seen the four hours, and the machine's clock has lost three of them.
  world.clock.advance(-std::chrono::hours{3});
  world.reopen();
  CHECK(View(world).number < lost.number);
  const std::set<std::string> published = files_in(world);
  REQUIRE(world.publisher->publish(PublicationKind::complete_and_delta).has_error());
  CHECK(files_in(world) == published);
  // What a restore records.
  world.write([&](store::CommandContext& context) -> pki::Result<void> {
    const std::uint64_t beyond = lost.last_number + 100;
    registry::keep_lists_through(context.transaction, beyond);
    for (const pki::DistributionPoint point : {pki::kWholeGeneration, kKiyose, kSapporo, kChiyoda})
      registry::raise_crl_number(context.transaction, kIssuer.ca, point, beyond);
    return {};
  });
  world.publish();
  // The lists of before are kept.
  for (const std::string& name : published)
    CHECK(files_in(world).contains(name));
  CHECK(View(world).number > lost.last_number);
  CHECK(world.findings() == "");
}

}  // namespace

}  // namespace crl::testing
