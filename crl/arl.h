// What the list of a CA says about CA certificates (an ARL: onlyContainsCACerts, RFC 5280 section 5.2.5).

#pragma once

#include <vector>

#include "pki/certificate_kind.h"
#include "pki/serial_number.h"
#include "pki/time.h"
#include "store/environment.h"

namespace crl {

// A CA certificate whose key is compromised (Act 14, 33), or a link certificate from or to such a key.
struct RevokedCaCertificate {
  pki::SerialNumber serial;
  pki::Time revocation_date;
  pki::Time not_after;
};

// All of one CA name, by serial: its generations share the name and the counter of serials, so each one's
// list can speak of all of them, and that of a later key can be trusted about an earlier one.
[[nodiscard]] std::vector<RevokedCaCertificate> revoked_ca_certificates(
    const store::ReadTransaction& snapshot, pki::CaName ca);

}  // namespace crl
