// The steps of a run, in the order in which execute() takes them.

#include "crl/run.h"

#include <sys/resource.h>

#include <algorithm>
#include <set>
#include <span>
#include <tuple>

#include "crl/check.h"
#include "crl/parallel.h"
#include "pki/messages/crl.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/issuers.h"
#include "registry/list_rows.h"

namespace crl {

namespace {

// "crl sign-1" for each generation of the run: the numbers are in the records.
template <typename Items, typename Issuer>
std::vector<std::string> subjects_of(const Items& items, Issuer&& issuer_of) {
  std::vector<std::string> subjects;
  for (const auto& item : items) {
    std::string subject = "crl " + to_string(issuer_of(item));
    if (std::ranges::find(subjects, subject) == subjects.end()) subjects.push_back(std::move(subject));
  }
  return subjects;
}

std::uint64_t& released_of(PublicationReport& report, registry::CrlKind kind) {
  if (kind == registry::CrlKind::arl) return report.arls;
  return kind == registry::CrlKind::complete ? report.complete : report.deltas;
}

// Never beyond the CA's certificate: who trusts it no more has no use for the list.
pki::Time next_update_of(const PlannedScope& planned, pki::Time regular) {
  if (planned.lifetime == Lifetime::last_of_name) return registry::kNoNextUpdate;
  return std::min(regular, planned.issuer->not_after());
}

// The generations whose rows are not those that were written. A list of one speaks of all of its name.
struct DamagedRows {
  std::vector<registry::IssuerId> revoked, changes;
};

bool is_of(const std::vector<registry::IssuerId>& issuers, pki::CaName ca) {
  return std::ranges::any_of(issuers, [ca](registry::IssuerId issuer) { return issuer.ca == ca; });
}

// Looks at what the lists of these scopes are made of: the revoked ones of a name when a complete CRL is, and
// the changes since the earliest base.
DamagedRows find_damage(const store::ReadTransaction& snapshot, const std::vector<PlannedScope>& scopes) {
  std::set<registry::IssuerId> complete;
  std::map<registry::IssuerId, std::uint64_t> since;
  for (const PlannedScope& planned : scopes) {
    const pki::CaName ca = planned.scope.issuer.ca;
    if (planned.action == ScopeAction::complete_and_delta)
      for (const std::uint8_t generation : registry::generations_of_name(snapshot, ca))
        complete.insert({ca, generation});
    if (planned.action == ScopeAction::arl || !planned.base) continue;
    for (const registry::Covered& covered : planned.base->covered) {
      const auto [at, is_new] = since.try_emplace({ca, covered.generation}, covered.sequence);
      if (!is_new) at->second = std::min(at->second, covered.sequence);
    }
  }
  DamagedRows damaged;
  for (const registry::IssuerId issuer : complete)
    if (!registry::are_revoked_rows_whole(snapshot, issuer)) damaged.revoked.push_back(issuer);
  for (const auto& [issuer, sequence] : since)
    if (!registry::are_changes_whole(snapshot, issuer, sequence)) damaged.changes.push_back(issuer);
  return damaged;
}

}  // namespace

void set_priority(Priority priority) {
  constexpr int kLowered = 10;
  // On Linux this concerns the calling thread alone. A refusal costs speed elsewhere, nothing more.
  if (priority == Priority::lowered) ::setpriority(PRIO_PROCESS, 0, kLowered);
}

pki::Result<PublicationReport> Run::execute() {
  make_plan();
  if (!scopes_.empty()) {
    reached(PublicationStep::planned);
    take_numbers();
    const pki::Time now = setting_.clock.now();
    const auto snapshots = setting_.environment.read_same_snapshot(std::max(1U, setting_.options.threads));
    lay_out(now, snapshots.front());
    make_lists(snapshots);
    TRY(may_go_on());
    withdraw_deltas_without_base();
    reached(PublicationStep::lists_made);
    TRY(numbers_taken_.get());
    reached(PublicationStep::numbers_committed);
    release_files();
    TRY(commit_records());
    reached(PublicationStep::records_committed);
  }
  report();
  return std::move(report_);
}

pki::Result<void> Run::may_go_on() const {
  if (setting_.is_stopping) return pki::fail(pki::Errc::too_busy, messages::publication_stopped);
  return {};
}

Run::~Run() {
  // The queued command refers to this object: wait until it has run.
  if (numbers_taken_.valid()) numbers_taken_.wait();
}

void Run::make_plan() {
  const store::ReadTransaction snapshot = setting_.environment.read();
  scopes_ = plan(snapshot, setting_.issuers, request_, setting_.options);
  heed_damage(snapshot);
  join(snapshot);
}

// No list is made from lost or altered rows, since verifiers take a certificate that is on no list for good.
// Damaged changes are left behind by a new complete CRL, which does not need them; while rows of `revoked`
// are damaged, only deltas are made.
void Run::heed_damage(const store::ReadTransaction& snapshot) {
  const DamagedRows damaged = find_damage(snapshot, scopes_);
  for (const registry::IssuerId issuer : damaged.changes)
    report_.failures.push_back({{issuer, pki::kWholeGeneration},
                                registry::CrlKind::delta,
                                {messages::changes_damaged, to_string(issuer)}});
  for (const registry::IssuerId issuer : damaged.revoked)
    report_.failures.push_back({{issuer, pki::kWholeGeneration},
                                registry::CrlKind::complete,
                                {messages::revoked_rows_damaged, to_string(issuer)}});
  std::erase_if(scopes_, [&](PlannedScope& planned) {
    if (planned.action == ScopeAction::arl) return false;
    const pki::CaName ca = planned.scope.issuer.ca;
    if (is_of(damaged.changes, ca)) {
      planned.base.reset();
      planned.action = ScopeAction::complete_and_delta;
    }
    if (planned.action != ScopeAction::complete_and_delta || !is_of(damaged.revoked, ca)) return false;
    planned.action = ScopeAction::delta;
    return !planned.base;
  });
}

// Joins what is of one scope: of one CA name, and of a distribution point of one directoryName.
void Run::join(const store::ReadTransaction& snapshot) {
  using GroupKey = std::tuple<pki::CaName, pki::DistributionPoint, bool, std::vector<std::uint8_t>>;
  std::map<GroupKey, std::size_t> known;
  for (std::size_t i = 0; i < scopes_.size(); ++i) {
    const auto& [issuer, point] = scopes_[i].scope;
    const GroupKey key{issuer.ca, point, scopes_[i].action == ScopeAction::arl,
                       registry::generations_of(snapshot, scopes_[i].scope)};
    const auto [at, is_new] = known.try_emplace(key, groups_.size());
    if (is_new) groups_.push_back({.scope = scopes_[i].scope, .members = {}});
    Group& group = groups_[at->second];
    group.members.push_back(i);
    group.begins = group.begins || (scopes_[i].action == ScopeAction::complete_and_delta && !scopes_[i].base);
  }
  for (Group& group : groups_) {
    group.begins = group.begins || !has_one_base(group);
    align(group);
  }
}

// Whether the deltas of all keys go on from complete CRLs of one number: a key whose list was made again by
// itself has a younger one, and its delta would say less than that of another key.
bool Run::has_one_base(const Group& group) const {
  std::optional<std::uint64_t> number;
  for (const std::size_t member : group.members) {
    const PlannedScope& planned = scopes_[member];
    if (planned.action != ScopeAction::complete_and_delta || !planned.base) continue;
    if (number.value_or(planned.base->number) != planned.base->number) return false;
    number = planned.base->number;
  }
  return true;
}

// What begins for one key begins for all that get a complete CRL with it; and what leaves, leaves all lists.
void Run::align(const Group& group) {
  std::optional<pki::Time> earliest;
  for (const std::size_t member : group.members)
    if (const auto& own = scopes_[member].earliest_regular; own && (!earliest || *own < *earliest))
      earliest = own;
  for (const std::size_t member : group.members) {
    PlannedScope& planned = scopes_[member];
    planned.earliest_regular = earliest;
    if (group.begins && planned.action == ScopeAction::complete_and_delta) planned.base.reset();
  }
}

std::vector<Run::Numbers> Run::next_numbers(const store::ReadTransaction& snapshot, std::int64_t now) const {
  const auto number_after = [now](std::uint64_t last) {
    return std::max(last + 1, static_cast<std::uint64_t>(now));
  };
  // What shares a CA name and a code, and a name's list of CAs, shares a counter.
  std::map<std::pair<pki::CaName, pki::DistributionPoint>, std::uint64_t> last;
  std::vector<Numbers> numbers;
  for (const Group& group : groups_) {
    const auto& [issuer, point] = group.scope;
    const auto [at, is_new] = last.try_emplace({issuer.ca, point}, 0);
    if (is_new) at->second = registry::last_crl_number(snapshot, issuer.ca, point);
    const std::uint64_t complete = number_after(at->second);
    numbers.push_back({.complete = complete, .delta = group.begins ? number_after(complete) : complete});
    at->second = numbers.back().delta;
  }
  return numbers;
}

// One commit for all numbers of the run: whatever happens after it, none is used twice. There is one
// publisher, so the numbers are known before the commit, and lists are made while it is under way.
void Run::take_numbers() {
  const std::int64_t now =
      std::max(setting_.clock.now_milliseconds(), static_cast<std::int64_t>(setting_.number_floor) + 1);
  numbers_ = next_numbers(setting_.environment.read(), now);
  store::Command command{.actor = registry::system_actor("publisher"), .action = "crl numbers", .run = {}};
  command.run = [this, now](store::CommandContext& context) -> pki::Result<void> {
    if (next_numbers(context.transaction, now) != numbers_)
      return pki::fail(pki::Errc::internal, messages::numbers_changed);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      std::uint64_t taken = 0;
      while (taken != numbers_[i].delta)
        taken = registry::take_crl_number(context.transaction, groups_[i].scope, now);
    }
    context.subjects = subjects_of(scopes_, [](const PlannedScope& planned) { return planned.scope.issuer; });
    return {};
  };
  auto taken = std::make_shared<std::promise<pki::Result<void>>>();
  numbers_taken_ = taken->get_future();
  setting_.writer.submit(std::move(command),
                         [taken](pki::Result<void> result) { taken->set_value(std::move(result)); });
}

