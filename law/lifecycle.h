// From a reported event to its consequences: decides by the rule table, then writes everything in one commit.
//
// By the Act (15(1), 34(1)) a certificate lapses when the ground is recorded: the commit is the revocation.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "law/consequence.h"
#include "law/correction.h"
#include "law/due.h"
#include "law/event_details.h"
#include "law/signed_notice.h"
#include "pki/result.h"
#include "registry/actor.h"
#include "registry/events.h"
#include "registry/residents.h"
#include "store/vault.h"
#include "store/writer.h"

namespace law {

// A report of an event, as a municipality or the agency makes it.
struct EventRequest {
  registry::ResidentId resident;
  EventDetails details;
  // The day on which it happened; absent: today in Japan.
  std::optional<pki::Date> occurred_on = {};
  // The feed's own id: an event already recorded under it is not recorded again.
  std::string event_id = {};
  // The feed's number of the event: numbers of one feed rise within a resident. Feeds that number apart from
  // one another have names.
  std::optional<std::uint64_t> feed_sequence = {};
  std::string feed = {};
  // The holder's signed document, whose digest the details have.
  std::optional<SignedNotice> notice = {};

  [[nodiscard]] Event event() const { return event_of(details); }
};

// What an event would do, and the resident's state after it.
struct EventPlan {
  registry::Resident resident;
  // As on record before the event, and before the clocks that had ended.
  registry::Resident before;
  registry::EventRecord record;
  // Which of the four items the event changes, for an operator to read.
  std::vector<ItemChange> changes;
  // Events of clocks that had ended before the report, and of those that end the moment the event is
  // recorded (a planned date that is over already). Recorded with it, in this order around it.
  std::vector<registry::EventRecord> earlier, following;
  // What the resident's clocks will bring if nothing else happens.
  std::vector<UpcomingEvent> upcoming_events;
  // True when the feed's id was seen before: nothing is written.
  bool repeated = false;
};

// Reads and decides; writes nothing. Errors: not_found (no such resident), invalid_value (an item is missing
// or wrong), forbidden and refused_by_law (with the article).
[[nodiscard]] pki::Result<EventPlan> plan_event(const store::ReadTransaction& transaction,
                                                const store::Vault& vault, const EventRequest& request,
                                                const registry::Actor& actor, pki::Time now,
                                                const RegisterPolicy& policy);

// Plans and writes: the resident's new state, the event, the revocations and their changes.
[[nodiscard]] pki::Result<EventPlan> record_event(store::CommandContext& context, const store::Vault& vault,
                                                  const EventRequest& request, const RegisterPolicy& policy);

// Writes events and what they do to certificates; the resident's record is the caller's.
void write_events(store::CommandContext& context, const store::Vault& vault,
                  const std::vector<registry::EventRecord>& events);

}  // namespace law
