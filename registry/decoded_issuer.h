// A CA generation's record together with what its certificate says, decoded once.
//
// Three steps of one thing: registry::Issuer is the stored record, this is the record decoded, and
// registry::SigningIssuer is this with the key. Lists are written and checked by this one, since a check of
// what is published needs no key.

#pragma once

#include "pki/bytes.h"
#include "pki/name.h"
#include "pki/public_key.h"
#include "pki/result.h"
#include "pki/serial_number.h"
#include "pki/signature_algorithm.h"
#include "pki/time.h"
#include "registry/issuers.h"

namespace registry {

struct DecodedIssuer {
  // As it was when it was decoded: of all its fields only `compromise` ever changes.
  Issuer record;
  // The certificate's subject, and the same as it is encoded there (Name, DER): the issuer of everything that
  // this generation signs, byte for byte.
  pki::Name name;
  pki::Bytes subject;
  // The content of subjectKeyIdentifier: the keyIdentifier of every AKI (RFC 5280 section 4.2.1.1).
  pki::Bytes key_identifier;
  // Serial number and end of the CA's own certificate.
  pki::SerialNumber serial;
  pki::Time not_after;
  // SubjectPublicKeyInfo, DER, the same made ready for many verifications, and how this key signs.
  pki::Bytes public_key;
  pki::PublicKey verification_key;
  pki::SignatureAlgorithm algorithm = pki::SignatureAlgorithm::rsa_sha256;

  [[nodiscard]] IssuerId id() const { return record.id; }
};

// Errc::malformed or Errc::unsupported when the certificate is not one of ours: no subjectKeyIdentifier, or a
// key of an unknown kind.
[[nodiscard]] pki::Result<DecodedIssuer> decode_issuer(Issuer record);

}  // namespace registry
