// The Writer's side of the log: a group commit is appended as a row before the store commits it.

#pragma once

#include <optional>
#include <string>

#include "pki/random.h"
#include "pki/time.h"
#include "store/environment.h"
#include "store/log.h"
#include "store/log_view.h"
#include "store/operations.h"
#include "store/read_leases.h"

namespace store {

// How far a leader's clock may lie behind the last row (its own rows are then dated as that one is), and
// apart from the clock of the log.
inline constexpr pki::Seconds kClocksApart{5};

// The right to append, until another machine takes over. Made by take_over() alone, and held by one Writer.
class Leadership final {
 public:
  Leadership(Leadership&&) noexcept = default;
  Leadership& operator=(Leadership&&) noexcept = default;

  [[nodiscard]] const Epoch& epoch() const { return epoch_; }
  // What is stored is acknowledged by these leases, which must outlive the Writer; without them, at once.
  void acknowledge_by(ReadLeases& leases) { leases_ = &leases; }

 private:
  friend class LogWriter;
  friend pki::Result<Leadership> take_over(Environment&, const Schema&, Log&, std::string, pki::Rng);
  Leadership(const Schema& schema, Log& log, Epoch epoch, std::string machine, pki::Rng rng)
      : schema_(&schema),
        log_(&log),
        epoch_(std::move(epoch)),
        machine_(std::move(machine)),
        rng_(std::move(rng)) {}

  const Schema* schema_;
  Log* log_;
  Epoch epoch_;
  std::string machine_;
  pki::Rng rng_;
  ReadLeases* leases_ = nullptr;
};

// Raises the epoch and then applies every row that the store lacks: nothing is written or answered before. An
// error when the log cannot be reached or is closed, or another machine has taken over meanwhile. `schema`
// and `log` must outlive the leadership; `rng` fills the random bytes of the rows.
[[nodiscard]] pki::Result<Leadership> take_over(Environment& environment, const Schema& schema, Log& log,
                                                std::string machine, pki::Rng rng);

// Used by the Writer's thread.
class LogWriter final {
 public:
  enum class Outcome : std::uint8_t {
    stored,
    // Neither here nor in the log.
    not_stored,
    // In the log, or perhaps in it: the same change must be asked for again with its Idempotency-Key.
    unknown,
  };
  struct Verdict {
    Outcome outcome = Outcome::unknown;
    pki::Message reason = {};  // Empty when stored.
  };

  LogWriter(Environment& environment, Leadership leadership)
      : environment_(environment),
        leadership_(std::move(leadership)),
        row_(read_log_position(environment.read()).value().number) {}

  // From here on the transaction's operations are recorded.
  void begin(WriteTransaction& transaction);
  // The row of what was recorded, and in the transaction the position after it: all that the store can refuse
  // before its commit is refused now, by an exception.
  [[nodiscard]] LogRow prepare(WriteTransaction& transaction, pki::Time now);
  // Appends the row that prepare() has made, then commits the transaction; unless stored, nothing of it is in
  // the store. From here on the batch may have happened, so nothing is thrown: where not even a verdict can
  // be given the process ends, and its next start applies the row.
  [[nodiscard]] Verdict commit(WriteTransaction transaction, LogRow row) noexcept;

  // Whether it is not known if the last row is in the log. No transaction may begin before settle() has found
  // out.
  [[nodiscard]] bool in_doubt() const { return in_doubt_.has_value(); }
  // REQUIRES: in_doubt(). Tries again; stored means that the row was applied.
  [[nodiscard]] Verdict settle() noexcept;

  // Why this machine no longer leads.
  [[nodiscard]] const std::optional<pki::Message>& deposed() const { return deposed_; }
  // The last row of the store.
  [[nodiscard]] std::uint64_t row() const { return row_; }
  // Null: what is stored is acknowledged.
  [[nodiscard]] ReadLeases* leases() const { return leadership_.leases_; }

 private:
  [[nodiscard]] LogRow make_row(const WriteTransaction& transaction, pki::Time now);
  [[nodiscard]] Appended append(const LogRow& row);
  [[nodiscard]] Appended settle_in_log(const LogRow& row);
  [[nodiscard]] Verdict step_down(Outcome outcome, pki::Message reason);
  [[nodiscard]] Verdict stored(std::uint64_t number);

  Environment& environment_;
  Leadership leadership_;
  Operations operations_;
  std::uint64_t row_;
  std::optional<LogRow> in_doubt_;
  std::optional<pki::Message> deposed_;
};

}  // namespace store
