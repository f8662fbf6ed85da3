// From an event about a person to what falls: decides by the rule table, then writes everything at once.
//
// By the Act (15(1), 34(1)) a certificate lapses when the ground is recorded: the commit is the revocation.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ca/rule.h"
#include "pki/result.h"
#include "registry/events.h"
#include "registry/residents.h"
#include "registry/vault.h"
#include "registry/writer.h"

namespace ca {

// What the authority is told. Which items an event needs is checked by plan_event.
struct EventRequest {
  registry::ResidentId resident;
  Event event = Event::address_change;
  // The day on which it happened; absent: today in Japan.
  std::optional<pki::Date> occurred_on;
  std::optional<std::string> name, furigana, former_name, alias, address;
  std::optional<pki::Date> birth;
  std::optional<registry::Sex> sex;
  std::optional<std::uint32_t> municipality;
  std::optional<pki::Date> card_expires;
  // The number of the cause (card-lapse) or the kind of correction (minor-correction), as given.
  std::optional<std::string> cause, correction;
  // For events about keys or a card: which certificate; absent: every kind.
  std::optional<pki::CertificateKind> kind;
  // The feed's own id: an event already recorded under it is not recorded again.
  std::string event_id;
  // The feed's number of the event: numbers of one feed rise within a resident. Feeds that number apart from
  // one another have names.
  std::optional<std::uint64_t> feed_sequence = {};
  std::string feed = {};
};

// Whether hold can be lifted from an authentication certificate: the deck says yes, CPS 4.9.9 says never.
enum class HoldRelease { auth, never };

// What an event would do, and the resident's state after it.
struct EventPlan {
  registry::Resident resident;
  registry::EventRecord record;
  // True when the feed's id was seen before: nothing is written.
  bool repeated = false;
};

// Reads and decides; writes nothing. Errors: not_found (no such resident), invalid_value (an item is missing
// or wrong), forbidden and refused_by_law (with the article).
[[nodiscard]] pki::Result<EventPlan> plan_event(const registry::ReadTransaction& transaction,
                                                const registry::Vault& vault, const EventRequest& request,
                                                const registry::Actor& actor, pki::Time now,
                                                HoldRelease release);

// Plans and writes: the resident's new state, the event, the revocations and their changes.
[[nodiscard]] pki::Result<EventPlan> record_event(registry::CommandContext& context,
                                                  const registry::Vault& vault, const EventRequest& request,
                                                  HoldRelease release);

}  // namespace ca
