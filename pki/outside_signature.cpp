// Verification by Botan; the bytes of keys and signatures have passed our strict reader.

#include "pki/outside_signature.h"

#include <botan/pubkey.h>

#include <array>
#include <string>

#include "pki/botan_versions.h"
#include "pki/der.h"
#include "pki/hash.h"
#include "pki/messages/pki.h"

namespace pki {

namespace {

enum class Family { rsa, ecdsa };

struct Algorithm {
  Oid id;
  Family family;
  HashAlgorithm hash;
};

inline constexpr Oid kEcdsaSha512 = make_oid("1.2.840.10045.4.3.4");
inline constexpr Oid kSecp521r1 = make_oid("1.3.132.0.35");
constexpr std::uint64_t kMaxExponent = 65'537;

constexpr std::array kAlgorithms = {Algorithm{oids::kSha256WithRsa, Family::rsa, HashAlgorithm::sha256},
                                    Algorithm{oids::kSha384WithRsa, Family::rsa, HashAlgorithm::sha384},
                                    Algorithm{oids::kSha512WithRsa, Family::rsa, HashAlgorithm::sha512},
                                    Algorithm{oids::kEcdsaSha256, Family::ecdsa, HashAlgorithm::sha256},
                                    Algorithm{oids::kEcdsaSha384, Family::ecdsa, HashAlgorithm::sha384},
                                    Algorithm{kEcdsaSha512, Family::ecdsa, HashAlgorithm::sha512}};

// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
Result<Algorithm> decode_algorithm(ByteView identifier) {
  der::Reader outer(identifier);
  TRY_ASSIGN(der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  TRY_ASSIGN(const Oid id, fields.read_oid());
  for (const Algorithm& known : kAlgorithms) {
    if (known.id != id) continue;
    if (known.family == Family::rsa && !fields.at_end()) {
      TRY_ASSIGN(const der::Element parameters, fields.read(der::tag::kNull));
      if (!parameters.content.empty()) return fail(Errc::malformed, messages::null_with_content);
    }
    TRY(fields.finish());
    return known;
  }
  return fail(Errc::unsupported, {messages::signature_algorithm_refused, to_string(id)});
}

struct KeyShape {
  Family family;
  // Bytes of the modulus, or of the point.
  std::size_t size = 0;
};

// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
Result<KeyShape> shape_of(ByteView subject_public_key_info) {
  TRY(der::validate(subject_public_key_info));
  der::Reader outer(subject_public_key_info);
  TRY_ASSIGN(der::Reader info, outer.enter_sequence());
  TRY_ASSIGN(der::Reader algorithm, info.enter_sequence());
  TRY_ASSIGN(const Oid id, algorithm.read_oid());
  TRY_ASSIGN(const der::BitString key, info.read_bit_string());
  TRY(info.finish());
  if (id == oids::kRsaEncryption) {
    der::Reader key_reader(key.bytes);
    TRY_ASSIGN(der::Reader parts, key_reader.enter_sequence());
    TRY_ASSIGN(const ByteView modulus, parts.read_integer());
    // A great public exponent makes verification costly: 65537 is the greatest that real CAs use.
    TRY_ASSIGN(const ByteView exponent, parts.read_integer());
    if (exponent.size() > 3 || read_big_endian(exponent) > kMaxExponent)
      return fail(Errc::unsupported, messages::exponent_large);
    return KeyShape{Family::rsa, modulus.size() - (modulus[0] == 0 ? 1U : 0U)};
  }
  if (id == oids::kEcPublicKey) {
    TRY_ASSIGN(const Oid curve, algorithm.read_oid());
    if (curve == oids::kSecp256r1 || curve == oids::kSecp384r1 || curve == kSecp521r1)
      return KeyShape{Family::ecdsa, key.bytes.size()};
  }
  return fail(Errc::unsupported, messages::key_refused);
}

bool is_acceptable(const KeyShape& key, const Algorithm& algorithm) {
  if (key.family != algorithm.family) return false;
  return key.family == Family::ecdsa || (key.size >= 2048 / 8 && key.size <= 4096 / 8);
}

}  // namespace

bool verify_outside(ByteView subject_public_key_info, const OutsideSignature& signature, ByteView message) {
  const auto algorithm = decode_algorithm(signature.algorithm);
  const auto shape = shape_of(subject_public_key_info);
  if (!algorithm || !shape || !is_acceptable(*shape, *algorithm)) return false;
  try {
    const auto key = botan::load_public_key(subject_public_key_info);
    const bool rsa = algorithm->family == Family::rsa;
    const std::string hash = to_string(algorithm->hash);
    Botan::PK_Verifier verifier(*key, rsa ? "EMSA3(" + hash + ")" : "EMSA1(" + hash + ")",
                                rsa ? botan::kPlainSignature : botan::kDerSignature);
    return verifier.verify_message(message.data(), message.size(), signature.signature.data(),
                                   signature.signature.size());
  } catch (const Botan::Exception&) {
    return false;
  }
}

Result<void> check_outside_algorithm(ByteView algorithm) {
  TRY(decode_algorithm(algorithm));
  return {};
}

bool is_signed_by_outside(const Certificate& certificate, ByteView issuer_public_key_info) {
  return verify_outside(issuer_public_key_info, {certificate.signature_algorithm(), certificate.signature()},
                        certificate.tbs());
}

}  // namespace pki
