// Ranges that never touch or overlap, by their first serial.

#include "registry/unissued.h"

#include <algorithm>
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
  store::Cursor cursor = transaction.cursor(tables::unissued);
  const Key wanted = ca_key(ca).u64(serial);
  bool found = cursor.seek(wanted);
  if (!found || !pki::equal(cursor.key(), wanted)) found = found ? cursor.previous() : cursor.last();
  if (!found || !cursor.has_prefix(ca_key(ca))) return std::nullopt;
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
      heads_.push_back({Key().issuer(issuer), transaction.cursor(tables::status), std::nullopt});
      advance(heads_.back(), heads_.back().cursor.seek(heads_.back().prefix));
    }
  }
  std::optional<std::uint64_t> next() {
    Head* least = nullptr;
    for (Head& head : heads_)
      if (head.serial && (least == nullptr || *head.serial < *least->serial)) least = &head;
    if (least == nullptr) return std::nullopt;
    const std::uint64_t serial = *least->serial;
    advance(*least, least->cursor.next());
    return serial;
  }

 private:
  struct Head {
    Key prefix;
    store::Cursor cursor;
    std::optional<std::uint64_t> serial;
  };
  static void advance(Head& head, bool found) {
    head.serial.reset();
    if (found && head.cursor.has_prefix(head.prefix))
      head.serial = pki::read_big_endian(head.cursor.key().subspan(2));
  }

  std::vector<Head> heads_;
};

// The runs of serials up to the last taken one that no certificate has.
void visit_gaps(const store::ReadTransaction& transaction, pki::CaName ca,
                const std::function<void(SerialRange)>& visit) {
  IssuedSerials issued(transaction, ca);
  const std::uint64_t last = last_taken(transaction, ca);
  std::uint64_t expected = 1;
  while (const auto serial = issued.next()) {
    if (*serial > last) return;
    if (*serial > expected) visit({expected, *serial - 1});
    expected = *serial + 1;
  }
  if (expected <= last) visit({expected, last});
}

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

void visit_unissued(const store::ReadTransaction& transaction, pki::CaName ca, SerialRange within,
                    const std::function<void(std::uint64_t)>& visit) {
  const auto visit_part = [&](SerialRange range) {
    for (std::uint64_t serial = std::max(range.first, within.first);
         serial <= std::min(range.last, within.last); ++serial)
      visit(serial);
  };
  if (const auto before = at_or_before(transaction, ca, within.first)) visit_part(*before);
  store::Cursor cursor = transaction.cursor(tables::unissued);
  for (bool found = cursor.seek(ca_key(ca).u64(within.first + 1)); found && cursor.has_prefix(ca_key(ca));
       found = cursor.next()) {
    const SerialRange range{pki::read_big_endian(cursor.key().subspan(1)),
                            pki::read_big_endian(cursor.value())};
    if (range.first > within.last) return;
    visit_part(range);
  }
}

bool is_status_missing(const store::ReadTransaction& transaction, const CertificateId& id) {
  const std::uint64_t serial = id.serial.value;
  if (serial == 0 || serial > last_taken(transaction, id.issuer.ca)) return false;
  if (is_unissued(transaction, id.issuer.ca, serial)) return false;
  return std::ranges::none_of(generations_of(transaction, id.issuer.ca), [&](IssuerId issuer) {
    return transaction.get(tables::status, Key().certificate({issuer, id.serial})).has_value();
  });
}

void visit_missing_statuses(const store::ReadTransaction& transaction, pki::CaName ca,
                            const std::function<void(SerialRange)>& visit) {
  visit_gaps(transaction, ca, [&](SerialRange gap) {
    // What of it is not unissued.
    for (std::uint64_t serial = gap.first; serial <= gap.last;) {
      const auto range = at_or_before(transaction, ca, serial);
      if (range && serial <= range->last) {
        serial = range->last + 1;
        continue;
      }
      store::Cursor next = transaction.cursor(tables::unissued);
      const bool follows = next.seek(ca_key(ca).u64(serial)) && next.has_prefix(ca_key(ca));
      const std::uint64_t end =
          follows ? std::min(pki::read_big_endian(next.key().subspan(1)) - 1, gap.last) : gap.last;
      visit({serial, end});
      serial = end + 1;
    }
  });
}

std::uint64_t mark_all_unissued(store::WriteTransaction& transaction, pki::CaName ca) {
  std::vector<SerialRange> gaps;
  visit_gaps(transaction, ca, [&](SerialRange gap) { gaps.push_back(gap); });
  for (const SerialRange& gap : gaps)
    mark_unissued(transaction, ca, gap);
  return gaps.size();
}

}  // namespace registry
