// libpq, without blocking: each wait has a deadline.

#include "store/postgres_session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "pki/messages/store.h"
#include "pki/number.h"

namespace store {

namespace {

using Clock = std::chrono::steady_clock;
using ResultPtr = std::unique_ptr<PGresult, ClosePostgres>;

constexpr const char* kUndefinedTable = "42P01";

SqlAnswer unknown(pki::Message reason) {
  return {.kind = SqlAnswer::Kind::unknown, .reason = std::move(reason)};
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

void ClosePostgres::operator()(pg_conn* connection) const {
  PQfinish(connection);
}
void ClosePostgres::operator()(pg_result* result) const {
  PQclear(result);
}

std::vector<const char*> SqlParameters::pointers() const {
  std::vector<const char*> pointers;
  pointers.reserve(values_.size());
  for (const std::string& value : values_)
    pointers.push_back(value.c_str());
  return pointers;
}

SqlParameters& SqlParameters::add(std::string value, int format) {
  lengths_.push_back(static_cast<int>(value.size()));
  formats_.push_back(format);
  values_.push_back(std::move(value));
  return *this;
}

std::uint64_t SqlAnswer::changed() const {
  return pki::parse_number<std::uint64_t>(PQcmdTuples(rows.get())).value_or(0);
}

std::size_t SqlAnswer::count() const {
  return static_cast<std::size_t>(PQntuples(rows.get()));
}

pki::ByteView SqlAnswer::field(std::size_t row, int column) const {
  const int line = static_cast<int>(row);
  return {reinterpret_cast<const std::uint8_t*>(PQgetvalue(rows.get(), line, column)),
          static_cast<std::size_t>(PQgetlength(rows.get(), line, column))};
}

// What libpq says about a string that it cannot parse quotes it, so that is never shown.
bool SqlSession::note_secrets(const std::string& connection) {
  char* quoting = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      PQconninfoParse(connection.c_str(), &quoting), PQconninfoFree};
  PQfreemem(quoting);
  if (!options) return false;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    // "*": a value that is not to be shown, by libpq's own word.
    const bool is_secret = std::string_view(option->dispchar) == "*";
    if (is_secret && option->val != nullptr && *option->val != '\0') secrets_.emplace_back(option->val);
  }
  return true;
}

std::string SqlSession::say(const char* text) const {
  std::string line = text == nullptr ? "" : text;
  std::ranges::replace(line, '\n', ' ');
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  for (const std::string& secret : secrets_)
    for (std::size_t at = 0; (at = line.find(secret, at)) != std::string::npos; at += 3)
      line.replace(at, secret.size(), "***");
  return line;
}

std::optional<pki::Message> SqlSession::connect(const std::string& to) {
  if (!note_secrets(to)) return messages::connection_string_wrong;
  const auto deadline = Clock::now() + patience_;
  connection_.reset(PQconnectStart(to.c_str()));
  if (!connection_) return messages::database_no_memory;
  PQsetNoticeReceiver(connection_.get(), &SqlSession::notice, this);
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
  return say(PQerrorMessage(connection_.get()));
}

SqlAnswer SqlSession::execute(const char* sql, const SqlParameters& parameters) {
  warning_.clear();
  const auto pointers = parameters.pointers();
  if (PQsendQueryParams(connection_.get(), sql, parameters.count(), nullptr, pointers.data(),
                        parameters.lengths(), parameters.formats(), 1) == 0)
    return unknown_by_connection();
  return receive();
}

SqlAnswer SqlSession::execute_script(const std::string& sql) {
  warning_.clear();
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return unknown_by_connection();
  return receive();
}

SqlAnswer SqlSession::unknown_by_connection() const {
  return unknown(say(PQerrorMessage(connection_.get())));
}

void SqlSession::notice(void* self, const PGresult* result) {
  const char* const severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && std::string_view(severity) == "WARNING") {
    auto* const session = static_cast<SqlSession*>(self);
    session->warning_ = session->say(PQresultErrorMessage(result));
  }
}

