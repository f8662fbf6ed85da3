// Compressed copies of published lists: made once, for the first client that accepts gzip, and sent from the
// file like the lists themselves.
//
// The copies lie one after another in a file without a name, which ends with the process; a restart makes
// those again that are asked for. So there is nothing to record, to sweep or to back up.

#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "http/file.h"
#include "http/message.h"
#include "pki/bytes.h"

namespace crl {

struct GzipLimits {
  // When the copies have grown to this, all of them are dropped and made again on request.
  std::uint64_t bytes = std::uint64_t{1} << 30U;
  std::size_t copies = 200'000;
};

// A copy, or the knowledge that it would not be smaller.
struct GzipCopy {
  std::optional<http::FileRange> range;
};

// Usable from any thread.
class GzipCopies final {
 public:
  // `folder` is where the file is made.
  explicit GzipCopies(std::filesystem::path folder, GzipLimits limits = {})
      : folder_(std::move(folder)), limits_(limits) {}

  // The copy of the list with this SHA-256, when it has been made.
  [[nodiscard]] std::optional<GzipCopy> find(pki::ByteView sha256) const;
  // Makes it, unless another thread has meanwhile: some 30 ms for each megabyte. Throws pki::MessageError
  // when the file cannot be written, registry::StoreError when the list cannot be read.
  GzipCopy make(pki::ByteView sha256, const http::FileRange& list);

 private:
  using Digest = std::array<std::uint8_t, 32>;
  class Pack;
  static Digest key_of(pki::ByteView sha256);
  void remember(const Digest& key, const GzipCopy& copy);

  std::filesystem::path folder_;
  GzipLimits limits_;
  // One copy is made at a time.
  std::mutex making_;
  std::shared_ptr<Pack> pack_;  // Guarded by making_.
  mutable std::mutex mutex_;
  std::map<Digest, GzipCopy> copies_;  // Guarded by mutex_.
};

}  // namespace crl
