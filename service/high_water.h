// How far the store had come, kept outside the data folder: what was given out once cannot be given out again
// by an older store that somebody puts back.
//
// The file is written after each commit that gave serials or CRL numbers, that revoked, held or released a
// certificate, or that recorded a compromise, and before any of it is acknowledged. It never runs ahead of
// the store, and holds no secret and no personal item.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/schema.h"
#include "registry/unissued.h"
#include "store/audit.h"
#include "store/environment.h"

namespace service {

struct HighWater {
  // The last serial given by each CA name, and the greatest CRL number over all its points.
  std::map<pki::CaName, std::uint64_t> serials;
  std::map<pki::CaName, std::uint64_t> crl_numbers;
  // The sequence of the last change of each generation.
  std::map<registry::IssuerId, std::uint64_t> sequences;
  // Since when the key of a generation is compromised; those that are not are absent.
  std::map<registry::IssuerId, pki::Time> compromised;
  // What restores have skipped of each CA name's serials.
  std::map<pki::CaName, std::vector<registry::SerialRange>> skipped;
  // When the store was last written; absent in the marks of earlier versions.
  std::optional<pki::Time> written;
  store::AuditHead audit;
};

// Of the store as the snapshot shows it.
[[nodiscard]] HighWater high_water_of(const store::ReadTransaction& snapshot);

// Lines of text, the last one a checksum. Errc::malformed for a text that was altered or cut. The marks of
// earlier versions are read as well; of a later version's, lines of an unknown kind are passed over.
[[nodiscard]] std::string encode(const HighWater& mark);
[[nodiscard]] pki::Result<HighWater> decode_high_water(std::string_view text);

// What proves that the store is older than the mark, or that it is another one, in words; nothing when it is
// at or beyond the mark.
[[nodiscard]] std::optional<std::string> find_older(const HighWater& mark,
                                                    const store::ReadTransaction& snapshot);

// Whether a mark was kept for this store: then its absence is a fault, and no beginning.
[[nodiscard]] bool is_mark_kept(const store::ReadTransaction& snapshot);
void note_mark_kept(store::WriteTransaction& transaction);

// The folder for what must survive the data folder. Usable from any thread.
class SafetyFolder final {
 public:
  // The names of the files carry the authority's first CA certificate, so that several authorities can share
  // a folder. REQUIRES: the ceremony was held.
  SafetyFolder(std::filesystem::path folder, const store::ReadTransaction& snapshot);

  // Nothing when there is no mark; Errc::malformed when it is damaged.
  [[nodiscard]] pki::Result<std::optional<HighWater>> read() const;
  // Durable when it returns.
  [[nodiscard]] pki::Result<void> save(const HighWater& mark) const;
  // The same, when something has happened since the last call that an older store would contradict; the first
  // call always saves. A batch that only issues from reserved serials costs a look and no file.
  // A mark that is beyond the snapshot is never replaced: it is a fault, and overtaken() says it.
  void follow(const store::ReadTransaction& snapshot);
  // Whether the mark in the folder is still one that this store may have: another was put there, or the
  // machine was set back with its memory, by a snapshot that the folder was not in.
  void look(const store::ReadTransaction& snapshot) const;
  // Why this store is not the newest any more; for good, since only a start can judge it.
  [[nodiscard]] std::optional<pki::Message> overtaken() const;
  // Why the last mark could not be written, until one is: for /readyz.
  [[nodiscard]] std::optional<std::string> fault() const;
  // safety/high-water-3F0A…
  [[nodiscard]] std::filesystem::path mark_file() const;
  // safety/audit-heads-3F0A…
  [[nodiscard]] std::filesystem::path heads_file() const;
  [[nodiscard]] const std::string& identity() const { return identity_; }

 private:
  // With mutex_ held: false, with fault_ and overtaken_ set, when the mark in the folder is beyond the
  // snapshot.
  [[nodiscard]] bool is_newest(const store::ReadTransaction& snapshot) const;
  [[nodiscard]] bool has_news(const HighWater& now, const store::ReadTransaction& snapshot) const;

  std::filesystem::path folder_;
  std::string identity_;
  mutable std::mutex mutex_;
  // Guarded by mutex_, as all that follows: what the last call has seen, and the mark that was saved last.
  std::map<pki::CaName, std::uint64_t> whole_numbers_;
  std::map<registry::IssuerId, std::uint64_t> seen_;
  std::optional<HighWater> saved_;
  std::string written_;
  mutable std::optional<pki::Message> overtaken_;
  mutable std::optional<std::string> fault_;
};

// What a mark that is missing, although one was kept, means.
enum class MissingMark : std::uint8_t {
  // The folder is not the one that it was: its disk is not mounted, or the configuration names another.
  refused,
  // An operator's word that the mark is lost and this store is the newest.
  begun_anew,
};

// Refuses a store that is older than what was published or given out, with Errc::conflict and what to do.
// `safety` may be null: then the lists alone are looked at.
[[nodiscard]] pki::Result<void> refuse_old_store(const store::ReadTransaction& snapshot,
                                                 const std::filesystem::path& crl_folder,
                                                 const SafetyFolder* safety,
                                                 MissingMark missing = MissingMark::refused);

}  // namespace service
