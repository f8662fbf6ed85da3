// The signature algorithms that the profiles may name, and the keys that belong to them.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pki/bytes.h"
#include "pki/hash.h"

namespace pki {

// RSA keys have 2048 or 4096 bits and e = 65537 (規則2, 38 ask for RSA of at least 2048 bits today).
enum class SignatureAlgorithm : std::uint8_t { rsa_sha256, ecdsa_p256_sha256, ecdsa_p384_sha384 };

enum class KeyAlgorithm : std::uint8_t { rsa_2048, rsa_4096, ecdsa_p256, ecdsa_p384 };

[[nodiscard]] bool is_rsa(KeyAlgorithm key);

[[nodiscard]] SignatureAlgorithm default_signature_algorithm(KeyAlgorithm key);
[[nodiscard]] HashAlgorithm hash_of(SignatureAlgorithm algorithm);
// AlgorithmIdentifier: NULL parameters for RSA (RFC 4055 section 5), none for ECDSA (RFC 5758 section 3.2).
// Lives as long as the program.
[[nodiscard]] const Bytes& encode_algorithm_identifier(SignatureAlgorithm algorithm);
[[nodiscard]] std::optional<SignatureAlgorithm> signature_algorithm_from(ByteView algorithm_identifier);
// sha256WithRSAEncryption, ecdsa-with-SHA256, ecdsa-with-SHA384.
[[nodiscard]] std::string_view to_string(SignatureAlgorithm algorithm);
// rsa-2048, rsa-4096, p-256, p-384: the words of the configuration.
[[nodiscard]] std::string_view to_string(KeyAlgorithm algorithm);
[[nodiscard]] std::optional<KeyAlgorithm> parse_key_algorithm(std::string_view text);

}  // namespace pki
