// The sum over the rows of `revoked` follows every change of them, and shows what was not one.

#include "registry/list_rows.h"

#include "registry/counters.h"
#include "registry/retention.h"
#include "tests/registry/store.h"

namespace registry {

namespace {

using testing::kAuth;
using testing::kKiyose;
using testing::kSign;
using testing::Store;

void revoke(Store& store, std::uint64_t serial, pki::CrlReason reason) {
  store.write([&](store::WriteTransaction& transaction) {
    record_revocation(transaction, {kSign, {serial}}, {store.clock.now(), reason}, store.clock.now());
  });
}

Key row_of(std::uint64_t serial) {
  return Key().issuer(kSign).point(kKiyose).u64(serial);
}

}  // namespace

TEST_CASE("the sum over revoked rows follows holds, revocations, releases and retention") {
  Store store;
  for (const std::uint64_t serial : {1U, 2U, 3U})
    store.issue(serial);
  const auto is_whole = [&] { return are_revoked_rows_whole(store.read(), kSign); };
  CHECK(is_whole());
  revoke(store, 1, pki::CrlReason::certificate_hold);
  revoke(store, 2, pki::CrlReason::certificate_hold);
  revoke(store, 3, pki::CrlReason::superseded);
  CHECK(is_whole());
  revoke(store, 1, pki::CrlReason::key_compromise);
  store.write([&](store::WriteTransaction& transaction) {
    record_release(transaction, {kSign, {2}}, store.clock.now());
  });
  CHECK(is_whole());
  CHECK(are_revoked_rows_whole(store.read(), kAuth));
  // Each row weighs.
  for (const std::uint64_t serial : {1U, 3U}) {
    pki::Bytes row;
    store.damage([&](store::WriteTransaction& transaction) {
      row = pki::to_bytes(transaction.get(tables::revoked, row_of(serial)).value());
      transaction.erase(tables::revoked, row_of(serial));
    });
    CHECK_FALSE(is_whole());
    store.damage(
        [&](store::WriteTransaction& transaction) { transaction.put(tables::revoked, row_of(serial), row); });
    CHECK(is_whole());
  }
  store.write([&](store::WriteTransaction& transaction) {
    const RetentionQuestion question{.records = RetentionClass::revocation_record,
                                     .on = store.clock.now() + pki::Seconds{6 * 365 * 86'400}};
    CHECK(remove_due(transaction, store.vault, question, {pki::to_bytes(row_of(3))}).size() == 1);
  });
  CHECK(is_whole());
  CHECK_FALSE(store.read().get(tables::revoked, row_of(3)));
}

TEST_CASE("a row that was lost stays missed, whatever becomes of its certificate") {
  Store store;
  store.issue(1);
  revoke(store, 1, pki::CrlReason::certificate_hold);
  store.damage([](store::WriteTransaction& transaction) { transaction.erase(tables::revoked, row_of(1)); });
  revoke(store, 1, pki::CrlReason::key_compromise);
  CHECK_FALSE(are_revoked_rows_whole(store.read(), kSign));
}

TEST_CASE("a store of an older program gets its sums from the statuses, which are right") {
  Store store;
  for (const std::uint64_t serial : {1U, 2U})
    store.issue(serial);
  revoke(store, 1, pki::CrlReason::superseded);
  revoke(store, 2, pki::CrlReason::superseded);
  CHECK_FALSE(lacks_revoked_sums(store.read()));
  store.damage([](store::WriteTransaction& transaction) {
    transaction.erase(store::tables::counters, counter_key(CounterPurpose::revoked_rows).issuer(kSign));
    transaction.erase(tables::revoked, row_of(1));
  });
  CHECK(lacks_revoked_sums(store.read()));
  store.write([&](store::WriteTransaction& transaction) {
    CHECK(rebuild_revoked_rows(transaction, store.clock.now()) == 2);
  });
  CHECK_FALSE(lacks_revoked_sums(store.read()));
  CHECK(are_revoked_rows_whole(store.read(), kSign));
  CHECK(store.read().get(tables::revoked, row_of(1)));
}

}  // namespace registry
