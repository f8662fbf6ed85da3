// Each look walks one table or two; what cannot be read is a finding and stops no other.

#include "service/check.h"

#include <array>
#include <optional>

#include "law/due.h"
#include "pki/messages/service.h"
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
        context.report({messages::on_no_list, to_string(id)});
      if (!status->revocation && listed) context.report({messages::good_but_listed, to_string(id)});
      if (status->revocation && listed && !says_the_same(*listed, *status))
        context.report({messages::listed_otherwise, to_string(id)});
    } catch (const store::Corruption&) {
      context.report({messages::status_damaged, to_string(id)});
    }
  }
  return count;
}

// The sums that publication compares, and the two tables of changes.
std::uint64_t look_at_list_rows(const LookContext& context) {
  std::uint64_t count = 0;
  for (const registry::Issuer& issuer : registry::all_issuers(context.snapshot)) {
    if (!registry::are_revoked_rows_whole(context.snapshot, issuer.id))
      context.report({messages::list_rows_damaged, to_string(issuer.id)});
    if (!registry::are_changes_whole(context.snapshot, issuer.id, 0))
      context.report({messages::changes_damaged, to_string(issuer.id)});
    ++count;
  }
  return count;
}

std::uint64_t look_for_missing(const LookContext& context) {
  std::uint64_t count = 0;
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth}) {
    for (const registry::SerialRange range : registry::missing_statuses(context.snapshot, ca))
      context.report({messages::status_missing, pki::to_string(ca), std::to_string(range.first),
                      std::to_string(range.last)});
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
      context.report({messages::resident_does_not_open, to_string(rows.id())});
      continue;
    }
    // What comes due is found by this index alone.
    for (const registry::DueEntry& due : law::dues_of(*resident))
      if (!context.snapshot.get(registry::tables::due, key_of(due)))
        context.report({messages::clock_not_in_index, to_string(rows.id())});
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
        context.report({messages::certificate_without_holding, to_string(id)});
      if (!context.snapshot.get(registry::tables::status, cursor.key()))
        context.report({messages::certificate_without_status, to_string(id)});
    } catch (const store::Corruption&) {
      context.report({messages::certificate_does_not_open, to_string(id)});
    }
  }
  return count;
}

std::uint64_t look_at_audit(const LookContext& context) {
  const auto verified = store::verify_audit(context.snapshot);
  if (verified.has_error()) context.report(verified.error().message);
  return context.snapshot.count(store::tables::audit);
}

constexpr std::array kLooks = {
    Look{"status", messages::look_status, look_at_status},
    Look{"lists", messages::look_lists, look_at_list_rows},
    Look{"serials", messages::look_serials, look_for_missing},
    Look{"residents", messages::look_residents, look_at_residents},
    Look{"certificates", messages::look_certificates, look_at_certificates},
    Look{"audit", messages::look_audit, look_at_audit},
};

}  // namespace

std::vector<LookResult> check_store(const store::ReadTransaction& snapshot, const store::Vault& vault) {
  std::vector<LookResult> results;
  for (const Look& look : kLooks) {
    LookResult result;
    result.name = look.name;
    result.what = look.what;
    const std::function<void(pki::Message)> report = [&](pki::Message finding) {
      if (result.findings.size() < kFindingsKept) result.findings.push_back(std::move(finding));
      ++result.found;
    };
    try {
      result.looked_at = look.run({.snapshot = snapshot, .vault = vault, .report = report});
    } catch (const std::exception& error) {
      report(pki::message_of(error));
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
