// Rows are removed in steps, so that no statement takes long.

#include "store/postgres_trim.h"

#include <algorithm>
#include <utility>

#include "pki/messages/store.h"
#include "store/postgres_session.h"

namespace store {

namespace {

// One statement removes this many rows at most, and has this long.
constexpr std::uint64_t kRowsAtOnce = 10'000;
constexpr std::chrono::minutes kStepTime{2};
constexpr const char* kInsufficientPrivilege = "42501";

// The first row, and the one from which on all are kept: the first that is not older than $1, the last, or
// the one of the machine that is least far, whichever is least. Times never go back along the log.
constexpr const char* kPlan = R"(
SELECT coalesce((SELECT min(number) FROM jpki_log), 0),
       least((SELECT max(number) FROM jpki_log), (SELECT min(number) FROM jpki_log WHERE time >= $1::bigint),
             m.number),
       m.name, m.number
FROM (SELECT name, number FROM jpki_machine ORDER BY number, name LIMIT 1) m)";
// Judged again by what the machines say now: one may have joined meanwhile.
constexpr const char* kRemove = R"(
DELETE FROM jpki_log WHERE number < $1::bigint AND number < (SELECT min(number) FROM jpki_machine)
                       AND number < (SELECT max(number) FROM jpki_log))";
constexpr const char* kFirst = "SELECT coalesce(min(number), 0) FROM jpki_log";
constexpr const char* kAge = R"(
SELECT greatest(0, extract(epoch FROM clock_timestamp() - at))::bigint FROM jpki_machine
WHERE name = $1::text)";
constexpr const char* kForget = "DELETE FROM jpki_machine WHERE name = $1::text";

PostgresOptions with_patience(PostgresOptions options) {
  options.patience = kStepTime;
  return options;
}

// A statement of which the refusal of a role without the right is told apart from other faults.
pki::Result<SqlAnswer> change(LogDatabase& database, const char* sql, const SqlParameters& parameters) {
  TRY(database.connect());
  SqlAnswer answer = database.session().execute(sql, parameters);
  if (answer.is_done()) return answer;
  const bool is_forbidden = answer.sqlstate == kInsufficientPrivilege;
  return pki::fail(is_forbidden ? pki::Errc::forbidden : pki::Errc::unreachable,
                   {messages::rows_not_removed, std::move(answer.reason)});
}

}  // namespace

pki::Result<Trimmed> trim_log(const PostgresOptions& options, pki::Time before) {
  LogDatabase database(with_patience(options));
  const auto moment = static_cast<std::uint64_t>(pki::to_unix(before));
  TRY_ASSIGN(const SqlAnswer plan, database.ask(kPlan, SqlParameters().number(moment)));
  if (plan.count() == 0) return pki::fail(pki::Errc::conflict, messages::no_machine_reported);
  const std::uint64_t first = plan.number(0, 0), keep = plan.number(0, 1);
  Trimmed trimmed{.least = plan.text(0, 2), .least_row = plan.number(0, 3)};
  for (std::uint64_t next = first; first > 0 && next < keep;) {
    next = std::min(next + kRowsAtOnce, keep);
    TRY_ASSIGN(const SqlAnswer removed, change(database, kRemove, SqlParameters().number(next)));
    trimmed.removed += removed.changed();
  }
  TRY_ASSIGN(const SqlAnswer now, database.ask(kFirst));
  trimmed.first_kept = now.number(0, 0);
  return trimmed;
}

pki::Result<void> forget_machine(const PostgresOptions& options, std::string_view name) {
  LogDatabase database(with_patience(options));
  TRY_ASSIGN(const SqlAnswer age, database.ask(kAge, SqlParameters().text(name)));
  if (age.count() == 0)
    return pki::fail(pki::Errc::not_found, {messages::machine_unknown, std::string(name)});
  if (age.number(0, 0) < static_cast<std::uint64_t>(kAliveFor.count()))
    return pki::fail(pki::Errc::conflict,
                     {messages::machine_is_alive, std::string(name), std::to_string(age.number(0, 0))});
  TRY(change(database, kForget, SqlParameters().text(name)));
  return {};
}

}  // namespace store
