// The one way in which a path's resident is looked up.

#pragma once

#include "admin/api.h"
#include "registry/residents.h"

namespace admin {

// The resident that the path names first, when the caller's reach for the action of the call extends to the
// municipality. Errc::forbidden otherwise, and in the same words when no one has this id: who reaches one
// municipality alone does not learn who is registered in another. Errc::not_found for those whose reach has
// no end; Errc::invalid_value for what is no id.
[[nodiscard]] pki::Result<registry::Resident> find_within_reach(const RequestContext& call,
                                                                const store::ReadTransaction& transaction);

}  // namespace admin
