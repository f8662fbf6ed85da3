// The ledger: counts add up, days are closed in the audit log, and nothing is counted twice or lost.

#include "verifier/ledger.h"

#include <thread>

#include "registry/schema.h"
#include "store/audit.h"
#include "store/write_time.h"
#include "tests/registry/store.h"
#include "verifier/ledger_counters.h"

namespace verifier::testing {

using namespace registry;
using namespace registry::testing;

namespace {

LedgerKey key_on(std::uint32_t day, std::uint64_t verifier = 1) {
  return {.day = day, .verifier = verifier, .method = RecognitionMethod::network};
}

std::vector<LedgerRow> rows_between(const Store& store, pki::Date from, pki::Date to) {
  std::vector<LedgerRow> rows;
  const auto transaction = store.read();
  for (auto found = ledger_rows(transaction, from, to); found.valid(); found.next())
    rows.push_back(found.row());
  return rows;
}

void merge(Store& store, std::vector<LedgerRow> rows) {
  REQUIRE(store.writer->execute(merge_into_ledger(std::move(rows))).has_value());
}

std::vector<store::AuditEntry> closings(const Store& store) {
  std::vector<store::AuditEntry> entries;
  const auto transaction = store.read();
  for (auto rows = store::newest_audit_entry(transaction); rows.valid(); rows.previous())
    if (auto entry = rows.row(); entry.action == "ledger close") entries.push_back(std::move(entry));
  return entries;
}

std::uint64_t audit_entries(const Store& store) {
  return store.read().count(store::tables::audit);
}

}  // namespace

TEST_CASE("a day of the ledger is the Japanese one") {
  const std::uint32_t day_of_test = ledger_day(day(2026, 11, 23));
  CHECK(ledger_day(pki::parse_rfc3339("2026-11-22T14:59:59Z").value()) == day_of_test - 1);
  CHECK(ledger_day(pki::parse_rfc3339("2026-11-22T15:00:00Z").value()) == day_of_test);
  CHECK(ledger_day(pki::parse_rfc3339("2026-11-23T14:59:59Z").value()) == day_of_test);
  CHECK(date_of(day_of_test) == day(2026, 11, 23));
}

TEST_CASE("every field of a row comes back, and counts of one key add up") {
  Store store;
  const LedgerKey full{.day = ledger_day(store.clock.now()),
                       .verifier = 0x0102030405060708,
                       .credential = 0x1112131415161718,
                       .ca = pki::CaName::auth,
                       .item = LedgerItem::counterpart_auth,
                       .answer = LedgerAnswer::not_found,
                       .method = RecognitionMethod::tls,
                       .purpose = Purpose::kazashi};
  merge(store, {{full, 3}, {key_on(full.day), 5}});
  merge(store, {{full, 4}});
  const pki::Date today = date_of(full.day);
  CHECK(rows_between(store, today, today) == std::vector<LedgerRow>{{key_on(full.day), 5}, {full, 7}});
  CHECK(rows_between(store, pki::add_days(today, 1), pki::add_days(today, 9)).empty());
  CHECK(rows_between(store, pki::add_days(today, -9), pki::add_days(today, -1)).empty());
}

TEST_CASE("the words of a row are all different, and its method is that of 規則72") {
  CHECK(to_string(LedgerItem::counterpart_pair) == "counterpart-pair");
  CHECK(to_string(LedgerAnswer::try_later) == "try-later");
  CHECK(method_of(LedgerItem::status) == "ocsp");
  CHECK(method_of(LedgerItem::delta_crl) == "crl-delta");
  CHECK(method_of(LedgerItem::current_items) == "verifier-service");
  CHECK(method_of(LedgerItem::pinless_credential) == "certificate");
  CHECK(is_provision(LedgerAnswer::unknown));
  CHECK_FALSE(is_provision(LedgerAnswer::unauthorized));
  CHECK_FALSE(is_provision(LedgerAnswer::not_modified));
}

TEST_CASE("merging leaves no audit entry until a day is over, then one for all days that are") {
  Store store;
  const std::uint32_t first = ledger_day(store.clock.now());
  const std::uint64_t before = audit_entries(store);
  merge(store, {{key_on(first), 1}});
  merge(store, {{key_on(first), 1}});
  CHECK(audit_entries(store) == before);
  CHECK_FALSE(has_unclosed_day(store.read(), store.clock.now()));

  store.clock.advance(pki::Seconds{86'400});
  CHECK(has_unclosed_day(store.read(), store.clock.now()));
  merge(store, {{key_on(first + 1), 1}});
  CHECK_FALSE(has_unclosed_day(store.read(), store.clock.now()));
  REQUIRE(closings(store).size() == 1);
  const std::vector<std::string> subjects = closings(store).front().subjects;
  REQUIRE(subjects.size() == 3);
  CHECK(subjects[0] == "ledger " + pki::to_string(date_of(first)));
  CHECK(subjects[1] == "rows 1");
  CHECK(subjects[2].starts_with("sha256 "));
  CHECK(verify_ledger(store.read()).value() == 1);

  // Days without rows are nothing to close; a merge without rows closes what is left.
  store.clock.advance(pki::Seconds{5 * 86'400});
  CHECK(has_unclosed_day(store.read(), store.clock.now()));
  merge(store, {});
  CHECK(closings(store).size() == 2);
  CHECK_FALSE(has_unclosed_day(store.read(), store.clock.now()));
  CHECK(verify_ledger(store.read()).value() == 2);
  CHECK(store::verify_audit(store.read()).has_value());
}

TEST_CASE("rows that come late close their day again") {
  Store store;
  const std::uint32_t first = ledger_day(store.clock.now());
  merge(store, {{key_on(first), 1}});
  store.clock.advance(pki::Seconds{86'400});
  merge(store, {{key_on(first + 1), 1}});
  merge(store, {{key_on(first), 10}, {key_on(first, 2), 1}});
  REQUIRE(closings(store).size() == 2);
  CHECK(closings(store).front().subjects[1] == "rows 2");
  CHECK(verify_ledger(store.read()).value() == 1);
}

TEST_CASE("a closed day that was changed is noticed") {
  Store store;
  const std::uint32_t first = ledger_day(store.clock.now());
  merge(store, {{key_on(first), 7}});
  store.clock.advance(pki::Seconds{86'400});
  merge(store, {});
  REQUIRE(verify_ledger(store.read()).has_value());
  store.damage([&](store::WriteTransaction& transaction) {
    store::Cursor cursor = transaction.cursor(registry::tables::ledger);
    cursor.seek_to_first();
    REQUIRE(cursor.valid());
    const pki::Bytes key = pki::to_bytes(cursor.key());
    transaction.put(registry::tables::ledger, key, registry::Key().u64(6));
  });
  CHECK(verify_ledger(store.read()).error().text().find("was changed") != std::string::npos);
  store.damage([&](store::WriteTransaction& transaction) {
    store::Cursor cursor = transaction.cursor(registry::tables::ledger);
    cursor.seek_to_first();
    REQUIRE(cursor.valid());
    const pki::Bytes key = pki::to_bytes(cursor.key());
    transaction.erase(registry::tables::ledger, key);
  });
  CHECK(verify_ledger(store.read()).has_error());
}

TEST_CASE("days that were closed in a false future are opened again by the repair of the clock") {
  Store store;
  const std::uint32_t today = ledger_day(store.clock.now());
  merge(store, {{.key = key_on(today - 1), .count = 2}, {.key = key_on(today), .count = 7}});
  store.clock.advance(std::chrono::days(10));
  merge(store, {});
  REQUIRE(closings(store).size() == 2);
  store.clock.advance(std::chrono::days(-10));
  store.damage([&](store::WriteTransaction& transaction) {
    reopen_ledger(transaction, store.clock.now(), system_actor());
    store::set_last_write_time(transaction, store.clock.now());
  });
  merge(store, {{.key = key_on(today), .count = 1}});
  CHECK(verify_ledger(store.read()).value() == 1);
  store.clock.advance(std::chrono::days(1));
  REQUIRE(has_unclosed_day(store.read(), store.clock.now()));
  merge(store, {});
  CHECK(verify_ledger(store.read()).value() == 2);

  SUBCASE("a day before the repair stays closed") {
    store.damage([&](store::WriteTransaction& transaction) {
      add_to_ledger(transaction, {.key = key_on(today - 1), .count = 1});
    });
    CHECK(verify_ledger(store.read()).has_error());
  }
  SUBCASE("a day that was closed again after the repair stays closed") {
    store.damage([&](store::WriteTransaction& transaction) {
      add_to_ledger(transaction, {.key = key_on(today), .count = 1});
    });
    CHECK(verify_ledger(store.read()).has_error());
  }
}

TEST_CASE("a row on a closed day that no entry covers is noticed") {
  Store store;
  merge(store, {});
  store.clock.advance(pki::Seconds{86'400});
  merge(store, {{key_on(ledger_day(store.clock.now()) - 1), 1}});
  REQUIRE(verify_ledger(store.read()).has_value());
  store.damage([&](store::WriteTransaction& transaction) {
    add_to_ledger(transaction, {key_on(ledger_day(store.clock.now()) - 30), 1});
  });
  CHECK(verify_ledger(store.read()).error().text().find("no audit entry") != std::string::npos);
}

TEST_CASE("counters give each count once, whatever the threads") {
  LedgerCounters counters;
  constexpr std::uint64_t kEach = 20'000;
  std::uint64_t taken = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 0; worker < 4; ++worker)
      threads.emplace_back([&, worker] {
        for (std::uint64_t i = 0; i < kEach; ++i)
          counters.count(worker, key_on(1, i % 7));
      });
    for (int round = 0; round < 50; ++round)
      for (const LedgerRow& row : counters.take())
        taken += row.count;
  }
  for (const LedgerRow& row : counters.take())
    taken += row.count;
  CHECK(taken == 4 * kEach);
  CHECK(counters.take().empty());
}

TEST_CASE("more different rows than a table holds are counted all the same") {
  LedgerCounters counters;
  constexpr std::uint64_t kDifferent = 1'000;
  for (std::uint64_t round = 0; round < 3; ++round)
    for (std::uint64_t verifier = 0; verifier < kDifferent; ++verifier)
      counters.count(3, key_on(1, verifier), 2);
  const auto rows = counters.take();
  REQUIRE(rows.size() == kDifferent);
  for (std::uint64_t verifier = 0; verifier < kDifferent; ++verifier)
    CHECK(rows[verifier] == LedgerRow{key_on(1, verifier), 6});
  counters.give_back(rows);
  counters.count(0, key_on(1, 5), 1);
  CHECK(counters.take()[5].count == 7);
  CHECK(counters.take().empty());
}

}  // namespace verifier::testing
