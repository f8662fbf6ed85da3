// What happened to residents, and what each event did to their certificates.
//
// The stored form keeps the words of registry/event_words, so a record is readable and its order of values is
// not the program's.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/crl_reason.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "registry/due.h"
#include "registry/event_words.h"
#include "registry/resident_id.h"
#include "registry/schema.h"
#include "store/environment.h"
#include "store/vault.h"

namespace registry {

// What an event did to one certificate.
struct Consequence {
  CertificateId certificate;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  Outcome outcome = Outcome::revoke;
  std::optional<pki::CrlReason> reason;
  std::string article;
};

// One item that an event carried, as text.
struct EventItem {
  EventField field = EventField::name;
  std::string value;

  friend bool operator==(const EventItem&, const EventItem&) = default;
};

struct EventRecord {
  ResidentId resident;
  std::uint64_t sequence = 0;  // 1 for the resident's first event
  Event event = Event::address_change;
  pki::Date occurred_on;
  pki::Time recorded_at;
  Actor actor;
  std::string event_id;  // The feed's own id; empty without one.
  // What the event carried; personal items among them, so the record is sealed.
  std::vector<EventItem> items;
  std::vector<Consequence> consequences;
  // The number that a feed gave the event, and the feed's name, which may be empty: numbers of one feed rise
  // within a resident.
  std::string feed = {};
  std::optional<std::uint64_t> feed_sequence = {};
};

// The value of an item; nothing when the event carried none.
[[nodiscard]] std::optional<std::string_view> item_of(const EventRecord& event, EventField field);
// The kind of certificate that the event was about; absent: every kind.
[[nodiscard]] std::optional<pki::CertificateKind> kind_of(const EventRecord& event);
// The clock that brought the event; absent for a reported one.
[[nodiscard]] std::optional<DueCause> clock_of(const EventRecord& event);
// Why the card lapsed; absent for other events and at the end of the card's validity.
[[nodiscard]] std::optional<LapseCause> lapse_cause_of(const EventRecord& event);

void put_event(store::WriteTransaction& transaction, const store::Vault& vault, const EventRecord& event);
// In order of their recording.
[[nodiscard]] std::vector<EventRecord> events_of(const store::ReadTransaction& transaction,
                                                 const store::Vault& vault, ResidentId resident);
// The event that was recorded under a feed's id, if any: it is not recorded again.
[[nodiscard]] std::optional<EventRecord> find_event(const store::ReadTransaction& transaction,
                                                    const store::Vault& vault, std::string_view event_id);

// The number of the last event of a resident that this feed numbered, if any.
[[nodiscard]] std::optional<std::uint64_t> last_feed_sequence(const store::ReadTransaction& transaction,
                                                              const store::Vault& vault, ResidentId resident,
                                                              std::string_view feed);

}  // namespace registry
