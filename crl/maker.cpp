// The entries of a list from the registry, and the steps after its writing.

#include "crl/maker.h"

#include <algorithm>
#include <array>
#include <future>
#include <memory>

#include "crl/check.h"
#include "crl/delta.h"
#include "pki/hash.h"
#include "registry/certificates.h"

namespace crl {

namespace {

// Below this, starting a thread costs more than it saves.
constexpr std::uint64_t kWorthAThread = 1024 * 1024;

// A certificate that has expired stays on the list until it has been on one complete CRL made after that:
// RFC 5280 section 3.3. With a clock set back, nothing that is unexpired now may be left out.
pki::Time oldest_not_after(const ListInMaking& list) {
  const pki::Time now = list.record.this_update;
  return list.previous_complete ? std::min(list.previous_complete->this_update, now) : now;
}

// The walk over `revoked` in batches.
class CompleteEntries final {
 public:
  CompleteEntries(const registry::ReadTransaction& snapshot, registry::CrlScope scope, pki::Time oldest)
      : walk_(snapshot, scope.issuer, scope.point), oldest_(oldest) {}

  std::span<const ListEntry> next() {
    std::size_t count = 0;
    // A batch may hold expired ones alone; only an empty batch is the end.
    while (count == 0) {
      const std::size_t read = walk_.read(revoked_);
      if (read == 0) break;
      for (const registry::RevokedEntry& entry : std::span(revoked_).first(read))
        if (entry.not_after >= oldest_)
          entries_[count++] = {entry.serial, entry.revocation.date, entry.revocation.reason};
    }
    return std::span(entries_).first(count);
  }

 private:
  static constexpr std::size_t kBatch = 128;

  registry::RevokedEntries walk_;
  pki::Time oldest_;
  std::array<registry::RevokedEntry, kBatch> revoked_;
  std::array<ListEntry, kBatch> entries_;
};

NextEntries complete_entries(const registry::ReadTransaction& snapshot, registry::CrlScope scope,
                             pki::Time oldest) {
  return [walk = std::make_shared<CompleteEntries>(snapshot, scope, oldest)] { return walk->next(); };
}

NextEntries delta_entries(const registry::ReadTransaction& snapshot, const ListInMaking& list) {
  const auto entries = std::make_shared<const std::vector<ListEntry>>(
      net_changes(snapshot, list.record.scope, list.previous_complete->sequence));
  return [entries, given = false]() mutable -> std::span<const ListEntry> {
    if (std::exchange(given, true)) return {};
    return *entries;
  };
}

ListDescription description_of(const ListInMaking& list) {
  return {.scope = list.record.scope,
          .names = list.planned->names,
          .number = list.record.number,
          .this_update = list.record.this_update,
          .next_update = list.record.next_update,
          .base_number = list.record.base_number};
}

// Signs what the file says, and takes the digest of the whole.
pki::Result<void> sign(ListInMaking& list, const StreamedTbs& tbs, const MappedFile& mapped,
                       pki::ByteView digest) {
  try {
    const Signatory& signatory = *list.planned->signatory;
    const PlacedList placed =
        write_signature(list.file->file, tbs, signatory.authority.algorithm, signatory.signer->sign(digest));
    list.record.offset = placed.offset;
    list.record.length = placed.length;
    const pki::ByteView der =
        mapped.view().subspan(placed.offset - (tbs.offset - kRoomBeforeTbs), placed.length);
    list.record.sha256 = pki::digest(pki::HashAlgorithm::sha256, der);
    return check_signature({list.planned->signatory->authority, list.record, list.previous_complete}, der,
                           digest);
  } catch (const std::exception& error) {
    return pki::fail(pki::Errc::internal, error.what());
  }
}

// The steps after the writing.
pki::Result<void> finish(const registry::ReadTransaction& snapshot, ListInMaking& list,
                         const StreamedTbs& tbs) {
  const Authority& authority = list.planned->signatory->authority;
  list.record.file = list.file->file.name();
  list.record.entries = tbs.entries;
  const MappedFile mapped(list.file->file, tbs.offset - kRoomBeforeTbs,
                          kRoomBeforeTbs + tbs.length + room_after_tbs(authority.algorithm));
  const pki::ByteView octets = mapped.view().subspan(kRoomBeforeTbs, tbs.length);
  // Its own copy of the record: the other thread goes on writing into the list's.
  auto content =
      std::async(tbs.length > kWorthAThread ? std::launch::async : std::launch::deferred,
                 [&snapshot, &authority, octets, record = list.record, previous = list.previous_complete] {
                   return check_content(snapshot, {authority, record, previous}, octets);
                 });
  const pki::Result<void> signature =
      sign(list, tbs, mapped, pki::digest(pki::hash_of(authority.algorithm), octets));
  TRY(content.get());
  return signature;
}

void finish_or_fail(const registry::ReadTransaction& snapshot, ListInMaking& list, const StreamedTbs& tbs) {
  const pki::Result<void> finished = finish(snapshot, list, tbs);
  if (finished.has_error()) list.failure = finished.error().detail;
}

}  // namespace

void ListMaker::make(ListInMaking& list) {
  const ListDescription description = description_of(list);
  const NextEntries entries = list.record.kind == registry::CrlKind::complete
                                  ? complete_entries(snapshot_, list.record.scope, oldest_not_after(list))
                                  : delta_entries(snapshot_, list);
  const ListJob job{
      .file = *list.file, .authority = list.planned->signatory->authority, .description = description};
  finish_or_fail(snapshot_, list, writer_.write(job, entries));
}

void make_together(std::span<const registry::ReadTransaction> snapshots, ListInMaking& list) {
  const ListDescription description = description_of(list);
  const registry::IssuerId issuer = list.record.scope.issuer;
  const pki::Time oldest = oldest_not_after(list);
  // The table is in the order of the points, and so is the list.
  std::optional<pki::DistributionPoint> point = pki::kWholeGeneration;
  const NextPart next = [&](std::size_t thread) -> std::optional<NextEntries> {
    if (point) point = registry::next_revoked_point(snapshots[thread], issuer, *point);
    if (!point) return std::nullopt;
    return complete_entries(snapshots[thread], {issuer, *point}, oldest);
  };
  const ListJob job{
      .file = *list.file, .authority = list.planned->signatory->authority, .description = description};
  finish_or_fail(snapshots.front(), list, write_in_parts(job, next, snapshots.size()));
}

}  // namespace crl
