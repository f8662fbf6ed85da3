// The rows of the log in PostgreSQL: append, settle, raise the epoch, read.

#include "store/postgres_log.h"

#include <algorithm>
#include <utility>

#include "log_tables.embedded.h"
#include "log_views.embedded.h"
#include "pki/messages/store.h"
#include "store/log_closure.h"
#include "store/postgres_session.h"

namespace store {

namespace {

constexpr std::size_t kIdSize = 16;

// The locks and conditions of append() and settle(): the epoch is held, and row number - 1 is the previous
// one. $1 number, $2 epoch, $3 its id, $7 previous.
constexpr const char* kAppend = R"(
WITH held AS (SELECT 1 FROM jpki_epoch WHERE number = $2::bigint AND id = $3::bytea FOR SHARE),
     before AS (SELECT 1 FROM jpki_log WHERE number = $1::bigint - 1 AND hash = $7::bytea
                UNION ALL SELECT 1 FROM jpki_instance WHERE $1::bigint = 1 AND anchor = $7::bytea
                                                      AND NOT EXISTS (SELECT FROM jpki_log))
INSERT INTO jpki_log (number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest,
                      authorities_digest, for_views, for_authorities)
SELECT $1::bigint, $2::bigint, $3::bytea, $4::text, $5::bigint, $6::bigint, $7::bytea, $8::bytea, $9::bytea,
       $10::bytea, $11::bytea, $12::bytea FROM held, before)";
// The lease is measured by one clock, the database's; NOW() would be the beginning of the transaction.
constexpr const char* kRaise = R"(
UPDATE jpki_epoch SET number = number + 1, id = $1::bytea, machine = $2::text, address = $4::text,
                      until = clock_timestamp() + $3::bigint * interval '1 millisecond'
WHERE until <= clock_timestamp() RETURNING number)";
constexpr const char* kRenew = R"(
UPDATE jpki_epoch SET until = clock_timestamp() + $3::bigint * interval '1 millisecond'
WHERE number = $1::bigint AND id = $2::bytea)";
constexpr const char* kRelease = R"(
UPDATE jpki_epoch SET until = '-infinity' WHERE number = $1::bigint AND id = $2::bytea)";
// Infinity is in the future of every clock, so that kRaise finds a lease that never runs out.
constexpr const char* kClose = R"(
UPDATE jpki_epoch SET number = number + 1, id = $1::bytea, machine = $2::text, address = '', until = 'infinity'
WHERE until < 'infinity')";
constexpr const char* kStatus = R"(
SELECT e.number, e.id, e.machine,
       CASE WHEN e.until > clock_timestamp() AND e.until < 'infinity'
            THEN ceil(extract(epoch FROM e.until - clock_timestamp()) * 1000) ELSE 0 END::bigint,
       coalesce(l.number, 0), coalesce(l.time, 0), e.address,
       floor(extract(epoch FROM clock_timestamp()))::bigint, (e.until = 'infinity')::int
FROM jpki_epoch e LEFT JOIN (SELECT number, time FROM jpki_log ORDER BY number DESC LIMIT 1) l ON true)";
// A view may not look at the epoch, and needs to know of nobody who leads; but whether it is let in: in the
// place of the leader stands its own name, or nothing.
constexpr const char* kStatusAsView = R"(
SELECT 0::bigint, ''::bytea,
       coalesce((SELECT min(name) FROM jpki_view_name WHERE name = session_user::text), ''), 0::bigint, coalesce(l.number, 0), coalesce(l.time, 0), ''::text,
       floor(extract(epoch FROM clock_timestamp()))::bigint, 0::bigint
FROM (SELECT 1) one LEFT JOIN (SELECT number, time FROM jpki_log ORDER BY number DESC LIMIT 1) l ON true)";
constexpr const char* kReport = R"(
INSERT INTO jpki_machine (name, role, number, at) VALUES ($1::text, $2::text, $3::bigint, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET role = $2::text, number = $3::bigint, at = clock_timestamp())";
// What is left of a lease is counted from its grant, a little later than its holder counts.
constexpr const char* kReports = R"(
SELECT name, role, m.number, greatest(0, extract(epoch FROM clock_timestamp() - at) * 1000)::bigint,
       CASE WHEN role = 'leader' OR l.granted = 0 OR l.granted_process <> l.process THEN 0 ELSE
            greatest(0, l.length - extract(epoch FROM clock_timestamp() - l.granted_at) * 1000) END::bigint
