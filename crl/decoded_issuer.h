// What every CRL of one CA generation has in common, read once from its stored certificate.

#pragma once

#include <string>

#include "pki/bytes.h"
#include "pki/public_key.h"
#include "pki/result.h"
#include "pki/signature_algorithm.h"
#include "pki/time.h"
#include "registry/issuers.h"

namespace crl {

struct DecodedIssuer {
  registry::IssuerId id;
  // The certificate's subject as it is encoded there (Name, DER): the issuer of every list, byte for byte.
  pki::Bytes subject;
  // The content of subjectKeyIdentifier: the keyIdentifier of every list's AKI.
  pki::Bytes key_identifier;
  // SubjectPublicKeyInfo, DER, and the same made ready for many verifications.
  pki::Bytes public_key;
  pki::PublicKey verification_key;
  pki::SignatureAlgorithm algorithm = pki::SignatureAlgorithm::rsa_sha256;
  // The base of every URI, without a trailing slash.
  std::string public_url;
  pki::Time not_after;
};

// Errc::malformed or Errc::unsupported when the stored certificate cannot issue CRLs: no
// subjectKeyIdentifier, or a key of an unknown kind.
[[nodiscard]] pki::Result<DecodedIssuer> decode_issuer(const registry::Issuer& issuer);

}  // namespace crl
