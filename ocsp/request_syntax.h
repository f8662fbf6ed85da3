// The syntax of what a request may carry and the responder does not use: it is read as strictly as the rest,
// so that a request that another reader would refuse is malformed here, too.

#pragma once

#include "pki/bytes.h"
#include "pki/message.h"
#include "pki/oid.h"
#include "pki/result.h"

namespace ocsp {

// Errc::malformed, with what is wrong.
[[nodiscard]] pki::Error not_a_request(const pki::MessageText& why);

// GeneralName, the whole encoding (RFC 5280 section 4.2.1.6): one of its nine alternatives in its own form.
// The inside of x400Address and ediPartyName is checked to be DER and no further. Errc::malformed else.
[[nodiscard]] pki::Result<void> check_general_name(pki::ByteView encoding);

// The value of a request extension of RFC 6960 section 4.4 (acceptable responses, service locator, preferred
// signature algorithms); the value of any other is not looked at. Errc::malformed when it has not the syntax
// of its identifier.
[[nodiscard]] pki::Result<void> check_extension_value(const pki::Oid& id, pki::ByteView value);

}  // namespace ocsp
