// The nonces of the PIN-less path: each is accepted once for each credential within a window of time.
//
// Bounded: when it is full, a new nonce is refused rather than an old one forgotten. It does not outlive the
// process, so a request captured before a restart could be sent again within the window after it.

#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_set>

#include "pki/bytes.h"
#include "pki/serial_number.h"
#include "pki/time.h"

namespace ocsp {

enum class NonceVerdict : std::uint8_t { fresh, repeated, full };

// Usable from any thread.
class ReplayMemory final {
 public:
  // A nonce is remembered until `window` has passed; at most `capacity` are, over all credentials. One takes
  // some 90 octets.
  ReplayMemory(pki::Seconds window, std::size_t capacity) : window_(window), capacity_(capacity) {}

  // Remembers the nonce when it is fresh.
  [[nodiscard]] NonceVerdict check(pki::SerialNumber credential, pki::ByteView nonce, pki::Time now);
  // For a request that was not answered after all, so that its sender may send it again.
  void forget(pki::SerialNumber credential, pki::ByteView nonce);
  [[nodiscard]] std::size_t size() const;

 private:
  // A truncated digest of credential and nonce.
  using Mark = std::array<std::uint8_t, 16>;
  struct MarkHash {
    std::size_t operator()(const Mark& mark) const;
  };
  struct Seen {
    pki::Time at;
    Mark mark;
  };
  static Mark mark_of(pki::SerialNumber credential, pki::ByteView nonce);

  const pki::Seconds window_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  // Both guarded by mutex_; they hold the same marks.
  std::unordered_set<Mark, MarkHash> marks_;
  std::deque<Seen> order_;
};

}  // namespace ocsp