FROM jpki_machine m LEFT JOIN jpki_lease l ON l.machine = m.name ORDER BY name)";
// A request keeps the moment at which it was made first.
constexpr const char* kRequestLease = R"(
INSERT INTO jpki_lease AS l (machine, process, request, number, hash, requested_at)
VALUES ($1::text, $2::bytea, $3::bigint, $4::bigint, $5::bytea, clock_timestamp())
ON CONFLICT (machine) DO UPDATE SET process = $2::bytea, request = $3::bigint, number = $4::bigint,
  hash = $5::bytea, requested_at = CASE WHEN l.process = $2::bytea AND l.request = $3::bigint
                                        THEN l.requested_at ELSE clock_timestamp() END
RETURNING granted_process, granted, length)";
constexpr const char* kLeaseRequests = R"(
SELECT machine, process, request, number, hash,
       greatest(0, extract(epoch FROM clock_timestamp() - requested_at) * 1000)::bigint,
       (granted_process = process AND granted = request)::int::bigint
FROM jpki_lease ORDER BY machine)";
// Under the same lock as a row: none is granted by a leader whose successor has begun.
constexpr const char* kGrantLease = R"(
WITH held AS (SELECT 1 FROM jpki_epoch WHERE number = $1::bigint AND id = $2::bytea FOR SHARE)
UPDATE jpki_lease SET granted_process = process, granted = request, length = $6::bigint,
                      granted_at = clock_timestamp()
FROM held WHERE machine = $3::text AND process = $4::bytea AND request = $5::bigint)";
constexpr const char* kSend = R"(
INSERT INTO jpki_inbox (machine, sequence, body) VALUES ($1::text, $2::bigint, $3::bytea)
ON CONFLICT (machine, sequence) DO NOTHING)";
constexpr const char* kLastSent =
    "SELECT coalesce(max(sequence), 0) FROM jpki_inbox WHERE machine = $1::text";
constexpr const char* kInbox = R"(
SELECT machine, sequence, body FROM jpki_inbox WHERE octet_length(body) > 0
ORDER BY machine, sequence LIMIT $1::bigint)";
constexpr const char* kForget = R"(
WITH before AS (DELETE FROM jpki_inbox WHERE machine = $1::text AND sequence < $2::bigint)
UPDATE jpki_inbox SET body = '' WHERE machine = $1::text AND sequence = $2::bigint)";
// Written, not only locked: its commit waits for the standbys, which then have all before it.
constexpr const char* kConfirm = R"(
UPDATE jpki_epoch SET confirmed = confirmed + 1 WHERE number = $1::bigint AND id = $2::bytea)";
constexpr const char* kReadRow = R"(
SELECT number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest, authorities_digest,
       for_views, for_authorities FROM jpki_log WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint)";
constexpr const char* kReadAsView = R"(
SELECT number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest, authorities_digest,
       for_views FROM jpki_log WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint)";
constexpr const char* kUniqueViolation = "23505";

SqlParameters parameters_of(const LogRow& row) {
  SqlParameters parameters;
  parameters.number(row.number).number(row.epoch.number).bytes(row.epoch.id).text(row.writer);
  parameters.number(static_cast<std::uint64_t>(pki::to_unix(row.time))).number(row.schema);
  parameters.bytes(row.previous).bytes(row.hash).bytes(row.for_views.digest);
  parameters.bytes(row.for_authorities.digest).bytes(row.for_views.body.value());
  parameters.bytes(row.for_authorities.body.value());
  return parameters;
}

LogRow row_of(const SqlAnswer& answer, std::size_t i, Readers reader) {
  LogRow row{.number = answer.number(i, 0),
             .epoch = {.number = answer.number(i, 1), .id = answer.bytes(i, 2)},
             .writer = answer.text(i, 3),
             .time = pki::from_unix(static_cast<std::int64_t>(answer.number(i, 4))),
             .schema = answer.number(i, 5),
             .previous = answer.bytes(i, 6),
             .for_views = {answer.bytes(i, 8), answer.bytes(i, 10)},
             .for_authorities = {answer.bytes(i, 9), std::nullopt},
             .hash = answer.bytes(i, 7)};
  if (reader == Readers::authorities) row.for_authorities.body = answer.bytes(i, 11);
  return row;
}

