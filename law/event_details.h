// What each event says: one struct for each event, and with it the fields that the event takes.
//
// The structs are the table of event fields. A member that is not optional is a field that the event needs.
// The API reads events by it, the command line and feeds offer the fields by it, the store keeps the items by
// it; docs/cli.md and docs/openapi.yaml are checked against it (law/event_fields.h has the fields' types and
// texts).

#pragma once

#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "law/rule.h"
#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/events.h"
#include "registry/residents.h"

namespace law {

using registry::CorrectionKind;
using registry::EventField;
using registry::EventItem;
using registry::OtherMunicipalityReason;

// What an empty text in a field says.
enum class EmptyText {
  invalid,
  removes,  // The item is removed from the register: a former surname, an alias.
};

// Whether new reports may have a field.
enum class FieldUse {
  current,
  // Read so that a report which an earlier version recorded is recognised when it is repeated; refused in a
  // new report.
  retired,
};

// A member of an event's struct, and the field that fills it.
template <typename Details, typename Value>
struct BoundField {
  EventField field;
  Value Details::* member;
  EmptyText empty = EmptyText::invalid;
  FieldUse use = FieldUse::current;
};

// Each fields() is in the order of EventField, which is the order of the stored items; retired ones come
// last.

struct AddressChange {
  static constexpr Event kEvent = Event::address_change;
  std::string address;
  std::optional<std::uint32_t> municipality = {};  // Absent: the present one.
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::address, &AddressChange::address},
                      BoundField{EventField::municipality, &AddressChange::municipality}};
  }
  friend bool operator==(const AddressChange&, const AddressChange&) = default;
};

// At least one of the two.
struct NameChange {
  static constexpr Event kEvent = Event::name_change;
  std::optional<std::string> name = {}, furigana = {};
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::name, &NameChange::name},
                      BoundField{EventField::furigana, &NameChange::furigana}};
  }
  friend bool operator==(const NameChange&, const NameChange&) = default;
};

struct BirthDateChange {
  static constexpr Event kEvent = Event::birth_date_change;
  pki::Date birth;
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::birth, &BirthDateChange::birth}};
  }
  friend bool operator==(const BirthDateChange&, const BirthDateChange&) = default;
};

struct SexChange {
  static constexpr Event kEvent = Event::sex_change;
  registry::Sex sex = registry::Sex::unknown;
  static constexpr auto fields() { return std::tuple{BoundField{EventField::sex, &SexChange::sex}}; }
  friend bool operator==(const SexChange&, const SexChange&) = default;
};

struct MinorCorrection {
  static constexpr Event kEvent = Event::minor_correction;
  std::optional<std::string> name = {}, former_name = {}, alias = {}, address = {};
  CorrectionKind correction = CorrectionKind::plain_form;
  // Why the municipality takes for a minor correction what the program cannot recognise as one; goes into the
  // audit log. Absent: the program's comparison decides.
  std::optional<std::string> insist = {};
  std::optional<std::uint32_t> municipality = {};
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::name, &MinorCorrection::name},
                      BoundField{EventField::former_name, &MinorCorrection::former_name},
                      BoundField{EventField::alias, &MinorCorrection::alias},
                      BoundField{EventField::address, &MinorCorrection::address},
                      BoundField{EventField::correction, &MinorCorrection::correction},
                      BoundField{EventField::insist, &MinorCorrection::insist},
                      BoundField{EventField::municipality, &MinorCorrection::municipality}};
  }
  friend bool operator==(const MinorCorrection&, const MinorCorrection&) = default;
};

struct FuriganaEntry {
  static constexpr Event kEvent = Event::furigana_entry;
  std::string furigana;
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::furigana, &FuriganaEntry::furigana}};
  }
  friend bool operator==(const FuriganaEntry&, const FuriganaEntry&) = default;
};

struct FormerNameChange {
  static constexpr Event kEvent = Event::former_name_change;
  std::string former_name;
  static constexpr auto fields() {
    return std::tuple{
        BoundField{EventField::former_name, &FormerNameChange::former_name, EmptyText::removes}};
  }
  friend bool operator==(const FormerNameChange&, const FormerNameChange&) = default;
};

struct AliasChange {
  static constexpr Event kEvent = Event::alias_change;
  std::string alias;
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::alias, &AliasChange::alias, EmptyText::removes}};
  }
  friend bool operator==(const AliasChange&, const AliasChange&) = default;
};

struct MoveOut {
  static constexpr Event kEvent = Event::move_out;
  // The one date, with that of OverseasExit, that may lie in the future.
  pki::Date planned;
  static constexpr auto fields() { return std::tuple{BoundField{EventField::planned, &MoveOut::planned}}; }
  friend bool operator==(const MoveOut&, const MoveOut&) = default;
};

