// Ranges that never touch or overlap, by their first serial.

#include "registry/unissued.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "registry/counters.h"
#include "registry/issuers.h"

namespace registry {

namespace {

Key ca_key(pki::CaName ca) {
  return Key().u8(static_cast<std::uint64_t>(ca));
}

void put(store::WriteTransaction& transaction, pki::CaName ca, SerialRange range) {
  transaction.put(tables::unissued, ca_key(ca).u64(range.first), Key().u64(range.last));
}

// The range with the greatest first serial that is not above `serial`.
std::optional<SerialRange> at_or_before(const store::ReadTransaction& transaction, pki::CaName ca,
                                        std::uint64_t serial) {
  store::Cursor cursor = transaction.cursor(tables::unissued, store::KeyRange::with_prefix(ca_key(ca)));
  // Serials end below the greatest number (pki/serial_number.h).
  cursor.seek_before(ca_key(ca).u64(serial + 1));
  if (!cursor.valid()) return std::nullopt;
  return SerialRange{pki::read_big_endian(cursor.key().subspan(1)), pki::read_big_endian(cursor.value())};
}

std::uint64_t last_taken(const store::ReadTransaction& transaction, pki::CaName ca) {
  return store::read_counter(transaction,
                             counter_key(CounterPurpose::serial).u8(static_cast<std::uint64_t>(ca)));
}

std::vector<IssuerId> generations_of(const store::ReadTransaction& transaction, pki::CaName ca) {
  std::vector<IssuerId> ids;
  for (const Issuer& issuer : all_issuers(transaction))
    if (issuer.id.ca == ca) ids.push_back(issuer.id);
  return ids;
}

// The serials of all generations that have a status row, in order.
class IssuedSerials final {
 public:
  IssuedSerials(const store::ReadTransaction& transaction, pki::CaName ca) {
    for (const IssuerId issuer : generations_of(transaction, ca)) {
      rows_.push_back(transaction.cursor(tables::status, store::KeyRange::with_prefix(Key().issuer(issuer))));
      rows_.back().seek_to_first();
    }
    choose();
  }

  [[nodiscard]] bool valid() const { return least_ != nullptr; }
  [[nodiscard]] std::uint64_t serial() const { return serial_of(*least_); }
  void next() {
    least_->next();
    choose();
  }

 private:
  static std::uint64_t serial_of(const store::Cursor& row) {
    return pki::read_big_endian(row.key().subspan(2));
  }
  void choose() {
    least_ = nullptr;
    for (store::Cursor& row : rows_)
      if (row.valid() && (least_ == nullptr || serial_of(row) < serial_of(*least_))) least_ = &row;
  }

  std::deque<store::Cursor> rows_;
  store::Cursor* least_ = nullptr;
};

// The runs of serials up to the last taken one that no certificate has, in order.
class Gaps final {
 public:
  Gaps(const store::ReadTransaction& transaction, pki::CaName ca)
      : issued_(transaction, ca), last_(last_taken(transaction, ca)) {
    next();
  }

  [[nodiscard]] bool valid() const { return gap_.first <= gap_.last; }
  [[nodiscard]] SerialRange gap() const { return gap_; }
  void next() {
    for (; issued_.valid() && issued_.serial() <= expected_; issued_.next())
      expected_ = std::max(expected_, issued_.serial() + 1);
    const std::uint64_t end = issued_.valid() ? std::min(issued_.serial() - 1, last_) : last_;
    gap_ = {expected_, end};
    expected_ = std::max(expected_, end + 1);
  }

