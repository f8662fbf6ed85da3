// Verification of applications, and which mobile certificate rests on which card's.

#include "law/mobile.h"

#include "law/readable_certificates.h"
#include "pki/certificate.h"
#include "pki/messages/law.h"
#include "pki/signed_data.h"
#include "registry/compromise.h"

namespace law {

namespace {

using pki::CertificateKind;

const char* application_article(CertificateKind kind) {
  return pki::ca_of(kind) == pki::CaName::sign ? "Act 16-2(3)" : "Act 35-2(3)";
}

pki::Error wrong_application(pki::Message detail) {
  return pki::invalid("application", std::move(detail));
}

// Which of the holder's signing certificates the application names.
pki::Result<registry::IssuedCertificate> signer_of(const store::ReadTransaction& transaction,
                                                   const store::Vault& vault,
                                                   const MobileApplication& application,
                                                   const pki::SignedData& signed_data) {
  for (registry::IssuedCertificate& held : readable_certificates(transaction, vault, application.resident)) {
    if (held.kind != CertificateKind::sign) continue;
    TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(held.der));
    if (signed_data.signer().names(certificate)) return std::move(held);
  }
  return wrong_application(messages::application_signer_foreign);
}

// "is revoked", "is held", "has expired"; nothing when it is good.
std::optional<pki::Message> why_not_good(const registry::Status& status, pki::Time now) {
  if (status.not_after < now) return messages::has_expired;
  if (!status.revocation) return std::nullopt;
  return status.revocation->is_hold() ? messages::is_held : messages::is_revoked;
}

// A mobile certificate ends with the card's one and comes from the same generation (Ordinance 24-9, 59-9).
// Since one card certificate is in force at a time, it is the last one issued before.
bool may_rest_on(const registry::IssuedCertificate& mobile, const registry::IssuedCertificate& card) {
  return card.kind == card_kind(mobile.kind) && card.id.issuer == mobile.id.issuer &&
         card.id.serial < mobile.id.serial && card.not_after == mobile.not_after;
}

}  // namespace

CertificateKind card_kind(CertificateKind kind) {
  return pki::ca_of(kind) == pki::CaName::sign ? CertificateKind::sign : CertificateKind::auth;
}

CertificateKind mobile_kind(CertificateKind kind) {
  return pki::ca_of(kind) == pki::CaName::sign ? CertificateKind::mobile_sign : CertificateKind::mobile_auth;
}

bool concerns_kind(std::optional<CertificateKind> named, CertificateKind kind) {
  return !named || *named == kind || *named == card_kind(kind);
}

std::string own_mobile_article(CertificateKind kind, Event event, std::string_view card_article) {
  const bool sign = pki::ca_of(kind) == pki::CaName::sign;
  if (event == Event::holder_application)
    return sign ? "Act 16-8, 16-10, 16-14(1)(i)" : "Act 35-8, 35-10, 35-14(1)(i)";
  if (event == Event::key_notice)
    return sign ? "Act 16-9, 16-10, 16-14(1)(i)" : "Act 35-9, 35-10, 35-14(1)(i)";
  if (event == Event::undelivered) return std::string(card_article);
  return sign ? "Act 16-11, 16-14(1)(ii)" : "Act 35-11, 35-14(1)(ii)";
}

std::string mobile_article(CertificateKind kind, std::string_view card_article) {
  const bool sign = pki::ca_of(kind) == pki::CaName::sign;
  return (sign ? "Act 16-13, 16-14(1)(iv); card: " : "Act 35-13, 35-14(1)(iv); card: ") +
         std::string(card_article);
}

pki::Result<CertificateInForce> check_mobile_application(const store::ReadTransaction& transaction,
                                                         const store::Vault& vault,
                                                         const MobileApplication& application,
                                                         pki::Time now) {
  if (application.signed_data.empty()) return wrong_application(messages::application_missing);
  const auto signed_data = pki::SignedData::decode(application.signed_data);
  if (!signed_data) return wrong_application(signed_data.error().message);
  TRY_ASSIGN(const registry::IssuedCertificate signer,
             signer_of(transaction, vault, application, *signed_data));
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(signer.der));
  const auto content = signed_data->verified_content(
      certificate,
      signed_data->is_attached() ? std::nullopt : std::optional(application.certification_request));
  if (!content) return wrong_application(content.error().message);
  if (!pki::equal(*content, application.certification_request))
    return wrong_application(messages::application_over_another);
  const char* const article = application_article(application.kind);
  const auto signer_status = registry::effective_status(transaction, signer.id).value();
  if (const auto why = why_not_good(signer_status, now))
    return pki::refused({messages::application_signer_not_good, to_string(signer.id), *why}, article);
  const auto card = certificate_in_force(transaction, application.resident, card_kind(application.kind), now);
  if (!card) return pki::refused(messages::card_certificate_missing, article);
  if (const auto why = why_not_good(card->status, now))
    return pki::refused({messages::card_certificate_not_good, to_string(card->id), *why}, article);
  return *card;
}

pki::Result<void> check_application_is_new(const store::ReadTransaction& transaction,
                                           const store::Vault& vault, registry::ResidentId resident,
                                           CertificateKind kind, pki::ByteView subject_public_key_info) {
  if (!pki::is_mobile(kind)) return {};
  for (const registry::IssuedCertificate& held : readable_certificates(transaction, vault, resident)) {
    TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(held.der));
    if (pki::equal(certificate.subject_public_key_info(), subject_public_key_info))
      return pki::refused({messages::key_certified_before, to_string(held.id)},
                          pki::ca_of(kind) == pki::CaName::sign ? "Act 16-2(4)" : "Act 35-2(4)");
  }
  return {};
}

std::optional<registry::CertificateId> card_certificate_of(const store::ReadTransaction& transaction,
                                                           const store::Vault& vault,
                                                           const registry::IssuedCertificate& mobile) {
  std::optional<registry::CertificateId> last;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, mobile.resident)) {
    const auto card = registry::find_certificate(transaction, vault, id);
    if (card && may_rest_on(mobile, *card)) last = id;
  }
  return last;
}

std::vector<registry::CertificateId> mobile_certificates_of(const store::ReadTransaction& transaction,
                                                            const store::Vault& vault,
                                                            const registry::IssuedCertificate& card) {
  std::vector<registry::CertificateId> list;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, card.resident)) {
    const auto mobile = registry::find_certificate(transaction, vault, id);
    if (mobile && pki::is_mobile(mobile->kind) && card_certificate_of(transaction, vault, *mobile) == card.id)
      list.push_back(id);
  }
  return list;
}

}  // namespace law
