// A walk over the current records; bytes are read when they have not been checked since the last change of
// their file.

#include "crl/list_health.h"

#include <sys/stat.h>

#include <algorithm>

#include "crl/list_bytes.h"
#include "crl/plan.h"
#include "crl/store.h"
#include "pki/messages/crl.h"
#include "registry/issuers.h"

namespace crl {

namespace {

// Findings that are kept in words, and past lists that are remembered.
constexpr std::size_t kNamed = 5, kPastLists = 4096;
// A list that the schedule has made due is late after this.
constexpr pki::Seconds kLate{std::chrono::hours{1}};

std::string name_of(const ListId& list) {
  std::string name = to_string(list.scope.issuer);
  if (!list.scope.point.is_whole_generation()) name += "/" + to_string(list.scope.point);
  return name + " " + std::string(to_string(list.kind));
}

std::optional<std::vector<std::int64_t>> state_of(const http::File& file) {
  struct stat facts{};
  if (::fstat(file.descriptor(), &facts) != 0) return std::nullopt;
  return std::vector<std::int64_t>{static_cast<std::int64_t>(facts.st_dev),
                                   static_cast<std::int64_t>(facts.st_ino),
                                   static_cast<std::int64_t>(facts.st_size),
                                   facts.st_mtim.tv_sec,
                                   facts.st_mtim.tv_nsec,
                                   facts.st_ctim.tv_sec,
                                   facts.st_ctim.tv_nsec};
}

}  // namespace

// One look, with the files that it has open.
struct ListHealth::Look {
  store::ReadTransaction snapshot;
  pki::Time now;
  LookDepth depth;
  std::map<FileName, std::optional<http::File>> files = {};
  std::vector<CheckFinding> findings = {};
  std::size_t count = 0;
  std::set<std::pair<FileName, std::uint64_t>> damaged = {}, whole = {};

