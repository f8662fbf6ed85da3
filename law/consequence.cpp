// Finds the certificates in force and looks up the one row of the rule table that applies to each.

#include "law/consequence.h"

#include <algorithm>
#include <array>

#include "law/mobile.h"
#include "pki/messages/law.h"
#include "registry/compromise.h"

namespace law {

namespace {

using registry::Consequence;

bool holds(const std::vector<registry::CertificateId>& list, const registry::CertificateId& id) {
  return std::ranges::find(list, id) != list.end();
}

bool was_issued_since_notice(const RevocationCause& cause, const std::vector<Candidate>& list,
                             const Candidate& candidate) {
  if (cause.departure == nullptr) return false;
  return std::ranges::any_of(list, [&](const Candidate& card) {
    return rests_on(candidate, card) && !holds(cause.departure->certificates, card.id);
  });
}

bool agrees_with_register(const RevocationCause& cause, const std::vector<Candidate>& list,
                          const Candidate& candidate) {
  if (holds(cause.differing, candidate.id)) return false;
  return std::ranges::none_of(list, [&](const Candidate& card) {
    return rests_on(candidate, card) && holds(cause.differing, card.id);
  });
}

// False for what a report about a former card leaves alone.
bool is_on_reported_card(const RevocationCause& cause, const std::vector<Candidate>& list,
                         const Candidate& candidate) {
  return !cause.on_former_card || std::ranges::any_of(list, [&](const Candidate& card) {
    return rests_on(candidate, card) && holds(*cause.on_former_card, card.id);
  });
}

// True for a mobile certificate that is revoked by itself: the event names it, or it alone differs.
bool falls_by_itself(const Rule& rule, const RevocationCause& cause, const std::vector<Candidate>& list,
                     const Candidate& candidate) {
  if (cause.kind == candidate.status.kind) return true;
  return rule.unless == Exemption::agrees_with_register &&
         std::ranges::none_of(list, [&](const Candidate& card) {
           return rests_on(candidate, card) && holds(cause.differing, card.id);
         });
}

bool is_exempt(const Rule& rule, const RevocationCause& cause, const std::vector<Candidate>& list,
               const Candidate& candidate) {
  switch (rule.unless) {
    case Exemption::none:
      return false;
    case Exemption::issued_since_notice_of_exit:
      return was_issued_since_notice(cause, list, candidate);
    case Exemption::agrees_with_register:
      return agrees_with_register(cause, list, candidate);
    case Exemption::furigana_of_foreigner:
      return cause.is_furigana_of_foreigner;
  }
  return false;
}

// True for a mobile certificate that was put on hold by itself (a lost phone): the release of the card's
// certificate alone does not release it.
bool stays_held(const RevocationCause& cause, const Candidate& candidate) {
  if (cause.event != Event::release || !cause.kind || *cause.kind == candidate.status.kind) return false;
  return holds(cause.held_by_themselves, candidate.id);
}

// The article of the row, and before it the one that says why the card lapsed.
std::string article_of(const Rule& rule, const RevocationCause& cause) {
  return (cause.lapse_cause ? law::article_of(*cause.lapse_cause) + ", " : "") + std::string(rule.law);
}

// The outcome for one certificate in its present state.
Outcome outcome_for(const Candidate& candidate, const Rule& rule, HoldRelease release) {
  const bool held = candidate.status.revocation.has_value();
  const Outcome outcome = rule.then.outcome;
  if (outcome == Outcome::hold && held) return Outcome::none;
  if (outcome == Outcome::release && (!held || release == HoldRelease::never)) return Outcome::none;
  return outcome;
}

}  // namespace

bool rests_on(const Candidate& candidate, const Candidate& card) {
  const pki::CertificateKind kind = candidate.status.kind;
  return pki::is_mobile(kind) ? card.status.kind == card_kind(kind) : card.id == candidate.id;
}

Whose whose(const registry::Resident& holder) {
  if (holder.residency == registry::Residency::abroad) return Whose::holder_abroad;
  if (holder.residency == registry::Residency::moved_out) return Whose::holder_moved_out;
  return Whose::anyone;
}

std::vector<Candidate> candidates(const store::ReadTransaction& transaction, registry::ResidentId resident,
                                  pki::Time now) {
  std::vector<Candidate> list;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, resident)) {
    auto status = registry::effective_status(transaction, id);
    if (!status) throw store::Corruption(pki::Message{messages::certificate_without_status, to_string(id)});
    const bool over = status->not_after < now || (status->revocation && !status->revocation->is_hold());
    if (!over) list.push_back({id, *status});
  }
  return list;
}

std::vector<Consequence> consequences_of(const std::vector<Candidate>& list, const RevocationCause& cause,
                                         HoldRelease release) {
  std::vector<Consequence> consequences;
  for (const Candidate& candidate : list) {
    const pki::CertificateKind kind = candidate.status.kind;
    if (!concerns_kind(cause.kind, kind) || stays_held(cause, candidate) ||
        !is_on_reported_card(cause, list, candidate))
      continue;
    const auto rule = rule_for(
        {.event = cause.event, .kind = kind, .on = cause.on, .when = cause.moment, .whose = cause.whose});
    if (!rule || is_exempt(*rule, cause, list, candidate)) continue;
    const Outcome outcome = outcome_for(candidate, *rule, release);
    if (outcome == Outcome::none) continue;
    std::string article = article_of(*rule, cause);
    if (pki::is_mobile(kind) && outcome == Outcome::revoke)
      article = falls_by_itself(*rule, cause, list, candidate)
                    ? own_mobile_article(kind, cause.event, article)
                    : mobile_article(kind, article);
    consequences.push_back({.certificate = candidate.id,
                            .kind = kind,
                            .outcome = outcome,
                            .reason = rule->then.reason,
                            .article = std::move(article)});
  }
  return consequences;
}

bool asks_to_notify(const Consequence& consequence) {
  constexpr std::array kErrors = {"15(1)(2)", "34(1)(2)", "16-14(1)(ii)", "35-14(1)(ii)"};
  return std::ranges::any_of(kErrors, [&](const char* item) { return consequence.article.ends_with(item); });
}

void apply_to(std::vector<Candidate>& list, const std::vector<Consequence>& consequences, pki::Time now) {
  for (const Consequence& consequence : consequences) {
    const auto found = std::ranges::find(list, consequence.certificate, &Candidate::id);
    if (found == list.end()) continue;
    if (consequence.outcome == Outcome::release) {
      found->status.revocation.reset();
    } else if (consequence.outcome == Outcome::hold) {
      found->status.revocation = {now, pki::CrlReason::certificate_hold};
    } else {
      list.erase(found);
    }
  }
}

}  // namespace law
