// The steps of a run. One thread walks the snapshot, writes and checks; a few sign.

#include "crl/run.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "crl/delta.h"
#include "pki/hash.h"
#include "registry/certificates.h"

namespace crl {

namespace {

constexpr std::size_t kWorthAThread = 1024 * 1024;

registry::Actor publisher_actor() {
  return {.operator_name = "publisher", .role = registry::Role::system, .municipality = std::nullopt};
}

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

// A certificate that has expired stays on the list until it has been on one complete CRL made after that:
// RFC 5280 section 3.3. With a clock set back, nothing that is unexpired now may be left out.
pki::Time oldest_not_after(const registry::CrlRecord& record,
                           const std::optional<registry::CrlRecord>& previous) {
  return previous ? std::min(previous->this_update, record.this_update) : record.this_update;
}

OpenEntries complete_entries(const registry::ReadTransaction& snapshot, registry::CrlScope scope,
                             pki::Time oldest) {
  return [&snapshot, scope, oldest]() -> NextEntry {
    const auto walk = std::make_shared<registry::RevokedEntries>(snapshot, scope.issuer, scope.point);
    return [walk, oldest]() -> std::optional<ListEntry> {
      while (const auto entry = walk->next())
        if (entry->not_after >= oldest)
          return ListEntry{entry->serial, entry->revocation.date, entry->revocation.reason};
      return std::nullopt;
    };
  };
}

OpenEntries delta_entries(const registry::ReadTransaction& snapshot, registry::CrlScope scope,
                          std::uint64_t base_sequence) {
  const auto entries =
      std::make_shared<const std::vector<ListEntry>>(net_changes(snapshot, scope, base_sequence));
  return [entries]() -> NextEntry {
    return [entries, at = std::size_t{0}]() mutable -> std::optional<ListEntry> {
      if (at == entries->size()) return std::nullopt;
      return (*entries)[at++];
    };
  };
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
    TRY(take_numbers());
    reached(PublicationStep::numbers_committed);
    const pki::Time now = setting_.clock.now();
    const registry::ReadTransaction snapshot = setting_.environment.read();
    lay_out(now, snapshot);
    write_lists(snapshot);
    reached(PublicationStep::lists_written);
    sign_lists();
    reached(PublicationStep::lists_signed);
    check_lists(snapshot);
    reached(PublicationStep::lists_checked);
    release_files();
    TRY(commit_records());
    reached(PublicationStep::records_committed);
  }
  report();
  return std::move(report_);
}

void Run::make_plan() {
  const registry::ReadTransaction snapshot = setting_.environment.read();
  signatories_ = find_signatories(snapshot, setting_.signers);
  for (const Signatory& signatory : signatories_.ready) {
    std::vector<PlannedScope> scopes = plan(snapshot, signatory, demand_, setting_.options);
    std::ranges::move(scopes, std::back_inserter(scopes_));
  }
}

// One commit for all numbers of the run, before anything is signed: whatever happens then, none is used
// twice.
pki::Result<void> Run::take_numbers() {
  const std::int64_t now =
      std::max(setting_.clock.now_milliseconds(), static_cast<std::int64_t>(setting_.number_floor) + 1);
  registry::Command command{.actor = publisher_actor(), .action = "crl numbers", .run = {}};
  command.run = [&](registry::CommandContext& context) -> pki::Result<void> {
    numbers_.clear();
    for (const PlannedScope& planned : scopes_) {
      Numbers numbers;
      numbers.complete = registry::take_crl_number(context.transaction, planned.scope, now);
      const bool is_first = planned.need == Need::complete_and_delta && !planned.current_complete;
      numbers.delta =
          is_first ? registry::take_crl_number(context.transaction, planned.scope, now) : numbers.complete;
      numbers_.push_back(numbers);
    }
    context.subjects = subjects_of(scopes_, [](const PlannedScope& planned) { return planned.scope.issuer; });
    return {};
  };
  return setting_.writer.execute(std::move(command));
}

void Run::lay_out(pki::Time now, const registry::ReadTransaction& snapshot) {
  lists_.reserve(2 * scopes_.size());
  for (std::size_t i = 0; i < scopes_.size(); ++i)
    add_lists(scopes_[i], numbers_[i], now);
  for (List& list : lists_)
    list.record.sequence = registry::last_change_sequence(snapshot, list.record.scope.issuer);
  for (List& list : lists_)
    if (list.base_in_run) list.previous_complete = lists_[*list.base_in_run].record;
}

void Run::add_lists(const PlannedScope& planned, const Numbers& numbers, pki::Time now) {
  const auto make = [&](registry::CrlKind kind, std::uint64_t number, pki::Seconds validity) {
    List list;
    list.planned = &planned;
    const bool is_complete = kind == registry::CrlKind::complete;
    list.previous_complete = is_complete ? planned.last_regular : planned.current_complete;
    if (is_complete) list.record.occasion = occasion_of(planned.last_regular, now, setting_.options);
    list.record.scope = planned.scope;
    list.record.kind = kind;
    list.record.number = number;
    list.record.this_update = now;
    list.record.next_update = now + validity;
    return list;
  };
  const bool has_complete = planned.need == Need::complete_and_delta;
  if (has_complete)
    lists_.push_back(make(registry::CrlKind::complete, numbers.complete, setting_.options.complete_validity));
  List delta = make(registry::CrlKind::delta, numbers.delta, setting_.options.delta_validity);
  // Together with complete CRL m goes a delta of number m on the one before m. The first of a scope has none
  // before it: its delta has the next number and is empty.
  if (planned.current_complete) {
    delta.record.base_number = planned.current_complete->number;
  } else {
    delta.base_in_run = lists_.size() - 1;
    delta.record.base_number = numbers.complete;
  }
  lists_.push_back(std::move(delta));
}

Run::OpenFile& Run::file_for(const registry::CrlRecord& record) {
  OpenFile& open = files_[{record.scope.issuer, record.kind}];
  if (!open.file)
    open.file = std::make_unique<PublicationFile>(setting_.options.folder, record.scope.issuer, record.kind,
                                                  record.number);
  return open;
}

void Run::write_lists(const registry::ReadTransaction& snapshot) {
  ListWriter writer;
  for (List& list : lists_) {
    write_list(snapshot, writer, list);
    advance();
  }
}

void Run::write_list(const registry::ReadTransaction& snapshot, ListWriter& writer, List& list) {
  const registry::CrlRecord& record = list.record;
  const Authority& authority = list.planned->signatory->authority;
  const ListDescription description{.scope = record.scope,
                                    .names = list.planned->names,
                                    .number = record.number,
                                    .this_update = record.this_update,
                                    .next_update = record.next_update,
                                    .base_number = record.base_number};
  const OpenEntries entries =
      record.kind == registry::CrlKind::complete
          ? complete_entries(snapshot, record.scope, oldest_not_after(record, list.previous_complete))
          : delta_entries(snapshot, record.scope, list.previous_complete->sequence);
  list.file = &file_for(record);
  const ListWriter::Job job{.file = *list.file->file,
                            .offset = list.file->end + kRoomBeforeTbs,
                            .authority = authority,
                            .description = description};
  list.tbs = writer.write(job, entries);
  list.file->end = list.tbs.offset + list.tbs.length + room_after_tbs(authority.algorithm);
  list.record.file = list.file->file->name();
  list.record.entries = list.tbs.entries;
}

void Run::sign_lists() {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    set_priority(setting_.options.priority);
    for (std::size_t i = next++; i < lists_.size(); i = next++)
      sign_list(lists_[i]);
  };
  const std::size_t threads = std::min<std::size_t>(setting_.options.signing_threads, lists_.size());
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i)
    others.emplace_back(work);
  work();
  for (std::thread& thread : others)
    thread.join();
}

