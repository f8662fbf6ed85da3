// The entries of a list from the registry, and the steps after its writing.

#include "crl/maker.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <utility>

#include "crl/arl.h"
#include "crl/check.h"
#include "crl/delta.h"
#include "crl/parallel.h"
#include "pki/hash.h"
#include "registry/certificates.h"

namespace crl {

namespace {

// From here on a mapping is cheaper than a copy.
constexpr std::uint64_t kMmapThreshold = 1024 * 1024;

// Which entries, and what of them.
struct Selection {
  registry::Coverage covered;
  pki::Time oldest;
  registry::InvalidityDates dates;
};

Selection selection_of(const registry::CrlRecord& record) {
  return {record.covered, record.oldest_not_after.value(), record.invalidity_dates};
}

// The walk over `revoked` at one distribution point, generation by generation, in batches.
class PointEntries final {
 public:
  PointEntries(const store::ReadTransaction& snapshot, pki::CaName ca, pki::DistributionPoint point,
               const Selection& selection)
      : snapshot_(snapshot), ca_(ca), point_(point), selection_(selection) {}

  std::span<const ListEntry> next() {
    ListEntry* end = entries_.data();
    // A batch may hold expired ones alone; only an empty batch is the end.
    while (end == entries_.data() && begin_batch()) {
      for (const registry::RevokedEntry& entry : std::span(revoked_).first(read_))
        if (entry.not_after >= selection_.oldest) *end++ = list_entry(entry);
    }
    return {entries_.data(), end};
  }

 private:
  static constexpr std::size_t kBatch = 128;

  // Fills `revoked_` from the generation at hand or the next one that has something.
  bool begin_batch() {
    for (;;) {
      read_ = walk_ ? walk_->read(revoked_) : 0;
      if (read_ > 0) return true;
      if (generation_ == selection_.covered.size()) return false;
      walk_.emplace(
          registry::revoked_entries(snapshot_, {ca_, selection_.covered[generation_++].generation}, point_));
    }
  }

  [[nodiscard]] ListEntry list_entry(const registry::RevokedEntry& entry) const {
    const registry::Revocation& revocation = entry.revocation;
    ListEntry listed{entry.serial, revocation.date, revocation.reason};
    if (selection_.dates == registry::InvalidityDates::given)
      listed.invalidity_date = revocation.invalidity_date;
    return listed;
  }

  const store::ReadTransaction& snapshot_;
  pki::CaName ca_;
  pki::DistributionPoint point_;
  const Selection& selection_;
  std::optional<registry::RevokedCursor> walk_;
  // The next one to walk.
  std::size_t generation_ = 0;
  std::size_t read_ = 0;
  std::array<registry::RevokedEntry, kBatch> revoked_;
  std::array<ListEntry, kBatch> entries_;
};

// The list of one distribution point.
NextEntries point_entries(const store::ReadTransaction& snapshot, const registry::CrlRecord& record) {
  const auto selection = std::make_shared<const Selection>(selection_of(record));
  return
      [selection, walk = std::make_shared<PointEntries>(snapshot, record.scope.issuer.ca, record.scope.point,
                                                        *selection)] { return walk->next(); };
}

// A short list that is in memory.
NextEntries all_at_once(std::vector<ListEntry> list) {
  const auto entries = std::make_shared<const std::vector<ListEntry>>(std::move(list));
  return [entries, given = false]() mutable -> std::span<const ListEntry> {
    if (std::exchange(given, true)) return {};
    return *entries;
  };
}

// Cuts the entries of the whole into parts: first the CA certificates, then some distribution points each, in
// the order of their codes.
class WholeParts final {
 public:
  WholeParts(pki::CaName ca, Selection selection, std::vector<ListEntry> ca_certificates)
      : ca_(ca), selection_(std::move(selection)), ca_certificates_(std::move(ca_certificates)) {}

  // The next part, to be read from `snapshot`; nothing at the end. By one thread at a time; what it gives may
  // be read by several at once.
  std::optional<ListPart> take(const store::ReadTransaction& snapshot) {
    if (!ca_certificates_.empty())
      return ListPart{pki::kWholeGeneration, all_at_once(std::exchange(ca_certificates_, {}))};
    std::vector<pki::DistributionPoint> points;
    for (const std::uint64_t wanted = points_of_a_part(); last_ && points.size() < wanted;) {
      last_ = point_after(snapshot, *last_);
      if (last_) points.push_back(*last_);
    }
    if (points.empty()) return std::nullopt;
    points_taken_ += points.size();
    const pki::DistributionPoint first = points.front();
    NextEntries entries = [this, &snapshot, points = std::move(points), at = std::size_t{0},
                           walk = std::shared_ptr<PointEntries>()]() mutable -> std::span<const ListEntry> {
      for (;;) {
        if (walk) {
          const std::span<const ListEntry> entries = walk->next();
          entries_given_ += entries.size();
          if (!entries.empty()) return entries;
        }
        if (at == points.size()) return {};
        walk = std::make_shared<PointEntries>(snapshot, ca_, points[at++], selection_);
      }
    };
    return ListPart{first, std::move(entries)};
  }

