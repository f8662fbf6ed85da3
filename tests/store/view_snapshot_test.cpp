// The store of a view is made row by row: nothing of the authorities' half is in its file or its store.

#include "store/view_snapshot.h"

#include <fstream>
#include <iterator>

#include "pki/hash.h"
#include "registry/counters.h"
#include "registry/schema.h"
#include "store/operations.h"
#include "store/readers.h"
#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"

namespace store {

namespace {

using testing::FakeEngine;
using testing::FakeLog;
using testing::LogMachine;

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

// A machine of a log with three rows, and the store of a view that is still empty.
struct Pair {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = testing::anchor_of_tests()}};
  FakeLog rows{engine};
  LogMachine machine{"a", rows};
  support::TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "snapshot";

  Pair() {
    REQUIRE(machine.begin(engine.identity).has_value());
    REQUIRE(machine.lead().has_value());
    for (const std::uint64_t number : {1, 2, 3})
      REQUIRE(machine.put(number).has_value());
  }
  std::unique_ptr<Environment> empty(const char* name) {
    return Environment::create({.directory = folder.path() / name, .map_bytes = std::size_t{1} << 24U},
                               registry::kSchema);
  }
};

}  // namespace

TEST_CASE("a snapshot has the views' half, and the view goes on from its row") {
  Pair pair;
  const auto written = write_view_snapshot(*pair.machine.environment, registry::kSchema, pair.file);
  REQUIRE(written.has_value());
  const auto view = pair.empty("view");
  CHECK_FALSE(is_store_of_view(view->read()));
  const auto read = read_view_snapshot(*view, registry::kSchema, pair.file);
  REQUIRE(read.has_value());
  CHECK(*read == *written);
  CHECK(is_store_of_view(view->read()));
  CHECK(read_log_position(view->read()) == *written);
  for (const Table& table : registry::kTables) {
    CAPTURE(table.name);
    if (table.index == tables::meta.index || table.index == tables::counters.index) continue;
    const auto there = view->read().count(table);
    CHECK(there == (table.readers == Readers::views ? pair.machine.environment->read().count(table) : 0));
  }
  REQUIRE(pair.machine.put(4).has_value());
  FakeLog log(pair.engine);
  CHECK(LogView(*view, registry::kSchema).catch_up(log).value() == pair.engine.rows.back().number);
}

TEST_CASE("a snapshot that is cut anywhere or has another byte is refused, and leaves an empty store") {
  Pair pair;
  REQUIRE(write_view_snapshot(*pair.machine.environment, registry::kSchema, pair.file).has_value());
  const std::string whole = content_of(pair.file);
  const auto view = pair.empty("view");
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    CAPTURE(at);
    write(pair.file, whole.substr(0, at));
    CHECK(read_view_snapshot(*view, registry::kSchema, pair.file).has_error());
    std::string other = whole;
    other[at] = static_cast<char>(other[at] ^ 1);
    write(pair.file, other);
    CHECK(read_view_snapshot(*view, registry::kSchema, pair.file).has_error());
  }
  write(pair.file, whole + "x");
  CHECK(read_view_snapshot(*view, registry::kSchema, pair.file).has_error());
  CHECK_FALSE(is_store_of_view(view->read()));
  CHECK_FALSE(read_log_position(view->read()).has_value());
}

TEST_CASE("what names residents is for authorities, single keys of meta and counters for views") {
  const auto allows = [](const Table& table, const auto& key) {
    return is_for_views(table, pki::to_bytes(key));
  };
  using registry::counter_key;
  using registry::CounterPurpose;
  CHECK(allows(tables::counters, counter_key(CounterPurpose::suspicion).u8(1)));
  CHECK(allows(tables::counters, counter_key(CounterPurpose::serial).u8(1)));
  CHECK_FALSE(allows(tables::counters, counter_key(CounterPurpose::event).u64(10'000'000'018)));
  CHECK_FALSE(allows(tables::counters, counter_key(CounterPurpose::inbox).u8(1)));
  CHECK_FALSE(is_for_views(tables::counters, {}));
  CHECK(is_for_views(tables::meta, pki::as_bytes("verifiers_version")));
  for (const char* const key : {"audit_head", "data_keys", "resident_index", "sealing_check", "log_position"})
    CHECK_FALSE(is_for_views(tables::meta, pki::as_bytes(key)));
  for (const Table& table :
       {registry::tables::residents, registry::tables::events, registry::tables::event_ids,
        registry::tables::certificates, registry::tables::holdings, registry::tables::intents,
        registry::tables::reservations, registry::tables::due, registry::tables::operators, tables::audit,
        tables::idempotency, registry::tables::ledger, registry::tables::withdrawals,
        registry::tables::requests, registry::tables::reported_keys, registry::tables::resident_names,
        registry::tables::views}) {
    CAPTURE(table.name);
    CHECK_FALSE(is_for_views(table, pki::as_bytes("verifiers_version")));
  }
}

TEST_CASE("a views' half that has what views may not have is carried out by nobody") {
  Pair pair;
  LogRow row = pair.engine.rows.back();
  pki::Bytes body(32, 0);
  pki::append(body, pki::Bytes{1, registry::tables::residents.index, 0, 1, 7, 0, 0, 0, 1, 9});
  row.for_views.digest = pki::digest(pki::HashAlgorithm::sha256, body);
  row.for_views.body = body;
  row.hash = hash_of(row);
  pair.engine.rows.back() = row;
  FakeLog log(pair.engine);
  LogMachine other("b", log);
  REQUIRE(other.begin(pair.engine.identity).has_value());
  CHECK(other.catch_up().has_error());
  CHECK(other.environment->read().count(registry::tables::residents) == 0);
}

}  // namespace store