void Run::lay_out(pki::Time now, const store::ReadTransaction& snapshot) {
  lists_.reserve(2 * scopes_.size());
  std::vector<const Numbers*> numbers_of(scopes_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i)
    for (const std::size_t member : groups_[i].members)
      numbers_of[member] = &numbers_[i];
  for (std::size_t i = 0; i < scopes_.size(); ++i)
    add_lists(scopes_[i], *numbers_of[i], now);
  for (PendingCrl& list : lists_)
    list.record.covered = registry::present_coverage(snapshot, list.record.scope);
  for (PendingCrl& list : lists_) {
    if (list.base_in_run) list.previous_complete = lists_[*list.base_in_run].record;
    list.file = &file_for(list.record);
  }
}

PendingCrl Run::make_list(const PlannedScope& planned, registry::CrlKind kind, std::uint64_t number,
                          pki::Time now) const {
  const PublisherOptions& options = setting_.options;
  const bool is_delta = kind == registry::CrlKind::delta;
  PendingCrl list;
  list.planned = &planned;
  list.previous_complete = is_delta ? planned.base : planned.last_regular;
  if (!is_delta) list.record.occasion = occasion_of(planned.last_regular, now, options);
  list.record.scope = planned.scope;
  list.record.invalidity_dates = options.invalidity_dates;
  list.record.kind = kind;
  list.record.number = number;
  list.record.this_update = now;
  list.record.next_update =
      next_update_of(planned, now + (is_delta ? options.delta_validity : options.complete_validity));
  // RFC 5280 section 3.3: an entry leaves after it was on a regular list made when its certificate had
  // expired. With a clock set back, nothing that is unexpired now may be left out.
  if (!is_delta) list.record.oldest_not_after = std::min(planned.earliest_regular.value_or(now), now);
  if (planned.lifetime != Lifetime::until_next) list.record.finality = registry::CrlFinality::last_of_key;
  return list;
}

