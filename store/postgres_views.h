// Views in the database of a log: what the owner prepares for them, which of them the leader lets in, and
// what a view makes sure of before it serves (store/log_views.sql).

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"
#include "store/postgres_log.h"
#include "store/postgres_session.h"

namespace store {

// The statement by which an administrator makes the role of a view; how the role proves who it is (a
// password, a client certificate) is the administrator's to add. `name` as registry::check_view_name() wants
// it.
[[nodiscard]] std::string sql_of_view_role(std::string_view name);

// Grants and policies of views, and the role itself where the owner may make roles; what is there stays.
// Gives false where the role is still to be made by an administrator. Errc::conflict when there is a role of
// that name that may read the other half, lead, or belongs to the authority; Errc::forbidden when the
// database refuses.
[[nodiscard]] pki::Result<bool> prepare_view(const PostgresOptions& options, const std::string& name);

// On the view: the role is the machine's own, and may not read what is for authorities. Errc::conflict.
[[nodiscard]] pki::Result<void> check_view_role(const PostgresOptions& options, const std::string& machine);

// The leader's side; from one thread.
class ViewNames final {
 public:
  explicit ViewNames(PostgresOptions options) : database_(std::move(options)) {}

  // Lets these views in and no others; who is not among them loses its lease.
  [[nodiscard]] pki::Result<void> set(const std::vector<std::string>& names);

 private:
  LogDatabase database_;
};

}  // namespace store
