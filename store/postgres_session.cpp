// libpq, without blocking: each wait has a deadline.
//
// The library is loaded when a log is first used: it brings some twenty others with it, which would make
// every start of the program slower, and most authorities have no log.

#include "store/postgres_session.h"

#include <dlfcn.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "pki/messages/store.h"
#include "pki/number.h"

namespace store {

namespace {

using Clock = std::chrono::steady_clock;
using ResultPtr = std::unique_ptr<PGresult, ClosePostgres>;

constexpr const char* kUndefinedTable = "42P01";

// The functions of libpq, by their own names.
struct Libpq {
  decltype(&::PQclear) PQclear = nullptr;
  decltype(&::PQcmdTuples) PQcmdTuples = nullptr;
  decltype(&::PQconnectPoll) PQconnectPoll = nullptr;
  decltype(&::PQconnectStart) PQconnectStart = nullptr;
  decltype(&::PQconninfoFree) PQconninfoFree = nullptr;
  decltype(&::PQconninfoParse) PQconninfoParse = nullptr;
  decltype(&::PQconsumeInput) PQconsumeInput = nullptr;
  decltype(&::PQerrorMessage) PQerrorMessage = nullptr;
  decltype(&::PQfinish) PQfinish = nullptr;
  decltype(&::PQflush) PQflush = nullptr;
  decltype(&::PQfreemem) PQfreemem = nullptr;
  decltype(&::PQgetResult) PQgetResult = nullptr;
  decltype(&::PQgetlength) PQgetlength = nullptr;
  decltype(&::PQgetvalue) PQgetvalue = nullptr;
  decltype(&::PQisBusy) PQisBusy = nullptr;
  decltype(&::PQntuples) PQntuples = nullptr;
  decltype(&::PQresultErrorField) PQresultErrorField = nullptr;
  decltype(&::PQresultErrorMessage) PQresultErrorMessage = nullptr;
  decltype(&::PQresultStatus) PQresultStatus = nullptr;
  decltype(&::PQsendQuery) PQsendQuery = nullptr;
  decltype(&::PQsendQueryParams) PQsendQueryParams = nullptr;
  decltype(&::PQsetNoticeReceiver) PQsetNoticeReceiver = nullptr;
  decltype(&::PQsetnonblocking) PQsetnonblocking = nullptr;
  decltype(&::PQsocket) PQsocket = nullptr;
  decltype(&::PQstatus) PQstatus = nullptr;
};

template <typename Function>
void find(void* library, const char* name, Function& function) {
  // POSIX has dlsym() give functions as well as objects.
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(::dlerror());
}

// Throws what the loader says.
Libpq load_libpq() {
  void* const library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  Libpq pq;
  find(library, "PQclear", pq.PQclear);
  find(library, "PQcmdTuples", pq.PQcmdTuples);
  find(library, "PQconnectPoll", pq.PQconnectPoll);
  find(library, "PQconnectStart", pq.PQconnectStart);
  find(library, "PQconninfoFree", pq.PQconninfoFree);
  find(library, "PQconninfoParse", pq.PQconninfoParse);
  find(library, "PQconsumeInput", pq.PQconsumeInput);
  find(library, "PQerrorMessage", pq.PQerrorMessage);
  find(library, "PQfinish", pq.PQfinish);
  find(library, "PQflush", pq.PQflush);
  find(library, "PQfreemem", pq.PQfreemem);
  find(library, "PQgetResult", pq.PQgetResult);
  find(library, "PQgetlength", pq.PQgetlength);
  find(library, "PQgetvalue", pq.PQgetvalue);
  find(library, "PQisBusy", pq.PQisBusy);
  find(library, "PQntuples", pq.PQntuples);
  find(library, "PQresultErrorField", pq.PQresultErrorField);
  find(library, "PQresultErrorMessage", pq.PQresultErrorMessage);
  find(library, "PQresultStatus", pq.PQresultStatus);
  find(library, "PQsendQuery", pq.PQsendQuery);
  find(library, "PQsendQueryParams", pq.PQsendQueryParams);
  find(library, "PQsetNoticeReceiver", pq.PQsetNoticeReceiver);
  find(library, "PQsetnonblocking", pq.PQsetnonblocking);
  find(library, "PQsocket", pq.PQsocket);
  find(library, "PQstatus", pq.PQstatus);
  return pq;
}

const Libpq& pq() {
  static const Libpq loaded = load_libpq();
  return loaded;
}

SqlAnswer unknown(pki::Message reason) {
  return {.kind = SqlAnswer::Kind::unknown, .reason = std::move(reason)};
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

}  // namespace

void ClosePostgres::operator()(pg_conn* connection) const {
  pq().PQfinish(connection);
}
void ClosePostgres::operator()(pg_result* result) const {
  pq().PQclear(result);
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
  return pki::parse_number<std::uint64_t>(pq().PQcmdTuples(rows.get())).value_or(0);
}

std::size_t SqlAnswer::count() const {
  return static_cast<std::size_t>(pq().PQntuples(rows.get()));
}

pki::ByteView SqlAnswer::field(std::size_t row, int column) const {
  const int line = static_cast<int>(row);
  return {reinterpret_cast<const std::uint8_t*>(pq().PQgetvalue(rows.get(), line, column)),
          static_cast<std::size_t>(pq().PQgetlength(rows.get(), line, column))};
}

// What libpq says about a string that it cannot parse quotes it, so that is never shown.
bool SqlSession::note_secrets(const std::string& connection) {
  char* quoting = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      pq().PQconninfoParse(connection.c_str(), &quoting), pq().PQconninfoFree};
  pq().PQfreemem(quoting);
  if (!options) return false;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    // "*": a value that is not to be shown, by libpq's own word.
    const bool is_secret = std::string_view(option->dispchar) == "*";
    if (is_secret && option->val != nullptr && *option->val != '\0') secrets_.emplace_back(option->val);
  }
  return true;
}

