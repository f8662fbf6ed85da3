// TBSCertificate (RFC 5280 section 4.1.2) of every certificate that a CA of ours issues.

#pragma once

#include <optional>

#include "ca/extensions.h"
#include "ca/profile.h"
#include "pki/certificate_kind.h"
#include "pki/time.h"
#include "pki/verifying_signer.h"
#include "registry/signing_issuer.h"

namespace ca {

struct Validity {
  pki::Time not_before;
  pki::Time not_after;
};

// A CA generation's own, self-signed certificate (docs/profiles.md section 2). For the operations CA the
// same, without the Japanese names and the CRL distribution point.
struct CaCertificateRequest {
  pki::CaName ca = pki::CaName::sign;
  pki::SerialNumber serial;
  pki::Time issued_at;
  // Absent: as long as a CA's certificate lasts from then on (law::end_of_ca_validity).
  std::optional<Validity> validity = {};
};
// Signed by `signer`, the generation's own. Errc::internal when the fresh signature does not verify.
[[nodiscard]] pki::Result<pki::Bytes> make_ca_certificate(const Profile& profile,
                                                          const CaCertificateRequest& request,
                                                          const pki::VerifyingSigner& signer);

// A link certificate (RFC 4210 section 4.4): the key of one generation, certified with that of the one before
// or after it. Name, names and use are those of a self-signed CA certificate.
struct LinkCertificateRequest {
  pki::SerialNumber serial;
  Validity validity;
  // The generation whose key is certified.
  const registry::SigningIssuer& subject;
};
[[nodiscard]] pki::Result<pki::Bytes> make_link_certificate(const Profile& profile,
                                                            const LinkCertificateRequest& request,
                                                            const registry::SigningIssuer& issuer);

// A delegated OCSP responder (RFC 6960 section 4.2.2.2).
struct ResponderRequest {
  pki::SerialNumber serial;
  Validity validity;
  pki::Bytes subject_public_key_info;
};
[[nodiscard]] pki::Bytes encode_responder_tbs(const registry::SigningIssuer& issuer,
                                              const ResponderRequest& request);

// A certificate of the operations CA: a verifier's credential, or that of our own HTTPS listeners
// (docs/profiles.md section 9).
struct CredentialTbsRequest {
  pki::SerialNumber serial;
  Validity validity;
  pki::Name subject;
  pki::Oid key_purpose;
  pki::Bytes subject_public_key_info;
  // For operators, whose certificates are client certificates of one listener alone.
  std::optional<pki::Oid> second_key_purpose = {};
  // For listeners: from encode_host_names(). Empty: no subjectAltName. Clients that know only an earlier
  // generation reach a listener's certificate by a link certificate, so its AKI names the key alone.
  pki::Bytes host_names = {};
};
[[nodiscard]] pki::Bytes encode_credential_tbs(const registry::SigningIssuer& issuer,
                                               const CredentialTbsRequest& request);

// A holder's certificate, sign or auth (docs/profiles.md sections 3, 4).
struct EndEntityRequest {
  pki::CertificateKind kind = pki::CertificateKind::sign;
  pki::SerialNumber serial;
  Validity validity;
  pki::Name subject;
  pki::Bytes subject_public_key_info;
  // Signing certificates alone.
  std::optional<RecordedItems> items;
  pki::DistributionPoint point;
  pki::DistributionPointNames point_names;
};
[[nodiscard]] pki::Bytes encode_end_entity_tbs(const Profile& profile, const registry::SigningIssuer& issuer,
                                               const EndEntityRequest& request);

}  // namespace ca
