// Each look walks one table or two; what cannot be read is a finding and stops no other.

#include "service/check.h"

#include <array>
#include <optional>

#include "law/due.h"
#include "registry/certificates.h"
#include "registry/due.h"
#include "registry/issuance.h"
#include "registry/issuers.h"
#include "registry/list_rows.h"
#include "registry/residents.h"
#include "registry/retention.h"
#include "registry/unissued.h"
#include "service/config.h"
#include "service/vault_opening.h"
#include "store/audit.h"
#include "store/log_check.h"
#include "store/postgres_log.h"
#include "store/write_time.h"

namespace service {

namespace {

registry::CertificateId certificate_of(pki::ByteView key) {
  registry::Fields fields(key);
  const registry::IssuerId issuer = fields.issuer();
  return {issuer, {fields.u64()}};
}

// The row from which the lists are made, when there is one.
std::optional<registry::RevokedEntry> find_list_row(const store::ReadTransaction& snapshot,
                                                    const registry::CertificateId& id,
                                                    pki::DistributionPoint point) {
  auto rows = registry::list_row_of(snapshot, id, point);
  if (!rows.valid()) return std::nullopt;
  return rows.row();
}

bool says_the_same(const registry::RevokedEntry& entry, const registry::Status& status) {
  return entry.revocation == status.revocation && entry.not_after == status.not_after &&
         entry.sequence == status.sequence;
}

// Retention takes the rows of certificates that have long ended.
bool may_have_left(const store::ReadTransaction& snapshot, const registry::Status& status) {
  const auto last = store::last_write_time(snapshot);
  return last && status.not_after + registry::kRevocationMargin < *last;
}

// Every row fits its check, and what is not good stands in `revoked` as it is.
std::uint64_t look_at_status(const LookContext& context) {
  std::uint64_t count = 0;
  store::Cursor cursor = context.snapshot.cursor(registry::tables::status);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next(), ++count) {
    const registry::CertificateId id = certificate_of(cursor.key());
    try {
      const auto status = registry::find_status(context.snapshot, id);
      const auto listed = find_list_row(context.snapshot, id, status->point);
      if (status->revocation && !listed && !may_have_left(context.snapshot, *status))
        context.report(to_string(id) + " is not good and on no list");
      if (!status->revocation && listed) context.report(to_string(id) + " is good and on a list");
      if (status->revocation && listed && !says_the_same(*listed, *status))
        context.report(to_string(id) + " is on the lists with something else than its status");
    } catch (const store::Corruption&) {
      context.report("the status of " + to_string(id) + " is damaged");
    }
  }
  return count;
}

// The sums that publication compares, and the two tables of changes.
std::uint64_t look_at_list_rows(const LookContext& context) {
  std::uint64_t count = 0;
  for (const registry::Issuer& issuer : registry::all_issuers(context.snapshot)) {
    if (!registry::are_revoked_rows_whole(context.snapshot, issuer.id))
      context.report("rows of revoked certificates of " + to_string(issuer.id) + " are damaged or missing");
    if (!registry::are_changes_whole(context.snapshot, issuer.id, 0))
      context.report("changes of " + to_string(issuer.id) + " are damaged or missing");
    ++count;
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

registry::Key key_of(const registry::DueEntry& due) {
  return registry::Key().time(due.at).u8(static_cast<std::uint64_t>(due.cause)).u64(due.resident.value);
}

std::uint64_t look_at_residents(const LookContext& context) {
  std::uint64_t count = 0;
  for (registry::ResidentCursor rows(context.snapshot, context.vault); rows.valid(); rows.next(), ++count) {
    const auto resident = rows.resident();
    if (!resident) {
      context.report("the record of resident " + to_string(rows.id()) + " does not open");
      continue;
    }
    // What comes due is found by this index alone.
    for (const registry::DueEntry& due : law::dues_of(*resident))
      if (!context.snapshot.get(registry::tables::due, key_of(due)))
        context.report("a clock of resident " + to_string(rows.id()) + " is not in the index of clocks");
  }
  return count;
}

std::uint64_t look_at_certificates(const LookContext& context) {
  std::uint64_t count = 0;
  store::Cursor cursor = context.snapshot.cursor(registry::tables::certificates);
  for (cursor.seek_to_first(); cursor.valid(); cursor.next(), ++count) {
    const registry::CertificateId id = certificate_of(cursor.key());
    try {
      const auto certificate = registry::find_certificate(context.snapshot, context.vault, id);
      // What happens to a holder reaches the certificates that stand here.
      const registry::Key holding = registry::Key()
                                        .u64(certificate->resident.value)
                                        .u8(static_cast<std::uint64_t>(certificate->kind))
                                        .certificate(id);
      if (!context.snapshot.get(registry::tables::holdings, holding))
        context.report("the certificate " + to_string(id) + " is missing among its holder's");
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
    Look{"lists", "the rows from which lists are made are those that were written", look_at_list_rows},
    Look{"serials", "every serial that was given has a status, or stands on no certificate",
         look_for_missing},
    Look{"residents", "every resident's record opens, and its clocks are in the index", look_at_residents},
    Look{"certificates", "every certificate's record opens, has a status and stands with its holder",
         look_at_certificates},
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

// Of a machine of a cluster, whichever leads.
LookResult look_at_log(store::Log& log, const store::LogPosition& position) {
  LookResult result;
  result.name = "log";
  result.what = "the chain of the log in PostgreSQL, and this store's row in it";
  const auto checked = store::check_log(log, position);
  if (checked.has_value()) {
    result.looked_at = checked->last == 0 ? 0 : checked->last - checked->first + 1;
  } else {
    result.findings.push_back(checked.error().text());
    result.found = 1;
  }
  return result;
}

pki::Result<std::vector<LookResult>> check_folder(const DataFolder& data) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  const auto environment = store::Environment::open_beside(
      {.directory = data.store(), .map_bytes = config.map_bytes}, registry::kSchema);
  std::vector<LookResult> results;
  std::optional<store::LogPosition> position;
  {
    const auto snapshot = environment->read();
    TRY_ASSIGN(const auto vault, open_vault(data, snapshot));
    results = check_store(snapshot, *vault);
    position = store::read_log_position(snapshot);
  }
  if (position && !config.cluster.log.empty()) {
    const auto log = store::open_postgres_log({.connection = config.cluster.log}, pki::Rng::system());
    results.push_back(look_at_log(*log, *position));
  }
  return results;
}

}  // namespace service