pki::Result<std::string> connection_of_role(const std::string& connection, std::string_view role) {
  constexpr std::array kOfTheRole = {
      "user",    "password", "passfile",    "sslcert",     "sslkey",
      "service", "options",  "sslpassword", "replication", "fallback_application_name"};
  char* quoting = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options{
      pq().PQconninfoParse(connection.c_str(), &quoting), pq().PQconninfoFree};
  pq().PQfreemem(quoting);
  if (!options) return pki::fail(pki::Errc::invalid_value, messages::connection_string_wrong);
  std::string made;
  const auto add = [&](std::string_view keyword, std::string_view value) {
    made.append(made.empty() ? "" : " ").append(keyword).append("='");
    for (const char c : value) {
      if (c == '\\' || c == '\'') made += '\\';
      made += c;
    }
    made += '\'';
  };
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr &&
        std::ranges::find(kOfTheRole, std::string_view(option->keyword)) == kOfTheRole.end())
      add(option->keyword, option->val);
  add("user", role);
  return made;
}

std::string SqlSession::say(const char* text) const {
  std::string shown = text == nullptr ? "" : text;
  for (const std::string& secret : secrets_)
    for (std::size_t at = 0; (at = shown.find(secret, at)) != std::string::npos; at += 3)
      shown.replace(at, secret.size(), "***");
  // libpq has lines, and indents what it adds with a tab.
  std::string line;
  for (const char c : shown) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_space)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::optional<pki::Message> SqlSession::connect(const std::string& to) {
  try {
    pq();
  } catch (const std::exception& error) {
    return pki::Message{messages::libpq_missing, pki::message_of(error)};
  }
  if (!note_secrets(to)) return messages::connection_string_wrong;
  const auto deadline = Clock::now() + patience_;
  connection_.reset(pq().PQconnectStart(to.c_str()));
  if (!connection_) return messages::database_no_memory;
  pq().PQsetNoticeReceiver(connection_.get(), &SqlSession::notice, this);
  auto state = PGRES_POLLING_WRITING;
  while (pq().PQstatus(connection_.get()) != CONNECTION_BAD) {
    if (state == PGRES_POLLING_OK) {
      pq().PQsetnonblocking(connection_.get(), 1);
      return std::nullopt;
    }
    if (state == PGRES_POLLING_FAILED) break;
    if (!wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) return messages::database_slow;
    state = pq().PQconnectPoll(connection_.get());
  }
  return say(pq().PQerrorMessage(connection_.get()));
}

