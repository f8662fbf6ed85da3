// Joining a generation's record and its key.

#include "registry/signing_issuer.h"

#include <utility>

#include "pki/messages/registry.h"

namespace registry {

pki::Result<SigningIssuer> SigningIssuer::make(Issuer record, std::shared_ptr<const pki::Signer> signer) {
  TRY_ASSIGN(DecodedIssuer decoded, decode_issuer(std::move(record)));
  if (!pki::equal(decoded.public_key, signer->public_key()))
    return pki::fail(pki::Errc::malformed, {messages::signer_of_another_key, to_string(decoded.id())});
  TRY_ASSIGN(auto verifying, pki::VerifyingSigner::wrap(std::move(signer)));
  return SigningIssuer(std::make_shared<const DecodedIssuer>(std::move(decoded)), std::move(verifying));
}

}  // namespace registry
