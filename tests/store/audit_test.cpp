// The audit log: nothing can be changed, left out or cut off unnoticed.

#include "store/audit.h"

#include "tests/registry/store.h"

namespace store::testing {

using namespace registry;
using namespace registry::testing;

namespace {

void append(Store& store, int count) {
  for (int i = 0; i < count; ++i)
    store.write([](WriteTransaction&) {});
}

}  // namespace

TEST_CASE("an empty log and a grown one verify") {
  Store store;
  CHECK(verify_audit(store.read()).value() == 0);
  append(store, 10);
  CHECK(verify_audit(store.read()).value() == 10);
}

TEST_CASE("each entry holds the hash of the one before, newest first in a walk") {
  Store store;
  append(store, 3);
  std::vector<AuditEntry> entries;
  const auto transaction = store.read();
  for (auto rows = newest_audit_entry(transaction); rows.valid(); rows.previous())
    entries.push_back(rows.row());
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].sequence == 3);
  CHECK(entries[2].previous_hash == pki::Bytes(32, 0));
  CHECK(entries[1].previous_hash != entries[0].previous_hash);
}

// As an earlier build has left the note: where it was.
TEST_CASE(
    "the log is followed until an entry is appended by a build that keeps no note, whatever comes then") {
  Store store;
  append(store, 2);
  CHECK_FALSE(is_audit_followed(store.read()));
  store.write([](WriteTransaction& transaction) { follow_audit(transaction); });
  append(store, 2);
  CHECK(is_audit_followed(store.read()));
  const pki::ByteView key = pki::as_bytes("audit_followed");
  const pki::Bytes note = pki::to_bytes(store.read().get(tables::meta, key).value());
  append(store, 1);
  store.damage([&](WriteTransaction& transaction) { transaction.put(tables::meta, key, note); });
  CHECK_FALSE(is_audit_followed(store.read()));
  append(store, 3);
  CHECK_FALSE(is_audit_followed(store.read()));
  store.write([](WriteTransaction& transaction) { follow_audit(transaction); });
  CHECK(is_audit_followed(store.read()));
  CHECK(verify_audit(store.read()).has_value());
}

TEST_CASE("every byte of an entry is guarded") {
  Store store;
  append(store, 4);
  const pki::Bytes second = pki::to_bytes(store.read().get(tables::audit, Key().u64(2)).value());
  for (std::size_t i = 0; i < second.size(); ++i) {
    CAPTURE(i);
    pki::Bytes changed = second;
    changed[i] ^= 1U;
    store.damage(
        [&](WriteTransaction& transaction) { transaction.put(tables::audit, Key().u64(2), changed); });
    bool noticed = false;
    try {
      noticed = verify_audit(store.read()).has_error();
    } catch (const Corruption&) {
      noticed = true;
    }
    CHECK(noticed);
  }
  store.damage([&](WriteTransaction& transaction) { transaction.put(tables::audit, Key().u64(2), second); });
  CHECK(verify_audit(store.read()).has_value());
}

TEST_CASE("a log whose tail was cut off does not verify") {
  for (const unsigned cut : {1U, 3U, 5U}) {
    CAPTURE(cut);
    Store store;
    append(store, 5);
    store.damage([&](WriteTransaction& transaction) {
      for (unsigned i = 0; i < cut; ++i)
        transaction.erase(tables::audit, Key().u64(5 - i));
    });
    CHECK(verify_audit(store.read()).has_error());
  }
}

TEST_CASE("an entry taken out of the middle, or put at the end, is noticed") {
  Store store;
  append(store, 5);
  const pki::Bytes third = pki::to_bytes(store.read().get(tables::audit, Key().u64(3)).value());
  store.damage([](WriteTransaction& transaction) { transaction.erase(tables::audit, Key().u64(3)); });
  const auto missing = verify_audit(store.read());
  REQUIRE(missing.has_error());
  CHECK(missing.error().text().find("entry 3") != std::string::npos);
  store.damage([&](WriteTransaction& transaction) {
    transaction.put(tables::audit, Key().u64(3), third);
    transaction.put(tables::audit, Key().u64(6), third);
  });
  CHECK(verify_audit(store.read()).has_error());
}

TEST_CASE("a removed head is noticed, and so is a log that was emptied") {
  Store store;
  append(store, 2);
  store.damage([](WriteTransaction& transaction) {
    transaction.erase(tables::audit, Key().u64(1));
    transaction.erase(tables::audit, Key().u64(2));
  });
  CHECK(verify_audit(store.read()).has_error());
  Store other;
  append(other, 2);
  other.damage(
      [](WriteTransaction& transaction) { transaction.erase(tables::meta, pki::as_bytes("audit_head")); });
  CHECK(verify_audit(other.read()).has_error());
}

}  // namespace store::testing
