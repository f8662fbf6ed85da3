// TBSCertificate (RFC 5280 section 4.1.2) of every certificate that a CA of ours issues.

#pragma once

#include <optional>

#include "ca/extensions.h"
#include "ca/profile.h"
#include "pki/certificate_kind.h"
#include "pki/signer.h"
#include "pki/time.h"

namespace ca {

struct Validity {
  pki::Time not_before;
  pki::Time not_after;
};

// A CA generation's own, self-signed certificate (jpki-facts 1.2). For the operations CA the same, without
// the Japanese names and the CRL distribution point.
struct CaCertificateRequest {
  pki::CaName ca = pki::CaName::sign;
  pki::SerialNumber serial;
  pki::Time issued_at;
};
[[nodiscard]] pki::Bytes make_ca_certificate(const Profile& profile, const CaCertificateRequest& request,
                                             const pki::Signer& signer);

// What a CA generation needs to issue with.
struct IssuerFacts {
  registry::IssuerId id;
  pki::Name name;
  pki::Bytes key_identifier;
  pki::SerialNumber serial;  // Of its own certificate.
  pki::Time not_after;
};
// Errc::malformed when the certificate is not one of ours.
[[nodiscard]] pki::Result<IssuerFacts> facts_of_issuer(registry::IssuerId id, pki::ByteView certificate);

// A delegated OCSP responder (RFC 6960 section 4.2.2.2).
struct ResponderRequest {
  pki::SerialNumber serial;
  Validity validity;
  pki::Bytes subject_public_key_info;
};
[[nodiscard]] pki::Bytes encode_responder_tbs(const IssuerFacts& issuer, pki::SignatureAlgorithm algorithm,
                                              const ResponderRequest& request);

// A certificate of the operations CA: a verifier's credential, or that of our own HTTPS listeners
// (docs/profiles.md section 9).
struct CredentialTbsRequest {
  pki::SerialNumber serial;
  Validity validity;
  pki::Name subject;
  pki::Oid key_purpose;
  pki::Bytes subject_public_key_info;
  // For listeners: from encode_host_names(). Empty: no subjectAltName.
  pki::Bytes host_names = {};
};
[[nodiscard]] pki::Bytes encode_credential_tbs(const IssuerFacts& issuer, pki::SignatureAlgorithm algorithm,
                                               const CredentialTbsRequest& request);

// A holder's certificate, sign or auth (jpki-facts 2.1, 2.2).
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
[[nodiscard]] pki::Bytes encode_end_entity_tbs(const Profile& profile, const IssuerFacts& issuer,
                                               pki::SignatureAlgorithm algorithm,
                                               const EndEntityRequest& request);

}  // namespace ca
