// One issue from request to release.

#include "ca/issue.h"

#include <algorithm>

#include "ca/issue_terms.h"
#include "ca/subject.h"
#include "law/differing.h"
#include "law/eligibility.h"
#include "law/mobile.h"
#include "law/permission.h"
#include "law/rule.h"
#include "law/succession.h"
#include "law/sweep.h"
#include "law/validity.h"
#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "registry/actor.h"
#include "registry/compromise.h"
#include "registry/events.h"
#include "registry/municipalities.h"
#include "registry/serials.h"

namespace ca {

namespace {

constexpr std::uint64_t kSerialBlock = 64;
// How often an issue starts anew when the resident changed between its steps.
constexpr int kAttempts = 3;

pki::Result<void> check_vacancy(const store::ReadTransaction& transaction, const IssueRequest& request,
                                pki::Time now) {
  if (request.succession == Succession::first)
    return law::is_vacant(transaction, request.resident, request.kind, now);
  if (registry::find_reservation(transaction, request.resident, request.kind))
    return pki::fail(pki::Errc::conflict,
                     "a certificate of this kind is being issued to the resident right now");
  return {};
}

// What the new certificate supersedes: its predecessor, and with a card's one the mobile one that rests on it
// (Act 16-13, 35-13).
std::vector<law::CertificateInForce> superseded_by(const store::ReadTransaction& transaction,
                                                   const registry::Intent& intent, pki::Time now) {
  auto list = law::certificates_in_force(transaction, intent.resident, intent.kind, now);
  if (pki::is_mobile(intent.kind)) return list;
  for (const law::CertificateInForce& mobile :
       law::certificates_in_force(transaction, intent.resident, law::mobile_kind(intent.kind), now))
    list.push_back(mobile);
  return list;
}

// True when the event was said to concern another kind of certificate.
bool names_another_kind(const registry::EventRecord& event, pki::CertificateKind kind) {
  for (const auto& [field, value] : event.items)
    if (field == "kind" && !law::is_concerned(pki::parse_certificate_kind(value), kind)) return true;
  return false;
}

// What the events that came after the intent did to this kind: the reason to record it as revoked, if any.
std::optional<pki::CrlReason> ground_since(const store::ReadTransaction& transaction,
                                           const store::Vault& vault, const registry::Intent& intent,
                                           const registry::IssuedCertificate& certificate, pki::Time now) {
  std::optional<pki::CrlReason> ground;
  const auto history = registry::events_of(transaction, vault, intent.resident);
  const auto agrees = [&](const law::Rule& rule) {
    if (rule.unless != law::Exemption::agrees_with_register) return false;
    const auto resident = registry::find_resident(transaction, vault, intent.resident);
    return resident && law::differing_items(certificate, *resident, history).empty();
  };
  if (registry::is_compromised(transaction, intent.id.issuer)) return pki::CrlReason::ca_compromise;
  for (const auto& event : history) {
    if (event.sequence <= intent.resident_version || names_another_kind(event, intent.kind)) continue;
    const auto name = law::parse_event(event.name);
    const auto rule = name ? law::rule_for({.event = *name,
                                            .kind = intent.kind,
                                            .on = pki::jst_date(now),
                                            .when = law::moment_of(event)})
                           : std::nullopt;
    if (!rule) continue;
    if (rule->then.outcome == law::Outcome::revoke && !agrees(*rule)) return rule->then.reason;
    // Nobody will ever have this certificate, so a hold must not leave it to be released one day: it is
    // destroyed before delivery (CPS 4.9.9).
    if (rule->then.outcome == law::Outcome::hold) ground = pki::CrlReason::unspecified;
  }
  return ground;
}

}  // namespace

Issuance::Issuance(const store::Environment& environment, store::Writer& writer, const store::Vault& vault,
                   const Authority& authority, const pki::Clock& clock, pki::Rng rng)
    : environment_(environment),
      writer_(writer),
      vault_(vault),
      authority_(authority),
      clock_(clock),
      rng_(std::move(rng)) {}

pki::Result<pki::SerialNumber> Issuance::next_serial(pki::CaName ca) {
  const std::lock_guard lock(serials_mutex_);
  SerialBlock& block = ca == pki::CaName::sign ? sign_serials_ : auth_serials_;
  if (block.next == block.end) {
    TRY_ASSIGN(const pki::SerialNumber first, registry::reserve_serials(writer_, ca, kSerialBlock));
    block = {.next = first.value, .end = first.value + kSerialBlock};
  }
  return pki::SerialNumber{block.next++};
}

pki::Result<void> Issuance::catch_up(registry::ResidentId id) {
  const auto resident = registry::find_resident(environment_.read(), vault_, id);
  if (!resident) return {};
  const auto dues = law::dues_of(*resident);
  if (dues.empty() || dues.front().at > clock_.now()) return {};
  return writer_.execute(
      {.actor = registry::system_actor(), .action = "sweep", .run = [&](store::CommandContext& context) {
         law::sweep_resident(context, vault_, id);
         return pki::Result<void>{};
       }});
}

// The octets to be signed, judged by the linter, and the intent as far as they decide it.
pki::Result<PreparedCertificate> Issuance::encode_and_lint(const registry::SigningIssuer& ca,
                                                           EndEntityRequest certificate) const {
  PreparedCertificate prepared;
  prepared.tbs = encode_end_entity_tbs(authority_.profile(), ca, certificate);
  TRY(lint_end_entity(prepared.tbs, ca, certificate));
  prepared.intent.id = {ca.id(), certificate.serial};
  prepared.intent.kind = certificate.kind;
  prepared.intent.tbs_hash = pki::digest(pki::HashAlgorithm::sha256, prepared.tbs);
  prepared.request = std::move(certificate);
  return prepared;
}

pki::Result<PreparedCertificate> Issuance::prepare(const IssueRequest& request) {
  TRY_ASSIGN(const pki::CertificationRequest csr,
             pki::verify_certification_request(request.certification_request));
  if (csr.key_algorithm != pki::KeyAlgorithm::rsa_2048)
    return pki::fail(pki::Errc::unsupported,
                     "holders' keys are RSA of 2048 bits (Ordinance 2, 38): make such a key");
  const store::ReadTransaction transaction = environment_.read();
  const pki::Time now = clock_.now();
  const auto resident = registry::find_resident(transaction, vault_, request.resident);
  if (!resident)
    return pki::Error{
        pki::Errc::refused_by_law, "there is no resident " + to_string(request.resident), {}, "Act 3, 22"};
  TRY(law::may_issue(law::acting_for(transaction, request.actor, resident->municipality), *resident,
                     request.elsewhere_reason));
  TRY(law::may_hold(*resident, request.kind, authority_.profile().config().issuing, now));
  TRY(check_vacancy(transaction, request, now));

  TRY_ASSIGN(const IssueTerms terms, terms_of({.transaction = transaction,
                                               .vault = vault_,
                                               .authority = authority_,
                                               .request = request,
                                               .resident = *resident,
                                               .certification_request = csr.der,
                                               .now = now}));
  const registry::SigningIssuer& ca = *terms.ca;
  const pki::CaName ca_name = ca.id().ca;
  const auto municipality = registry::find_municipality(transaction, resident->municipality);
  const auto names = registry::find_point_names(transaction, ca.id(), terms.point);
  if (!municipality || !names) throw store::Corruption("a resident's municipality has no distribution point");

  EndEntityRequest certificate;
  certificate.kind = request.kind;
  certificate.validity = {.not_before = now, .not_after = terms.not_after};
  certificate.subject_public_key_info = csr.subject_public_key_info;
  certificate.point = terms.point;
  certificate.point_names = *names;
  if (ca_name == pki::CaName::sign) {
    TRY_ASSIGN(certificate.items, recorded_items(*resident, authority_.profile().config(),
                                                 {request.name_substitute, request.address_substitute}));
  }
  TRY_ASSIGN(certificate.serial, next_serial(ca_name));
  pki::Rng rng = rng_.derive("subject", to_string(registry::CertificateId{ca.id(), certificate.serial}));
  certificate.subject = ca_name == pki::CaName::sign ? signing_subject(*municipality, now, certificate.serial)
                                                     : authentication_subject(*municipality, rng);
  TRY_ASSIGN(PreparedCertificate prepared, encode_and_lint(ca, std::move(certificate)));
  prepared.basis = terms.basis;
  if (ca_name == pki::CaName::sign) prepared.entry = registry::certified_entry_of(*resident);
  prepared.intent.resident = request.resident;
  prepared.intent.resident_version = resident->version;
  prepared.intent.recorded_at = now;
  return prepared;
}

pki::Result<void> Issuance::record_intent(const PreparedCertificate& prepared, const IssueRequest& request) {
  const registry::Intent& intent = prepared.intent;
  return writer_.execute(
      {.actor = request.actor,
       .action = "certificate intent",
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         const auto resident = registry::find_resident(context.transaction, vault_, intent.resident);
         if (!resident || resident->version != intent.resident_version)
           return pki::fail(pki::Errc::conflict,
                            "the resident's record changed while the certificate was prepared");
         if (request.before_intent) {
           TRY(request.before_intent(context));
         }
         TRY(check_key(context.transaction, intent.id.issuer));
         TRY(check_vacancy(context.transaction, request, context.now));
         if (ground_of_basis(context.transaction, prepared.basis))
           return pki::fail(pki::Errc::conflict,
                            "the card's certificate changed while the mobile one was prepared");
         registry::record_intent(context.transaction, vault_, intent);
         context.subjects = {"certificate " + to_string(intent.id), "resident " + to_string(intent.resident)};
         return {};
       }});
}

