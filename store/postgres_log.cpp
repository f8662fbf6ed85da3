// Statements of the log, each with the one question that matters afterwards: was it committed, or not, or is
// that not known?
//
// Committed means that the server said so, that nothing was warned of (a cancelled wait for the standbys is
// reported as success with a WARNING), and that the connection lived until ReadyForQuery: with the extended
// protocol the commit comes after the command's own answer. Not committed means an ERROR: the transaction was
// rolled back. All else (the end of the connection, FATAL, no answer in time) is unknown.

#include "store/postgres_log.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "log_tables.embedded.h"
#include "pki/messages/store.h"
#include "pki/number.h"

namespace store {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdSize = 16;

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ConnectionPtr = std::unique_ptr<PGconn, CloseConnection>;
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

// A message of libpq or of the server ends in a line feed.
std::string one_line(const char* text) {
  std::string line = text == nullptr ? "" : text;
  std::ranges::replace(line, '\n', ' ');
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

// Parameters of a statement: numbers as text, all else in binary.
class Parameters final {
 public:
  Parameters& number(std::uint64_t value) { return add(std::to_string(value), 0); }
  Parameters& text(std::string_view value) { return add(std::string(value), 0); }
  Parameters& bytes(pki::ByteView value) { return add(std::string(pki::as_text(value)), 1); }

  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] std::vector<const char*> pointers() const {
    std::vector<const char*> pointers;
    pointers.reserve(values_.size());
    for (const std::string& value : values_)
      pointers.push_back(value.c_str());
    return pointers;
  }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  Parameters& add(std::string value, int format) {
    lengths_.push_back(static_cast<int>(value.size()));
    formats_.push_back(format);
    values_.push_back(std::move(value));
    return *this;
  }

  std::vector<std::string> values_;
  std::vector<int> lengths_, formats_;
};

// What a statement came to. `rows` only when it is done.
struct Answer {
  enum class Kind : std::uint8_t { done, refused, unknown };
  Kind kind = Kind::unknown;
  pki::Message reason = {};
  std::string sqlstate = {};  // Of a refusal.
  ResultPtr rows = {};

  [[nodiscard]] bool is_done() const { return kind == Kind::done; }
  [[nodiscard]] std::uint64_t changed() const {
    return pki::parse_number<std::uint64_t>(PQcmdTuples(rows.get())).value_or(0);
  }
  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(PQntuples(rows.get())); }
  [[nodiscard]] pki::ByteView field(std::size_t row, int column) const {
    const int line = static_cast<int>(row);
    return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(rows.get(), line, column)),
            static_cast<std::size_t>(PQgetlength(rows.get(), line, column))};
  }
};

// One connection and its statements, each with a deadline.
class Session final {
 public:
  // Nothing that was sent is waited for when the session ends.
  explicit Session(std::chrono::milliseconds patience) : patience_(patience) {}

  // The reason when there is no connection at the end of the deadline.
  std::optional<pki::Message> connect(const std::string& to) {
    const auto deadline = Clock::now() + patience_;
    connection_.reset(PQconnectStart(to.c_str()));
    if (!connection_) return messages::database_no_memory;
    PQsetNoticeReceiver(connection_.get(), &Session::notice, this);
    auto state = PGRES_POLLING_WRITING;
    while (PQstatus(connection_.get()) != CONNECTION_BAD) {
      if (state == PGRES_POLLING_OK) {
        PQsetnonblocking(connection_.get(), 1);
        return std::nullopt;
      }
      if (state == PGRES_POLLING_FAILED) break;
      if (!wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) return messages::database_slow;
      state = PQconnectPoll(connection_.get());
    }
    return one_line(PQerrorMessage(connection_.get()));
  }

