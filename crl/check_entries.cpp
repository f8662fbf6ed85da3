// Entry by entry, and part by part for a list of millions.

#include "crl/check_entries.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "crl/arl.h"
#include "pki/messages/crl.h"
#include "pki/serial_number.h"
#include "registry/certificates.h"

namespace crl {

namespace {

pki::Message facts_of(pki::CrlReason reason, pki::Time date, const std::optional<pki::Time>& invalid_since) {
  if (!invalid_since) return {messages::entry_facts, to_string(reason), pki::to_rfc3339(date)};
  return {messages::entry_facts_invalid, to_string(reason), pki::to_rfc3339(date),
          pki::to_rfc3339(*invalid_since)};
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
    if (!entry) return differs({messages::serial_missing, to_string(serial)});
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
    if (entry) return differs({messages::more_entries, pki::to_hex(entry->serial)});
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
    return differs({messages::entry_differs, std::to_string(count_), pki::to_hex(entry.serial),
                    facts_of(reason, entry.revocation_date, entry.invalidity_date), to_string(serial),
                    facts_of(revocation.reason, revocation.date, revocation.invalidity_date)});
  }

  EntryReader reader_;
  registry::InvalidityDates dates_;
  std::uint64_t count_ = 0;
};

// A certificate that expired before the last regular list was made has been on a list since, and is left out.
pki::Time oldest_not_after(const ListClaim& claim) {
  if (claim.record.oldest_not_after) return *claim.record.oldest_not_after;
  const pki::Time now = claim.record.this_update;
  return claim.previous_complete ? std::min(claim.previous_complete->this_update, now) : now;
}

// A record that says what its list leaves out must not leave out what has not been on a regular list since
// its expiry: of its own key, and of every key that signed the same list.
pki::Result<void> check_oldest(const store::ReadTransaction& snapshot, const ListClaim& claim) {
  const registry::CrlRecord& record = claim.record;
  if (!record.oldest_not_after) return {};
  const auto is_early_enough = [&](const std::optional<registry::CrlRecord>& regular) {
    return *record.oldest_not_after <= (regular ? regular->this_update : record.this_update);
  };
  bool is_right = *record.oldest_not_after <= record.this_update && is_early_enough(claim.previous_complete);
  for (const std::uint8_t generation : registry::generations_of(snapshot, record.scope)) {
    const registry::CrlScope other{{record.scope.issuer.ca, generation}, record.scope.point};
    if (!registry::find_crl(snapshot, other, record.kind, record.number)) continue;
    is_right =
        is_right && is_early_enough(registry::regular_crl_below(snapshot, other, record.kind, record.number));
  }
  if (is_right) return {};
  return differs(messages::leaves_out_expired);
}

// Whether lists of this kind speak of CA certificates, too.
bool lists_authorities(const registry::CrlRecord& record) {
  return record.scope.point.is_whole_generation() && record.meaning == registry::CrlMeaning::name;
}

// The CA certificates that a complete list or a list of CAs begins with: every compromise that was recorded
// before the list was made, and none that was not; of those of the same second the list may know or not.
pki::Result<void> compare_authorities(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                      EntryComparison& comparison) {
  const pki::Time oldest = oldest_not_after(claim);
  for (const RevokedCaCertificate& revoked :
       revoked_ca_certificates(snapshot, claim.record.scope.issuer.ca)) {
    const registry::Revocation revocation{revoked.revocation_date, pki::CrlReason::ca_compromise};
    const bool may_be_out = revoked.not_after < oldest && claim.age != ListAge::oldest_kept;
    if (revoked.revocation_date > claim.record.this_update || may_be_out) continue;
    if (revoked.revocation_date < claim.record.this_update && revoked.not_after >= oldest)
      TRY(comparison.expect(revoked.serial, revocation));
    else
      comparison.allow(revoked.serial, revocation);
  }
  return {};
}

// All of `state` against what `comparison` has next.
pki::Result<void> compare_state(const ListClaim& claim, EntryComparison& comparison, StateAt& state) {
  const pki::Time oldest = oldest_not_after(claim);
  while (const registry::RevokedEntry* entry = state.next())
    if (entry->not_after >= oldest)
      TRY(comparison.expect(entry->serial, entry->revocation));
    else if (claim.age == ListAge::oldest_kept && !claim.record.oldest_not_after)
      comparison.allow(entry->serial, entry->revocation);
  return {};
}

pki::Result<void> check_count(const ListClaim& claim, std::uint64_t count) {
  if (count != claim.record.entries) return differs(messages::count_differs);
  return {};
}

pki::Result<void> check_complete_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                         const DecodedCrl& crl) {
  const registry::CrlRecord& record = claim.record;
  TRY(check_oldest(snapshot, claim));
  EntryComparison comparison(crl.entries, record.invalidity_dates);
  if (lists_authorities(record)) TRY(compare_authorities(snapshot, claim, comparison));
  const std::vector<StatesBefore> undone = states_before_changes(snapshot, record.scope, record.covered);
  StateAt state(snapshot, record.scope, record.covered, undone);
  TRY(compare_state(claim, comparison, state));
  TRY_ASSIGN(const std::uint64_t count, comparison.finish());
  return check_count(claim, count);
}

