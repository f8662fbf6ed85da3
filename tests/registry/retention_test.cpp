// What falls due, to the day, and what its removal leaves.

#include "registry/retention.h"

#include "registry/compromise.h"
#include "registry/events.h"
#include "registry/residents.h"
#include "store/audit.h"
#include "store/idempotency.h"
#include "tests/registry/store.h"

namespace registry {

namespace {

using testing::kKiyose;
using testing::kSign;
using testing::Store;
using namespace std::chrono_literals;

std::uint64_t due(const Store& store, RetentionClass records, pki::Time on) {
  return count_due(store.read(), store.vault, {records, on});
}

std::vector<std::string> remove_all(Store& store, RetentionClass records, pki::Time on) {
  const auto page = find_due(store.read(), store.vault, {records, on}, {}, 100);
  CHECK_FALSE(page.next.has_value());
  std::vector<std::string> subjects;
  store.write([&](store::WriteTransaction& transaction) {
    subjects = remove_due(transaction, store.vault, {records, on}, page.keys);
  });
  return subjects;
}

Resident resident(std::uint64_t number, std::optional<pki::Date> removed_on) {
  Resident entry;
  entry.id = make_resident_id(1'000'000'000 + number);
  entry.version = 1;
  entry.name = "模擬　太郎";
  entry.birth = testing::day(1980, 2, 17);
  entry.municipality = kKiyose.code;
  entry.residency = removed_on ? Residency::removed : Residency::resident;
  entry.removed_on = removed_on;
  return entry;
}

EventRecord death(ResidentId id, const std::string& event_id) {
  EventRecord event;
  event.resident = id;
  event.sequence = 1;
  event.event = Event::death;
  event.occurred_on = testing::day(2026, 11, 1);
  event.event_id = event_id;
  return event;
}

}  // namespace

TEST_CASE("an issue record is due the day after ten years from the certificate's end, and takes its status") {
  Store store;
  store.issue(1);
  store.issue(2);
  const CertificateId one{kSign, {1}}, two{kSign, {2}};
  store.write([&](store::WriteTransaction& transaction) {
    record_revocation(transaction, one, {store.clock.now(), pki::CrlReason::key_compromise},
                      store.clock.now());
  });
  const pki::Date end = pki::jst_date(find_status(store.read(), one)->not_after);
  const pki::Date last = pki::add_years(end, 10);
  CHECK(due(store, RetentionClass::issue_record, pki::jst_end_of_day(last)) == 0);
  const pki::Time after = pki::jst_start_of_day(pki::add_days(last, 1));
  CHECK(due(store, RetentionClass::issue_record, after) == 2);
  const auto subjects = remove_all(store, RetentionClass::issue_record, after);
  CHECK(subjects == std::vector<std::string>{"certificate sign-1/1", "certificate sign-1/2"});
  for (const CertificateId& id : {one, two}) {
    CHECK_FALSE(find_status(store.read(), id).has_value());
    CHECK_FALSE(effective_status(store.read(), id).has_value());
    CHECK_FALSE(find_certificate(store.read(), store.vault, id).has_value());
  }
  CHECK(certificates_of(store.read(), make_resident_id(1'000'000'001)).empty());
  const auto snapshot = store.read();
  CHECK_FALSE(revoked_entries(snapshot, kSign, pki::kWholeGeneration).valid());
}

TEST_CASE("a revocation record leaves the lists' table after the original end; the status keeps it") {
  Store store;
  store.issue(1);
  const CertificateId id{kSign, {1}};
  store.write([&](store::WriteTransaction& transaction) {
    record_revocation(transaction, id, {store.clock.now(), pki::CrlReason::superseded}, store.clock.now());
  });
  const pki::Time end = find_status(store.read(), id)->not_after;
  CHECK(due(store, RetentionClass::revocation_record, end + kRevocationMargin) == 0);
  const pki::Time after = end + kRevocationMargin + 1s;
  CHECK(remove_all(store, RetentionClass::revocation_record, after) ==
        std::vector<std::string>{"1 revocation-records"});
  CHECK(due(store, RetentionClass::revocation_record, after) == 0);
  CHECK(find_status(store.read(), id)->revocation->reason == pki::CrlReason::superseded);
}

TEST_CASE("a removed resident goes after 150 years, with the events, but not before the issue records") {
  Store store;
  const pki::Date removed = testing::day(2026, 11, 1);
  const Resident gone = resident(1, removed), holder = resident(2, removed), here = resident(3, {});
  store.write([&](store::WriteTransaction& transaction) {
    for (const Resident& entry : {gone, holder, here})
      put_resident(transaction, store.vault, entry);
    put_event(transaction, store.vault, death(gone.id, "feed-1"));
  });
  store.issue(2);  // To the second of them.
  const pki::Date last = pki::add_years(removed, 150);
  CHECK(due(store, RetentionClass::removed_resident, pki::jst_end_of_day(last)) == 0);
  const pki::Time after = pki::jst_start_of_day(pki::add_days(last, 1));
  CHECK(remove_all(store, RetentionClass::removed_resident, after) ==
        std::vector<std::string>{"resident " + to_string(gone.id)});
  CHECK_FALSE(find_resident(store.read(), store.vault, gone.id).has_value());
  CHECK(events_of(store.read(), store.vault, gone.id).empty());
  CHECK_FALSE(find_event(store.read(), store.vault, "feed-1").has_value());
  CHECK(find_resident(store.read(), store.vault, holder.id).has_value());
  CHECK(find_resident(store.read(), store.vault, here.id).has_value());
  remove_all(store, RetentionClass::issue_record, after);
  CHECK(due(store, RetentionClass::removed_resident, after) == 1);
}

TEST_CASE("an answer under an Idempotency-Key is kept for a day; one without a date is due") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    store::remember_answer(transaction, store.vault, "uid 7", "new",
                           {.request_hash = {1}, .body = "{}", .recorded_at = store.clock.now()});
    store::remember_answer(transaction, store.vault, "uid 7", "old", {.request_hash = {1}, .body = "{}"});
  });
  const pki::Time now = store.clock.now();
  CHECK(due(store, RetentionClass::answer, now + kAnswerLife) == 1);
  CHECK(due(store, RetentionClass::answer, now + kAnswerLife + 1s) == 2);
  CHECK(remove_all(store, RetentionClass::answer, now) == std::vector<std::string>{"1 answers"});
  CHECK(store::find_answer(store.read(), store.vault, "uid 7", "new")->recorded_at == now);
  CHECK_FALSE(store::find_answer(store.read(), store.vault, "uid 7", "old").has_value());
}

TEST_CASE("what is due is removed in small commands, and a stop leaves the rest for the next time") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    for (int i = 0; i < 450; ++i)
      store::remember_answer(transaction, store.vault, "uid 7", std::to_string(i),
                             {.request_hash = {1}, .body = "{}", .recorded_at = store.clock.now()});
  });
  const auto entries = [&] { return store::verify_audit(store.read()).value(); };
  const std::uint64_t before = entries();
  const auto remove = [&](const std::function<bool()>& is_stopping) {
    REQUIRE(remove_in_steps({*store.environment, *store.writer, store.vault}, store.actor,
                            {RetentionClass::answer, store.clock.now()}, is_stopping)
                .has_value());
    return due(store, RetentionClass::answer, store.clock.now() + 999h);
  };
  CHECK(remove([] { return false; }) == 450);
  CHECK(entries() == before);
  store.clock.advance(kAnswerLife + 1s);
  int steps = 0;
  CHECK(remove([&] { return steps++ == 1; }) == 250);
  CHECK(remove([] { return false; }) == 0);
  CHECK(entries() == before + 3);
}

TEST_CASE("what is no longer due when the step runs stays") {
  Store store;
  store.issue(1);
  const pki::Time end = find_status(store.read(), {kSign, {1}})->not_after;
  const pki::Time late = end + pki::Seconds{11LL * 366 * 86'400};
  const auto page = find_due(store.read(), store.vault, {RetentionClass::issue_record, late}, {}, 1);
  REQUIRE(page.keys.size() == 1);
  store.write([&](store::WriteTransaction& transaction) {
    CHECK(remove_due(transaction, store.vault, {RetentionClass::issue_record, end}, page.keys).empty());
  });
  CHECK(find_status(store.read(), {kSign, {1}}).has_value());
}

}  // namespace registry
