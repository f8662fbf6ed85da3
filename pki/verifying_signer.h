// A signer whose signatures are verified before they leave it.
//
// One RSA signature made with a fault in the arithmetic (CRT) gives the private key away (Boneh, DeMillo,
// Lipton 1997), and a faulty signature of a CA cannot be taken back. Every key of a CA is used through this
// class.

#pragma once

#include <memory>

#include "pki/public_key.h"
#include "pki/result.h"
#include "pki/signer.h"

namespace pki {

// Thrown by VerifyingSigner::sign() when a fresh signature does not verify; the signature is discarded.
class SignatureFault : public MessageError {
 public:
  SignatureFault();
};

// Usable from any thread at once, as the wrapped signer is.
class VerifyingSigner final : public Signer {
 public:
  // Errc::unsupported and Errc::malformed when the signer's public key is not one of ours.
  static Result<std::shared_ptr<const VerifyingSigner>> wrap(std::shared_ptr<const Signer> signer);

  [[nodiscard]] SignatureAlgorithm algorithm() const override { return signer_->algorithm(); }
  [[nodiscard]] const Bytes& public_key() const override { return signer_->public_key(); }
  [[nodiscard]] SignerPlace place() const override { return signer_->place(); }
  // As Signer::sign(); throws SignatureFault when the result does not verify.
  [[nodiscard]] Bytes sign(ByteView digest) const override;

  // SEQUENCE { tbs, signatureAlgorithm, signature }, as pki::sign_structure(); `tbs` is a complete encoding.
  // Errc::internal when the signature does not verify, Errc::too_busy when the key is away.
  [[nodiscard]] Result<Bytes> sign_tbs(ByteView tbs) const;

 private:
  VerifyingSigner(std::shared_ptr<const Signer> signer, PublicKey key)
      : signer_(std::move(signer)), key_(std::move(key)) {}

  std::shared_ptr<const Signer> signer_;
  PublicKey key_;
};

}  // namespace pki
