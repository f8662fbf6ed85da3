// The facts about certificates: status, revoked and changes always tell the same story.

#include "registry/certificates.h"

#include <map>

#include "pki/random.h"
#include "registry/issuance.h"
#include "tests/registry/store.h"
#include "tests/support/seed.h"

namespace registry::testing {

namespace {

using pki::CrlReason;

void revoke(Store& store, std::uint64_t serial, CrlReason reason, IssuerId issuer = kSign) {
  store.write([&](store::WriteTransaction& transaction) {
    record_revocation(transaction, {issuer, {serial}}, {store.clock.now(), reason}, store.clock.now());
  });
}

void release(Store& store, std::uint64_t serial) {
  store.write([&](store::WriteTransaction& transaction) {
    record_release(transaction, {kSign, {serial}}, store.clock.now());
  });
}

// What the changes of one issuer add up to, checking on the way that they are gap-free and follow each other.
std::map<std::uint64_t, Change> fold(const store::ReadTransaction& transaction, IssuerId issuer) {
  std::map<std::uint64_t, Change> last;
  std::uint64_t expected = 0;
  for (auto changes = changes_after(transaction, issuer, pki::kWholeGeneration, 0); changes.valid();
       changes.next()) {
    const Change change = changes.row();
    CHECK(change.sequence == ++expected);
    CHECK(change.certificate.issuer == issuer);
    const auto before = last.find(change.certificate.serial.value);
    CHECK(change.before == (before == last.end() ? ChangeState{} : before->second.after));
    CHECK(change.after.issued);
    last.insert_or_assign(change.certificate.serial.value, change);
  }
  CHECK(expected == last_change_sequence(transaction, issuer));
  return last;
}

std::map<std::uint64_t, RevokedEntry> revoked_of(const store::ReadTransaction& transaction, IssuerId issuer,
                                                 pki::DistributionPoint point) {
  std::map<std::uint64_t, RevokedEntry> all;
  for (auto entries = revoked_entries(transaction, issuer, point); entries.valid(); entries.next())
    CHECK(all.emplace(entries.row().serial.value, entries.row()).second);
  return all;
}

// status = fold of changes = revoked, for the whole generation and for each point.
void check_agreement(const Store& store, IssuerId issuer) {
  const store::ReadTransaction transaction = store.read();
  const auto folded = fold(transaction, issuer);
  auto revoked = revoked_of(transaction, issuer, pki::kWholeGeneration);
  std::map<pki::DistributionPoint, std::size_t> changed_points;
  for (const auto& [number, change] : folded) {
    const std::uint64_t serial = number;
    CAPTURE(serial);
    const auto status = find_status(transaction, {issuer, {serial}});
    REQUIRE(status.has_value());
    CHECK(status->revocation == change.after.revocation);
    CHECK(status->sequence == change.sequence);
    CHECK(status->changed_at == change.recorded_at);
    CHECK(status->not_after == change.not_after);
    CHECK(status->point == change.point);
    CHECK(status->kind == change.kind);
    const auto entry = revoked.find(serial);
    CHECK((entry != revoked.end()) == status->revocation.has_value());
    if (entry != revoked.end()) {
      CHECK(entry->second.revocation == *status->revocation);
      CHECK(entry->second.point == status->point);
      CHECK(entry->second.not_after == status->not_after);
      CHECK(entry->second.sequence == status->sequence);
      revoked.erase(entry);
    }
    ++changed_points[status->point];
  }
  CHECK(revoked.empty());
  for (const auto& [point, certificates] : changed_points) {
    std::map<std::uint64_t, Change> last;
    std::uint64_t sequence = 0;
    for (auto changes = changes_after(transaction, issuer, point, 0); changes.valid(); changes.next()) {
      const Change change = changes.row();
      CHECK(change.point == point);
      CHECK(change.sequence > sequence);
      sequence = change.sequence;
      last.insert_or_assign(change.certificate.serial.value, change);
    }
    CHECK(last.size() == certificates);
    for (const auto& [serial, change] : last)
      CHECK(change.after == folded.at(serial).after);
    for (const auto& [serial, entry] : revoked_of(transaction, issuer, point))
      CHECK(folded.at(serial).point == point);
  }
}

}  // namespace

TEST_CASE("a serial never issued has no status") {
  Store store;
  store.issue(5);
  CHECK_FALSE(find_status(store.read(), {kSign, {4}}).has_value());
  CHECK_FALSE(find_status(store.read(), {kSign2, {5}}).has_value());
  CHECK_FALSE(find_status(store.read(), {kAuth, {5}}).has_value());
}

TEST_CASE("issue, hold, release and revoke keep status, revoked and changes in step") {
  Store store;
  store.issue(5);
  check_agreement(store, kSign);
  CHECK_FALSE(find_status(store.read(), {kSign, {5}})->revocation.has_value());
  store.clock.advance(1h);
  revoke(store, 5, CrlReason::certificate_hold);
  check_agreement(store, kSign);
  CHECK(find_status(store.read(), {kSign, {5}})->revocation->is_hold());
  store.clock.advance(1h);
  release(store, 5);
  check_agreement(store, kSign);
  CHECK_FALSE(find_status(store.read(), {kSign, {5}})->revocation.has_value());
  CHECK(revoked_of(store.read(), kSign, kKiyose).empty());
  store.clock.advance(1h);
  revoke(store, 5, CrlReason::cessation_of_operation);
  check_agreement(store, kSign);
  const auto status = find_status(store.read(), {kSign, {5}});
  CHECK(status->sequence == 4);
  CHECK(status->revocation == Revocation{support::kStart + 3h, CrlReason::cessation_of_operation});
}

TEST_CASE("sequences are gap-free for each generation, whatever the other generations do") {
  Store store;
  store.issue(1, kSign);
  store.issue(2, kSign2);
  store.issue(3, kAuth);
  revoke(store, 2, CrlReason::superseded, kSign2);
  store.issue(4, kSign);
  for (const IssuerId issuer : {kSign, kSign2, kAuth})
    check_agreement(store, issuer);
  CHECK(last_change_sequence(store.read(), kSign) == 2);
  CHECK(last_change_sequence(store.read(), kSign2) == 2);
  CHECK(last_change_sequence(store.read(), kAuth) == 1);
}

TEST_CASE("changes after a sequence are exactly those with a greater one") {
  Store store;
  for (std::uint64_t serial = 1; serial <= 9; ++serial)
    store.issue(serial, kSign, serial % 2 == 0 ? kSapporo : kKiyose);
  const store::ReadTransaction transaction = store.read();
  CHECK_FALSE(changes_after(transaction, kSign, pki::kWholeGeneration, 9).valid());
  std::vector<std::uint64_t> sequences;
  for (auto some = changes_after(transaction, kSign, kSapporo, 4); some.valid(); some.next())
    sequences.push_back(some.row().sequence);
  CHECK(sequences == std::vector<std::uint64_t>{6, 8});
}

TEST_CASE("a second issue of a serial, a second revocation and a release of what is not held are faults") {
  Store store;
  store.issue(1);
  const auto fault = [&](const std::function<void(store::WriteTransaction&)>& change) {
    const auto before = store.dump();
    const auto result = store.execute([&](store::CommandContext& context) {
      change(context.transaction);
      return pki::Result<void>{};
    });
    REQUIRE(result.has_error());
    CHECK(result.error().code == pki::Errc::internal);
    CHECK(store.dump() == before);
  };
  const pki::Time now = store.clock.now();
  const CertificateId one{kSign, {1}};
  fault([&](store::WriteTransaction& transaction) {
    IssuedCertificate again;
    again.id = one;
    record_issue(transaction, store.vault, again, now);
  });
  fault([&](store::WriteTransaction& transaction) { record_release(transaction, one, now); });
  fault([&](store::WriteTransaction& transaction) {
    record_revocation(transaction, {kSign, {2}}, {now, CrlReason::superseded}, now);
  });
  revoke(store, 1, CrlReason::superseded);
  fault([&](store::WriteTransaction& transaction) {
    record_revocation(transaction, one, {now, CrlReason::key_compromise}, now);
  });
  fault([&](store::WriteTransaction& transaction) { record_release(transaction, one, now); });
}

TEST_CASE("for random histories status = fold of changes = revoked, in every point") {
  Store store;
  pki::Rng rng = pki::Rng::seeded(support::seed()).derive("registry", "certificates");
  CAPTURE(support::seed());
  std::vector<std::uint64_t> serials;
  for (int step = 0; step < 300; ++step) {
    store.clock.advance(pki::Seconds{static_cast<std::int64_t>(rng.below(100))});
    if (serials.empty() || rng.below(3) == 0) {
      serials.push_back(1 + serials.size() * 3);
      store.issue(serials.back(), kSign, rng.below(2) == 0 ? kKiyose : kSapporo);
      continue;
    }
    const std::uint64_t serial = serials[rng.below(serials.size())];
    const auto status = find_status(store.read(), {kSign, {serial}}).value();
    if (!status.revocation) {
      revoke(store, serial, rng.below(2) == 0 ? CrlReason::certificate_hold : CrlReason::key_compromise);
    } else if (status.revocation->is_hold()) {
      if (rng.below(2) == 0)
        release(store, serial);
      else
        revoke(store, serial, CrlReason::affiliation_changed);
    }
  }
  check_agreement(store, kSign);
}

TEST_CASE("the hot tables hold no more than their fixed widths") {
  Store store;
  store.issue(1);
  revoke(store, 1, CrlReason::superseded);
  const store::ReadTransaction transaction = store.read();
  CHECK(transaction.get(tables::status, Key().certificate({kSign, {1}}))->size() == 33);
  CHECK(transaction.get(tables::revoked, Key().issuer(kSign).point(kKiyose).u64(1))->size() == 19);
}

TEST_CASE("a certificate comes back as it was issued, and its holder's list has every one") {
  Store store;
  store.issue(1);
  store.issue(9, kAuth);
  const auto resident = make_resident_id(1'000'000'001);
  const auto found = find_certificate(store.read(), store.vault, {kSign, {1}});
  REQUIRE(found.has_value());
  CHECK(found->resident == resident);
  CHECK(found->der == pki::Bytes{0x30, 0x00});
  CHECK(found->not_before == support::kStart);
  CHECK(certificates_of(store.read(), resident) == std::vector<CertificateId>{{kSign, {1}}});
  CHECK(certificates_of(store.read(), make_resident_id(5)).empty());
}

TEST_CASE("an intent reserves its resident and kind until it is closed, and has no status") {
  Store store;
  const auto resident = make_resident_id(1'000'000'001);
  const Intent intent{.id = {kSign, {77}},
                      .kind = pki::CertificateKind::sign,
                      .resident = resident,
                      .resident_version = 3,
                      .recorded_at = support::kStart,
                      .tbs_hash = pki::Bytes(32, 1)};
  store.write([&](store::WriteTransaction& transaction) { record_intent(transaction, store.vault, intent); });
  CHECK(find_reservation(store.read(), resident, pki::CertificateKind::sign) == intent.id);
  CHECK_FALSE(find_reservation(store.read(), resident, pki::CertificateKind::auth).has_value());
  const auto open = open_intents(store.read(), store.vault);
  REQUIRE(open.size() == 1);
  CHECK(open[0].resident_version == 3);
  CHECK(open[0].tbs_hash == intent.tbs_hash);
  CHECK_FALSE(find_status(store.read(), intent.id).has_value());
  store.write([&](store::WriteTransaction& transaction) { close_intent(transaction, intent); });
  CHECK(open_intents(store.read(), store.vault).empty());
  CHECK_FALSE(find_reservation(store.read(), resident, pki::CertificateKind::sign).has_value());
  CHECK_FALSE(find_intent(store.read(), store.vault, intent.id).has_value());
}

TEST_CASE("a serial of a CA name is never given twice, over restarts and skips") {
  Store store;
  const auto take = [&](pki::CaName ca) {
    std::uint64_t value = 0;
    store.write([&](store::WriteTransaction& transaction) { value = take_serial(transaction, ca).value; });
    return value;
  };
  CHECK(take(pki::CaName::sign) == 1);
  CHECK(take(pki::CaName::sign) == 2);
  CHECK(take(pki::CaName::auth) == 1);
  store.write(
      [](store::WriteTransaction& transaction) { skip_serials(transaction, pki::CaName::sign, 1000); });
  CHECK(take(pki::CaName::sign) == 1001);
  // Skipping never goes back.
  store.write([](store::WriteTransaction& transaction) { skip_serials(transaction, pki::CaName::sign, 10); });
  CHECK(take(pki::CaName::sign) == 1002);
  store.writer.reset();
  store.environment.reset();
  store.environment = store::Environment::open(store.options, registry::kSchema);
  store.writer = std::make_unique<store::Writer>(*store.environment, store.clock);
  CHECK(take(pki::CaName::sign) == 1003);
  CHECK(take(pki::CaName::auth) == 2);
}

}  // namespace registry::testing