void Run::add_lists(const PlannedScope& planned, const Numbers& numbers, pki::Time now) {
  using registry::CrlKind;
  if (planned.action == ScopeAction::arl) {
    lists_.push_back(make_list(planned, CrlKind::arl, numbers.complete, now));
    return;
  }
  if (planned.action == ScopeAction::complete_and_delta)
    lists_.push_back(make_list(planned, CrlKind::complete, numbers.complete, now));
  PendingCrl delta = make_list(planned, CrlKind::delta, numbers.delta, now);
  // Together with complete CRL m goes a delta of number m on the one before m. When there is none of the same
  // scope, the delta has the next number and is empty.
  if (planned.base) {
    delta.record.base_number = planned.base->number;
  } else {
    delta.base_in_run = lists_.size() - 1;
    delta.record.base_number = numbers.complete;
  }
  lists_.push_back(std::move(delta));
}

GrowingFile& Run::file_for(const registry::CrlRecord& record) {
  auto& file = files_[{record.scope.issuer, record.kind}];
  if (!file)
    file = std::make_unique<GrowingFile>(setting_.options.folder, record.scope.issuer, record.kind,
                                         record.number);
  return *file;
}

std::vector<std::vector<PendingCrl*>> Run::alike() {
  const auto claim_of = [](const PendingCrl& list) {
    return ListClaim{list.planned->issuer->decoded(), list.record, list.previous_complete};
  };
  std::vector<std::vector<PendingCrl*>> batches;
  using ListKey = std::tuple<pki::CaName, pki::DistributionPoint, registry::CrlKind>;
  std::multimap<ListKey, std::size_t> known;
  for (PendingCrl& list : lists_) {
    const ListKey place{list.record.scope.issuer.ca, list.record.scope.point, list.record.kind};
    const auto [begin, end] = known.equal_range(place);
    const auto same = std::find_if(begin, end, [&](const auto& one) {
      return claim_same_entries(claim_of(*batches[one.second].front()), claim_of(list));
    });
    if (same != end) {
      batches[same->second].push_back(&list);
      continue;
    }
    known.emplace(place, batches.size());
    batches.push_back({&list});
  }
  return batches;
}

