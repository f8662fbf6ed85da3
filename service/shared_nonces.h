// The PIN-less path on several machines: a nonce is accepted once over all of them (store/nonce_table.h).
// Where the database does not say so at once, that path answers tryLater, and nothing else waits for it.

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "http/runtime.h"
#include "ocsp/replay_memory.h"
#include "pki/result.h"
#include "pki/time.h"
#include "service/trusted_clock.h"
#include "store/nonce_table.h"

namespace service {

// For ocsp::ServiceOptions::shared_nonces. From one thread.
class SharedNonces final {
 public:
  // `memory`: how long nonces are remembered (ocsp::nonce_memory()). `on_error` hears once of each fault that
  // lasts.
  SharedNonces(std::unique_ptr<store::NonceTable> table, pki::Seconds memory, ElapsedTime elapsed,
               http::ErrorHandler on_error)
      : table_(std::move(table)),
        memory_(memory),
        elapsed_(std::move(elapsed)),
        on_error_(std::move(on_error)) {}

  [[nodiscard]] std::vector<ocsp::NonceVerdict> take(std::span<const ocsp::NonceMark> marks);

 private:
  const std::unique_ptr<store::NonceTable> table_;
  const pki::Seconds memory_;
  const ElapsedTime elapsed_;
  const http::ErrorHandler on_error_;
  // After a fault the database is left alone for a while.
  std::optional<std::int64_t> failed_at_;
  bool is_reported_ = false;
};

// The leader's part: what every machine may forget is removed. From one thread, again and again.
class OldNonces final {
 public:
  OldNonces(std::unique_ptr<store::NonceTable> table, pki::Seconds memory, ElapsedTime elapsed)
      : table_(std::move(table)), memory_(memory), elapsed_(std::move(elapsed)) {}

  pki::Result<void> remove();

 private:
  struct Noted {
    std::int64_t at = 0;
    std::uint64_t newest = 0;
  };
  const std::unique_ptr<store::NonceTable> table_;
  const pki::Seconds memory_;
  const ElapsedTime elapsed_;
  std::deque<Noted> noted_;
};

}  // namespace service