struct OverseasExit {
  static constexpr Event kEvent = Event::overseas_exit;
  pki::Date planned;
  std::optional<registry::Departure::Card> card_handed_in = {};  // Absent: the holder keeps the card.
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::planned, &OverseasExit::planned},
                      BoundField{EventField::card_handed_in, &OverseasExit::card_handed_in}};
  }
  friend bool operator==(const OverseasExit&, const OverseasExit&) = default;
};

struct CardIssue {
  static constexpr Event kEvent = Event::card_issue;
  pki::Date card_expires;
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::card_expires, &CardIssue::card_expires}};
  }
  friend bool operator==(const CardIssue&, const CardIssue&) = default;
};

struct CardLapse {
  static constexpr Event kEvent = Event::card_lapse;
  LapseCause cause = LapseCause::returned;
  std::optional<pki::CertificateKind> retired_kind = {};
  static constexpr auto fields() {
    return std::tuple{
        BoundField{EventField::cause, &CardLapse::cause},
        BoundField{EventField::kind, &CardLapse::retired_kind, EmptyText::invalid, FieldUse::retired}};
  }
  friend bool operator==(const CardLapse&, const CardLapse&) = default;
};

struct CardReturn {
  static constexpr Event kEvent = Event::card_return;
  std::optional<pki::CertificateKind> retired_kind = {};
  static constexpr auto fields() {
    return std::tuple{
        BoundField{EventField::kind, &CardReturn::retired_kind, EmptyText::invalid, FieldUse::retired}};
  }
  friend bool operator==(const CardReturn&, const CardReturn&) = default;
};

// Any item of the register with its correct value; none for a resident who was removed by mistake.
struct Correction {
  static constexpr Event kEvent = Event::correction;
  std::optional<std::string> name = {}, furigana = {}, former_name = {}, alias = {}, address = {};
  std::optional<pki::Date> birth = {};
  std::optional<registry::Sex> sex = {};
  std::optional<std::uint32_t> municipality = {};
  std::optional<pki::Date> card_expires = {};
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::name, &Correction::name},
                      BoundField{EventField::furigana, &Correction::furigana},
                      BoundField{EventField::former_name, &Correction::former_name},
                      BoundField{EventField::alias, &Correction::alias},
                      BoundField{EventField::address, &Correction::address},
                      BoundField{EventField::birth, &Correction::birth},
                      BoundField{EventField::sex, &Correction::sex},
                      BoundField{EventField::municipality, &Correction::municipality},
                      BoundField{EventField::card_expires, &Correction::card_expires}};
  }
  friend bool operator==(const Correction&, const Correction&) = default;
};

// The holder's own application or notice (Act 9, 10, 28, 29; of a phone 16-8, 16-9, 35-8, 35-9).
template <Event event>
struct HolderRequest {
  static constexpr Event kEvent = event;
  std::optional<pki::CertificateKind> kind = {};       // Absent: every kind.
  std::optional<OtherMunicipalityReason> reason = {};  // At another municipality than that of residence.
  // The SHA-256 of the document, in hexadecimal, when the holder made it online (law/signed_notice.h).
  std::optional<std::string> application = {};
  static constexpr auto fields() {
    return std::tuple{BoundField{EventField::kind, &HolderRequest::kind},
                      BoundField{EventField::reason, &HolderRequest::reason},
                      BoundField{EventField::application, &HolderRequest::application}};
  }
  friend bool operator==(const HolderRequest&, const HolderRequest&) = default;
};
using HolderApplication = HolderRequest<Event::holder_application>;
using KeyNotice = HolderRequest<Event::key_notice>;

// An event about keys, which may concern one kind of certificate alone. All others concern every certificate:
// Act 12(1), 31(1) and Ordinance 17, 53 know no choice.
template <Event event>
struct KeyEvent {
  static constexpr Event kEvent = event;
  std::optional<pki::CertificateKind> kind = {};  // Absent: every kind.
  static constexpr auto fields() { return std::tuple{BoundField{EventField::kind, &KeyEvent::kind}}; }
  friend bool operator==(const KeyEvent&, const KeyEvent&) = default;
};
using Undelivered = KeyEvent<Event::undelivered>;
using RecordError = KeyEvent<Event::record_error>;
using Hold = KeyEvent<Event::hold>;
using Release = KeyEvent<Event::release>;

// An event that says nothing besides its date.
template <Event event>
struct PlainEvent {
  static constexpr Event kEvent = event;
  static constexpr auto fields() { return std::tuple{}; }
  friend bool operator==(const PlainEvent&, const PlainEvent&) = default;
};
using MoveOutCancel = PlainEvent<Event::move_out_cancel>;
using Death = PlainEvent<Event::death>;
using Deletion = PlainEvent<Event::deletion>;
using OverseasReturn = PlainEvent<Event::overseas_return>;
using OverseasRecordDeletion = PlainEvent<Event::overseas_record_deletion>;
using CardPresent = PlainEvent<Event::card_present>;

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
