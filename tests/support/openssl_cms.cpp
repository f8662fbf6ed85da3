// CMS_sign() of libcrypto, called as `openssl cms -sign -binary -nodetach` calls it.

#include "tests/support/openssl_cms.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

namespace support {

namespace {

template <auto release>
struct Release {
  template <typename Object>
  void operator()(Object* object) const {
    release(object);
  }
};
template <typename Object, auto release>
using Owned = std::unique_ptr<Object, Release<release>>;

template <typename Object, auto release>
Owned<Object, release> made(Object* object) {
  if (object != nullptr) return Owned<Object, release>(object);
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error("OpenSSL: " + std::string(reason.data()));
}

auto reader(pki::ByteView bytes) {
  return made<BIO, BIO_free>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace

pki::Bytes openssl_cms(pki::ByteView signer, const pki::PrivateKey& key, pki::ByteView content) {
  const std::string pem = key.to_pem();
  const auto key_reader = reader(pki::as_bytes(pem)), content_reader = reader(content);
  const unsigned char* der = signer.data();
  const auto certificate = made<X509, X509_free>(d2i_X509(nullptr, &der, static_cast<long>(signer.size())));
  const auto private_key =
      made<EVP_PKEY, EVP_PKEY_free>(PEM_read_bio_PrivateKey(key_reader.get(), nullptr, nullptr, nullptr));
  const auto message = made<CMS_ContentInfo, CMS_ContentInfo_free>(
      CMS_sign(certificate.get(), private_key.get(), nullptr, content_reader.get(), CMS_BINARY));
  const int size = i2d_CMS_ContentInfo(message.get(), nullptr);
  pki::Bytes encoded(static_cast<std::size_t>(size));
  unsigned char* out = encoded.data();
  i2d_CMS_ContentInfo(message.get(), &out);
  return encoded;
}

}  // namespace support
