// Which of a resident's certificates a cause takes: the rule table applied to what is in force.

#pragma once

#include <optional>
#include <vector>

#include "law/policy.h"
#include "law/rule.h"
#include "registry/certificates.h"
#include "registry/events.h"
#include "registry/residents.h"

namespace law {

// A certificate that an event can still touch: unexpired and not revoked for good.
struct Candidate {
  registry::CertificateId id;
  registry::Status status;
};

[[nodiscard]] std::vector<Candidate> candidates(const store::ReadTransaction& transaction,
                                                registry::ResidentId resident, pki::Time now);

[[nodiscard]] Whose whose(const registry::Resident& holder);

// Why certificates may be revoked, held or released.
struct RevocationCause {
  Event event = Event::address_change;
  Moment moment = Moment::at_once;
  // The day whose law applies.
  pki::Date on;
  // Which certificate it concerns; absent: every kind.
  std::optional<pki::CertificateKind> kind = {};
  // The notice of leaving, for what comes of one.
  const registry::Departure* departure = nullptr;
  // Why a card lapsed.
  std::optional<LapseCause> lapse_cause = {};
  // Where the holder's record is kept.
  Whose whose = Whose::anyone;
  // The certificates that record something else than the register says now, for the rows that ask (Act 13).
  std::vector<registry::CertificateId> differing = {};
  // Of the mobile certificates on hold those that were reported by themselves, for a release.
  std::vector<registry::CertificateId> held_by_themselves = {};
  // That nothing changes but the furigana of a foreign resident.
  bool is_furigana_of_foreigner = false;
  // For a report about a former card: the card certificates that are on it. Absent: every certificate.
  std::optional<std::vector<registry::CertificateId>> on_former_card = {};
};

// Whether `candidate` rests on the card certificate `card`: a mobile one on that of its kind, a card's on
// itself.
[[nodiscard]] bool rests_on(const Candidate& candidate, const Candidate& card);

// What the cause does to each candidate; nothing for those that stay as they are.
[[nodiscard]] std::vector<registry::Consequence> consequences_of(const std::vector<Candidate>& list,
                                                                 const RevocationCause& cause,
                                                                 HoldRelease release);

// True where the holder must be notified of the lapse: Act 15(2), 16-14(2), 34(2), 35-14(2), for an error of
// the record, which the article then cites.
[[nodiscard]] bool asks_to_notify(const registry::Consequence& consequence);

// The candidates as they are after `consequences`, so that a plan can go on without writing.
void apply_to(std::vector<Candidate>& list, const std::vector<registry::Consequence>& consequences,
              pki::Time now);

}  // namespace law
