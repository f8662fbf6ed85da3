// The one writer: everything that changes the store is a Command run on its thread.
//
// What waits is committed together with one sync, each command with its own result. A command reads and
// decides first and writes only when it accepts, so a refusal writes nothing; each accepted one leaves an
// audit entry in the same transaction (but see AuditTrail).

#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/result.h"
#include "pki/time.h"
#include "store/actor.h"
#include "store/environment.h"

namespace store {

class Leadership;  // store/log_writer.h

// Whether an accepted command leaves an audit entry.
enum class AuditTrail : std::uint8_t {
  entry,
  // For probes of a faulty store, and for merges into the ledger (verifier/ledger.h): those come every second
  // and say nothing about who did what; an entry for each day holds the hash of their rows instead.
  none,
};

// What a command works with. `now` is the moment of recording, the same for all of one batch.
struct CommandContext {
  WriteTransaction& transaction;
  pki::Time now;
  const Actor& actor;
  // The ids that the audit entry names: "resident 10000000018", "certificate sign-1/7"; never personal items.
  std::vector<std::string> subjects = {};
  AuditTrail audit = AuditTrail::entry;
};

// Runs on the writer's thread; possibly twice, when a batch is replayed after another command's fault: what
// it leaves outside the transaction must be overwritten by the second run. An error means: nothing was
// written.
using CommandFunction = std::function<pki::Result<void>(CommandContext&)>;

struct Command {
  Actor actor;
  // What the audit entry calls it, e.g. "event address-change".
  std::string action;
  CommandFunction run;
  // Who acts, where that depends on what an earlier command of the same batch may have changed (the
  // resident's own municipality): called just before `run`, and takes the place of `actor`.
  std::function<Actor(const ReadTransaction&)> decide_actor = {};
};

struct WriterLimits {
  std::size_t queue_length = 20'000;  // More is answered with Errc::too_busy.
  std::size_t batch_commands = 1'000;
  std::chrono::milliseconds batch_time{20};
};

class Writer final {
 public:
  // Called after the commit, on the writer's thread; with read leases (store/read_leases.h) after the
  // acknowledgement, on that thread or another. Must not wait.
  using Done = std::function<void(pki::Result<void>)>;
  // Called after each durable commit and before its commands' `Done`, on the writer's thread, with the state
  // that was committed. Must not throw.
  using AfterCommit = std::function<void(const ReadTransaction&)>;

  // Throws ErrorException with Errc::conflict when the store belongs to a log: a leader alone may change it.
  Writer(Environment& environment, const pki::Clock& clock, WriterLimits limits = {},
         AfterCommit after_commit = {});
  // The writer of a leader: each group commit is a row of the log before it is one of the store. When another
  // machine takes over, it writes no more (fault() says why).
  Writer(Environment& environment, const pki::Clock& clock, Leadership leadership, WriterLimits limits = {},
         AfterCommit after_commit = {});
  // Finishes what is queued, acknowledgements included.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // `done` is always called once: with the command's refusal, Errc::too_busy, Errc::internal when the store
  // could not write, or success once the change is durable. With a log also with Errc::outcome_unknown: the
  // change was made or not, and asking for it again with the same Idempotency-Key finds out. Where read
  // leases are kept, refusals wait for the acknowledgement as well, since they may tell of a row before it.
  void submit(Command command, Done done);
  // Submits and waits. Not from the writer's own thread.
  pki::Result<void> execute(Command command);
  // From now on no command is run; each gets Errc::too_busy with the reason. Nothing: writing goes on.
  void stop(std::optional<pki::Message> why);
  // Why writing was stopped, or why the last commit failed, until one succeeds: for /readyz.
  [[nodiscard]] std::optional<pki::Message> fault() const;
  // Why this machine leads its log no more: it must end, and be started again. Nothing without a log.
  [[nodiscard]] std::optional<pki::Message> stepped_down() const;
  // Commands waiting or running, for metrics.
  [[nodiscard]] std::size_t backlog() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace store
