// A CA generation in use: its record, what its certificate says, and its key.
//
// registry::Issuer is the record; this is the record with its signer. Whatever a CA signs (certificates of
// every kind, CRLs) is signed through this type, so that each signature is verified before it leaves.

#pragma once

#include <memory>

#include "pki/bytes.h"
#include "pki/name.h"
#include "pki/result.h"
#include "pki/serial_number.h"
#include "pki/verifying_signer.h"
#include "registry/issuers.h"

namespace registry {

// Copies share the signer. Usable from any thread at once.
class SigningIssuer final {
 public:
  // Errc::malformed when the record's certificate is not one of ours or `signer` has another key;
  // Errc::unsupported for a key of an unknown kind.
  static pki::Result<SigningIssuer> make(Issuer record, std::shared_ptr<const pki::Signer> signer);

  [[nodiscard]] const Issuer& record() const { return record_; }
  [[nodiscard]] IssuerId id() const { return record_.id; }
  // DER.
  [[nodiscard]] const pki::Bytes& certificate() const { return record_.certificate; }
  // The certificate's subject: the issuer of everything that this generation signs.
  [[nodiscard]] const pki::Name& name() const { return name_; }
  // SHA-1 of the key (RFC 5280 section 4.2.1.2, method 1): the keyIdentifier of every AKI.
  [[nodiscard]] const pki::Bytes& key_identifier() const { return key_identifier_; }
  // Serial number and end of the CA's own certificate.
  [[nodiscard]] pki::SerialNumber serial() const { return serial_; }
  [[nodiscard]] pki::Time not_after() const { return not_after_; }
  [[nodiscard]] pki::SignatureAlgorithm algorithm() const { return signer_->algorithm(); }

  // The complete certificate or list over `tbs`, a complete encoding. Errc::internal when the fresh signature
  // does not verify; it is discarded then.
  [[nodiscard]] pki::Result<pki::Bytes> sign(pki::ByteView tbs) const { return signer_->sign_tbs(tbs); }
  // For lists that are hashed while they are written: the same key, each signature verified.
  [[nodiscard]] std::shared_ptr<const pki::Signer> signer() const { return signer_; }

 private:
  SigningIssuer() = default;

  Issuer record_;
  pki::Name name_;
  pki::Bytes key_identifier_;
  pki::SerialNumber serial_;
  pki::Time not_after_;
  std::shared_ptr<const pki::VerifyingSigner> signer_;
};

}  // namespace registry
