// Messages from a machine that does not lead to the one that does, which alone writes: counts of answers for
// the ledger (Act 40, 規則71), refusals for the audit log, and requests for a responder certificate. Each is
// put on record once, by its machine and number, however often it is sent or read.

#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ca/authority.h"
#include "ca/ceremony.h"
#include "pki/result.h"
#include "pki/time.h"
#include "service/refusal_audit.h"
#include "store/log.h"
#include "store/writer.h"
#include "verifier/ledger_counters.h"

namespace service {

// The sender's side. What a crash loses is what was counted since the last call: a second at most.
class Outbox final {
 public:
  // All must outlive the object; no two processes of one machine send at the same time.
  Outbox(store::Log& log, std::string machine, verifier::LedgerCounters& counters, const pki::Clock& clock)
      : log_(log), machine_(std::move(machine)), counters_(counters), clock_(clock) {}

  // Sends what was counted and asked for since; nothing when nothing was. What cannot be sent now is sent by
  // a later call, under the same number. From one thread.
  pki::Result<void> send();
  // A request that the next send() sends; from the same thread.
  void ask(const ca::OwnResponderRequest& request);
  // A refusal for the authority's audit log, unless it repeats one of the last minute or too many wait: then
  // it is counted. From any thread.
  void note(const ocsp::Refusal& refusal);

 private:
  [[nodiscard]] std::optional<pki::Bytes> next_body();

  store::Log& log_;
  const std::string machine_;
  verifier::LedgerCounters& counters_;
  const pki::Clock& clock_;
  std::deque<pki::Bytes> requests_;
  RecentRefusals recent_;
  std::mutex mutex_;
  std::deque<pki::Bytes> refusals_;      // Guarded by mutex_.
  std::uint64_t refusals_left_out_ = 0;  // Guarded by mutex_.
  std::optional<store::InboxEntry> under_way_;
  std::uint64_t last_ = 0;  // 0: not known yet.
};

// What the owner of the log's tables has done to them, for the authority's audit log. `action` is one of
// "cluster trim" and "cluster forget"; of any other nothing is put on record but that it was left out.
struct OwnersNote {
  std::string action;
  std::vector<std::string> subjects;
};
// Leaves it for the leader.
pki::Result<void> send_note(store::Log& log, const OwnersNote& note, const pki::Clock& clock);

// What the leader puts messages on record with; all must outlive the call.
struct InboxServices {
  const store::Environment& environment;
  store::Writer& writer;
  const pki::Clock& clock;
  // Null: it certifies no responders (tests).
  const ca::Authority* authority = nullptr;
};

// Puts on record what was sent, and then forgets it. An error leaves the rest to the next call; a message
// that makes no sense, or is refused whenever it is read, is left out, with an entry in the audit log and an
// error that names its machine (Errc::malformed).
pki::Result<void> merge_inbox(store::Log& log, const InboxServices& services);

}  // namespace service
