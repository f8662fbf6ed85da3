// Entry by entry, and part by part for a list of millions.

#include "crl/check_entries.h"

#include <algorithm>
#include <utility>

#include "crl/authority_list.h"
#include "pki/serial_number.h"
#include "registry/certificates.h"

namespace crl {

namespace {

pki::Error differs(std::string what) {
  return pki::fail(pki::Errc::internal, std::move(what));
}

std::string invalid_since(const std::optional<pki::Time>& date) {
  return date ? ", invalid since " + pki::to_rfc3339(*date) : "";
}

// Compares what the list has next with what the registry says.
class EntryComparison final {
 public:
  EntryComparison(pki::ByteView entries, registry::InvalidityDates dates) : reader_(entries), dates_(dates) {}

  pki::Result<void> expect(pki::SerialNumber serial, const registry::Revocation& revocation) {
    ++count_;
    if (const DecodedEntry* entry = reader_.next_usual()) {
      if (says(*entry, serial, revocation)) return {};
      return wrong(*entry, serial, revocation);
    }
    TRY_ASSIGN(const std::optional<DecodedEntry> entry, reader_.next());
    if (!entry) return differs("serial " + to_string(serial) + " is missing at the end");
    if (says(*entry, serial, revocation)) return {};
    return wrong(*entry, serial, revocation);
  }

  // For an entry that may be there or not.
  void allow(pki::SerialNumber serial, const registry::Revocation& revocation) {
    const EntryReader before = reader_;
    const auto entry = reader_.next();
    if (entry && *entry && says(**entry, serial, revocation))
      ++count_;
    else
      reader_ = before;
  }

  // How many were compared, when nothing is left.
  pki::Result<std::uint64_t> finish() {
    TRY_ASSIGN(const std::optional<DecodedEntry> entry, reader_.next());
    if (entry)
      return differs("the list has more entries than the registry, from serial 0x" +
                     pki::to_hex(entry->serial));
    return count_;
  }

 private:
  [[nodiscard]] bool says(const DecodedEntry& entry, pki::SerialNumber serial,
                          const registry::Revocation& revocation) const {
    const bool is_dated = revocation.invalidity_date && dates_ == registry::InvalidityDates::given;
    if (entry.invalidity_date != (is_dated ? revocation.invalidity_date : std::nullopt)) return false;
    return pki::serial_from_content(entry.serial) == serial && entry.revocation_date == revocation.date &&
           entry.reason.value_or(pki::CrlReason::unspecified) == revocation.reason;
  }

  [[nodiscard]] pki::Error wrong(const DecodedEntry& entry, pki::SerialNumber serial,
                                 const registry::Revocation& revocation) const {
    const pki::CrlReason reason = entry.reason.value_or(pki::CrlReason::unspecified);
    return differs("entry " + std::to_string(count_) + " is serial 0x" + pki::to_hex(entry.serial) + " (" +
                   std::string(to_string(reason)) + ", " + pki::to_rfc3339(entry.revocation_date) +
                   invalid_since(entry.invalidity_date) + "), the registry says serial " + to_string(serial) +
                   " (" + std::string(to_string(revocation.reason)) + ", " +
                   pki::to_rfc3339(revocation.date) + invalid_since(revocation.invalidity_date) + ")");
  }

  EntryReader reader_;
  registry::InvalidityDates dates_;
  std::uint64_t count_ = 0;
};

// A certificate that expired before the complete CRL before was made has been on a list since, and is left
// out.
pki::Time oldest_not_after(const ListClaim& claim) {
  const pki::Time now = claim.record.this_update;
  return claim.previous_complete ? std::min(claim.previous_complete->this_update, now) : now;
}

// All of `entries` against all of `state`; how many they are.
pki::Result<std::uint64_t> compare_all(const ListClaim& claim, pki::ByteView entries, StateAt& state) {
  const pki::Time oldest = oldest_not_after(claim);
  EntryComparison comparison(entries, claim.record.invalidity_dates);
  while (const registry::RevokedEntry* entry = state.next())
    if (entry->not_after >= oldest)
      TRY(comparison.expect(entry->serial, entry->revocation));
    else if (claim.age == ListAge::oldest_kept)
      comparison.allow(entry->serial, entry->revocation);
  return comparison.finish();
}

pki::Result<void> check_count(const ListClaim& claim, std::uint64_t count) {
  if (count != claim.record.entries) return differs("the recorded count of entries is wrong");
  return {};
}

pki::Result<void> check_complete_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                         const DecodedCrl& crl) {
  const registry::CrlScope& scope = claim.record.scope;
  const StatesBefore undone = states_before_changes(snapshot, scope, claim.record.sequence);
  StateAt state(snapshot, scope, undone);
  TRY_ASSIGN(const std::uint64_t count, compare_all(claim, crl.entries, state));
  return check_count(claim, count);
}

pki::Result<void> check_delta_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                      const DecodedCrl& crl) {
  EntryComparison comparison(crl.entries, claim.record.invalidity_dates);
  for (const ExpectedEntry& entry : expected_delta(snapshot, claim.record, *claim.previous_complete))
    TRY(comparison.expect(entry.serial, entry.revocation));
  TRY_ASSIGN(const std::uint64_t count, comparison.finish());
  return check_count(claim, count);
}

