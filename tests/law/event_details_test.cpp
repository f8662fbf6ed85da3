// The table of event fields: what each event takes, and that the items of an event are read back.

#include "law/event_details.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "law/event_fields.h"

namespace law {

namespace {

// A value that the field can have.
std::string example_of(EventField field) {
  switch (field) {
    case EventField::cause:
      return "13";
    case EventField::correction:
      return "glyph";
    case EventField::birth:
      return "1980-00-00";
    case EventField::sex:
      return "female";
    case EventField::municipality:
      return "132217";
    case EventField::card_expires:
    case EventField::planned:
      return "2026-12-20";
    case EventField::card_handed_in:
      return "true";
    case EventField::kind:
      return "mobile-sign";
    case EventField::reason:
      return "domestic-violence";
    default:
      return "模擬";
  }
}

std::vector<Event> reported_events() {
  std::vector<Event> events;
  for (const Rule& rule : all_rules())
    if (is_reported(rule.event) && (events.empty() || events.back() != rule.event))
      events.push_back(rule.event);
  return events;
}

}  // namespace

TEST_CASE("every reported event has a struct, and its items are read back in their order") {
  for (const Event event : reported_events()) {
    CAPTURE(to_string(event));
    const auto taken = fields_taken_by(event);
    CHECK(std::ranges::is_sorted(taken, {}, &TakenField::field));
    std::vector<EventItem> items;
    for (const TakenField& one : taken)
      items.push_back({one.field, example_of(one.field)});
    const auto details = read_details(event, items);
    REQUIRE(details.has_value());
    CHECK(event_of(*details) == event);
    CHECK(items_of(*details) == items);
    CHECK(check_retired_fields(*details).has_value());
  }
  CHECK(fields_taken_by(Event::renewal).empty());
  CHECK(read_details(Event::renewal, {}).error().field == "event");
}

TEST_CASE("without a required item an event is refused by the item's name; with a foreign item as well") {
  for (const Event event : reported_events()) {
    CAPTURE(to_string(event));
    const auto taken = fields_taken_by(event);
    for (const TakenField& left_out : taken) {
      std::vector<EventItem> items;
      for (const TakenField& one : taken)
        if (one.field != left_out.field) items.push_back({one.field, example_of(one.field)});
      const auto details = read_details(event, items);
      CHECK(details.has_value() != left_out.is_required);
      if (!details) CHECK(details.error().field == to_string(left_out.field));
    }
    for (const FieldRow& row : event_field_rows()) {
      if (takes(event, row)) continue;
      std::vector<EventItem> items;
      for (const TakenField& one : taken)
        items.push_back({one.field, example_of(one.field)});
      items.push_back({*row.item, example_of(*row.item)});
      const auto details = read_details(event, items);
      const auto checked = details ? check_retired_fields(*details) : pki::Result<void>(details.error());
      CHECK(checked.error().field == row.name);
    }
  }
}

TEST_CASE("a value that a field cannot have is refused by the field's name") {
  const std::pair<Event, EventItem> wrong[] = {
      {Event::birth_date_change, {EventField::birth, "1980-13-01"}},
      {Event::sex_change, {EventField::sex, "x"}},
      {Event::move_out, {EventField::planned, "2026-00-00"}},
      {Event::card_lapse, {EventField::cause, "15"}},
      {Event::minor_correction, {EventField::correction, "typing-error"}},
      {Event::hold, {EventField::kind, "both"}},
      {Event::key_notice, {EventField::reason, "8"}},
      {Event::correction, {EventField::municipality, "132218"}},
      {Event::overseas_exit, {EventField::card_handed_in, "yes"}}};
  for (const auto& [event, item] : wrong) {
    CAPTURE(to_string(item.field));
    std::vector<EventItem> items = {item};
    if (event == Event::overseas_exit) items.push_back({EventField::planned, "2026-12-20"});
    CHECK(read_details(event, items).error().field == to_string(item.field));
  }
  // Each CA has its own list of reasons; the number that one alone has needs the kind.
  const auto reads = [](const char* kind, const char* reason) {
    std::vector<EventItem> items = {{EventField::reason, reason}};
    if (*kind != '\0') items.push_back({EventField::kind, kind});
    return read_details(Event::holder_application, items).has_value();
  };
  CHECK(reads("auth", "7"));
  CHECK_FALSE(reads("sign", "7"));
  CHECK_FALSE(reads("", "7"));
}

TEST_CASE("every row fills an item that some event takes, and has an option and a text") {
  for (const FieldRow& row : event_field_rows()) {
    CAPTURE(row.name);
    CHECK_FALSE(row.text.empty());
    CHECK(find_field_row(row.name) == &row);
    CHECK(option_of(row).starts_with("--"));
    CHECK(option_of(row).find('_') == std::string::npos);
    if (!row.item) continue;
    CHECK(row.name == to_string(*row.item));
    CHECK(&row_of(*row.item) == &row);
    CHECK(std::ranges::any_of(reported_events(), [&](Event event) { return takes(event, row); }));
  }
  for (const Event event : reported_events())
    for (const TakenField& taken : fields_taken_by(event))
      CHECK(find_field_row(to_string(taken.field)) != nullptr);
}

}  // namespace law
