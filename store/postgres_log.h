// The log in PostgreSQL (store/postgres_session.h speaks with it).

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "pki/random.h"
#include "store/log.h"

namespace store {

struct PostgresOptions {
  // As libpq has it: a URI, or "host=/run/postgresql dbname=jpki". A password belongs in a file (passfile);
  // one that is in it comes into no message.
  std::string connection;
  // The log to which it must lead; empty: any, and from then on that one.
  pki::Bytes log_id = {};
  // How long one statement may take, connecting included; after that its outcome is unknown.
  std::chrono::milliseconds patience{5000};
  // How long leadership lasts without renewing, by the database's clock.
  std::chrono::milliseconds lease = kLeadershipLease;
  // Where this machine's operators' API is: raise_epoch() writes it down for those who ask another machine.
  std::string address = {};
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
