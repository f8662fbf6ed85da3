// What the two ways of recording events share: one by one (events.cpp) and many at once (event_batch.cpp).

#pragma once

#include "admin/api.h"
#include "registry/actor.h"

namespace admin {

// The field birth: YYYY-MM-DD, with zeros for what is unknown of it. Absent without one.
[[nodiscard]] pki::Result<std::optional<pki::Date>> read_birth(FieldReader& fields);

// Takes the fields of an event; the caller calls fields.finish(). Errc::invalid_value names the field.
[[nodiscard]] pki::Result<law::EventRequest> read_event(FieldReader& fields, const Services& services);
// Who records it: the stated role; without one the resident's municipality in this state of the store, for a
// hold the call centre (docs/cli.md, section 1).
[[nodiscard]] registry::Actor actor_of(const RequestContext& call, const store::ReadTransaction& transaction,
                                       const law::EventRequest& request);
// What happened, or would happen.
[[nodiscard]] json::object to_json(const law::EventPlan& plan);

}  // namespace admin
