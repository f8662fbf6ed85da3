// One walk over all rows.

#include "store/log_check.h"

#include <string>
#include <vector>

#include "pki/messages/store.h"

namespace store {

namespace {

// Whole rows, with their bodies: a few are enough to be fast.
constexpr std::size_t kRowsAtOnce = 100;

pki::Error does_not_follow(const LogRow& row) {
  return pki::fail(pki::Errc::conflict, {messages::row_does_not_follow_row, std::to_string(row.number),
                                         std::to_string(row.number - 1)});
}

// What has been read so far.
class Chain final {
 public:
  Chain(const LogIdentity& identity, const LogPosition& position)
      : identity_(identity), position_(position) {}

  pki::Result<void> add(const LogRow& row) {
    TRY(check_row(row));
    if (checked_.last == 0) {
      checked_.first = row.number;
      if (row.number == 1 && row.previous != identity_.anchor) return does_not_follow(row);
    } else if (row.number != checked_.last + 1 || row.previous != hash_ || row.epoch.number < epoch_) {
      return does_not_follow(row);
    }
    // The store's own row may be the one before the first that is kept: its hash is known by the next.
    if (row.number == position_.number + 1 && row.previous != position_.hash) return differs();
    if (row.number == position_.number && row.hash != position_.hash) return differs();
    if (row.number == position_.number || row.number == position_.number + 1) is_position_found_ = true;
    checked_.last = row.number;
    hash_ = row.hash;
    epoch_ = row.epoch.number;
    return {};
  }

  [[nodiscard]] pki::Result<LogChecked> finish() {
    checked_.store_row = position_.number;
    if (position_.number > checked_.last)
      return pki::fail(pki::Errc::conflict, {messages::log_ends_early, std::to_string(position_.number)});
    if (!is_position_found_ && position_.number + 1 < checked_.first)
      return pki::fail(pki::Errc::conflict, {messages::log_was_trimmed, std::to_string(checked_.first),
                                             std::to_string(position_.number)});
    return checked_;
  }

  [[nodiscard]] std::uint64_t last() const { return checked_.last; }
  // All that was read was removed meanwhile, and perhaps more: the log begins with this row now.
  void begin_again_at(std::uint64_t first) {
    checked_.first = 0;
    checked_.last = 0;
    first_ = first;
  }
  // After which row to read on.
  [[nodiscard]] std::uint64_t read_to() const { return checked_.last == 0 ? first_ - 1 : checked_.last; }

 private:
  [[nodiscard]] pki::Error differs() const {
    return pki::fail(pki::Errc::conflict, {messages::log_differs, std::to_string(position_.number)});
  }

  const LogIdentity& identity_;
  const LogPosition& position_;
  LogChecked checked_;
  pki::Bytes hash_;
  std::uint64_t epoch_ = 0, first_ = 1;
  // Whether the store's own row was read and is as the store has it.
  bool is_position_found_ = false;
};

}  // namespace

pki::Result<LogChecked> check_log(Log& log, const LogPosition& position) {
  TRY_ASSIGN(const LogIdentity identity, log.identity());
  if (identity.id != position.log_id) return pki::fail(pki::Errc::conflict, messages::log_of_another);
  if (position.number == 0 && position.hash != identity.anchor)
    return pki::fail(pki::Errc::conflict, messages::log_began_elsewhere);
  Chain chain(identity, position);
  for (;;) {
    TRY_ASSIGN(const std::vector<LogRow> rows, log.read_after(chain.read_to(), kRowsAtOnce));
    if (rows.empty()) return chain.finish();
    if (chain.last() > 0 && rows.front().number > chain.last() + 1) {
      // Rows are missing in between, unless the log begins later now (`cluster trim`).
      TRY_ASSIGN(const std::vector<LogRow> first, log.read_after(0, 1));
      if (!first.empty() && first.front().number >= rows.front().number) {
        chain.begin_again_at(first.front().number);
        continue;
      }
    }
    for (const LogRow& row : rows)
      TRY(chain.add(row));
  }
}

}  // namespace store
