// Data keys in the store: sealed by the sealing key, changed step by step, resumed, and the old ones gone at
// the end.

#include "registry/data_keys.h"

#include <doctest/doctest.h>

#include "registry/residents.h"
#include "registry/schema.h"
#include "registry/sealing_check.h"
#include "tests/support/command.h"

namespace registry {

namespace {

const pki::Bytes kSealing(32, 3), kOther(32, 4);

std::unique_ptr<store::Environment> make_store(const std::filesystem::path& folder) {
  return store::Environment::create(
      {.directory = folder / "store", .map_bytes = 64U << 20U, .durability = store::Durability::temporary},
      kSchema);
}

constexpr std::uint64_t kPeople = 25;

void fill(store::Environment& environment, const store::Vault& vault) {
  auto transaction = store::begin_exclusive_write(environment);
  put_sealed_constant(transaction, vault);
  for (std::uint64_t i = 1; i <= kPeople; ++i) {
    const pki::Bytes key = pki::to_bytes(Key().u64(i).view());
    transaction.put(tables::residents, key,
                    vault.seal(tables::residents, key, pki::as_bytes(std::to_string(i))));
  }
  transaction.commit();
}

bool all_open(const store::Environment& environment, const store::Vault& vault) {
  const auto snapshot = environment.read();
  std::uint64_t count = 0;
  store::Cursor cursor = snapshot.cursor(tables::residents);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    count += pki::as_text(vault.open(tables::residents, cursor.key(), cursor.value())).empty() ? 0 : 1;
  return count == kPeople;
}

void begin(store::Environment& environment) {
  pki::Rng rng = pki::Rng::system();
  auto transaction = store::begin_exclusive_write(environment);
  REQUIRE(begin_rotation(transaction, kSealing, count_sealed(transaction), rng).has_value());
  transaction.commit();
}

// One step of ten records; false at the end.
bool step(store::Environment& environment, const store::Vault& vault) {
  auto transaction = store::begin_exclusive_write(environment);
  const bool more = continue_rotation(transaction, vault, 10).value();
  transaction.commit();
  return more;
}

}  // namespace

TEST_CASE("a new store has a data key that only its sealing key opens") {
  const support::TemporaryFolder folder;
  const auto environment = make_store(folder.path());
  pki::Rng rng = pki::Rng::system();
  {
    auto transaction = store::begin_exclusive_write(*environment);
    make_first_data_key(transaction, kSealing, rng);
    transaction.commit();
  }
  const auto keys = read_data_keys(environment->read(), kSealing).value();
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].key != kSealing);
  CHECK(read_data_keys(environment->read(), kOther).error().code == pki::Errc::conflict);
  fill(*environment, *open_vault(environment->read(), kSealing).value());
  CHECK(open_vault(environment->read(), kOther).error().code == pki::Errc::conflict);
}

TEST_CASE("a rotation seals all again, is resumed after a restart, and leaves one key") {
  const support::TemporaryFolder folder;
  const auto environment = make_store(folder.path());
  // A store of an earlier version: the sealing key is its data key.
  fill(*environment, *open_vault(environment->read(), kSealing).value());
  begin(*environment);
  CHECK(rotation_state(environment->read()).is_running());
  CHECK(rotation_state(environment->read()).total == kPeople);
  {
    const auto vault = open_vault(environment->read(), kSealing).value();
    CHECK(vault->newest() == 2);
    CHECK(all_open(*environment, *vault));
    CHECK(step(*environment, *vault));
    CHECK(all_open(*environment, *vault));
    CHECK(rotation_state(environment->read()).resealed == 10);
    pki::Rng rng = pki::Rng::system();
    auto transaction = store::begin_exclusive_write(*environment);
    CHECK(begin_rotation(transaction, kSealing, 0, rng).error().code == pki::Errc::conflict);
  }
  const auto vault = open_vault(environment->read(), kSealing).value();
  for (int i = 0; step(*environment, *vault); ++i)
    REQUIRE(i < 100);
  CHECK_FALSE(rotation_state(environment->read()).is_running());
  CHECK(rotation_state(environment->read()).ids == std::vector<std::uint8_t>{2});
  const auto after = open_vault(environment->read(), kSealing).value();
  CHECK(all_open(*environment, *after));
  CHECK_FALSE(step(*environment, *after));
}

TEST_CASE("records that are sealed while a rotation runs open after it") {
  const support::TemporaryFolder folder;
  const auto environment = make_store(folder.path());
  store::Vault vault(pki::SealingKey(1, kSealing), pki::Rng::system());
  fill(*environment, vault);
  begin(*environment);
  // As a running service does: the new key joins the vault that everybody holds.
  auto keys = read_data_keys(environment->read(), kSealing).value();
  vault.add(pki::SealingKey(keys.back().id, keys.back().key));
  CHECK(step(*environment, vault));
  {
    auto transaction = store::begin_exclusive_write(*environment);
    const pki::Bytes key = pki::to_bytes(Key().u64(1).view());
    transaction.put(tables::residents, key, vault.seal(tables::residents, key, pki::as_bytes("new")));
    transaction.commit();
  }
  while (step(*environment, vault)) {
  }
  CHECK(all_open(*environment, *open_vault(environment->read(), kSealing).value()));
}

TEST_CASE("a record that does not open stays, and does not hold up the others") {
  const support::TemporaryFolder folder;
  const auto environment = make_store(folder.path());
  fill(*environment, *open_vault(environment->read(), kSealing).value());
  const pki::Bytes key = pki::to_bytes(Key().u64(3).view());
  const pki::Bytes damaged(60, 1);
  {
    auto transaction = store::begin_exclusive_write(*environment);
    transaction.put(tables::residents, key, damaged);
    transaction.commit();
  }
  begin(*environment);
  const auto vault = open_vault(environment->read(), kSealing).value();
  while (step(*environment, *vault)) {
  }
  CHECK(pki::equal(*environment->read().get(tables::residents, key), damaged));
  CHECK(rotation_state(environment->read()).ids == std::vector<std::uint8_t>{2});
}

TEST_CASE("a locked vault says why, and neither opens nor seals") {
  const store::Vault vault("the key is missing");
  CHECK(vault.locked()->in(pki::Language::en) == "the key is missing");
  CHECK_THROWS_AS(static_cast<void>(vault.seal(tables::residents, {}, {})), store::VaultLocked);
  CHECK_THROWS_AS(static_cast<void>(vault.open(tables::residents, {}, {})), store::VaultLocked);
}

}  // namespace registry
