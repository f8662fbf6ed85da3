// Reading and judging consents.

#include "admin/consent.h"

#include <algorithm>

#include "admin/holder_document.h"
#include "admin/json.h"
#include "law/reported_keys.h"
#include "pki/certificate_kind.h"
#include "pki/messages/admin.h"
#include "pki/number.h"
#include "registry/events.h"
#include "registry/issuers.h"

namespace admin {

namespace {

// What keeps a consent from being taken for another signed document, and the reverse.
constexpr std::string_view kPurpose = "current-items";
constexpr int kYearsMax = 10;

pki::Error refused(pki::Message detail) {
  return pki::refused(std::move(detail), "Ordinance 35-2");
}

pki::Result<pki::Time> read_time(FieldReader& fields, std::string_view field) {
  TRY_ASSIGN(const std::string text, fields.required_text(field));
  const auto time = pki::parse_rfc3339(text);
  if (!time) return pki::invalid(std::string(field), messages::moment_form);
  return *time;
}

pki::Result<Consent> read_members(const json::object& object) {
  FieldReader fields(object);
  Consent consent;
  TRY_ASSIGN(const std::string purpose, fields.required_text("purpose"));
  if (purpose != kPurpose) return pki::invalid("purpose", {messages::consent_purpose, kPurpose});
  TRY_ASSIGN(const std::string verifier, fields.required_text("verifier"));
  consent.verifier = pki::parse_number<std::uint64_t>(verifier).value_or(0);
  if (consent.verifier == 0) return pki::invalid("verifier", messages::consent_verifier_form);
  TRY_ASSIGN(const auto items, fields.texts("items"));
  if (items.empty()) return pki::invalid("items", messages::consent_without_items);
  for (const std::string& text : items) {
    const auto item = verifier::parse_four_item(text);
    if (!item) return pki::invalid("items", messages::four_items_form);
    consent.items[static_cast<std::size_t>(*item)] = true;
  }
  TRY_ASSIGN(consent.given, read_time(fields, "given"));
  TRY_ASSIGN(consent.until, read_time(fields, "until"));
  TRY(fields.finish());
  const pki::Date day = pki::jst_date(consent.given);
  const pki::Seconds longest =
      pki::jst_start_of_day(pki::add_years(day, kYearsMax)) - pki::jst_start_of_day(day);
  if (consent.until <= consent.given || consent.until - consent.given > longest)
    return pki::invalid("until", messages::consent_too_long);
  return consent;
}

// A release is about what it released, and nothing else: when a lost card is found, its authentication
// certificate comes back, its signing certificate never does.
bool releases(const registry::EventRecord& event, const registry::IssuedCertificate& certificate) {
  return event.event == registry::Event::release &&
         std::ranges::any_of(event.consequences, [&](const registry::Consequence& consequence) {
           return consequence.certificate == certificate.id;
         });
}

// Whether the key was ever reported lost (a hold that was never released) or leaked, before or after the
// certificate lapsed. What revoked a certificate on hold says nothing about who has its card.
bool was_reported(const store::ReadTransaction& transaction, const store::Vault& vault,
                  registry::ResidentId holder, const registry::CertificateId& id) {
  std::vector<registry::IssuedCertificate> certificates;
  for (const registry::CertificateId& one : registry::certificates_of(transaction, holder))
    if (auto certificate = registry::find_certificate(transaction, vault, one))
      certificates.push_back(std::move(*certificate));
  const auto signer = std::ranges::find(certificates, id, &registry::IssuedCertificate::id);
  if (signer == certificates.end()) return true;
  bool lost = false, leaked = false;
  for (const registry::EventRecord& event : registry::events_of(transaction, vault, holder)) {
    if (releases(event, *signer)) lost = false;
    if (event.event != registry::Event::hold && event.event != registry::Event::key_notice) continue;
    if (!law::is_about(event, *signer, certificates)) continue;
    lost = lost || event.event == registry::Event::hold;
    leaked = leaked || event.event == registry::Event::key_notice;
  }
  return lost || leaked;
}

// A certificate proves who signed only while it was in force.
pki::Result<void> check_signing_certificate(const store::ReadTransaction& transaction,
                                            const store::Vault& vault, registry::ResidentId holder,
                                            const SignedConsent& consent) {
  const pki::Error outside = refused(messages::consent_outside_certificate);
  const auto status = registry::find_status(transaction, consent.signed_with);
  const auto issuer = registry::find_issuer(transaction, consent.signed_with.issuer);
  if (!status || !issuer) return outside;
  // The date in a consent is chosen by its signer, so it proves nothing when the key may be in other hands.
  const bool may_be_stolen =
      status->revocation &&
      (status->revocation->is_hold() || status->revocation->reason == pki::CrlReason::key_compromise);
  if (may_be_stolen || was_reported(transaction, vault, holder, consent.signed_with))
    return refused(messages::consent_key_compromised);
  const pki::Time given = consent.consent.given;
  if (given > status->not_after) return outside;
  if (status->revocation && given >= status->revocation->date) return outside;
  if (issuer->compromise && given >= issuer->compromise->recorded_at) return outside;
  return {};
}

}  // namespace

pki::Result<Consent> read_consent(pki::ByteView content) {
  auto object = parse_object(content);
  if (object.has_error()) return fault_in_document("consent", object.error());
  auto consent = read_members(*object);
  if (consent.has_error()) return fault_in_document("consent", consent.error());
  return consent;
}

pki::Result<SignedConsent> verify_consent(const store::ReadTransaction& transaction,
                                          const store::Vault& vault, registry::ResidentId holder,
                                          pki::ByteView der) {
  TRY_ASSIGN(HolderDocument document, open_holder_document(transaction, vault, holder, der, "consent"));
  TRY_ASSIGN(const Consent consent, read_consent(document.content));
  if (consent.given < document.signer_not_before)
    return pki::invalid("consent.given", messages::consent_before_certificate);
  return SignedConsent{consent, document.signed_with, std::move(document.sha256)};
}

pki::Result<std::array<bool, 4>> consented_items(const store::ReadTransaction& transaction,
                                                 const store::Vault& vault,
                                                 const SignedConsent& signed_consent, const ConsentUse& use) {
  const Consent& consent = signed_consent.consent;
  if (consent.verifier != use.verifier) return refused(messages::consent_of_another_verifier);
  if (consent.given > use.now) return refused(messages::consent_in_future);
  if (consent.until < use.now) return refused({messages::consent_ended, pki::to_rfc3339(consent.until)});
  TRY(check_signing_certificate(transaction, vault, use.holder, signed_consent));
  const verifier::WithdrawnUntil withdrawn = verifier::find_withdrawal(transaction, use.holder, use.verifier);
  std::array<bool, 4> items = consent.items;
  for (std::size_t i = 0; i < items.size(); ++i)
    items[i] = items[i] && !(withdrawn[i] && consent.given <= *withdrawn[i]);
  if (std::ranges::none_of(items, std::identity{})) return refused(messages::consent_withdrawn);
  return items;
}

}  // namespace admin