SqlAnswer SqlSession::execute(const char* sql, const SqlParameters& parameters) {
  warning_.clear();
  const auto pointers = parameters.pointers();
  if (pq().PQsendQueryParams(connection_.get(), sql, parameters.count(), nullptr, pointers.data(),
                             parameters.lengths(), parameters.formats(), 1) == 0)
    return unknown_by_connection();
  return receive();
}

SqlAnswer SqlSession::execute_script(const std::string& sql) {
  warning_.clear();
  if (pq().PQsendQuery(connection_.get(), sql.c_str()) == 0) return unknown_by_connection();
  return receive();
}

SqlAnswer SqlSession::unknown_by_connection() const {
  return unknown(say(pq().PQerrorMessage(connection_.get())));
}

void SqlSession::notice(void* self, const PGresult* result) {
  const char* const severity = pq().PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != nullptr && std::string_view(severity) == "WARNING") {
    auto* const session = static_cast<SqlSession*>(self);
    session->warning_ = session->say(pq().PQresultErrorMessage(result));
  }
}

// False when the deadline has passed.
bool SqlSession::wait(short events, Deadline deadline) {
  for (;;) {
    const int left = milliseconds_until(deadline);
    if (left == 0) return false;
    pollfd socket{.fd = pq().PQsocket(connection_.get()), .events = events, .revents = 0};
    const int ready = ::poll(&socket, 1, left);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool SqlSession::flush(Deadline deadline) {
  for (;;) {
    const int left = pq().PQflush(connection_.get());
    if (left <= 0) return left == 0;
    if (!wait(POLLIN | POLLOUT, deadline) || pq().PQconsumeInput(connection_.get()) == 0) return false;
  }
}

// The next result, or null after the last (ReadyForQuery); nothing when none came in time.
std::optional<ResultPtr> SqlSession::next(Deadline deadline) {
  while (pq().PQisBusy(connection_.get()) != 0)
    if (!wait(POLLIN, deadline) || pq().PQconsumeInput(connection_.get()) == 0) return std::nullopt;
  return ResultPtr(pq().PQgetResult(connection_.get()));
}

SqlAnswer SqlSession::receive() {
  const auto deadline = Clock::now() + patience_;
  if (!flush(deadline)) return unknown(messages::database_unreachable);
  SqlAnswer answer;
  for (;;) {
    auto result = next(deadline);
    if (!result) return unknown(messages::database_slow);
    if (!*result) break;
    const auto status = pq().PQresultStatus(result->get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      // An earlier refusal of the same script stands.
      if (answer.kind == SqlAnswer::Kind::refused) continue;
      answer.kind = SqlAnswer::Kind::done;
      answer.rows = std::move(*result);
      continue;
    }
    const char* const severity = pq().PQresultErrorField(result->get(), PG_DIAG_SEVERITY_NONLOCALIZED);
    const char* const sqlstate = pq().PQresultErrorField(result->get(), PG_DIAG_SQLSTATE);
    answer.reason = say(pq().PQresultErrorMessage(result->get()));
    if (severity == nullptr || std::string_view(severity) != "ERROR") return unknown(answer.reason);
    answer.kind = SqlAnswer::Kind::refused;
    answer.sqlstate = sqlstate == nullptr ? "" : sqlstate;
  }
  if (pq().PQstatus(connection_.get()) != CONNECTION_OK) return unknown(messages::database_broke);
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
  // What a role or a database may have set otherwise; and a machine that was cut off inside a transaction
  // must not keep its locks from the one that takes over.
  TRY(
      ask_connected("SELECT set_config('synchronous_commit', 'on', false), "
                    "set_config('default_transaction_isolation', 'read committed', false), "
                    "set_config('idle_in_transaction_session_timeout', '2s', false)"));
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
