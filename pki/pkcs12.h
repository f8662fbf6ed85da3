// PKCS#12 (RFC 7292): how the simulated card hands a key and its certificate to a person's software.

#pragma once

#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/private_key.h"
#include "pki/result.h"

namespace pki {

struct Pkcs12Content {
  std::string friendly_name;
  Bytes certificate;         // DER
  std::vector<Bytes> chain;  // DER, the issuer first
};

// How often the password is hashed: as OpenSSL does by default, or once, for passwords that are published.
enum class PasswordHashing { usual, once };

// AES-256-CBC with PBKDF2, HMAC-SHA-256 over the whole: OpenSSL 3's defaults. Throws when OpenSSL fails.
[[nodiscard]] Bytes make_pkcs12(const PrivateKey& key, const Pkcs12Content& content,
                                const std::string& password,
                                PasswordHashing hashing = PasswordHashing::usual);

// Errc::malformed for a wrong password or a file that is not PKCS#12.
[[nodiscard]] Result<Pkcs12Content> read_pkcs12(ByteView file, const std::string& password);

// The private key of such a file; Errc::unsupported also for a key that PrivateKey does not know.
[[nodiscard]] Result<PrivateKey> read_pkcs12_key(ByteView file, const std::string& password);

}  // namespace pki
