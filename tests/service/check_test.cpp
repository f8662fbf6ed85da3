// `jpki check --store`: a whole store has no findings, and each kind of damage has one.

#include "service/check.h"

#include "law/due.h"
#include "registry/due.h"
#include "registry/issuers.h"
#include "registry/lost.h"
#include "registry/residents.h"
#include "tests/registry/store.h"

namespace service {

namespace {

using registry::testing::kKiyose;
using registry::testing::kSign;

class World {
 public:
  World() {
    store.write([&](store::WriteTransaction& transaction) {
      registry::put_issuer(
          transaction, {.id = kSign, .certificate = {}, .key_file = "", .public_url = "", .compromise = {}});
      registry::skip_serials(transaction, kSign.ca, 10);
      registry::Resident resident;
      resident.id = registry::make_resident_id(1'000'000'001);
      resident.birth = registry::testing::day(1980, 2, 17);
      resident.departure.emplace();
      resident.departure->planned = registry::testing::day(2026, 12, 1);
      registry::put_resident(transaction, store.vault, resident);
      for (const registry::DueEntry& due : law::dues_of(resident))
        registry::put_due(transaction, due);
    });
    for (const std::uint64_t serial : {1U, 2U})
      store.issue(serial);
    store.write([&](store::WriteTransaction& transaction) {
      registry::record_revocation(transaction, {kSign, {2}}, {store.clock.now(), pki::CrlReason::superseded},
                                  store.clock.now());
    });
  }
  // The findings of all looks, a line each.
  std::string findings() {
    std::string text;
    for (const LookResult& look : check_store(store.read(), store.vault))
      for (const pki::Message& finding : look.findings)
        text += finding.in(pki::Language::en) + "\n";
    return text;
  }

  registry::testing::Store store;
};

}  // namespace

TEST_CASE("a whole store has no findings") {
  World world;
  CHECK(world.findings() == "");
  for (const LookResult& look : check_store(world.store.read(), world.store.vault))
    CHECK(look.looked_at > 0);
}

TEST_CASE("each kind of damage is found") {
  World world;
  const registry::Key first = registry::Key().certificate({kSign, {1}});
  SUBCASE("a damaged status") {
    world.store.damage([&](store::WriteTransaction& transaction) {
      pki::Bytes row = pki::to_bytes(transaction.get(registry::tables::status, first).value());
      row[0] ^= 1;
      transaction.put(registry::tables::status, first, row);
    });
    CHECK(world.findings() == "the status of sign-1/1 is damaged\n");
  }
  SUBCASE("a missing status") {
    world.store.damage(
        [&](store::WriteTransaction& transaction) { transaction.erase(registry::tables::status, first); });
    CHECK(world.findings() ==
          "the status of sign serials 1 to 1 is missing\nthe certificate sign-1/1 has no status\n");
  }
  SUBCASE("a revocation that is on no list") {
    world.store.damage([&](store::WriteTransaction& transaction) {
      CHECK(
          transaction.erase(registry::tables::revoked, registry::Key().issuer(kSign).point(kKiyose).u64(2)));
    });
    CHECK(world.findings() ==
          "sign-1/2 is not good and on no list\n"
          "rows of revoked certificates of sign-1 are damaged or missing\n");
  }
  SUBCASE("a revocation that is on the lists with another reason") {
    const registry::Key row = registry::Key().issuer(kSign).point(kKiyose).u64(2);
    world.store.damage([&](store::WriteTransaction& transaction) {
      pki::Bytes value = pki::to_bytes(transaction.get(registry::tables::revoked, row).value());
      value[0] ^= 1;
      transaction.put(registry::tables::revoked, row, value);
    });
    CHECK(world.findings() ==
          "sign-1/2 is on the lists with something else than its status\n"
          "rows of revoked certificates of sign-1 are damaged or missing\n");
  }
  SUBCASE("a change that is missing") {
    world.store.damage([&](store::WriteTransaction& transaction) {
      CHECK(transaction.erase(registry::tables::point_changes,
                              registry::Key().issuer(kSign).point(kKiyose).u64(3)));
    });
    CHECK(world.findings() == "changes of sign-1 are damaged or missing\n");
  }
  SUBCASE("a clock that nothing would find") {
    const auto due = registry::due_entries(world.store.read()).row();
    world.store.damage([&](store::WriteTransaction& transaction) { registry::erase_due(transaction, due); });
    CHECK(world.findings() ==
          "a clock of resident " + to_string(due.resident) + " is not in the index of clocks\n");
  }
  SUBCASE("a certificate that its holder's events would not reach") {
    const auto holder = registry::make_resident_id(1'000'000'001);
    world.store.damage([&](store::WriteTransaction& transaction) {
      CHECK(transaction.erase(registry::tables::holdings,
                              registry::Key().u64(holder.value).u8(1).certificate({kSign, {1}})));
    });
    CHECK(world.findings() == "the certificate sign-1/1 is missing among its holder's\n");
  }
  SUBCASE("a resident's record that does not open") {
    const auto id = registry::make_resident_id(1'000'000'001);
    world.store.damage([&](store::WriteTransaction& transaction) {
      transaction.put(registry::tables::residents, registry::Key().u64(id.value), pki::Bytes(60, 1));
    });
    CHECK(world.findings() == "the record of resident " + to_string(id) + " does not open\n");
  }
  SUBCASE("an audit entry that was changed") {
    world.store.damage([&](store::WriteTransaction& transaction) {
      pki::Bytes entry = pki::to_bytes(transaction.get(store::tables::audit, store::Key().u64(1)).value());
      entry.back() ^= 1;
      transaction.put(store::tables::audit, store::Key().u64(1), entry);
    });
    CHECK(world.findings().find("the audit log is broken") != std::string::npos);
  }
}

}  // namespace service
