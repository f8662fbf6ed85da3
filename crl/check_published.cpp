// Everything that is current, and the proof that base + delta is the truth.

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <unordered_map>

#include "crl/arl.h"
#include "crl/check.h"
#include "crl/check_entries.h"
#include "crl/plan.h"
#include "crl/reader.h"
#include "crl/state.h"
#include "crl/store.h"
#include "pki/hash.h"
#include "pki/messages/crl.h"
#include "pki/serial_number.h"
#include "registry/issuers.h"

namespace crl {

namespace {

bool says(const DecodedEntry& entry, const std::optional<registry::Revocation>& revocation) {
  const pki::CrlReason reason = entry.reason.value_or(pki::CrlReason::unspecified);
  if (reason == pki::CrlReason::remove_from_crl) return !revocation;
  return revocation && revocation->date == entry.revocation_date && revocation->reason == reason;
}

// Whether this is the list whose digest was recorded: that of its TBSCertList, or of all of it.
bool has_digest(pki::ByteView der, pki::ByteView sha256) {
  const auto digest = [](pki::ByteView bytes) { return pki::digest(pki::HashAlgorithm::sha256, bytes); };
  const auto list = decode_crl(der);
  return (list && pki::equal(digest(list->tbs), sha256)) || pki::equal(digest(der), sha256);
}

// Applies a delta to its base, entry by entry, each looked up in `status`.
class Combination final {
 public:
  Combination(const store::ReadTransaction& snapshot, const registry::CrlRecord& delta)
      : snapshot_(snapshot), delta_(delta), status_(snapshot, delta.scope, delta.covered) {
    for (const RevokedCaCertificate& revoked : revoked_ca_certificates(snapshot, delta.scope.issuer.ca))
      authorities_.insert(revoked.serial);
  }

  pki::Result<void> prove(const DecodedCrl& base, const DecodedCrl& delta) {
    EntryReader changed(delta.entries);
    while (true) {
      TRY_ASSIGN(const std::optional<DecodedEntry> entry, changed.next());
      if (!entry) break;
      in_delta_.emplace(pki::to_hex(entry->serial), true);
      TRY(compare(*entry));
    }
    EntryReader kept(base.entries);
    while (true) {
      TRY_ASSIGN(const std::optional<DecodedEntry> entry, kept.next());
      if (!entry) break;
      if (in_delta_.empty() || !in_delta_.contains(pki::to_hex(entry->serial))) TRY(compare(*entry));
    }
    return compare_count();
  }

 private:
  // Only certificates that have not expired are compared: expired ones leave with some complete CRL.
  [[nodiscard]] bool has_expired(pki::Time not_after) const { return not_after < delta_.this_update; }

  [[nodiscard]] bool is_arl(pki::SerialNumber serial) const {
    return delta_.scope.point.is_whole_generation() && authorities_.contains(serial);
  }

  pki::Result<void> compare(const DecodedEntry& entry) {
    const auto serial = pki::serial_from_content(entry.serial);
    // The entries of CA certificates have been compared with their generations already.
    if (serial && is_arl(*serial)) return {};
    const auto status = serial ? status_.find(*serial) : std::nullopt;
    if (!status) return differs({messages::never_issued_here, pki::to_hex(entry.serial)});
    if (has_expired(status->not_after)) return {};
    if (!says(entry, status->revocation)) return differs({messages::combination_differs, to_string(*serial)});
    if (status->revocation) ++listed_;
    return {};
  }

  pki::Result<void> compare_count() {
    std::uint64_t revoked = 0;
    const auto undone = states_before_changes(snapshot_, delta_.scope, delta_.covered);
    StateAt state(snapshot_, delta_.scope, delta_.covered, undone);
    while (const registry::RevokedEntry* entry = state.next())
      revoked += has_expired(entry->not_after) ? 0U : 1U;
    if (revoked == listed_) return {};
    return differs({messages::combination_count, std::to_string(listed_), std::to_string(revoked)});
  }

  const store::ReadTransaction& snapshot_;
  const registry::CrlRecord& delta_;
  StatusAt status_;
  std::set<pki::SerialNumber> authorities_;
  std::unordered_map<std::string, bool> in_delta_;
  std::uint64_t listed_ = 0;
};

// What a short list costs, in bytes of a long one: a signature is verified for each.
constexpr std::uint64_t kLeastCost = 16 * 1024;

class Inspection final {
 public:
  Inspection(const store::ReadTransaction& snapshot, const CheckRequest& request)
      : snapshot_(snapshot), request_(request) {}

  // False when it is time to stop.
  bool inspect_scope(const registry::DecodedIssuer& decoded, const registry::CrlScope& scope) {
    if (request_.after && scope < request_.after->scope) return true;
    return std::ranges::all_of(registry::kCrlKinds, [&](registry::CrlKind kind) {
      return inspect_lists(decoded, {scope, kind, 0});
    });
  }

  void refuse(registry::CrlScope scope, pki::Message what) {
    if (!request_.after)
      report_.findings.push_back({{scope, registry::CrlKind::complete, 0}, std::move(what)});
  }

  [[nodiscard]] CheckReport take() { return std::move(report_); }

