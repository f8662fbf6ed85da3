// Group commit: whatever waits shares one transaction and one sync.

#include "store/writer.h"

#include <atomic>
#include <mutex>
#include <thread>

#include "pki/messages/store.h"
#include "pki/work_queue.h"
#include "store/audit.h"
#include "store/vault.h"
#include "store/write_time.h"

namespace store {

namespace {

struct Job {
  Command command;
  Writer::Done done;
  pki::Result<void> result;
};

pki::Error cannot_write(pki::Message why) {
  return pki::fail(pki::Errc::too_busy, {messages::nothing_stored, std::move(why)});
}

}  // namespace

struct Writer::State {
  Environment& environment;
  const pki::Clock& clock;
  const WriterLimits limits;
  const Writer::AfterCommit after_commit;
  pki::WorkQueue<Job> queue;
  std::atomic<std::size_t> running = 0;  // Jobs of the batch in hand.
  mutable std::mutex mutex;
  std::optional<pki::Message> fault;    // Guarded by mutex.
  std::optional<pki::Message> stopped;  // Guarded by mutex: why nothing may be written.
  std::thread thread;

  State(Environment& environment, const pki::Clock& clock, WriterLimits limits, Writer::AfterCommit after)
      : environment(environment),
        clock(clock),
        limits(limits),
        after_commit(std::move(after)),
        queue(pki::FirstInFirstOut<Job>(limits.queue_length)) {}

  void loop();
  std::vector<Job> run_batch(Job first);
  void replay(std::vector<Job>& batch);
  void run_one(WriteTransaction& transaction, Job& job, pki::Time now);
  bool any_accepted(const std::vector<Job>& batch) const;
  void check_clock(const ReadTransaction& transaction, pki::Time now) const;
  void check_stopped() const;
  void announce_commit() const;
  void set_fault(std::optional<pki::Message> why);
};

Writer::Writer(Environment& environment, const pki::Clock& clock, WriterLimits limits,
               AfterCommit after_commit)
    : state_(std::make_unique<State>(environment, clock, limits, std::move(after_commit))) {
  state_->thread = std::thread([state = state_.get()] { state->loop(); });
}

Writer::~Writer() {
  state_->queue.close();
  state_->thread.join();
}

void Writer::submit(Command command, Done done) {
  const auto rejected = state_->queue.push({std::move(command), std::move(done), {}});
  if (rejected) rejected->done(pki::fail(pki::Errc::too_busy, messages::writer_queue_full));
}

pki::Result<void> Writer::execute(Command command) {
  std::promise<pki::Result<void>> promise;
  auto future = promise.get_future();
  submit(std::move(command), [&](pki::Result<void> result) { promise.set_value(std::move(result)); });
  return future.get();
}

void Writer::stop(std::optional<pki::Message> why) {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = std::move(why);
}

std::optional<pki::Message> Writer::fault() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stopped ? state_->stopped : state_->fault;
}

std::size_t Writer::backlog() const {
  return state_->queue.size() + state_->running;
}

void Writer::State::set_fault(std::optional<pki::Message> why) {
  const std::lock_guard lock(mutex);
  fault = std::move(why);
}

void Writer::State::loop() {
  while (auto first = queue.pop()) {
    running = 1;
    std::vector<Job> batch = run_batch(std::move(*first));
    if (any_accepted(batch)) announce_commit();
    for (Job& job : batch)
      job.done(std::move(job.result));
    running = 0;
  }
}

void Writer::State::announce_commit() const {
  if (!after_commit) return;
  try {
    after_commit(environment.read());
  } catch (const StoreError&) {
    // No snapshot can be had now; the next commit announces this one's state, too.
  }
}

// A clock that runs back would put revocations before issues and CRLs before their predecessors.
void Writer::State::check_clock(const ReadTransaction& transaction, pki::Time now) const {
  const auto last = last_write_time(transaction);
  if (last && now < *last)
    throw StoreError(pki::Message{messages::clock_went_back, pki::to_rfc3339(now), pki::to_rfc3339(*last)});
}

void Writer::State::check_stopped() const {
  const std::lock_guard lock(mutex);
  if (stopped) throw StoreError(*stopped);
}

void Writer::State::run_one(WriteTransaction& transaction, Job& job, pki::Time now) {
  if (job.command.decide_actor) job.command.actor = job.command.decide_actor(transaction);
  CommandContext context{.transaction = transaction, .now = now, .actor = job.command.actor};
  job.result = job.command.run(context);
  if (job.result.has_error() || context.audit == AuditTrail::none) return;
  append_audit(transaction, {.recorded_at = now,
                             .actor = job.command.actor,
                             .action = job.command.action,
                             .subjects = std::move(context.subjects)});
}

bool Writer::State::any_accepted(const std::vector<Job>& batch) const {
  for (const Job& job : batch)
    if (job.result.has_value()) return true;
  return false;
}

std::vector<Job> Writer::State::run_batch(Job first) {
  std::vector<Job> batch;
  batch.push_back(std::move(first));
  const auto deadline = std::chrono::steady_clock::now() + limits.batch_time;
  try {
    check_stopped();
    WriteTransaction transaction = environment.write();
    const pki::Time now = clock.now();
    check_clock(transaction, now);
    run_one(transaction, batch.back(), now);
    while (batch.size() < limits.batch_commands && std::chrono::steady_clock::now() < deadline) {
      auto job = queue.try_pop();
      if (!job) break;
      batch.push_back(std::move(*job));
      running = batch.size();
      run_one(transaction, batch.back(), now);
    }
    if (any_accepted(batch)) {
      set_last_write_time(transaction, now);
      transaction.commit();
      set_fault(std::nullopt);
    }
  } catch (const std::exception&) {
    // One command's fault must not be another's: each again, alone.
    replay(batch);
  }
  return batch;
}

void Writer::State::replay(std::vector<Job>& batch) {
  for (Job& job : batch) {
    try {
      check_stopped();
      WriteTransaction transaction = environment.write();
      const pki::Time now = clock.now();
      check_clock(transaction, now);
      run_one(transaction, job, now);
      if (job.result.has_error()) continue;
      set_last_write_time(transaction, now);
      transaction.commit();
      set_fault(std::nullopt);
    } catch (const StoreError& error) {
      set_fault(error.message());
      job.result = cannot_write(error.message());
    } catch (const VaultLocked& locked) {
      job.result = pki::fail(pki::Errc::too_busy, locked.message());
    } catch (const std::exception& error) {
      job.result = pki::fail(pki::Errc::internal, pki::message_of(error));
    }
  }
}

}  // namespace store
