// Terms of card and mobile certificates.

#include "ca/issue_terms.h"

#include "ca/issue.h"
#include "law/compromise.h"
#include "law/eligibility.h"
#include "law/mobile.h"
#include "law/validity.h"
#include "pki/birth_date.h"
#include "pki/messages/ca.h"
#include "registry/compromise.h"

namespace ca {

namespace {

// Renewal within three months of the end counts the sixth birthday, not the fifth (規則13, 49).
int birthdays_for(const std::optional<law::CertificateInForce>& predecessor, pki::Time now) {
  if (!predecessor) return 5;
  const pki::Date end = pki::jst_date(predecessor->status.not_after);
  const auto three_months_before = end - std::chrono::months{3};
  const pki::Date limit =
      three_months_before.ok()
          ? three_months_before
          : pki::Date{three_months_before.year() / three_months_before.month() / std::chrono::last};
  return pki::jst_date(now) > limit ? 6 : 5;
}

pki::Result<IssueTerms> terms_of_card(const IssueTermsInput& input) {
  const IssueRequest& request = input.request;
  if (!request.application.empty()) return pki::invalid("application", messages::application_of_card);
  const pki::CaName ca_name = pki::ca_of(request.kind);
  const registry::SigningIssuer& ca = input.authority.current(input.transaction, ca_name);
  const auto in_force = [&](pki::CertificateKind kind) {
    return law::certificate_in_force(input.transaction, request.resident, kind, input.now);
  };
  const auto predecessor = request.mode == IssueMode::renewal ? in_force(request.kind) : std::nullopt;
  law::ValidityBounds bounds{.issued_at = input.now,
                             .birth = pki::reckoned_birth_date(input.resident.birth),
                             .birthdays = birthdays_for(predecessor, input.now),
                             .card_expires = input.resident.card_expires,
                             .authentication_ends = {},
                             .issuer_ends = ca.not_after()};
  if (ca_name == pki::CaName::sign)
    if (const auto auth = in_force(pki::CertificateKind::auth))
      bounds.authentication_ends = auth->status.not_after;
  TRY_ASSIGN(const pki::Time not_after, law::end_of_validity(bounds));
  return IssueTerms{.issuer = &ca,
                    .point = {input.resident.municipality},
                    .not_after = not_after,
                    .card_certificate = {},
                    .is_renewal = predecessor.has_value()};
}

pki::Result<IssueTerms> terms_of_mobile(const IssueTermsInput& input) {
  TRY_ASSIGN(const law::CertificateInForce card,
             law::check_mobile_application(input.transaction, input.vault,
                                           {.resident = input.request.resident,
                                            .kind = input.request.kind,
                                            .certification_request = input.certification_request,
                                            .signed_data = input.request.application},
                                           input.now));
  const registry::SigningIssuer* const ca = input.authority.find(card.id.issuer);
  if (ca == nullptr)
    throw store::Corruption(pki::Message{messages::card_issuer_missing, to_string(card.id.issuer)});
  return IssueTerms{.issuer = ca,
                    .point = card.status.point,
                    .not_after = card.status.not_after,
                    .card_certificate = card.id};
}

}  // namespace

pki::Result<IssueTerms> determine_terms(const IssueTermsInput& input) {
  TRY_ASSIGN(const IssueTerms terms,
             pki::is_mobile(input.request.kind) ? terms_of_mobile(input) : terms_of_card(input));
  TRY(check_key(input.transaction, terms.issuer->id()));
  return terms;
}

pki::Result<void> check_key(const store::ReadTransaction& transaction, registry::IssuerId issuer) {
  if (!registry::is_compromised(transaction, issuer)) return {};
  return pki::refused({messages::generation_compromised, to_string(issuer), pki::to_string(issuer.ca)},
                      std::string(law::compromise_article(issuer.ca)));
}

std::optional<pki::CrlReason> reason_of_card_certificate(
    const store::ReadTransaction& transaction,
    const std::optional<registry::CertificateId>& card_certificate) {
  if (!card_certificate) return std::nullopt;
  const auto status = registry::effective_status(transaction, *card_certificate);
  if (!status || !status->revocation) return std::nullopt;
  // The new certificate is never handed over, so a hold must not leave it to be released one day.
  return status->revocation->is_hold() ? pki::CrlReason::unspecified : status->revocation->reason;
}

}  // namespace ca
