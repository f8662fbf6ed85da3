// Certificates that a restored store has forgotten: held until their certificate proves them.

#include "registry/lost.h"

#include "registry/compromise.h"
#include "registry/issuers.h"
#include "tests/registry/store.h"

namespace registry::testing {

namespace {

LostCertificate lost(std::uint64_t serial, pki::CrlReason reason, LostState state, const Store& store) {
  return {.id = {kSign, {serial}},
          .not_after = store.clock.now() + pki::Seconds{10 * 365 * 86'400},
          .revocation = {store.clock.now(), reason},
          .state = state};
}

IssuedCertificate certificate(std::uint64_t serial, const Store& store) {
  return {.id = {kSign, {serial}},
          .kind = pki::CertificateKind::mobile_sign,
          .resident = make_resident_id(1'000'000'001),
          .point = kKiyose,
          .not_before = store.clock.now(),
          .not_after = store.clock.now() + pki::Seconds{1000},
          .der = {0x30, 0x00}};
}

std::vector<std::uint64_t> on_list(const Store& store, pki::DistributionPoint point) {
  std::vector<std::uint64_t> serials;
  const auto snapshot = store.read();
  for (auto entries = revoked_entries(snapshot, kSign, point); entries.valid(); entries.next())
    serials.push_back(entries.row().serial.value);
  return serials;
}

}  // namespace

TEST_CASE("a lost certificate is held, on the list of the whole generation and on no point's") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    record_lost(transaction, lost(7, pki::CrlReason::certificate_hold, LostState::presumed, store),
                store.clock.now());
  });
  CHECK(find_status(store.read(), {kSign, {7}})->revocation->is_hold());
  CHECK(find_lost(store.read(), {kSign, {7}}) == LostState::presumed);
  CHECK(on_list(store, pki::kWholeGeneration) == std::vector<std::uint64_t>{7});
  CHECK(on_list(store, kKiyose).empty());
}

TEST_CASE(
    "an adopted certificate is good when nothing was known of its state, and stays revoked when a list said "
    "so") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    record_lost(transaction, lost(7, pki::CrlReason::certificate_hold, LostState::presumed, store),
                store.clock.now());
    record_lost(transaction, lost(8, pki::CrlReason::key_compromise, LostState::listed, store),
                store.clock.now());
    record_lost(transaction, lost(9, pki::CrlReason::certificate_hold, LostState::listed, store),
                store.clock.now());
    for (const std::uint64_t serial : {7U, 8U, 9U})
      adopt_lost(transaction, store.vault, certificate(serial, store), std::nullopt, store.clock.now());
  });
  const auto status = find_status(store.read(), {kSign, {7}}).value();
  CHECK_FALSE(status.revocation.has_value());
  CHECK(status.kind == pki::CertificateKind::mobile_sign);
  CHECK(status.point == kKiyose);
  CHECK(find_status(store.read(), {kSign, {8}})->revocation->reason == pki::CrlReason::key_compromise);
  CHECK(find_status(store.read(), {kSign, {9}})->revocation->is_hold());
  CHECK(on_list(store, kKiyose) == std::vector<std::uint64_t>{9});
  CHECK(on_list(store, pki::kWholeGeneration) == std::vector<std::uint64_t>{9, 8});
  CHECK(count_lost(store.read()) == 0);
  CHECK(find_certificate(store.read(), store.vault, {kSign, {7}}).has_value());
  CHECK(certificates_of(store.read(), make_resident_id(1'000'000'001)).size() == 3);
  // The point's list never had it, so to its deltas it is new; to the whole generation a hold has ended.
  const auto snapshot = store.read();
  CHECK_FALSE(changes_after(snapshot, kSign, kKiyose, 0).row().before.issued);
  CHECK(changes_after(snapshot, kSign, pki::kWholeGeneration, 3).row().before.revocation->is_hold());
}

TEST_CASE("a lost certificate that was revoked in the meantime is adopted as revoked") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    record_lost(transaction, lost(7, pki::CrlReason::certificate_hold, LostState::presumed, store),
                store.clock.now());
    record_revocation(transaction, {kSign, {7}}, {store.clock.now(), pki::CrlReason::key_compromise},
                      store.clock.now());
    adopt_lost(transaction, store.vault, certificate(7, store), std::nullopt, store.clock.now());
  });
  CHECK(find_status(store.read(), {kSign, {7}})->revocation->reason == pki::CrlReason::key_compromise);
}

// The rows of a compromised generation may all have been filled in when the certificate comes.
TEST_CASE("a lost certificate of a compromised generation is never good again") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    put_issuer(transaction, {.id = kSign,
                             .certificate = {0x30, 0x00},
                             .key_file = "k",
                             .public_url = "http://x",
                             .compromise = {}});
    record_lost(transaction, lost(7, pki::CrlReason::certificate_hold, LostState::presumed, store),
                store.clock.now());
    record_compromise(transaction, kSign, store.clock.now());
    adopt_lost(transaction, store.vault, certificate(7, store), std::nullopt, store.clock.now());
  });
  CHECK(find_status(store.read(), {kSign, {7}})->revocation->reason == pki::CrlReason::ca_compromise);
}

TEST_CASE("a lost certificate that the list of its point shows as held falls with what ended it") {
  Store store;
  store.write([&](store::WriteTransaction& transaction) {
    LostCertificate held = lost(7, pki::CrlReason::certificate_hold, LostState::listed, store);
    held.point = kKiyose;
    record_lost(transaction, held, store.clock.now());
    adopt_lost(transaction, store.vault, certificate(7, store), pki::CrlReason::affiliation_changed,
               store.clock.now());
  });
  CHECK(find_status(store.read(), {kSign, {7}})->revocation->reason == pki::CrlReason::affiliation_changed);
  CHECK(on_list(store, kKiyose) == std::vector<std::uint64_t>{7});
}

TEST_CASE("a lost certificate that a list shows as revoked goes to its own generation as it is") {
  Store store;
  auto wrong = lost(7, pki::CrlReason::key_compromise, LostState::listed, store);
  wrong.id.issuer = kSign2;
  wrong.point = kKiyose;
  store.write([&](store::WriteTransaction& transaction) {
    for (const IssuerId id : {kSign, kSign2})
      put_issuer(transaction, {.id = id,
                               .certificate = {0x30, 0x00},
                               .key_file = "k",
                               .public_url = "http://x",
                               .compromise = {}});
    record_lost(transaction, wrong, store.clock.now());
  });
  CHECK(find_lost_of_name(store.read(), {kSign, {7}})->id == wrong.id);
  CHECK_FALSE(find_lost_of_name(store.read(), {kAuth, {7}}).has_value());
  store.write([&](store::WriteTransaction& transaction) {
    adopt_lost(transaction, store.vault, certificate(7, store), std::nullopt, store.clock.now());
  });
  CHECK(find_status(store.read(), {kSign, {7}})->revocation->reason == pki::CrlReason::key_compromise);
  CHECK_FALSE(find_status(store.read(), wrong.id).has_value());
  CHECK_FALSE(find_lost_of_name(store.read(), {kSign, {7}}).has_value());
  CHECK(on_list(store, kKiyose) == std::vector<std::uint64_t>{7});
  CHECK_FALSE(revoked_entries(store.read(), kSign2, pki::kWholeGeneration).valid());
}

}  // namespace registry::testing
