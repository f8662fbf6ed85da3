// Statements for the database of the log, each with the one question that matters afterwards: was it
// committed, or not, or is that not known? postgres_session.cpp is the one file of this program that speaks
// libpq.
//
// Committed means that the server said so, that nothing was warned of (a cancelled wait for the standbys is
// reported as success with a WARNING), and that the connection lived until ReadyForQuery: with the extended
// protocol the commit comes after the command's own answer. Not committed means an ERROR: the transaction was
// rolled back. All else (the end of the connection, FATAL, no answer in time) is unknown.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "store/log.h"
#include "store/postgres_log.h"

struct pg_conn;
struct pg_result;

namespace store {

struct ClosePostgres {
  void operator()(pg_conn* connection) const;
  void operator()(pg_result* result) const;
};

// Parameters of a statement: numbers as text, all else in binary.
class SqlParameters final {
 public:
  SqlParameters& number(std::uint64_t value) { return add(std::to_string(value), 0); }
  SqlParameters& text(std::string_view value) { return add(std::string(value), 0); }
  SqlParameters& bytes(pki::ByteView value) { return add(std::string(pki::as_text(value)), 1); }

  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] std::vector<const char*> pointers() const;
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  SqlParameters& add(std::string value, int format);

  std::vector<std::string> values_;
  std::vector<int> lengths_, formats_;
};

// What a statement came to.
struct SqlAnswer {
  enum class Kind : std::uint8_t { done, refused, unknown };
  Kind kind = Kind::unknown;
  pki::Message reason = {};
  std::string sqlstate = {};                            // Of a refusal.
  std::unique_ptr<pg_result, ClosePostgres> rows = {};  // Only when it is done; its fields are binary.

  [[nodiscard]] bool is_done() const { return kind == Kind::done; }
  [[nodiscard]] std::uint64_t changed() const;
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] pki::ByteView field(std::size_t row, int column) const;
  [[nodiscard]] std::uint64_t number(std::size_t row, int column) const {
    return pki::read_big_endian(field(row, column));
  }
  [[nodiscard]] pki::Bytes bytes(std::size_t row, int column) const {
    return pki::to_bytes(field(row, column));
  }
  [[nodiscard]] std::string text(std::size_t row, int column) const {
    return std::string(pki::as_text(field(row, column)));
  }
};

// One connection. Each statement has `patience` at most; nothing that was sent is waited for when the session
// ends.
class SqlSession final {
 public:
  explicit SqlSession(std::chrono::milliseconds patience) : patience_(patience) {}

  // The reason when there is no connection at the end of the deadline. Neither it nor any other message has
  // the password of the connection string.
  [[nodiscard]] std::optional<pki::Message> connect(const std::string& to);
  [[nodiscard]] SqlAnswer execute(const char* sql, const SqlParameters& parameters = {});
  // Several statements at once, without parameters.
  [[nodiscard]] SqlAnswer execute_script(const std::string& sql);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  static void notice(void* self, const pg_result* result);
  // False when the connection string is none.
  [[nodiscard]] bool note_secrets(const std::string& connection);
  // A message of libpq or of the server, on one line.
  [[nodiscard]] std::string say(const char* text) const;
  [[nodiscard]] bool wait(short events, Deadline deadline);
  [[nodiscard]] bool flush(Deadline deadline);
  [[nodiscard]] std::optional<std::unique_ptr<pg_result, ClosePostgres>> next(Deadline deadline);
  [[nodiscard]] SqlAnswer receive();
  [[nodiscard]] SqlAnswer unknown_by_connection() const;

  const std::chrono::milliseconds patience_;
  std::vector<std::string> secrets_;  // What no message may have.
  std::unique_ptr<pg_conn, ClosePostgres> connection_;
  std::string warning_;  // Of the statement under way.
};

// The connection string for another role at the same database: where the server is and how it is checked
// stay, all by which the present role proves who it is (password, passfile, client certificate, service)
// goes. Errc::invalid_value when it is none.
[[nodiscard]] pki::Result<std::string> connection_of_role(const std::string& connection,
                                                          std::string_view role);

// A session with a log's database, begun again after a failure. Each is held to what acknowledging rests on:
// the right log, READ COMMITTED, fsync and synchronous_commit on.
class LogDatabase final {
 public:
  explicit LogDatabase(PostgresOptions options) : options_(std::move(options)) {}

  pki::Result<void> connect();
  // Connects, and carries out a statement. An error unless it is done.
  pki::Result<SqlAnswer> ask(const char* sql, const SqlParameters& parameters = {});
  // REQUIRES: connect() succeeded, and no disconnect() since.
  [[nodiscard]] SqlSession& session() { return *session_; }
  // Who has waited in vain, or has half an answer, begins again with another connection.
  void disconnect() { session_.reset(); }
  [[nodiscard]] const PostgresOptions& options() const { return options_; }
  // REQUIRES: connect() has succeeded once.
  [[nodiscard]] const LogIdentity& identity() const { return identity_; }

 private:
  pki::Result<SqlAnswer> ask_connected(const char* sql, const SqlParameters& parameters = {});
  pki::Result<void> check_database();

  PostgresOptions options_;
  LogIdentity identity_;
  std::optional<SqlSession> session_;
};

}  // namespace store
