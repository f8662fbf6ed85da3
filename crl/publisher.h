// Publication: decides which scopes get a new CRL, and brings a run of them from the registry to release.
//
// A run takes its numbers in one commit, writes and signs from one snapshot, has the result checked
// (crl/check), syncs once, and makes everything current in one more commit. Whatever fails before that commit
// leaves the former lists current. Until the rows of a compromised generation are filled in, its lists are
// published as usual from the rows that there are.

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crl/retention.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/crls.h"
#include "registry/signing_issuer.h"
#include "store/environment.h"
#include "store/writer.h"

namespace crl {

enum class ScopeAction : std::uint8_t;
struct RunRequest;

enum class ScopeSelection : std::uint8_t {
  all,   // Every distribution point of each generation, and the whole generation.
  used,  // Points with at least one certificate, and the whole generation: for a quick start of the mock.
};

// How a run competes with the rest of the machine.
enum class Priority : std::uint8_t {
  lowered,  // The lists can wait, a verifier's question cannot.
  normal,   // For the mock, whose start waits for the first run.
};

// The steps of a run, in their order. Numbers are being committed while lists are made; `file_renamed` comes
// once for each file.
enum class PublicationStep : std::uint8_t {
  planned,
  lists_made,
  numbers_committed,
  files_synced,
  file_renamed,
  records_committed,
};

struct PublisherOptions {
  // Where the publication files lie: DATA/crl. Made when it is missing.
  std::filesystem::path folder;
  // thisUpdate to nextUpdate. A delta is renewed when `delta_overlap` of its validity is left.
  pki::Seconds complete_validity{std::chrono::hours{48}};
  pki::Seconds delta_validity{std::chrono::minutes{90}};
  pki::Seconds delta_overlap{std::chrono::minutes{30}};
  // When the daily complete CRLs become due, after 00:00 JST.
  pki::Seconds complete_time_of_day{std::chrono::hours{5}};
  // A changed scope gets a new delta at multiples of this.
  pki::Seconds delta_grid{std::chrono::minutes{15}};
  ScopeSelection scopes = ScopeSelection::all;
  registry::InvalidityDates invalidity_dates = registry::InvalidityDates::omitted;
  Retention retention = {};
  // `temporary` leaves out the syncs, as the mock's store does.
  store::Durability durability = store::Durability::full;
  // How many threads make lists.
  unsigned threads = 2;
  Priority priority = Priority::lowered;
  // Whether the bytes of a list are known to be altered (ListHealth): then it is due again, and no base.
  std::function<bool(const registry::CrlRecord&)> is_damaged = {};
  // Called after each step from the run's own thread. A test ends the process or fills the disk there.
  std::function<void(PublicationStep)> on_step = {};
};

// What a run makes. A scope that was never published gets a complete CRL and its delta in all of them.
enum class PublicationKind : std::uint8_t {
  complete_and_delta,  // Both for every scope.
  delta_only,          // A delta for every scope.
  changed_deltas,  // A delta for each scope with a change since its last one, or whose last one ends soon.
};

// A list that was not released, and why; the former one stays current.
struct ScopeFailure {
  registry::CrlScope scope;
  registry::CrlKind kind = registry::CrlKind::complete;
  pki::Message reason;
};

// What a run released. All zero when nothing was to be done.
struct PublicationReport {
  std::uint64_t complete = 0;
  std::uint64_t deltas = 0;
  std::uint64_t arls = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::vector<ScopeFailure> failures;
};

// For /readyz and the metrics.
struct PublisherStatus {
  // The last run that released everything that it set out to, also when that was nothing.
  std::optional<pki::Time> last_success;
  // Why the last run released less than it should have; absent when it did not.
  std::optional<pki::Message> last_failure;
  // Sums since start.
  std::uint64_t runs = 0;
  std::uint64_t released = 0;
  std::uint64_t failed = 0;
};

// Called with lists done and lists in the run, from the run's own thread.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Usable from any thread; one run at a time. Everything handed in must outlive it. Published are the lists of
// the generations given or added, and of no other.
class Publisher final {
 public:
  Publisher(const store::Environment& environment, store::Writer& writer, const pki::Clock& clock,
            std::vector<registry::SigningIssuer> issuers, PublisherOptions options);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // A generation that is on record from now on: the next run makes its lists.
  void add(registry::SigningIssuer issuer);

  // Publishes, on a thread of lowered priority, and waits for the end; waits for another run to end first.
  // Not from the writer's thread. Errc::internal when nothing could be released (full disk, unwritable
  // folder, store fault). Lists that fail their check are in the report.
  pki::Result<PublicationReport> publish(PublicationKind kind, const Progress& progress = {});

  // The last CRLs by a generation's key: complete ones, deltas and its list of CAs. While another generation
  // of the name makes lists, their nextUpdate is an ordinary one, since the scope goes on; the last ones of a
  // name say that no further ones come. Errc::conflict and Errc::not_found as may_end(); otherwise like
  // publish(). The timer's call makes the last ones of a name by itself when its last CA certificate has
  // expired.
  pki::Result<PublicationReport> publish_last(registry::IssuerId issuer);

  // The timer's call, as often as it likes: publishes what is due at `now`, catching up after downtime.
  // Errc::conflict while another run is going on. Complete CRLs are due once a day at the set time and for
  // scopes that have none; deltas at the marks of the grid when their scope has changed, and when their
  // nextUpdate nears. Once a day it also removes the lists that have been kept for their time.
  pki::Result<PublicationReport> publish_due(pki::Time now);

  // Publishes what is due when it is its turn: waits for another run to end first. Otherwise like
  // publish_due().
  pki::Result<PublicationReport> publish_due_in_turn();

  // The service ends: the run that is going on gives up before it releases anything, and none begins any
  // more. Both are Errc::too_busy.
  void stop() { is_stopping_ = true; }

  // Whether any complete CRL, or any delta, is due at `now`. Reads one record a scope.
  [[nodiscard]] bool is_complete_due(pki::Time now) const;
  [[nodiscard]] bool is_delta_due(pki::Time now) const;

  [[nodiscard]] PublisherStatus status() const;

 private:
  // REQUIRES: running_ is held.
  pki::Result<PublicationReport> run(const RunRequest& request, const Progress& progress);
  [[nodiscard]] bool is_due(ScopeAction action, pki::Time now) const;
  // Removes what a dead process or a failed run left behind. REQUIRES: running_ is held.
  void sweep();
  // REQUIRES: running_ is held.
  pki::Result<void> remove_outdated_daily(pki::Time now);
  void remember(const pki::Result<PublicationReport>& outcome);
  [[nodiscard]] std::vector<registry::SigningIssuer> issuers() const;

  const store::Environment& environment_;
  store::Writer& writer_;
  const pki::Clock& clock_;
  mutable std::mutex issuers_mutex_;
  std::vector<registry::SigningIssuer> issuers_;  // Guarded by issuers_mutex_.
  PublisherOptions options_;
  std::atomic<bool> is_stopping_ = false;
  std::mutex running_;
  bool must_sweep_ = true;                 // Guarded by running_.
  std::optional<pki::Date> last_removal_;  // Guarded by running_.
  std::uint64_t number_floor_ = 0;         // Guarded by running_: numbers up to this are taken.
  std::uint64_t renounced_bases_ = 0;      // Guarded by running_: RunRequest::renounced_bases.
  mutable std::mutex status_mutex_;
  PublisherStatus status_;  // Guarded by status_mutex_.
};

}  // namespace crl
