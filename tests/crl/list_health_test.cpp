// Lists that are lost or altered: they are named, not served, and made again.

#include "crl/list_health.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "crl/serve.h"
#include "crl/store.h"
#include "tests/crl/world.h"
#include "tests/support/test_keys.h"
#include "verifier/recognition.h"

namespace crl::testing {

namespace {

using registry::CrlKind;

// A world whose publisher and server go by what the health of its lists says.
struct HealthWorld : World {
  HealthWorld() {
    health.emplace(*environment, options);
    options.is_damaged = [this](const registry::CrlRecord& list) { return health->is_damaged(list); };
    reopen_with_health();
    issue_revoked(10, kKiyose, pki::CrlReason::superseded);
    publish();
    look();
  }

  // A restart.
  void reopen_with_health() {
    lists.reset();
    health.reset();
    close();
    reopen();
    health.emplace(*environment, options);
    CrlEndpointOptions serve_options;
    serve_options.folder = options.folder;
    serve_options.audience = Audience::everyone;
    serve_options.is_damaged = options.is_damaged;
    serve_options.on_past = [this](const registry::CrlRecord& list) { health->note_past(list); };
    lists.emplace(*environment, recognition, clock, serve_options);
  }

  void look(LookDepth depth = LookDepth::bytes) { health->look(clock.now(), depth); }
  // What readiness would say, in one line.
  std::string faults() {
    look();
    std::string text;
    for (const std::string& line : health->faults())
      text += line + "\n";
    return text;
  }
  [[nodiscard]] bool says(const std::string& words) { return faults().find(words) != std::string::npos; }
  unsigned status_of(const std::string& path) {
    return lists->answer(*http::make_request(http::Method::get, path)).status;
  }
  // What the timer does, once.
  void publish_due() { REQUIRE(publisher->publish_due(clock.now()).value().failures.empty()); }

  [[nodiscard]] std::filesystem::path file_of(const registry::CrlScope& scope, CrlKind kind) const {
    return path_of(options.folder, current(scope, kind).value());
  }
  // Alters an byte of a list, `from_end` bytes before its end.
  void alter(const registry::CrlRecord& record, std::uint64_t from_end) const {
    std::fstream file(path_of(options.folder, record), std::ios::in | std::ios::out | std::ios::binary);
    const auto place = static_cast<std::streamoff>(record.offset + record.length - from_end);
    file.seekg(place);
    const int byte = file.get();
    file.seekp(place);
    file.put(static_cast<char>(byte ^ 0x10));
  }

