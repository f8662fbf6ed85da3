// An event as a caller fills it in: any field with any text, also ones that the event does not take.
//
// Requests of the program cannot be wrong in this way (law/event_details.h); tests of the law need reports
// that are, and one type for all events.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "law/lifecycle.h"
#include "registry/municipalities.h"

namespace support {

struct EventDraft {
  registry::ResidentId resident = {};
  law::Event event = law::Event::address_change;
  std::optional<pki::Date> occurred_on = {};
  std::optional<std::string> name = {}, furigana = {}, former_name = {}, alias = {}, address = {};
  std::optional<std::string> cause = {}, correction = {}, insist = {};
  std::optional<pki::Date> birth = {};
  std::optional<registry::Sex> sex = {};
  std::optional<std::uint32_t> municipality = {};
  std::optional<pki::Date> card_expires = {}, planned = {};
  std::optional<registry::Departure::Card> card = {};
  std::optional<pki::CertificateKind> kind = {};
  std::string other_municipality_reason = {};
  std::optional<law::SignedNotice> notice = {};
  std::string event_id = {};
  std::optional<std::uint64_t> feed_sequence = {};
  std::string feed = {};

  [[nodiscard]] std::vector<registry::EventItem> items() const {
    using Field = registry::EventField;
    std::vector<registry::EventItem> list;
    const auto add = [&list](registry::EventField field, const std::optional<std::string>& value) {
      if (value) list.push_back({field, *value});
    };
    const auto date = [](const std::optional<pki::Date>& value) {
      return value ? std::optional(pki::to_string(*value)) : std::nullopt;
    };
    add(Field::name, name);
    add(Field::furigana, furigana);
    add(Field::former_name, former_name);
    add(Field::alias, alias);
    add(Field::address, address);
    add(Field::cause, cause);
    add(Field::correction, correction);
    add(Field::insist, insist);
    add(Field::birth, date(birth));
    if (sex) add(Field::sex, std::string(to_string(*sex)));
    if (municipality) add(Field::municipality, registry::municipality_code_text(*municipality));
    add(Field::card_expires, date(card_expires));
    add(Field::planned, date(planned));
    if (card) add(Field::card_handed_in, *card == registry::Departure::Card::handed_in ? "true" : "false");
    if (kind) add(Field::kind, std::string(pki::to_string(*kind)));
    if (!other_municipality_reason.empty()) add(Field::reason, other_municipality_reason);
    if (notice) add(Field::application, notice->sha256);
    return list;
  }

  // As the API reads it.
  [[nodiscard]] pki::Result<law::EventRequest> request() const {
    law::EventRequest request;
    TRY_ASSIGN(request.details, law::read_details(event, items()));
    request.resident = resident;
    request.occurred_on = occurred_on;
    request.event_id = event_id;
    request.feed_sequence = feed_sequence;
    request.feed = feed;
    request.notice = notice;
    return request;
  }
};

}  // namespace support
