// Credentials after the end of an approval.

#include "ca/approval_end.h"

#include "ca/credential.h"
#include "registry/credentials.h"

namespace ca {

namespace {

std::size_t count_to_revoke(const registry::ReadTransaction& transaction, const registry::Verifier& verifier,
                            pki::Date today) {
  if (verifier.cancelled || !has_ended_approval(verifier, today)) return 0;
  std::size_t count = 0;
  for (const registry::Credential& credential : registry::credentials_of(transaction, verifier.id))
    if (credential.use == registry::CredentialUse::pinless && !credential.revoked) ++count;
  return count;
}

}  // namespace

bool has_ended_approval(const registry::Verifier& verifier, pki::Date day) {
  const auto found = verifier.classes.find(registry::VerifierClass::specific_authentication);
  return found != verifier.classes.end() && registry::end_in_force(found->second.approvals, day) != nullptr;
}

std::size_t foresee_end_of_credentials(const registry::ReadTransaction& transaction, pki::Time now) {
  std::size_t count = 0;
  for (const registry::Verifier& verifier : registry::all_verifiers(transaction))
    count += count_to_revoke(transaction, verifier, pki::jst_date(now));
  return count;
}

pki::Result<std::size_t> end_credentials(const Sweep& with, const registry::Actor& actor, pki::Time now) {
  std::size_t count = 0;
  if (foresee_end_of_credentials(with.environment.read(), now) == 0) return count;
  TRY(with.writer.execute({.actor = actor,
                           .action = "end of an approval",
                           .run = [&](registry::CommandContext& context) -> pki::Result<void> {
                             count = 0;
                             for (const auto& verifier : registry::all_verifiers(context.transaction)) {
                               const std::size_t here =
                                   count_to_revoke(context.transaction, verifier, pki::jst_date(context.now));
                               if (here == 0) continue;
                               count += here;
                               context.subjects.push_back("verifier " + std::to_string(verifier.id));
                               static_cast<void>(revoke_all_credentials(context, verifier.id,
                                                                        registry::CredentialUse::pinless));
                             }
                             return {};
                           }}));
  return count;
}

}  // namespace ca
