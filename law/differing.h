// Which certificates say something else than the register does: Act 13, and the card of Ordinance 17 and 53.
//
// Compared is the register's entry now with the entry from which the certificate was made, not the
// certificate's own text, which may contain substitutes. What minor corrections have made of an item since
// the issue is the same item (Ordinance 20), and so is another width or another form of a character.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "law/consequence.h"
#include "registry/certificates.h"
#include "registry/events.h"
#include "registry/residents.h"
#include "store/vault.h"
#include "store/writer.h"

namespace law {

// The items (name, address, birth, sex, municipality, furigana, former_name, alias) in which a signing
// certificate differs from the register; of an authentication certificate the birth, when it ends later than
// by the corrected one; none for a mobile one of that kind, which falls with the card's. `history` holds the
// resident's events, with the one that is being planned. For a record of before CertifiedEntry the entry is
// read from the certificate, where a substitute matches any character.
[[nodiscard]] std::vector<registry::EventField> differing_items(
    const registry::IssuedCertificate& certificate, const registry::Resident& now,
    const std::vector<registry::EventRecord>& history);

// Whether every item that the event carries is as the certificate records it, and it carries one: a change
// that was reported before the issue.
[[nodiscard]] bool records_items_of(const registry::IssuedCertificate& certificate,
                                    const registry::EventRecord& event);

// The ids of those candidates that differ.
[[nodiscard]] std::vector<registry::CertificateId> differing_certificates(
    const store::ReadTransaction& transaction, const store::Vault& vault, const std::vector<Candidate>& list,
    const registry::Resident& now, const std::vector<registry::EventRecord>& history);

// A certificate in use that the rules of today would have taken: an earlier version of this program left it.
struct Difference {
  registry::ResidentId resident;
  // The event whose rule revokes the certificate: record-error when items differ, card-lapse when the card
  // has lapsed, deletion when the resident was removed from the register.
  Event event = Event::record_error;
  // The effect that is missing, with its article.
  registry::Consequence consequence;
  // The items that differ, of a record-error.
  std::vector<registry::EventField> items;
};

// Those of one resident; clocks that ended since the last sweep are not considered.
[[nodiscard]] std::vector<Difference> differences_of(const store::ReadTransaction& transaction,
                                                     const store::Vault& vault,
                                                     const registry::Resident& resident, pki::Time now);

// The differences of all residents that hold certificates, in the order of the residents' ids. Reads every
// issue record of a resident with a certificate in use: a minute for a million. Transaction and vault must
// outlive it.
class DifferenceCursor final {
 public:
  DifferenceCursor(const store::ReadTransaction& transaction, const store::Vault& vault, pki::Time now);

  [[nodiscard]] bool valid() const { return place_ < found_.size(); }
  // REQUIRES for both: valid().
  void next();
  [[nodiscard]] const Difference& row() const { return found_[place_]; }

 private:
  // Goes on to the next holder with a difference.
  void find();

  const store::ReadTransaction& transaction_;
  const store::Vault& vault_;
  pki::Time now_;
  registry::HoldingCursor holdings_;
  std::vector<Difference> found_;  // Of the resident before the place of holdings_.
  std::size_t place_ = 0;
};

// Records the missing effects for one resident as an event record-error (Act 13) or card-lapse (Ordinance 17,
// 53) of the system, found by a check; the commit revokes the certificates. Gives their number; 0 writes
// nothing.
std::size_t record_differing(store::CommandContext& context, const store::Vault& vault,
                             registry::ResidentId resident);

}  // namespace law
