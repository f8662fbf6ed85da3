// The few names that differ between Botan 2 (Debian 12) and Botan 3 (Debian 13), so that no other file asks
// which of the two it is compiled with. For .cpp files of pki only.
#pragma once

#include <botan/bigint.h>
#include <botan/cipher_mode.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/pk_keys.h>
#include <botan/system_rng.h>
#include <botan/version.h>
#include <botan/x509_key.h>

#include <memory>

#include "pki/bytes.h"

namespace pki::botan {

#if BOTAN_VERSION_MAJOR >= 3

inline constexpr auto kPlainSignature = Botan::Signature_Format::Standard;
inline constexpr auto kDerSignature = Botan::Signature_Format::DerSequence;
inline constexpr auto kEncrypt = Botan::Cipher_Dir::Encryption;
inline constexpr auto kDecrypt = Botan::Cipher_Dir::Decryption;

// The group that Botan knows by this name, e.g. secp256r1. Throws Botan::Exception for another name.
inline Botan::EC_Group named_group(const char* name) {
  return Botan::EC_Group::from_name(name);
}

#else

inline constexpr auto kPlainSignature = Botan::IEEE_1363;
inline constexpr auto kDerSignature = Botan::DER_SEQUENCE;
inline constexpr auto kEncrypt = Botan::ENCRYPTION;
inline constexpr auto kDecrypt = Botan::DECRYPTION;

inline Botan::EC_Group named_group(const char* name) {
  return Botan::EC_Group(name);
}

#endif

// The private key with this secret, 1 to the group's order less one. Botan 3.7 (Debian 13) takes it as a
// scalar and calls the constructor of earlier versions deprecated; that one draws no random number for a
// secret that is not zero.
inline Botan::ECDSA_PrivateKey ecdsa_private_key(const Botan::EC_Group& group, const Botan::BigInt& secret) {
#if BOTAN_VERSION_CODE >= BOTAN_VERSION_CODE_FOR(3, 7, 0)
  return Botan::ECDSA_PrivateKey(group, Botan::EC_Scalar::from_bigint(group, secret));
#else
  return Botan::ECDSA_PrivateKey(Botan::system_rng(), group, secret);
#endif
}

// The key of a SubjectPublicKeyInfo. Throws Botan::Exception when it does not decode. Botan 2 returns a bare
// pointer, Botan 3 a std::unique_ptr.
inline std::unique_ptr<const Botan::Public_Key> load_public_key(ByteView subject_public_key_info) {
  return std::unique_ptr<const Botan::Public_Key>(Botan::X509::load_key(to_bytes(subject_public_key_info)));
}

}  // namespace pki::botan