void Run::sign_list(List& list) const {
  try {
    const Signatory& signatory = *list.planned->signatory;
    const pki::Bytes signature = signatory.signer->sign(list.tbs.digest);
    const PlacedList placed =
        write_signature(*list.file->file, list.tbs, signatory.authority.algorithm, signature);
    list.record.offset = placed.offset;
    list.record.length = placed.length;
  } catch (const std::exception& error) {
    list.failure = error.what();
  }
}

void Run::check_lists(const registry::ReadTransaction& snapshot) {
  std::map<const OpenFile*, std::unique_ptr<MappedFile>> mapped;
  for (List& list : lists_) {
    auto& file = mapped[list.file];
    if (!file) file = std::make_unique<MappedFile>(list.file->file->descriptor());
    if (!list.failure) {
      const auto checked = check_list(snapshot, list, file->view());
      if (checked.has_error())
        list.failure = checked.error().detail;
      else
        list.file->has_lists = true;
    }
    advance();
  }
}

pki::Result<void> Run::check_list(const registry::ReadTransaction& snapshot, List& list, pki::ByteView file) {
  if (list.base_in_run && lists_[*list.base_in_run].failure)
    return pki::fail(pki::Errc::internal, "its base was not released");
  const pki::ByteView der = file.subspan(list.record.offset, list.record.length);
  auto digest = std::async(der.size() > kWorthAThread ? std::launch::async : std::launch::deferred,
                           [der] { return pki::digest(pki::HashAlgorithm::sha256, der); });
  const Authority& authority = list.planned->signatory->authority;
  TRY(crl::check_list(snapshot, {authority, list.record, list.previous_complete}, der));
  list.record.sha256 = digest.get();
  return {};
}

// All content reaches the disk before any name does.
void Run::release_files() {
  const registry::Durability durability = setting_.options.durability;
  for (auto& [key, open] : files_)
    if (open.has_lists && durability == registry::Durability::full) open.file->sync();
  reached(PublicationStep::files_synced);
  for (auto& [key, open] : files_) {
    if (!open.has_lists) continue;
    open.file->release(durability);
    reached(PublicationStep::file_renamed);
  }
}

pki::Result<void> Run::commit_records() {
  std::vector<const registry::CrlRecord*> records;
  for (const List& list : lists_)
    if (!list.failure) records.push_back(&list.record);
  if (records.empty()) return {};
  registry::Command command{.actor = publisher_actor(), .action = "crl release", .run = {}};
  command.run = [&](registry::CommandContext& context) -> pki::Result<void> {
    for (const registry::CrlRecord* record : records)
      registry::put_crl(context.transaction, *record);
    context.subjects =
        subjects_of(records, [](const registry::CrlRecord* record) { return record->scope.issuer; });
    return {};
  };
  return setting_.writer.execute(std::move(command));
}

void Run::report() {
  report_.failures = signatories_.failures;
  for (const List& list : lists_) {
    if (list.failure) {
      report_.failures.push_back({list.record.scope, list.record.kind, *list.failure});
      continue;
    }
    (list.record.kind == registry::CrlKind::complete ? report_.complete : report_.deltas) += 1;
    report_.entries += list.record.entries;
    report_.octets += list.record.length;
  }
}

void Run::reached(PublicationStep step) const {
  if (setting_.options.on_step) setting_.options.on_step(step);
}

void Run::advance() {
  ++steps_done_;
  if (setting_.progress) setting_.progress(steps_done_, 2 * lists_.size());
}

}  // namespace crl