class PostgresLog final : public Log {
 public:
  PostgresLog(PostgresOptions options, pki::Rng rng) : database_(std::move(options)), rng_(std::move(rng)) {}

  pki::Result<LogIdentity> identity() override {
    TRY(database_.connect());
    return database_.identity();
  }
  pki::Result<Epoch> raise_epoch(std::string_view machine) override;
  pki::Result<void> renew(const Epoch& epoch) override;
  void release(const Epoch& epoch) override;
  pki::Result<void> close(std::string_view machine) override;
  pki::Result<LogStatus> status() override;
  pki::Result<void> report(const MachineReport& report) override;
  pki::Result<std::vector<MachineReport>> reports() override;
  pki::Result<LeaseGrant> request_lease(const LeaseRequest& request) override;
  pki::Result<std::vector<LeaseRequest>> lease_requests() override;
  pki::Result<void> grant_lease(const Epoch& epoch, const LeaseRequest& request,
                                std::chrono::milliseconds length) override;
  pki::Result<void> send(const InboxEntry& entry) override;
  pki::Result<std::uint64_t> last_sent(std::string_view machine) override;
  pki::Result<std::vector<InboxEntry>> inbox(std::size_t count_max) override;
  pki::Result<void> forget(std::string_view machine, std::uint64_t sequence) override;
  Appended append(const LogRow& row) override;
  Appended settle(const LogRow& row) override;
  pki::Result<std::vector<LogRow>> read_after(std::uint64_t number, std::size_t count_max) override;

 private:
  Appended settle_connected(const LogRow& row);
  Appended as_appended(SqlAnswer answer);
  [[nodiscard]] static Appended lost() { return {AppendOutcome::deposed, messages::another_leads}; }
  SqlAnswer execute(const char* sql, const SqlParameters& parameters = {}) {
    return database_.session().execute(sql, parameters);
  }

  [[nodiscard]] std::uint64_t lease() const {
    return static_cast<std::uint64_t>(database_.options().lease.count());
  }

  LogDatabase database_;
  pki::Rng rng_;
};

pki::Result<Epoch> PostgresLog::raise_epoch(std::string_view machine) {
  Epoch epoch{.number = 0, .id = rng_.bytes(kIdSize)};
  TRY_ASSIGN(const SqlAnswer answer,
             database_.ask(kRaise, SqlParameters().bytes(epoch.id).text(machine).number(lease()).text(
                                       database_.options().address)));
  if (answer.count() == 1) {
    epoch.number = answer.number(0, 0);
    return epoch;
  }
  TRY_ASSIGN(const LogStatus now, status());
  if (now.is_closed) return log_is_closed(now.machine);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(now.lease_left).count();
  return pki::fail(pki::Errc::conflict,
                   {messages::log_is_led, now.machine, std::to_string(std::max<std::int64_t>(seconds, 1))});
}

pki::Result<void> PostgresLog::renew(const Epoch& epoch) {
  TRY_ASSIGN(const SqlAnswer answer,
             database_.ask(kRenew, SqlParameters().number(epoch.number).bytes(epoch.id).number(lease())));
  if (answer.changed() == 1) return {};
  return pki::fail(pki::Errc::conflict, messages::another_leads);
}

void PostgresLog::release(const Epoch& epoch) {
  const auto done = database_.ask(kRelease, SqlParameters().number(epoch.number).bytes(epoch.id));
  static_cast<void>(done);
}

pki::Result<void> PostgresLog::close(std::string_view machine) {
  TRY_ASSIGN(const SqlAnswer answer,
             database_.ask(kClose, SqlParameters().bytes(rng_.bytes(kIdSize)).text(machine)));
  if (answer.changed() == 1) return {};
  return pki::fail(pki::Errc::already_exists, {messages::log_is_closed, std::string(machine)});
}

pki::Result<LogStatus> PostgresLog::status() {
  TRY_ASSIGN(const SqlAnswer answer,
             database_.ask(database_.options().reader == Readers::views ? kStatusAsView : kStatus));
  if (answer.count() != 1) return pki::fail(pki::Errc::not_found, messages::no_log);
  return LogStatus{.epoch = {.number = answer.number(0, 0), .id = answer.bytes(0, 1)},
                   .machine = answer.text(0, 2),
                   .address = answer.text(0, 6),
                   .lease_left = std::chrono::milliseconds(answer.number(0, 3)),
                   .rows = answer.number(0, 4),
                   .last_row_at = pki::from_unix(static_cast<std::int64_t>(answer.number(0, 5))),
                   .now = pki::from_unix(static_cast<std::int64_t>(answer.number(0, 7))),
                   .is_closed = answer.number(0, 8) != 0};
}

