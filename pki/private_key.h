// Private keys at rest: generated, read and written, never shown.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/random.h"
#include "pki/result.h"
#include "pki/signature_algorithm.h"

namespace Botan {
class Private_Key;
}

namespace pki {

// Immutable; copies share the key.
class PrivateKey final {
 public:
  static PrivateKey generate(KeyAlgorithm algorithm, Rng& rng);
  // Unencrypted PKCS#8, one PEM block; text around it is skipped.
  static Result<PrivateKey> from_pem(std::string_view pem);
  // Every PRIVATE KEY block of a text, e.g. of a pool of test keys.
  static Result<std::vector<PrivateKey>> all_from_pem(std::string_view pem);
  // A key that is published with the program (pki/test_keys.h), in PKCS#8 and SubjectPublicKeyInfo, DER. It
  // is neither checked nor wiped; Botan opens it when botan() is first called.
  static PrivateKey published(KeyAlgorithm algorithm, Bytes pkcs8, Bytes public_key);

  [[nodiscard]] KeyAlgorithm algorithm() const;
  // SubjectPublicKeyInfo, DER.
  [[nodiscard]] const Bytes& public_key() const;
  // PKCS#8. The caller keeps it secret: files of mode 0600 only.
  [[nodiscard]] std::string to_pem() const;
  [[nodiscard]] Bytes to_der() const;
  [[nodiscard]] const Botan::Private_Key& botan() const;

 private:
  struct State;
  PrivateKey(std::shared_ptr<const Botan::Private_Key> key, KeyAlgorithm algorithm);
  explicit PrivateKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

// The blocks of a PEM text with a label such as "CERTIFICATE", decoded; text around them is skipped.
[[nodiscard]] Result<std::vector<Bytes>> decode_pem_blocks(std::string_view text, std::string_view label);
[[nodiscard]] std::string encode_pem(std::string_view label, ByteView der);

}  // namespace pki
