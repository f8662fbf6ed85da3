// Terms of card and mobile certificates.

#include "ca/issue_terms.h"

#include "law/compromise.h"
#include "law/eligibility.h"
#include "law/mobile.h"
#include "law/validity.h"
#include "registry/compromise.h"

namespace ca {

namespace {

// Renewal within three months of the end counts the sixth birthday, not the fifth (規則13, 49).
int birthdays_for(const std::optional<law::CertificateInForce>& predecessor, Succession succession,
                  pki::Time now) {
  if (succession == Succession::first || !predecessor) return 5;
  const pki::Date end = pki::jst_date(predecessor->status.not_after);
  const auto three_months_before = end - std::chrono::months{3};
  const pki::Date limit =
      three_months_before.ok()
          ? three_months_before
          : pki::Date{three_months_before.year() / three_months_before.month() / std::chrono::last};
  return pki::jst_date(now) > limit ? 6 : 5;
}

pki::Result<IssueTerms> terms_of_card(const IssueQuestion& question) {
  const IssueRequest& request = question.request;
  if (!request.application.empty())
    return pki::invalid("application", "an application is for the mobile pair alone: leave it out");
  const pki::CaName ca_name = pki::ca_of(request.kind);
  const registry::SigningIssuer& ca = question.authority.current(ca_name);
  const auto in_force = [&](pki::CertificateKind kind) {
    return law::certificate_in_force(question.transaction, request.resident, kind, question.now);
  };
  law::ValidityBounds bounds{
      .issued_at = question.now,
      .birth = question.resident.birth,
      .birthdays = birthdays_for(in_force(request.kind), request.succession, question.now),
      .card_expires = question.resident.card_expires,
      .authentication_ends = {},
      .issuer_ends = ca.not_after()};
  if (ca_name == pki::CaName::sign)
    if (const auto auth = in_force(pki::CertificateKind::auth))
      bounds.authentication_ends = auth->status.not_after;
  TRY_ASSIGN(const pki::Time not_after, law::end_of_validity(bounds));
  return IssueTerms{
      .ca = &ca, .point = {question.resident.municipality}, .not_after = not_after, .basis = {}};
}

pki::Result<IssueTerms> terms_of_mobile(const IssueQuestion& question) {
  TRY_ASSIGN(const law::CertificateInForce card,
             law::check_mobile_application(question.transaction, question.vault,
                                           {.resident = question.request.resident,
                                            .kind = question.request.kind,
                                            .certification_request = question.certification_request,
                                            .signed_data = question.request.application},
                                           question.now));
  const registry::SigningIssuer* const ca = question.authority.find(card.id.issuer);
  if (ca == nullptr)
    throw store::Corruption("the store has no CA " + to_string(card.id.issuer) +
                            ", which issued a certificate");
  return IssueTerms{
      .ca = ca, .point = card.status.point, .not_after = card.status.not_after, .basis = card.id};
}

}  // namespace

pki::Result<IssueTerms> terms_of(const IssueQuestion& question) {
  TRY_ASSIGN(const IssueTerms terms,
             pki::is_mobile(question.request.kind) ? terms_of_mobile(question) : terms_of_card(question));
  TRY(check_key(question.transaction, terms.ca->id()));
  return terms;
}

pki::Result<void> check_key(const store::ReadTransaction& transaction, registry::IssuerId issuer) {
  if (!registry::is_compromised(transaction, issuer)) return {};
  return pki::refused("the key of " + to_string(issuer) +
                          " is compromised and issues no more: begin a new generation with `jpki ca roll " +
                          std::string(pki::to_string(issuer.ca)) + "`",
                      std::string(law::compromise_article(issuer.ca)));
}

std::optional<pki::CrlReason> ground_of_basis(const store::ReadTransaction& transaction,
                                              const std::optional<registry::CertificateId>& basis) {
  if (!basis) return std::nullopt;
  const auto status = registry::effective_status(transaction, *basis);
  if (!status || !status->revocation) return std::nullopt;
  // Nobody will ever have the new certificate, so a hold must not leave it to be released one day.
  return status->revocation->is_hold() ? pki::CrlReason::unspecified : status->revocation->reason;
}

}  // namespace ca
