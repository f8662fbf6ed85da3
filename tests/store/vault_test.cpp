// Personal items are sealed: bound to their place, and nowhere in the raw file.

#include "store/vault.h"

#include <algorithm>

#include "registry/actor.h"
#include "registry/events.h"
#include "registry/residents.h"
#include "store/idempotency.h"
#include "tests/registry/store.h"

namespace store::testing {

using namespace registry;
using namespace registry::testing;

namespace {

constexpr std::string_view kName = "既知　珠世";
constexpr std::string_view kAddress = "東京都清瀬市既知町七丁目";

registry::Resident known_resident() {
  registry::Resident resident;
  resident.id = registry::make_resident_id(1'000'000'001);
  resident.name = kName;
  resident.birth = day(1980, 2, 17);
  resident.address = kAddress;
  resident.municipality = 132217;
  resident.furigana = "キチ　タマヨ";
  resident.former_name = "旧既知";
  return resident;
}

bool contains(const pki::Bytes& bytes, std::string_view text) {
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end(),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) != bytes.end();
}

}  // namespace

TEST_CASE("a sealed value opens at its own table and key and nowhere else") {
  const Vault vault(pki::SealingKey(1, pki::Bytes(32, 7)), pki::Rng::seeded(1));
  const pki::Bytes plain = pki::to_bytes(pki::as_bytes(kName));
  const pki::Bytes sealed = vault.seal(registry::tables::residents, Key().u64(1), plain);
  CHECK(vault.open(registry::tables::residents, Key().u64(1), sealed) == plain);
  CHECK_THROWS_AS(static_cast<void>(vault.open(registry::tables::residents, Key().u64(2), sealed)),
                  Corruption);
  CHECK_THROWS_AS(static_cast<void>(vault.open(registry::tables::events, Key().u64(1), sealed)), Corruption);
  pki::Bytes changed = sealed;
  changed.back() ^= 1U;
  CHECK_THROWS_AS(static_cast<void>(vault.open(registry::tables::residents, Key().u64(1), changed)),
                  Corruption);
  const Vault other(pki::SealingKey(1, pki::Bytes(32, 8)), pki::Rng::seeded(1));
  CHECK_THROWS_AS(static_cast<void>(other.open(registry::tables::residents, Key().u64(1), sealed)),
                  Corruption);
}

TEST_CASE("the same value is sealed differently each time") {
  const Vault vault(pki::SealingKey(1, pki::Bytes(32, 7)), pki::Rng::seeded(1));
  const pki::Bytes plain(10, 1);
  CHECK(vault.seal(registry::tables::residents, Key().u64(1), plain) !=
        vault.seal(registry::tables::residents, Key().u64(1), plain));
}

TEST_CASE("a resident's record moved to another resident's key does not open") {
  Store store;
  const registry::Resident resident = known_resident();
  store.write(
      [&](WriteTransaction& transaction) { registry::put_resident(transaction, store.vault, resident); });
  CHECK(registry::find_resident(store.read(), store.vault, resident.id)->name == kName);
  const auto other = registry::make_resident_id(1'000'000'002);
  store.damage([&](WriteTransaction& transaction) {
    const pki::Bytes value =
        pki::to_bytes(transaction.get(registry::tables::residents, Key().u64(resident.id.value)).value());
    transaction.put(registry::tables::residents, Key().u64(other.value), value);
  });
  CHECK_THROWS_AS(static_cast<void>(registry::find_resident(store.read(), store.vault, other)), Corruption);
}

TEST_CASE("the raw store file holds no known name, address or certificate of a resident") {
  Store store;
  const registry::Resident resident = known_resident();
  registry::EventRecord event{.resident = resident.id,
                              .sequence = 1,
                              .event = registry::Event::name_change,
                              .occurred_on = day(2026, 11, 23),
                              .recorded_at = support::kStart,
                              .actor = store.actor,
                              .event_id = "feed-1",
                              .items = {{EventField::name, std::string(kName)}},
                              .consequences = {}};
  store.write([&](WriteTransaction& transaction) {
    registry::put_resident(transaction, store.vault, resident);
    registry::put_event(transaction, store.vault, event);
    record_issue(transaction, store.vault,
                 {.id = {kSign, {1}},
                  .kind = pki::CertificateKind::sign,
                  .resident = resident.id,
                  .point = kKiyose,
                  .not_before = support::kStart,
                  .not_after = support::kStart + 24h,
                  .der = pki::to_bytes(pki::as_bytes(kName))},
                 support::kStart);
    remember_answer(transaction, store.vault, "uid 7", "key-1",
                    {.request_hash = pki::Bytes(32, 1), .http_status = 201, .body = std::string(kName)});
    // What is not personal is found, so that the search below is worth something.
    transaction.put(registry::tables::due, Key().u64(1), pki::as_bytes("findable"));
  });
  store.writer.reset();
  store.environment.reset();
  const pki::Bytes file = support::read_file(store.options.directory / "data.mdb");
  CHECK(contains(file, "findable"));
  for (const std::string_view secret : {kName, kAddress, std::string_view("キチ"), std::string_view("旧既知"),
                                        std::string_view("既知"), std::string_view("1980-02-17")}) {
    CAPTURE(secret);
    CHECK_FALSE(contains(file, secret));
  }
}

TEST_CASE("an event comes back as it was put, in order, and by its feed's id") {
  Store store;
  const auto resident = registry::make_resident_id(1'000'000'001);
  store.write([&](WriteTransaction& transaction) {
    for (std::uint64_t sequence : {1U, 2U})
      registry::put_event(
          transaction, store.vault,
          {.resident = resident,
           .sequence = sequence,
           .event = registry::Event::death,
           .occurred_on = day(2026, 11, 23),
           .recorded_at = support::kStart,
           .actor = {.operator_name = "x", .role = registry::Role::municipality, .municipality = 132217},
           .event_id = sequence == 2 ? "feed-2" : "",
           .items = {{EventField::birth, "2026-11-23"}, {EventField::name, std::string(kName)}},
           .consequences = {{.certificate = {kAuth, {9}},
                             .kind = pki::CertificateKind::auth,
                             .outcome = Outcome::revoke,
                             .reason = pki::CrlReason::cessation_of_operation,
                             .article = "Act 31(1)(i)"}}});
  });
  const auto events = registry::events_of(store.read(), store.vault, resident);
  REQUIRE(events.size() == 2);
  CHECK(events[0].sequence == 1);
  CHECK(events[1].items.at(1).value == kName);
  CHECK(events[1].actor.municipality == 132217);
  CHECK(events[1].consequences.at(0).certificate == registry::CertificateId{kAuth, {9}});
  CHECK(events[1].consequences.at(0).reason == pki::CrlReason::cessation_of_operation);
  CHECK(registry::find_event(store.read(), store.vault, "feed-2")->sequence == 2);
  CHECK_FALSE(registry::find_event(store.read(), store.vault, "feed-1").has_value());
}

TEST_CASE("answers are remembered for each operator apart") {
  Store store;
  store.write([&](WriteTransaction& transaction) {
    remember_answer(transaction, store.vault, "uid 7", "k",
                    {.request_hash = pki::Bytes(32, 1), .http_status = 201, .body = "{}"});
  });
  CHECK(find_answer(store.read(), store.vault, "uid 7", "k")->http_status == 201);
  CHECK_FALSE(find_answer(store.read(), store.vault, "uid 8", "k").has_value());
  CHECK_FALSE(find_answer(store.read(), store.vault, "uid 7", "l").has_value());
  // Scope and key are kept apart, whatever they contain.
  CHECK_FALSE(find_answer(store.read(), store.vault, "uid", " 7k").has_value());
}

}  // namespace store::testing
