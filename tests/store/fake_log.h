// A log in memory, shared by the machines of a test, whose every call can fail: before or after it took
// effect, or with its effect still to come.

#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "store/log.h"
#include "store/log_closure.h"

namespace store::testing {

// What the database would hold.
struct FakeEngine {
  LogIdentity identity = {};
  Epoch epoch = {};
  std::vector<LogRow> rows = {};
  // So many of them, from the first on, were removed.
  std::size_t removed = 0;
  // Who has closed the log; empty: it is open.
  std::string closed_by = {};
  // Nobody can: the log is away just then.
  bool refuses_to_close = false;
  // Whose lease keeps others from beginning an epoch; empty: nobody's.
  std::string led_by = {};
  // By its own clock.
  pki::Time now = {};
  std::vector<MachineReport> reports = {};
  // By machine.
  std::map<std::string, LeaseRequest> lease_requests = {};
  std::map<std::string, LeaseGrant> lease_grants = {};
  // By machine and sequence; an empty body is one that was forgotten.
  std::map<std::pair<std::string, std::uint64_t>, pki::Bytes> inbox = {};
  // An append whose connection broke: it is carried out or undone before its locks are free.
  std::optional<LogRow> under_way = {};

  [[nodiscard]] bool follows(const LogRow& row) const {
    const pki::Bytes& hash = rows.empty() ? identity.anchor : rows.back().hash;
    return row.epoch == epoch && row.number == rows.size() + 1 && row.previous == hash;
  }
  // What whoever locks the epoch row for itself waits for.
  void finish_under_way() {
    if (const auto row = std::exchange(under_way, std::nullopt); row && follows(*row)) rows.push_back(*row);
  }
};

enum class Failure {
  before,   // No effect, and the caller does not hear.
  after,    // It takes effect, and the caller does not hear.
  later,    // An append takes effect when somebody waits for it; the caller does not hear.
  refused,  // No effect, and the caller hears.
  thrown,   // It takes effect, and an exception comes back.
};

// One machine's connection.
class FakeLog final : public Log {
 public:
  explicit FakeLog(FakeEngine& engine) : engine_(engine) {}

  // The calls from the n-th on (1 is the next) fail, as many as `count`; none is 0.
  void fail_at(int n, Failure failure, int count = 1) {
    first_ = calls_ + n;
    last_ = first_ + count - 1;
    failure_ = failure;
  }
  [[nodiscard]] int calls() const { return calls_; }
  // Called before each call takes effect.
  std::function<void()> hook = {};