pki::Result<void> PostgresLog::report(const MachineReport& report) {
  TRY(database_.ask(kReport, SqlParameters().text(report.name).text(report.role).number(report.row)));
  return {};
}

pki::Result<std::vector<MachineReport>> PostgresLog::reports() {
  TRY_ASSIGN(const SqlAnswer answer, database_.ask(kReports));
  std::vector<MachineReport> reports;
  for (std::size_t i = 0; i < answer.count(); ++i)
    reports.push_back({.name = answer.text(i, 0),
                       .role = answer.text(i, 1),
                       .row = answer.number(i, 2),
                       .age = std::chrono::milliseconds(answer.number(i, 3)),
                       .lease_left = std::chrono::milliseconds(answer.number(i, 4))});
  return reports;
}

pki::Result<LeaseGrant> PostgresLog::request_lease(const LeaseRequest& request) {
  TRY_ASSIGN(const SqlAnswer answer, database_.ask(kRequestLease, SqlParameters()
                                                                      .text(request.machine)
                                                                      .bytes(request.process)
                                                                      .number(request.number)
                                                                      .number(request.row)
                                                                      .bytes(request.hash)));
  return LeaseGrant{.process = answer.bytes(0, 0),
                    .number = answer.number(0, 1),
                    .length = std::chrono::milliseconds(answer.number(0, 2))};
}

pki::Result<std::vector<LeaseRequest>> PostgresLog::lease_requests() {
  TRY_ASSIGN(const SqlAnswer answer, database_.ask(kLeaseRequests));
  std::vector<LeaseRequest> requests;
  for (std::size_t i = 0; i < answer.count(); ++i)
    requests.push_back({.machine = answer.text(i, 0),
                        .process = answer.bytes(i, 1),
                        .number = answer.number(i, 2),
                        .row = answer.number(i, 3),
                        .hash = answer.bytes(i, 4),
                        .age = std::chrono::milliseconds(answer.number(i, 5)),
                        .is_granted = answer.number(i, 6) != 0});
  return requests;
}

pki::Result<void> PostgresLog::grant_lease(const Epoch& epoch, const LeaseRequest& request,
                                           std::chrono::milliseconds length) {
  TRY(database_.ask(kGrantLease, SqlParameters()
                                     .number(epoch.number)
                                     .bytes(epoch.id)
                                     .text(request.machine)
                                     .bytes(request.process)
                                     .number(request.number)
                                     .number(static_cast<std::uint64_t>(length.count()))));
  return {};
}

pki::Result<void> PostgresLog::send(const InboxEntry& entry) {
  TRY(database_.ask(kSend, SqlParameters().text(entry.machine).number(entry.sequence).bytes(entry.body)));
  return {};
}

pki::Result<std::uint64_t> PostgresLog::last_sent(std::string_view machine) {
  TRY_ASSIGN(const SqlAnswer answer, database_.ask(kLastSent, SqlParameters().text(machine)));
  return answer.number(0, 0);
}

pki::Result<std::vector<InboxEntry>> PostgresLog::inbox(std::size_t count_max) {
  TRY_ASSIGN(const SqlAnswer answer, database_.ask(kInbox, SqlParameters().number(count_max)));
  std::vector<InboxEntry> entries;
  for (std::size_t i = 0; i < answer.count(); ++i)
    entries.push_back(
        {.machine = answer.text(i, 0), .sequence = answer.number(i, 1), .body = answer.bytes(i, 2)});
  return entries;
}

pki::Result<void> PostgresLog::forget(std::string_view machine, std::uint64_t sequence) {
  TRY(database_.ask(kForget, SqlParameters().text(machine).number(sequence)));
  return {};
}