 private:
  // The first point after `after` at which any generation has an entry.
  [[nodiscard]] std::optional<pki::DistributionPoint> point_after(const store::ReadTransaction& snapshot,
                                                                  pki::DistributionPoint after) const {
    std::optional<pki::DistributionPoint> first;
    for (const registry::Covered& one : selection_.covered) {
      const auto point = registry::next_revoked_point(snapshot, {ca_, one.generation}, after);
      if (point && (!first || *point < *first)) first = point;
    }
    return first;
  }

  // So many that the part is written in one go: judged by what the points before had.
  [[nodiscard]] std::uint64_t points_of_a_part() const {
    constexpr std::uint64_t kFewest = 1, kMost = 64, kEntries = 10'000;
    return std::clamp(kEntries * points_taken_ / std::max<std::uint64_t>(1, entries_given_), kFewest, kMost);
  }

  pki::CaName ca_;
  Selection selection_;
  std::vector<ListEntry> ca_certificates_;
  // The last point taken; nothing when there is none after it.
  std::optional<pki::DistributionPoint> last_ = pki::kWholeGeneration;
  std::uint64_t points_taken_ = 0;
  std::atomic<std::uint64_t> entries_given_ = 0;
};

// The CA certificates of the name that the list must name; of a delta those revoked since its base was made.
// In the second of the base itself it is not known whether the base has them.
std::vector<ListEntry> arl_entries(const store::ReadTransaction& snapshot, const PendingCrl& list) {
  const bool is_delta = list.record.kind == registry::CrlKind::delta;
  std::vector<ListEntry> entries;
  for (const RevokedCaCertificate& revoked : revoked_ca_certificates(snapshot, list.record.scope.issuer.ca)) {
    const bool is_listed = is_delta ? revoked.revocation_date >= list.previous_complete->this_update
                                    : revoked.not_after >= list.record.oldest_not_after.value();
    if (is_listed)
      entries.push_back({revoked.serial, revoked.revocation_date, pki::CrlReason::ca_compromise});
  }
  return entries;
}

NextEntries delta_entries(const store::ReadTransaction& snapshot, const PendingCrl& list) {
  const registry::CrlScope& scope = list.record.scope;
  std::vector<ListEntry> entries = net_changes(snapshot, scope, list.previous_complete->covered);
  if (scope.point.is_whole_generation()) {
    std::ranges::move(arl_entries(snapshot, list), std::back_inserter(entries));
    std::ranges::sort(entries, {}, [](const ListEntry& entry) { return entry.serial.value; });
  }
  if (list.record.invalidity_dates == registry::InvalidityDates::omitted)
    for (ListEntry& entry : entries)
      entry.invalidity_date.reset();
  return all_at_once(std::move(entries));
}

// Of every list but the complete one of the whole.
NextEntries entries_of(const store::ReadTransaction& snapshot, const PendingCrl& list) {
  switch (list.record.kind) {
    case registry::CrlKind::complete:
      return point_entries(snapshot, list.record);
    case registry::CrlKind::delta:
      return delta_entries(snapshot, list);
    case registry::CrlKind::arl:
      return all_at_once(arl_entries(snapshot, list));
  }
  throw std::logic_error("a list of an unknown kind");
}

ListDescription description_of(const PendingCrl& list) {
  return {.scope = list.record.scope,
          .names = list.planned->names,
          .number = list.record.number,
          .this_update = list.record.this_update,
          .next_update = list.record.next_update,
          .base_number = list.record.base_number,
          .kind = list.record.kind};
}

// What stands in the file where a list is: a long one mapped, a short one read, which is cheaper for
// thousands.
class ReadBack final {
 public:
  ReadBack(const PublicationFile& file, const StreamedTbs& tbs, std::uint64_t room_after)
      : file_(file), begin_(tbs.offset - kRoomBeforeTbs) {
    const std::uint64_t length = kRoomBeforeTbs + tbs.length + room_after;
    // What several threads look at must not be read once more into the same place: that is mapped, too.
    if (tbs.length > kMmapThreshold || tbs.cuts.size() > 1)
      mapped_.emplace(file, begin_, length);
    else
      bytes_.resize(length);
  }

  // The bytes of the file from `offset` on, which are written by now.
  pki::ByteView read(std::uint64_t offset, std::uint64_t length) {
    if (mapped_) return mapped_->view().subspan(offset - begin_, length);
    const std::span<std::uint8_t> bytes = std::span(bytes_).subspan(offset - begin_, length);
    file_.read(offset, bytes);
    return bytes;
  }