// False when the deadline has passed.
bool SqlSession::wait(short events, Deadline deadline) {
  for (;;) {
    const int left = milliseconds_until(deadline);
    if (left == 0) return false;
    pollfd socket{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
    const int ready = ::poll(&socket, 1, left);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool SqlSession::flush(Deadline deadline) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left <= 0) return left == 0;
    if (!wait(POLLIN | POLLOUT, deadline) || PQconsumeInput(connection_.get()) == 0) return false;
  }
}

// The next result, or null after the last (ReadyForQuery); nothing when none came in time.
std::optional<ResultPtr> SqlSession::next(Deadline deadline) {
  while (PQisBusy(connection_.get()) != 0)
    if (!wait(POLLIN, deadline) || PQconsumeInput(connection_.get()) == 0) return std::nullopt;
  return ResultPtr(PQgetResult(connection_.get()));
}

SqlAnswer SqlSession::receive() {
  const auto deadline = Clock::now() + patience_;
  if (!flush(deadline)) return unknown(messages::database_unreachable);
  SqlAnswer answer;
  for (;;) {
    auto result = next(deadline);
    if (!result) return unknown(messages::database_slow);
    if (!*result) break;
    const auto status = PQresultStatus(result->get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      // An earlier refusal of the same script stands.
      if (answer.kind == SqlAnswer::Kind::refused) continue;
      answer.kind = SqlAnswer::Kind::done;
      answer.rows = std::move(*result);
      continue;
    }
    const char* const severity = PQresultErrorField(result->get(), PG_DIAG_SEVERITY_NONLOCALIZED);
    const char* const sqlstate = PQresultErrorField(result->get(), PG_DIAG_SQLSTATE);
    answer.reason = say(PQresultErrorMessage(result->get()));
    if (severity == nullptr || std::string_view(severity) != "ERROR") return unknown(answer.reason);
    answer.kind = SqlAnswer::Kind::refused;
    answer.sqlstate = sqlstate == nullptr ? "" : sqlstate;
  }
  if (PQstatus(connection_.get()) != CONNECTION_OK) return unknown(messages::database_broke);
  if (answer.is_done() && !warning_.empty()) return unknown(warning_);
  return answer;
}

pki::Result<SqlAnswer> LogDatabase::ask_connected(const char* sql, const SqlParameters& parameters) {
  SqlAnswer answer = session_->execute(sql, parameters);
  if (answer.is_done()) return answer;
  if (answer.kind == SqlAnswer::Kind::unknown) disconnect();
  if (answer.sqlstate == kUndefinedTable) return pki::fail(pki::Errc::not_found, messages::no_log);
  return pki::fail(pki::Errc::unreachable, {messages::log_unreachable, answer.reason});
}

pki::Result<SqlAnswer> LogDatabase::ask(const char* sql, const SqlParameters& parameters) {
  TRY(connect());
  return ask_connected(sql, parameters);
}

pki::Result<void> LogDatabase::connect() {
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

pki::Result<void> LogDatabase::check_database() {
  // What a role or a database may have set otherwise.
  TRY(
      ask_connected("SELECT set_config('synchronous_commit', 'on', false), "
                    "set_config('default_transaction_isolation', 'read committed', false)"));
  TRY_ASSIGN(const SqlAnswer fsync, ask_connected("SELECT current_setting('fsync')"));
  if (pki::as_text(fsync.field(0, 0)) != "on")
    return pki::fail(pki::Errc::conflict, messages::log_without_fsync);
  TRY_ASSIGN(const SqlAnswer instance, ask_connected("SELECT id, anchor FROM jpki_instance"));
  if (instance.count() != 1) return pki::fail(pki::Errc::not_found, messages::no_log);
  const LogIdentity identity{.id = instance.bytes(0, 0), .anchor = instance.bytes(0, 1)};
  if (options_.log_id.empty()) options_.log_id = identity.id;
  if (identity.id != options_.log_id) return pki::fail(pki::Errc::conflict, messages::log_of_another);
  identity_ = identity;
  return {};
}

}  // namespace store
