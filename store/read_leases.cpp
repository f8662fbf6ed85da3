// Counting leases, and rows that wait for them.

#include "store/read_leases.h"

#include <algorithm>
#include <utility>

namespace store {

namespace {

// How far behind the last acknowledged row a machine without a lease may be for acknowledgements to wait for
// it, and for how long they do.
constexpr std::uint64_t kSlightlyLate = 200;
constexpr std::int64_t kHoldMilliseconds = 100;

}  // namespace

ReadLeases::ReadLeases(ReadLeaseOptions options, const LogPosition& at)
    : options_(std::move(options)), acknowledged_(at.number), stored_(at.number) {
  rows_[at.number] = {at.hash, options_.elapsed()};
}

void ReadLeases::begin(std::uint64_t number, const pki::Bytes& hash) {
  const std::lock_guard lock(mutex_);
  rows_[number] = {hash, std::nullopt};
}

void ReadLeases::store(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto row = rows_.find(number); row != rows_.end()) row->second.stored_at = options_.elapsed();
    stored_ = std::max(stored_, number);
  }
  acknowledge_and_call();
  work_.notify_one();
}

void ReadLeases::when_acknowledged(std::uint64_t number, Then then) {
  std::unique_lock lock(mutex_);
  if (!has_ended_ && acknowledged_ < number) {
    waiting_.emplace(number, std::move(then));
    return;
  }
  const bool is_acknowledged = acknowledged_ >= number;
  lock.unlock();
  then(is_acknowledged);
}

bool ReadLeases::wait_for(std::uint64_t number) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return has_ended_ || acknowledged_ >= number; });
  return acknowledged_ >= number;
}

void ReadLeases::rest() {
  constexpr std::chrono::milliseconds kMoment{50};
  std::unique_lock lock(mutex_);
  work_.wait_for(lock, kMoment, [&] { return stored_ > acknowledged_ && !has_ended_; });
}

void ReadLeases::end() {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    for (auto& [number, then] : waiting_)
      calls.push_back(std::move(then));
    waiting_.clear();
  }
  changed_.notify_all();
  call(calls, false);
}

std::uint64_t ReadLeases::stored_row() const {
  const std::lock_guard lock(mutex_);
  return stored_;
}

std::uint64_t ReadLeases::waiting_rows() const {
  const std::lock_guard lock(mutex_);
  return stored_ - acknowledged_;
}

std::size_t ReadLeases::holders() const {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = options_.elapsed();
  return static_cast<std::size_t>(
      std::ranges::count_if(holders_, [&](const auto& one) { return one.second.counted_until >= now; }));
}

void ReadLeases::note(const std::vector<LeaseRequest>& requests) {
  const std::int64_t now = options_.elapsed();
  std::erase_if(holders_, [&](const auto& one) { return one.second.counted_until < now; });
  for (const LeaseRequest& request : requests) {
    hold_for(request, now);
    const auto known = holders_.find(request.process);
    if (known == holders_.end()) continue;
    known->second.row = request.row;
    known->second.hash = request.hash;
  }
}

// While rows follow one another closely, a machine that has no lease is behind the last acknowledged row
// whenever its request arrives. So acknowledgements wait for it for a moment, and no oftener than once in the
// length of a lease. A row may be acknowledged at any time after it could be, so this changes nothing of what
// is right (store/model/log.pml).
void ReadLeases::hold_for(const LeaseRequest& request, std::int64_t now) {
  const bool is_slightly_late = request.row < acknowledged_ && acknowledged_ - request.row <= kSlightlyLate;
  if (!is_slightly_late || request.is_granted || request.age > options_.length / 2) return;
  const auto [held, is_first] = held_at_.try_emplace(request.machine, now);
  if (!is_first && now - held->second >= options_.length.count()) held->second = now;
}

bool ReadLeases::is_held(std::int64_t now) const {
  return std::ranges::any_of(held_at_,
                             [&](const auto& held) { return now - held.second < kHoldMilliseconds; });
}

