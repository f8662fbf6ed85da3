// Planning and writing of one reported event; the articles are in law/rule_table.cpp.

#include "law/lifecycle.h"

#include <algorithm>

#include "law/differing.h"
#include "law/eligibility.h"
#include "law/event_items.h"
#include "law/former_card.h"
#include "law/mobile.h"
#include "law/move_items.h"
#include "law/permission.h"
#include "law/reported_keys.h"
#include "pki/hash.h"
#include "pki/messages/law.h"
#include "pki/plain_form.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/compromise.h"
#include "registry/words.h"

namespace law {

namespace {

using registry::Consequence;

pki::Result<pki::Date> check_day(const EventRequest& request, const registry::Resident& resident,
                                 pki::Date today) {
  const pki::Date day = request.occurred_on.value_or(today);
  if (day > today) return pki::invalid("date", messages::event_in_future);
  if (day < resident.birth) return pki::invalid("date", messages::event_before_birth);
  const auto planned = planned_date_in(request.details);
  if (planned && *planned < resident.birth) return pki::invalid("planned", messages::planned_before_birth);
  return day;
}

// What a feed sends late would overwrite what it sent after it. Errc::conflict names feed_sequence.
pki::Result<void> check_feed_sequence(const store::ReadTransaction& transaction, const store::Vault& vault,
                                      const EventRequest& request) {
  if (!request.feed.empty()) {
    TRY(check_filled_line("feed", request.feed, kEventIdCharactersMax));
    if (!request.feed_sequence) return pki::invalid("feed", messages::feed_without_sequence);
  }
  if (!request.feed_sequence) return {};
  const auto last = registry::last_feed_sequence(transaction, vault, request.resident, request.feed);
  if (last && *request.feed_sequence <= *last)
    return pki::Error{
        pki::Errc::conflict,
        {messages::feed_sequence_back, std::to_string(*request.feed_sequence), std::to_string(*last)},
        "feed_sequence",
        {}};
  return {};
}

// An application belongs to the event that it names, of which the items have its digest.
pki::Result<void> check_notice(const ResidentState& state, const EventRequest& request, pki::Time now) {
  const auto digest = application_in(request.details);
  if (!request.notice && !digest) return {};
  if (!request.notice || digest != request.notice->sha256)
    return pki::invalid("application", messages::application_not_document);
  if (request.notice->event != request.event())
    return pki::invalid("application",
                        {messages::application_of_other_event, registry::word(request.notice->event)});
  if (other_municipality_reason_in(request.details))
    return pki::invalid("reason", messages::online_without_reason);
  const auto kind = kind_in(request.details);
  if (!kind) return pki::invalid("kind", messages::kind_of_application);
  return check_signed_notice(state.certificates, *request.notice, *kind, now);
}

// The municipality knows its lots, areas and characters; no one else may insist.
pki::Result<void> check_insistence(const EventRequest& request, const registry::Actor& actor) {
  if (!insistence_in(request.details) || actor.role == registry::Role::municipality) return {};
  return pki::forbidden(messages::insist_is_municipalitys, "Ordinance 20", "insist");
}

pki::Result<void> check_release(const EventRequest& request, const std::vector<Consequence>& consequences,
                                HoldRelease release) {
  if (request.event() != Event::release || !consequences.empty()) return {};
  return pki::refused(release == HoldRelease::never ? messages::holds_never_lifted : messages::nothing_held,
                      "CPS 4.9.9");
}

// Section 5.3.2 of RFC 5280: since when the key is suspected to be known to others, which only the holder can
// say. Dates of other events are personal data and stay out of CRLs. A mobile certificate revoked together
// with its card certificate has none either: its own key is not compromised.
std::optional<pki::Time> invalidity_date(const EventRequest& request, const Consequence& consequence) {
  if (request.event() != Event::key_notice || !request.occurred_on) return std::nullopt;
  if (kind_in(request.details).value_or(consequence.kind) != consequence.kind) return std::nullopt;
  return pki::jst_start_of_day(*request.occurred_on);
}

void write_consequence(store::CommandContext& context, const Consequence& consequence,
                       std::optional<pki::Time> invalidity_date) {
  store::WriteTransaction& transaction = context.transaction;
  if (consequence.outcome == Outcome::release) {
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

// Reporter, time and hold policy of one event, and the store with the holder's certificates and history.
struct ReportContext {
  const store::ReadTransaction& transaction;
  const store::Vault& vault;
  const registry::Actor& actor;
  pki::Time now;
  const RegisterPolicy& policy;
};

// What was in force when a notice of leaving was recorded; an amended notice does not restart the window.
// One that was issued after the day which the notice now gives was not issued before the leaving.
void record_certificates_at_departure(const registry::Resident& before, ResidentState& state,
                                      const ReportContext& context) {
  auto& departure = state.resident.departure;
  if (!departure || departure == before.departure) return;
  const bool goes_on = before.departure && before.departure->destination == departure->destination;
  departure->certificates = goes_on ? before.departure->certificates : std::vector<registry::CertificateId>{};
  for (const Candidate& candidate : state.certificates) {
    const auto certificate = registry::find_certificate(context.transaction, context.vault, candidate.id);
    const bool is_late = certificate && pki::jst_date(certificate->not_before) > departure->planned;
    const bool is_noted = std::ranges::count(departure->certificates, candidate.id) > 0;
    if ((!goes_on || is_late) && !is_noted) departure->certificates.push_back(candidate.id);
  }
}

// A card whose new last day comes before the end of what is recorded on it lapses on that day.
void schedule_card_expiry(const EventRequest& request, ResidentState& state) {
  const auto card_expires = card_expiry_in(request.details);
  if (!card_expires) return;
  state.resident.card_outlived_on.reset();
  for (const Candidate& candidate : state.certificates)
    if (pki::jst_end_of_day(*card_expires) < candidate.status.not_after)
      state.resident.card_outlived_on = card_expires;
}

// My Number Order 14(ii), (vii): the move-in was reported more than fourteen days after it happened.
void lapse_card_after_late_move_in(const registry::Resident& before, const registry::EventRecord& event,
                                   ResidentState& state, pki::Time now) {
  const bool from_abroad = before.residency == registry::Residency::abroad;
  const CardClock& clock =
      card_clock(from_abroad ? ClockKind::no_move_in_after_return : ClockKind::late_move_in);
  const bool moved_in =
      from_abroad || (before.departure && !state.resident.departure &&
                      before.departure->destination == registry::Departure::Destination::municipality);
  const pki::Time due = pki::jst_start_of_day(pki::add_days(event.occurred_on, clock.days + 1));
  if (event.event == Event::address_change && moved_in && due <= now)
    lapse_card(state, {.cause = clock.cause, .due = due, .clock = registry::DueCause::fourteen_days}, now);
}

// My Number Order 14(iii), (viii): the holder moves on without having presented the card, whether or not a
// notice of moving out came first.
void lapse_card_at_next_move_in(const registry::Resident& before, const registry::EventRecord& event,
                                ResidentState& state, const ReportContext& context) {
  if (event.event != Event::address_change || !before.move_in ||
      is_one_municipality(context.transaction, before.municipality, state.resident.municipality))
    return;
  lapse_unpresented_card(state, *before.move_in, pki::jst_start_of_day(event.occurred_on), context.now);
}

// True for the events after which certificates in force are compared with the register (the rows with
// agrees_with_register).
bool asks_for_difference(Event event, pki::Date on) {
  const auto rule = rule_for({.event = event, .kind = pki::CertificateKind::sign, .on = on});
  return rule && rule->unless == Exemption::agrees_with_register;
}

// Whether what the event does depends on earlier ones, all of which are unsealed for it.
bool looks_back(Event event, pki::Date on) {
  return event == Event::card_lapse || event == Event::card_return || event == Event::undelivered ||
         event == Event::release || asks_for_difference(event, on);
}

// Refuses a report about a former card on which nothing is left.
pki::Result<void> check_is_of_card_in_use(const std::vector<registry::EventRecord>& cards,
                                          const std::vector<Consequence>& consequences) {
  if (cards.empty() || !consequences.empty()) return {};
  return pki::refused({messages::about_former_card, pki::to_string(cards.front().occurred_on)},
                      "My Number Order 14(xiii), Ordinance 17, 53", "date");
}

// The mobile certificates that were reported by themselves (a lost phone) since their issue and their last
// release: the release of the card's certificate leaves them on hold.
std::vector<registry::CertificateId> held_by_themselves(const ResidentState& state,
                                                        const std::vector<registry::EventRecord>& history,
                                                        const ReportContext& context) {
  std::vector<registry::CertificateId> list;
  for (const Candidate& candidate : state.certificates) {
    const pki::CertificateKind kind = candidate.status.kind;
    if (!pki::is_mobile(kind) || !candidate.status.revocation) continue;
    const auto certificate = registry::find_certificate(context.transaction, context.vault, candidate.id);
    bool is_reported = false;
    for (const registry::EventRecord& event : history) {
      if (certificate && event.recorded_at < certificate->not_before) continue;
      if (event.event == Event::hold && registry::kind_of(event) == kind) is_reported = true;
      const auto is_release = [&](const Consequence& consequence) {
        return consequence.certificate == candidate.id && consequence.outcome == Outcome::release;
      };
      if (std::ranges::any_of(event.consequences, is_release)) is_reported = false;
    }
    if (is_reported) list.push_back(candidate.id);
  }
  return list;
}

std::optional<LapseCause> cause_in(const EventDetails& details) {
  const auto* lapse = std::get_if<CardLapse>(&details);
  return lapse == nullptr ? std::nullopt : std::optional(lapse->cause);
}

// The municipality to which the resident moves.
std::optional<std::uint32_t> new_municipality_in(const EventDetails& details) {
  const auto* move = std::get_if<AddressChange>(&details);
  return move == nullptr ? std::nullopt : move->municipality;
}

// An event of a feed that changes nothing is recorded all the same, or it would be accepted when the feed is
// sent again after the item has changed. Numbers of a feed keep that from happening.
bool is_recorded_without_effect(const EventRequest& request, const pki::Error& error) {
  return is_unchanged(error) && !request.event_id.empty() && !request.feed_sequence;
}

// Applies the reported event to a state whose due clocks have been applied; `earlier` has their events.
pki::Result<registry::EventRecord> apply_reported_event(const EventRequest& request, ResidentState& state,
                                                        const std::vector<registry::EventRecord>& earlier,
                                                        const ReportContext& context) {
  const Event event = request.event();
  const pki::Date today = pki::jst_date(context.now);
  const registry::Resident before = state.resident;
  if (!exists_on(event, today))
    return pki::refused({messages::event_unknown_on_day, registry::word(event), pki::to_string(today)},
                        "rule table");
  TRY_ASSIGN(const pki::Date day, check_day(request, before, today));
  std::vector<registry::EventRecord> history;
  if (looks_back(event, today)) {
    history = registry::events_of(context.transaction, context.vault, request.resident);
    history.insert(history.end(), earlier.begin(), earlier.end());
  }
  const auto cards = newer_cards(event, day, history);
  auto applied = apply_items(context.transaction, before, request.details,
                             {.occurred_on = day, .today = today, .addresses = context.policy.addresses});
  const bool has_effect = applied.has_value();
  if (!has_effect && !is_recorded_without_effect(request, applied.error())) return applied.error();
  if (has_effect) state.resident = std::move(*applied);
  // What is reported of a former card leaves the present one as it is.
  if (!cards.empty()) state.resident = before;
  state.resident.version += 1;
  registry::EventRecord record{.resident = request.resident,
                               .sequence = state.resident.version,
                               .event = event,
                               .occurred_on = day,
                               .recorded_at = context.now,
                               .actor = context.actor,
                               .event_id = request.event_id,
                               .items = items_of(request.details),
                               .consequences = {},
                               .feed = request.feed,
                               .feed_sequence = request.feed_sequence};
  if (!has_effect) return record;
  RevocationCause cause{.event = event,
                        .moment = Moment::at_once,
                        .on = today,
                        .kind = kind_in(request.details),
                        .departure = nullptr,
                        .lapse_cause = cause_in(request.details),
                        .whose = whose(before)};
  if (!cards.empty())
    cause.on_former_card = on_card_before(context.transaction, context.vault, cards, state.certificates);
  if (event == Event::release) cause.held_by_themselves = held_by_themselves(state, history, context);
  if (asks_for_difference(event, today)) {
    history.push_back(record);
    cause.differing = differing_certificates(context.transaction, context.vault, state.certificates,
                                             state.resident, history);
  }
  cause.is_furigana_of_foreigner =
      before.is_foreign &&
      pki::is_same_name(pki::register_form(before.name), pki::register_form(state.resident.name));
  record.consequences = consequences_of(state.certificates, cause, context.policy.hold_release);
  if (event == Event::key_notice)
    add_certificates_of_same_keys(context.transaction, context.vault, state.certificates, cause, record);
  const auto released = check_release(request, record.consequences, context.policy.hold_release);
  if (released.has_error() && !is_recorded_without_effect(request, released.error())) return released.error();
  TRY(check_is_of_card_in_use(cards, record.consequences));
  apply_to(state.certificates, record.consequences, context.now);
  record_certificates_at_departure(before, state, context);
  schedule_card_expiry(request, state);
  lapse_card_after_late_move_in(before, record, state, context.now);
  lapse_card_at_next_move_in(before, record, state, context);
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
  const auto details = read_details(earlier->event, earlier->items);
  const bool same = earlier->resident == request.resident && details && *details == request.details &&
                    (!request.occurred_on || earlier->occurred_on == *request.occurred_on);
  if (!same) return pki::fail(pki::Errc::conflict, messages::event_id_used);
  return earlier;
}

bool is_answer_to(const registry::Actor& actor,
                  const pki::Result<std::optional<registry::EventRecord>>& repeated) {
  return repeated.has_value() && *repeated && (*repeated)->actor.role == actor.role &&
         (*repeated)->actor.municipality == actor.municipality;
}

pki::Result<void> check_may_record_for(const store::ReadTransaction& transaction,
                                       const registry::Actor& actor, const EventRequest& request,
                                       const registry::Resident& resident) {
  registry::Actor acting = acting_for(transaction, actor, resident.municipality);
  const auto destination = new_municipality_in(request.details);
  if (acting.municipality != resident.municipality && destination)
    acting = acting_for(transaction, actor, *destination);
  return check_may_record(acting,
                          {.event = request.event(),
                           .new_municipality = destination,
                           .other_municipality_reason = other_municipality_reason_in(request.details),
                           .is_online = request.notice.has_value()},
                          resident);
}

}  // namespace

pki::Result<EventPlan> plan_event(const store::ReadTransaction& transaction, const store::Vault& vault,
                                  const EventRequest& request, const registry::Actor& actor, pki::Time now,
                                  const RegisterPolicy& policy) {
  auto resident = registry::find_resident(transaction, vault, request.resident);
  // Who acts for one municipality does not learn who is registered in another.
  if (!resident && actor.municipality) TRY(check_may_record_for(transaction, actor, request, {}));
  if (!resident) return unknown_resident(request.resident, "Act 3(1), 22(1)");
  auto repeated = find_repeated(transaction, vault, request);
  // A feed may be sent again after its resident has moved away: the municipality that recorded the event gets
  // the answer again.
  if (!is_answer_to(actor, repeated)) {
    TRY(check_may_record_for(transaction, actor, request, *resident));
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
  plan.before = *resident;
  ResidentState state{.resident = std::move(*resident),
                      .certificates = candidates(transaction, request.resident, now),
                      .events = {}};
  // Clocks that have ended are applied first, so the outcome does not depend on when the last sweep ran.
  apply_due_clocks(state, now);
  plan.earlier = std::move(state.events);
  state.events.clear();
  TRY(check_notice(state, request, now));
  const registry::Resident before = state.resident;
  TRY_ASSIGN(plan.record,
             apply_reported_event(
                 request, state, plan.earlier,
                 {.transaction = transaction, .vault = vault, .actor = actor, .now = now, .policy = policy}));
  plan.changes = compare_items(before, state.resident);
  apply_due_clocks(state, now);
  plan.following = std::move(state.events);
  state.events.clear();
  plan.resident = state.resident;
  plan.upcoming_events = upcoming_events(std::move(state), now);
  return plan;
}

namespace {

// Writes the reported event; events that followed from clocks are written by write_events().
void write_reported_event(store::CommandContext& context, const store::Vault& vault,
                          const EventRequest& request, const registry::EventRecord& event) {
  for (const Consequence& consequence : event.consequences)
    write_consequence(context, consequence, invalidity_date(request, consequence));
  registry::put_event(context.transaction, vault, event);
  if (event.event == Event::key_notice) report_keys(context.transaction, vault, event);
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
                                    const EventRequest& request, const RegisterPolicy& policy) {
  TRY_ASSIGN(EventPlan plan, plan_event(context.transaction, vault, request,
                                        registry::actor_of(context.actor), context.now, policy));
  context.subjects.push_back("resident " + to_string(request.resident));
  if (plan.repeated) return plan;
  if (request.notice)
    context.subjects.push_back("application sha-256 " + request.notice->sha256 +
                               ", signed with certificate " + to_string(request.notice->signed_with));
  // The reason is free text, which may name people: the log proves it, and the sealed event holds it.
  if (const auto insist = insistence_in(request.details))
    context.subjects.push_back("insisted, reason sha-256 " +
                               pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(*insist))));
  write_events(context, vault, plan.earlier);
  write_reported_event(context, vault, request, plan.record);
  write_events(context, vault, plan.following);
  registry::replace_resident(context.transaction, vault, plan.before, plan.resident);
  update_dues(context.transaction, plan.before, plan.resident);
  return plan;
}

}  // namespace law