  Answer execute(const char* sql, const Parameters& parameters = {}) {
    warning_.clear();
    const auto pointers = parameters.pointers();
    if (PQsendQueryParams(connection_.get(), sql, parameters.count(), nullptr, pointers.data(),
                          parameters.lengths(), parameters.formats(), 1) == 0)
      return unknown(one_line(PQerrorMessage(connection_.get())));
    return receive();
  }
  // Several statements at once, without parameters.
  Answer execute_script(const std::string& sql) {
    warning_.clear();
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0)
      return unknown(one_line(PQerrorMessage(connection_.get())));
    return receive();
  }

 private:
  static void notice(void* self, const PGresult* result) {
    const char* const severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != nullptr && std::string_view(severity) == "WARNING")
      static_cast<Session*>(self)->warning_ = one_line(PQresultErrorMessage(result));
  }
  static Answer unknown(pki::Message reason) {
    return {.kind = Answer::Kind::unknown, .reason = std::move(reason)};
  }

  // False when the deadline has passed.
  bool wait(short events, Clock::time_point deadline) {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return false;
      pollfd socket{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
      const int ready = ::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) return false;
    }
  }
  bool flush(Clock::time_point deadline) {
    for (;;) {
      const int left = PQflush(connection_.get());
      if (left <= 0) return left == 0;
      if (!wait(POLLIN | POLLOUT, deadline) || PQconsumeInput(connection_.get()) == 0) return false;
    }
  }
  // The next result, or null after the last (ReadyForQuery); nothing when none came in time.
  std::optional<ResultPtr> next(Clock::time_point deadline) {
    while (PQisBusy(connection_.get()) != 0)
      if (!wait(POLLIN, deadline) || PQconsumeInput(connection_.get()) == 0) return std::nullopt;
    return ResultPtr(PQgetResult(connection_.get()));
  }

  Answer receive() {
    const auto deadline = Clock::now() + patience_;
    if (!flush(deadline)) return unknown(messages::database_unreachable);
    Answer answer;
    for (;;) {
      auto result = next(deadline);
      if (!result) return unknown(messages::database_slow);
      if (!*result) break;
      const auto status = PQresultStatus(result->get());
      if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        // An earlier refusal of the same script stands.
        if (answer.kind == Answer::Kind::refused) continue;
        answer.kind = Answer::Kind::done;
        answer.rows = std::move(*result);
        continue;
      }
      const char* const severity = PQresultErrorField(result->get(), PG_DIAG_SEVERITY_NONLOCALIZED);
      const char* const sqlstate = PQresultErrorField(result->get(), PG_DIAG_SQLSTATE);
      answer.reason = one_line(PQresultErrorMessage(result->get()));
      if (severity == nullptr || std::string_view(severity) != "ERROR") return unknown(answer.reason);
      answer.kind = Answer::Kind::refused;
      answer.sqlstate = sqlstate == nullptr ? "" : sqlstate;
    }
    if (PQstatus(connection_.get()) != CONNECTION_OK) return unknown(messages::database_broke);
    if (answer.is_done() && !warning_.empty()) return unknown(warning_);
    return answer;
  }

  const std::chrono::milliseconds patience_;
  ConnectionPtr connection_;
  std::string warning_;  // Of the statement under way.
};

// The locks and conditions of append() and settle(): the epoch is held, and row number - 1 is the previous
// one. $1 number, $2 epoch, $3 its id, $7 previous.
constexpr const char* kAppend = R"(
WITH held AS (SELECT 1 FROM jpki_epoch WHERE number = $2::bigint AND id = $3::bytea FOR SHARE),
     before AS (SELECT 1 FROM jpki_log WHERE number = $1::bigint - 1 AND hash = $7::bytea
                UNION ALL SELECT 1 FROM jpki_instance WHERE $1::bigint = 1 AND anchor = $7::bytea)
INSERT INTO jpki_log (number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest,
                      authorities_digest, for_views, for_authorities)
SELECT $1::bigint, $2::bigint, $3::bytea, $4::text, $5::bigint, $6::bigint, $7::bytea, $8::bytea, $9::bytea,
       $10::bytea, $11::bytea, $12::bytea FROM held, before)";
constexpr const char* kRaise = R"(
UPDATE jpki_epoch SET number = number + 1, id = $1::bytea, machine = $2::text RETURNING number)";
// Written, not only locked: its commit waits for the standbys, which then have all before it.
constexpr const char* kConfirm = R"(
UPDATE jpki_epoch SET confirmed = confirmed + 1 WHERE number = $1::bigint AND id = $2::bytea)";
constexpr const char* kRead = R"(
SELECT number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest, authorities_digest,
       for_views, for_authorities FROM jpki_log WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint)";
constexpr const char* kReadAsView = R"(
SELECT number, epoch, epoch_id, writer, time, schema, previous, hash, views_digest, authorities_digest,
       for_views FROM jpki_log WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint)";
constexpr const char* kUniqueViolation = "23505";

