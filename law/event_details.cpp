// EventItems to members and back, by the type of the member.

#include "law/event_details.h"

#include <algorithm>
#include <array>

#include "law/permission.h"
#include "pki/birth_date.h"
#include "pki/messages/law.h"
#include "registry/municipalities.h"
#include "registry/words.h"

namespace law {

namespace {

using Card = registry::Departure::Card;
using EventItems = std::vector<EventItem>;

template <typename T>
constexpr bool kIsOptional = false;
template <typename T>
constexpr bool kIsOptional<std::optional<T>> = true;

template <typename Details>
constexpr auto make_taken_fields() {
  return std::apply(
      [](const auto&... bound) {
        return std::array<TakenField, sizeof...(bound)>{
            TakenField{bound.field, !kIsOptional<std::remove_cvref_t<decltype(Details{}.*(bound.member))>>,
                       bound.empty}...};
      },
      Details::fields());
}

// How many of the fields are not retired.
template <typename Details>
constexpr std::size_t count_current_fields() {
  return std::apply(
      [](const auto&... bound) {
        return (std::size_t{0} + ... + (bound.use == FieldUse::current ? 1U : 0U));
      },
      Details::fields());
}

template <typename Details>
constexpr auto kFields = make_taken_fields<Details>();

// The alternative of the event; `use` is called with a value of it. False for events that are not reported.
template <std::size_t i = 0, typename Use>
bool with_alternative(Event event, Use&& use) {
  if constexpr (i == std::variant_size_v<EventDetails>) {
    return false;
  } else {
    using Details = std::variant_alternative_t<i, EventDetails>;
    if (Details::kEvent != event) return with_alternative<i + 1>(event, use);
    use(Details{});
    return true;
  }
}

std::optional<std::string_view> find(const EventItems& items, EventField field) {
  const auto found = std::ranges::find(items, field, &EventItem::field);
  return found == items.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

std::string name_of(EventField field) {
  return std::string(to_string(field));
}

// A value of an enumeration, or what it may be.
template <typename T>
pki::Result<void> assign(std::optional<T> value, T& member, EventField field,
                         const pki::MessageText& choices) {
  if (!value) return pki::invalid(name_of(field), choices);
  member = *value;
  return {};
}

// One read_value for each type of member. `items` has what else was given, for values that depend on it.
pki::Result<void> read_value(EventField, std::string_view text, const EventItems&, std::string& member) {
  member = text;
  return {};
}

pki::Result<void> read_value(EventField field, std::string_view text, const EventItems&, pki::Date& member) {
  const auto date = field == EventField::birth ? pki::parse_birth_date(text) : pki::parse_date(text);
  if (!date)
    return pki::invalid(name_of(field), {messages::in_field, registry::word(field), date.error().message});
  member = *date;
  return {};
}

pki::Result<void> read_value(EventField, std::string_view text, const EventItems&, std::uint32_t& member) {
  TRY_ASSIGN(member, registry::parse_municipality_code(text));
  return {};
}

pki::Result<void> read_value(EventField field, std::string_view text, const EventItems&,
                             registry::Sex& member) {
  return assign(registry::parse_sex(text), member, field, messages::sex_choice);
}

pki::Result<void> read_value(EventField field, std::string_view text, const EventItems&,
                             CorrectionKind& member) {
  return assign(registry::parse_correction_kind(text), member, field, messages::correction_choice);
}

pki::Result<void> read_value(EventField field, std::string_view text, const EventItems&, Card& member) {
  const std::optional<Card> card = text == "true"    ? std::optional(Card::handed_in)
                                   : text == "false" ? std::optional(Card::kept)
                                                     : std::nullopt;
  return assign(card, member, field, messages::card_handed_in_choice);
}

pki::Result<void> read_value(EventField field, std::string_view text, const EventItems&, LapseCause& member) {
  return assign(registry::parse_lapse_cause(text), member, field, messages::lapse_cause_choice);
}

pki::Result<void> read_value(EventField field, std::string_view text, const EventItems&,
                             pki::CertificateKind& member) {
  return assign(pki::parse_certificate_kind(text), member, field, messages::kind_choice);
}

// Without a kind the list of signing certificates counts, and the words of the other one; a number that only
// that one has is not taken for both certificates.
pki::Result<void> read_value(EventField, std::string_view text, const EventItems& items,
                             OtherMunicipalityReason& member) {
  const auto word = find(items, EventField::kind);
  const auto kind = word ? pki::parse_certificate_kind(*word) : std::nullopt;
  auto reason = parse_other_municipality_reason(text, kind ? pki::ca_of(*kind) : pki::CaName::sign);
  if (!reason && !kind) {
    reason = parse_other_municipality_reason(text, pki::CaName::auth);
    if (reason && to_string(*reason) != text)
      return pki::invalid("reason", {messages::reason_of_auth_alone, text});
  }
  if (!reason) return reason.error();
  member = *reason;
  return {};
}

template <typename T>
pki::Result<void> read_value(EventField field, std::string_view text, const EventItems& items,
                             std::optional<T>& member) {
  return read_value(field, text, items, member.emplace());
}

// The counterparts: a member as the text of an item.
std::string text_of(const std::string& value) {
  return value;
}
std::string text_of(pki::Date value) {
  return pki::to_string(value);
}
std::string text_of(std::uint32_t value) {
  return registry::municipality_code_text(value);
}
std::string text_of(Card value) {
  return value == Card::handed_in ? "true" : "false";
}
std::string text_of(pki::CertificateKind value) {
  return std::string(pki::to_string(value));
}
template <typename Enum>
  requires std::is_enum_v<Enum>
std::string text_of(Enum value) {
  return std::string(to_string(value));
}

template <typename T>
void add_item(EventItems& items, EventField field, const T& value) {
  items.push_back({field, text_of(value)});
}
template <typename T>
void add_item(EventItems& items, EventField field, const std::optional<T>& value) {
  if (value) add_item(items, field, *value);
}

pki::Error does_not_belong(Event event, EventField field) {
  if (field == EventField::kind)
    return pki::invalid("kind", {messages::event_of_every_kind, registry::word(event)});
  return pki::invalid(name_of(field),
                      {messages::field_not_of_event, registry::word(field), registry::word(event)});
}

template <typename Details>
pki::Result<EventDetails> read_as(Details details, const EventItems& items) {
  constexpr Event event = Details::kEvent;
  for (const EventItem& item : items)
    if (std::ranges::find(kFields<Details>, item.field, &TakenField::field) == kFields<Details>.end())
      return does_not_belong(event, item.field);
  std::optional<pki::Error> error;
  const auto read_one = [&](const auto& bound) {
    if (error) return;
    auto& member = details.*(bound.member);
    if (const auto text = find(items, bound.field)) {
      if (const auto read = read_value(bound.field, *text, items, member); read.has_error())
        error = read.error();
    } else if (!kIsOptional<std::remove_cvref_t<decltype(member)>>) {
      error = pki::invalid(name_of(bound.field), {messages::field_missing, registry::word(event),
                                                  registry::word(bound.field), to_string(event)});
    }
  };
  std::apply([&](const auto&... bound) { (read_one(bound), ...); }, Details::fields());
  if (error) return *error;
  return EventDetails(std::move(details));
}

}  // namespace

Event event_of(const EventDetails& details) {
  return std::visit([](const auto& one) { return one.kEvent; }, details);
}

std::span<const TakenField> fields_taken_by(Event event) {
  std::span<const TakenField> fields;
  with_alternative(event, [&]<typename Details>(const Details&) {
    fields = std::span<const TakenField>(kFields<Details>).first(count_current_fields<Details>());
  });
  return fields;
}

pki::Result<void> check_retired_fields(const EventDetails& details) {
  const auto taken = fields_taken_by(event_of(details));
  for (const EventItem& item : items_of(details))
    if (std::ranges::find(taken, item.field, &TakenField::field) == taken.end())
      return does_not_belong(event_of(details), item.field);
  return {};
}

pki::Result<EventDetails> read_details(Event event, const EventItems& items) {
  std::optional<pki::Result<EventDetails>> details;
  with_alternative(event, [&](auto alternative) { details = read_as(std::move(alternative), items); });
  if (!details) return pki::invalid("event", {messages::event_not_reported, registry::word(event)});
  return std::move(*details);
}

EventItems items_of(const EventDetails& details) {
  EventItems items;
  std::visit(
      [&](const auto& one) {
        std::apply([&](const auto&... bound) { (add_item(items, bound.field, one.*(bound.member)), ...); },
                   one.fields());
      },
      details);
  return items;
}

std::optional<pki::CertificateKind> kind_in(const EventDetails& details) {
  return std::visit(
      [](const auto& one) -> std::optional<pki::CertificateKind> {
        if constexpr (requires { one.kind; }) return one.kind;
        return std::nullopt;
      },
      details);
}

std::optional<OtherMunicipalityReason> other_municipality_reason_in(const EventDetails& details) {
  return std::visit(
      [](const auto& one) -> std::optional<OtherMunicipalityReason> {
        if constexpr (requires { one.reason; }) return one.reason;
        return std::nullopt;
      },
      details);
}

std::optional<pki::Date> planned_date_in(const EventDetails& details) {
  return std::visit(
      [](const auto& one) -> std::optional<pki::Date> {
        if constexpr (requires { one.planned; }) return one.planned;
        return std::nullopt;
      },
      details);
}

std::optional<pki::Date> card_expiry_in(const EventDetails& details) {
  return std::visit(
      [](const auto& one) -> std::optional<pki::Date> {
        if constexpr (requires { one.card_expires; }) return one.card_expires;
        return std::nullopt;
      },
      details);
}

std::optional<std::string> application_in(const EventDetails& details) {
  return std::visit(
      [](const auto& one) -> std::optional<std::string> {
        if constexpr (requires { one.application; }) return one.application;
        return std::nullopt;
      },
      details);
}

std::optional<std::string> insistence_in(const EventDetails& details) {
  const auto* correction = std::get_if<MinorCorrection>(&details);
  return correction == nullptr ? std::nullopt : correction->insist;
}

}  // namespace law