 private:
  IssuedSerials issued_;
  std::uint64_t last_;
  std::uint64_t expected_ = 1;
  SerialRange gap_;
};

}  // namespace

void mark_unissued(store::WriteTransaction& transaction, pki::CaName ca, SerialRange range) {
  if (range.first > range.last) return;
  if (const auto before = at_or_before(transaction, ca, range.first);
      before && before->last + 1 == range.first) {
    transaction.erase(tables::unissued, ca_key(ca).u64(before->first));
    range.first = before->first;
  }
  const Key behind = ca_key(ca).u64(range.last + 1);
  if (const auto last = transaction.get(tables::unissued, behind)) {
    range.last = pki::read_big_endian(*last);
    transaction.erase(tables::unissued, behind);
  }
  put(transaction, ca, range);
}

void mark_issued(store::WriteTransaction& transaction, pki::CaName ca, std::uint64_t serial) {
  const auto range = at_or_before(transaction, ca, serial);
  if (!range || range->last < serial) return;
  if (range->first < serial)
    put(transaction, ca, {range->first, serial - 1});
  else
    transaction.erase(tables::unissued, ca_key(ca).u64(range->first));
  if (serial < range->last) put(transaction, ca, {serial + 1, range->last});
}

bool is_unissued(const store::ReadTransaction& transaction, pki::CaName ca, std::uint64_t serial) {
  const auto range = at_or_before(transaction, ca, serial);
  return range && serial <= range->last;
}

UnissuedCursor::UnissuedCursor(const store::ReadTransaction& transaction, pki::CaName ca, SerialRange within)
    : within_(within),
      cursor_(transaction.cursor(tables::unissued, store::KeyRange::with_prefix(ca_key(ca)))) {
  const auto before = at_or_before(transaction, ca, within.first);
  cursor_.seek(ca_key(ca).u64(before ? before->first : within.first));
  find();
}

void UnissuedCursor::next() {
  if (++rest_.first <= rest_.last) return;
  cursor_.next();
  find();
}

void UnissuedCursor::find() {
  for (; cursor_.valid(); cursor_.next()) {
    const std::uint64_t first = pki::read_big_endian(cursor_.key().subspan(1));
    const std::uint64_t last = pki::read_big_endian(cursor_.value());
    if (first > within_.last) break;
    rest_ = {std::max(first, within_.first), std::min(last, within_.last)};
    if (valid()) return;
  }
  rest_ = {1, 0};
}

bool is_status_missing(const store::ReadTransaction& transaction, const CertificateId& id) {
  const std::uint64_t serial = id.serial.value;
  if (serial == 0 || serial > last_taken(transaction, id.issuer.ca)) return false;
  if (is_unissued(transaction, id.issuer.ca, serial)) return false;
  return std::ranges::none_of(generations_of(transaction, id.issuer.ca), [&](IssuerId issuer) {
    return transaction.get(tables::status, Key().certificate({issuer, id.serial})).has_value();
  });
}

std::vector<SerialRange> missing_statuses(const store::ReadTransaction& transaction, pki::CaName ca) {
  std::vector<SerialRange> missing;
  store::Cursor unissued = transaction.cursor(tables::unissued, store::KeyRange::with_prefix(ca_key(ca)));
  for (Gaps gaps(transaction, ca); gaps.valid(); gaps.next()) {
    // What of it is not unissued.
    for (std::uint64_t serial = gaps.gap().first; serial <= gaps.gap().last;) {
      const auto range = at_or_before(transaction, ca, serial);
      if (range && serial <= range->last) {
        serial = range->last + 1;
        continue;
      }
      unissued.seek(ca_key(ca).u64(serial));
      const std::uint64_t end =
          unissued.valid() ? std::min(pki::read_big_endian(unissued.key().subspan(1)) - 1, gaps.gap().last)
                           : gaps.gap().last;
      missing.push_back({serial, end});
      serial = end + 1;
    }
  }
  return missing;
}

std::uint64_t mark_all_unissued(store::WriteTransaction& transaction, pki::CaName ca) {
  std::vector<SerialRange> gaps;
  for (Gaps all(transaction, ca); all.valid(); all.next())
    gaps.push_back(all.gap());
  for (const SerialRange& gap : gaps)
    mark_unissued(transaction, ca, gap);
  return gaps.size();
}

}  // namespace registry