Parameters parameters_of(const LogRow& row) {
  Parameters parameters;
  parameters.number(row.number).number(row.epoch.number).bytes(row.epoch.id).text(row.writer);
  parameters.number(static_cast<std::uint64_t>(pki::to_unix(row.time))).number(row.schema);
  parameters.bytes(row.previous).bytes(row.hash).bytes(row.for_views.digest);
  parameters.bytes(row.for_authorities.digest).bytes(row.for_views.body.value());
  parameters.bytes(row.for_authorities.body.value());
  return parameters;
}

LogRow row_of(const Answer& answer, std::size_t i, Readers reader) {
  const auto number = [&](int column) { return pki::read_big_endian(answer.field(i, column)); };
  const auto bytes = [&](int column) { return pki::to_bytes(answer.field(i, column)); };
  LogRow row{.number = number(0),
             .epoch = {.number = number(1), .id = bytes(2)},
             .writer = std::string(pki::as_text(answer.field(i, 3))),
             .time = pki::from_unix(static_cast<std::int64_t>(number(4))),
             .schema = number(5),
             .previous = bytes(6),
             .for_views = {bytes(8), bytes(10)},
             .for_authorities = {bytes(9), std::nullopt},
             .hash = bytes(7)};
  if (reader == Readers::authorities) row.for_authorities.body = bytes(11);
  return row;
}

class PostgresLog final : public Log {
 public:
  PostgresLog(PostgresOptions options, pki::Rng rng) : options_(std::move(options)), rng_(std::move(rng)) {}

  pki::Result<LogIdentity> identity() override {
    TRY(connect());
    return identity_;
  }
  pki::Result<Epoch> raise_epoch(std::string_view machine) override;
  Appended append(const LogRow& row) override;
  Appended settle(const LogRow& row) override;
  pki::Result<std::vector<LogRow>> read_after(std::uint64_t number, std::size_t count_max) override;

 private:
  pki::Result<void> connect();
  pki::Result<void> check_database();
  // The one row of a statement that has one.
  pki::Result<Answer> ask(const char* sql, const Parameters& parameters = {});
  Appended settle_connected(const LogRow& row);
  Appended as_appended(Answer answer);
  [[nodiscard]] static Appended lost() { return {AppendOutcome::deposed, messages::another_leads}; }
  // Whoever has waited in vain, or was told half, begins again with another connection.
  void disconnect() { session_.reset(); }

  PostgresOptions options_;
  pki::Rng rng_;
  LogIdentity identity_;
  std::optional<Session> session_;
};

pki::Result<Answer> PostgresLog::ask(const char* sql, const Parameters& parameters) {
  Answer answer = session_->execute(sql, parameters);
  if (answer.is_done()) return answer;
  if (answer.kind == Answer::Kind::unknown) disconnect();
  return pki::fail(pki::Errc::unreachable, {messages::log_unreachable, answer.reason});
}

pki::Result<void> PostgresLog::connect() {
  if (session_) return {};
  session_.emplace(options_.patience);
  if (const auto reason = session_->connect(options_.connection)) {
    disconnect();
    return pki::fail(pki::Errc::unreachable, {messages::log_unreachable, *reason});
  }
  auto checked = check_database();
  if (checked.has_error()) disconnect();
  return checked;
}

pki::Result<void> PostgresLog::check_database() {
  TRY(ask("SELECT set_config('synchronous_commit', 'on', false)"));
  TRY_ASSIGN(const Answer fsync, ask("SELECT current_setting('fsync')"));
  if (pki::as_text(fsync.field(0, 0)) != "on")
    return pki::fail(pki::Errc::conflict, messages::log_without_fsync);
  TRY_ASSIGN(const Answer instance, ask("SELECT id, anchor FROM jpki_instance"));
  if (instance.count() != 1) return pki::fail(pki::Errc::not_found, messages::no_log);
  const LogIdentity identity{pki::to_bytes(instance.field(0, 0)), pki::to_bytes(instance.field(0, 1))};
  if (options_.log_id.empty()) options_.log_id = identity.id;
  if (identity.id != options_.log_id) return pki::fail(pki::Errc::conflict, messages::log_of_another);
  identity_ = identity;
  return {};
}

pki::Result<Epoch> PostgresLog::raise_epoch(std::string_view machine) {
  TRY(connect());
  Epoch epoch{.number = 0, .id = rng_.bytes(kIdSize)};
  TRY_ASSIGN(const Answer answer, ask(kRaise, Parameters().bytes(epoch.id).text(machine)));
  if (answer.count() != 1) return pki::fail(pki::Errc::not_found, messages::no_log);
  epoch.number = pki::read_big_endian(answer.field(0, 0));
  return epoch;
}

