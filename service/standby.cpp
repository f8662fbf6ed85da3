// Rows first, then the lease, then the question who leads.

#include "service/standby.h"

#include <algorithm>
#include <utility>

#include "pki/messages/service.h"
#include "registry/schema.h"
#include "store/log_view.h"

namespace service {

namespace {

constexpr std::size_t kProcessIdSize = 16;

}  // namespace

Standby::Standby(LogMember& member, store::Environment& environment, MayLead may_lead, OnRows on_rows,
                 FollowerRole role)
    : member_(member),
      environment_(environment),
      may_lead_(std::move(may_lead)),
      on_rows_(std::move(on_rows)),
      role_(role),
      request_{.machine = member.machine, .process = pki::Rng::system().bytes(kProcessIdSize)},
      length_(member.read_lease) {}

std::unique_ptr<Leader> Standby::step() {
  try {
    auto led = follow();
    if (led.has_value()) return std::move(*led);
    looked_at_.reset();
    // A log that cannot be reached says nothing against the store as it is; one that differs does.
    if (led.error().code != pki::Errc::unreachable) lease_until_ = 0;
    note_fault(led.error().message);
  } catch (const std::exception& error) {
    looked_at_.reset();
    // A store that cannot be written: it is tried again.
    note_fault(pki::message_of(error));
  }
  return nullptr;
}

pki::Result<std::unique_ptr<Leader>> Standby::follow() {
  store::LogView view(environment_, registry::kSchema);
  const std::int64_t now = member_.elapsed();
  if (!looked_at_ || now - *looked_at_ >= kLooks.count()) return look();
  TRY(view.follow(*member_.rows));
  TRY(keep_lease(view.position()));
  return std::unique_ptr<Leader>();
}

pki::Result<std::unique_ptr<Leader>> Standby::look() {
  store::LogView view(environment_, registry::kSchema);
  TRY_ASSIGN(store::LogStatus status, member_.lease->status());
  // Who is not let in sees no row, which says nothing of the log.
  if (role_ == FollowerRole::view && status.machine.empty())
    return pki::fail(pki::Errc::conflict, {messages::view_is_unknown, member_.machine});
  TRY_ASSIGN(const std::uint64_t row, view.catch_up(*member_.rows));
  TRY_ASSIGN(status, member_.lease->status());
  note(status, row);
  const auto clocks = compare_clocks(status.now, member_.wall.now());
  is_clock_right_ = clocks.has_value();
  if (!is_clock_right_) lease_until_ = 0;
  if (on_rows_) on_rows_(environment_.read());
  // Without a lease it can still come to lead.
  const auto kept = keep_lease(view.position());
  const std::int64_t now = member_.elapsed();
  looked_at_ = now;
  if (!reported_at_ || now - *reported_at_ >= member_.report_interval.count()) {
    const char* const role = role_ == FollowerRole::view ? "view" : "standby";
    TRY(member_.lease->report({.name = member_.machine, .role = role, .row = row}));
    reported_at_ = now;
  }
  if (role_ == FollowerRole::view) {
    note_fault(clocks.has_error() ? std::optional(clocks.error().message)
               : kept.has_error() ? std::optional(kept.error().message)
                                  : std::nullopt);
    return std::unique_ptr<Leader>();
  }
  if (const auto may = may_lead_(environment_.read()); may.has_error()) {
    // It cannot lead, but it has what was acknowledged all the same.
    note_fault(may.error().message);
    return std::unique_ptr<Leader>();
  }
  note_fault(clocks.has_error() ? std::optional(clocks.error().message)
             : kept.has_error() ? std::optional(kept.error().message)
                                : std::nullopt);
  if (status.lease_left.count() > 0) return std::unique_ptr<Leader>();
  auto led = Leader::take_over(member_, environment_);
  if (led.has_error() && led.error().code == pki::Errc::conflict) {
    // Another machine was faster, or this one's clock is wrong: neither says anything of its store.
    note_fault(led.error().message);
    return std::unique_ptr<Leader>();
  }
  return led;
}

// A granted lease is renewed while three quarters are left of it, and a request that was not answered when
// half of a lease is over: by the length that the leader grants, which need not be this machine's setting.
bool Standby::must_ask_again(std::int64_t now) const {
  if (!asked_at_) return true;
  const std::int64_t age = now - *asked_at_, length = length_.count();
  return age >= (is_granted_ ? length / 4 : length / 2);
}

pki::Result<void> Standby::keep_lease(const store::LogPosition& at) {
  if (!is_clock_right_) return {};
  const std::int64_t now = member_.elapsed();
  const bool is_new = must_ask_again(now);
  if (on_rows_ && at.number != request_.row) on_rows_(environment_.read());
  if (!is_new && has_arrived_ && is_granted_ && at.number == request_.row) return {};
  if (is_new) {
    ++request_.number;
    is_granted_ = false;
    // From before the request is sent.
    asked_at_ = now;
  }
  request_.row = at.number;
  request_.hash = at.hash;
  has_arrived_ = false;
  TRY_ASSIGN(const store::LeaseGrant grant, member_.lease->request_lease(request_));
  has_arrived_ = true;
  // Since this process was granted one: before that it may be the one whose place it takes.
  if (has_had_lease_ && !grant.process.empty() && grant.process != request_.process)
    return pki::fail(pki::Errc::conflict, {messages::machine_name_is_taken, member_.machine});
  if (grant.process != request_.process || grant.number != request_.number) return {};
  is_granted_ = true;
  has_had_lease_ = true;
  length_ = std::min(grant.length, store::kReadLeaseMax);
  lease_until_ = *asked_at_ + length_.count();
  return {};
}

void Standby::note(const store::LogStatus& status, std::uint64_t row) {
  const bool is_led = status.lease_left.count() > 0;
  const std::lock_guard lock(mutex_);
  state_.leader = is_led ? status.machine : std::string();
  state_.address = is_led ? status.address : std::string();
  state_.row = row;
}

void Standby::note_fault(std::optional<pki::Message> fault) {
  const std::lock_guard lock(mutex_);
  state_.fault = std::move(fault);
}

StandbyState Standby::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace service
