// What an exchange is about, read from its bytes.

#pragma once

#include <cstdint>
#include <optional>

#include "mock/journal.h"
#include "ocsp/request.h"
#include "verifier/credentials.h"
#include "verifier/recognition.h"

namespace mock {

// The OCSPRequest, by POST or in the path; nothing when it is about something else or is no base64.
[[nodiscard]] std::optional<pki::Bytes> ocsp_request_of(const Exchange& exchange);
// Who asked, as far as connection and address show it.
[[nodiscard]] std::optional<verifier::Requester> asker_of(const Exchange& exchange, World& world);
// The credential with which a request was signed; whether the signature verifies is another question.
[[nodiscard]] std::optional<verifier::Credential> credential_in(const ocsp::RequestSignature& signature,
                                                                World& world);
// The verifier that connection or address show; else the one whose credential signed the request.
[[nodiscard]] std::optional<std::uint64_t> verifier_of(const Exchange& exchange, World& world);
// Whether a CertID of the OCSP request has this serial number.
[[nodiscard]] bool asks_about(const Exchange& exchange, std::uint64_t serial);

}  // namespace mock