// The complete CRLs of the whole by all threads, one after another; then everything else, a scope a thread.
void Run::make_lists(std::span<const store::ReadTransaction> snapshots) {
  std::vector<std::vector<PendingCrl*>> batches = alike();
  const auto is_long = [](const std::vector<PendingCrl*>& batch) {
    const registry::CrlRecord& record = batch.front()->record;
    return record.kind == registry::CrlKind::complete && record.scope.point.is_whole_generation();
  };
  const auto short_ones = std::ranges::stable_partition(batches, is_long);
  for (const std::vector<PendingCrl*>& batch : std::ranges::subrange(batches.begin(), short_ones.begin())) {
    if (setting_.is_stopping) return;
    make_in_parallel(snapshots, batch);
    advance(0, batch.size());
  }
  const std::span<const std::vector<PendingCrl*>> rest(short_ones.begin(), short_ones.end());
  std::atomic<std::size_t> next{0};
  in_parallel(std::min(snapshots.size(), rest.size()), [&](std::size_t thread) {
    ListMaker maker(snapshots[thread]);
    for (std::size_t i = next++; i < rest.size() && !setting_.is_stopping; i = next++) {
      maker.make(rest[i]);
      advance(thread, rest[i].size());
    }
  });
  if (setting_.progress) setting_.progress(lists_.size(), lists_.size());
}

void Run::withdraw_deltas_without_base() {
  for (PendingCrl& list : lists_)
    if (!list.failure && list.base_in_run && lists_[*list.base_in_run].failure)
      list.failure = messages::base_not_released_in_run;
}

// All content reaches the disk before any name does, and all names before the records.
void Run::release_files() {
  const bool is_durable = setting_.options.durability == store::Durability::full;
  // One file of each folder, and all files.
  std::map<registry::IssuerId, GrowingFile*> folders;
  std::set<GrowingFile*> released;
  for (const PendingCrl& list : lists_) {
    if (list.failure) continue;
    released.insert(list.file);
    folders[list.record.scope.issuer] = list.file;
  }
  for (GrowingFile* file : released)
    if (is_durable) file->file.sync();
  reached(PublicationStep::files_synced);
  for (GrowingFile* file : released) {
    file->file.release();
    reached(PublicationStep::file_renamed);
  }
  for (const auto& [issuer, file] : folders)
    if (is_durable) file->file.sync_folder();
}

pki::Result<void> Run::commit_records() {
  std::vector<const registry::CrlRecord*> records;
  for (const PendingCrl& list : lists_)
    if (!list.failure) records.push_back(&list.record);
  if (records.empty()) return {};
  store::Command command{.actor = registry::system_actor("publisher"), .action = "crl release", .run = {}};
  command.run = [&](store::CommandContext& context) -> pki::Result<void> {
    for (const registry::CrlRecord* record : records)
      registry::put_crl(context.transaction, *record);
    context.subjects =
        subjects_of(records, [](const registry::CrlRecord* record) { return record->scope.issuer; });
    return {};
  };
  return setting_.writer.execute(std::move(command));
}

void Run::report() {
  for (const PendingCrl& list : lists_) {
    if (list.failure) {
      report_.failures.push_back({list.record.scope, list.record.kind, *list.failure});
      continue;
    }
    ++released_of(report_, list.record.kind);
    report_.entries += list.record.entries;
    report_.bytes += list.record.length;
  }
}

void Run::reached(PublicationStep step) const {
  if (setting_.options.on_step) setting_.options.on_step(step);
}

void Run::advance(std::size_t thread, std::size_t count) {
  const std::uint64_t done = lists_done_ += count;
  if (thread == 0 && setting_.progress && done < lists_.size()) setting_.progress(done, lists_.size());
}

}  // namespace crl
