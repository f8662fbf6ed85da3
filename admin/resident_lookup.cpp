// Reach first, then whether there is anyone.

#include "admin/resident_lookup.h"

namespace admin {

namespace {

// The code of no municipality.
constexpr std::uint32_t kNowhere = 0;

}  // namespace

pki::Result<registry::Resident> find_within_reach(const RequestContext& call,
                                                  const store::ReadTransaction& transaction) {
  TRY_ASSIGN(const auto id, read_resident_id("id", call.parameters.at(0)));
  auto resident = registry::get_resident(transaction, call.services.vault, id);
  const std::uint32_t place = resident.has_value() ? resident->municipality : kNowhere;
  TRY_ASSIGN(const registry::Actor actor, call.actor_for(call.action, place));
  TRY(require_reach(transaction, actor, call.action, place));
  return resident;
}

}  // namespace admin
