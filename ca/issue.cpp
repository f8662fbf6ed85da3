// One issue from request to release.

#include "ca/issue.h"

#include <algorithm>

#include "ca/lint.h"
#include "ca/subject.h"
#include "law/differing.h"
#include "law/eligibility.h"
#include "law/former_card.h"
#include "law/late_record.h"
#include "law/mobile.h"
#include "law/permission.h"
#include "law/reported_keys.h"
#include "law/rule.h"
#include "law/succession.h"
#include "law/sweep.h"
#include "pki/certification_request.h"
#include "pki/messages/ca.h"
#include "pki/plain_form.h"
#include "registry/compromise.h"
#include "registry/events.h"
#include "registry/reported_keys.h"
#include "registry/serials.h"

namespace ca {

namespace {

// Each block costs a commit and a write of the high-water mark outside the store; with 64 alone those were 6%
// of what bulk issue spends on syncs. What a process leaves over is small when it issues little.
constexpr std::uint64_t kFirstSerialBlock = 64, kFurtherSerialBlock = 256;
// How often an issue is decided again when the resident changed between its steps.
constexpr int kAttempts = 3;
// The status of the answer that is remembered (RFC 9110 section 15.3.2).
constexpr std::uint64_t kCreated = 201;

pki::Result<void> check_vacancy(const store::ReadTransaction& transaction, const IssueRequest& request,
                                pki::Time now) {
  if (request.mode == IssueMode::initial)
    return law::check_no_certificate_in_force(transaction, request.resident, request.kind, now);
  if (registry::find_reservation(transaction, request.resident, request.kind))
    return pki::fail(pki::Errc::conflict, messages::being_issued);
  return {};
}

// The requesting actor; a municipality that gives no code is the resident's own.
registry::Actor resolve_actor(registry::Actor actor, const registry::Resident& resident) {
  if (actor.role == registry::Role::municipality && !actor.municipality)
    actor.municipality = resident.municipality;
  return actor;
}

// What the new certificate supersedes: its predecessor, and with a card's one the mobile one that rests on it
// (Act 16-13, 35-13).
std::vector<law::CertificateInForce> predecessors_of(const store::ReadTransaction& transaction,
                                                     const registry::Intent& intent, pki::Time now) {
  auto list = law::certificates_in_force(transaction, intent.resident, intent.kind, now);
  if (pki::is_mobile(intent.kind)) return list;
  for (const law::CertificateInForce& mobile :
       law::certificates_in_force(transaction, intent.resident, law::mobile_kind(intent.kind), now))
    list.push_back(mobile);
  return list;
}

// True when the event concerns another kind of certificate alone.
bool names_another_kind(const registry::EventRecord& event, pki::CertificateKind kind) {
  return !law::concerns_kind(registry::kind_of(event), kind);
}

// True for furigana that alone changed, of a foreign resident: none of theirs are recorded (Act 12(1)(i)).
bool is_furigana_of_foreigner(const registry::EventRecord& event, const registry::Resident& at_intent) {
  const auto name = registry::item_of(event, registry::EventField::name);
  return at_intent.is_foreign &&
         (!name || pki::is_same_name(pki::register_form(*name), pki::register_form(at_intent.name)));
}

// What was recorded after the intent and revokes this kind: the reason to record it as revoked, if any.
std::optional<pki::CrlReason> revocation_reason_since(const store::ReadTransaction& transaction,
                                                      const store::Vault& vault,
                                                      const registry::Intent& intent,
                                                      const registry::IssuedCertificate& certificate,
                                                      const registry::Resident& at_intent, pki::Time now) {
  std::optional<pki::CrlReason> reason;
  const pki::Date issued_on = pki::jst_date(certificate.not_before);
  const auto history = registry::events_of(transaction, vault, intent.resident);
  const auto is_exempt = [&](const law::Rule& rule, const registry::EventRecord& event) {
    if (rule.unless == law::Exemption::furigana_of_foreigner)
      return is_furigana_of_foreigner(event, at_intent);
    if (rule.unless == law::Exemption::issued_since_notice_of_exit)
      return law::is_in_window(at_intent, issued_on) &&
             law::order_of_issue(history, at_intent, issued_on) == law::NoticeOrder::since_notice;
    if (rule.unless != law::Exemption::agrees_with_register) return false;
    const auto resident = registry::find_resident(transaction, vault, intent.resident);
    return resident && law::differing_items(certificate, *resident, history).empty();
  };
  if (registry::is_compromised(transaction, intent.id.issuer)) return pki::CrlReason::ca_compromise;
  for (const auto& event : history) {
    if (event.sequence <= intent.resident_version || names_another_kind(event, intent.kind) ||
        law::is_about_former_card(event, certificate, history))
      continue;
    const auto rule = law::is_reported(event.event) ? law::rule_for({.event = event.event,
                                                                     .kind = intent.kind,
                                                                     .on = pki::jst_date(now),
                                                                     .when = law::moment_of(event)})
                                                    : std::nullopt;
    if (!rule || law::says_what_is_on_record(event, at_intent)) continue;
    if (rule->then.outcome == law::Outcome::revoke && !is_exempt(*rule, event)) return rule->then.reason;
    // The certificate is never handed over, so a hold must not leave it to be released one day: it is
    // destroyed before delivery (CPS 4.9.9).
    if (rule->then.outcome == law::Outcome::hold) reason = pki::CrlReason::unspecified;
  }
  return reason;
}

// A commit that begins a generation ends issuing by the one before: no issue by it begins later. One that has
// begun is finished.
pki::Result<void> check_current(const store::ReadTransaction& transaction, registry::IssuerId issuer) {
  if (registry::generations_of_name(transaction, issuer.ca).back() == issuer.generation) return {};
  return pki::fail(pki::Errc::conflict, messages::generation_began_meanwhile);
}

registry::IssuedCertificate to_issued(const IssueDraft& draft) {
  const bool sign = pki::ca_of(draft.intent.kind) == pki::CaName::sign;
  const pki::Date issued_on = pki::jst_date(draft.certificate.validity.not_before);
  return {.id = draft.intent.id,
          .kind = draft.intent.kind,
          .resident = draft.intent.resident,
          .point = draft.certificate.point,
          .not_before = draft.certificate.validity.not_before,
          .not_after = draft.certificate.validity.not_after,
          .der = draft.der,
          .entry = sign ? std::optional(registry::certified_entry_of(
                              law::as_certified(draft.resident.resident, issued_on)))
                        : std::nullopt};
}

std::vector<std::string> subjects_of(const registry::Intent& intent) {
  return {"certificate " + to_string(intent.id), "resident " + to_string(intent.resident)};
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

pki::Result<registry::IssuedCertificate> Issuance::issue(const IssueRequest& request) {
  for (int attempt = 1;; ++attempt) {
    TRY_ASSIGN(IssueDecision decision, decide(request));
    TRY_ASSIGN(const pki::SerialNumber serial, next_serial(pki::ca_of(request.kind)));
    TRY_ASSIGN(PreparedCertificate prepared, prepare(std::move(decision), request, serial));
    auto recorded = record_intent(std::move(prepared), request);
    if (recorded.has_error()) {
      if (recorded.error().code == pki::Errc::conflict && attempt < kAttempts) continue;
      return recorded.error();
    }
    const registry::Intent intent = recorded->draft().intent;
    auto issued = [&]() -> pki::Result<registry::IssuedCertificate> {
      TRY_ASSIGN(SignedCertificate signed_certificate, sign(std::move(*recorded)));
      return record(std::move(signed_certificate), request);
    }();
    if (issued.has_error()) abandon(intent);
    return issued;
  }
}

pki::Result<pki::SerialNumber> Issuance::next_serial(pki::CaName ca) {
  const std::lock_guard lock(serials_mutex_);
  SerialBlock& block = ca == pki::CaName::sign ? sign_serials_ : auth_serials_;
  if (block.next == block.end) {
    const auto order =
        block.end == 0 ? registry::BlockOrder::first_of_process : registry::BlockOrder::further;
    const std::uint64_t count =
        order == registry::BlockOrder::first_of_process ? kFirstSerialBlock : kFurtherSerialBlock;
    TRY_ASSIGN(const pki::SerialNumber first, registry::reserve_block(writer_, ca, count, order));
    block = {.next = first.value, .end = first.value + count};
  }
  return pki::SerialNumber{block.next++};
}

pki::Result<void> Issuance::apply_due_clocks_of(registry::ResidentId id) {
  return writer_.execute(
      {.actor = registry::system_actor(), .action = "sweep", .run = [&](store::CommandContext& context) {
         law::sweep_resident(context, vault_, id);
         return pki::Result<void>{};
       }});
}

pki::Result<Issuance::ResidentView> Issuance::view_resident(registry::ResidentId id) {
  {
    ResidentView view{environment_.read(), std::nullopt};
    view.resident = registry::read_resident(view.transaction, vault_, id);
    const auto dues =
        view.resident ? law::dues_of(view.resident->resident) : std::vector<registry::DueEntry>{};
    if (dues.empty() || dues.front().at > clock_.now()) return view;
  }
  // The snapshot is given back first: the writer does not wait for it.
  TRY(apply_due_clocks_of(id));
  ResidentView view{environment_.read(), std::nullopt};
  view.resident = registry::read_resident(view.transaction, vault_, id);
  return view;
}

pki::Result<IssueDecision> Issuance::decide(const IssueRequest& request) {
  TRY_ASSIGN(const pki::CertificationRequest csr,
             pki::verify_certification_request(request.certification_request));
  if (csr.key_algorithm != pki::KeyAlgorithm::rsa_2048)
    return pki::fail(pki::Errc::unsupported, messages::holder_key_kind);
  TRY_ASSIGN(ResidentView view, view_resident(request.resident));
  if (!view.resident) return law::unknown_resident(request.resident, "Act 3, 22");
  const store::ReadTransaction& transaction = view.transaction;
  const registry::Resident& resident = view.resident->resident;
  const pki::Time now = clock_.now();
  auto draft = std::make_unique<IssueDraft>();
  draft->actor = resolve_actor(request.actor, resident);
  TRY(law::check_may_issue(law::acting_for(transaction, draft->actor, resident.municipality), resident,
                           request.other_municipality_reason));
  TRY(law::check_may_hold(resident, request.kind, authority_.profile().config().issuing, now));
  TRY(check_vacancy(transaction, request, now));
  TRY(law::check_key_unreported(transaction, csr.subject_public_key_info));
  TRY_ASSIGN(draft->terms, determine_terms({.transaction = transaction,
                                            .vault = vault_,
                                            .authority = authority_,
                                            .request = request,
                                            .resident = resident,
                                            .certification_request = csr.der,
                                            .now = now}));
  TRY(law::check_application_is_new(transaction, vault_, request.resident, request.kind,
                                    csr.subject_public_key_info));
  const auto municipality = registry::find_municipality(transaction, resident.municipality);
  const auto names = registry::find_point_names(transaction, draft->terms.issuer->id(), draft->terms.point);
  if (!municipality || !names) throw store::Corruption(messages::municipality_without_point);
  draft->municipality = *municipality;
  EndEntityRequest& certificate = draft->certificate;
  certificate.kind = request.kind;
  certificate.validity = {.not_before = now, .not_after = draft->terms.not_after};
  certificate.subject_public_key_info = csr.subject_public_key_info;
  certificate.point = draft->terms.point;
  certificate.point_names = *names;
  if (pki::ca_of(request.kind) == pki::CaName::sign) {
    TRY_ASSIGN(certificate.items,
               recorded_items(law::as_certified(resident, pki::jst_date(now)), authority_.profile().config(),
                              {request.name_substitute, request.address_substitute}));
  }
  draft->resident = std::move(*view.resident);
  return IssueDecision(std::move(draft));
}

pki::Result<PreparedCertificate> Issuance::prepare(IssueDecision&& decision, const IssueRequest& request,
                                                   pki::SerialNumber serial) const {
  auto draft = decision.spend();
  const registry::SigningIssuer& issuer = *draft->terms.issuer;
  const registry::CertificateId id{issuer.id(), serial};
  EndEntityRequest& certificate = draft->certificate;
  certificate.serial = serial;
  pki::Rng rng = rng_.derive("subject", to_string(id));
  certificate.subject = pki::ca_of(request.kind) == pki::CaName::sign
                            ? signing_subject(draft->municipality, certificate.validity.not_before, serial)
                            : authentication_subject(draft->municipality, rng);
  draft->tbs = encode_end_entity_tbs(authority_.profile(), issuer, certificate);
  TRY(lint_end_entity(draft->tbs, issuer, certificate, draft->resident.resident));
  draft->intent = {.id = id,
                   .kind = request.kind,
                   .resident = request.resident,
                   .resident_version = draft->resident.resident.version,
                   .recorded_at = certificate.validity.not_before,
                   .tbs_hash = pki::digest(pki::HashAlgorithm::sha256, draft->tbs)};
  return PreparedCertificate(std::move(draft));
}

pki::Result<RecordedIntent> Issuance::record_intent(PreparedCertificate&& prepared,
                                                    const IssueRequest& request) {
  auto draft = prepared.spend();
  const registry::Intent& intent = draft->intent;
  TRY(writer_.execute({.actor = draft->actor,
                       .action = "certificate intent",
                       .run = [&](store::CommandContext& context) -> pki::Result<void> {
                         TRY(request.claim.check(context.transaction, vault_));
                         if (!registry::is_unchanged(context.transaction, draft->resident))
                           return pki::fail(pki::Errc::conflict, messages::resident_changed);
                         TRY(check_key(context.transaction, intent.id.issuer));
                         if (!draft->terms.card_certificate)
                           TRY(check_current(context.transaction, intent.id.issuer));
                         TRY(check_vacancy(context.transaction, request, context.now));
                         TRY(law::check_key_unreported(context.transaction,
                                                       draft->certificate.subject_public_key_info));
                         if (reason_of_card_certificate(context.transaction, draft->terms.card_certificate))
                           return pki::fail(pki::Errc::conflict, messages::card_certificate_changed);
                         registry::record_intent(context.transaction, vault_, intent);
                         context.subjects = subjects_of(intent);
                         return {};
                       }}));
  return RecordedIntent(std::move(draft));
}

pki::Result<SignedCertificate> Issuance::sign(RecordedIntent&& recorded) {
  auto draft = recorded.spend();
  TRY_ASSIGN(draft->der, draft->terms.issuer->sign(draft->tbs));
  TRY(lint_signed(draft->der, draft->intent.tbs_hash));
  return SignedCertificate(std::move(draft));
}

pki::Result<registry::IssuedCertificate> Issuance::record(SignedCertificate&& signed_certificate,
                                                          const IssueRequest& request) {
  const auto draft = signed_certificate.spend();
  const registry::Intent& intent = draft->intent;
  registry::IssuedCertificate certificate = to_issued(*draft);
  bool is_revoked = false;
  TRY(writer_.execute(
      {.actor = draft->actor,
       .action = "certificate issue",
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         store::WriteTransaction& transaction = context.transaction;
         is_revoked = false;
         if (!registry::find_intent(transaction, vault_, intent.id))
           return pki::fail(pki::Errc::conflict, messages::issue_abandoned);
         // The other kind may have been issued on the same application in between.
         TRY(law::check_application_is_new(transaction, vault_, intent.resident, intent.kind,
                                           draft->certificate.subject_public_key_info));
         context.subjects = subjects_of(intent);
         // What time has brought since comes first: to what this supersedes, and as events to this one.
         if (!registry::is_unchanged(transaction, draft->resident))
           law::sweep_resident(context, vault_, intent.resident);
         const auto predecessors = predecessors_of(transaction, intent, context.now);
         registry::record_issue(transaction, vault_, certificate, context.now);
         registry::close_intent(transaction, intent);
         auto reason = revocation_reason_since(transaction, vault_, intent, certificate,
                                               draft->resident.resident, context.now);
         if (!reason) reason = reason_of_card_certificate(transaction, draft->terms.card_certificate);
         if (registry::find_reported_key(transaction, draft->certificate.subject_public_key_info))
           reason = pki::CrlReason::key_compromise;
         if (reason) {
           registry::record_revocation(transaction, intent.id, {context.now, *reason}, context.now);
           if (reason == pki::CrlReason::key_compromise)
             registry::report_key(transaction, certificate, context.now);
           is_revoked = true;
           return {};
         }
         // What happened in between leaves the certificate standing, but not for as long as it says.
         const pki::Date issued_on = pki::jst_date(certificate.not_before);
         if (!registry::is_unchanged(transaction, draft->resident) ||
             law::is_outside_window(draft->resident.resident, issued_on)) {
           const auto history = registry::events_of(transaction, vault_, intent.resident);
           law::note_in_clocks(context, vault_, certificate,
                               law::order_of_issue(history, draft->resident.resident, issued_on));
           // The card's last day may be over by now.
           if (registry::find_status(transaction, intent.id).value().revocation) {
             is_revoked = true;
             return {};
           }
         }
         if (request.answer)
           request.claim.remember(
               transaction, vault_, kCreated,
               request.answer(certificate, registry::find_status(transaction, intent.id).value()),
               context.now);
         // Its history says why it lasts as long as a renewal, also where the predecessor has just ended.
         if (!predecessors.empty() || draft->terms.is_renewal)
           law::supersede(context, vault_, intent, predecessors);
         return {};
       }}));
  if (is_revoked) return pki::fail(pki::Errc::conflict, messages::revoked_while_signed);
  return certificate;
}

void Issuance::abandon(const registry::Intent& intent) {
  // Where the store cannot be written now, close_abandoned does it later. No one waits for this command, and
  // the writer outlives us: it holds the vault, which outlives the writer, and nothing of ours.
  writer_.submit({.actor = registry::system_actor(),
                  .action = "close an abandoned issue",
                  .run = [&vault = vault_, intent](store::CommandContext& context) -> pki::Result<void> {
                    if (!registry::find_intent(context.transaction, vault, intent.id))
                      return pki::fail(pki::Errc::not_found, messages::intent_closed);
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
