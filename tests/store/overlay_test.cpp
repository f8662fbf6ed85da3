// A rehearsal: the store with changes that are only imagined reads like a store that has them, and is not
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

pki::Bytes octets(std::uint64_t value) {
  pki::Bytes bytes;
  pki::append_big_endian(bytes, value, 2);
  return bytes;
}

// Everything that a cursor can tell, from below and from above.
void check_cursor(const ReadTransaction& transaction, const Model& model) {
  Model up, down;
  Cursor cursor = transaction.cursor(tables::counters);
  for (bool found = cursor.first(); found; found = cursor.next())
    up.emplace(pki::to_bytes(cursor.key()), pki::to_bytes(cursor.value()));
  for (bool found = cursor.last(); found; found = cursor.previous())
    down.emplace(pki::to_bytes(cursor.key()), pki::to_bytes(cursor.value()));
  CHECK(up == model);
  CHECK(down == model);
}

void check_seek(const ReadTransaction& transaction, const Model& model, const pki::Bytes& key) {
  Cursor cursor = transaction.cursor(tables::counters);
  const auto wanted = model.lower_bound(key);
  REQUIRE(cursor.seek(key) == (wanted != model.end()));
  if (wanted == model.end()) return;
  CHECK(pki::to_bytes(cursor.key()) == wanted->first);
  const bool has_one_before = wanted != model.begin();
  REQUIRE(cursor.previous() == has_one_before);
  if (has_one_before) CHECK(pki::to_bytes(cursor.key()) == std::prev(wanted)->first);
}

}  // namespace

TEST_CASE("whatever is written in a rehearsal reads like a store that has it") {
  std::mt19937_64 random(support::seed());
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  for (int round = 0; round < 30; ++round) {
    Store store;
    Model model;
    store.damage([&](WriteTransaction& transaction) {
      std::vector<pki::Bytes> there;
      Cursor cursor = transaction.cursor(tables::counters);
      for (bool found = cursor.first(); found; found = cursor.next())
        there.push_back(pki::to_bytes(cursor.key()));
      for (const pki::Bytes& key : there)
        transaction.erase(tables::counters, key);
      for (std::uint64_t i = below(30); i > 0; --i) {
        const pki::Bytes key = octets(below(40)), value = octets(below(1000));
        transaction.put(tables::counters, key, value);
        model[key] = value;
      }
    });
    const auto before = store.dump();
    Overlay overlay;
    for (int step = 0; step < 60; ++step) {
      WriteTransaction rehearsal = store.environment->rehearse(overlay);
      const pki::Bytes key = octets(below(40));
      if (below(3) == 0) {
        CHECK(rehearsal.erase(tables::counters, key) == (model.erase(key) > 0));
      } else {
        const pki::Bytes value = octets(below(1000));
        rehearsal.put(tables::counters, key, value);
        model[key] = value;
      }
      check_cursor(rehearsal, model);
      const pki::Bytes asked = octets(below(42));
      check_seek(rehearsal, model, asked);
      const auto found = rehearsal.get(tables::counters, asked);
      REQUIRE(found.has_value() == model.contains(asked));
      if (found) CHECK(pki::to_bytes(*found) == model.at(asked));
    }
    CHECK(store.dump() == before);
  }
}

TEST_CASE("the registry's own functions work in a rehearsal, which nobody else sees and nobody can commit") {
  Store store;
  store.issue(1);
  const auto before = store.dump();
  Overlay overlay;
  {
    WriteTransaction rehearsal = store.environment->rehearse(overlay);
    registry::record_revocation(rehearsal, {kSign, {1}}, {store.clock.now(), pki::CrlReason::key_compromise},
                                store.clock.now());
    CHECK(registry::find_status(rehearsal, {kSign, {1}})->revocation.has_value());
    CHECK(registry::RevokedEntries(rehearsal, kSign, kKiyose).next().has_value());
    CHECK_THROWS_AS(rehearsal.commit(), std::logic_error);
  }
  CHECK_FALSE(registry::find_status(store.read(), {kSign, {1}})->revocation.has_value());
  CHECK(store.dump() == before);
  // The store goes on, and the rehearsal sees what is new in it.
  store.issue(2);
  const WriteTransaction later = store.environment->rehearse(overlay);
  CHECK(registry::find_status(later, {kSign, {1}})->revocation.has_value());
  CHECK(registry::find_status(later, {kSign, {2}}).has_value());
}

TEST_CASE("an overlay says about how much it holds") {
  Overlay overlay;
  CHECK(overlay.octets() == 0);
  overlay.put(tables::counters, octets(1), pki::Bytes(1000, 0));
  const std::size_t one = overlay.octets();
  CHECK(one > 1000);
  overlay.put(tables::counters, octets(1), pki::Bytes(500, 0));
  CHECK(overlay.octets() == one - 500);
  overlay.erase(tables::counters, octets(1));
  CHECK(overlay.octets() < one - 500);
}

}  // namespace store::testing
