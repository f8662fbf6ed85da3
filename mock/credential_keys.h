// The keys of operators' and verifiers' credentials with their certification requests, made beside the key
// ceremony: they follow from the seed and need no store.

#pragma once

#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/private_key.h"
#include "pki/result.h"

namespace mock {

// A test key and the PKCS#10 request (RFC 2986) of it.
struct CredentialKey {
  pki::PrivateKey key;
  pki::Bytes request;
};
// By the purpose for which the key is made, as pki::make_test_key() takes it.
using CredentialKeys = std::map<std::string, CredentialKey>;

// Makes one P-256 key for each purpose, on a thread of its own.
[[nodiscard]] std::future<CredentialKeys> begin_credential_keys(std::uint64_t seed,
                                                                std::vector<std::string> purposes);
// Writes the credential as PKCS#12 with kPassword, on a thread of its own. `key` outlives it.
[[nodiscard]] std::future<pki::Result<void>> begin_saving(std::filesystem::path file,
                                                          const CredentialKey& key, pki::Bytes certificate,
                                                          pki::Bytes issuer);

}  // namespace mock
