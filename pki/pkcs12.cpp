// PKCS#12 by OpenSSL; Botan 2 has none.

#include "pki/pkcs12.h"

#include "pki/message.h"
#include "pki/messages/pki.h"
#include "pki/openssl_key.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace pki {

namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Deleter<X509_free>>;
using Pkcs12Pointer = std::unique_ptr<PKCS12, Deleter<PKCS12_free>>;
struct StackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using StackPointer = std::unique_ptr<STACK_OF(X509), StackDeleter>;

// Throws when OpenSSL gave a null pointer. The queue is emptied: its texts may name key material.
template <typename T>
T* check(T* pointer, const char* what) {
  if (pointer != nullptr) return pointer;
  ERR_clear_error();
  throw MessageError({messages::pkcs12_not_made, what});
}

X509Pointer to_x509(const Bytes& der) {
  const std::uint8_t* at = der.data();
  return X509Pointer(check(d2i_X509(nullptr, &at, static_cast<long>(der.size())), "a certificate"));
}

template <typename T, int (*Encode)(const T*, unsigned char**)>
Bytes encode(const T* object) {
  Bytes out(static_cast<std::size_t>(std::max(0, Encode(object, nullptr))));
  std::uint8_t* at = out.data();
  Encode(object, &at);
  return out;
}

}  // namespace

Bytes make_pkcs12(const PrivateKey& key, const Pkcs12Content& content, const std::string& password,
                  PasswordHashing hashing) {
  const Bytes key_der = key.to_der();
  const OpensslKey evp_key = read_openssl_key(key_der);
  check(evp_key.get(), "the key");
  const X509Pointer certificate = to_x509(content.certificate);
  const StackPointer chain(check(sk_X509_new_null(), "the chain"));
  for (const Bytes& der : content.chain)
    sk_X509_push(chain.get(), to_x509(der).release());
  // 0: OpenSSL's own choice.
  const int iterations = hashing == PasswordHashing::once ? 1 : 0;
  const Pkcs12Pointer file(
      check(PKCS12_create(password.c_str(), content.friendly_name.c_str(), evp_key.get(), certificate.get(),
                          chain.get(), 0, 0, iterations, iterations, 0),
            "PKCS12_create"));
  return encode<PKCS12, i2d_PKCS12>(file.get());
}

Result<Pkcs12Content> read_pkcs12(ByteView file, const std::string& password) {
  const std::uint8_t* at = file.data();
  const Pkcs12Pointer decoded(d2i_PKCS12(nullptr, &at, static_cast<long>(file.size())));
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* chain = nullptr;
  if (!decoded || PKCS12_parse(decoded.get(), password.c_str(), &key, &certificate, &chain) != 1) {
    ERR_clear_error();
    return fail(Errc::malformed, messages::pkcs12_unopened);
  }
  const KeyPointer key_owner(key);
  const X509Pointer certificate_owner(certificate);
  const StackPointer chain_owner(chain);
  if (certificate == nullptr) return fail(Errc::malformed, messages::pkcs12_without_certificate);
  Pkcs12Content content;
  content.certificate = encode<X509, i2d_X509>(certificate);
  int name_size = 0;
  if (const unsigned char* name = X509_alias_get0(certificate, &name_size); name != nullptr)
    content.friendly_name.assign(reinterpret_cast<const char*>(name), static_cast<std::size_t>(name_size));
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i)
    content.chain.push_back(encode<X509, i2d_X509>(sk_X509_value(chain, i)));
  return content;
}

Result<PrivateKey> read_pkcs12_key(ByteView file, const std::string& password) {
  const std::uint8_t* at = file.data();
  const Pkcs12Pointer decoded(d2i_PKCS12(nullptr, &at, static_cast<long>(file.size())));
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  if (!decoded || PKCS12_parse(decoded.get(), password.c_str(), &key, &certificate, nullptr) != 1) {
    ERR_clear_error();
    return fail(Errc::malformed, messages::pkcs12_unopened);
  }
  const KeyPointer key_owner(key);
  const X509Pointer certificate_owner(certificate);
  if (key == nullptr) return fail(Errc::malformed, messages::pkcs12_without_key);
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Deleter<PKCS8_PRIV_KEY_INFO_free>> info(EVP_PKEY2PKCS8(key));
  if (!info) {
    ERR_clear_error();
    return fail(Errc::unsupported, messages::pkcs12_key_unreadable);
  }
  return PrivateKey::from_pem(
      encode_pem("PRIVATE KEY", encode<PKCS8_PRIV_KEY_INFO, i2d_PKCS8_PRIV_KEY_INFO>(info.get())));
}

}  // namespace pki
