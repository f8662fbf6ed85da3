// The decision and its writing.

#include "ca/lifecycle.h"

#include "ca/event_items.h"
#include "ca/permission.h"
#include "registry/certificates.h"

namespace ca {

namespace {

using registry::Consequence;

struct Candidate {
  registry::CertificateId id;
  registry::Status status;
};

// The resident's certificates that an event can still touch: unexpired and not revoked for good.
std::vector<Candidate> candidates(const registry::ReadTransaction& transaction, registry::ResidentId resident,
                                  pki::Time now) {
  std::vector<Candidate> list;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, resident)) {
    auto status = registry::find_status(transaction, id);
    if (!status)
      throw registry::Corruption("a resident holds certificate " + registry::to_string(id) +
                                 ", which has no status");
    const bool over = status->not_after < now || (status->revocation && !status->revocation->is_hold());
    if (!over) list.push_back({id, *status});
  }
  return list;
}

bool concerns(const EventRequest& request, pki::CertificateKind kind) {
  return !request.kind || *request.kind == kind;
}

// The outcome for one certificate in its present state; nothing when it stays as it is.
std::optional<Consequence> consequence_for(const Candidate& candidate, const Rule& rule,
                                           HoldRelease release) {
  const bool held = candidate.status.revocation.has_value();
  Outcome outcome = rule.outcome;
  if (outcome == Outcome::hold && held) outcome = Outcome::none;
  if (outcome == Outcome::release && (!held || release == HoldRelease::never)) outcome = Outcome::none;
  if (outcome == Outcome::none) return std::nullopt;
  return Consequence{.certificate = candidate.id,
                     .kind = candidate.status.kind,
                     .outcome = std::string(to_string(outcome)),
                     .reason = rule.reason,
                     .article = std::string(rule.article)};
}

pki::Result<pki::Date> check_day(const EventRequest& request, const registry::Resident& resident,
                                 pki::Date today) {
  const pki::Date day = request.occurred_on.value_or(today);
  if (day > today)
    return pki::invalid("date", "an event cannot have happened in the future: give today or an earlier day");
  if (day < resident.birth)
    return pki::invalid("date", "an event cannot have happened before the resident's birth");
  return day;
}

// What a feed sends late would overwrite what it sent after it.
pki::Result<void> check_feed_sequence(const registry::ReadTransaction& transaction,
                                      const registry::Vault& vault, const EventRequest& request) {
  if (!request.feed.empty()) {
    TRY(check_register_text("feed", request.feed, kEventIdCharactersMax));
    if (!request.feed_sequence)
      return pki::invalid("feed", "a feed is named for its numbers: give feed_sequence as well");
  }
  if (!request.feed_sequence) return {};
  const auto last = registry::last_feed_sequence(transaction, vault, request.resident, request.feed);
  if (last && *request.feed_sequence <= *last)
    return pki::invalid("feed_sequence",
                        "the feed's number goes back: " + std::to_string(*request.feed_sequence) + " after " +
                            std::to_string(*last) + " for this resident: send events in their order");
  return {};
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

void write_consequence(registry::CommandContext& context, const Consequence& consequence) {
  registry::WriteTransaction& transaction = context.transaction;
  if (consequence.outcome == to_string(Outcome::release)) {
    registry::record_release(transaction, consequence.certificate, context.now);
  } else {
    const auto status = registry::find_status(transaction, consequence.certificate);
    // A certificate that was held keeps the date of the hold when it is revoked.
    const pki::Time date = status->revocation ? status->revocation->date : context.now;
    registry::record_revocation(transaction, consequence.certificate, {date, consequence.reason.value()},
                                context.now);
  }
  context.subjects.push_back("certificate " + registry::to_string(consequence.certificate));
}

}  // namespace

pki::Result<EventPlan> plan_event(const registry::ReadTransaction& transaction, const registry::Vault& vault,
                                  const EventRequest& request, const registry::Actor& actor, pki::Time now,
                                  HoldRelease release) {
  auto resident = registry::find_resident(transaction, vault, request.resident);
  if (!resident)
    return pki::Error{pki::Errc::refused_by_law,
                      "there is no resident " + registry::to_string(request.resident),
                      {},
                      "Act 3(1), 22(1)"};
  TRY(may_record(actor, request.event, *resident, request.municipality));
  EventPlan plan;
  if (!request.event_id.empty()) {
    TRY(check_register_text("event_id", request.event_id, kEventIdCharactersMax));
    if (auto earlier = registry::find_event(transaction, vault, request.event_id)) {
      const bool same = earlier->resident == request.resident && earlier->name == to_string(request.event) &&
                        earlier->items == items_of(request) &&
                        (!request.occurred_on || earlier->occurred_on == *request.occurred_on);
      if (!same)
        return pki::fail(pki::Errc::conflict, "the event id was used for another event: ids must be unique");
      return EventPlan{.resident = std::move(*resident), .record = std::move(*earlier), .repeated = true};
    }
  }
  TRY(check_feed_sequence(transaction, vault, request));
  const pki::Date today = pki::jst_date(now);
  TRY_ASSIGN(const pki::Date day, check_day(request, *resident, today));
  TRY_ASSIGN(plan.resident,
             apply_items(transaction, std::move(*resident), request, {.occurred_on = day, .today = today}));
  plan.resident.version += 1;
  plan.record = {.resident = request.resident,
                 .sequence = plan.resident.version,
                 .name = std::string(to_string(request.event)),
                 .occurred_on = day,
                 .recorded_at = now,
                 .actor = actor,
                 .event_id = request.event_id,
                 .items = items_of(request),
                 .consequences = {},
                 .feed = request.feed,
                 .feed_sequence = request.feed_sequence};
  for (const Candidate& candidate : candidates(transaction, request.resident, now)) {
    const auto rule = rule_for(request.event, candidate.status.kind, today);
    if (!rule || !concerns(request, candidate.status.kind)) continue;
    if (auto consequence = consequence_for(candidate, *rule, release))
      plan.record.consequences.push_back(std::move(*consequence));
  }
  TRY(check_release(request, plan.record.consequences, release));
  return plan;
}

pki::Result<EventPlan> record_event(registry::CommandContext& context, const registry::Vault& vault,
                                    const EventRequest& request, HoldRelease release) {
  TRY_ASSIGN(EventPlan plan,
             plan_event(context.transaction, vault, request, context.actor, context.now, release));
  context.subjects.push_back("resident " + registry::to_string(request.resident));
  if (plan.repeated) return plan;
  for (const Consequence& consequence : plan.record.consequences)
    write_consequence(context, consequence);
  registry::put_resident(context.transaction, vault, plan.resident);
  registry::put_event(context.transaction, vault, plan.record);
  return plan;
}

}  // namespace ca