  verifier::Recognition recognition;
  std::optional<ListHealth> health;
  std::optional<CrlEndpoint> lists;
};

}  // namespace

TEST_CASE("nothing is in order before the first publication, and everything after it") {
  World world;
  ListHealth health(*world.environment, world.options);
  CHECK(health.faults() == std::vector<std::string>{"the current lists have not been looked at yet"});
  health.look(world.clock.now(), LookDepth::files);
  CHECK(health.fault_count() == 9);
  CHECK(health.faults().front() == "sign-1 complete: nothing has been published yet");
  CHECK(health.faults().back() == "4 more lists are not in order");
  world.publish();
  health.look(world.clock.now(), LookDepth::bytes);
  CHECK(health.faults().empty());
}

TEST_CASE("points without certificates are not missed where only those in use are published") {
  World world;
  world.options.scopes = ScopeSelection::used;
  world.close();
  world.reopen();
  world.issue(10, kKiyose, std::chrono::hours{1000});
  world.publish();
  // This one has just come into use.
  world.issue(11, kSapporo, std::chrono::hours{1000});
  ListHealth health(*world.environment, world.options);
  health.look(world.clock.now(), LookDepth::bytes);
  CHECK(health.faults().empty());
}

TEST_CASE("a missing or cut file is named, and its scope is due at once") {
  HealthWorld world;
  REQUIRE(world.faults() == "");
  std::filesystem::remove(world.file_of(kKiyoseScope, CrlKind::delta));
  CHECK(world.says("sign-1/132217 delta: the file delta-"));
  CHECK(world.says(" is missing"));
  world.publish_due();
  CHECK(world.faults() == "");
  const auto file = world.file_of(kKiyoseScope, CrlKind::complete);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  CHECK(world.says("is cut: it is shorter than recorded"));
  world.publish_due();
  CHECK(world.faults() == "");
  CHECK(world.findings().find("shorter") != std::string::npos);
}

TEST_CASE("an altered list is named, not served, and its scope is due at once") {
  // In the signature, in the entries, in the head.
  for (const std::uint64_t from_end : {std::uint64_t{5}, std::uint64_t{360}, std::uint64_t{0}}) {
    CAPTURE(from_end);
    HealthWorld world;
    const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
    CHECK(world.status_of("/crl/sign-1/132217/full.crl") == 200);
    world.alter(record, from_end == 0 ? record.length : from_end);
    CHECK(world.says("sign-1/132217 complete: the file complete-"));
    CHECK(world.says("the list is damaged"));
    CHECK(world.health->fault_count() == 1);
    CHECK(world.status_of("/crl/sign-1/132217/full.crl") == 503);
    CHECK(world.status_of("/crl/sign-1/132217/delta.crl") == 200);
    world.publish_due();
    CHECK(world.faults() == "");
    CHECK(world.current(kKiyoseScope, CrlKind::complete)->number > record.number);
    CHECK(world.status_of("/crl/sign-1/132217/full.crl") == 200);
    // No delta is made on what nobody can have.
    CHECK(world.current(kKiyoseScope, CrlKind::delta)->base_number ==
          world.current(kKiyoseScope, CrlKind::complete)->number);
  }
}

// The base of the current delta is a past list when both were published together.
TEST_CASE("a delta whose base is altered or gone is replaced by one on a base that can be had") {
  HealthWorld world;
  world.clock.advance(std::chrono::hours{1});
  world.issue_revoked(11, kKiyose, pki::CrlReason::superseded);
  world.publish();
  REQUIRE(world.faults() == "");
  const auto delta = world.current(kKiyoseScope, CrlKind::delta).value();
  const auto complete = world.current(kKiyoseScope, CrlKind::complete).value();
  REQUIRE(delta.base_number.value() < complete.number);
  const auto base =
      registry::find_crl(world.environment->read(), kKiyoseScope, CrlKind::complete, *delta.base_number)
          .value();
  const auto file = path_of(world.options.folder, base);
  std::string what;
  SUBCASE("altered") {
    world.alter(base, 5);
    what = "the list is damaged";
  }
  SUBCASE("cut") {
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    what = "is cut";
  }
  SUBCASE("gone") {
    std::filesystem::remove(file);
    what = "is missing";
  }
  CHECK(world.says("sign-1/132217 delta: its base " + std::to_string(base.number) + ": "));
  CHECK(world.says(what));
  world.publish_due();
  CHECK(world.faults() == "");
  CHECK(world.current(kKiyoseScope, CrlKind::complete)->number == complete.number);
  CHECK(world.current(kKiyoseScope, CrlKind::delta)->number > delta.number);
  CHECK(world.current(kKiyoseScope, CrlKind::delta)->base_number == complete.number);
}

TEST_CASE("a list that was altered while no service ran is noticed after the start") {
  HealthWorld world;
  world.alter(world.current(kWhole, CrlKind::arl).value(), 5);
  world.reopen_with_health();
  world.look(LookDepth::files);
  CHECK(world.health->faults().empty());
  CHECK(world.says("sign-1 authority: the file authority-"));
  CHECK(world.status_of("/crl/sign-1/arl.crl") == 503);
}

TEST_CASE("the right file, put back in its place, is served again") {
  HealthWorld world;
  const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
  const auto path = path_of(world.options.folder, record);
  const auto copy = world.folder.path() / "copy";
  std::filesystem::copy_file(path, copy);
  CHECK(world.status_of("/crl/sign-1/132217/full.crl") == 200);
  world.alter(record, 5);
  CHECK(world.says("damaged"));
  CHECK(world.status_of("/crl/sign-1/132217/full.crl") == 503);
  std::filesystem::rename(copy, path);
  CHECK(world.faults() == "");
  CHECK(world.status_of("/crl/sign-1/132217/full.crl") == 200);
}

TEST_CASE("no compressed copy is made of an altered list") {
  HealthWorld world;
  const auto record = world.current(kKiyoseScope, CrlKind::complete).value();
  world.alter(record, 360);
  const auto get = [&] {
    return world.lists->answer(
        *http::make_request(http::Method::get, "/crl/sign-1/132217/full.crl", {{"Accept-Encoding", "gzip"}}));
  };
  CHECK(get().status == 503);
  world.alter(record, 360);
  CHECK(get().status == 200);
}

TEST_CASE("a past list that was altered is refused once it has been asked for") {
  HealthWorld world;
  const auto past = world.current(kKiyoseScope, CrlKind::complete).value();
  // The one before the last is the base of the last delta, which is looked at unasked.
  for (int day = 0; day < 2; ++day) {
    world.clock.advance(std::chrono::hours{24});
    world.publish();
  }
  world.alter(past, 5);
  const std::string path = "/crl/sign-1/132217/full-" + std::to_string(past.number) + ".crl";
  CHECK(world.status_of(path) == 200);
  CHECK(world.faults() == "");
  CHECK(world.status_of(path) == 503);
}

TEST_CASE("a list whose time is over, or that was due an hour ago, is overdue") {
  HealthWorld world;
  world.clock.advance(std::chrono::minutes{91});
  CHECK(world.says("sign-1 delta: it is overdue: its nextUpdate was 2026-11-23T06:30:00Z"));
  world.publish_due();
  CHECK(world.faults() == "");
  // 05:59 of the next day in Japan, and a minute later.
  world.clock.advance(std::chrono::hours{14} + std::chrono::minutes{28});
  world.publish(PublicationKind::delta_only);
  CHECK(world.faults() == "");
  world.clock.advance(std::chrono::minutes{1});
  CHECK(world.says("sign-1 complete: it is overdue: another was due at 2026-11-23T20:00:00Z"));
  world.publish_due();
  CHECK(world.faults() == "");
}

TEST_CASE("the last lists of a key that has ended are made again when they are lost, and stay the last") {
  HealthWorld world;
  world.begin_generation({pki::CaName::sign, 2}, support::authority_keys()[1]);
  world.publish();
  world.clock.advance(std::chrono::minutes{1});
  world.compromise();
  while (!world.fill_in(kIssuer, 10)) {
  }
  world.clock.advance(std::chrono::minutes{1});
  REQUIRE(world.publisher->publish_last(kIssuer)->failures.empty());
  REQUIRE(world.faults() == "");
  const auto last = world.current(kKiyoseScope, CrlKind::complete).value();
  world.alter(last, 5);
  CHECK(world.says("sign-1/132217 complete: the file complete-"));
  world.publish_due();
  CHECK(world.faults() == "");
  const auto again = world.current(kKiyoseScope, CrlKind::complete).value();
  CHECK(again.number > last.number);
  CHECK(again.finality == registry::CrlFinality::last_of_key);
  CHECK(world.publisher->publish_due(world.clock.now())->complete == 0);
}

}  // namespace crl::testing