// Every compromise that was recorded before the list was made, and none that was not: of those of the same
// second the list may know or not.
pki::Result<void> check_authority_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                          const DecodedCrl& crl) {
  const pki::Time oldest = oldest_not_after(claim);
  EntryReader reader(crl.entries);
  TRY_ASSIGN(std::optional<DecodedEntry> entry, reader.next());
  std::uint64_t count = 0;
  for (const RevokedAuthority& revoked : revoked_authorities(snapshot, claim.record.scope.issuer.ca)) {
    const bool is_listed = entry && pki::serial_from_content(entry->serial) == revoked.serial;
    const bool must_be = revoked.revocation_date < claim.record.this_update && revoked.not_after >= oldest;
    if (must_be && !is_listed) return differs("CA certificate " + to_string(revoked.serial) + " is missing");
    if (!is_listed) continue;
    if (entry->revocation_date != revoked.revocation_date || entry->reason != pki::CrlReason::ca_compromise)
      return differs("the entry of CA certificate " + to_string(revoked.serial) + " is not the recorded one");
    ++count;
    TRY_ASSIGN(entry, reader.next());
  }
  if (entry) return differs("serial 0x" + pki::to_hex(entry->serial) + " is no revoked CA certificate");
  return check_count(claim, count);
}

}  // namespace

pki::Result<void> check_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                const DecodedCrl& crl) {
  switch (claim.record.kind) {
    case registry::CrlKind::complete:
      return check_complete_entries(snapshot, claim, crl);
    case registry::CrlKind::delta:
      return check_delta_entries(snapshot, claim, crl);
    case registry::CrlKind::authority:
      return check_authority_entries(snapshot, claim, crl);
  }
  return differs("it is of an unknown kind");
}

EntriesInParts::EntriesInParts(std::span<const store::ReadTransaction> snapshots, const ListClaim& claim,
                               pki::ByteView entries, std::span<const EntryCut> cuts)
    : snapshots_(snapshots),
      claim_(claim),
      undone_(states_before_changes(snapshots.front(), claim.record.scope, claim.record.sequence)) {
  auto parts = cut(entries, cuts);
  if (parts)
    parts_ = std::move(*parts);
  else
    wrong_ = std::move(parts).error();
}

// The first part begins with the list and with the first point, each ends where the next begins, the last
// with both: so they cover everything once, whatever the cuts are.
pki::Result<std::vector<EntriesInParts::Part>> EntriesInParts::cut(pki::ByteView entries,
                                                                   std::span<const EntryCut> cuts) const {
  if (cuts.empty()) return std::vector<Part>{{PointRange{}, entries}};
  std::vector<Part> parts;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const std::uint64_t begin = i == 0 ? 0 : cuts[i].begin;
    const std::uint64_t end = i + 1 < cuts.size() ? cuts[i + 1].begin : entries.size();
    Part part;
    if (i > 0) part.points.first = cuts[i].first;
    if (i + 1 < cuts.size()) part.points.end = cuts[i + 1].first;
    const bool is_forward =
        begin <= end && end <= entries.size() && (!part.points.end || part.points.first < *part.points.end);
    if (!is_forward) return differs("the parts in which the list was written do not follow one another");
    part.entries = entries.subspan(begin, end - begin);
    parts.push_back(part);
  }
  return parts;
}

void EntriesInParts::compare(std::size_t thread) {
  for (std::size_t i = next_++; i < parts_.size(); i = next_++) {
    const Part& part = parts_[i];
    StateAt state(snapshots_[thread], claim_.record.scope.issuer, part.points, undone_);
    auto compared = compare_all(claim_, part.entries, state);
    if (compared) {
      count_ += *compared;
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (!wrong_)
      wrong_ = differs("from distribution point " + to_string(part.points.first) + " on, " +
                       compared.error().detail);
    return;
  }
}

pki::Result<void> EntriesInParts::verdict() const {
  if (wrong_) return *wrong_;
  return check_count(claim_, count_);
}

}  // namespace crl
