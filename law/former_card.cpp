// Cards by their day of issue, certificates by theirs.

#include "law/former_card.h"

#include <algorithm>

namespace law {

std::vector<registry::EventRecord> newer_cards(Event event, pki::Date day,
                                               const std::vector<registry::EventRecord>& history) {
  std::vector<registry::EventRecord> cards;
  if (event != Event::card_lapse && event != Event::card_return && event != Event::undelivered) return cards;
  for (const registry::EventRecord& earlier : history)
    if (earlier.event == Event::card_issue && earlier.occurred_on > day) cards.push_back(earlier);
  return cards;
}

std::vector<registry::CertificateId> on_card_before(const store::ReadTransaction& transaction,
                                                    const store::Vault& vault,
                                                    const std::vector<registry::EventRecord>& cards,
                                                    const std::vector<Candidate>& candidates) {
  std::vector<registry::CertificateId> list;
  for (const Candidate& candidate : candidates) {
    const auto certificate = registry::find_certificate(transaction, vault, candidate.id);
    const auto is_newer = [&](const registry::EventRecord& card) {
      return certificate->not_before < card.recorded_at &&
             pki::jst_date(certificate->not_before) <= card.occurred_on;
    };
    if (certificate && std::ranges::any_of(cards, is_newer)) list.push_back(candidate.id);
  }
  return list;
}

}  // namespace law
