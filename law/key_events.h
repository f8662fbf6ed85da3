// The events about the card and about the keys and certificates on it: what each says.

#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "law/bound_field.h"
#include "pki/certificate_kind.h"
#include "pki/time.h"

namespace law {

using registry::OtherMunicipalityReason;

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

using CardPresent = PlainEvent<Event::card_present>;

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

}  // namespace law
