// Sign, then verify with the public key made ready once: for RSA a verification costs a fortieth of a
// signature.

#include "pki/verifying_signer.h"

#include <utility>

#include "pki/messages/pki.h"

namespace pki {

SignatureFault::SignatureFault() : MessageError(messages::signature_faulty) {}

Result<std::shared_ptr<const VerifyingSigner>> VerifyingSigner::wrap(std::shared_ptr<const Signer> signer) {
  // One that verifies already: a second look at each signature would find nothing more.
  if (auto verifying = std::dynamic_pointer_cast<const VerifyingSigner>(signer)) return verifying;
  TRY_ASSIGN(PublicKey key, PublicKey::load(signer->public_key()));
  return std::shared_ptr<const VerifyingSigner>(new VerifyingSigner(std::move(signer), std::move(key)));
}

Bytes VerifyingSigner::sign(ByteView digest) const {
  Bytes signature = signer_->sign(digest);
  if (!key_.verify_digest(algorithm(), digest, signature)) throw SignatureFault();
  return signature;
}

Result<Bytes> VerifyingSigner::sign_tbs(ByteView tbs) const {
  try {
    return sign_structure(*this, tbs);
  } catch (const SignatureFault& fault) {
    return fail(Errc::internal, fault.message());
  } catch (const SignerAway& away) {
    return fail(Errc::too_busy, away.message());
  }
}

}  // namespace pki
