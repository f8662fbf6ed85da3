// Heads of the audit log that cannot be signed or kept: readiness ends after an hour, writing after a day,
// and both come back by themselves.

#include "service/audit_heads.h"

#include <doctest/doctest.h>

#include "tests/registry/store.h"
#include "tests/support/test_keys.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using support::kStart;

// A key whose token may be away.
class AwaySigner final : public pki::Signer {
 public:
  [[nodiscard]] pki::SignatureAlgorithm algorithm() const override { return inner_->algorithm(); }
  [[nodiscard]] const pki::Bytes& public_key() const override { return inner_->public_key(); }
  [[nodiscard]] pki::Bytes sign(pki::ByteView digest) const override {
    if (is_away) throw std::runtime_error("the token is not there");
    return inner_->sign(digest);
  }

  bool is_away = false;

 private:
  std::shared_ptr<const pki::Signer> inner_ = pki::make_openssl_signer(support::authority_keys()[0]);
};

// A store with an entry, and its heads.
struct World {
  World() { restart(); }
  void restart() {
    heads.emplace(
        safety, *store.environment, [this] { return signer; }, store.clock,
        [this](std::string_view line) { logged.emplace_back(line); });
  }
  void write_entry() {
    store.write([](store::WriteTransaction&) {});
  }

  registry::testing::Store store;
  support::TemporaryFolder folder;
  SafetyFolder safety{folder.path(), store.read()};
  std::shared_ptr<AwaySigner> signer = std::make_shared<AwaySigner>();
  std::vector<std::string> logged;
  std::optional<AuditHeads> heads;
};

bool says(const std::optional<std::string>& fault, std::string_view words) {
  return fault && fault->find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a head that cannot be signed is a fault after an hour, and stops writing after a day") {
  World world;
  world.write_entry();
  world.signer->is_away = true;
  world.heads->keep();
  world.store.clock.advance(1h);
  world.heads->keep();
  CHECK_FALSE(world.heads->fault());
  CHECK(world.heads->overdue() == 1h);
  world.store.clock.advance(1s);
  CHECK(says(world.heads->fault(), "since 2026-11-23T05:00:00Z: the token is not there"));
  CHECK(says(world.heads->fault(), "a day after that time writing stops"));
  world.store.clock.advance(23h - 1s);
  world.heads->keep();
  CHECK_FALSE(world.heads->stop_reason());
  world.store.clock.advance(1s);
  CHECK(says(world.heads->stop_reason(), "since 2026-11-23T05:00:00Z: the token is not there"));
  CHECK(says(world.heads->stop_reason(), "writing goes on by itself"));
  CHECK(world.logged.empty());
  world.signer->is_away = false;
  world.heads->keep();
  CHECK_FALSE(world.heads->fault());
  CHECK_FALSE(world.heads->stop_reason());
  CHECK(world.heads->overdue() == 0s);
  CHECK(world.logged.size() == 1);
}

TEST_CASE("a head that cannot be kept counts as one that cannot be signed") {
  World world;
  world.write_entry();
  std::filesystem::create_directories(world.safety.heads_file());
  world.heads->keep();
  world.store.clock.advance(1h + 1s);
  CHECK(says(world.heads->fault(), world.safety.heads_file().string()));
  std::filesystem::remove(world.safety.heads_file());
  world.heads->keep();
  CHECK_FALSE(world.heads->fault());
  CHECK(std::filesystem::exists(world.safety.heads_file()));
}

TEST_CASE("a head is signed at each thousandth entry, and within a day at no other") {
  World world;
  world.write_entry();
  world.heads->keep();
  REQUIRE(world.logged.size() == 1);
  for (std::uint64_t count = 1; count < kEntriesBetweenHeads; ++count)
    world.write_entry();
  world.heads->keep();
  CHECK(world.logged.size() == 1);
  world.write_entry();
  world.heads->keep();
  CHECK(world.logged.size() == 2);
}

TEST_CASE("an entry of a day gets its head when the day has closed") {
  World world;
  world.write_entry();
  world.heads->keep();
  world.write_entry();
  world.heads->keep();
  REQUIRE(world.logged.size() == 1);
  world.store.clock.advance(24h);
  world.heads->keep();
  CHECK(world.logged.size() == 2);
  // Without another entry no day has a head of its own.
  world.store.clock.advance(24h);
  world.heads->keep();
  CHECK(world.logged.size() == 2);
}

TEST_CASE("where no head is known any more the first entry counts") {
  World world;
  world.write_entry();
  world.signer->is_away = true;
  world.store.clock.advance(25h);
  world.heads->keep();
  CHECK(says(world.heads->stop_reason(), "since 2026-11-23T05:00:00Z"));
}

TEST_CASE("a service without entries for days has no head that is due") {
  World world;
  world.write_entry();
  world.heads->keep();
  world.signer->is_away = true;
  world.store.clock.advance(72h);
  world.heads->keep();
  CHECK(world.heads->overdue() == 0s);
  world.write_entry();
  world.heads->keep();
  CHECK(world.heads->overdue() == 0s);
  world.store.clock.advance(1h + 1s);
  CHECK(says(world.heads->fault(), "since 2026-11-26T05:00:00Z"));
}

TEST_CASE("a restart does not begin the hour and the day again") {
  World world;
  world.write_entry();
  world.heads->keep();
  REQUIRE(world.logged.size() == 1);
  world.write_entry();
  world.signer->is_away = true;
  // Until 00:00 in Japan no other head is due.
  world.store.clock.advance(9h);
  world.heads->keep();
  CHECK(world.heads->overdue() == 0s);
  // An hour and a second after it.
  world.store.clock.advance(2h + 1s);
  world.heads->keep();
  CHECK(says(world.heads->fault(), "since 2026-11-23T15:00:00Z"));
  world.store.clock.advance(23h);
  world.restart();
  world.heads->keep();
  CHECK(says(world.heads->stop_reason(), "since 2026-11-23T15:00:00Z"));
}

}  // namespace service
