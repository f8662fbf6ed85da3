// A certificate that comes on record after events which it has to be judged by: an issue that was under way
// (ca/issue), or one that a restore had lost (law/adoption).
//
// Events note what was on record when they came: a notice of leaving, the certificates in force (Act
// 12(1)(ii), 31(1)(ii)); a card, whether any of them lasts longer than it does (Ordinance 13, 49). What comes
// on record later is noted here, or it would outlive both.

#pragma once

#include <vector>

#include "registry/certificates.h"
#include "registry/events.h"
#include "registry/residents.h"
#include "store/vault.h"
#include "store/writer.h"

namespace law {

// Whether a certificate was applied for before or after the last notice of leaving Japan that is on record.
enum class NoticeOrder { before_notice, since_notice };

// True between a notice of leaving Japan and a move-in: what is issued then stands on after the leaving. Of
// those who will be in a 戸籍の附票, which foreign residents are not (Act 3-2), and since 2024-05-27.
[[nodiscard]] bool is_in_window(const registry::Resident& holder, pki::Date on);
// True of one who has given notice of leaving Japan and is not in that window.
[[nodiscard]] bool is_outside_window(const registry::Resident& holder, pki::Date on);
// The resident as a certificate that is issued on a day records it: outside the window a notice of leaving
// Japan is none of its items.
[[nodiscard]] registry::Resident as_certified(registry::Resident resident, pki::Date on);

// Of an issue that began on a day when the resident was as in `at_intent`: before a notice that was recorded
// later, unless that gives another day to one which was on record then. What is issued after a notice outside
// the window counts as issued before it.
[[nodiscard]] NoticeOrder order_of_issue(const std::vector<registry::EventRecord>& history,
                                         const registry::Resident& at_intent, pki::Date on);

// True of an event whose items are all as the resident's record has them, in whatever width and spaces: it
// was recorded without effect.
[[nodiscard]] bool says_what_is_on_record(const registry::EventRecord& event,
                                          const registry::Resident& resident);

// Of a certificate that a restore had lost, where `since` holds the events recorded after the restore. A
// signing certificate says that it was issued after the notice; of an authentication certificate the days are
// compared, and one of the day of the notice counts as issued before it.
[[nodiscard]] NoticeOrder order_of_lost(const std::vector<registry::EventRecord>& since,
                                        const registry::IssuedCertificate& certificate);

// Notes the certificate in the clocks of its holder and applies those that have ended. The certificate is on
// record.
void note_in_clocks(store::CommandContext& context, const store::Vault& vault,
                    const registry::IssuedCertificate& certificate, NoticeOrder order);

}  // namespace law
