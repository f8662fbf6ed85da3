// PostgreSQL from Debian's package, on a socket in a temporary folder, for the tests of this folder.

#pragma once

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "store/postgres_log.h"
#include "tests/support/command.h"

namespace cluster::testing {

// A session of the tests' own, which asks what it likes.
class Sql final {
 public:
  explicit Sql(const std::string& connection) : connection_(PQconnectdb(connection.c_str()), PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK)
      throw std::runtime_error(PQerrorMessage(connection_.get()));
  }
  // The first field of the first row, or nothing. Throws when the server refuses.
  std::string operator()(const std::string& statement) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection_.get(), statement.c_str()),
                                                                PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      throw std::runtime_error(PQresultErrorMessage(result.get()));
    return PQntuples(result.get()) == 0 ? "" : PQgetvalue(result.get(), 0, 0);
  }
  // Asks again and again until the answer is `wanted`.
  void await(const std::string& statement, const std::string& wanted) {
    while ((*this)(statement) != wanted)
      continue;
  }

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

// One server for each test executable.
class Postgres final {
 public:
  // Ends the test as one that cannot be run here when PostgreSQL is not installed.
  static Postgres& running();
  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;
  ~Postgres();

  // A connection string of its owner, or of another role.
  [[nodiscard]] std::string connection(const std::string& role = "jpki") const;
  [[nodiscard]] std::string folder() const { return folder_.path().string(); }
  // A fresh log; what was there before is gone.
  store::LogIdentity make_log(const pki::Bytes& anchor);
  // Of the server, e.g. ("synchronous_standby_names", "'somebody'").
  void set(const std::string& name, const std::string& value);

 private:
  explicit Postgres(std::string programs);
  void run(const std::string& program) const;

  support::TemporaryFolder folder_;
  std::string programs_;
};

}  // namespace cluster::testing
