// Changes of a credential's record inside a command.

#include "verifier/credential_revocation.h"

#include "pki/messages/verifier.h"

namespace verifier {

namespace {

pki::Result<Credential> find_of(const store::ReadTransaction& transaction, std::uint64_t verifier,
                                pki::SerialNumber serial) {
  auto credential = find_credential(transaction, serial);
  if (!credential || credential->verifier != verifier)
    return pki::fail(pki::Errc::not_found,
                     {messages::no_such_credential, std::to_string(verifier), pki::to_string(serial)});
  return std::move(*credential);
}

std::string subject_text(const Credential& credential) {
  return "credential " + pki::to_string(credential.serial);
}

}  // namespace

pki::Result<Credential> revoke_credential(store::CommandContext& context, std::uint64_t verifier,
                                          pki::SerialNumber serial) {
  TRY_ASSIGN(Credential credential, find_of(context.transaction, verifier, serial));
  if (credential.revoked) return pki::fail(pki::Errc::conflict, messages::credential_revoked_already);
  credential.revoked = context.now;
  put_credential(context.transaction, credential);
  context.subjects.push_back(subject_text(credential));
  return credential;
}

std::vector<pki::SerialNumber> revoke_all_credentials(store::CommandContext& context, std::uint64_t verifier,
                                                      std::optional<CredentialUse> use) {
  std::vector<pki::SerialNumber> to_erase;
  for (Credential& credential : credentials_of(context.transaction, verifier)) {
    if (use && credential.use != *use) continue;
    if (!credential.erased) to_erase.push_back(credential.serial);
    if (credential.revoked) continue;
    credential.revoked = context.now;
    put_credential(context.transaction, credential);
    context.subjects.push_back(subject_text(credential));
  }
  return to_erase;
}

pki::Result<Credential> record_erasure(store::CommandContext& context, std::uint64_t verifier,
                                       pki::SerialNumber serial, pki::Date date) {
  TRY_ASSIGN(Credential credential, find_of(context.transaction, verifier, serial));
  if (!credential.revoked) return pki::fail(pki::Errc::conflict, messages::erasure_before_revocation);
  if (credential.erased) return pki::fail(pki::Errc::conflict, messages::erasure_recorded);
  if (date > pki::jst_date(context.now)) return pki::invalid("date", messages::erasure_in_future);
  credential.erased = date;
  put_credential(context.transaction, credential);
  context.subjects.push_back(subject_text(credential));
  return credential;
}

}  // namespace verifier
