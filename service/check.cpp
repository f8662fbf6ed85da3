// Each look walks one table or two; what cannot be read is a finding and stops no other.

#include "service/check.h"

#include <array>

#include "registry/certificates.h"
#include "registry/issuance.h"
#include "registry/issuers.h"
#include "registry/residents.h"
#include "registry/unissued.h"
#include "service/config.h"
#include "service/vault_opening.h"
#include "store/audit.h"

namespace service {

namespace {

registry::CertificateId certificate_of(pki::ByteView key) {
  registry::Fields fields(key);
  const registry::IssuerId issuer = fields.issuer();
  return {issuer, {fields.u64()}};
}

// Every row fits its check, and what is not good stands in `revoked`.
std::uint64_t look_at_status(const LookContext& context) {
  std::uint64_t count = 0;
  store::Cursor cursor = context.snapshot.cursor(registry::tables::status);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next(), ++count) {
    const registry::CertificateId id = certificate_of(cursor.key());
    try {
      const auto status = registry::find_status(context.snapshot, id);
      const bool listed =
          context.snapshot
              .get(registry::tables::revoked,
                   registry::Key().issuer(id.issuer).point(status->point).u64(id.serial.value))
              .has_value();
      if (status->revocation && !listed) context.report(to_string(id) + " is not good and on no list");
      if (!status->revocation && listed) context.report(to_string(id) + " is good and on a list");
    } catch (const store::Corruption&) {
      context.report("the status of " + to_string(id) + " is damaged");
    }
  }
  return count;
}

std::uint64_t look_for_missing(const LookContext& context) {
  std::uint64_t count = 0;
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth}) {
    for (const registry::SerialRange range : registry::missing_statuses(context.snapshot, ca))
      context.report("the status of " + std::string(pki::to_string(ca)) + " serials " +
                     std::to_string(range.first) + " to " + std::to_string(range.last) + " is missing");
    ++count;
  }
  return count;
}

std::uint64_t look_at_residents(const LookContext& context) {
  std::uint64_t count = 0;
  for (registry::ResidentCursor rows(context.snapshot, context.vault); rows.valid(); rows.next(), ++count)
    if (!rows.resident()) context.report("the record of resident " + to_string(rows.id()) + " does not open");
  return count;
}

std::uint64_t look_at_certificates(const LookContext& context) {
  std::uint64_t count = 0;
  store::Cursor cursor = context.snapshot.cursor(registry::tables::certificates);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next(), ++count) {
    const registry::CertificateId id = certificate_of(cursor.key());
    try {
      static_cast<void>(registry::find_certificate(context.snapshot, context.vault, id));
      if (!context.snapshot.get(registry::tables::status, cursor.key()))
        context.report("the certificate " + to_string(id) + " has no status");
    } catch (const store::Corruption&) {
      context.report("the record of the certificate " + to_string(id) + " does not open");
    }
  }
  return count;
}

std::uint64_t look_at_audit(const LookContext& context) {
  const auto verified = store::verify_audit(context.snapshot);
  if (verified.has_error()) context.report(verified.error().text());
  return context.snapshot.count(store::tables::audit);
}

constexpr std::array kLooks = {
    Look{"status", "every status row fits its check and the table of revoked ones", look_at_status},
    Look{"serials", "every serial that was given has a status, or stands on no certificate",
         look_for_missing},
    Look{"residents", "every resident's record opens", look_at_residents},
    Look{"certificates", "every certificate's record opens and has a status", look_at_certificates},
    Look{"audit", "the chain of the audit log", look_at_audit},
};

}  // namespace

std::vector<LookResult> check_store(const store::ReadTransaction& snapshot, const store::Vault& vault) {
  std::vector<LookResult> results;
  for (const Look& look : kLooks) {
    LookResult result;
    result.name = look.name;
    result.what = look.what;
    const std::function<void(std::string)> report = [&](std::string finding) {
      if (result.findings.size() < kFindingsKept) result.findings.push_back(std::move(finding));
      ++result.found;
    };
    try {
      result.looked_at = look.run({.snapshot = snapshot, .vault = vault, .report = report});
    } catch (const std::exception& error) {
      report(error.what());
    }
    results.push_back(std::move(result));
  }
  return results;
}

pki::Result<std::vector<LookResult>> check_folder(const DataFolder& data) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  const auto environment = store::Environment::open_beside(
      {.directory = data.store(), .map_bytes = config.map_bytes}, registry::kSchema);
  const auto snapshot = environment->read();
  TRY_ASSIGN(const auto vault, open_vault(data, snapshot));
  return check_store(snapshot, *vault);
}

}  // namespace service
