// Issuing and ending credentials.

#include "ca/credential.h"

#include <algorithm>

#include "ca/certificate_builder.h"
#include "pki/certification_request.h"
#include "pki/messages/ca.h"
#include "pki/text.h"
#include "registry/serials.h"
#include "verifier/ledger.h"

namespace ca {

namespace {

using verifier::Credential;
using verifier::CredentialUse;

// The status of the answer that is remembered (RFC 9110 section 15.3.2).
constexpr std::uint64_t kCredentialCreated = 201;

const char* default_purpose(CredentialUse use) {
  switch (use) {
    case CredentialUse::tls:
      return "client certificate on the HTTPS listener";
    case CredentialUse::signature:
      return "signing OCSP requests";
    case CredentialUse::pinless:
      return "signing requests about authentication without PIN (Act 38-2)";
  }
  return "";
}

const pki::Oid& key_purpose(CredentialUse use) {
  switch (use) {
    case CredentialUse::tls:
      return pki::oids::kKeyPurposeClientAuth;
    case CredentialUse::signature:
      return pki::oids::kKeyPurposeRequestSigning;
    case CredentialUse::pinless:
      return pki::oids::kKeyPurposePinlessRequest;
  }
  return pki::oids::kKeyPurposeClientAuth;
}

// Whether the verifier may be given a credential for this use now.
pki::Result<void> may_receive(const store::ReadTransaction& transaction, const CredentialRequest& request,
                              pki::Time now) {
  const auto verifier = verifier::find_verifier(transaction, request.verifier);
  if (!verifier)
    return pki::fail(pki::Errc::not_found, {messages::no_verifier, std::to_string(request.verifier)});
  if (verifier->cancelled) return pki::fail(pki::Errc::conflict, messages::verifier_cancelled);
  if (verifier::is_suspended(*verifier, now))
    return pki::fail(pki::Errc::conflict, messages::verifier_suspended);
  if (request.use == CredentialUse::pinless && !verifier::standing_of(*verifier, now).pinless)
    return pki::refused(messages::pinless_without_approval, "Act 38-2, 38-3, Ordinance 64-9, 64-11");
  return {};
}

pki::Name subject_of(const Profile& profile, const Credential& credential) {
  const std::string holder =
      credential.terminal.empty() ? std::string(to_string(credential.use)) : credential.terminal;
  return pki::Name({pki::country("JP"), pki::organization(profile.config().organization),
                    pki::organizational_unit("Verifier credentials"),
                    pki::organizational_unit("verifier " + std::to_string(credential.verifier)),
                    pki::common_name(holder + " " + pki::to_string(credential.serial))});
}

// 規則71二-五: the ledger has to whom, when, how many and how 特定利用者証明検証者証明符号 were provided.
verifier::LedgerRow handed_over(const Credential& credential, pki::Time now) {
  verifier::LedgerKey key = verifier::ledger_key(std::nullopt, now);
  key.verifier = credential.verifier;
  key.credential = credential.serial.value;
  key.ca = pki::CaName::auth;
  key.item = verifier::LedgerItem::pinless_credential;
  key.answer = verifier::LedgerAnswer::given;
  key.purpose = verifier::Purpose::pinless;
  return {key, 1};
}

std::string subject_text(const Credential& credential) {
  return "credential " + pki::to_string(credential.serial);
}

}  // namespace

pki::Result<Credential> issue_credential(const CredentialServices& services,
                                         const CredentialRequest& request) {
  TRY(pki::check_line("terminal", request.terminal));
  TRY(pki::check_line("purpose", request.purpose));
  TRY_ASSIGN(const pki::CertificationRequest csr,
             pki::verify_certification_request(request.certification_request));
  const pki::Time now = services.clock.now();
  const Profile& profile = services.authority.profile();
  const registry::SigningIssuer& ca = services.authority.current(pki::CaName::operations);
  const int days = request.use == CredentialUse::pinless ? profile.config().pinless_credential_days
                                                         : profile.config().credential_days;
  Credential credential{.serial = {},
                        .verifier = request.verifier,
                        .use = request.use,
                        .purpose = request.purpose.empty() ? default_purpose(request.use) : request.purpose,
                        .terminal = request.terminal,
                        .not_before = now,
                        .not_after = std::min(now + std::chrono::days{days}, ca.not_after()),
                        .certificate = {}};
  TRY_ASSIGN(credential.serial, registry::reserve_serials(services.writer, pki::CaName::operations));
  const pki::Bytes tbs = encode_credential_tbs(ca, {.serial = credential.serial,
                                                    .validity = {credential.not_before, credential.not_after},
                                                    .subject = subject_of(profile, credential),
                                                    .key_purpose = key_purpose(request.use),
                                                    .subject_public_key_info = csr.subject_public_key_info});
  TRY_ASSIGN(credential.certificate, ca.sign(tbs));
  TRY(services.writer.execute(
      {.actor = request.actor,
       .action = "credential issue",
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         TRY(request.claim.check(context.transaction, services.vault));
         TRY(may_receive(context.transaction, request, context.now));
         verifier::put_credential(context.transaction, credential);
         if (credential.use == CredentialUse::pinless)
           verifier::add_to_ledger(context.transaction, handed_over(credential, context.now));
         context.subjects = {subject_text(credential), "verifier " + std::to_string(request.verifier)};
         if (request.answer)
           request.claim.remember(context.transaction, services.vault, kCredentialCreated,
                                  request.answer(credential, context.now), context.now);
         return {};
       }}));
  return credential;
}

}  // namespace ca