// The row of a machine whose store is this one's up to it. Nothing when it may be another's, or the row is
// before the last acknowledged one.
std::optional<std::uint64_t> ReadLeases::row_in_common(std::uint64_t row, const pki::Bytes& hash) const {
  const auto known = rows_.find(row);
  return known != rows_.end() && known->second.hash == hash ? std::optional(row) : std::nullopt;
}

// Whether a machine at this row has kept the next one waiting for a whole lease.
bool ReadLeases::is_late(std::uint64_t row, std::int64_t now) const {
  const auto next = rows_.upper_bound(row);
  return next != rows_.end() && next->second.stored_at &&
         now - *next->second.stored_at >= options_.length.count();
}

bool ReadLeases::may_have_lease(const LeaseRequest& request, std::int64_t now) const {
  // An old request would be worth little, and that of a machine that is gone would keep rows waiting.
  if (request.is_granted || request.age > options_.length / 2) return false;
  return row_in_common(request.row, request.hash) >= std::optional(acknowledged_) &&
         !is_late(request.row, now);
}

ReadLeases::Calls ReadLeases::acknowledge() {
  Calls calls;
  if (is_granting_ || has_ended_) return calls;
  const std::int64_t now = options_.elapsed();
  if (is_held(now)) return calls;
  std::uint64_t all_have = stored_;
  if (options_.acknowledge == Acknowledge::views)
    for (const auto& [process, holder] : holders_)
      if (holder.counted_until >= now)
        all_have = std::min(all_have, row_in_common(holder.row, holder.hash).value_or(0));
  if (all_have <= acknowledged_) return calls;
  acknowledged_ = all_have;
  rows_.erase(rows_.begin(), rows_.lower_bound(acknowledged_));
  const auto end = waiting_.upper_bound(acknowledged_);
  for (auto one = waiting_.begin(); one != end; ++one)
    calls.push_back(std::move(one->second));
  waiting_.erase(waiting_.begin(), end);
  return calls;
}

void ReadLeases::call(const Calls& calls, bool is_acknowledged) {
  for (const Then& then : calls)
    then(is_acknowledged);
}

void ReadLeases::acknowledge_and_call() {
  Calls calls;
  {
    const std::lock_guard lock(mutex_);
    calls = acknowledge();
  }
  changed_.notify_all();
  call(calls, true);
}

// Counted without an end until the grant is made, and then from after it: its holder counts from before the
// request. A grant that fails may yet be made, but its holder counts no differently.
void ReadLeases::grant(Log& log, const Epoch& epoch, const LeaseRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_ || !may_have_lease(request, options_.elapsed())) return;
    is_granting_ = true;
    Holder& holder = holders_[request.process];
    holder.machine = request.machine;
    holder.row = request.row;
    holder.hash = request.hash;
    // For as long as it is under way nothing is acknowledged (is_granting_).
    holder.counted_until = std::max(holder.counted_until, options_.elapsed());
  }
  try {
    static_cast<void>(log.grant_lease(epoch, request, options_.length));
  } catch (const std::exception&) {
    // As any other grant of which it is not known whether it was made.
  }
  const std::lock_guard lock(mutex_);
  Holder& holder = holders_[request.process];
  holder.counted_until = std::max(holder.counted_until,
                                  options_.elapsed() + options_.length.count() + options_.length.count() / 4);
  is_granting_ = false;
  // It has its lease: what was held for it goes on.
  if (const auto held = held_at_.find(request.machine); held != held_at_.end())
    held->second = std::min(held->second, options_.elapsed() - kHoldMilliseconds);
}

pki::Result<void> ReadLeases::step(Log& log, const Epoch& epoch) {
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return {};
  }
  const auto requests = log.lease_requests();
  if (requests.has_value()) {
    const std::lock_guard lock(mutex_);
    note(*requests);
  }
  acknowledge_and_call();
  if (requests.has_error()) return requests.error();
  for (const LeaseRequest& request : *requests)
    grant(log, epoch, request);
  acknowledge_and_call();
  return {};
}

}  // namespace store
