// A dry run: the store with changes in an overlay reads like a store that has them, and is not
// touched.

#include "store/overlay.h"

#include <map>
#include <random>

#include "tests/registry/store.h"
#include "tests/support/seed.h"

namespace store::testing {

using namespace registry;
using namespace registry::testing;

namespace {

using Model = std::map<pki::Bytes, pki::Bytes>;

pki::Bytes bytes(std::uint64_t value) {
  pki::Bytes bytes;
  pki::append_big_endian(bytes, value, 2);
  return bytes;
}

// Everything that a cursor can tell, from below and from above.
void check_cursor(const ReadTransaction& transaction, const Model& model) {
  Model up, down;
  Cursor cursor = transaction.cursor(tables::counters);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    up.emplace(pki::to_bytes(cursor.key()), pki::to_bytes(cursor.value()));
  for (cursor.seek_to_last(); cursor.valid(); cursor.previous())
    down.emplace(pki::to_bytes(cursor.key()), pki::to_bytes(cursor.value()));
  CHECK(up == model);
  CHECK(down == model);
}

void check_seek(const ReadTransaction& transaction, const Model& model, const pki::Bytes& key) {
  Cursor cursor = transaction.cursor(tables::counters);
  const auto wanted = model.lower_bound(key);
  const bool has_one_before = wanted != model.begin();
  cursor.seek_before(key);
  REQUIRE(cursor.valid() == has_one_before);
  if (has_one_before) CHECK(pki::to_bytes(cursor.key()) == std::prev(wanted)->first);
  cursor.seek(key);
  REQUIRE(cursor.valid() == (wanted != model.end()));
  if (wanted == model.end()) return;
  CHECK(pki::to_bytes(cursor.key()) == wanted->first);
  cursor.previous();
  REQUIRE(cursor.valid() == has_one_before);
  if (has_one_before) CHECK(pki::to_bytes(cursor.key()) == std::prev(wanted)->first);
}

}  // namespace

TEST_CASE("whatever is written in a dry run reads like a store that has it") {
  std::mt19937_64 random(support::seed());
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  for (int round = 0; round < 30; ++round) {
    Store store;
    Model model;
    store.damage([&](WriteTransaction& transaction) {
      std::vector<pki::Bytes> there;
      Cursor cursor = transaction.cursor(tables::counters);
      for (cursor.seek_to_first(); cursor.valid(); cursor.next())
        there.push_back(pki::to_bytes(cursor.key()));
      for (const pki::Bytes& key : there)
        transaction.erase(tables::counters, key);
      for (std::uint64_t i = below(30); i > 0; --i) {
        const pki::Bytes key = bytes(below(40)), value = bytes(below(1000));
        transaction.put(tables::counters, key, value);
        model[key] = value;
      }
    });
    const auto before = store.dump();
    Overlay overlay;
    for (int step = 0; step < 60; ++step) {
      WriteTransaction dry_run = store.environment->dry_run(overlay);
      const pki::Bytes key = bytes(below(40));
      if (below(3) == 0) {
        CHECK(dry_run.erase(tables::counters, key) == (model.erase(key) > 0));
      } else {
        const pki::Bytes value = bytes(below(1000));
        dry_run.put(tables::counters, key, value);
        model[key] = value;
      }
      check_cursor(dry_run, model);
      const pki::Bytes asked = bytes(below(42));
      check_seek(dry_run, model, asked);
      const auto found = dry_run.get(tables::counters, asked);
      REQUIRE(found.has_value() == model.contains(asked));
      if (found) CHECK(pki::to_bytes(*found) == model.at(asked));
    }
    CHECK(store.dump() == before);
  }
}

TEST_CASE("the registry's own functions work in a dry run, which is unseen and cannot be committed") {
  Store store;
  store.issue(1);
  const auto before = store.dump();
  Overlay overlay;
  {
    WriteTransaction dry_run = store.environment->dry_run(overlay);
    registry::record_revocation(dry_run, {kSign, {1}}, {store.clock.now(), pki::CrlReason::key_compromise},
                                store.clock.now());
    CHECK(registry::find_status(dry_run, {kSign, {1}})->revocation.has_value());
    CHECK(registry::revoked_entries(dry_run, kSign, kKiyose).valid());
    CHECK_THROWS_AS(dry_run.commit(), std::logic_error);
  }
  CHECK_FALSE(registry::find_status(store.read(), {kSign, {1}})->revocation.has_value());
  CHECK(store.dump() == before);
  // The store goes on, and the dry run sees what is new in it.
  store.issue(2);
  const WriteTransaction later = store.environment->dry_run(overlay);
  CHECK(registry::find_status(later, {kSign, {1}})->revocation.has_value());
  CHECK(registry::find_status(later, {kSign, {2}}).has_value());
}

TEST_CASE("an overlay says about how much it holds") {
  Overlay overlay;
  CHECK(overlay.bytes() == 0);
  overlay.put(tables::counters, bytes(1), pki::Bytes(1000, 0));
  const std::size_t one = overlay.bytes();
  CHECK(one > 1000);
  overlay.put(tables::counters, bytes(1), pki::Bytes(500, 0));
  CHECK(overlay.bytes() == one - 500);
  overlay.erase(tables::counters, bytes(1));
  CHECK(overlay.bytes() < one - 500);
}

}  // namespace store::testing
