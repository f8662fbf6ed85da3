// One pass over the changes of each generation, folded by serial.

#include "crl/delta.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "registry/certificates.h"

namespace crl {

namespace {

// A hold that ended after the base: [begin, end) in change sequences.
struct EndedHold {
  std::uint64_t begin;
  std::uint64_t end;
};

// One certificate from the base until now.
struct Net {
  std::optional<registry::Revocation> at_base;
  std::optional<registry::Revocation> now;
  std::optional<pki::Time> last_hold;
  std::uint64_t hold_begin = 0;
  std::vector<EndedHold> ended_holds;
};

using NetBySerial = std::unordered_map<std::uint64_t, Net>;

bool is_issue(const registry::Change& change) {
  return !change.before.issued && !change.after.revocation;
}

NetBySerial fold(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                 std::uint64_t after) {
  NetBySerial folded;
  auto changes = registry::changes_after(snapshot, scope.issuer, scope.point, after);
  for (; changes.valid(); changes.next()) {
    const registry::Change change = changes.row();
    if (is_issue(change)) continue;
    const auto [at, is_first] = folded.try_emplace(change.certificate.serial.value);
    Net& net = at->second;
    if (is_first) {
      net.at_base = change.before.revocation;
      net.hold_begin = after;
    }
    const bool was_held = change.before.revocation && change.before.revocation->is_hold();
    if (was_held && !change.after.revocation) net.ended_holds.push_back({net.hold_begin, change.sequence});
    net.now = change.after.revocation;
    if (net.now && net.now->is_hold()) {
      net.hold_begin = change.sequence;
      net.last_hold = net.now->date;
    }
  }
  return folded;
}

// The sequences of one generation that the lists published since the base show, ascending. All lists of the
// name count, whichever key signed them.
std::vector<std::uint64_t> published_since(const store::ReadTransaction& snapshot,
                                           const registry::CrlScope& scope, const registry::Covered& base) {
  std::vector<std::uint64_t> sequences;
  for (const std::uint8_t signing : registry::generations_of(snapshot, scope)) {
    for (const registry::CrlRecord& record :
         registry::crls_of(snapshot, {{scope.issuer.ca, signing}, scope.point})) {
      const auto sequence = registry::covered_sequence(record.covered, base.generation);
      if (sequence && *sequence >= base.sequence) sequences.push_back(*sequence);
    }
  }
  std::ranges::sort(sequences);
  return sequences;
}

bool was_shown(const EndedHold& hold, const std::vector<std::uint64_t>& published) {
  const auto first = std::ranges::lower_bound(published, hold.begin);
  return first != published.end() && *first < hold.end;
}

void add_changes(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                 const registry::Covered& base, std::vector<ListEntry>& entries) {
  // Read only when a certificate was held and released again since the base.
  std::optional<std::vector<std::uint64_t>> published;
  const registry::CrlScope own{{scope.issuer.ca, base.generation}, scope.point};
  for (const auto& [serial, net] : fold(snapshot, own, base.sequence)) {
    if (net.now) {
      entries.push_back({{serial}, net.now->date, net.now->reason, net.now->invalidity_date});
      continue;
    }
    if (net.at_base) {
      entries.push_back({{serial}, net.at_base->date, pki::CrlReason::remove_from_crl});
      continue;
    }
    if (net.ended_holds.empty()) continue;
    if (!published) published = published_since(snapshot, scope, base);
    if (std::ranges::any_of(net.ended_holds,
                            [&](const EndedHold& hold) { return was_shown(hold, *published); }))
      entries.push_back({{serial}, *net.last_hold, pki::CrlReason::remove_from_crl});
  }
}

// A lost certificate that is adopted goes from one generation to another (registry/lost): it has left the
// lists of the name only when no generation lists it.
void join_generations(std::vector<ListEntry>& entries) {
  const auto is_removal = [](const ListEntry& entry) {
    return entry.reason == pki::CrlReason::remove_from_crl;
  };
  std::ranges::sort(entries, {},
                    [&](const ListEntry& entry) { return std::pair(entry.serial.value, is_removal(entry)); });
  const auto rest =
      std::ranges::unique(entries, {}, [](const ListEntry& entry) { return entry.serial.value; });
  entries.erase(rest.begin(), rest.end());
}

}  // namespace

std::vector<ListEntry> net_changes(const store::ReadTransaction& snapshot, const registry::CrlScope& scope,
                                   const registry::Coverage& base) {
  std::vector<ListEntry> entries;
  for (const registry::Covered& generation : base)
    add_changes(snapshot, scope, generation, entries);
  join_generations(entries);
  return entries;
}

}  // namespace crl
