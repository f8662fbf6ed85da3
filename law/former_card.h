// Reports about a card that its holder has no more (My Number Order 14, Ordinance 17, 53): what they take is
// what is on that card.

#pragma once

#include <vector>

#include "law/consequence.h"
#include "registry/events.h"
#include "store/vault.h"

namespace law {

// The issues of cards after the day of a report about a card, which is then about a former one; none for
// other events. `history` holds the resident's events.
[[nodiscard]] std::vector<registry::EventRecord> newer_cards(
    Event event, pki::Date day, const std::vector<registry::EventRecord>& history);

// Those candidates that were issued before one of these cards was: neither after its day nor after its
// record.
[[nodiscard]] std::vector<registry::CertificateId> on_card_before(
    const store::ReadTransaction& transaction, const store::Vault& vault,
    const std::vector<registry::EventRecord>& cards, const std::vector<Candidate>& candidates);

// Whether `event`, of `history`, was reported (and not brought by a clock) of a former card while the
// certificate is on a newer one: it leaves the certificate as it is.
[[nodiscard]] bool is_about_former_card(const registry::EventRecord& event,
                                        const registry::IssuedCertificate& certificate,
                                        const std::vector<registry::EventRecord>& history);

}  // namespace law
