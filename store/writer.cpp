// Group commit: whatever waits shares one transaction and one sync; with a log, one row as well.

#include "store/writer.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>

#include "pki/messages/store.h"
#include "pki/work_queue.h"
#include "store/audit.h"
#include "store/log_closure.h"
#include "store/log_writer.h"
#include "store/vault.h"
#include "store/write_time.h"

namespace store {

namespace {

struct Job {
  Command command;
  Writer::Done done;
  pki::Result<void> result;
};

// Whether the result rests on what is stored; that nothing could be stored, or is not known to be, does not.
bool waits_for_acknowledgement(const pki::Result<void>& result) {
  if (result.has_value()) return true;
  return result.error().code != pki::Errc::too_busy && result.error().code != pki::Errc::outcome_unknown;
}

// What is said when this machine leads no more before the acknowledgement came.
void take_back(pki::Result<void>& result) {
  const bool is_stored = result.has_value();
  result = pki::fail(is_stored ? pki::Errc::outcome_unknown : pki::Errc::too_busy,
                     {is_stored ? messages::outcome_unknown : messages::not_stored,
                      pki::Message(messages::not_acknowledged)});
}

// Acknowledgements that are waited for.
struct Pending {
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t count = 0;  // Guarded by mutex.

  void add() {
    const std::lock_guard lock(mutex);
    ++count;
  }
  void remove() {
    const std::lock_guard lock(mutex);
    --count;
    ended.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    ended.wait(lock, [&] { return count == 0; });
  }
};

// A batch of which everything but the row and the commit is done.
struct Prepared {
  Prepared(WriteTransaction transaction, LogRow row)
      : transaction(std::move(transaction)), row(std::move(row)) {}

  WriteTransaction transaction;
  LogRow row;
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
  std::optional<LogWriter> log;  // Of a leader.
  pki::WorkQueue<Job> queue;
  std::atomic<std::size_t> running = 0;  // Jobs of the batch in hand.
  mutable std::mutex mutex;
  std::optional<pki::Message> fault;    // Guarded by mutex.
  std::optional<pki::Message> stopped;  // Guarded by mutex: why nothing may be written.
  std::optional<pki::Message> deposed;  // Guarded by mutex: why the log has another leader.
  Pending pending;
  std::thread thread;

  State(Environment& environment, const pki::Clock& clock, std::optional<Leadership> leadership,
        WriterLimits limits, Writer::AfterCommit after)
      : environment(environment),
        clock(clock),
        limits(limits),
        after_commit(std::move(after)),
        queue(pki::FirstInFirstOut<Job>(limits.queue_length)) {
    if (leadership)
      log.emplace(environment, std::move(*leadership));
    else if (read_log_position(environment.read()))
      throw pki::ErrorException(store_belongs_to_log());
    thread = std::thread([this] { loop(); });
  }

