// Cards by their day of issue, certificates by theirs.

#include "law/former_card.h"

#include <algorithm>

namespace law {

namespace {

using registry::EventRecord;

bool was_issued_before(const registry::IssuedCertificate& certificate, const EventRecord& card) {
  return certificate.not_before < card.recorded_at &&
         pki::jst_date(certificate.not_before) <= card.occurred_on;
}

bool was_issued_before_any(const registry::IssuedCertificate& certificate,
                           const std::vector<EventRecord>& cards) {
  return std::ranges::any_of(cards,
                             [&](const EventRecord& card) { return was_issued_before(certificate, card); });
}

}  // namespace

std::vector<EventRecord> newer_cards(Event event, pki::Date day, const std::vector<EventRecord>& history) {
  std::vector<EventRecord> cards;
  if (event != Event::card_lapse && event != Event::card_return && event != Event::undelivered) return cards;
  for (const EventRecord& earlier : history)
    if (earlier.event == Event::card_issue && earlier.occurred_on > day) cards.push_back(earlier);
  return cards;
}

std::vector<registry::CertificateId> on_card_before(const store::ReadTransaction& transaction,
                                                    const store::Vault& vault,
                                                    const std::vector<EventRecord>& cards,
                                                    const std::vector<Candidate>& candidates) {
  std::vector<registry::CertificateId> list;
  for (const Candidate& candidate : candidates) {
    const auto certificate = registry::find_certificate(transaction, vault, candidate.id);
    if (certificate && was_issued_before_any(*certificate, cards)) list.push_back(candidate.id);
  }
  return list;
}

bool is_about_former_card(const EventRecord& event, const registry::IssuedCertificate& certificate,
                          const std::vector<EventRecord>& history) {
  // A clock ends the card that its holder has.
  if (registry::clock_of(event)) return false;
  auto cards = newer_cards(event.event, event.occurred_on, history);
  std::erase_if(cards, [&](const EventRecord& card) { return card.sequence > event.sequence; });
  return !cards.empty() && !was_issued_before_any(certificate, cards);
}

}  // namespace law
