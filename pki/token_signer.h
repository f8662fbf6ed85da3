// Signing with a key on a token. For token*.cpp only.

#pragma once

#include <memory>

#include "pki/signer.h"
#include "pki/token_connection.h"

namespace pki {

// The content of a DER INTEGER that is not negative, from the big-endian digits that a token gives.
[[nodiscard]] Bytes integer_of(ByteView digits);

// `public_key`: SubjectPublicKeyInfo, DER, of a key of this algorithm.
[[nodiscard]] std::shared_ptr<const Signer> make_token_signer(std::shared_ptr<TokenConnection> connection,
                                                              TokenKeyName name, KeyAlgorithm algorithm,
                                                              Bytes public_key);

}  // namespace pki
