// Whose it can be, then what has become of it.

#include "law/adoption.h"

#include <algorithm>
#include <array>

#include "law/differing.h"
#include "law/due.h"
#include "law/mobile.h"
#include "law/rule.h"
#include "law/validity.h"
#include "pki/birth_date.h"
#include "pki/certificate.h"
#include "pki/messages/law.h"
#include "registry/compromise.h"
#include "registry/events.h"
#include "registry/lost.h"

namespace law {

namespace {

using pki::CrlReason;
using registry::EventField;
using registry::EventRecord;
using registry::IssuedCertificate;
using registry::Resident;

pki::Error refused(pki::Message detail) {
  return pki::fail(pki::Errc::conflict, std::move(detail));
}

// The events that may be younger than the certificate: those that were recorded since it was found to be
// lost. What the backup holds is older, even of the same second, since the backup does not know the issue.
std::vector<EventRecord> events_since(const store::ReadTransaction& transaction, const store::Vault& vault,
                                      const IssuedCertificate& certificate) {
  const auto lost = registry::find_lost_of_name(transaction, certificate.id);
  const auto status = registry::find_status(transaction, lost ? lost->id : certificate.id);
  const pki::Time since = std::max(certificate.not_before, status ? status->changed_at : pki::Time{});
  auto events = registry::events_of(transaction, vault, certificate.resident);
  std::erase_if(events, [since](const EventRecord& event) { return event.recorded_at < since; });
  return events;
}

bool is_changed_by(const std::vector<EventRecord>& events, EventField field) {
  return std::ranges::any_of(
      events, [field](const EventRecord& event) { return registry::item_of(event, field).has_value(); });
}

std::optional<pki::Time> end_of_ca(const store::ReadTransaction& transaction, registry::IssuerId id) {
  const auto issuer = registry::find_issuer(transaction, id);
  const auto certificate =
      issuer ? std::optional(pki::Certificate::decode(issuer->certificate)) : std::nullopt;
  if (!certificate || !*certificate) return std::nullopt;
  return (*certificate)->not_after();
}

// Whether the end of the certificate is one that the holder's date of birth or card gives it, or the CA's.
// What an authentication certificate says of its holder is this and the distribution point; a mobile one ends
// with the card's.
bool ends_as_issued_to(const IssuedCertificate& certificate, const Resident& holder,
                       const std::vector<EventRecord>& since, std::optional<pki::Time> ca_end) {
  if (pki::is_mobile(certificate.kind)) return true;
  if (is_changed_by(since, EventField::birth) || is_changed_by(since, EventField::card_expires)) return true;
  if (holder.card_expires && certificate.not_after == pki::jst_end_of_day(*holder.card_expires)) return true;
  if (ca_end && certificate.not_after == *ca_end) return true;
  const pki::Date issued_on = pki::jst_date(certificate.not_before);
  const pki::Date born = pki::reckoned_birth_date(holder.birth);
  return std::ranges::any_of(std::array{5, 6}, [&](int n) {
    return certificate.not_after == pki::jst_end_of_day(birthday_after(born, issued_on, n));
  });
}

// Refuses what the register has never said of this holder: each item that differs must have been changed by
// an event since the issue.
pki::Result<void> check_holder(const store::ReadTransaction& transaction,
                               const IssuedCertificate& certificate, const Resident& holder,
                               const std::vector<EventField>& differing,
                               const std::vector<EventRecord>& since) {
  for (const EventField item : differing)
    if (!is_changed_by(since, item))
      return refused({messages::adoption_other_item, to_string(item), to_string(holder.id)});
  const bool is_of_place =
      certificate.point.code == holder.municipality || is_changed_by(since, EventField::municipality);
  const bool names_nobody = pki::ca_of(certificate.kind) == pki::CaName::auth;
  const bool ends_so =
      ends_as_issued_to(certificate, holder, since, end_of_ca(transaction, certificate.id.issuer));
  if (!is_of_place || (names_nobody && !ends_so))
    return refused({messages::adoption_other_holder, to_string(holder.id)});
  return {};
}

// An event about the card or a key that happened before the issue was about an earlier one.
bool is_about_earlier(const EventRecord& event, const IssuedCertificate& certificate) {
  using enum Event;
  const bool is_of_card_or_key =
      std::ranges::count(std::array{card_lapse, card_return, undelivered, holder_application, key_notice,
                                    record_error, hold, renewal},
                         event.event) > 0;
  return is_of_card_or_key && event.occurred_on < pki::jst_date(certificate.not_before);
}

// What the rule of one event does to the certificate: the reason of a revocation or of a hold.
std::optional<CrlReason> reason_of(const EventRecord& event, const IssuedCertificate& certificate,
                                   const Resident& holder, NoticeOrder order, bool differs) {
  if (is_about_earlier(event, certificate) || !concerns_kind(registry::kind_of(event), certificate.kind))
    return std::nullopt;
  const auto rule = rule_for({.event = event.event,
                              .kind = certificate.kind,
                              .on = pki::jst_date(event.recorded_at),
                              .when = moment_of(event),
                              .whose = whose(holder)});
  if (!rule || (rule->then.outcome != Outcome::revoke && rule->then.outcome != Outcome::supersede &&
                rule->then.outcome != Outcome::hold))
    return std::nullopt;
  if (rule->unless == Exemption::agrees_with_register && !differs) return std::nullopt;
  if (rule->unless == Exemption::issued_since_notice_of_exit && order == NoticeOrder::since_notice)
    return std::nullopt;
  // A change that the certificate records already was reported before its issue and sent again since.
  if (records_items_of(certificate, event)) return std::nullopt;
  return rule->then.reason;
}

// One of the same kind that was issued later ended this one (Act 6, 25): a renewal, or an issue after it
// fell.
bool has_successor(const store::ReadTransaction& transaction, const store::Vault& vault,
                   const IssuedCertificate& certificate) {
  return std::ranges::any_of(
      registry::certificates_of(transaction, certificate.resident), [&](const registry::CertificateId& id) {
        const auto other = registry::find_certificate(transaction, vault, id);
        return other && other->kind == certificate.kind && other->not_before > certificate.not_before;
      });
}

// A revocation before a hold, and neither before nothing.
std::optional<CrlReason> worse(std::optional<CrlReason> one, std::optional<CrlReason> other) {
  return !one || (other && one == CrlReason::certificate_hold) ? other : one;
}

// The state of the card's certificate on which a mobile one rests.
pki::Result<std::optional<CrlReason>> reason_of_card(const store::ReadTransaction& transaction,
                                                     const store::Vault& vault,
                                                     const IssuedCertificate& certificate) {
  if (!pki::is_mobile(certificate.kind)) return std::optional<CrlReason>{};
  const auto card = card_certificate_of(transaction, vault, certificate);
  if (!card) return refused(messages::adoption_card_first);
  const auto status = registry::effective_status(transaction, *card).value();
  return status.revocation ? std::optional(status.revocation->reason) : std::nullopt;
}

}  // namespace

pki::Result<LostJudgement> judge_lost_certificate(const store::ReadTransaction& transaction,
                                                  const store::Vault& vault,
                                                  const IssuedCertificate& certificate,
                                                  const Resident& holder, pki::Time now) {
  if (certificate.not_after < now) return refused(messages::adoption_expired);
  const auto since = events_since(transaction, vault, certificate);
  const auto differing = differing_items(certificate, holder, since);
  TRY(check_holder(transaction, certificate, holder, differing, since));
  TRY_ASSIGN(std::optional<CrlReason> reason, reason_of_card(transaction, vault, certificate));
  const NoticeOrder order = order_of_lost(since, certificate);
  for (const EventRecord& event : since)
    reason = worse(reason, reason_of(event, certificate, holder, order, !differing.empty()));
  if (!differing.empty()) reason = worse(reason, CrlReason::affiliation_changed);
  if (has_successor(transaction, vault, certificate)) reason = worse(reason, CrlReason::superseded);
  const bool is_over = holder.residency == registry::Residency::removed || holder.card_lapsed_on.has_value();
  return LostJudgement{is_over ? worse(reason, CrlReason::cessation_of_operation) : reason, order};
}

}  // namespace law
