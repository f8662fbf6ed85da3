// /v1/audit: who did what and when, found by any of these, and the proof that nothing was changed.

#include "store/audit.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "admin/api.h"
#include "pki/hash.h"
#include "pki/messages/admin.h"
#include "pki/number.h"
#include "registry/actor.h"
#include "registry/clock_repairs.h"
#include "verifier/ledger.h"

namespace admin {

namespace {

constexpr std::size_t kAuditPageMax = 1'000;
// Entries that one request looks at when few of them fit; `next` says where to go on.
constexpr std::size_t kAuditScanMax = 100'000;

// A moment of a query: RFC 3339, or a day in Japan, of which the beginning is meant.
struct Moment {
  pki::Time at;
  bool is_day = false;
};

pki::Result<std::optional<Moment>> read_moment(const RequestContext& call, std::string_view name) {
  const auto text = call.query(name);
  if (!text) return std::optional<Moment>{};
  if (const auto day = pki::parse_date(*text))
    return std::optional(Moment{pki::jst_start_of_day(*day), true});
  if (const auto time = pki::parse_rfc3339(*text)) return std::optional(Moment{*time, false});
  return pki::invalid(std::string(name), messages::audit_moment_form);
}

pki::Result<std::optional<std::uint64_t>> read_sequence(const RequestContext& call, std::string_view name) {
  const auto text = call.query(name);
  if (!text) return std::optional<std::uint64_t>{};
  // 0 is before the first entry.
  const auto number = pki::parse_number<std::uint64_t>(*text);
  if (!number || *number > std::numeric_limits<std::int64_t>::max())
    return pki::invalid(std::string(name), messages::audit_number_decimal);
  return number;
}

// What is asked for; an empty member asks for nothing.
struct AuditFilter {
  std::string operator_name, action, subject;
  std::optional<pki::Time> from;   // Inclusive.
  std::optional<pki::Time> until;  // Exclusive.

  static pki::Result<AuditFilter> read(const RequestContext& call) {
    AuditFilter filter{.operator_name = call.query("operator").value_or(""),
                       .action = call.query("action").value_or(""),
                       .subject = call.query("subject").value_or(""),
                       .from = {},
                       .until = {}};
    TRY_ASSIGN(const auto from, read_moment(call, "from"));
    TRY_ASSIGN(const auto to, read_moment(call, "to"));
    if (from) filter.from = from->at;
    // A day that is named belongs to what is asked for, as the second that is named does.
    if (to) filter.until = to->at + (to->is_day ? pki::Seconds{std::chrono::hours{24}} : pki::Seconds{1});
    return filter;
  }

