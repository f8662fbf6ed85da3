// PKCS#12 by OpenSSL; Botan 2 has none.

#include "pki/pkcs12.h"

#include "pki/hash.h"
#include "pki/message.h"
#include "pki/messages/pki.h"
#include "pki/openssl_certificate.h"
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
  void operator()(STACK_OF(PKCS12_SAFEBAG) * bags) const {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  }
  void operator()(STACK_OF(PKCS7) * safes) const { sk_PKCS7_pop_free(safes, PKCS7_free); }
};
using StackPointer = std::unique_ptr<STACK_OF(X509), StackDeleter>;

// Throws when OpenSSL gave a null pointer. The queue is emptied: its texts may name key material.
template <typename T>
T* check(T* pointer, const char* what) {
  if (pointer != nullptr) return pointer;
  ERR_clear_error();
  throw MessageError({messages::pkcs12_not_made, what});
}

void check(int was_done, const char* what) {
  if (was_done == 1) return;
  ERR_clear_error();
  throw MessageError({messages::pkcs12_not_made, what});
}

template <typename T, int (*Encode)(const T*, unsigned char**)>
Bytes encode(const T* object) {
  Bytes out(static_cast<std::size_t>(std::max(0, Encode(object, nullptr))));
  std::uint8_t* at = out.data();
  Encode(object, &at);
  return out;
}

// A file in the making, as PKCS12_create() makes it. That function is not used, since it wants certificates
// whose keys OpenSSL 3.0 has decoded, which costs a tenth of a millisecond for each.
class Container final {
 public:
  Container(const std::string& password, int iterations) : password_(password), iterations_(iterations) {}

  // The holder's has the friendly name and the local key id (PKCS#9) that its key has.
  void add_certificate(const Bytes& der, const std::string* friendly_name, const Bytes& key_id) {
    const OpensslCertificate certificate = read_openssl_certificate(der);
    check(certificate.get(), "a certificate");
    PKCS12_SAFEBAG* bag = nullptr;
    grow([&](auto** bags) { return bag = PKCS12_add_cert(bags, certificate.get()); }, "a certificate");
    if (friendly_name != nullptr) name(bag, *friendly_name, key_id);
  }
  void end_certificates() {
    close_bags(
        [&](auto** safes) {
          return PKCS12_add_safe(safes, bags_.get(), NID_aes_256_cbc, iterations_, password_.c_str());
        },
        "the certificates");
  }
  void add_key(EVP_PKEY* key, const std::string& friendly_name, const Bytes& key_id) {
    PKCS12_SAFEBAG* bag = nullptr;
    grow(
        [&](auto** bags) {
          return bag = PKCS12_add_key(bags, key, 0, iterations_, NID_aes_256_cbc, password_.c_str());
        },
        "the key");
    name(bag, friendly_name, key_id);
    // Not encrypted once more.
    close_bags([&](auto** safes) { return PKCS12_add_safe(safes, bags_.get(), -1, 0, nullptr); }, "the key");
  }
  [[nodiscard]] Bytes finish() {
    const Pkcs12Pointer file(check(PKCS12_add_safes(safes_.get(), 0), "the safes"));
    check(PKCS12_set_mac(file.get(), password_.c_str(), -1, nullptr, 0, iterations_, nullptr), "the MAC");
    return encode<PKCS12, i2d_PKCS12>(file.get());
  }

 private:
  // OpenSSL makes a stack that is not there yet.
  void grow(const auto& add, const char* what) {
    STACK_OF(PKCS12_SAFEBAG)* bags = bags_.release();
    const bool was_added = add(&bags) != nullptr;
    bags_.reset(bags);
    check(was_added ? 1 : 0, what);
  }
  void close_bags(const auto& add, const char* what) {
    STACK_OF(PKCS7)* safes = safes_.release();
    const int was_added = add(&safes);
    safes_.reset(safes);
    check(was_added, what);
    bags_.reset();
  }
  static void name(PKCS12_SAFEBAG* bag, const std::string& friendly_name, const Bytes& key_id) {
    check(PKCS12_add_friendlyname_utf8(bag, friendly_name.c_str(), -1), "the name");
    Bytes id = key_id;
    check(PKCS12_add_localkeyid(bag, id.data(), static_cast<int>(id.size())), "the key id");
  }

  const std::string& password_;
  int iterations_;
  std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), StackDeleter> bags_;
  std::unique_ptr<STACK_OF(PKCS7), StackDeleter> safes_;
};

// A file whose key is another's would be of no use to anybody.
void check_fit(const PrivateKey& key, const Bytes& certificate) {
  const OpensslCertificate read = read_openssl_certificate(certificate);
  check(read.get(), "a certificate");
  check(encode<X509_PUBKEY, i2d_X509_PUBKEY>(X509_get_X509_PUBKEY(read.get())) == key.public_key() ? 1 : 0,
        "the key");
}

}  // namespace

Bytes make_pkcs12(const PrivateKey& key, const Pkcs12Content& content, const std::string& password,
                  PasswordHashing hashing) {
  const Bytes key_der = key.to_der();
  const OpensslKey evp_key = read_openssl_key(key_der);
  check(evp_key.get(), "the key");
  check_fit(key, content.certificate);
  const Bytes key_id = digest(HashAlgorithm::sha1, content.certificate);
  Container container(password, hashing == PasswordHashing::once ? 1 : PKCS12_DEFAULT_ITER);
  container.add_certificate(content.certificate, &content.friendly_name, key_id);
  for (const Bytes& der : content.chain)
    container.add_certificate(der, nullptr, {});
  container.end_certificates();
  container.add_key(evp_key.get(), content.friendly_name, key_id);
  return container.finish();
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
