// The index of residents by name and date of birth: what is in it, what a change does to it, and how a store
// of an earlier version comes to it.

#include "registry/resident_index.h"

#include <doctest/doctest.h>

#include "registry/data_keys.h"
#include "registry/retention.h"
#include "tests/registry/store.h"

namespace registry {

namespace {

using testing::day;
using testing::Store;

const pki::Date kBirth = day(1980, 2, 17);

Resident resident(std::uint64_t number, const std::string& name) {
  Resident entry;
  entry.id = make_resident_id(1'000'000'000 + number);
  entry.name = name;
  entry.furigana = "もぎ　たろう";
  entry.birth = kBirth;
  entry.municipality = testing::kKiyose.code;
  return entry;
}

void put(Store& store, const Resident& entry) {
  store.write([&](store::WriteTransaction& transaction) { put_resident(transaction, store.vault, entry); });
}

void make_index(Store& store) {
  pki::Rng rng = pki::Rng::seeded(3);
  store.write(
      [&](store::WriteTransaction& transaction) { make_resident_index(transaction, store.vault, rng); });
}

// One step of two residents; false at the end.
bool step(Store& store) {
  bool more = false;
  store.write([&](store::WriteTransaction& transaction) {
    more = continue_resident_index(transaction, store.vault, 2);
  });
  return more;
}

std::vector<std::uint64_t> called(const Store& store, std::string_view name, pki::Date birth = kBirth) {
  std::vector<std::uint64_t> numbers;
  for (const Resident& one : find_called(store.read(), store.vault, name, birth).listed)
    numbers.push_back(one.id.value / 10 - 1'000'000'000);
  return numbers;
}

std::uint64_t rows(const Store& store) {
  return store.read().count(tables::resident_names);
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a resident is found by name, furigana or alias with the date of birth, whatever the spaces") {
  Store store;
  make_index(store);
  Resident foreign = resident(1, "模擬　太郎");
  foreign.alias = "山田 太郎";
  put(store, foreign);
  put(store, resident(2, "架空　花子"));
  for (const char* name : {"模擬太郎", "模擬　太郎", " 模擬 太 郎", "山田太郎"})
    CHECK(called(store, name) == Numbers{1});
  CHECK(called(store, "もぎたろう") == Numbers{1, 2});
  CHECK(called(store, "模擬太郎", day(1980, 2, 18)).empty());
  CHECK(called(store, "模擬").empty());
  CHECK(called(store, "").empty());
  CHECK_FALSE(find_called(store.read(), store.vault, "模擬太郎", kBirth).unlisted_from.has_value());
}

TEST_CASE("the index follows a change of name and birth, and who is removed leaves it") {
  Store store;
  make_index(store);
  put(store, resident(1, "模擬　太郎"));
  put(store, resident(1, "改名　太郎"));
  CHECK(called(store, "模擬太郎").empty());
  CHECK(called(store, "改名太郎") == Numbers{1});
  Resident born = resident(1, "改名　太郎");
  born.birth = day(1981, 1, 1);
  put(store, born);
  CHECK(called(store, "改名太郎").empty());
  CHECK(called(store, "改名太郎", born.birth) == Numbers{1});
  CHECK(rows(store) == 2);
  // What the index does not say writes nothing into it.
  const auto before = store.dump().at("resident_names");
  born.address = "東京都清瀬市模擬町１番";
  put(store, born);
  CHECK(store.dump().at("resident_names") == before);
  born.residency = Residency::removed;
  born.removed_on = day(1870, 1, 1);
  put(store, born);
  store.write([&](store::WriteTransaction& transaction) {
    static_cast<void>(remove_due(transaction, store.vault,
                                 {RetentionClass::removed_resident, store.clock.now()},
                                 {pki::to_bytes(Key().u64(born.id.value).view())}));
  });
  CHECK_FALSE(find_resident(store.read(), store.vault, born.id).has_value());
  CHECK(rows(store) == 0);
}

TEST_CASE(
    "the residents of an earlier version's store are listed in steps, and changes meanwhile are not lost") {
  Store store;
  for (std::uint64_t number = 1; number <= 5; ++number)
    put(store, resident(number, "模擬　太郎"));
  CHECK(rows(store) == 0);
  // Without an index none is listed.
  CHECK(find_called(store.read(), store.vault, "模擬太郎", kBirth).unlisted_from == ResidentId{});
  CHECK_FALSE(step(store));
  make_index(store);
  CHECK(is_resident_index_unfinished(store.read(), store.vault));
  CHECK(find_called(store.read(), store.vault, "模擬太郎", kBirth).unlisted_from == resident(1, "").id);
  REQUIRE(step(store));
  CHECK(called(store, "模擬太郎") == Numbers{1, 2});
  CHECK(find_called(store.read(), store.vault, "模擬太郎", kBirth).unlisted_from == resident(3, "").id);
  put(store, resident(1, "改名　一郎"));
  put(store, resident(4, "改名　四郎"));
  CHECK(called(store, "改名四郎") == Numbers{4});
  REQUIRE(step(store));
  CHECK_FALSE(step(store));
  CHECK_FALSE(is_resident_index_unfinished(store.read(), store.vault));
  CHECK(called(store, "模擬太郎") == Numbers{2, 3, 5});
  CHECK(called(store, "改名一郎") == Numbers{1});
  CHECK_FALSE(step(store));
}

TEST_CASE("a record that does not open stops neither the listing nor a search") {
  Store store;
  for (std::uint64_t number = 1; number <= 3; ++number)
    put(store, resident(number, "模擬　太郎"));
  const auto damage = [&](std::uint64_t number) {
    store.damage([&](store::WriteTransaction& transaction) {
      transaction.put(tables::residents, Key().u64(resident(number, "").id.value), pki::Bytes(60, 9));
    });
  };
  store.writer.reset();
  damage(1);
  store.writer = std::make_unique<store::Writer>(*store.environment, store.clock);
  make_index(store);
  while (step(store)) {
  }
  CHECK(called(store, "模擬太郎") == Numbers{2, 3});
  store.writer.reset();
  damage(2);
  CHECK(called(store, "模擬太郎") == Numbers{3});
}

TEST_CASE("a row says nothing about the name, and another store's rows are others") {
  Store one, other;
  pki::Rng first = pki::Rng::seeded(1), second = pki::Rng::seeded(2);
  one.write([&](store::WriteTransaction& t) { make_resident_index(t, one.vault, first); });
  other.write([&](store::WriteTransaction& t) { make_resident_index(t, other.vault, second); });
  put(one, resident(1, "模擬　太郎"));
  put(other, resident(1, "模擬　太郎"));
  CHECK(one.dump().at("resident_names") != other.dump().at("resident_names"));
}

TEST_CASE(
    "an index whose secret does not open stops no register, and is made again without the former rows") {
  Store store;
  make_index(store);
  for (std::uint64_t number = 1; number <= 3; ++number)
    put(store, resident(number, "模擬　太郎"));
  REQUIRE(rows(store) == 6);
  store.write([&](store::WriteTransaction& transaction) {
    transaction.put(store::tables::meta, pki::as_bytes("resident_index"), pki::Bytes(60, 9));
  });
  CHECK_FALSE(has_resident_index(store.read(), store.vault));
  put(store, resident(1, "改名　一郎"));
  put(store, resident(4, "模擬　太郎"));
  store.write([&](store::WriteTransaction& transaction) {
    seal_resident_index_again(transaction, store.vault);
    CHECK_FALSE(continue_resident_index(transaction, store.vault, 2));
  });
  // A search looks at everyone's record.
  CHECK(find_called(store.read(), store.vault, "模擬太郎", kBirth).unlisted_from == ResidentId{});
  pki::Rng rng = pki::Rng::seeded(4);
  store.write(
      [&](store::WriteTransaction& transaction) { make_resident_index(transaction, store.vault, rng); });
  CHECK(has_resident_index(store.read(), store.vault));
  // Between listing and the last look at the rows a change is followed as ever.
  REQUIRE(step(store));
  REQUIRE(step(store));
  CHECK_FALSE(find_called(store.read(), store.vault, "模擬太郎", kBirth).unlisted_from.has_value());
  CHECK(is_resident_index_unfinished(store.read(), store.vault));
  put(store, resident(2, "改名　二郎"));
  while (step(store)) {
  }
  CHECK(rows(store) == 8);
  CHECK(called(store, "模擬太郎") == Numbers{3, 4});
  CHECK(called(store, "改名一郎") == Numbers{1});
  CHECK(called(store, "改名二郎") == Numbers{2});
  CHECK_FALSE(is_resident_index_unfinished(store.read(), store.vault));
}

TEST_CASE("the index outlives a rotation of the data key") {
  Store store;
  pki::Rng rng = pki::Rng::seeded(5);
  const pki::Bytes sealing(32, 3);
  store.write([&](store::WriteTransaction& transaction) { make_first_data_key(transaction, sealing, rng); });
  const auto vault = open_vault(store.read(), sealing).value();
  store.write([&](store::WriteTransaction& transaction) {
    make_resident_index(transaction, *vault, rng);
    put_resident(transaction, *vault, resident(1, "模擬　太郎"));
    REQUIRE(begin_rotation(transaction, sealing, count_sealed(transaction), rng).has_value());
  });
  auto keys = read_data_keys(store.read(), sealing).value();
  vault->add(pki::SealingKey(keys.back().id, std::move(keys.back().key)));
  for (bool more = true; more;)
    store.write([&](store::WriteTransaction& transaction) {
      more = continue_rotation(transaction, *vault, 10).value();
    });
  const auto later = open_vault(store.read(), sealing).value();
  CHECK(find_called(store.read(), *later, "模擬太郎", kBirth).listed.size() == 1);
}

}  // namespace registry
