// Issuing and ending credentials.

#include "ca/credential.h"

#include <algorithm>

#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "registry/certificates.h"
#include "registry/ledger.h"

namespace ca {

namespace {

using registry::Credential;
using registry::CredentialUse;

constexpr std::size_t kMaxTextPoints = 200;

const registry::Actor kSystem{.operator_name = "jpki", .role = registry::Role::system};

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
pki::Result<void> may_receive(const registry::ReadTransaction& transaction, const CredentialRequest& request,
                              pki::Time now) {
  const auto verifier = registry::find_verifier(transaction, request.verifier);
  if (!verifier)
    return pki::fail(pki::Errc::not_found, "there is no verifier " + std::to_string(request.verifier));
  if (verifier->cancelled) return pki::fail(pki::Errc::conflict, "the verifier is cancelled");
  if (registry::is_suspended(*verifier, now))
    return pki::fail(pki::Errc::conflict, "the verifier is suspended: resume it first");
  const bool approved =
      registry::standing_of(*verifier, now).active.contains(registry::VerifierClass::specific_authentication);
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

pki::Result<pki::SerialNumber> reserve_serial(registry::Writer& writer) {
  pki::SerialNumber serial;
  TRY(writer.execute(
      {.actor = kSystem, .action = "reserve a serial", .run = [&](registry::CommandContext& context) {
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

pki::Result<Credential> find_of(const registry::ReadTransaction& transaction, std::uint64_t verifier,
                                pki::SerialNumber serial) {
  auto credential = registry::find_credential(transaction, serial);
  if (!credential || credential->verifier != verifier)
    return pki::fail(pki::Errc::not_found,
                     "verifier " + std::to_string(verifier) + " has no credential " + pki::to_string(serial));
  return std::move(*credential);
}

// 規則71二-五: the ledger has to whom, when, how many and how 特定利用者証明検証者証明符号 were provided.
registry::LedgerRow handed_over(const Credential& credential, pki::Time now) {
  registry::LedgerKey key = registry::ledger_key(std::nullopt, now);
  key.verifier = credential.verifier;
  key.credential = credential.serial.value;
  key.ca = pki::CaName::auth;
  key.item = registry::LedgerItem::pinless_credential;
  key.answer = registry::LedgerAnswer::given;
  key.purpose = registry::Purpose::pinless;
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
       .run = [&](registry::CommandContext& context) -> pki::Result<void> {
         if (request.before_record) {
           TRY(request.before_record(context));
         }
         TRY(may_receive(context.transaction, request, context.now));
         registry::put_credential(context.transaction, credential);
         if (credential.use == CredentialUse::pinless)
           registry::add_to_ledger(context.transaction, handed_over(credential, context.now));
         context.subjects = {subject_text(credential), "verifier " + std::to_string(request.verifier)};
         if (request.after_record) request.after_record(context, credential);
         return {};
       }}));
  return credential;
}

pki::Result<Credential> revoke_credential(registry::CommandContext& context, std::uint64_t verifier,
                                          pki::SerialNumber serial) {
  TRY_ASSIGN(Credential credential, find_of(context.transaction, verifier, serial));
  if (credential.revoked) return pki::fail(pki::Errc::conflict, "the credential is revoked already");
  credential.revoked = context.now;
  registry::put_credential(context.transaction, credential);
  context.subjects.push_back(subject_text(credential));
  return credential;
}

std::vector<pki::SerialNumber> revoke_all_credentials(registry::CommandContext& context,
                                                      std::uint64_t verifier,
                                                      std::optional<CredentialUse> use) {
  std::vector<pki::SerialNumber> to_erase;
  for (Credential& credential : registry::credentials_of(context.transaction, verifier)) {
    if (use && credential.use != *use) continue;
    if (!credential.erased) to_erase.push_back(credential.serial);
    if (credential.revoked) continue;
    credential.revoked = context.now;
    registry::put_credential(context.transaction, credential);
    context.subjects.push_back(subject_text(credential));
  }
  return to_erase;
}

pki::Result<Credential> record_erasure(registry::CommandContext& context, std::uint64_t verifier,
                                       pki::SerialNumber serial, pki::Date date) {
  TRY_ASSIGN(Credential credential, find_of(context.transaction, verifier, serial));
  if (!credential.revoked)
    return pki::fail(pki::Errc::conflict, "the credential is not revoked: revoke it before its erasure");
  if (credential.erased) return pki::fail(pki::Errc::conflict, "the erasure is on record already");
  if (date > pki::jst_date(context.now))
    return pki::invalid("date", "an erasure is reported after it was done: give today or an earlier day");
  credential.erased = date;
  registry::put_credential(context.transaction, credential);
  context.subjects.push_back(subject_text(credential));
  return credential;
}

}  // namespace ca
