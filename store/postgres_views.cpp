// Roles, policies, and the list of who is let in.

#include "store/postgres_views.h"

#include <utility>

#include "log_views.embedded.h"
#include "pki/messages/store.h"

namespace store {

namespace {

constexpr const char* kInsufficientPrivilege = "42501";

// Names have no comma (registry::check_view_name).
constexpr const char* kSet = R"(
WITH gone AS (DELETE FROM jpki_view_name WHERE NOT name = ANY (string_to_array($1::text, ',')) RETURNING name),
     without_lease AS (DELETE FROM jpki_lease WHERE machine IN (SELECT name FROM gone)),
     unheard AS (DELETE FROM jpki_inbox WHERE machine IN (SELECT name FROM gone))
INSERT INTO jpki_view_name SELECT unnest(string_to_array($1::text, ',')) ON CONFLICT DO NOTHING)";
constexpr const char* kIsThere = "SELECT count(*) FROM pg_roles WHERE rolname = $1::text";
// What no view's role may be or do; 0 when it may none of it.
constexpr const char* kMight = R"(
SELECT (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, 'jpki_authority', 'MEMBER')
        OR pg_has_role(r.oid, (SELECT relowner FROM pg_class WHERE oid = 'jpki_log'::regclass), 'MEMBER')
        OR has_column_privilege(r.oid, 'jpki_log'::regclass, 'for_authorities', 'SELECT')
        OR has_table_privilege(r.oid, 'jpki_log', 'INSERT, UPDATE, DELETE, TRUNCATE')
        OR has_any_column_privilege(r.oid, 'jpki_epoch'::regclass, 'SELECT, UPDATE'))::int::bigint
FROM pg_roles r WHERE r.rolname = $1::text)";
constexpr const char* kIsOfAuthority =
    "SELECT count(*) FROM jpki_machine WHERE name = $1::text AND role IN ('leader', 'standby')";
constexpr const char* kWho = "SELECT session_user::text";

std::string quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

pki::Result<bool> is_mighty(LogDatabase& database, const std::string& name) {
  TRY_ASSIGN(const SqlAnswer answer, database.ask(kMight, SqlParameters().text(name)));
  return answer.count() != 1 || answer.number(0, 0) != 0;
}

pki::Error refused(const SqlAnswer& answer) {
  const bool is_forbidden = answer.sqlstate == kInsufficientPrivilege;
  return pki::fail(is_forbidden ? pki::Errc::forbidden : pki::Errc::conflict,
                   {messages::view_role_not_made, answer.reason});
}

}  // namespace

std::string sql_of_view_role(std::string_view name) {
  return "CREATE ROLE " + quoted(name) + " LOGIN IN ROLE jpki_view;";
}

pki::Result<bool> prepare_view(const PostgresOptions& options, const std::string& name) {
  LogDatabase database(options);
  TRY(database.connect());
  // One transaction: a script is one statement to the server.
  const SqlAnswer made = database.session().execute_script(std::string(embedded::log_views));
  if (!made.is_done()) return refused(made);
  TRY_ASSIGN(const SqlAnswer machines, database.ask(kIsOfAuthority, SqlParameters().text(name)));
  if (machines.number(0, 0) != 0) return pki::fail(pki::Errc::conflict, {messages::view_name_taken, name});
  TRY_ASSIGN(const SqlAnswer roles, database.ask(kIsThere, SqlParameters().text(name)));
  if (roles.number(0, 0) == 0) {
    const SqlAnswer role = database.session().execute_script(sql_of_view_role(name));
    if (!role.is_done() && role.sqlstate == kInsufficientPrivilege) return false;
    if (!role.is_done()) return refused(role);
  }
  TRY_ASSIGN(const bool is_of_others, is_mighty(database, name));
  if (is_of_others) return pki::fail(pki::Errc::conflict, {messages::view_role_taken, name});
  return true;
}

pki::Result<void> check_view_role(const PostgresOptions& options, const std::string& machine) {
  LogDatabase database(options);
  TRY_ASSIGN(const SqlAnswer who, database.ask(kWho));
  const std::string role = who.text(0, 0);
  if (role != machine) return pki::fail(pki::Errc::conflict, {messages::view_role_other, role, machine});
  TRY_ASSIGN(const bool may_read_all, is_mighty(database, role));
  if (may_read_all) return pki::fail(pki::Errc::conflict, {messages::view_role_may_read_all, role});
  return {};
}

pki::Result<void> ViewNames::set(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names)
    list += (list.empty() ? "" : ",") + name;
  TRY(database_.ask(kSet, SqlParameters().text(list)));
  return {};
}

}  // namespace store
