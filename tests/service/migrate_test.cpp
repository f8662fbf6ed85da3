// A store of schema version 1 becomes one of this program's.

#include "service/migrate.h"

#include "registry/issuers.h"
#include "registry/residents.h"
#include "registry/sealing_check.h"
#include "registry/unissued.h"
#include "store/audit.h"
#include "tests/registry/store.h"

namespace service {

namespace {

using registry::testing::kSign;

constexpr registry::CertificateId kOnLapsedCard{registry::testing::kAuth, {20}};

// An authentication certificate in use on a card that had lapsed, as a store of the first version may have
// it.
void leave_on_lapsed_card(registry::testing::Store& store, store::Environment& environment) {
  store::WriteTransaction transaction = store::begin_exclusive_write(environment);
  registry::put_issuer(
      transaction,
      {.id = kOnLapsedCard.issuer, .certificate = {}, .key_file = "", .public_url = "", .compromise = {}});
  registry::Resident holder;
  holder.id = registry::make_resident_id(1'000'000'020);
  holder.birth = registry::testing::day(1980, 1, 2);
  holder.card_lapsed_on = registry::testing::day(2026, 11, 1);
  registry::put_resident(transaction, store.vault, holder);
  registry::record_issue(transaction, store.vault,
                         {.id = kOnLapsedCard,
                          .kind = pki::CertificateKind::auth,
                          .resident = holder.id,
                          .point = registry::testing::kKiyose,
                          .not_before = store.clock.now(),
                          .not_after = store.clock.now() + pki::Seconds{86'400},
                          .der = {0x30, 0x00}},
                         store.clock.now());
  const registry::Key key = registry::Key().certificate(kOnLapsedCard);
  pki::Bytes row = pki::to_bytes(transaction.get(registry::tables::status, key).value());
  row.resize(row.size() - 4);
  transaction.put(registry::tables::status, key, row);
  transaction.commit();
}

// What the first version left: rows without a check, no list of unissued serials.
class OldStore {
 public:
  OldStore() {
    store.write([&](store::WriteTransaction& transaction) {
      registry::put_issuer(
          transaction, {.id = kSign, .certificate = {}, .key_file = "", .public_url = "", .compromise = {}});
      registry::put_sealed_constant(transaction, store.vault);
      registry::skip_serials(transaction, kSign.ca, 100);
    });
    for (const std::uint64_t serial : {10U, 11U, 12U, 64U})
      store.issue(serial);
    store.write([&](store::WriteTransaction& transaction) {
      registry::record_revocation(transaction, {kSign, {11}},
                                  {store.clock.now(), pki::CrlReason::key_compromise, store.clock.now()},
                                  store.clock.now());
    });
    store.damage([&](store::WriteTransaction& transaction) {
      for (const std::uint64_t serial : {10U, 11U, 12U, 64U}) {
        const registry::Key key = registry::Key().certificate({kSign, {serial}});
        pki::Bytes row = pki::to_bytes(transaction.get(registry::tables::status, key).value());
        row.resize(row.size() - 4);
        transaction.put(registry::tables::status, key, row);
      }
      for (;;) {
        pki::Bytes key;
        {
          store::Cursor cursor = transaction.cursor(registry::tables::unissued);
          cursor.seek_to_first();
          if (!cursor.valid()) break;
          key = pki::to_bytes(cursor.key());
        }
        transaction.erase(registry::tables::unissued, key);
      }
      store::write_schema_version(transaction, 1);
    });
    store.writer.reset();
    store.environment.reset();
  }

  std::unique_ptr<store::Environment> open() {
    return store::Environment::open_any_version(store.options, registry::kSchema);
  }
  MigrationRequest request() {
    return {.now = store.clock.now(),
            .actor = store.actor,
            .dry_run = false,
            .copy = store.folder.path() / "copy"};
  }

  registry::testing::Store store;
};

}  // namespace

TEST_CASE("an older store is not opened by the service, and says what to run") {
  OldStore old;
  try {
    static_cast<void>(store::Environment::open(old.store.options, registry::kSchema));
    FAIL("opened");
  } catch (const store::StoreError& error) {
    CHECK(std::string(error.what()).find("jpki migrate") != std::string::npos);
  }
}

TEST_CASE("a migrated store says the same as before, with checks and a list of unissued serials") {
  OldStore old;
  {
    const auto environment = old.open();
    const MigrationReport report = migrate(*environment, old.store.vault, old.request()).value();
    CHECK(report.from == 1);
    REQUIRE(report.steps.size() == 2);
    CHECK(report.steps[0].to == 2);
    // Four rows, and the gaps 1-9, 13-63 and 65-100.
    CHECK(report.steps[0].changed == 7);
    CHECK(std::filesystem::exists(report.copy / "data.mdb"));
    CHECK(migrate(*environment, old.store.vault, old.request()).value().steps.empty());
  }
  const auto environment = store::Environment::open(old.store.options, registry::kSchema);
  const auto snapshot = environment->read();
  CHECK(store::read_schema_version(snapshot) == registry::kSchemaVersion);
  CHECK_FALSE(registry::find_status(snapshot, {kSign, {10}})->revocation.has_value());
  CHECK(registry::find_status(snapshot, {kSign, {11}})->revocation->invalidity_date == old.store.clock.now());
  CHECK(registry::is_unissued(snapshot, kSign.ca, 13));
  CHECK_FALSE(registry::is_unissued(snapshot, kSign.ca, 12));
  CHECK_FALSE(registry::is_status_missing(snapshot, {kSign, {63}}));
  CHECK(store::verify_audit(snapshot).has_value());
  // The copy is the store as it was.
  store::EnvironmentOptions copy = old.store.options;
  copy.directory = old.store.folder.path() / "copy";
  CHECK(store::read_schema_version(store::Environment::open_any_version(copy, registry::kSchema)->read()) ==
        1);
}

TEST_CASE("a dry run says what would change and changes nothing") {
  OldStore old;
  const auto environment = old.open();
  const auto before = support::dump(environment->read());
  MigrationRequest request = old.request();
  request.dry_run = true;
  CHECK(migrate(*environment, old.store.vault, request).value().steps[0].changed == 7);
  CHECK(support::dump(environment->read()) == before);
  CHECK_FALSE(std::filesystem::exists(request.copy));
}

TEST_CASE("an upgrade revokes what lies on a lapsed card and logs it; a dry run counts it alone") {
  OldStore old;
  const auto environment = old.open();
  leave_on_lapsed_card(old.store, *environment);
  MigrationRequest request = old.request();
  request.dry_run = true;
  CHECK(migrate(*environment, old.store.vault, request).value().steps[1].changed == 1);
  request.dry_run = false;
  CHECK(migrate(*environment, old.store.vault, request).value().steps[1].changed == 1);
  const auto snapshot = environment->read();
  const auto status = registry::find_status(snapshot, kOnLapsedCard);
  REQUIRE(status->revocation.has_value());
  CHECK(status->revocation->reason == pki::CrlReason::cessation_of_operation);
  const auto logged = store::find_audit_entry(snapshot, store::read_audit_head(snapshot).sequence - 1);
  REQUIRE(logged.has_value());
  CHECK(logged->action == "migrate differing");
  CHECK(logged->actor.operator_name == request.actor.operator_name);
  CHECK(store::verify_audit(snapshot).has_value());
}

TEST_CASE("a store is not migrated with another's key") {
  OldStore old;
  const auto environment = old.open();
  const store::Vault other(pki::SealingKey(1, pki::Bytes(32, 9)), pki::Rng::seeded(1));
  CHECK(migrate(*environment, other, old.request()).error().code == pki::Errc::conflict);
  CHECK(store::read_schema_version(environment->read()) == 1);
}

}  // namespace service
