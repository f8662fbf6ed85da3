// The certificate of our own HTTPS listeners: issued by the operations CA, renewed by the service itself.

#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "ca/authority.h"
#include "ca/ceremony.h"
#include "store/writer.h"

namespace ca {

// How long it lives, and how long before its end the service renews it.
inline constexpr std::chrono::days kServerCertificateLife{90};
inline constexpr std::chrono::days kServerCertificateRenewal{30};

// What renewing works with; all of it outlives the call.
struct ServerCertificateServices {
  store::Writer& writer;
  const store::Environment& environment;
  const KeyFolder& keys;
  // The generation of the operations CA that issues.
  const registry::SigningIssuer& operations;
  const KeySource& make_key;
};

// Makes a new key and certificate when there is none, when the one there is ends within
// kServerCertificateRenewal, comes from an earlier generation or names other hosts. `hosts` are DNS names and
// numeric addresses, at least one; the first is the common name, too. Gives true when it did; Errc::internal
// when the CA's fresh signature does not verify.
[[nodiscard]] pki::Result<bool> renew_server_certificate_if_due(const ServerCertificateServices& services,
                                                                const std::vector<std::string>& hosts,
                                                                pki::Time now);

struct ServerCertificate {
  registry::IssuerId issuer;
  pki::Bytes certificate;  // DER
  pki::PrivateKey key;
};

// The one in use. Errc::not_found when there is none, Errc::malformed when its key file is another's.
[[nodiscard]] pki::Result<ServerCertificate> load_server_certificate(
    const store::ReadTransaction& transaction, const KeyFolder& keys);

}  // namespace ca
