// Algorithm identifiers and their names.

#include "pki/signature_algorithm.h"

#include <array>

#include "pki/der.h"

namespace pki {

namespace {

constexpr std::array kSignatureAlgorithms = {SignatureAlgorithm::rsa_sha256,
                                             SignatureAlgorithm::ecdsa_p256_sha256,
                                             SignatureAlgorithm::ecdsa_p384_sha384};
constexpr std::array kKeyAlgorithms = {KeyAlgorithm::rsa_2048, KeyAlgorithm::rsa_4096,
                                       KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384};

Bytes encode(SignatureAlgorithm algorithm) {
  der::Writer writer;
  writer.sequence([&] {
    switch (algorithm) {
      case SignatureAlgorithm::rsa_sha256:
        writer.oid(oids::kSha256WithRsa).null();
        break;
      case SignatureAlgorithm::ecdsa_p256_sha256:
        writer.oid(oids::kEcdsaSha256);
        break;
      case SignatureAlgorithm::ecdsa_p384_sha384:
        writer.oid(oids::kEcdsaSha384);
        break;
    }
  });
  return writer.take();
}

}  // namespace

bool is_rsa(KeyAlgorithm key) {
  return key == KeyAlgorithm::rsa_2048 || key == KeyAlgorithm::rsa_4096;
}

SignatureAlgorithm default_signature_algorithm(KeyAlgorithm key) {
  switch (key) {
    case KeyAlgorithm::rsa_2048:
    case KeyAlgorithm::rsa_4096:
      return SignatureAlgorithm::rsa_sha256;
    case KeyAlgorithm::ecdsa_p256:
      return SignatureAlgorithm::ecdsa_p256_sha256;
    case KeyAlgorithm::ecdsa_p384:
      return SignatureAlgorithm::ecdsa_p384_sha384;
  }
  return SignatureAlgorithm::rsa_sha256;
}

HashAlgorithm hash_of(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::ecdsa_p384_sha384 ? HashAlgorithm::sha384 : HashAlgorithm::sha256;
}

// In every answer and certificate: encoded once.
const Bytes& encode_algorithm_identifier(SignatureAlgorithm algorithm) {
  static const std::array<Bytes, kSignatureAlgorithms.size()> kEncoded = [] {
    std::array<Bytes, kSignatureAlgorithms.size()> encoded;
    for (const SignatureAlgorithm one : kSignatureAlgorithms)
      encoded.at(static_cast<std::size_t>(one)) = encode(one);
    return encoded;
  }();
  return kEncoded.at(static_cast<std::size_t>(algorithm));
}

std::optional<SignatureAlgorithm> signature_algorithm_from(ByteView algorithm_identifier) {
  for (const SignatureAlgorithm algorithm : kSignatureAlgorithms)
    if (equal(encode_algorithm_identifier(algorithm), algorithm_identifier)) return algorithm;
  return std::nullopt;
}

std::string_view to_string(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::rsa_sha256:
      return "sha256WithRSAEncryption";
    case SignatureAlgorithm::ecdsa_p256_sha256:
      return "ecdsa-with-SHA256";
    case SignatureAlgorithm::ecdsa_p384_sha384:
      return "ecdsa-with-SHA384";
  }
  return "";
}

std::string_view to_string(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::rsa_2048:
      return "rsa-2048";
    case KeyAlgorithm::rsa_4096:
      return "rsa-4096";
    case KeyAlgorithm::ecdsa_p256:
      return "p-256";
    case KeyAlgorithm::ecdsa_p384:
      return "p-384";
  }
  return "";
}

std::optional<KeyAlgorithm> parse_key_algorithm(std::string_view text) {
  for (const KeyAlgorithm algorithm : kKeyAlgorithms)
    if (to_string(algorithm) == text) return algorithm;
  return std::nullopt;
}

}  // namespace pki
