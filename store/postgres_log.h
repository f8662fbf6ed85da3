// The log in PostgreSQL. postgres_log.cpp is the one file of this program that speaks libpq.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "pki/random.h"
#include "store/log.h"

namespace store {

struct PostgresOptions {
  // As libpq has it: a URI, or "host=/run/postgresql dbname=jpki". No password belongs in it (PGPASSFILE).
  std::string connection;
  // The log to which it must lead; empty: any, and from then on that one.
  pki::Bytes log_id = {};
  // How long one statement may take, connecting included; after that its outcome is unknown.
  std::chrono::milliseconds patience{5000};
  // May read what views may: rows come without the other half.
  Readers reader = Readers::authorities;
};

// Connects when it is first used, and again after a failure. Each new connection is held to what
// acknowledging rests on: the right log, fsync and synchronous_commit on.
[[nodiscard]] std::unique_ptr<Log> open_postgres_log(PostgresOptions options, pki::Rng rng);

// Makes the tables (store/log_tables.sql) in an empty database, as its owner. `anchor` is the digest of the
// store from which the log begins. An error when there is a log already, or the database refuses.
[[nodiscard]] pki::Result<LogIdentity> create_log(const PostgresOptions& options, pki::Bytes anchor,
                                                  pki::Rng rng);

}  // namespace store
