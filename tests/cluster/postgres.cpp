// initdb, pg_ctl, and as root another user, since PostgreSQL refuses root.

#include "tests/cluster/postgres.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

namespace cluster::testing {

namespace {

// Where Debian has the newest server, e.g. /usr/lib/postgresql/15/bin.
std::optional<std::string> find_programs() {
  std::optional<std::string> found;
  int newest = 0;
  std::error_code missing;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", missing)) {
    const int number = std::atoi(version.path().filename().c_str());
    if (number <= newest || !std::filesystem::exists(version.path() / "bin/initdb")) continue;
    newest = number;
    found = version.path() / "bin";
  }
  return found;
}

}  // namespace

Postgres& Postgres::running() {
  const auto programs = find_programs();
  if (!programs) {
    std::cerr << "PostgreSQL is not installed\n";
    std::_Exit(77);
  }
  static Postgres postgres(*programs);
  return postgres;
}

Postgres::Postgres(std::string programs) : programs_(std::move(programs)) {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0 && ::chown(folder_.path().c_str(), kNobody, kNobody) != 0)
    throw std::runtime_error("the temporary folder cannot be given away");
  run("initdb --no-sync --auth=trust --username=jpki --pgdata=" + folder() + "/data");
  run("pg_ctl --wait --pgdata=" + folder() + "/data --log=" + folder() +
      "/log --options=\"-c listen_addresses='' -c unix_socket_directories='" + folder() + "'\" start");
}

Postgres::~Postgres() {
  try {
    run("pg_ctl --wait --mode=immediate --pgdata=" + folder() + "/data stop");
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
}

void Postgres::run(const std::string& program) const {
  const std::string user =
      ::geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : std::string();
  const std::string command =
      "cd " + folder() + " && " + user + programs_ + "/" + program + " >" + folder() + "/output 2>&1";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::string Postgres::connection(const std::string& role) const {
  return "host=" + folder() + " dbname=postgres user=" + role;
}

store::LogIdentity Postgres::make_log(const pki::Bytes& anchor) {
  Sql sql(connection());
  // Whoever holds a lock from the test before.
  sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
      "AND pid <> pg_backend_pid()");
  sql("SET client_min_messages = error; DROP TABLE IF EXISTS jpki_instance, jpki_epoch, jpki_log, "
      "jpki_machine, jpki_lease, jpki_inbox, jpki_file, jpki_view_name, jpki_nonce, jpki_nonce_memory");
  auto made = store::create_log({.connection = connection()}, anchor, pki::Rng::system());
  if (!made) throw std::runtime_error(made.error().text());
  return *made;
}

void Postgres::set(const std::string& name, const std::string& value) {
  Sql sql(connection());
  sql("ALTER SYSTEM SET " + name + " = " + value);
  sql("SELECT pg_reload_conf()");
  // Until it is in force: a session sees it at its next statement, and new ones at once.
  while (Sql(connection())("SELECT current_setting('" + name + "') = " + value) != "t")
    continue;
}

}  // namespace cluster::testing
