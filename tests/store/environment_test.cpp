// The store as a whole: what it refuses, what it undoes, and that damage is never taken for absence.

#include "store/environment.h"

#include "registry/residents.h"
#include "store/crc32c.h"
#include "tests/registry/store.h"
#include "verifier/verifiers.h"

namespace store::testing {

using namespace registry;
using namespace registry::testing;

namespace {

const pki::Bytes kNothing;

void set_schema_version(Store& store, std::uint64_t version) {
  store.damage([&](WriteTransaction& transaction) {
    transaction.put(tables::meta, pki::as_bytes("schema_version"), Key().u64(version));
  });
  store.writer.reset();
  store.environment.reset();
}

std::string refusal_of(const EnvironmentOptions& options) {
  try {
    Environment::open(options, registry::kSchema);
  } catch (const StoreError& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a folder without a store is refused with the advice to make one") {
  const support::TemporaryFolder folder;
  CHECK(says(refusal_of({.directory = folder.path()}), "jpki init"));
}

TEST_CASE("a store is never overwritten") {
  Store store;
  store.issue(1);
  store.writer.reset();
  store.environment.reset();
  CHECK_THROWS_AS(Environment::create(store.options, registry::kSchema), StoreError);
  const auto again = Environment::open(store.options, registry::kSchema);
  CHECK(registry::find_status(again->read(), {kSign, {1}}).has_value());
}

TEST_CASE("what was committed is there after the store was closed and opened") {
  Store store;
  store.issue(7);
  store.writer.reset();
  store.environment.reset();
  store.environment = Environment::open(store.options, registry::kSchema);
  CHECK(registry::find_status(store.read(), {kSign, {7}})->point == kKiyose);
}

TEST_CASE("a store of a newer schema is refused and both versions are named") {
  Store store;
  set_schema_version(store, kSchemaVersion + 1);
  const std::string why = refusal_of(store.options);
  CHECK(says(why, "schema version " + std::to_string(kSchemaVersion + 1)));
  CHECK(says(why, "up to " + std::to_string(kSchemaVersion)));
  CHECK(says(why, "newer jpki"));
}

TEST_CASE("a store of an older schema asks for a migration") {
  Store store;
  set_schema_version(store, 0);
  CHECK(says(refusal_of(store.options), "jpki migrate"));
}

TEST_CASE("a reader says what to do where a table was added later, and an owner adds it") {
  const support::TemporaryFolder folder;
  const EnvironmentOptions options{.directory = folder.path() / "store", .map_bytes = std::size_t{1} << 24U};
  const Schema older{registry::kSchemaVersion,
                     std::span(registry::kTables).first(registry::kTables.size() - 1)};
  Environment::create(options, older).reset();
  try {
    static_cast<void>(Environment::open_beside(options, registry::kSchema));
    FAIL("opened");
  } catch (const StoreError& error) {
    CHECK(says(error.what(), "no table views"));
    CHECK(says(error.what(), "`jpki migrate`"));
  }
  Environment::open_any_version(options, registry::kSchema).reset();
  CHECK(
      Environment::open_beside(options, registry::kSchema)->read().count(registry::tables::resident_names) ==
      0);
}

TEST_CASE("a store without a schema version was never finished") {
  Store store;
  store.damage([](WriteTransaction& transaction) {
    transaction.erase(tables::meta, pki::as_bytes("schema_version"));
  });
  store.writer.reset();
  store.environment.reset();
  CHECK(says(refusal_of(store.options), "not finished"));
}

TEST_CASE("a store in use is refused to everyone else") {
  Store store;
  CHECK(says(refusal_of(store.options), "in use by another jpki process"));
  store.issue(1);
  CHECK(registry::find_status(store.read(), {kSign, {1}}).has_value());
}

TEST_CASE("a transaction that is not committed leaves nothing") {
  Store store;
  const auto before = store.dump();
  {
    WriteTransaction transaction = begin_exclusive_write(*store.environment);
    transaction.put(registry::tables::due, Key().u64(1), Key().u64(2));
    CHECK(transaction.get(registry::tables::due, Key().u64(1)).has_value());
  }
  CHECK(store.dump() == before);
}

TEST_CASE("a snapshot does not see what is committed after it began") {
  Store store;
  store.issue(1);
  const ReadTransaction snapshot = store.read();
  store.issue(2);
  CHECK_FALSE(registry::find_status(snapshot, {kSign, {2}}).has_value());
  CHECK(registry::last_change_sequence(snapshot, kSign) == 1);
  CHECK(registry::find_status(store.read(), {kSign, {2}}).has_value());
}

TEST_CASE("a value that does not decode is corruption and never the same as an absent one") {
  Store store;
  const registry::CertificateId id{kSign, {1}};
  const auto resident = registry::make_resident_id(1'000'000'001);
  CHECK_FALSE(registry::find_status(store.read(), id).has_value());
  CHECK_FALSE(registry::find_resident(store.read(), store.vault, resident).has_value());
  CHECK_FALSE(registry::find_certificate(store.read(), store.vault, id).has_value());
  CHECK_FALSE(verifier::find_verifier(store.read(), 1).has_value());
  const pki::Bytes garbage = {1, 2, 3};
  store.damage([&](WriteTransaction& transaction) {
    transaction.put(registry::tables::status, registry::Key().certificate(id), garbage);
    transaction.put(registry::tables::certificates, registry::Key().certificate(id), garbage);
    transaction.put(registry::tables::residents, Key().u64(resident.value), garbage);
    transaction.put(registry::tables::verifiers, Key().u64(1), garbage);
  });
  CHECK_THROWS_AS(static_cast<void>(registry::find_status(store.read(), id)), Corruption);
  CHECK_THROWS_AS(static_cast<void>(registry::find_resident(store.read(), store.vault, resident)),
                  Corruption);
  CHECK_THROWS_AS(static_cast<void>(registry::find_certificate(store.read(), store.vault, id)), Corruption);
  CHECK_THROWS_AS(static_cast<void>(verifier::find_verifier(store.read(), 1)), Corruption);
}

// A row as the program would write it: with the check over what it says.
pki::Bytes with_check(pki::ByteView key, pki::Bytes row) {
  row.resize(row.size() - 4);
  pki::append_big_endian(row, crc32c(row, crc32c(key)), 4);
  return row;
}

TEST_CASE("a status with an unknown state, reason or kind is corruption") {
  Store store;
  const registry::CertificateId id{kSign, {1}};
  store.issue(1);
  const registry::Key key = registry::Key().certificate(id);
  const pki::Bytes good = pki::to_bytes(store.read().get(registry::tables::status, key).value());
  REQUIRE(with_check(key, good) == good);
  for (const auto& [offset, value] : {std::pair{0, 9}, std::pair{2, 9}}) {
    pki::Bytes bad = good;
    bad.at(static_cast<std::size_t>(offset)) = static_cast<std::uint8_t>(value);
    store.damage([&](WriteTransaction& transaction) {
      transaction.put(registry::tables::status, key, with_check(key, bad));
    });
    CHECK_THROWS_AS(static_cast<void>(registry::find_status(store.read(), id)), Corruption);
  }
  // Revoked for reason 7, which RFC 5280 does not use.
  pki::Bytes bad = good;
  bad.at(0) = 3;
  bad.at(1) = 7;
  store.damage([&](WriteTransaction& transaction) {
    transaction.put(registry::tables::status, key, with_check(key, bad));
  });
  CHECK_THROWS_AS(static_cast<void>(registry::find_status(store.read(), id)), Corruption);
}

TEST_CASE("a cursor walks the keys in ascending order and stays within its range") {
  Store store;
  store.write([](WriteTransaction& transaction) {
    for (const unsigned number : {3U, 1U, 2U})
      transaction.put(registry::tables::due, Key().u8(7).u8(number), kNothing);
    transaction.put(registry::tables::due, Key().u8(8).u8(0), kNothing);
  });
  const ReadTransaction transaction = store.read();
  Cursor cursor = transaction.cursor(registry::tables::due, KeyRange::with_prefix(Key().u8(7)));
  CHECK_FALSE(cursor.valid());
  std::vector<unsigned> seen;
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    seen.push_back(cursor.key()[1]);
  CHECK(seen == std::vector<unsigned>{1, 2, 3});
  for (cursor.seek_to_last(); cursor.valid(); cursor.previous())
    seen.push_back(cursor.key()[1]);
  CHECK(seen == std::vector<unsigned>{1, 2, 3, 3, 2, 1});
  cursor.seek(Key().u8(8));
  CHECK_FALSE(cursor.valid());
  Cursor whole = transaction.cursor(registry::tables::due);
  whole.seek(Key().u8(9));
  CHECK_FALSE(whole.valid());
  whole.seek_to_last();
  REQUIRE(whole.valid());
  CHECK(whole.key()[0] == 8);
}

TEST_CASE("a range of keys ends where its prefix does, whatever its last byte") {
  Store store;
  store.write([](WriteTransaction& transaction) {
    for (const unsigned number : {0xFEU, 0xFFU})
      transaction.put(registry::tables::due, Key().u8(number).u8(0xFF), kNothing);
  });
  const ReadTransaction transaction = store.read();
  const auto count = [&](KeyRange range) {
    std::size_t forwards = 0, backwards = 0;
    Cursor cursor = transaction.cursor(registry::tables::due, range);
    for (cursor.seek_to_first(); cursor.valid(); cursor.next())
      ++forwards;
    for (cursor.seek_to_last(); cursor.valid(); cursor.previous())
      ++backwards;
    CHECK(forwards == backwards);
    return forwards;
  };
  CHECK(count({}) == 2);
  CHECK(count(KeyRange::with_prefix({})) == 2);
  CHECK(count(KeyRange::with_prefix(Key().u8(0xFF))) == 1);
  CHECK(count(KeyRange::with_prefix(Key().u8(0xFE))) == 1);
  CHECK(count(KeyRange::with_prefix(Key().u8(0xFF).u8(0xFF))) == 1);
  CHECK(count(KeyRange::with_prefix(Key().u8(0xFF).u8(0xFE))) == 0);
  CHECK(count(KeyRange::between(Key().u8(0xFE), Key().u8(0xFF))) == 1);
  CHECK(count(KeyRange::between(Key().u8(0xFF), Key().u8(0xFE))) == 0);
}

}  // namespace store::testing
