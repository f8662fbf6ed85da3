// What the two ways of recording events share: one by one (events.cpp) and many at once (event_batch.cpp).

#pragma once

#include "admin/api.h"
#include "registry/actor.h"

namespace admin {

// The field birth: YYYY-MM-DD, with zeros for what is unknown of it. Absent without one.
[[nodiscard]] pki::Result<std::optional<pki::Date>> read_birth(FieldReader& fields);

// Takes the fields of an event; the caller calls fields.finish(). Errc::invalid_value names the field.
[[nodiscard]] pki::Result<law::EventRequest> read_event(FieldReader& fields, const ApiServices& services);
// Who records it: the stated role; without one the resident's municipality in this state of the store, for a
// hold the call centre (docs/cli.md, section 1).
// Errc::forbidden when the caller has no role for it.
[[nodiscard]] pki::Result<registry::Actor> actor_of(const RequestContext& call,
                                                    const store::ReadTransaction& transaction,
                                                    const law::EventRequest& request);
// Whether the caller may see what the items were: read-register reaches the municipality that the resident
// has on record, before this event and before any that a dry run imagines.
enum class Items { shown, hidden };
[[nodiscard]] Items items_for(const RequestContext& call, registry::ResidentId resident);
// What happened, or would happen; the changes of the items only when they are shown.
[[nodiscard]] json::object to_json(const law::EventPlan& plan, Items items);
// Writes down that dry runs about these residents are answered: each is a look at the register.
[[nodiscard]] pki::Result<void> note_dry_run(const RequestContext& call, const registry::Actor& actor,
                                             std::span<const registry::ResidentId> residents);

}  // namespace admin
