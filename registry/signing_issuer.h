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
#include "registry/decoded_issuer.h"
#include "registry/issuers.h"

namespace registry {

// Copies share everything. Usable from any thread at once.
class SigningIssuer final {
 public:
  // Errc::malformed when the record's certificate is not one of ours or `signer` has another key;
  // Errc::unsupported for a key of an unknown kind.
  static pki::Result<SigningIssuer> make(Issuer record, std::shared_ptr<const pki::Signer> signer);

  // What can be said without the key.
  [[nodiscard]] const DecodedIssuer& decoded() const { return *decoded_; }
  [[nodiscard]] const Issuer& record() const { return decoded_->record; }
  [[nodiscard]] IssuerId id() const { return decoded_->id(); }
  // DER.
  [[nodiscard]] const pki::Bytes& certificate() const { return decoded_->record.certificate; }
  [[nodiscard]] const pki::Name& name() const { return decoded_->name; }
  [[nodiscard]] const pki::Bytes& key_identifier() const { return decoded_->key_identifier; }
  [[nodiscard]] pki::SerialNumber serial() const { return decoded_->serial; }
  [[nodiscard]] pki::Time not_after() const { return decoded_->not_after; }
  [[nodiscard]] pki::SignatureAlgorithm algorithm() const { return signer_->algorithm(); }

  // The complete certificate or list over `tbs`, a complete encoding. Errc::internal when the fresh signature
  // does not verify; it is discarded then.
  [[nodiscard]] pki::Result<pki::Bytes> sign(pki::ByteView tbs) const { return signer_->sign_tbs(tbs); }
  // For lists that are hashed while they are written: the same key, each signature verified.
  [[nodiscard]] std::shared_ptr<const pki::Signer> signer() const { return signer_; }

 private:
  SigningIssuer(std::shared_ptr<const DecodedIssuer> decoded,
                std::shared_ptr<const pki::VerifyingSigner> signer)
      : decoded_(std::move(decoded)), signer_(std::move(signer)) {}

  std::shared_ptr<const DecodedIssuer> decoded_;
  std::shared_ptr<const pki::VerifyingSigner> signer_;
};

// The delegated OCSP responder of a generation in use (RFC 6960 section 4.2.2.2): registry::ResponderRecord
// with the CA's certificate and the signer. Status is not signed through VerifyingSigner: its key is not the
// CA's, and each answer would cost a verification more.
struct SigningResponder {
  IssuerId issuer;
  pki::Bytes ca_certificate;  // DER
  pki::Bytes certificate;     // DER; equal to ca_certificate when the CA's own key signs.
  std::shared_ptr<const pki::Signer> signer;
};

}  // namespace registry
