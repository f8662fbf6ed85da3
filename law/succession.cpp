// The event and its consequences.

#include "law/succession.h"

#include "law/lifecycle.h"
#include "pki/messages/law.h"
#include "registry/actor.h"

namespace law {

void supersede(store::CommandContext& context, const store::Vault& vault, const registry::Intent& intent,
               const std::vector<CertificateInForce>& predecessors) {
  auto resident = registry::find_resident(context.transaction, vault, intent.resident);
  if (!resident) throw store::Corruption(messages::intent_without_resident);
  std::vector<Candidate> list;
  list.reserve(predecessors.size());
  for (const CertificateInForce& predecessor : predecessors)
    list.push_back({predecessor.id, predecessor.status});
  resident->version += 1;
  registry::EventRecord event;
  event.resident = intent.resident;
  event.sequence = resident->version;
  event.event = Event::renewal;
  event.occurred_on = pki::jst_date(context.now);
  event.recorded_at = context.now;
  event.actor = registry::actor_of(context.actor);
  event.items = {{registry::EventField::kind, std::string(pki::to_string(intent.kind))},
                 {registry::EventField::certificate, to_string(intent.id)}};
  event.consequences = consequences_of(list,
                                       {.event = Event::renewal,
                                        .moment = Moment::at_once,
                                        .on = pki::jst_date(context.now),
                                        .kind = intent.kind,
                                        .departure = nullptr},
                                       HoldRelease::never);
  write_events(context, vault, {event});
  registry::put_resident(context.transaction, vault, *resident);
}

}  // namespace law
