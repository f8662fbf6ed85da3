// One publication run, from the numbers to the commit.
//
//   numbers (commit) → snapshot → write → sign → check → sync → rename → records (commit)
//
// Nothing that fails on the way touches a list that is current.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crl/check.h"
#include "crl/plan.h"
#include "crl/publisher.h"
#include "crl/store.h"
#include "crl/stream.h"

namespace crl {

// What a run works with; all of it outlives the run.
struct RunSetting {
  const registry::Environment& environment;
  registry::Writer& writer;
  const pki::Clock& clock;
  const std::vector<IssuerSigner>& signers;
  const PublisherOptions& options;
  const Progress& progress;
  // Every number that is taken is greater: files of such numbers exist, whatever the store says.
  std::uint64_t number_floor = 0;
};

// Sets the priority of the calling thread.
void set_priority(Priority priority);

class Run final {
 public:
  Run(const RunSetting& setting, const Demand& demand) : setting_(setting), demand_(demand) {}
  // Once. Throws what the file system and the store throw.
  pki::Result<PublicationReport> execute();

 private:
  // One publication file in the making.
  struct OpenFile {
    std::unique_ptr<PublicationFile> file;
    std::uint64_t end = 0;
    bool has_lists = false;
  };
  // One list in the making.
  struct List {
    const PlannedScope* planned = nullptr;
    registry::CrlRecord record;
    // Of a complete CRL the last regular one before it; of a delta its base, within the run for the delta
    // after a scope's first complete CRL.
    std::optional<registry::CrlRecord> previous_complete;
    // Index of the list of this run that `previous_complete` is.
    std::optional<std::size_t> base_in_run;
    OpenFile* file = nullptr;
    StreamedTbs tbs;
    std::optional<std::string> failure;
  };

  // The numbers of a scope's lists in this run.
  struct Numbers {
    std::uint64_t complete = 0;
    std::uint64_t delta = 0;
  };

  void make_plan();
  pki::Result<void> take_numbers();
  void lay_out(pki::Time now, const registry::ReadTransaction& snapshot);
  void add_lists(const PlannedScope& planned, const Numbers& numbers, pki::Time now);
  void write_lists(const registry::ReadTransaction& snapshot);
  void write_list(const registry::ReadTransaction& snapshot, ListWriter& writer, List& list);
  void sign_lists();
  void sign_list(List& list) const;
  void check_lists(const registry::ReadTransaction& snapshot);
  pki::Result<void> check_list(const registry::ReadTransaction& snapshot, List& list, pki::ByteView file);
  void release_files();
  pki::Result<void> commit_records();
  void report();
  void reached(PublicationStep step) const;
  OpenFile& file_for(const registry::CrlRecord& record);
  void advance();

  RunSetting setting_;
  Demand demand_;
  Signatories signatories_;
  std::vector<PlannedScope> scopes_;
  std::vector<Numbers> numbers_;  // By scope.
  std::vector<List> lists_;
  std::map<std::pair<registry::IssuerId, registry::CrlKind>, OpenFile> files_;
  PublicationReport report_;
  std::uint64_t steps_done_ = 0;
};

}  // namespace crl