  [[nodiscard]] bool admits(const store::AuditEntry& entry) const {
    if ((from && entry.recorded_at < *from) || (until && entry.recorded_at >= *until)) return false;
    if (!operator_name.empty() && entry.actor.operator_name != operator_name) return false;
    if (!action.empty() && entry.action != action && !entry.action.starts_with(action + " ")) return false;
    return subject.empty() || std::ranges::any_of(entry.subjects, [&](const std::string& one) {
             return one == subject || one.ends_with(" " + subject);
           });
  }
};

json::object to_json(const store::AuditEntry& entry, const store::AuditHead& head) {
  json::array subjects;
  for (const std::string& subject : entry.subjects)
    subjects.push_back(json::value(subject));
  return {{"sequence", entry.sequence},
          {"recorded_at", pki::to_rfc3339(entry.recorded_at)},
          {"operator", entry.actor.operator_name},
          {"role", to_string(registry::actor_of(entry.actor))},
          {"action", entry.action},
          {"subjects", std::move(subjects)},
          {"hash", pki::to_hex(head.hash)}};
}

// Numbers of entries, [first, end), of which each is recorded no earlier than the one before it.
struct Stretch {
  std::uint64_t first = 1, end = 1;
};

// The whole log. The writer refuses to go back in time; `jpki clock repair` alone does.
std::vector<Stretch> stretches_of(const store::ReadTransaction& transaction) {
  std::vector<Stretch> stretches;
  std::uint64_t first = 1;
  for (const std::uint64_t repair : registry::clock_repairs(transaction))
    stretches.push_back({std::exchange(first, repair), repair});
  stretches.push_back({first, store::read_audit_head(transaction).sequence + 1});
  return stretches;
}

// The first entry of the stretch that was not recorded before `moment`; its end when none is.
std::uint64_t first_from(const store::ReadTransaction& transaction, Stretch stretch, pki::Time moment) {
  std::uint64_t low = stretch.first, high = stretch.end;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto entry = store::find_audit_entry(transaction, middle);
    if (!entry || entry->recorded_at < moment)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// The numbers of the entries to look at: [first, end), the newest first or, with ?after=, the oldest first.
struct Walk {
  std::uint64_t first = 1, end = 1;
  bool is_ascending = false;
};

// From the first entry of the time that is asked for to the last; between them the filter decides.
void narrow(Walk& walk, const store::ReadTransaction& transaction, const AuditFilter& filter) {
  if (!filter.from && !filter.until) return;
  Walk found{.first = walk.end, .end = walk.first, .is_ascending = false};
  for (const Stretch stretch : stretches_of(transaction)) {
    const std::uint64_t first = filter.from ? first_from(transaction, stretch, *filter.from) : stretch.first;
    const std::uint64_t end = filter.until ? first_from(transaction, stretch, *filter.until) : stretch.end;
    if (first >= end) continue;
    found.first = std::min(found.first, first);
    found.end = std::max(found.end, end);
  }
  walk = found;
}

pki::Result<Walk> plan_walk(const RequestContext& call, const store::ReadTransaction& transaction,
                            const AuditFilter& filter) {
  Walk walk{.first = 1, .end = store::read_audit_head(transaction).sequence + 1, .is_ascending = false};
  narrow(walk, transaction, filter);
  TRY_ASSIGN(const auto before, read_sequence(call, "before"));
  TRY_ASSIGN(const auto after, read_sequence(call, "after"));
  if (before && after) return pki::invalid("after", messages::audit_one_way);
  if (before) walk.end = std::min(walk.end, *before);
  if (after) walk.first = std::max(walk.first, *after + 1);
  walk.is_ascending = after.has_value();
  return walk;
}

pki::Result<Answer> show_audit(const RequestContext& call) {
  TRY_ASSIGN(const std::size_t limit, call.page_limit(kAuditPageMax));
  TRY_ASSIGN(const AuditFilter filter, AuditFilter::read(call));
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(Walk walk, plan_walk(call, transaction, filter));
  json::array entries;
  std::uint64_t last = 0;
  for (std::size_t looked = 0; walk.first < walk.end && entries.size() < limit && looked < kAuditScanMax;
       ++looked) {
    last = walk.is_ascending ? walk.first++ : --walk.end;
    const auto entry = store::find_audit_entry(transaction, last);
    if (entry && filter.admits(*entry))
      entries.push_back(to_json(*entry, store::audit_head_at(transaction, last).value()));
  }
  json::object body{{"entries", std::move(entries)}, {"next", nullptr}};
  if (walk.first < walk.end) body["next"] = last;
  return Answer{.body = std::move(body)};
}

// The audit log as one snapshot shows it; `position` is that snapshot's in the log.
pki::Result<json::object> verify_chain(const RequestContext& call,
                                       std::optional<store::LogPosition>& position) {
  const auto transaction = call.services.environment.read();
  position = store::read_log_position(transaction);
  TRY_ASSIGN(const std::uint64_t entries, store::verify_audit(transaction));
  TRY_ASSIGN(const std::uint64_t days, verifier::verify_ledger(transaction));
  if (const auto expected = call.query("expect")) {
    const auto head = store::parse_audit_head(*expected);
    if (!head) return pki::invalid("expect", messages::head_form);
    const auto then = store::audit_head_at(transaction, head->sequence);
    if (!then)
      return pki::fail(pki::Errc::conflict,
                       {messages::audit_log_cut, std::to_string(entries), std::to_string(head->sequence)});
    if (*then != *head)
      return pki::fail(pki::Errc::conflict, {messages::audit_entry_differs, std::to_string(head->sequence)});
  }
  return json::object{{"entries", entries},
                      {"ledger_days", days},
                      {"head", store::to_string(store::read_audit_head(transaction))},
                      {"intact", true}};
}

pki::Result<Answer> verify_audit(const RequestContext& call) {
  std::optional<store::LogPosition> position;
  TRY_ASSIGN(json::object body, verify_chain(call, position));
  // Without a snapshot: it takes as long as the log is.
  if (position && call.services.check_log) {
    TRY_ASSIGN(const store::LogChecked checked, call.services.check_log(*position));
    body["log"] = json::object{
        {"first_row", checked.first}, {"last_row", checked.last}, {"store_row", checked.store_row}};
  }
  return Answer{.body = std::move(body)};
}

// The head of the audit log at an entry, to be compared with signed heads.
pki::Result<Answer> head_at(const RequestContext& call) {
  const auto sequence = pki::parse_serial(call.parameters.at(0));
  if (!sequence) return pki::invalid("sequence", messages::entry_number_form);
  const auto head = store::audit_head_at(call.services.environment.read(), sequence->value);
  if (!head) return pki::fail(pki::Errc::not_found, {messages::entry_unknown, call.parameters.at(0)});
  return Answer{.body = json::object{{"head", store::to_string(*head)}}};
}

}  // namespace

std::vector<ApiEndpoint> audit_endpoints() {
  using enum http::Method;
  return {{{get,
            "/v1/audit",
            Action::read_audit,
            {"limit", "operator", "action", "subject", "from", "to", "before", "after"}},
           show_audit},
          {{get, "/v1/audit/verification", Action::read_audit, {"expect"}}, verify_audit},
          {{get, "/v1/audit/heads/{sequence}", Action::read_audit}, head_at}};
}

}  // namespace admin
