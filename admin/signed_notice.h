// The holder's online application or notice (Act 9④, 10④, 16-8②, 16-9②, 28④, 29④): a signed document that
// names the certificate. docs/api.md says how holders' software makes one; law/signed_notice judges it.

#pragma once

#include "admin/json.h"
#include "law/lifecycle.h"

namespace admin {

// Takes the field `application`, verifies the document with the holder's certificates and completes the
// request: the notice, its digest and the kind of the certificate that it names. Does nothing without the
// field. Errc::invalid_value (`application`, `application.MEMBER`, `kind`) when it is no such document, or
// the holder's certificate that it names is of another kind than the request says.
[[nodiscard]] pki::Result<void> read_notice(FieldReader& fields, const store::ReadTransaction& transaction,
                                            const store::Vault& vault, law::EventRequest& request);

}  // namespace admin