  void loop();
  void finish(std::vector<Job> batch);
  std::vector<Job> run_batch(Job first);
  void replay(std::vector<Job>& batch);
  void run_one(WriteTransaction& transaction, Job& job, pki::Time now);
  bool any_accepted(const std::vector<Job>& batch) const;
  WriteTransaction begin();
  // Makes what the accepted commands wrote durable; with a log it is prepared for append(), which does.
  void commit(WriteTransaction transaction, pki::Time now, std::optional<Prepared>& prepared);
  // Each of the jobs has the verdict unless it was stored.
  void append(Prepared prepared, std::span<Job> jobs) noexcept;
  std::optional<pki::Message> settle();
  void note_leadership();
  void refuse(std::span<Job> jobs, const pki::Message& why);
  pki::Time moment(const ReadTransaction& transaction) const;
  void check_stopped() const;
  void announce_commit() const;
  void set_fault(std::optional<pki::Message> why);
};

Writer::Writer(Environment& environment, const pki::Clock& clock, WriterLimits limits,
               AfterCommit after_commit)
    : state_(std::make_unique<State>(environment, clock, std::nullopt, limits, std::move(after_commit))) {}

Writer::Writer(Environment& environment, const pki::Clock& clock, Leadership leadership, WriterLimits limits,
               AfterCommit after_commit)
    : state_(std::make_unique<State>(environment, clock, std::move(leadership), limits,
                                     std::move(after_commit))) {}

Writer::~Writer() {
  state_->queue.close();
  state_->thread.join();
  state_->pending.wait();
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

std::optional<pki::Message> Writer::stepped_down() const {
  const std::lock_guard lock(state_->mutex);
  return state_->deposed;
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
    finish(std::move(batch));
    running = 0;
  }
}

// The next batch does not wait for the acknowledgement of this one.
void Writer::State::finish(std::vector<Job> batch) {
  auto waiting = std::make_shared<std::vector<Job>>();
  ReadLeases* const leases = log ? log->leases() : nullptr;
  for (Job& job : batch) {
    if (leases != nullptr && waits_for_acknowledgement(job.result))
      waiting->push_back(std::move(job));
    else
      job.done(std::move(job.result));
  }
  if (waiting->empty()) return;
  pending.add();
  leases->when_acknowledged(log->row(), [this, waiting](bool is_acknowledged) {
    for (Job& job : *waiting) {
      if (!is_acknowledged) take_back(job.result);
      job.done(std::move(job.result));
    }
    pending.remove();
  });
}

void Writer::State::announce_commit() const {
  if (!after_commit) return;
  try {
    after_commit(environment.read());
  } catch (const StoreError&) {
    // No snapshot can be had now; the next commit announces this one's state, too.
  }
}

// The moment of recording. A clock that runs back would put revocations before issues and CRLs before their
// predecessors.
pki::Time Writer::State::moment(const ReadTransaction& transaction) const {
  const pki::Time now = clock.now();
  const auto last = last_write_time(transaction);
  if (!last || now >= *last) return now;
  if (log && *last - now <= kClocksApart) return *last;
  throw StoreError(pki::Message{messages::clock_went_back, pki::to_rfc3339(now), pki::to_rfc3339(*last)});
}

void Writer::State::check_stopped() const {
  const std::lock_guard lock(mutex);
  if (stopped) throw StoreError(*stopped);
}

WriteTransaction Writer::State::begin() {
  check_stopped();
  if (!log) return environment.write();
  if (log->deposed()) throw StoreError(*log->deposed());
  WriteTransaction transaction = environment.write();
  log->begin(transaction);
  return transaction;
}

// The row of an earlier batch, whose callers were asked to try again. Gives why nothing can be written before
// it is known whether that row is in the log.
std::optional<pki::Message> Writer::State::settle() {
  if (!log || !log->in_doubt()) return std::nullopt;
  const LogWriter::Verdict verdict = log->settle();
  if (verdict.outcome == LogWriter::Outcome::stored) announce_commit();
  note_leadership();
  if (!log->in_doubt()) return std::nullopt;
  return pki::Message{messages::earlier_outcome_unknown, verdict.reason};
}

void Writer::State::note_leadership() {
  if (!log->deposed()) return;
  const std::lock_guard lock(mutex);
  deposed = log->deposed();
}

void Writer::State::refuse(std::span<Job> jobs, const pki::Message& why) {
  set_fault(why);
  for (Job& job : jobs)
    job.result = cannot_write(why);
}

void Writer::State::commit(WriteTransaction transaction, pki::Time now, std::optional<Prepared>& prepared) {
  set_last_write_time(transaction, now);
  if (log) {
    LogRow row = log->prepare(transaction, now);
    prepared.emplace(std::move(transaction), std::move(row));
    return;
  }
  transaction.commit();
  set_fault(std::nullopt);
}

// From here on the batch may have happened: nothing may be thrown, for it would be run again (replay()).
void Writer::State::append(Prepared prepared, std::span<Job> jobs) noexcept {
  const LogWriter::Verdict verdict = log->commit(std::move(prepared.transaction), std::move(prepared.row));
  note_leadership();
  if (verdict.outcome == LogWriter::Outcome::stored) return set_fault(std::nullopt);
  const bool unknown = verdict.outcome == LogWriter::Outcome::unknown;
  const pki::Message message(unknown ? messages::outcome_unknown : messages::not_stored, verdict.reason);
  set_fault(message);
  // Refusals as well: they may rest on what another command of the batch was about to write.
  for (Job& job : jobs)
    job.result = pki::fail(unknown ? pki::Errc::outcome_unknown : pki::Errc::too_busy, message);
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
  if (const auto why = settle()) {
    // Once for all that wait: an attempt may last until the log's patience is over.
    while (auto job = queue.try_pop())
      batch.push_back(std::move(*job));
    refuse(batch, *why);
    return batch;
  }
  std::optional<Prepared> prepared;
  try {
    WriteTransaction transaction = begin();
    const pki::Time now = moment(transaction);
    run_one(transaction, batch.back(), now);
    while (batch.size() < limits.batch_commands && std::chrono::steady_clock::now() < deadline) {
      auto job = queue.try_pop();
      if (!job) break;
      batch.push_back(std::move(*job));
      running = batch.size();
      run_one(transaction, batch.back(), now);
    }
    if (any_accepted(batch)) commit(std::move(transaction), now, prepared);
  } catch (const std::exception&) {
    // One command's fault must not be another's: each again, alone.
    replay(batch);
    return batch;
  }
  if (prepared) append(std::move(*prepared), batch);
  return batch;
}

void Writer::State::replay(std::vector<Job>& batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Job& job = batch[i];
    if (const auto why = settle()) return refuse(std::span(batch).subspan(i), *why);
    std::optional<Prepared> prepared;
    try {
      WriteTransaction transaction = begin();
      const pki::Time now = moment(transaction);
      run_one(transaction, job, now);
      if (job.result.has_value()) commit(std::move(transaction), now, prepared);
    } catch (const StoreError& error) {
      refuse(std::span(&job, 1), error.message());
    } catch (const VaultLocked& locked) {
      job.result = pki::fail(pki::Errc::too_busy, locked.message());
    } catch (const std::exception& error) {
      job.result = pki::fail(pki::Errc::internal, pki::message_of(error));
    }
    if (prepared) append(std::move(*prepared), std::span(&job, 1));
  }
}

}  // namespace store
