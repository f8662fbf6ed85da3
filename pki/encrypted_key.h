// Private keys and secrets encrypted under a passphrase.
//
// Keys: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2 (RFC 8018 section 6.2), scrypt (RFC
// 7914 section 7) and AES-256-CBC, which `openssl pkey` reads as well. CBC alone does not notice an altered
// file; a key is therefore compared with its certificate before it is used. Other secrets: scrypt and
// XChaCha20-Poly1305.

#pragma once

#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/private_key.h"
#include "pki/random.h"
#include "pki/result.h"
#include "pki/secret.h"

namespace pki {

inline constexpr std::string_view kEncryptedKeyLabel = "ENCRYPTED PRIVATE KEY";

// One PEM block. scrypt takes a tenth of a second and 16 MiB.
[[nodiscard]] std::string encrypt_key(const PrivateKey& key, const Secret& passphrase, Rng& rng);
// Text around the block is skipped. Errc::invalid_value for a wrong passphrase, Errc::malformed for what is
// cut off or damaged.
[[nodiscard]] Result<PrivateKey> decrypt_key(std::string_view pem, const Secret& passphrase);

// One line of text. `purpose` is authenticated, so that one secret does not pass for another.
[[nodiscard]] std::string encrypt_secret(ByteView secret, std::string_view purpose, const Secret& passphrase,
                                         Rng& rng);
// As decrypt_key().
[[nodiscard]] Result<Bytes> decrypt_secret(std::string_view text, std::string_view purpose,
                                           const Secret& passphrase);
[[nodiscard]] bool is_encrypted_secret(std::string_view text);

}  // namespace pki
