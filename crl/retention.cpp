// From the oldest records of each scope on. All lists of a file were made at one moment, so a file of which a
// record is too old has none that is not; but it may have some that must stay.

#include "crl/retention.h"

#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "registry/actor.h"
#include "registry/crls.h"
#include "registry/issuers.h"

namespace crl {

namespace {

// Erasing takes some microseconds each; no other write should wait for more than a few milliseconds.
constexpr std::size_t kRecordsPerCommand = 1'000;

struct Outdated {
  std::vector<registry::CrlRecord> records;
  // Of the records that are as old and stay.
  std::set<std::string> needed_files;
};

// Lists with this number or a greater one are current or needed by what is.
std::uint64_t first_needed(const store::ReadTransaction& snapshot, const registry::CrlScope& scope) {
  std::uint64_t first = registry::kAnyCrlNumber;
  for (const registry::CrlKind kind : registry::kCrlKinds) {
    const auto current = registry::current_crl(snapshot, scope, kind);
    if (!current) continue;
    first = std::min(first, current->base_number.value_or(current->number));
    if (kind == registry::CrlKind::delta) continue;
    const auto regular = registry::regular_crl_below(snapshot, scope, kind, current->number);
    if (regular) first = std::min(first, regular->number);
  }
  return first;
}

void collect(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
             const Retention& retention, pki::Time now, Outdated& outdated) {
  const std::uint64_t needed = first_needed(snapshot, scope);
  for (const registry::CrlKind kind : registry::kCrlKinds) {
    const pki::Time limit = now - (kind == registry::CrlKind::delta ? retention.delta : retention.complete);
    for (registry::CrlRecord& record : registry::crls_before(snapshot, scope, kind, limit)) {
      if (record.number >= needed)
        outdated.needed_files.insert(record.file);
      else
        outdated.records.push_back(std::move(record));
    }
  }
}

pki::Result<void> erase(store::Writer& writer, registry::IssuerId issuer,
                        std::span<const registry::CrlRecord> records) {
  store::Command command{.actor = registry::system_actor("publisher"), .action = "crl retention", .run = {}};
  command.run = [&](store::CommandContext& context) -> pki::Result<void> {
    for (const registry::CrlRecord& record : records)
      registry::erase_crl(context.transaction, record);
    context.subjects = {"crl " + to_string(issuer)};
    return {};
  };
  return writer.execute(std::move(command));
}

pki::Result<Removal> remove_of_issuer(const RemovalSetting& setting, registry::IssuerId issuer,
                                      pki::Time now) {
  Outdated outdated;
  {
    const store::ReadTransaction snapshot = setting.environment.read();
    collect(snapshot, {issuer, pki::kWholeGeneration}, setting.retention, now, outdated);
    for (const pki::DistributionPoint point : registry::points_of(snapshot, issuer))
      collect(snapshot, {issuer, point}, setting.retention, now, outdated);
  }
  Removal removal;
  std::set<std::string> files;
  for (std::span<const registry::CrlRecord> rest(outdated.records); !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kRecordsPerCommand));
    TRY(erase(setting.writer, issuer, some));
    for (const registry::CrlRecord& record : some)
      files.insert(record.file);
    removal.records += some.size();
    rest = rest.subspan(some.size());
  }
  // A death before the last file leaves an orphan, which the next start sweeps.
  for (const std::string& file : files)
    if (!outdated.needed_files.contains(file))
      removal.files += std::filesystem::remove(setting.folder / to_string(issuer) / file) ? 1U : 0U;
  return removal;
}

}  // namespace

pki::Result<Removal> remove_outdated(const RemovalSetting& setting, pki::Time now) {
  Removal all;
  std::vector<registry::Issuer> issuers = registry::all_issuers(setting.environment.read());
  for (const registry::Issuer& issuer : issuers) {
    if (issuer.id.ca == pki::CaName::operations) continue;
    TRY_ASSIGN(const Removal removal, remove_of_issuer(setting, issuer.id, now));
    all.records += removal.records;
    all.files += removal.files;
  }
  return all;
}

}  // namespace crl