Appended PostgresLog::as_appended(Answer answer) {
  if (answer.kind == Answer::Kind::unknown) {
    disconnect();
    return {AppendOutcome::unknown, std::move(answer.reason)};
  }
  if (answer.kind == Answer::Kind::done)
    return answer.changed() == 1 ? Appended{AppendOutcome::appended, {}} : lost();
  if (answer.sqlstate == kUniqueViolation) return lost();
  return {AppendOutcome::failed, {messages::log_refused, std::move(answer.reason)}};
}

Appended PostgresLog::append(const LogRow& row) {
  if (auto connected = connect(); connected.has_error())
    return {AppendOutcome::failed, std::move(connected).error().message};
  return as_appended(session_->execute(kAppend, parameters_of(row)));
}

Appended PostgresLog::settle(const LogRow& row) {
  if (auto connected = connect(); connected.has_error())
    return {AppendOutcome::unknown, std::move(connected).error().message};
  Appended settled = settle_connected(row);
  // Also ends a transaction that was not committed.
  if (settled.outcome != AppendOutcome::appended) disconnect();
  if (settled.outcome == AppendOutcome::failed) settled.outcome = AppendOutcome::unknown;
  return settled;
}

// The lock for oneself waits for every append under way, so what is there now is there, and what is not will
// not be.
Appended PostgresLog::settle_connected(const LogRow& row) {
  Answer answer = session_->execute("BEGIN");
  if (answer.is_done()) {
    answer = session_->execute(kConfirm, Parameters().number(row.epoch.number).bytes(row.epoch.id));
    if (answer.is_done() && answer.changed() == 0) return lost();
  }
  if (answer.is_done())
    answer = session_->execute("SELECT hash FROM jpki_log WHERE number = $1::bigint",
                               Parameters().number(row.number));
  if (!answer.is_done()) return as_appended(std::move(answer));
  if (answer.count() == 0) {
    Appended inserted = as_appended(session_->execute(kAppend, parameters_of(row)));
    if (inserted.outcome != AppendOutcome::appended) return inserted;
  } else if (pki::to_bytes(answer.field(0, 0)) != row.hash) {
    return lost();
  }
  answer = session_->execute("COMMIT");
  if (answer.is_done()) return {AppendOutcome::appended, {}};
  return {AppendOutcome::unknown, std::move(answer.reason)};
}

pki::Result<std::vector<LogRow>> PostgresLog::read_after(std::uint64_t number, std::size_t count_max) {
  TRY(connect());
  const char* const sql = options_.reader == Readers::views ? kReadAsView : kRead;
  TRY_ASSIGN(const Answer answer, ask(sql, Parameters().number(number).number(count_max)));
  std::vector<LogRow> rows;
  for (std::size_t i = 0; i < answer.count(); ++i)
    rows.push_back(row_of(answer, i, options_.reader));
  return rows;
}

}  // namespace

std::unique_ptr<Log> open_postgres_log(PostgresOptions options, pki::Rng rng) {
  return std::make_unique<PostgresLog>(std::move(options), std::move(rng));
}

pki::Result<LogIdentity> create_log(const PostgresOptions& options, pki::Bytes anchor, pki::Rng rng) {
  Session session(options.patience);
  if (const auto reason = session.connect(options.connection))
    return pki::fail(pki::Errc::unreachable, {messages::log_unreachable, *reason});
  LogIdentity identity{.id = rng.bytes(kIdSize), .anchor = std::move(anchor)};
  const auto refused = [](Answer answer) {
    return pki::fail(pki::Errc::conflict, {messages::log_not_made, std::move(answer.reason)});
  };
  if (Answer begun = session.execute("BEGIN"); !begun.is_done()) return refused(std::move(begun));
  if (Answer made = session.execute_script(std::string(embedded::log_tables)); !made.is_done())
    return refused(std::move(made));
  Answer named = session.execute("INSERT INTO jpki_instance (id, anchor) VALUES ($1::bytea, $2::bytea)",
                                 Parameters().bytes(identity.id).bytes(identity.anchor));
  if (!named.is_done()) return refused(std::move(named));
  if (Answer done = session.execute("COMMIT"); !done.is_done()) return refused(std::move(done));
  return identity;
}

}  // namespace store
