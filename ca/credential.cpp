// Issuing and ending credentials.

#include "ca/credential.h"

#include <algorithm>

#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "verifier/ledger.h"

namespace ca {

namespace {

using verifier::Credential;
using verifier::CredentialUse;

constexpr std::size_t kMaxTextPoints = 200;

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

pki::Result<void> check_text(const char* field, std::string_view text) {
  const bool control = std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (control || !pki::is_utf8(text) || pki::count_code_points(text) > kMaxTextPoints)
    return pki::invalid(field, std::string(field) + " must be a line of text of at most 200 characters");
  return {};
}

// Whether the verifier may be given a credential for this use now.
pki::Result<void> may_receive(const store::ReadTransaction& transaction, const CredentialRequest& request,
                              pki::Time now) {
  const auto verifier = verifier::find_verifier(transaction, request.verifier);
  if (!verifier)
    return pki::fail(pki::Errc::not_found, "there is no verifier " + std::to_string(request.verifier));
  if (verifier->cancelled) return pki::fail(pki::Errc::conflict, "the verifier is cancelled");
  if (verifier::is_suspended(*verifier, now))
    return pki::fail(pki::Errc::conflict, "the verifier is suspended: resume it first");
  const bool approved =
      verifier::standing_of(*verifier, now).active.contains(verifier::VerifierClass::specific_authentication);
  if (request.use == CredentialUse::pinless && !approved)
    return pki::Error{pki::Errc::refused_by_law,
                      "the credential of the PIN-less path is handed to a specific-authentication verifier "
                      "with an approval in force alone: take the steps of its class first",
                      {},
                      "Act 38-2, Ordinance 64-9"};
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

pki::Result<pki::SerialNumber> reserve_serial(store::Writer& writer) {
  pki::SerialNumber serial;
  TRY(writer.execute({.actor = registry::system_actor(),
                      .action = "reserve a serial",
                      .run = [&](store::CommandContext& context) {
                        serial = registry::take_serial(context.transaction, pki::CaName::operations);
                        return pki::Result<void>{};
                      }}));
  return serial;
}

pki::Result<pki::Bytes> sign(const IssuingCa& ca, pki::ByteView tbs) {
  pki::Bytes der = pki::sign_structure(*ca.signer, tbs);
  // A fault in the arithmetic would give the CA's key away; it must not leave this function.
  TRY_ASSIGN(const pki::Certificate decoded, pki::Certificate::decode(der));
  const pki::SignatureAlgorithm algorithm = ca.signer->algorithm();
  if (!ca.verification_key.value().verify_digest(
          algorithm, pki::digest(pki::hash_of(algorithm), decoded.tbs()), decoded.signature()))
    return pki::fail(pki::Errc::internal, "a fresh signature does not verify: the signer is faulty");
  return der;
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
  TRY(check_text("terminal", request.terminal));
  TRY(check_text("purpose", request.purpose));
  TRY_ASSIGN(const pki::CertificationRequest csr,
             pki::verify_certification_request(request.certification_request));
  const pki::Time now = services.clock.now();
  const Profile& profile = services.authority.profile();
  const IssuingCa& ca = services.authority.current(pki::CaName::operations);
  const int days = request.use == CredentialUse::pinless ? profile.config().pinless_credential_days
                                                         : profile.config().credential_days;
  Credential credential{.serial = {},
                        .verifier = request.verifier,
                        .use = request.use,
                        .purpose = request.purpose.empty() ? default_purpose(request.use) : request.purpose,
                        .terminal = request.terminal,
                        .not_before = now,
                        .not_after = std::min(now + std::chrono::days{days}, ca.facts.not_after),
                        .certificate = {}};
  TRY_ASSIGN(credential.serial, reserve_serial(services.writer));
  const pki::Bytes tbs = encode_credential_tbs(ca.facts, ca.signer->algorithm(),
                                               {.serial = credential.serial,
                                                .validity = {credential.not_before, credential.not_after},
                                                .subject = subject_of(profile, credential),
                                                .key_purpose = key_purpose(request.use),
                                                .subject_public_key_info = csr.subject_public_key_info});
  TRY_ASSIGN(credential.certificate, sign(ca, tbs));
  TRY(services.writer.execute(
      {.actor = request.actor,
       .action = "credential issue",
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         if (request.before_record) {
           TRY(request.before_record(context));
         }
         TRY(may_receive(context.transaction, request, context.now));
         verifier::put_credential(context.transaction, credential);
         if (credential.use == CredentialUse::pinless)
           verifier::add_to_ledger(context.transaction, handed_over(credential, context.now));
         context.subjects = {subject_text(credential), "verifier " + std::to_string(request.verifier)};
         if (request.after_record) request.after_record(context, credential);
         return {};
       }}));
  return credential;
}

}  // namespace ca
