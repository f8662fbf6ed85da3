// What each event says: one struct for each event, and with it the fields that the event takes.
//
// The structs (law/register_events.h, law/move_events.h, law/key_events.h) are the table of event fields. A
// member that is not optional is a field that the event needs. The API reads events by it, the command line
// and feeds offer the fields by it, the store keeps the items by it; docs/cli.md and docs/openapi.yaml are
// checked against it (law/event_fields.h has the fields' types and texts).

#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "law/key_events.h"
#include "law/move_events.h"
#include "law/register_events.h"
#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/events.h"

namespace law {

using registry::EventItem;

// The events that can be reported (is_reported), in the order of Event.
using EventDetails =
    std::variant<AddressChange, NameChange, BirthDateChange, SexChange, MinorCorrection, FuriganaEntry,
                 FormerNameChange, AliasChange, MoveOut, MoveOutCancel, Death, Deletion, OverseasExit,
                 OverseasReturn, OverseasRecordDeletion, CardIssue, CardPresent, CardLapse, CardReturn,
                 Undelivered, HolderApplication, KeyNotice, RecordError, Hold, Release, Correction>;

[[nodiscard]] Event event_of(const EventDetails& details);

// A field that an event takes.
struct TakenField {
  EventField field = EventField::name;
  bool is_required = false;
  EmptyText empty = EmptyText::invalid;
};
// Without retired ones, in the order of EventField; none for the events that are not reported.
[[nodiscard]] std::span<const TakenField> fields_taken_by(Event event);

// Errc::invalid_value when a new report has a retired field.
[[nodiscard]] pki::Result<void> check_retired_fields(const EventDetails& details);

// Reads the items of a reported event. Errc::invalid_value names the field that does not belong to the event,
// is missing or has no such value. What the law asks of the values is apply_items()'s.
[[nodiscard]] pki::Result<EventDetails> read_details(Event event, const std::vector<EventItem>& items);
// The items as they are kept with the event; read_details() reads them back.
[[nodiscard]] std::vector<EventItem> items_of(const EventDetails& details);

// Members that several events have; absent when the event has no such field or it was not given.
[[nodiscard]] std::optional<pki::CertificateKind> kind_in(const EventDetails& details);
[[nodiscard]] std::optional<OtherMunicipalityReason> other_municipality_reason_in(
    const EventDetails& details);
[[nodiscard]] std::optional<pki::Date> planned_date_in(const EventDetails& details);
[[nodiscard]] std::optional<pki::Date> card_expiry_in(const EventDetails& details);
// The SHA-256 of the holder's signed document.
[[nodiscard]] std::optional<std::string> application_in(const EventDetails& details);
// Why a municipality insists on a minor correction.
[[nodiscard]] std::optional<std::string> insistence_in(const EventDetails& details);

}  // namespace law