pki::Result<void> Issuance::record_issue(const PreparedCertificate& prepared, const IssueRequest& request,
                                         const registry::IssuedCertificate& certificate) {
  const registry::Intent& intent = prepared.intent;
  bool fell = false;
  TRY(writer_.execute(
      {.actor = request.actor,
       .action = "certificate issue",
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         store::WriteTransaction& transaction = context.transaction;
         fell = false;
         if (!registry::find_intent(transaction, vault_, intent.id))
           return pki::fail(pki::Errc::conflict, "the issue was closed as abandoned: ask again");
         const auto predecessors = superseded_by(transaction, intent, context.now);
         registry::record_issue(transaction, vault_, certificate, context.now);
         registry::close_intent(transaction, intent);
         context.subjects = {"certificate " + to_string(intent.id), "resident " + to_string(intent.resident)};
         auto ground = ground_since(transaction, vault_, intent, certificate, context.now);
         if (!ground) ground = ground_of_basis(transaction, prepared.basis);
         if (ground) {
           registry::record_revocation(transaction, intent.id, {context.now, *ground}, context.now);
           fell = true;
           return {};
         }
         if (request.after_record) request.after_record(context, certificate);
         if (!predecessors.empty()) law::supersede(context, vault_, intent, predecessors);
         return {};
       }}));
  if (fell)
    return pki::fail(pki::Errc::conflict,
                     "an event about the resident or the CA's key was recorded while the certificate was "
                     "signed: it is on record as "
                     "fallen and was not given out");
  return {};
}

