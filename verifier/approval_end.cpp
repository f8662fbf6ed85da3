// Credentials after the end of an approval.

#include "verifier/approval_end.h"

#include "registry/actor.h"
#include "verifier/credential_revocation.h"

namespace verifier {

namespace {

std::size_t count_to_revoke(const store::ReadTransaction& transaction, const Verifier& verifier,
                            pki::Date today) {
  if (verifier.cancelled || !has_ended_approval(verifier, today)) return 0;
  std::size_t count = 0;
  for (const Credential& credential : credentials_of(transaction, verifier.id))
    if (credential.use == CredentialUse::pinless && !credential.revoked) ++count;
  return count;
}

}  // namespace

bool has_ended_approval(const Verifier& verifier, pki::Date day) {
  const auto found = verifier.classes.find(VerifierClass::specific_authentication);
  return found != verifier.classes.end() && end_in_force(found->second.approvals, day) != nullptr;
}

std::size_t foresee_end_of_credentials(const store::ReadTransaction& transaction, pki::Time now) {
  std::size_t count = 0;
  for (const Verifier& verifier : all_verifiers(transaction))
    count += count_to_revoke(transaction, verifier, pki::jst_date(now));
  return count;
}

pki::Result<std::size_t> end_credentials(const store::Environment& environment, store::Writer& writer,
                                         const registry::Actor& actor, pki::Time now) {
  std::size_t count = 0;
  if (foresee_end_of_credentials(environment.read(), now) == 0) return count;
  TRY(writer.execute({.actor = actor,
                      .action = "end of an approval",
                      .run = [&](store::CommandContext& context) -> pki::Result<void> {
                        count = 0;
                        for (const auto& verifier : all_verifiers(context.transaction)) {
                          const std::size_t here =
                              count_to_revoke(context.transaction, verifier, pki::jst_date(context.now));
                          if (here == 0) continue;
                          count += here;
                          context.subjects.push_back("verifier " + std::to_string(verifier.id));
                          static_cast<void>(
                              revoke_all_credentials(context, verifier.id, CredentialUse::pinless));
                        }
                        return {};
                      }}));
  return count;
}

}  // namespace verifier
