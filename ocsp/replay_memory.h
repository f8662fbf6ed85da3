// The nonces of the PIN-less path: each is accepted once for each credential within a window of time.
//
// Bounded: when it is full, a new nonce is refused rather than an old one forgotten; and no credential can
// fill it for the others. With a log (ocsp/replay_log.h) it outlives the process.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "ocsp/replay_log.h"
#include "pki/bytes.h"
#include "pki/serial_number.h"
#include "pki/time.h"

namespace ocsp {

// unwritable: the log could not take it, so that it might be accepted again after a restart.
enum class NonceVerdict : std::uint8_t { fresh, repeated, full, unwritable };

// Usable from any thread.
class ReplayMemory final {
 public:
  // A nonce is remembered until `window` has passed; at most `per_credential` are for each credential, and
  // twice as many over all. A credential may not have more than there are places free, so k busy ones get
  // 2/(k+1) of `per_credential` each and leave as much for the next. One nonce takes some 100 bytes.
  ReplayMemory(pki::Seconds window, std::size_t per_credential)
      : window_(window), per_credential_(per_credential) {}

  // What time it is: by the clock, which the log goes by, and elapsed since any fixed moment, by which the
  // window is counted. A clock that is set forward makes no nonce fresh.
  struct Moment {
    pki::Time time;
    pki::Seconds elapsed;
  };

  // Remembers what the log has, and writes to it from now on. Before the first check.
  void attach(ReplayLog::Opened opened, const Moment& now);
  // Remembers the nonce when it is fresh.
  [[nodiscard]] NonceVerdict check(pki::SerialNumber credential, pki::ByteView nonce, const Moment& now);
  // For a request that was not answered after all, so that its sender may send it again.
  void forget(pki::SerialNumber credential, pki::ByteView nonce);
  [[nodiscard]] std::size_t size() const;
  // What stands for a nonce of a credential.
  [[nodiscard]] static NonceMark mark_of(pki::SerialNumber credential, pki::ByteView nonce);

 private:
  struct MarkHash {
    std::size_t operator()(const NonceMark& mark) const;
  };
  struct Remembered {
    NonceEntry entry;
    // Moment::elapsed.
    pki::Seconds since;
  };
  void drop(const NonceEntry& entry);
  [[nodiscard]] bool is_full_for(pki::SerialNumber credential) const;

  const pki::Seconds window_;
  const std::size_t per_credential_;
  mutable std::mutex mutex_;
  // All guarded by mutex_; the first three hold the same entries.
  std::unordered_set<NonceMark, MarkHash> marks_;
  std::deque<Remembered> order_;
  std::map<std::uint64_t, std::size_t> counts_;
  std::unique_ptr<ReplayLog> log_;
};

}  // namespace ocsp
