// The fact, its reading, and the filling in.

#include "registry/compromise.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace registry {

namespace {

Issuer require_compromised(const store::ReadTransaction& transaction, IssuerId id) {
  auto issuer = find_issuer(transaction, id);
  if (!issuer || !issuer->compromise)
    throw std::logic_error("rows are filled in for " + to_string(id) + ", whose key is not compromised");
  return std::move(*issuer);
}

// The greatest serial of the generation that has a status, and the least; 0 without one.
std::uint64_t last_serial(const store::ReadTransaction& transaction, IssuerId issuer) {
  StatusCursor rows = statuses_of(transaction, issuer);
  rows.seek_to_last();
  return rows.valid() ? rows.row().id.serial.value : 0;
}

std::uint64_t first_serial(const store::ReadTransaction& transaction, IssuerId issuer) {
  const StatusCursor rows = statuses_of(transaction, issuer);
  return rows.valid() ? rows.row().id.serial.value : 0;
}

// A row that is to be filled in. Ordered as `revoked` and `point_changes` are: neighbours share pages there.
struct PendingRow {
  pki::DistributionPoint point;
  pki::SerialNumber serial;
  std::optional<Revocation> hold;

  friend bool operator<(const PendingRow& left, const PendingRow& right) {
    return std::pair(left.point.code, left.serial.value) < std::pair(right.point.code, right.serial.value);
  }
};

struct Batch {
  std::vector<PendingRow> pending;
  std::optional<pki::SerialNumber> last;
  bool at_end = true;  // No certificate follows `last`.
};

Batch read_batch(const store::ReadTransaction& transaction, const Issuer& issuer, std::size_t certificates) {
  Batch batch;
  StatusCursor rows = statuses_after(transaction, {issuer.id, issuer.compromise->filled_through});
  for (std::size_t seen = 0; rows.valid() && seen < certificates; rows.next(), ++seen) {
    const auto [id, status] = rows.row();
    batch.last = id.serial;
    if (!status.revocation || status.revocation->is_hold())
      batch.pending.push_back({status.point, id.serial, status.revocation});
  }
  batch.at_end = !rows.valid();
  return batch;
}

}  // namespace

Revocation revocation_under(const Compromise& compromise, const std::optional<Revocation>& before) {
  if (before && !before->is_hold()) return *before;
  return {before ? before->date : compromise.recorded_at, pki::CrlReason::ca_compromise};
}

bool is_compromised(const store::ReadTransaction& transaction, IssuerId id) {
  const auto issuer = find_issuer(transaction, id);
  return issuer && issuer->compromise;
}

std::optional<Status> effective_status(const store::ReadTransaction& transaction, const CertificateId& id) {
  auto status = find_status(transaction, id);
  // A row that says revoked for good says what holds; only the others are worth a second look-up.
  if (!status || (status->revocation && !status->revocation->is_hold())) return status;
  const auto issuer = find_issuer(transaction, id.issuer);
  if (!issuer || !issuer->compromise) return status;
  status->revocation = revocation_under(*issuer->compromise, status->revocation);
  status->changed_at = issuer->compromise->recorded_at;
  return status;
}

void record_compromise(store::WriteTransaction& transaction, IssuerId id, pki::Time now) {
  auto issuer = find_issuer(transaction, id);
  if (!issuer || issuer->compromise)
    throw std::logic_error("a compromise of " + to_string(id) + ", which is absent or compromised already");
  issuer->compromise = Compromise{.recorded_at = now, .sequence = 1};
  put_issuer(transaction, *issuer);
}

FillingProgress progress_of(const store::ReadTransaction& transaction, const Issuer& issuer) {
  if (!issuer.compromise) return {};
  const Compromise& compromise = *issuer.compromise;
  FillingProgress progress{
      .filled = compromise.filled, .per_mille = 1000, .completed_at = compromise.completed_at};
  const std::uint64_t first = first_serial(transaction, issuer.id),
                      last = last_serial(transaction, issuer.id), done = compromise.filled_through.value;
  if (compromise.completed_at || done >= last) return progress;
  progress.per_mille =
      done < first ? 0 : static_cast<unsigned>((done - first + 1) * 1000 / (last - first + 1));
  return progress;
}

bool revoke_batch(store::WriteTransaction& transaction, IssuerId id, const FillingStep& step, pki::Time now) {
  Issuer issuer = require_compromised(transaction, id);
  Compromise& compromise = *issuer.compromise;
  if (compromise.completed_at) return true;
  // Read first: writing invalidates the position of a cursor.
  Batch batch = read_batch(transaction, issuer, step.batch);
  const std::size_t rows = std::min(step.rows, batch.pending.size());
  const auto end = batch.pending.begin() + static_cast<std::ptrdiff_t>(rows);
  std::partial_sort(batch.pending.begin(), end, batch.pending.end());
  for (auto row = batch.pending.begin(); row != end; ++row) {
    const CertificateId certificate{id, row->serial};
    record_revocation(transaction, certificate, revocation_under(compromise, row->hold), now);
    ++compromise.filled;
  }
  const bool is_through = rows == batch.pending.size();
  if (is_through && batch.last) compromise.filled_through = *batch.last;
  const bool is_complete = is_through && batch.at_end;
  if (is_complete) compromise.completed_at = now;
  put_issuer(transaction, issuer);
  return is_complete;
}

}  // namespace registry
