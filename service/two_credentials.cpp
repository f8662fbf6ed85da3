// The key itself is the proof: its holder has opened its file with the password.

#include "service/two_credentials.h"

#include "pki/certificate.h"
#include "pki/messages/service.h"
#include "registry/operators.h"
#include "service/open_authority.h"

namespace service {

namespace {

using registry::Role;

pki::Result<std::string> holder_with(const store::ReadTransaction& transaction, const ShownCredential& shown,
                                     Role role, pki::Time now) {
  const auto found = registry::find_credential_holder(transaction, shown.certificate);
  const auto certificate = pki::Certificate::decode(shown.certificate);
  const bool is_its_key =
      certificate && pki::equal(certificate->subject_public_key_info(), shown.key.public_key());
  if (!found || !is_its_key) return pki::fail(pki::Errc::forbidden, messages::credential_of_no_operator);
  const registry::Operator& holder = found->holder;
  if (!found->credential.is_in_force(now) || !holder.is_enabled)
    return pki::fail(pki::Errc::forbidden, {messages::credential_not_valid, holder.name});
  if (!holder.has(role))
    return pki::fail(pki::Errc::forbidden, {messages::credential_wrong_role, holder.name, to_string(role)});
  return holder.name;
}

}  // namespace

bool needs_two_persons(const store::ReadTransaction& transaction, const Config& config) {
  return config.two_persons && registry::count_enabled(transaction, Role::officer) > 0 &&
         registry::count_enabled(transaction, Role::supervisor) > 0;
}

pki::Result<bool> needs_two_persons(const DataFolder& data) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  if (!config.two_persons) return false;
  TRY_ASSIGN(const auto environment, open_store(data, config.map_bytes));
  return needs_two_persons(environment->read(), config);
}

pki::Result<std::string> check_two_credentials(const store::ReadTransaction& transaction,
                                               const TwoCredentials& shown, pki::Time now) {
  TRY_ASSIGN(const std::string one, holder_with(transaction, shown.officer, Role::officer, now));
  TRY_ASSIGN(const std::string other, holder_with(transaction, shown.supervisor, Role::supervisor, now));
  if (one == other) return pki::fail(pki::Errc::forbidden, {messages::credentials_of_one, one});
  return one + ", confirmed by " + other;
}

pki::Result<std::string> check_two_credentials(const DataFolder& data, const TwoCredentials& shown,
                                               pki::Time now) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  TRY_ASSIGN(const auto environment, open_store(data, config.map_bytes));
  return check_two_credentials(environment->read(), shown, now);
}

}  // namespace service
