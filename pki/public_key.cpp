// Verification by Botan, and with a key that is used once by OpenSSL, on keys that our strict reader has
// passed.

#include "pki/public_key.h"

#include <botan/pubkey.h>

#include <array>
#include <string>

#include "pki/botan_versions.h"
#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/openssl_verification.h"

namespace pki {

namespace {

// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
struct SubjectPublicKeyInfo {
  ByteView algorithm;
  ByteView key;
};

Result<SubjectPublicKeyInfo> decode_spki(ByteView der) {
  der::Reader outer(der);
  TRY_ASSIGN(der::Reader info, outer.enter_sequence());
  TRY(outer.finish());
  TRY_ASSIGN(const der::Element algorithm, info.read(der::tag::kSequence));
  TRY_ASSIGN(const der::BitString key, info.read_bit_string());
  TRY(info.finish());
  if (key.unused != 0) return fail(Errc::malformed, messages::public_key_not_bytes);
  return SubjectPublicKeyInfo{algorithm.content, key.bytes};
}

// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
struct RsaPublicKey {
  ByteView modulus, exponent;
};

Result<RsaPublicKey> decode_rsa(ByteView key) {
  der::Reader outer(key);
  TRY_ASSIGN(der::Reader parts, outer.enter_sequence());
  TRY(outer.finish());
  RsaPublicKey decoded;
  TRY_ASSIGN(decoded.modulus, parts.read_integer());
  TRY_ASSIGN(decoded.exponent, parts.read_integer());
  TRY(parts.finish());
  return decoded;
}

Result<KeyAlgorithm> rsa_algorithm(ByteView key) {
  TRY_ASSIGN(const RsaPublicKey parts, decode_rsa(key));
  const ByteView modulus = parts.modulus, exponent = parts.exponent;
  // A leading zero, since the highest bit of the modulus is set.
  const bool is_of_whole_length = (modulus.size() == 257 || modulus.size() == 513) && modulus[0] == 0 &&
                                  modulus[1] >= 0x80 && (modulus.back() & 1U) == 1;
  constexpr std::array<std::uint8_t, 3> kExponent = {1, 0, 1};
  if (!is_of_whole_length || !equal(exponent, kExponent))
    return fail(Errc::unsupported, messages::rsa_key_kind);
  return modulus.size() == 257 ? KeyAlgorithm::rsa_2048 : KeyAlgorithm::rsa_4096;
}

bool belongs(KeyAlgorithm key, SignatureAlgorithm signature) {
  return default_signature_algorithm(key) == signature;
}

}  // namespace

Result<KeyAlgorithm> key_algorithm_of(ByteView subject_public_key_info) {
  TRY_ASSIGN(const SubjectPublicKeyInfo info, decode_spki(subject_public_key_info));
  der::Reader algorithm(info.algorithm);
  TRY_ASSIGN(const Oid oid, algorithm.read_oid());
  if (oid == oids::kRsaEncryption) {
    TRY(algorithm.read(der::tag::kNull));
    TRY(algorithm.finish());
    return rsa_algorithm(info.key);
  }
  if (oid == oids::kEcPublicKey) {
    TRY_ASSIGN(const Oid curve, algorithm.read_oid());
    TRY(algorithm.finish());
    if (curve == oids::kSecp256r1 && info.key.size() == 65) return KeyAlgorithm::ecdsa_p256;
    if (curve == oids::kSecp384r1 && info.key.size() == 97) return KeyAlgorithm::ecdsa_p384;
  }
  return fail(Errc::unsupported, messages::public_key_kind);
}

Result<ByteView> subject_public_key_bits(ByteView subject_public_key_info) {
  TRY_ASSIGN(const SubjectPublicKeyInfo info, decode_spki(subject_public_key_info));
  return info.key;
}

Result<Bytes> key_identifier(ByteView subject_public_key_info) {
  TRY_ASSIGN(const ByteView key, subject_public_key_bits(subject_public_key_info));
  return digest(HashAlgorithm::sha1, key);
}

Result<PublicKey> PublicKey::load(ByteView subject_public_key_info) {
  TRY_ASSIGN(const KeyAlgorithm algorithm, key_algorithm_of(subject_public_key_info));
  try {
    return PublicKey(botan::load_public_key(subject_public_key_info), algorithm);
  } catch (const Botan::Exception&) {
    return fail(Errc::malformed, messages::public_key_undecodable);
  }
}

bool PublicKey::verify_digest(SignatureAlgorithm algorithm, ByteView digest, ByteView signature) const {
  return belongs(algorithm_, algorithm) && verify_digest(hash_of(algorithm), digest, signature);
}

bool PublicKey::verify_digest(HashAlgorithm hash, ByteView digest, ByteView signature) const {
  if (hash == HashAlgorithm::sha1 || digest.size() != digest_size(hash)) return false;
  try {
    const bool rsa = is_rsa(algorithm_);
    Botan::PK_Verifier verifier(*key_, rsa ? std::string("EMSA3(Raw,") + to_string(hash) + ")" : "Raw",
                                rsa ? botan::kPlainSignature : botan::kDerSignature);
    return verifier.verify_message(digest.data(), digest.size(), signature.data(), signature.size());
  } catch (const Botan::Exception&) {
    return false;
  }
}

bool verify_digest(ByteView subject_public_key_info, SignatureAlgorithm algorithm, ByteView digest,
                   ByteView signature) {
  const auto key_algorithm = key_algorithm_of(subject_public_key_info);
  const HashAlgorithm hash = hash_of(algorithm);
  if (!key_algorithm || !belongs(*key_algorithm, algorithm) || digest.size() != digest_size(hash))
    return false;
  const ByteView key = decode_spki(subject_public_key_info)->key;
  if (is_rsa(*key_algorithm)) {
    const RsaPublicKey parts = decode_rsa(key).value();
    return verify_rsa_once(parts.modulus, parts.exponent, hash, digest, signature);
  }
  const bool is_p256 = *key_algorithm == KeyAlgorithm::ecdsa_p256;
  return verify_ecdsa_once(is_p256 ? "P-256" : "P-384", key, hash, digest, signature);
}

bool verify_message(ByteView subject_public_key_info, SignatureAlgorithm algorithm, ByteView message,
                    ByteView signature) {
  return verify_digest(subject_public_key_info, algorithm, digest(hash_of(algorithm), message), signature);
}

}  // namespace pki
