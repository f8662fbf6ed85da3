// The decision and its writing.

#include "law/lifecycle.h"

#include <algorithm>

#include "law/differing.h"
#include "law/event_items.h"
#include "law/mobile.h"
#include "law/permission.h"
#include "pki/plain_form.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/compromise.h"

namespace law {

namespace {

using registry::Consequence;

pki::Result<pki::Date> check_day(const EventRequest& request, const registry::Resident& resident,
                                 pki::Date today) {
  const pki::Date day = request.occurred_on.value_or(today);
  if (day > today)
    return pki::invalid("date", "an event cannot have happened in the future: give today or an earlier day");
  if (day < resident.birth)
    return pki::invalid("date", "an event cannot have happened before the resident's birth");
  if (request.planned && *request.planned < resident.birth)
    return pki::invalid("planned", "nobody plans to leave before being born: give the date of the notice");
  return day;
}

// What a feed sends late would overwrite what it sent after it. Errc::conflict names feed_sequence.
pki::Result<void> check_feed_sequence(const store::ReadTransaction& transaction, const store::Vault& vault,
                                      const EventRequest& request) {
  if (!request.feed.empty()) {
    TRY(check_filled_line("feed", request.feed, kEventIdCharactersMax));
    if (!request.feed_sequence)
      return pki::invalid("feed", "a feed is named for its numbers: give feed_sequence as well");
  }
  if (!request.feed_sequence) return {};
  const auto last = registry::last_feed_sequence(transaction, vault, request.resident, request.feed);
  if (last && *request.feed_sequence <= *last)
    return pki::Error{pki::Errc::conflict,
                      "the feed's number goes back: " + std::to_string(*request.feed_sequence) + " after " +
                          std::to_string(*last) + " for this resident: send events in their order",
                      "feed_sequence",
                      {}};
  return {};
}

// The municipality knows its lots, areas and characters; no one else may insist.
pki::Result<void> check_insistence(const EventRequest& request, const registry::Actor& actor) {
  if (!request.insist || actor.role == registry::Role::municipality) return {};
  return pki::Error{pki::Errc::forbidden, "only the resident's municipality may insist on a minor correction",
                    "insist", "Ordinance 20"};
}

pki::Result<void> check_release(const EventRequest& request, const std::vector<Consequence>& consequences,
                                HoldRelease release) {
  if (request.event != Event::release || !consequences.empty()) return {};
  const char* const why =
      release == HoldRelease::never
          ? "this authority never lifts a hold (hold.release = \"never\"): issue new certificates"
          : "no authentication certificate of this resident is held";
  return pki::Error{pki::Errc::refused_by_law, why, {}, "CPS 4.9.9"};
}

// Section 5.3.2 of RFC 5280: since when the key is suspected to be known to others, which only the holder can
// say. No other event has such a date: when a person moved or died is nobody's business.
// Nor has a certificate that falls with the one whose key it was: its own key is where it was.
std::optional<pki::Time> invalidity_date(const EventRequest& request, const Consequence& consequence) {
  if (request.event != Event::key_notice || !request.occurred_on) return std::nullopt;
  if (request.kind && consequence.kind != *request.kind) return std::nullopt;
  return pki::jst_start_of_day(*request.occurred_on);
}

void write_consequence(store::CommandContext& context, const Consequence& consequence,
                       std::optional<pki::Time> invalidity_date) {
  store::WriteTransaction& transaction = context.transaction;
  if (consequence.outcome == to_string(Outcome::release)) {
    registry::record_release(transaction, consequence.certificate, context.now);
  } else {
    const auto status = registry::find_status(transaction, consequence.certificate);
    // A certificate that was held keeps the date of the hold when it is revoked.
    const pki::Time date = status->revocation ? status->revocation->date : context.now;
    registry::record_revocation(transaction, consequence.certificate,
                                {date, consequence.reason.value(), invalidity_date}, context.now);
  }
  context.subjects.push_back("certificate " + to_string(consequence.certificate));
}

// Who tells, when, and what may be released; and the store with the holder's certificates and history.
struct Telling {
  const store::ReadTransaction& transaction;
  const store::Vault& vault;
  const registry::Actor& actor;
  pki::Time now;
  HoldRelease release;
};

// What was in force when a notice of leaving was recorded; an amended notice does not begin the window anew.
void remember_certificates(const registry::Resident& before, Story& story) {
  auto& departure = story.resident.departure;
  if (!departure || departure == before.departure) return;
  departure->certificates.clear();
  if (before.departure && before.departure->destination == departure->destination) {
    departure->certificates = before.departure->certificates;
    return;
  }
  for (const Candidate& candidate : story.certificates)
    departure->certificates.push_back(candidate.id);
}

// A card whose new last day comes before the end of what is recorded on it lapses on that day.
void watch_card(const EventRequest& request, Story& story) {
  if (!request.card_expires) return;
  story.resident.card_outlived_on.reset();
  for (const Candidate& candidate : story.certificates)
    if (pki::jst_end_of_day(*request.card_expires) < candidate.status.not_after)
      story.resident.card_outlived_on = request.card_expires;
}

// My-Number Order 14(ii): the move-in was told more than fourteen days after it happened.
void check_late_move_in(const registry::Resident& before, const registry::EventRecord& event, Story& story,
                        pki::Time now) {
  const CardClock& clock = card_clock(Clock::late_move_in);
  const bool moved_in = before.departure && !story.resident.departure &&
                        before.departure->destination == registry::Departure::Destination::municipality;
  const pki::Time due = pki::jst_start_of_day(pki::add_days(event.occurred_on, clock.days + 1));
  if (event.name == to_string(Event::address_change) && moved_in && due <= now)
    lapse_card(story, {.cause = clock.cause, .due = due, .clock = "fourteen-days"}, now);
}

int cause_number(const EventRequest& request) {
  return request.event == Event::card_lapse ? std::stoi(request.cause.value_or("0")) : 0;
}

// True for the events after which what stands is compared with the register (the rows with
// agrees_with_register).
bool asks_for_difference(Event event, pki::Date on) {
  const auto rule = rule_for({.event = event, .kind = pki::CertificateKind::sign, .on = on});
  return rule && rule->unless == Exemption::agrees_with_register;
}

std::vector<registry::CertificateId> differing_after(const registry::EventRecord& event, const Story& story,
                                                     const std::vector<registry::EventRecord>& earlier,
                                                     const Telling& telling) {
  auto history = registry::events_of(telling.transaction, telling.vault, event.resident);
  history.insert(history.end(), earlier.begin(), earlier.end());
  history.push_back(event);
  return differing_certificates(telling.transaction, telling.vault, story.certificates, story.resident,
                                history);
}

// The event itself, on a story that is up to date; `earlier` is what time had brought before it.
pki::Result<registry::EventRecord> tell(const EventRequest& request, Story& story,
                                        const std::vector<registry::EventRecord>& earlier,
                                        const Telling& telling) {
  const pki::Date today = pki::jst_date(telling.now);
  const registry::Resident before = story.resident;
  if (!exists_on(request.event, today))
    return pki::Error{pki::Errc::refused_by_law,
                      "the law knows no " + std::string(to_string(request.event)) + " on " +
                          pki::to_string(today) + ": see `jpki rules --on " + pki::to_string(today) + "`",
                      {},
                      "rule table"};
  TRY_ASSIGN(const pki::Date day, check_day(request, before, today));
  TRY_ASSIGN(story.resident,
             apply_items(telling.transaction, before, request, {.occurred_on = day, .today = today}));
  story.resident.version += 1;
  registry::EventRecord record{.resident = request.resident,
                               .sequence = story.resident.version,
                               .name = std::string(to_string(request.event)),
                               .occurred_on = day,
                               .recorded_at = telling.now,
                               .actor = telling.actor,
                               .event_id = request.event_id,
                               .items = items_of(request),
                               .consequences = {},
                               .feed = request.feed,
                               .feed_sequence = request.feed_sequence};
  Ground ground{.event = request.event,
                .moment = Moment::at_once,
                .on = today,
                .kind = request.kind,
                .departure = nullptr,
                .cause = cause_number(request),
                .whose = whose(before)};
  if (asks_for_difference(request.event, today))
    ground.differing = differing_after(record, story, earlier, telling);
  ground.is_furigana_of_foreigner =
      before.is_foreign && pki::register_form(before.name) == pki::register_form(story.resident.name);
  record.consequences = consequences_of(story.certificates, ground, telling.release);
  TRY(check_release(request, record.consequences, telling.release));
  apply_to(story.certificates, record.consequences, telling.now);
  remember_certificates(before, story);
  watch_card(request, story);
  check_late_move_in(before, record, story, telling.now);
  return record;
}

// The event that was recorded under the same id, if it says the same.
pki::Result<std::optional<registry::EventRecord>> find_repeated(const store::ReadTransaction& transaction,
                                                                const store::Vault& vault,
                                                                const EventRequest& request) {
  if (request.event_id.empty()) return std::optional<registry::EventRecord>{};
  TRY(check_filled_line("event_id", request.event_id, kEventIdCharactersMax));
  auto earlier = registry::find_event(transaction, vault, request.event_id);
  if (!earlier) return earlier;
  const bool same = earlier->resident == request.resident && earlier->name == to_string(request.event) &&
                    earlier->items == items_of(request) &&
                    (!request.occurred_on || earlier->occurred_on == *request.occurred_on);
  if (!same)
    return pki::fail(pki::Errc::conflict, "the event id was used for another event: ids must be unique");
  return earlier;
}

bool is_answer_to(const registry::Actor& actor,
                  const pki::Result<std::optional<registry::EventRecord>>& repeated) {
  return repeated.has_value() && *repeated && (*repeated)->actor.role == actor.role &&
         (*repeated)->actor.municipality == actor.municipality;
}

}  // namespace

pki::Result<EventPlan> plan_event(const store::ReadTransaction& transaction, const store::Vault& vault,
                                  const EventRequest& request, const registry::Actor& actor, pki::Time now,
                                  HoldRelease release) {
  auto resident = registry::find_resident(transaction, vault, request.resident);
  if (!resident)
    return pki::Error{pki::Errc::refused_by_law,
                      "there is no resident " + to_string(request.resident),
                      {},
                      "Act 3(1), 22(1)"};
  auto repeated = find_repeated(transaction, vault, request);
  // A feed may be sent again after its resident has moved away: whoever recorded the event may hear so.
  if (!is_answer_to(actor, repeated)) {
    registry::Actor acting = acting_for(transaction, actor, resident->municipality);
    if (acting.municipality != resident->municipality && request.municipality)
      acting = acting_for(transaction, actor, *request.municipality);
    TRY(may_record(acting,
                   {.event = request.event,
                    .new_municipality = request.municipality,
                    .elsewhere_reason = request.elsewhere_reason},
                   *resident));
  }
  EventPlan plan;
  if (repeated.has_error()) return repeated.error();
  if (*repeated) {
    plan.resident = std::move(*resident);
    plan.record = std::move(**repeated);
    plan.repeated = true;
    return plan;
  }
  TRY(check_feed_sequence(transaction, vault, request));
  TRY(check_insistence(request, actor));
  Story story{.resident = std::move(*resident),
              .certificates = candidates(transaction, request.resident, now),
              .events = {}};
  // What is due is due, whether somebody looked or not: the outcome does not depend on the last sweep.
  pass_time(story, now);
  plan.earlier = std::move(story.events);
  story.events.clear();
  const registry::Resident before = story.resident;
  TRY_ASSIGN(
      plan.record,
      tell(request, story, plan.earlier,
           {.transaction = transaction, .vault = vault, .actor = actor, .now = now, .release = release}));
  plan.changes = compare_items(before, story.resident);
  pass_time(story, now);
  plan.following = std::move(story.events);
  story.events.clear();
  plan.resident = story.resident;
  plan.prospects = prospects(std::move(story), now);
  return plan;
}

namespace {

// What was told itself, in distinction to what time has brought.
void write_told(store::CommandContext& context, const store::Vault& vault, const EventRequest& request,
                const registry::EventRecord& event) {
  for (const Consequence& consequence : event.consequences)
    write_consequence(context, consequence, invalidity_date(request, consequence));
  registry::put_event(context.transaction, vault, event);
}

}  // namespace

void write_events(store::CommandContext& context, const store::Vault& vault,
                  const std::vector<registry::EventRecord>& events) {
  for (const registry::EventRecord& event : events) {
    for (const Consequence& consequence : event.consequences)
      write_consequence(context, consequence, std::nullopt);
    registry::put_event(context.transaction, vault, event);
  }
}

pki::Result<EventPlan> record_event(store::CommandContext& context, const store::Vault& vault,
                                    const EventRequest& request, HoldRelease release) {
  TRY_ASSIGN(EventPlan plan, plan_event(context.transaction, vault, request,
                                        registry::actor_of(context.actor), context.now, release));
  context.subjects.push_back("resident " + to_string(request.resident));
  if (plan.repeated) return plan;
  // Who insists answers for it: the reason stands beside the name.
  if (request.insist) context.subjects.push_back("insisted: " + *request.insist);
  const auto before = registry::find_resident(context.transaction, vault, request.resident);
  write_events(context, vault, plan.earlier);
  write_told(context, vault, request, plan.record);
  write_events(context, vault, plan.following);
  registry::put_resident(context.transaction, vault, plan.resident);
  update_dues(context.transaction, *before, plan.resident);
  return plan;
}

}  // namespace law
