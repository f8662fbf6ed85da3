// The audit log's head under a signature of the operations CA: proof, to anyone who has its certificate, that
// the log had come so far at a moment, so that its end cannot be cut off and its head rewritten.
//
// One line of text each; they are kept outside the store and printed in the service's log.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/signer.h"
#include "pki/time.h"
#include "store/audit.h"

namespace registry {

struct SignedHead {
  // Which authority's: see service/high_water.h.
  std::string authority;
  store::AuditHead head;
  pki::Time signed_at;
  pki::Bytes signature;
};

[[nodiscard]] SignedHead sign_head(const pki::Signer& operations, std::string authority,
                                   const store::AuditHead& head, pki::Time now);
// By the operations CA's certificate (DER).
[[nodiscard]] bool is_valid(const SignedHead& head, pki::ByteView operations_certificate);

// "audit-head AUTHORITY 1455:3F0A… 2026-11-23T05:00:00Z BASE64", without an end of line. Words before
// "audit-head" are passed over, so that a line of the log can be given as it is.
[[nodiscard]] std::string to_line(const SignedHead& head);
[[nodiscard]] std::optional<SignedHead> parse_signed_head(std::string_view line);
// Whether a line has one, whole or cut.
[[nodiscard]] bool has_signed_head(std::string_view line);

}  // namespace registry