 private:
  // All of a scope and kind that are asked for, whatever `lists` says of a number.
  bool inspect_lists(const registry::DecodedIssuer& decoded, const ListId& lists) {
    const bool is_begun = request_.after && request_.after->scope == lists.scope;
    if (is_begun && lists.kind < request_.after->kind) return true;
    const bool goes_on = is_begun && lists.kind == request_.after->kind;
    ListAge age = goes_on ? ListAge::past : ListAge::newest;
    auto record = registry::crl_below(snapshot_, lists.scope, lists.kind,
                                      goes_on ? request_.after->number : registry::kAnyCrlNumber);
    for (; record; record = registry::crl_below(snapshot_, lists.scope, lists.kind, record->number)) {
      if (age == ListAge::past && request_.extent == CheckExtent::current) break;
      // Nothing follows where nothing is left to do.
      if (cost_ >= request_.bytes_max) {
        report_.stopped_behind = last_;
        return false;
      }
      last_ = {lists.scope, lists.kind, record->number};
      if (const auto checked = inspect_list(decoded, *record, age); checked.has_error())
        report_.findings.push_back({last_, checked.error().message});
      age = ListAge::past;
    }
    return true;
  }

  pki::Result<void> inspect_list(const registry::DecodedIssuer& decoded, const registry::CrlRecord& record,
                                 ListAge age) {
    ++report_.lists;
    report_.entries += record.entries;
    report_.bytes += record.length;
    cost_ += std::max(record.length, kLeastCost);
    if (is_from_future(record, request_.now)) return differs(messages::update_in_future);
    TRY_ASSIGN(const pki::ByteView der, bytes_of(record));
    if (!has_digest(der, record.sha256)) return differs(messages::file_changed);
    const auto previous =
        record.kind == registry::CrlKind::delta
            ? registry::complete_crl_below(snapshot_, record.scope, record.number)
            : registry::regular_crl_below(snapshot_, record.scope, record.kind, record.number);
    // A past delta whose base is not kept any more says nothing: its digest was right.
    const bool is_delta = record.kind == registry::CrlKind::delta;
    if (is_delta && !previous && age == ListAge::past) return {};
    if (!is_delta && !previous && age == ListAge::past) age = ListAge::oldest_kept;
    TRY(check_list(snapshot_, {decoded, record, previous, age}, der));
    TRY(compare_with_others(record));
    if (age != ListAge::newest) return {};
    if (is_delta) TRY(combine(record, *previous, der));
    const bool goes_on =
        record.finality == registry::CrlFinality::followed && decoded.not_after > request_.now;
    if (goes_on && record.next_update < request_.now) return differs(messages::next_passed);
    return {};
  }

  // The lists of one scope and number must say the same: a verifier may hold one key's complete CRL and
  // another key's delta. Their entries follow from what their records say, and that has been checked of each.
  pki::Result<void> compare_with_others(const registry::CrlRecord& record) {
    if (record.meaning != registry::CrlMeaning::name) return {};
    for (const registry::Covered& one : record.covered) {
      const registry::CrlScope scope{{record.scope.issuer.ca, one.generation}, record.scope.point};
      const auto other = registry::find_crl(snapshot_, scope, record.kind, record.number);
      if (!other || other->meaning != record.meaning) continue;
      const bool is_alike = other->this_update == record.this_update && other->covered == record.covered &&
                            other->oldest_not_after == record.oldest_not_after &&
                            (other->base_number != record.base_number || other->entries == record.entries);
      if (!is_alike) return differs({messages::number_of_other_differs, to_string(scope.issuer)});
    }
    return {};
  }

  pki::Result<void> combine(const registry::CrlRecord& record, const registry::CrlRecord& base,
                            pki::ByteView der) {
    TRY_ASSIGN(const pki::ByteView base_der, bytes_of(base));
    TRY_ASSIGN(const DecodedCrl base_list, decode_crl(base_der));
    TRY_ASSIGN(const DecodedCrl delta_list, decode_crl(der));
    return Combination(snapshot_, record).prove(base_list, delta_list);
  }

  pki::Result<pki::ByteView> bytes_of(const registry::CrlRecord& record) {
    const std::filesystem::path path = path_of(request_.folder, record);
    try {
      auto& file = files_[path.string()];
      if (!file) file = std::make_unique<MappedFile>(path);
      const pki::ByteView all = file->view();
      if (record.offset > all.size() || all.size() - record.offset < record.length)
        return differs({messages::file_short, record.file});
      return all.subspan(record.offset, record.length);
    } catch (const pki::MessageError& error) {
      return differs(error.message());
    }
  }

  const store::ReadTransaction& snapshot_;
  const CheckRequest& request_;
  std::map<std::string, std::unique_ptr<MappedFile>> files_;
  ListId last_;
  std::uint64_t cost_ = 0;
  CheckReport report_;
};

}  // namespace

CheckReport check_published(const store::ReadTransaction& snapshot, const CheckRequest& request) {
  Inspection inspection(snapshot, request);
  for (const registry::Issuer& issuer : registry::all_issuers(snapshot)) {
    if (issuer.id.ca == pki::CaName::operations) continue;
    const auto decoded = registry::decode_issuer(issuer);
    if (decoded.has_error()) {
      inspection.refuse({issuer.id, pki::kWholeGeneration}, decoded.error().message);
      continue;
    }
    std::vector<pki::DistributionPoint> points = registry::points_of(snapshot, issuer.id);
    points.insert(points.begin(), pki::kWholeGeneration);
    const bool is_done = std::ranges::all_of(points, [&](pki::DistributionPoint point) {
      return inspection.inspect_scope(*decoded, {issuer.id, point});
    });
    if (!is_done) break;
  }
  return inspection.take();
}

}  // namespace crl
