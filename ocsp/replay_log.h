// The nonces of the PIN-less path on disk, so that a request captured before a restart is refused after it.
//
// Each entry is one write of 32 bytes before the request is answered, without waiting for the disk: what the
// process wrote stays with the system when the process ends, however it ends. A loss of power may lose the
// entries that the system had not put on the disk yet. Two files take turns; each is replaced when all in it
// is older than the window.

#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "pki/result.h"
#include "pki/serial_number.h"
#include "pki/time.h"

namespace ocsp {

// A truncated digest of credential and nonce.
using NonceMark = std::array<std::uint8_t, 16>;

struct NonceEntry {
  pki::Time at;
  pki::SerialNumber credential;
  NonceMark mark{};
};

// Not to be used by two threads at once.
class ReplayLog final {
 public:
  struct Opened;
  // Opens or makes FILE and FILE.old; the folder must exist. Gives what was written within the window before
  // `now`, oldest first, and forgets what was forgotten. Errc::internal when a file cannot be used.
  static pki::Result<Opened> open(const std::filesystem::path& file, pki::Seconds window, pki::Time now);
  ~ReplayLog();
  ReplayLog(const ReplayLog&) = delete;
  ReplayLog& operator=(const ReplayLog&) = delete;

  // false when it could not be written, as on a full disk; then it is as if it had not been tried.
  [[nodiscard]] bool remember(const NonceEntry& entry);
  // The entry's request was not answered after all.
  [[nodiscard]] bool forget(const NonceEntry& entry);

 private:
  ReplayLog(std::filesystem::path file, pki::Seconds window);
  bool append(const NonceEntry& entry, std::uint64_t at);
  bool start_file(pki::Time now);

  const std::filesystem::path file_;
  const pki::Seconds window_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  // When the present file was begun.
  pki::Time begun_{};
};

struct ReplayLog::Opened {
  std::unique_ptr<ReplayLog> log;
  std::vector<NonceEntry> entries;
};

}  // namespace ocsp
