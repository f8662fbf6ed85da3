// One certificate, one row.

#include "law/consequence.h"

#include <algorithm>
#include <array>

#include "law/mobile.h"
#include "registry/compromise.h"

namespace law {

namespace {

using registry::Consequence;

bool is_exempt(const Rule& rule, const Ground& ground, const std::vector<Candidate>& list,
               const Candidate& candidate) {
  if (rule.exemption == Exemption::none || ground.departure == nullptr) return false;
  const auto& before = ground.departure->certificates;
  const auto is_later = [&](const Candidate& one) {
    return std::ranges::find(before, one.id) == before.end();
  };
  const pki::CertificateKind kind = candidate.status.kind;
  if (!pki::is_mobile(kind)) return is_later(candidate);
  // A mobile certificate stands and falls with the card's.
  return std::ranges::any_of(
      list, [&](const Candidate& card) { return card.status.kind == card_kind(kind) && is_later(card); });
}

// True for a mobile certificate that was held on its own account (a lost phone): the release of the card's
// certificate alone does not release it.
bool stays_held(const std::vector<Candidate>& list, const Ground& ground, const Candidate& mobile) {
  const pki::CertificateKind kind = mobile.status.kind;
  if (ground.event != Event::release || !ground.kind || *ground.kind == kind) return false;
  return std::ranges::none_of(list, [&](const Candidate& card) {
    return card.status.kind == card_kind(kind) && card.status.revocation == mobile.status.revocation;
  });
}

// The article of the row, and before it the one that says why the card lapsed.
std::string article_of(const Rule& rule, const Ground& ground) {
  constexpr std::array<std::string_view, kCardLapseCauses> kItems = {
      "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv"};
  if (ground.cause < 1 || ground.cause > kCardLapseCauses) return std::string(rule.article);
  return "My Number Order 14(" + std::string(kItems.at(static_cast<std::size_t>(ground.cause - 1))) + "), " +
         std::string(rule.article);
}

// The outcome for one certificate in its present state.
Outcome outcome_for(const Candidate& candidate, const Rule& rule, HoldRelease release) {
  const bool held = candidate.status.revocation.has_value();
  if (rule.outcome == Outcome::hold && held) return Outcome::none;
  if (rule.outcome == Outcome::release && (!held || release == HoldRelease::never)) return Outcome::none;
  return rule.outcome;
}

}  // namespace

std::vector<Candidate> candidates(const store::ReadTransaction& transaction, registry::ResidentId resident,
                                  pki::Time now) {
  std::vector<Candidate> list;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, resident)) {
    auto status = registry::effective_status(transaction, id);
    if (!status)
      throw store::Corruption("a resident holds certificate " + to_string(id) + ", which has no status");
    const bool over = status->not_after < now || (status->revocation && !status->revocation->is_hold());
    if (!over) list.push_back({id, *status});
  }
  return list;
}

std::vector<Consequence> consequences_of(const std::vector<Candidate>& list, const Ground& ground,
                                         HoldRelease release) {
  std::vector<Consequence> consequences;
  for (const Candidate& candidate : list) {
    const pki::CertificateKind kind = candidate.status.kind;
    if (!is_concerned(ground.kind, kind) || stays_held(list, ground, candidate)) continue;
    const auto rule = rule_for(ground.event, kind, ground.on);
    if (!rule || rule->moment != ground.moment || is_exempt(*rule, ground, list, candidate)) continue;
    const Outcome outcome = outcome_for(candidate, *rule, release);
    if (outcome == Outcome::none) continue;
    std::string article = article_of(*rule, ground);
    if (pki::is_mobile(kind) && outcome == Outcome::revoke)
      article = mobile_article(kind, ground.kind, article);
    consequences.push_back({.certificate = candidate.id,
                            .kind = kind,
                            .outcome = std::string(to_string(outcome)),
                            .reason = rule->reason,
                            .article = std::move(article)});
  }
  return consequences;
}

void apply_to(std::vector<Candidate>& list, const std::vector<Consequence>& consequences, pki::Time now) {
  for (const Consequence& consequence : consequences) {
    const auto found = std::ranges::find(list, consequence.certificate, &Candidate::id);
    if (found == list.end()) continue;
    if (consequence.outcome == to_string(Outcome::release)) {
      found->status.revocation.reset();
    } else if (consequence.outcome == to_string(Outcome::hold)) {
      found->status.revocation = {now, pki::CrlReason::certificate_hold};
    } else {
      list.erase(found);
    }
  }
}

}  // namespace law
