// The sealing key of a store, and records that do not open.

#include "registry/sealing_check.h"

#include "registry/residents.h"
#include "registry/statistics.h"
#include "tests/registry/store.h"

namespace registry::testing {

namespace {

store::Vault other_vault() {
  return {pki::SealingKey(1, pki::Bytes(32, 8)), pki::Rng::seeded(2)};
}

Resident resident(std::uint64_t number) {
  Resident resident;
  resident.id = make_resident_id(number);
  resident.name = "模擬　太郎";
  resident.birth = day(1980, 2, 17);
  resident.municipality = kKiyose.code;
  return resident;
}

}  // namespace

TEST_CASE("a wrong sealing key is found by the sealed constant") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) { put_sealed_constant(transaction, store.vault); });
  CHECK(has_sealed_constant(store.read()));
  CHECK(check_sealing_key(store.read(), store.vault).has_value());
  const auto refused = check_sealing_key(store.read(), other_vault());
  REQUIRE(refused.has_error());
  CHECK(refused.error().text().find("keys/registry.key") != std::string::npos);
}

TEST_CASE("a store of an earlier version has no constant: its records decide, and one damaged one does not") {
  Store store;
  CHECK(check_sealing_key(store.read(), store.vault).has_value());
  CHECK(check_sealing_key(store.read(), other_vault()).has_value());
  store.write([&](store::WriteTransaction& transaction) {
    for (const std::uint64_t number : {1'000'000'001U, 1'000'000'002U})
      put_resident(transaction, store.vault, resident(number));
    transaction.put(tables::residents, Key().u64(make_resident_id(1'000'000'001).value), pki::Bytes(60, 1));
  });
  CHECK_FALSE(has_sealed_constant(store.read()));
  CHECK(check_sealing_key(store.read(), store.vault).has_value());
  CHECK(check_sealing_key(store.read(), other_vault()).has_error());
}

TEST_CASE("one record that does not open is reported as that, and the others are listed and counted") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    for (const std::uint64_t number : {1'000'000'001U, 1'000'000'002U, 1'000'000'003U})
      put_resident(transaction, store.vault, resident(number));
    transaction.put(tables::residents, Key().u64(make_resident_id(1'000'000'002).value), pki::Bytes(60, 1));
  });
  store.issue(2);
  std::vector<bool> readable;
  const auto transaction = store.read();
  for (ResidentCursor rows(transaction, store.vault); rows.valid(); rows.next())
    readable.push_back(rows.resident().has_value());
  CHECK(readable == std::vector<bool>{true, false, true});
  const auto counted = count_certificates(
      store.read(), store.vault,
      {.on = day(2026, 11, 23), .until = store.clock.now(), .depth = StatisticsDepth::persons},
      [](std::uint64_t) { return true; });
  REQUIRE(counted.has_value());
  CHECK(counted->by_age.at({Sex::unknown, std::nullopt}).of(pki::CertificateKind::sign).issued() == 1);
}

}  // namespace registry::testing