 private:
  const PublicationFile& file_;
  std::uint64_t begin_;
  std::optional<MappedFile> mapped_;
  pki::Bytes bytes_;
};

// Signs what the file says, `bytes` of the TBSCertList, and checks the whole.
pki::Result<void> sign(PendingCrl& list, const StreamedTbs& tbs, ReadBack& file, pki::ByteView bytes) {
  try {
    const registry::SigningIssuer& issuer = *list.planned->issuer;
    const pki::HashAlgorithm hash = pki::hash_of(issuer.algorithm());
    const pki::Bytes digest = pki::digest(hash, bytes);
    list.record.sha256 =
        hash == pki::HashAlgorithm::sha256 ? digest : pki::digest(pki::HashAlgorithm::sha256, bytes);
    const PlacedList placed =
        write_signature(list.file->file, tbs, issuer.algorithm(), issuer.signer()->sign(digest));
    list.record.offset = placed.offset;
    list.record.length = placed.length;
    return check_signature({issuer.decoded(), list.record, list.previous_complete},
                           file.read(placed.offset, placed.length), digest);
  } catch (const std::exception& error) {
    return pki::fail(pki::Errc::internal, pki::message_of(error));
  }
}

// A list that stands in its file and is neither checked nor signed.
class WrittenList final {
 public:
  WrittenList(PendingCrl& list, StreamedTbs tbs)
      : list_(list),
        tbs_(std::move(tbs)),
        file_(list.file->file, tbs_, room_after_tbs(issuer().algorithm)),
        bytes_(file_.read(tbs_.offset, tbs_.length)) {
    list_.record.file = list_.file->file.name();
    list_.record.entries = tbs_.entries;
    // A copy: signing goes on writing into the list's own.
    record_ = list_.record;
  }

  // Compares it with the registry, with several snapshots by several threads, and signs it.
  pki::Result<void> finish(std::span<const store::ReadTransaction> snapshots) {
    if (tbs_.cuts.size() < 2) {
      TRY(check_content(snapshots.front(), claim(), bytes_));
      return sign(list_, tbs_, file_, bytes_);
    }
    pki::Result<void> signature;
    TRY(check_content_in_parts({claim(), bytes_, tbs_.cuts}, snapshots,
                               [&] { signature = sign(list_, tbs_, file_, bytes_); }));
    return signature;
  }

  // The same by comparison with a list that is finished and claims the same entries.
  pki::Result<void> finish_like(const WrittenList& other, std::span<const store::ReadTransaction> snapshots) {
    pki::Result<void> content;
    pki::Result<void> signature;
    const auto compare = [&](const store::ReadTransaction& snapshot) {
      const ListClaim theirs = other.claim();
      content = check_content_like(snapshot, claim(), bytes_, {theirs, other.entries().content});
    };
    const bool is_long = tbs_.length > kMmapThreshold && snapshots.size() > 1;
    if (!is_long) {
      compare(snapshots.front());
      TRY(content);
      return sign(list_, tbs_, file_, bytes_);
    }
    in_parallel(2, [&](std::size_t thread) {
      if (thread == 0)
        signature = sign(list_, tbs_, file_, bytes_);
      else
        compare(snapshots[thread]);
    });
    TRY(content);
    return signature;
  }

  // As they stand in the file.
  [[nodiscard]] EncodedEntries entries() const {
    return {.content = bytes_.subspan(tbs_.entries_begin, tbs_.entries_length), .count = tbs_.entries};
  }

 private:
  [[nodiscard]] const registry::DecodedIssuer& issuer() const { return list_.planned->issuer->decoded(); }
  [[nodiscard]] ListClaim claim() const { return {issuer(), record_, list_.previous_complete}; }

  PendingCrl& list_;
  StreamedTbs tbs_;
  ReadBack file_;
  pki::ByteView bytes_;
  registry::CrlRecord record_;
};

// Makes lists that claim the same entries. `write` encodes those of a list: of one, and of another where the
// one before has failed, since it may have been its key's or its record's fault.
template <typename Write>
void make_alike(std::span<PendingCrl* const> lists, std::span<const store::ReadTransaction> snapshots,
                Write&& write) {
  std::optional<WrittenList> first;
  for (PendingCrl* list : lists) {
    const ListDescription description = description_of(*list);
    const ListJob job{
        .file = *list->file, .issuer = list->planned->issuer->decoded(), .description = description};
    pki::Result<void> finished;
    if (first) {
      WrittenList written(*list, write_encoded(job, first->entries()));
      finished = written.finish_like(*first, snapshots);
    } else {
      first.emplace(*list, write(*list, job));
      finished = first->finish(snapshots);
      if (finished.has_error()) first.reset();
    }
    if (finished.has_error()) list->failure = finished.error().message;
  }
}

}  // namespace

void ListMaker::make(std::span<PendingCrl* const> lists) {
  make_alike(lists, {&snapshot_, 1}, [&](const PendingCrl& list, const ListJob& job) {
    return writer_.write(job, entries_of(snapshot_, list));
  });
}

void make_in_parallel(std::span<const store::ReadTransaction> snapshots, std::span<PendingCrl* const> lists) {
  make_alike(lists, snapshots, [&](const PendingCrl& list, const ListJob& job) {
    WholeParts parts(list.record.scope.issuer.ca, selection_of(list.record),
                     arl_entries(snapshots.front(), list));
    const NextPart next = [&](std::size_t thread) { return parts.take(snapshots[thread]); };
    return write_in_parts(job, next, snapshots.size());
  });
}

}  // namespace crl