pki::Result<registry::IssuedCertificate> Issuance::issue(const IssueRequest& request) {
  for (int attempt = 1;; ++attempt) {
    TRY(catch_up(request.resident));
    TRY_ASSIGN(const PreparedCertificate prepared, prepare(request));
    const auto recorded = record_intent(prepared, request);
    if (recorded.has_error()) {
      if (recorded.error().code == pki::Errc::conflict && attempt < kAttempts) continue;
      return recorded.error();
    }
    auto issued = sign_and_record(prepared, request);
    if (issued.has_error()) abandon(prepared.intent);
    return issued;
  }
}

pki::Result<registry::IssuedCertificate> Issuance::sign_and_record(const PreparedCertificate& prepared,
                                                                   const IssueRequest& request) {
  const registry::SigningIssuer& ca = *authority_.find(prepared.intent.id.issuer);
  TRY_ASSIGN(pki::Bytes der, ca.sign(prepared.tbs));
  registry::IssuedCertificate certificate{.id = prepared.intent.id,
                                          .kind = prepared.intent.kind,
                                          .resident = prepared.intent.resident,
                                          .point = prepared.request.point,
                                          .not_before = prepared.request.validity.not_before,
                                          .not_after = prepared.request.validity.not_after,
                                         .der = std::move(der),
                                         .entry = prepared.entry};
  TRY(record_issue(prepared, request, certificate));
  return certificate;
}

void Issuance::abandon(const registry::Intent& intent) {
  // Where the store cannot be written now, close_abandoned does it later. Nobody waits for this command and
  // the writer outlives us: it holds the vault, which outlives the writer, and nothing of ours.
  writer_.submit({.actor = registry::system_actor(),
                  .action = "close an abandoned issue",
                  .run = [&vault = vault_, intent](store::CommandContext& context) -> pki::Result<void> {
                    if (!registry::find_intent(context.transaction, vault, intent.id))
                      return pki::fail(pki::Errc::not_found, "the intent is closed already");
                    registry::close_intent(context.transaction, intent);
                    context.subjects = {"certificate " + to_string(intent.id)};
                    return {};
                  }},
                 [](const pki::Result<void>&) {});
}

pki::Result<std::size_t> Issuance::close_abandoned(pki::Time cutoff) {
  const auto is_abandoned = [cutoff](const registry::Intent& intent) { return intent.recorded_at < cutoff; };
  if (std::ranges::none_of(registry::open_intents(environment_.read(), vault_), is_abandoned))
    return std::size_t{0};
  std::size_t count = 0;
  TRY(writer_.execute({.actor = registry::system_actor(),
                       .action = "close abandoned issues",
                       .run = [&](store::CommandContext& context) {
                         count = 0;
                         for (const auto& intent : registry::open_intents(context.transaction, vault_)) {
                           if (!is_abandoned(intent)) continue;
                           registry::close_intent(context.transaction, intent);
                           context.subjects.push_back("certificate " + to_string(intent.id));
                           ++count;
                         }
                         return pki::Result<void>{};
                       }}));
  return count;
}

}  // namespace ca