  void report(const ListId& list, pki::Message what) {
    ++count;
    if (findings.size() < kNamed) findings.push_back({list, std::move(what)});
  }
};

ListHealth::ListHealth(const store::Environment& environment, const PublisherOptions& options)
    : environment_(environment), options_(options) {}

void ListHealth::look(pki::Time now, LookDepth depth) {
  const std::lock_guard one_at_a_time(looking_);
  Look look{environment_.read(), now, depth};
  for (auto& [name, known] : files_)
    known.is_named = false;
  for (const registry::Issuer& issuer : registry::all_issuers(look.snapshot))
    if (issuer.id.ca != pki::CaName::operations) look_at_generation(look, issuer);
  look_at_past(look);
  std::erase_if(files_, [](const auto& entry) { return !entry.second.is_named; });
  const std::lock_guard lock(mutex_);
  has_looked_ = true;
  findings_ = std::move(look.findings);
  count_ = look.count;
  damaged_ = std::move(look.damaged);
  whole_ = std::move(look.whole);
}

void ListHealth::look_at_generation(Look& look, const registry::Issuer& issuer) {
  const auto authority = registry::decode_issuer(issuer);
  if (authority.has_error()) {
    look.report({{issuer.id, pki::kWholeGeneration}}, authority.error().message);
    return;
  }
  look_at_scope(look, *authority, {issuer.id, pki::kWholeGeneration});
  for (const pki::DistributionPoint point : registry::points_of(look.snapshot, issuer.id))
    look_at_scope(look, *authority, {issuer.id, point});
}

void ListHealth::look_at_scope(Look& look, const registry::DecodedIssuer& authority,
                               const registry::CrlScope& scope) {
  // Who has expired makes no list again: what lies there was good until then.
  const bool is_over = authority.not_after <= look.now;
  for (const registry::CrlKind kind : registry::kCrlKinds) {
    if (kind == registry::CrlKind::arl && !scope.point.is_whole_generation()) continue;
    const auto record = registry::current_crl(look.snapshot, scope, kind);
    if (!record) {
      // Where only points in use are published, one that has just come into use waits for the timer's next
      // turn.
      const bool is_expected =
          !is_over && (options_.scopes == ScopeSelection::all || scope.point.is_whole_generation());
      if (is_expected) look.report({scope, kind, 0}, messages::nothing_published);
      continue;
    }
    if (is_over && record->next_update != registry::kNoNextUpdate) continue;
    if (auto fault = fault_of(look, authority, *record))
      look.report({scope, kind, record->number}, std::move(*fault));
  }
}

std::optional<pki::Message> ListHealth::fault_of(Look& look, const registry::DecodedIssuer& authority,
                                                 const registry::CrlRecord& record) {
  if (auto fault = fault_of_file(look, authority, record)) return fault;
  const auto base = registry::base_of(look.snapshot, record);
  // One that is current itself is named as that.
  if (base &&
      base->number < registry::current_crl(look.snapshot, base->scope, registry::CrlKind::complete)->number)
    if (const auto fault = fault_of_file(look, authority, *base))
      return pki::Message{messages::of_base, std::to_string(base->number), *fault};
  if (record.finality == registry::CrlFinality::last_of_key || authority.not_after <= look.now)
    return std::nullopt;
  if (record.next_update <= look.now)
    return pki::Message{messages::overdue_next, pki::to_rfc3339(record.next_update)};
  const pki::Time mark = last_complete_mark(look.now, options_);
  const bool is_late =
      record.kind != registry::CrlKind::delta && record.this_update < mark && look.now >= mark + kLate;
  if (is_late) return pki::Message{messages::overdue_mark, pki::to_rfc3339(mark)};
  return std::nullopt;
}

std::optional<pki::Message> ListHealth::fault_of_file(Look& look, const registry::DecodedIssuer& authority,
                                                      const registry::CrlRecord& record) {
  const FileName name{record.scope.issuer, record.file};
  const auto [at, is_new] = look.files.try_emplace(name);
  std::optional<http::File>& file = at->second;
  if (is_new) {
    if (auto opened = http::File::open(path_of(options_.folder, record).string())) file = std::move(*opened);
  }
  if (!file) return pki::Message{messages::file_missing, record.file};
  if (!holds_all_of(*file, record)) return pki::Message{messages::file_cut, record.file};
  Known& known = files_[name];
  known.is_named = true;
  if (is_new) {
    auto state = state_of(*file);
    if (!state || known.state != *state) known.lists.clear();
    known.state = std::move(state).value_or(FileState{});
  }
  auto list = known.lists.find(record.offset);
  if (list == known.lists.end()) {
    if (look.depth == LookDepth::files) return std::nullopt;
    const auto checked = check_bytes(*file, record, authority);
    const auto reason = checked.has_error() ? std::optional(checked.error().message) : std::nullopt;
    list = known.lists.emplace(record.offset, reason).first;
  }
  (list->second ? look.damaged : look.whole).emplace(name, record.offset);
  return list->second ? std::optional(pki::Message{messages::of_file, record.file, *list->second})
                      : std::nullopt;
}

// What is wrong with them is not for readiness: no publication makes a past list again.
void ListHealth::look_at_past(Look& look) {
  decltype(past_) records;
  {
    const std::lock_guard lock(mutex_);
    records = past_;
  }
  for (const auto& [id, record] : records) {
    const auto issuer = registry::find_issuer(look.snapshot, record.scope.issuer);
    const auto authority =
        issuer ? registry::decode_issuer(*issuer) : pki::fail(pki::Errc::not_found, messages::no_issuer);
    if (authority.has_value()) static_cast<void>(fault_of_file(look, *authority, record));
  }
}

std::vector<std::string> ListHealth::faults() const {
  const std::lock_guard lock(mutex_);
  if (!has_looked_) return {pki::Message(messages::not_looked_yet).in(pki::Language::en)};
  std::vector<std::string> lines;
  for (const CheckFinding& finding : findings_)
    lines.push_back(
        pki::Message{messages::of_list, name_of(finding.list), finding.what}.in(pki::Language::en));
  if (count_ > findings_.size())
    lines.push_back(
        pki::Message{messages::more_lists, std::to_string(count_ - findings_.size())}.in(pki::Language::en));
  return lines;
}

std::size_t ListHealth::fault_count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool ListHealth::is_damaged(const registry::CrlRecord& record) const {
  const std::lock_guard lock(mutex_);
  return !damaged_.empty() && damaged_.contains({{record.scope.issuer, record.file}, record.offset});
}

bool ListHealth::is_whole(const registry::CrlRecord& record) const {
  const std::lock_guard lock(mutex_);
  return whole_.contains({{record.scope.issuer, record.file}, record.offset});
}

void ListHealth::note_past(const registry::CrlRecord& record) {
  const std::lock_guard lock(mutex_);
  past_.try_emplace({record.scope, record.kind, record.number}, record);
  if (past_.size() > kPastLists) past_.erase(past_.begin());
}

}  // namespace crl