// An entry that a delta must have, or may have.
struct DeltaEntry {
  ExpectedEntry entry;
  bool is_optional = false;
};

// The CA certificates that were revoked after the base was made. Of those of the second of either list it is
// not known on which side of it they were recorded.
std::vector<DeltaEntry> authorities_since(const store::ReadTransaction& snapshot, const ListClaim& claim) {
  std::vector<DeltaEntry> entries;
  const pki::Time base = claim.previous_complete->this_update, now = claim.record.this_update;
  for (const RevokedCaCertificate& revoked :
       revoked_ca_certificates(snapshot, claim.record.scope.issuer.ca)) {
    const pki::Time date = revoked.revocation_date;
    if (date < base || date > now) continue;
    entries.push_back({{revoked.serial, {date, pki::CrlReason::ca_compromise}}, date == base || date == now});
  }
  return entries;
}

pki::Result<void> check_delta_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                      const DecodedCrl& crl) {
  std::vector<DeltaEntry> expected;
  for (const ExpectedEntry& entry : expected_delta(snapshot, claim.record, *claim.previous_complete))
    expected.push_back({entry});
  if (lists_authorities(claim.record))
    std::ranges::move(authorities_since(snapshot, claim), std::back_inserter(expected));
  std::ranges::sort(expected, {}, [](const DeltaEntry& one) { return one.entry.serial; });
  EntryComparison comparison(crl.entries, claim.record.invalidity_dates);
  for (const auto& [entry, is_optional] : expected)
    if (is_optional)
      comparison.allow(entry.serial, entry.revocation);
    else
      TRY(comparison.expect(entry.serial, entry.revocation));
  TRY_ASSIGN(const std::uint64_t count, comparison.finish());
  return check_count(claim, count);
}

pki::Result<void> check_authority_entries(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                          const DecodedCrl& crl) {
  TRY(check_oldest(snapshot, claim));
  EntryComparison comparison(crl.entries, claim.record.invalidity_dates);
  TRY(compare_authorities(snapshot, claim, comparison));
  TRY_ASSIGN(const std::uint64_t count, comparison.finish());
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
    case registry::CrlKind::arl:
      return check_authority_entries(snapshot, claim, crl);
  }
  return differs(messages::kind_unknown);
}

pki::Result<void> check_entries_like(const store::ReadTransaction& snapshot, const ListClaim& claim,
                                     const DecodedCrl& crl, const CheckedEntries& checked) {
  if (claim.record.kind != registry::CrlKind::delta) TRY(check_oldest(snapshot, claim));
  if (!pki::equal(crl.entries, checked.content)) return differs(messages::entries_unlike_other_key);
  return check_count(claim, checked.claim.record.entries);
}

EntriesInParts::EntriesInParts(std::span<const store::ReadTransaction> snapshots, const ListClaim& claim,
                               pki::ByteView entries, std::span<const EntryCut> cuts)
    : snapshots_(snapshots),
      claim_(claim),
      undone_(states_before_changes(snapshots.front(), claim.record.scope, claim.record.covered)) {
  if (auto oldest = check_oldest(snapshots.front(), claim); oldest.has_error())
    wrong_ = std::move(oldest).error();
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
    if (!is_forward) return differs(messages::parts_unordered);
    part.entries = entries.subspan(begin, end - begin);
    parts.push_back(part);
  }
  return parts;
}

pki::Result<std::uint64_t> EntriesInParts::compare_part(const store::ReadTransaction& snapshot,
                                                        const Part& part) const {
  EntryComparison comparison(part.entries, claim_.record.invalidity_dates);
  const bool is_first = part.points.first == pki::kWholeGeneration;
  if (is_first && lists_authorities(claim_.record)) TRY(compare_authorities(snapshot, claim_, comparison));
  StateAt state(snapshot, claim_.record.scope.issuer.ca, claim_.record.covered, part.points, undone_);
  TRY(compare_state(claim_, comparison, state));
  return comparison.finish();
}

void EntriesInParts::compare(std::size_t thread) {
  for (std::size_t i = next_++; i < parts_.size(); i = next_++) {
    const Part& part = parts_[i];
    auto compared = compare_part(snapshots_[thread], part);
    if (compared) {
      count_ += *compared;
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (!wrong_)
      wrong_ = differs({messages::from_point_on, to_string(part.points.first), compared.error().message});
    return;
  }
}

pki::Result<void> EntriesInParts::verdict() const {
  if (wrong_) return *wrong_;
  return check_count(claim_, count_);
}

}  // namespace crl
