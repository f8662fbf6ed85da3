// Keys are made from their parts: to find a decoder for a whole encoding takes OpenSSL 3.0 eight times as
// long.

#include "pki/openssl_verification.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <array>
#include <bit>
#include <memory>
#include <string>
#include <utility>

#include "pki/openssl_key.h"
#include "pki/spares.h"

namespace pki {

namespace {

struct KeyContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, KeyContextDeleter>;

enum class Padding { none, pkcs1 };

// A number in the order of this machine, as OSSL_PARAM has it.
Bytes native_number(ByteView big_endian) {
  if constexpr (std::endian::native == std::endian::big) return to_bytes(big_endian);
  return {big_endian.rbegin(), big_endian.rend()};
}

const EVP_MD* message_digest(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::sha1:
      return EVP_sha1();
    case HashAlgorithm::sha256:
      return EVP_sha256();
    case HashAlgorithm::sha384:
      return EVP_sha384();
    case HashAlgorithm::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

// Makes keys of one type. To find out who can make them costs as much as a verification, so contexts that
// have found it are kept.
class KeyMaker final {
 public:
  // OpenSSL is there before this object is, and so ends after it.
  explicit KeyMaker(const char* type) : type_(type) {
    if (KeyContext first = make_context()) spares_.put(std::move(first));
  }

  // Null for parts of which no key can be made.
  OpensslKey make(OSSL_PARAM* parts) {
    KeyContext context = spares_.take();
    if (!context) context = make_context();
    if (!context) return nullptr;
    EVP_PKEY* key = nullptr;
    const bool is_made = EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parts) == 1;
    OpensslKey owner(key);
    if (!is_made) return nullptr;
    spares_.put(std::move(context));
    return owner;
  }

 private:
  [[nodiscard]] KeyContext make_context() const {
    KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type_, nullptr));
    if (context && EVP_PKEY_fromdata_init(context.get()) != 1) context.reset();
    return context;
  }

  const char* type_;
  Spares<KeyContext> spares_;
};

bool verify(const OpensslKey& key, Padding padding, HashAlgorithm hash, ByteView digest, ByteView signature) {
  const KeyContext context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  const bool is_right =
      context && EVP_PKEY_verify_init(context.get()) == 1 &&
      (padding == Padding::none || EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1) &&
      EVP_PKEY_CTX_set_signature_md(context.get(), message_digest(hash)) == 1 &&
      EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
  ERR_clear_error();
  return is_right;
}

}  // namespace

bool verify_rsa_once(ByteView modulus, ByteView exponent, HashAlgorithm hash, ByteView digest,
                     ByteView signature) {
  Bytes n = native_number(modulus), e = native_number(exponent);
  std::array parts = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n.data(), n.size()),
                      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e.data(), e.size()),
                      OSSL_PARAM_construct_end()};
  static KeyMaker maker("RSA");
  return verify(maker.make(parts.data()), Padding::pkcs1, hash, digest, signature);
}

bool verify_ecdsa_once(const char* group, ByteView point, HashAlgorithm hash, ByteView digest,
                       ByteView signature) {
  constexpr std::uint8_t kUncompressed = 4;
  if (point.empty() || point[0] != kUncompressed) return false;
  std::string name = group;
  Bytes bytes = to_bytes(point);
  std::array parts = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), 0),
                      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
                      OSSL_PARAM_construct_end()};
  static KeyMaker maker("EC");
  return verify(maker.make(parts.data()), Padding::none, hash, digest, signature);
}

}  // namespace pki
