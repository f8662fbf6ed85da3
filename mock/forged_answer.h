// An OCSP answer taken apart, changed and signed once more: what a responder that is wrong would send.

#pragma once

#include <optional>
#include <vector>

#include "mock/world.h"
#include "ocsp/response.h"
#include "registry/signing_issuer.h"

namespace mock {

// SingleResponse by its parts, DER.
struct ForgedSingle {
  pki::Bytes cert_id, status;
  // Absent: left out, against the syntax.
  std::optional<pki::Time> this_update;
  std::optional<pki::Time> next_update;
  // singleExtensions [1], or nothing.
  pki::Bytes extensions;
};

struct ForgedAnswer {
  pki::Bytes responder_id;
  pki::Time produced_at;
  std::vector<ForgedSingle> singles;
  // Each Extension of responseExtensions.
  std::vector<pki::Bytes> extensions;
  // What is sent along.
  std::vector<pki::Bytes> certificates;
  // Whose answer it is, and the key that signs.
  registry::IssuerId issuer;
  std::shared_ptr<const pki::Signer> signer;
  // Turns a bit of the signature over.
  bool is_signature_broken = false;
};

// Errc::unsupported for an answer that is no successful one, Errc::not_found when none of the world's
// responders has made it.
[[nodiscard]] pki::Result<ForgedAnswer> take_apart(World& world, pki::ByteView response);
// OCSPResponse, DER.
[[nodiscard]] pki::Bytes put_together(const ForgedAnswer& answer);

// The responder of a generation, with its key.
struct ForgedResponder {
  pki::Bytes certificate;
  std::shared_ptr<const pki::Signer> signer;
};
[[nodiscard]] pki::Result<ForgedResponder> load_responder(World& world, registry::IssuerId issuer);
// ResponderID by key: [2] with the SHA-1 of the certificate's key.
[[nodiscard]] pki::Result<pki::Bytes> responder_id_of(pki::ByteView certificate);
// A certificate without one of its extensions, signed once more by the generation that issued it.
[[nodiscard]] pki::Result<pki::Bytes> without_extension(const registry::SigningIssuer& ca,
                                                        pki::ByteView certificate, const pki::Oid& extension);

}  // namespace mock
