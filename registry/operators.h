// Operators: the people and systems that may administer, with their roles and the credentials by which they
// are recognised.
//
// A credential is a certificate of the operations CA; the certificate itself is kept, so that evidence is
// compared with it byte by byte. What each role may do is written in admin/permission.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/serial_number.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "store/environment.h"

namespace registry {

// One role that an operator has; the code is there for Role::municipality alone.
struct Grant {
  Role role = Role::officer;
  std::optional<std::uint32_t> municipality = {};

  friend bool operator==(const Grant&, const Grant&) = default;
};
// As parse_actor() reads it: "municipality:132217", "officer".
[[nodiscard]] std::string to_string(const Grant& grant);

struct OperatorCredential {
  pki::SerialNumber serial;
  pki::Time not_before;
  pki::Time not_after;
  pki::Bytes certificate;  // DER
  std::optional<pki::Time> revoked = {};

  // Not revoked, and within its validity.
  [[nodiscard]] bool is_in_force(pki::Time now) const {
    return !revoked && not_before <= now && now <= not_after;
  }
};

// The most credentials in force at once: one in use, and the one that follows it.
inline constexpr std::size_t kOperatorCredentialsMax = 2;

struct Operator {
  std::string name;
  std::vector<Grant> grants;
  // A disabled operator may do nothing, whatever credentials it has.
  bool is_enabled = true;
  pki::Time added_at;
  // By serial; those that have ended stay.
  std::vector<OperatorCredential> credentials = {};

  [[nodiscard]] bool has(Role role) const;
  [[nodiscard]] std::size_t credentials_in_force(pki::Time now) const;
};

[[nodiscard]] std::optional<Operator> find_operator(const store::ReadTransaction& transaction,
                                                    std::string_view name);
// The operator to whom these bytes of a certificate were given, and that credential. Nothing for any other
// bytes, a certificate with the serial of a credential included.
struct CredentialHolder {
  Operator holder;
  OperatorCredential credential;
};
[[nodiscard]] std::optional<CredentialHolder> find_credential_holder(
    const store::ReadTransaction& transaction, pki::ByteView certificate);
// By name.
[[nodiscard]] std::vector<Operator> all_operators(const store::ReadTransaction& transaction);
// False until the first operator is added: the instance is on trial.
[[nodiscard]] bool has_operators(const store::ReadTransaction& transaction);
// Enabled operators with this role.
[[nodiscard]] std::size_t count_enabled(const store::ReadTransaction& transaction, Role role);
// A new one, or a changed one in its place.
void put_operator(store::WriteTransaction& transaction, const Operator& entry);

// Changes inside a command. Each checks before it writes and appends the subjects of the audit entry.

// Errc::invalid_value, field "name".
[[nodiscard]] pki::Result<void> check_operator_name(std::string_view name);
// Errc::invalid_value (the name, no role, a code that no municipality has today), already_exists, and
// conflict when the first operator of all is no officer, who alone could add others.
[[nodiscard]] pki::Result<void> check_new_operator(const store::ReadTransaction& transaction,
                                                   const Operator& entry, pki::Date today);
// Errc::not_found.
[[nodiscard]] pki::Result<Operator> get_operator(const store::ReadTransaction& transaction,
                                                 std::string_view name);
// Errc::conflict for the last enabled officer or supervisor.
[[nodiscard]] pki::Result<void> may_end(const store::ReadTransaction& transaction, const Operator& entry);
// Errc::conflict when two credentials are in force already, or the operator is disabled.
[[nodiscard]] pki::Result<void> may_receive_credential(const Operator& entry, pki::Time now);

}  // namespace registry
