// Credentials for operators: certificates of the operations CA, each for one person or system that
// administers (docs/profiles.md section 9).
//
// The operator's key is made where it will be used; only the certification request comes here. The
// caller records the credential (registry/operators) before it sends it out.

#pragma once

#include <string>

#include "ca/authority.h"
#include "pki/bytes.h"
#include "pki/oid.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/operators.h"
#include "store/writer.h"

namespace ca {

// The use of an operator's credential, beside clientAuth; the next after those of pki/oid.h.
inline constexpr pki::Oid kKeyPurposeAdministration = pki::make_oid("1.3.6.1.4.1.32473.1.3");

struct OperatorCredentialRequest {
  // The operator's, which becomes the common name.
  std::string name;
  // PKCS#10, DER or PEM.
  pki::Bytes certification_request;
};

// Errc::malformed and Errc::unsupported: what is wrong with the request, without using a serial.
[[nodiscard]] pki::Result<void> check_operator_request(pki::ByteView certification_request);

// Takes a serial and signs; records nothing else. Blocks for a commit and a signature. Errors as above.
[[nodiscard]] pki::Result<registry::OperatorCredential> sign_operator_credential(
    store::Writer& writer, const Authority& authority, const OperatorCredentialRequest& request,
    pki::Time now);

}  // namespace ca