  pki::Result<LogIdentity> identity() override {
    if (begin()) return gone();
    return engine_.identity;
  }
  pki::Result<Epoch> raise_epoch(std::string_view machine) override {
    const auto failure = begin();
    if (failure && *failure != Failure::after) return gone();
    engine_.finish_under_way();
    if (!engine_.closed_by.empty()) return log_is_closed(engine_.closed_by);
    if (!engine_.led_by.empty()) return pki::fail(pki::Errc::conflict, engine_.led_by + " leads");
    engine_.epoch.number++;
    engine_.epoch.id = pki::Bytes(16, static_cast<std::uint8_t>(machine.front()));
    engine_.epoch.id.front() = static_cast<std::uint8_t>(engine_.epoch.number);
    if (failure) return gone();
    return engine_.epoch;
  }
  pki::Result<void> renew(const Epoch& epoch) override {
    if (begin()) return gone();
    if (epoch != engine_.epoch) return pki::fail(pki::Errc::conflict, "another machine leads");
    return {};
  }
  void release(const Epoch& epoch) override {
    if (epoch == engine_.epoch) engine_.led_by.clear();
  }
  pki::Result<void> close(std::string_view machine) override {
    const auto failure = begin();
    if (engine_.refuses_to_close || (failure && *failure != Failure::after)) return gone();
    engine_.finish_under_way();
    if (!engine_.closed_by.empty()) return pki::fail(pki::Errc::already_exists, "the log is closed");
    engine_.epoch = {.number = engine_.epoch.number + 1, .id = pki::Bytes(16, 0)};
    engine_.closed_by = machine;
    if (failure) return gone();
    return {};
  }
  pki::Result<LogStatus> status() override {
    if (begin()) return gone();
    return LogStatus{.epoch = engine_.epoch,
                     .machine = engine_.led_by,
                     .lease_left = std::chrono::milliseconds{engine_.led_by.empty() ? 0 : 1000},
                     .rows = engine_.rows.size(),
                     .now = engine_.now,
                     .is_closed = !engine_.closed_by.empty()};
  }
  pki::Result<void> report(const MachineReport& report) override {
    if (begin()) return gone();
    std::erase_if(engine_.reports, [&](const MachineReport& one) { return one.name == report.name; });
    engine_.reports.push_back(report);
    return {};
  }
  pki::Result<std::vector<MachineReport>> reports() override {
    if (begin()) return gone();
    return engine_.reports;
  }
  pki::Result<LeaseGrant> request_lease(const LeaseRequest& request) override {
    const auto failure = begin();
    if (failure && *failure != Failure::after) return gone();
    LeaseRequest& kept = engine_.lease_requests[request.machine];
    const LeaseGrant& grant = engine_.lease_grants[request.machine];
    kept = request;
    kept.is_granted = grant.process == request.process && grant.number == request.number;
    if (failure) return gone();
    return grant;
  }
  pki::Result<std::vector<LeaseRequest>> lease_requests() override {
    if (begin()) return gone();
    std::vector<LeaseRequest> requests;
    for (const auto& [machine, request] : engine_.lease_requests)
      requests.push_back(request);
    return requests;
  }
  pki::Result<void> grant_lease(const Epoch& epoch, const LeaseRequest& request,
                                std::chrono::milliseconds length) override {
    const auto failure = begin();
    if (failure && *failure != Failure::after) return gone();
    LeaseRequest& kept = engine_.lease_requests[request.machine];
    if (epoch == engine_.epoch && kept.process == request.process && kept.number == request.number) {
      engine_.lease_grants[request.machine] = {request.process, request.number, length};
      kept.is_granted = true;
    }
    if (failure) return gone();
    return {};
  }
  pki::Result<void> send(const InboxEntry& entry) override {
    const auto failure = begin();
    if (failure && *failure != Failure::after) return gone();
    engine_.inbox.try_emplace({entry.machine, entry.sequence}, entry.body);
    if (failure) return gone();
    return {};
  }
  pki::Result<std::uint64_t> last_sent(std::string_view machine) override {
    if (begin()) return gone();
    std::uint64_t last = 0;
    for (const auto& [key, body] : engine_.inbox)
      if (key.first == machine) last = key.second;
    return last;
  }
  pki::Result<std::vector<InboxEntry>> inbox(std::size_t count_max) override {
    if (begin()) return gone();
    std::vector<InboxEntry> entries;
    for (const auto& [key, body] : engine_.inbox)
      if (!body.empty() && entries.size() < count_max) entries.push_back({key.first, key.second, body});
    return entries;
  }
  pki::Result<void> forget(std::string_view machine, std::uint64_t sequence) override {
    const auto failure = begin();
    if (failure && *failure != Failure::after) return gone();
    std::erase_if(engine_.inbox,
                  [&](const auto& one) { return one.first.first == machine && one.first.second < sequence; });
    if (const auto last = engine_.inbox.find({std::string(machine), sequence}); last != engine_.inbox.end())
      last->second.clear();
    if (failure) return gone();
    return {};
  }
  Appended append(const LogRow& row) override {
    const auto failure = begin();
    if (failure == Failure::refused) return {AppendOutcome::failed, "the disk of the log is full"};
    if (failure == Failure::before) return {AppendOutcome::unknown, "the connection broke"};
    if (failure == Failure::later) {
      engine_.under_way = row;
      return {AppendOutcome::unknown, "the connection broke"};
    }
    return insert(row, failure);
  }
  Appended settle(const LogRow& row) override {
    const auto failure = begin();
    if (failure == Failure::thrown) throw std::bad_alloc();
    if (failure && *failure != Failure::after) return {AppendOutcome::unknown, "the log is away"};
    engine_.finish_under_way();
    if (row.epoch != engine_.epoch) return {AppendOutcome::deposed, "another machine leads"};
    if (row.number <= engine_.rows.size()) {
      if (engine_.rows.at(row.number - 1) != row) return {AppendOutcome::deposed, "another machine leads"};
      if (failure) return {AppendOutcome::unknown, "the connection broke"};
      return {AppendOutcome::appended, {}};
    }
    return insert(row, failure);
  }
  pki::Result<std::vector<LogRow>> read_after(std::uint64_t number, std::size_t count_max) override {
    if (begin()) return gone();
    std::vector<LogRow> rows;
    for (std::size_t i = std::max<std::size_t>(number, engine_.removed);
         i < engine_.rows.size() && rows.size() < count_max; ++i)
      rows.push_back(engine_.rows[i]);
    return rows;
  }

 private:
  std::optional<Failure> begin() {
    calls_++;
    if (hook) hook();
    return calls_ >= first_ && calls_ <= last_ ? std::optional(failure_) : std::nullopt;
  }
  static pki::Error gone() { return pki::fail(pki::Errc::unreachable, "the log is away"); }
  Appended insert(const LogRow& row, std::optional<Failure> failure) {
    if (!engine_.follows(row)) return {AppendOutcome::deposed, "another machine leads"};
    engine_.rows.push_back(row);
    if (failure == Failure::thrown) throw std::bad_alloc();
    if (failure) return {AppendOutcome::unknown, "the connection broke"};
    return {AppendOutcome::appended, {}};
  }

  FakeEngine& engine_;
  int calls_ = 0, first_ = 0, last_ = -1;
  Failure failure_ = Failure::before;
};

}  // namespace store::testing
