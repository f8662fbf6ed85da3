// A key and its certificate as a person or a verifier's system holds them: PKCS#12, or PEM.

#pragma once

#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/private_key.h"

namespace cli {

struct KeyFiles {
  pki::PrivateKey key;
  pki::Bytes certificate;  // DER
  // Those that came with it, e.g. of its CA.
  std::vector<pki::Bytes> others;
};

// `file` is PKCS#12, with the password on the first line of `password_file` (empty name: no password), or PEM
// with the certificate first and the key there or, unless empty, in `key_file`. Throws Failure.
[[nodiscard]] KeyFiles read_key_files(const std::string& file, const std::string& key_file,
                                      const std::string& password_file);

// The certificates of a file, DER or PEM; at least one. Throws Failure.
[[nodiscard]] std::vector<pki::Bytes> read_certificates(const std::string& file);

}  // namespace cli