Appended PostgresLog::as_appended(SqlAnswer answer) {
  if (answer.kind == SqlAnswer::Kind::unknown) {
    database_.disconnect();
    return {AppendOutcome::unknown, std::move(answer.reason)};
  }
  if (answer.kind == SqlAnswer::Kind::done)
    return answer.changed() == 1 ? Appended{AppendOutcome::appended, {}} : lost();
  if (answer.sqlstate == kUniqueViolation) return lost();
  return {AppendOutcome::failed, {messages::log_refused, std::move(answer.reason)}};
}

Appended PostgresLog::append(const LogRow& row) {
  if (auto connected = database_.connect(); connected.has_error())
    return {AppendOutcome::failed, std::move(connected).error().message};
  return as_appended(execute(kAppend, parameters_of(row)));
}

Appended PostgresLog::settle(const LogRow& row) {
  if (auto connected = database_.connect(); connected.has_error())
    return {AppendOutcome::unknown, std::move(connected).error().message};
  Appended settled = settle_connected(row);
  // Also ends a transaction that was not committed.
  if (settled.outcome != AppendOutcome::appended) database_.disconnect();
  if (settled.outcome == AppendOutcome::failed) settled.outcome = AppendOutcome::unknown;
  return settled;
}

// The lock for oneself waits for every append under way, so what is there now is there, and what is not will
// not be.
Appended PostgresLog::settle_connected(const LogRow& row) {
  SqlAnswer answer = execute("BEGIN ISOLATION LEVEL READ COMMITTED");
  if (answer.is_done()) {
    answer = execute(kConfirm, SqlParameters().number(row.epoch.number).bytes(row.epoch.id));
    if (answer.is_done() && answer.changed() == 0) return lost();
  }
  if (answer.is_done())
    answer =
        execute("SELECT hash FROM jpki_log WHERE number = $1::bigint", SqlParameters().number(row.number));
  if (!answer.is_done()) return as_appended(std::move(answer));
  if (answer.count() == 0) {
    Appended inserted = as_appended(execute(kAppend, parameters_of(row)));
    if (inserted.outcome != AppendOutcome::appended) return inserted;
  } else if (answer.bytes(0, 0) != row.hash) {
    return lost();
  }
  answer = execute("COMMIT");
  if (answer.is_done()) return {AppendOutcome::appended, {}};
  return {AppendOutcome::unknown, std::move(answer.reason)};
}

pki::Result<std::vector<LogRow>> PostgresLog::read_after(std::uint64_t number, std::size_t count_max) {
  TRY(database_.connect());
  const Readers reader = database_.options().reader;
  const char* const sql = reader == Readers::views ? kReadAsView : kReadRow;
  TRY_ASSIGN(const SqlAnswer answer, database_.ask(sql, SqlParameters().number(number).number(count_max)));
  std::vector<LogRow> rows;
  for (std::size_t i = 0; i < answer.count(); ++i)
    rows.push_back(row_of(answer, i, reader));
  return rows;
}

}  // namespace

std::unique_ptr<Log> open_postgres_log(PostgresOptions options, pki::Rng rng) {
  return std::make_unique<PostgresLog>(std::move(options), std::move(rng));
}

pki::Result<LogIdentity> create_log(const PostgresOptions& options, pki::Bytes anchor, pki::Rng rng) {
  SqlSession session(options.patience);
  if (const auto reason = session.connect(options.connection))
    return pki::fail(pki::Errc::unreachable, {messages::log_unreachable, *reason});
  LogIdentity identity{.id = rng.bytes(kIdSize), .anchor = std::move(anchor)};
  const auto refused = [](SqlAnswer answer) {
    return pki::fail(pki::Errc::conflict, {messages::log_not_made, std::move(answer.reason)});
  };
  if (SqlAnswer begun = session.execute("BEGIN ISOLATION LEVEL READ COMMITTED"); !begun.is_done())
    return refused(std::move(begun));
  if (SqlAnswer made = session.execute_script(std::string(embedded::log_tables)); !made.is_done())
    return refused(std::move(made));
  if (SqlAnswer made = session.execute_script(std::string(embedded::log_views)); !made.is_done())
    return refused(std::move(made));
  SqlAnswer named = session.execute("INSERT INTO jpki_instance (id, anchor) VALUES ($1::bytea, $2::bytea)",
                                    SqlParameters().bytes(identity.id).bytes(identity.anchor));
  if (!named.is_done()) return refused(std::move(named));
  if (SqlAnswer done = session.execute("COMMIT"); !done.is_done()) return refused(std::move(done));
  return identity;
}

}  // namespace store
