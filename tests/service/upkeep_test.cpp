// What a running authority does by itself about faults outside the store: what stops, what it says, and how
// it comes back.

#include "service/upkeep.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "service/init.h"
#include "service/metrics.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

namespace service {

namespace {

using namespace std::chrono_literals;

// An authority with a safety folder, whose tasks run when a test says so.
class Machine {
 public:
  Machine() {
    config_.map_bytes = std::uint64_t{1} << 30U;
    config_.verifier_https = HttpsListening::off;
    config_.crl.scopes = crl::ScopeSelection::used;
    auto environment =
        initialise({.data = data_, .config = config_, .make_key = make_key_, .key_heading = {}}, clock)
            .value();
    opened = OpenAuthority::open({.data = data_,
                                  .make_key = make_key_,
                                  .on_error = [this](std::string_view line) { log.emplace_back(line); }},
                                 clock, std::move(environment))
                 .value();
    services_ = Services::create(opened->parts(), {.data = data_, .config = config_}).value();
    upkeep_.emplace(*opened, *services_, nullptr, nullptr);
  }

  void run(std::string_view task) {
    auto tasks = upkeep_->tasks();
    const auto found = std::ranges::find(tasks, task, &BackgroundTask::name);
    REQUIRE(found != tasks.end());
    found->run();
  }
  // A change; gives what its refusal says, or nothing.
  std::string change(const store::CommandFunction& function = [](store::CommandContext&) {
    return pki::Result<void>{};
  }) {
    const auto result =
        opened->writer().execute({.actor = registry::system_actor(), .action = "test", .run = function});
    if (result.has_error()) CHECK(result.error().code == pki::Errc::too_busy);
    return result.has_error() ? result.error().text() : std::string();
  }
  [[nodiscard]] bool measures(const std::string& line) const {
    return metrics_text(*services_, opened->writer(), opened->audit_heads(), {}).find("\n" + line + "\n") !=
           std::string::npos;
  }

  support::SettableClock clock;
  std::vector<std::string> log;
  std::unique_ptr<OpenAuthority> opened;

 private:
  std::size_t next_key_ = 0;
  const ca::KeySource make_key_ = [this](std::string_view, pki::KeyAlgorithm algorithm) {
    if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(next_key_++);
    pki::Rng rng = pki::Rng::seeded(1);
    return pki::PrivateKey::generate(algorithm, rng);
  };
  support::TemporaryFolder folder_;
  const DataFolder data_{folder_.path() / "data"};
  Config config_;
  std::unique_ptr<Services> services_;
  std::optional<Upkeep> upkeep_;
};

bool says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a service whose heads cannot be kept for a day refuses every change, and says so") {
  Machine machine;
  REQUIRE(machine.change() == "");
  std::filesystem::create_directories(machine.opened->safety()->heads_file());
  machine.run("housekeeping");
  CHECK(machine.change() == "");
  CHECK(machine.measures("jpki_audit_head_overdue_seconds 0"));
  machine.clock.advance(24h + 1s);
  machine.run("housekeeping");
  const std::string refusal = machine.change();
  CHECK(refusal.starts_with("nothing was stored"));
  CHECK(says(refusal, "the head of the audit log could not be signed and kept since 2026-11-23T05:00:00Z"));
  CHECK(
      says(machine.opened->writer().fault().value_or("").in(pki::Language::en), "the head of the audit log"));
  CHECK(machine.measures("jpki_audit_head_overdue_seconds 86401"));
  CHECK(machine.measures("jpki_writer_fault 1"));
  CHECK(std::ranges::count_if(machine.log,
                              [](const auto& line) { return line.starts_with("writing stops: "); }) == 1);
  std::filesystem::remove(machine.opened->safety()->heads_file());
  machine.run("housekeeping");
  CHECK_FALSE(machine.opened->writer().fault());
  CHECK(machine.change() == "");
  CHECK(machine.measures("jpki_writer_fault 0"));
}

// Found by the campaign of faults: a disk was full, had room again, and /readyz went on to say that the mark
// could not be written until somebody changed something.
TEST_CASE("a high-water mark that could not be written is written when it can be, without another change") {
  Machine machine;
  const auto mark = machine.opened->safety()->mark_file();
  std::filesystem::remove(mark);
  std::filesystem::create_directories(mark / "in the way");
  REQUIRE(machine.change([](store::CommandContext& context) {
    static_cast<void>(registry::take_serial(context.transaction, pki::CaName::sign));
    return pki::Result<void>{};
  }) == "");
  REQUIRE(machine.opened->safety()->fault().has_value());
  machine.run("housekeeping");
  CHECK(machine.opened->safety()->fault().has_value());
  std::filesystem::remove_all(mark);
  const auto entries = store::read_audit_head(machine.opened->environment().read()).sequence;
  machine.run("housekeeping");
  CHECK_FALSE(machine.opened->safety()->fault().has_value());
  CHECK(machine.opened->safety()->read().value().has_value());
  CHECK(store::read_audit_head(machine.opened->environment().read()).sequence == entries);
}

}  // namespace service
