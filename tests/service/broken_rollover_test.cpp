// A rollover that is killed, wherever that is: the next one begins the generation, and no key is lost.

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "service/init.h"
#include "service/instance.h"
#include "store/audit.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/test_keys.h"

namespace service {

namespace {

constexpr registry::IssuerId kSecond{pki::CaName::sign, 2};

// Ready-made keys, from the `first` on; `on_key` hears of the number of each within this source.
ca::KeySource keys(std::size_t first, std::function<void(std::size_t)> on_key = {}) {
  return [on_key, first, number = std::size_t{0}](std::string_view, pki::KeyAlgorithm algorithm) mutable {
    if (on_key) on_key(number);
    if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(first + number++);
    pki::Rng rng = pki::Rng::system();
    return pki::PrivateKey::generate(algorithm, rng);
  };
}

// The system ends this process when it writes to a file beyond so many bytes (setrlimit(2)).
void die_at_byte(rlim_t size) {
  std::signal(SIGXFSZ, SIG_DFL);
  const rlimit limit{size, size};
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
}

// An authority whose rollover of `sign` is killed.
class Killed {
 public:
  Killed() {
    config_.map_bytes = std::uint64_t{1} << 30U;
    config_.verifier_https = HttpsListening::off;
    REQUIRE(initialise({.data = data,
                        .config = config_,
                        .durability = store::Durability::temporary,
                        .make_key = keys(0),
                        .key_heading = {}},
                       clock)
                .has_value());
  }

  // `on_key` ends the process, or sets what will.
  void roll_until(const std::function<void(std::size_t)>& on_key) {
    const pid_t child = ::fork();
    if (child == 0) {
      static_cast<void>(begin_generation(data, pki::CaName::sign, keys(4, on_key), clock));
      ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
  }
  pki::Result<BegunGeneration> roll() { return begin_generation(data, pki::CaName::sign, keys(6), clock); }
  std::unique_ptr<Instance> open() {
    auto environment = open_store(data, config_.map_bytes).value();
    return Instance::open({.data = data,
                           .config = config_,
                           .durability = store::Durability::temporary,
                           .on_error = [this](std::string_view line) { lines.emplace_back(line); },
                           .make_key = keys(6)},
                          clock, std::move(environment))
        .value();
  }
  // Of the second generation, by name; half keys, too.
  std::map<std::string, std::string> key_files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(data.keys()))
      if (const std::string name = entry.path().filename().string();
          name.find("-sign-2") != std::string::npos)
        files[name] = std::string(pki::as_text(support::read_file(entry.path())));
    return files;
  }

  support::TemporaryFolder folder;
  DataFolder data{folder.path() / "data"};
  support::SettableClock clock;
  std::vector<std::string> lines;

 private:
  Config config_;
};

struct Point {
  const char* name;
  std::size_t files;
  std::function<void(std::size_t)> on_key;
};

const std::vector<Point>& points() {
  static const std::vector<Point> all = {
      {"before the CA's key", 0, [](std::size_t) { ::_exit(0); }},
      {"while the CA's key is written", 1, [](std::size_t) { die_at_byte(0); }},
      {"before the responder's key", 1,
       [](std::size_t number) {
         if (number == 1) ::_exit(0);
       }},
      {"while the responder's key is written", 2,
       [](std::size_t number) {
         if (number == 1) die_at_byte(0);
       }},
      {"in the commit", 2,
       [](std::size_t number) {
         if (number == 1) die_at_byte(4096);
       }},
  };
  return all;
}

// Each file that was there is there still, under a name that says so.
void check_kept(const std::map<std::string, std::string>& before,
                const std::map<std::string, std::string>& after) {
  for (const auto& [name, content] : before) {
    CAPTURE(name);
    const std::string begins = name.substr(0, name.size() - 4) + ".left-20261123T050000Z";
    CHECK(std::ranges::any_of(
        after, [&](const auto& file) { return file.first.starts_with(begins) && file.second == content; }));
  }
  // And two new ones.
  CHECK(after.size() == before.size() + 2);
}

std::size_t audited(const store::Environment& environment) {
  const auto transaction = environment.read();
  std::size_t count = 0;
  for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous())
    if (const auto entry = entries.row(); entry.action == ca::kSetAsideAction) count += entry.subjects.size();
  return count;
}

}  // namespace

TEST_CASE("a rollover that was killed keeps no other from beginning, and its keys are kept") {
  for (const Point& point : points()) {
    CAPTURE(point.name);
    Killed killed;
    killed.roll_until(point.on_key);
    const auto left = killed.key_files();
    CHECK(left.size() == point.files);
    const auto begun = killed.roll();
    REQUIRE(begun.has_value());
    CHECK(begun->id == kSecond);
    CHECK(begun->set_aside.size() == point.files);
    check_kept(left, killed.key_files());
    const auto instance = killed.open();
    CHECK(audited(instance->environment()) == point.files);
    CHECK(instance->services().ocsp().self_test(killed.clock.now()).has_value());
  }
}

TEST_CASE("a service begins a generation whose offline rollover was killed, and says what it set aside") {
  for (const Point& point : points()) {
    CAPTURE(point.name);
    Killed killed;
    killed.roll_until(point.on_key);
    const auto left = killed.key_files();
    const auto instance = killed.open();
    const auto plan =
        ca::plan_rollover(instance->environment().read(), pki::CaName::sign, ca::LinkChoice::none);
    REQUIRE(plan.has_value());
    {
      const auto pending = instance->services().rollover().prepare(*plan);
      REQUIRE(pending.has_value());
      check_kept(left, killed.key_files());
    }
    // It was not put on record: its own keys are gone, those that were left are not.
    CHECK(killed.key_files().size() == point.files);
    CHECK(audited(instance->environment()) == point.files);
    CHECK(static_cast<std::size_t>(std::ranges::count_if(killed.lines, [](const std::string& line) {
            return line.find("a rollover that was broken off has left the key") != std::string::npos;
          })) == point.files);
  }
}

}  // namespace service
