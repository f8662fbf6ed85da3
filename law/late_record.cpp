// The two lists that events keep of certificates, completed.

#include "law/late_record.h"

#include <algorithm>

#include "law/due.h"
#include "law/rule.h"
#include "law/rule_table.h"
#include "law/sweep.h"
#include "pki/plain_form.h"
#include "registry/municipalities.h"

namespace law {

namespace {

using registry::EventRecord;

// As it was given; what its planned date brought is an event of a clock.
bool is_notice_of_exit(const EventRecord& event) {
  return event.event == Event::overseas_exit && !registry::clock_of(event);
}

bool leaves_japan(const registry::Resident& holder) {
  return holder.departure && holder.departure->destination == registry::Departure::Destination::abroad;
}

}  // namespace

bool is_in_window(const registry::Resident& holder, pki::Date on) {
  return leaves_japan(holder) && !holder.is_foreign && on >= kAbroad;
}

bool is_outside_window(const registry::Resident& holder, pki::Date on) {
  return leaves_japan(holder) && !is_in_window(holder, on);
}

registry::Resident as_certified(registry::Resident resident, pki::Date on) {
  if (is_outside_window(resident, on)) resident.departure.reset();
  return resident;
}

NoticeOrder order_of_issue(const std::vector<EventRecord>& history, const registry::Resident& at_intent,
                           pki::Date on) {
  if (is_outside_window(at_intent, on)) return NoticeOrder::before_notice;
  bool goes_on = is_in_window(at_intent, on);
  for (const EventRecord& event : history) {
    if (event.sequence <= at_intent.version || registry::clock_of(event)) continue;
    // A notice with another day goes on with the window of the first.
    if (is_notice_of_exit(event) && !goes_on) return NoticeOrder::before_notice;
    // The window ends with the day that the notice gives now.
    const auto planned = registry::item_of(event, registry::EventField::planned);
    if (is_notice_of_exit(event) && planned && pki::or_throw(pki::parse_date(*planned)) < on)
      return NoticeOrder::before_notice;
    if (event.event == Event::move_out || event.event == Event::move_out_cancel ||
        event.event == Event::address_change)
      goes_on = false;
  }
  return NoticeOrder::since_notice;
}

bool says_what_is_on_record(const EventRecord& event, const registry::Resident& resident) {
  using enum registry::EventField;
  const auto is_same = [&](const registry::EventItem& item) {
    const auto is_name = [&](const std::string& present) {
      return pki::is_same_name(pki::register_form(item.value), pki::register_form(present));
    };
    if (item.field == name) return is_name(resident.name);
    if (item.field == furigana) return is_name(resident.furigana);
    if (item.field == former_name) return is_name(resident.former_name);
    if (item.field == alias) return is_name(resident.alias);
    if (item.field == address)
      return pki::is_same_address(pki::register_form(item.value), pki::register_form(resident.address));
    if (item.field == birth) return item.value == pki::to_string(resident.birth);
    if (item.field == sex) return item.value == to_string(resident.sex);
    if (item.field == municipality)
      return item.value == registry::municipality_code_text(resident.municipality);
    return false;
  };
  return !event.items.empty() && std::ranges::all_of(event.items, is_same);
}

NoticeOrder order_of_lost(const std::vector<EventRecord>& since,
                          const registry::IssuedCertificate& certificate) {
  if (certificate.entry && certificate.entry->leaves_on) return NoticeOrder::since_notice;
  const bool is_of_entry = pki::ca_of(certificate.kind) == pki::CaName::sign;
  const pki::Date issued_on = pki::jst_date(certificate.not_before);
  // Notices that the backup holds are older than the issue.
  const bool came_later = std::ranges::any_of(since, [&](const EventRecord& event) {
    return is_notice_of_exit(event) && (is_of_entry || event.occurred_on >= issued_on);
  });
  return came_later ? NoticeOrder::before_notice : NoticeOrder::since_notice;
}

void note_in_clocks(store::CommandContext& context, const store::Vault& vault,
                    const registry::IssuedCertificate& certificate, NoticeOrder order) {
  auto resident = registry::find_resident(context.transaction, vault, certificate.resident);
  if (!resident) return;
  const registry::Resident before = *resident;
  auto& departure = resident->departure;
  const bool is_noted = order == NoticeOrder::since_notice || !departure ||
                        std::ranges::count(departure->certificates, certificate.id) > 0;
  if (!is_noted) departure->certificates.push_back(certificate.id);
  const bool outlives_card = resident->card_expires && !resident->card_lapsed_on &&
                             pki::jst_end_of_day(*resident->card_expires) < certificate.not_after;
  if (outlives_card) resident->card_outlived_on = resident->card_expires;
  if (!is_noted || resident->card_outlived_on != before.card_outlived_on) {
    registry::put_resident(context.transaction, vault, *resident);
    update_dues(context.transaction, before, *resident);
  }
  sweep_resident(context, vault, certificate.resident);
}

}  // namespace law
