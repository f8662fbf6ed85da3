// The compromise of a generation: one fact that holds at once, and rows that follow in steps.

#include "registry/compromise.h"

#include <map>
#include <vector>

#include "store/record.h"
#include "tests/registry/store.h"

namespace registry {

namespace {

using testing::kAuth;
using testing::kKiyose;
using testing::kSign;
using testing::kSign2;
using namespace std::chrono_literals;

class Generations final : public testing::Store {
 public:
  Generations() {
    write([](store::WriteTransaction& transaction) {
      for (const IssuerId id : {kSign, kSign2, kAuth})
        put_issuer(transaction, {.id = id,
                                 .certificate = {0x30, 0x00},
                                 .key_file = "key",
                                 .public_url = "http://127.0.0.1",
                                 .compromise = {}});
    });
  }

  void revoke(std::uint64_t serial, pki::CrlReason reason, IssuerId issuer = kSign) {
    write([&](store::WriteTransaction& transaction) {
      record_revocation(transaction, {issuer, {serial}}, {clock.now(), reason}, clock.now());
    });
  }
  void compromise(IssuerId issuer) {
    write([&](store::WriteTransaction& transaction) { record_compromise(transaction, issuer, clock.now()); });
  }
  bool fill(IssuerId issuer, const FillingStep& step) {
    bool done = false;
    write([&](store::WriteTransaction& transaction) {
      done = revoke_batch(transaction, issuer, step, clock.now());
    });
    return done;
  }
  bool fill(IssuerId issuer, std::size_t rows) { return fill(issuer, {.rows = rows, .batch = rows}); }
  [[nodiscard]] std::optional<Revocation> effective(std::uint64_t serial, IssuerId issuer = kSign) const {
    return effective_status(read(), {issuer, {serial}}).value().revocation;
  }
  [[nodiscard]] std::optional<Revocation> row(std::uint64_t serial, IssuerId issuer = kSign) const {
    return find_status(read(), {issuer, {serial}}).value().revocation;
  }
  [[nodiscard]] Issuer issuer(IssuerId id) const { return find_issuer(read(), id).value(); }
};

}  // namespace

TEST_CASE("from the fact on, good and held are revoked and revoked keeps its own reason and date") {
  Generations store;
  for (const std::uint64_t serial : {1U, 2U, 3U})
    store.issue(serial);
  store.issue(4, kSign2);
  store.issue(5, kAuth);
  const pki::Time held_at = store.clock.now();
  store.revoke(2, pki::CrlReason::certificate_hold);
  store.revoke(3, pki::CrlReason::superseded);
  store.clock.advance(1h);
  store.compromise(kSign);
  const pki::Time compromised_at = store.clock.now();
  CHECK(is_compromised(store.read(), kSign));
  CHECK_FALSE(is_compromised(store.read(), kSign2));
  const Revocation of_good{compromised_at, pki::CrlReason::ca_compromise},
      of_held{held_at, pki::CrlReason::ca_compromise}, of_revoked{held_at, pki::CrlReason::superseded};

  const auto check_effective = [&] {
    CHECK(store.effective(1) == of_good);
    CHECK(store.effective(2) == of_held);
    CHECK(store.effective(3) == of_revoked);
    CHECK_FALSE(effective_status(store.read(), {kSign, {9}}).has_value());
    // Other generations of the name, and the other CA, stand.
    CHECK_FALSE(store.effective(4, kSign2).has_value());
    CHECK_FALSE(store.effective(5, kAuth).has_value());
  };
  check_effective();
  CHECK_FALSE(store.row(1).has_value());

  store.clock.advance(1h);
  CHECK(store.fill(kSign, 100));
  check_effective();
  CHECK(store.row(1) == of_good);
  CHECK(store.row(2) == of_held);
  CHECK(store.row(3) == of_revoked);
  CHECK_FALSE(store.row(4, kSign2).has_value());
  const auto compromise = store.issuer(kSign).compromise.value();
  CHECK(compromise.filled == 2);
  CHECK(compromise.recorded_at == compromised_at);
  CHECK(compromise.completed_at == store.clock.now());
}

TEST_CASE("filling in goes on behind the last committed step, and each row is changed once") {
  Generations store;
  for (std::uint64_t serial = 1; serial <= 25; ++serial)
    store.issue(serial * 3);
  store.revoke(9, pki::CrlReason::key_compromise);
  const std::uint64_t before = last_change_sequence(store.read(), kSign);
  store.compromise(kSign);
  CHECK(progress_of(store.read(), store.issuer(kSign)).per_mille == 0);
  int steps = 1;
  unsigned reached = 0;
  while (!store.fill(kSign, 10)) {
    // A new process takes it up.
    store.writer.reset();
    store.writer = std::make_unique<store::Writer>(*store.environment, store.clock);
    const FillingProgress progress = progress_of(store.read(), store.issuer(kSign));
    CHECK(progress.per_mille > reached);
    CHECK(progress.per_mille < 1000);
    CHECK_FALSE(progress.completed_at.has_value());
    reached = progress.per_mille;
    ++steps;
  }
  CHECK(steps == 3);
  CHECK(last_change_sequence(store.read(), kSign) == before + 24);
  CHECK(store.fill(kSign, 10));
  CHECK(last_change_sequence(store.read(), kSign) == before + 24);
  CHECK(progress_of(store.read(), store.issuer(kSign)).per_mille == 1000);
  std::map<std::uint64_t, std::string> entries;
  const auto snapshot = store.read();
  for (auto revoked = revoked_entries(snapshot, kSign, pki::kWholeGeneration); revoked.valid();
       revoked.next())
    entries[revoked.row().serial.value] = pki::to_string(revoked.row().revocation.reason);
  CHECK(entries.size() == 25);
  CHECK(entries.at(9) == "keyCompromise");
  CHECK(entries.at(75) == "cACompromise");
}

TEST_CASE("a batch is filled in by distribution point, and left when none of its rows is missing") {
  Generations store;
  for (std::uint64_t serial = 1; serial <= 12; ++serial)
    store.issue(serial, kSign, serial % 2 == 0 ? testing::kSapporo : kKiyose);
  store.revoke(4, pki::CrlReason::superseded);
  store.revoke(6, pki::CrlReason::certificate_hold);
  const std::uint64_t before = last_change_sequence(store.read(), kSign);
  store.compromise(kSign);
  const auto missing = [&] {
    std::vector<std::uint64_t> serials;
    for (std::uint64_t serial = 1; serial <= 12; ++serial)
      if (const auto row = store.row(serial); !row || row->is_hold()) serials.push_back(serial);
    return serials;
  };
  using Serials = std::vector<std::uint64_t>;
  CHECK_FALSE(store.fill(kSign, {.rows = 3, .batch = 8}));
  CHECK(missing() == Serials{1, 3, 5, 7, 9, 10, 11, 12});
  CHECK(store.issuer(kSign).compromise->filled_through == pki::SerialNumber{0});
  // Another event comes in between: the row is not changed twice.
  store.revoke(3, pki::CrlReason::affiliation_changed);
  CHECK_FALSE(store.fill(kSign, {.rows = 3, .batch = 8}));
  CHECK(missing() == Serials{9, 10, 11, 12});
  CHECK(store.issuer(kSign).compromise->filled_through == pki::SerialNumber{8});
  CHECK(store.fill(kSign, {.rows = 4, .batch = 8}));
  CHECK(missing().empty());
  CHECK(store.row(3).value().reason == pki::CrlReason::affiliation_changed);
  CHECK(store.row(4).value().reason == pki::CrlReason::superseded);
  CHECK(store.row(6).value().reason == pki::CrlReason::ca_compromise);
  CHECK(store.issuer(kSign).compromise->filled == 10);
  CHECK(last_change_sequence(store.read(), kSign) == before + 11);
}

TEST_CASE("a generation without certificates is filled in at once") {
  Generations store;
  store.issue(7, kAuth);
  store.compromise(kSign);
  CHECK(store.fill(kSign, 10));
  CHECK(progress_of(store.read(), store.issuer(kSign)).per_mille == 1000);
  CHECK_FALSE(store.row(7, kAuth).has_value());
}

TEST_CASE("a compromise that an earlier version recorded is read and filled in") {
  Generations store;
  store.issue(1);
  store.write([&](store::WriteTransaction& transaction) {
    pki::der::Writer writer;
    writer.sequence([&] {
      writer.octet_string(pki::Bytes{0x30, 0x00});
      store::write_text(writer, "key");
      store::write_text(writer, "http://127.0.0.1");
      writer.context(
          0, [&] { writer.sequence([&] { writer.generalized_time(store.clock.now()).integer(1); }); });
    });
    transaction.put(tables::issuers, Key().issuer(kSign), writer.view());
  });
  CHECK(store.effective(1).value().reason == pki::CrlReason::ca_compromise);
  CHECK(store.fill(kSign, 10));
  CHECK(store.row(1).value().reason == pki::CrlReason::ca_compromise);
}

}  // namespace registry
