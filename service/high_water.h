// How far the store had come, kept outside the data folder: what was given out once cannot be given out again
// by an older store that somebody puts back.
//
// The file is written after each commit that gave serials or CRL numbers, so it never runs ahead of the
// store. It holds no secret and no personal item.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "registry/schema.h"
#include "store/audit.h"
#include "store/environment.h"

namespace service {

struct HighWater {
  // The last serial given by each CA name, and the greatest CRL number over all its points.
  std::map<pki::CaName, std::uint64_t> serials;
  std::map<pki::CaName, std::uint64_t> crl_numbers;
  // The sequence of the last change of each generation.
  std::map<registry::IssuerId, std::uint64_t> sequences;
  store::AuditHead audit;
};

// Of the store as the snapshot shows it.
[[nodiscard]] HighWater high_water_of(const store::ReadTransaction& snapshot);

// Lines of text, the last one a checksum. Errc::malformed for a text that was altered or cut.
[[nodiscard]] std::string encode(const HighWater& mark);
[[nodiscard]] pki::Result<HighWater> decode_high_water(std::string_view text);

// What proves that the store is older than the mark, or that it is another one, in words; nothing when it is
// at or beyond the mark.
[[nodiscard]] std::optional<std::string> find_older(const HighWater& mark,
                                                    const store::ReadTransaction& snapshot);

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
  // The same, when serials or numbers have risen since the last call.
  void follow(const store::ReadTransaction& snapshot);
  // Why the last mark could not be written, until one is: for /readyz.
  [[nodiscard]] std::optional<std::string> fault() const;
  // safety/high-water-3F0A…
  [[nodiscard]] std::filesystem::path mark_file() const;
  // safety/audit-heads-3F0A…
  [[nodiscard]] std::filesystem::path heads_file() const;
  [[nodiscard]] const std::string& identity() const { return identity_; }

 private:
  std::filesystem::path folder_;
  std::string identity_;
  mutable std::mutex mutex_;
  std::map<pki::CaName, std::uint64_t> serials_, numbers_;  // Guarded by mutex_.
  std::optional<std::string> fault_;                        // Guarded by mutex_.
};

// Refuses a store that is older than what was published or given out, with Errc::conflict and what to do.
// `safety` may be null: then the lists alone are looked at.
[[nodiscard]] pki::Result<void> refuse_old_store(const store::ReadTransaction& snapshot,
                                                 const std::filesystem::path& crl_folder,
                                                 const SafetyFolder* safety);

}  // namespace service
