// What happened to residents, and what each event did to their certificates.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pki/certificate_kind.h"
#include "pki/crl_reason.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "registry/resident_id.h"
#include "registry/schema.h"
#include "store/environment.h"
#include "store/vault.h"

namespace registry {

// What an event did to one certificate.
struct Consequence {
  CertificateId certificate;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  std::string outcome;  // revoke, hold, release, supersede
  std::optional<pki::CrlReason> reason;
  std::string article;
};

struct EventRecord {
  ResidentId resident;
  std::uint64_t sequence = 0;  // 1 for the resident's first event
  std::string name;            // e.g. address-change
  pki::Date occurred_on;
  pki::Time recorded_at;
  Actor actor;
  std::string event_id;  // The feed's own id; empty without one.
  // What the event carried, by field name; personal items among them, so the record is sealed.
  std::vector<std::pair<std::string, std::string>> items;
  std::vector<Consequence> consequences;
  // The number that a feed gave the event, and the feed's name, which may be empty: numbers of one feed rise
  // within a resident.
  std::string feed = {};
  std::optional<std::uint64_t> feed_sequence = {};
};

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
