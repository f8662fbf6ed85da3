// One publication run, from the numbers to the commit.
//
//   snapshot → write → sign → check ↘
//   numbers (commit)                → sync → rename → records (commit)
//
// Nothing that fails on the way touches a list that is current, and no list gets a name before its number is
// taken for good.

#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "crl/maker.h"
#include "crl/plan.h"
#include "crl/publisher.h"

namespace crl {

// What a run works with; all of it outlives the run.
struct RunSetting {
  const store::Environment& environment;
  store::Writer& writer;
  const pki::Clock& clock;
  const std::vector<registry::SigningIssuer>& issuers;
  const PublisherOptions& options;
  const Progress& progress;
  // Every number that is taken is greater: files of such numbers exist, whatever the store says.
  std::uint64_t number_floor = 0;
  // Set while it runs when the service ends: what is not released by then is given up.
  const std::atomic<bool>& is_stopping;
};

// Sets the priority of the calling thread.
void set_priority(Priority priority);

class Run final {
 public:
  Run(const RunSetting& setting, const RunRequest& request) : setting_(setting), request_(request) {}
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  // Once. Throws what the file system and the store throw.
  pki::Result<PublicationReport> execute();

 private:
  // The lists of one scope by all keys of the run. They share numbers, since a verifier may apply one key's
  // delta to another key's complete CRL (RFC 5280 section 5.2.4 does not look at keys).
  struct Group {
    // Of one of the keys.
    registry::CrlScope scope;
    std::vector<std::size_t> members;  // Indices into scopes_.
    // The complete CRLs start over, each with an empty delta on itself.
    bool begins = false;
  };

  // The numbers of a group's lists in this run.
  struct Numbers {
    std::uint64_t complete = 0;
    std::uint64_t delta = 0;

    friend bool operator==(const Numbers&, const Numbers&) = default;
  };

  // Errc::too_busy from the moment on at which the service ends.
  [[nodiscard]] pki::Result<void> may_go_on() const;
  void make_plan();
  void heed_damage(const store::ReadTransaction& snapshot);
  void join(const store::ReadTransaction& snapshot);
  [[nodiscard]] bool has_one_base(const Group& group) const;
  void align(const Group& group);
  // By group.
  [[nodiscard]] std::vector<Numbers> next_numbers(const store::ReadTransaction& snapshot,
                                                  std::int64_t now) const;
  void take_numbers();
  void lay_out(pki::Time now, const store::ReadTransaction& snapshot);
  [[nodiscard]] PendingCrl make_list(const PlannedScope& planned, registry::CrlKind kind,
                                     std::uint64_t number, pki::Time now) const;
  void add_lists(const PlannedScope& planned, const Numbers& numbers, pki::Time now);
  // The lists of the run, those together that say the same by different keys.
  [[nodiscard]] std::vector<std::vector<PendingCrl*>> alike();
  void make_lists(std::span<const store::ReadTransaction> snapshots);
  void withdraw_deltas_without_base();
  void release_files();
  pki::Result<void> commit_records();
  void report();
  void reached(PublicationStep step) const;
  GrowingFile& file_for(const registry::CrlRecord& record);
  // Adds to the count of finished lists; on the run's own thread it reports progress.
  void advance(std::size_t thread, std::size_t count);

  RunSetting setting_;
  RunRequest request_;
  std::vector<PlannedScope> scopes_;
  std::vector<Group> groups_;
  std::vector<Numbers> numbers_;
  // Ready when the numbers are durable.
  std::future<pki::Result<void>> numbers_taken_;
  std::vector<PendingCrl> lists_;
  std::map<std::pair<registry::IssuerId, registry::CrlKind>, std::unique_ptr<GrowingFile>> files_;
  PublicationReport report_;
  std::atomic<std::uint64_t> lists_done_ = 0;
};

}  // namespace crl
