// Reading certificates with a library context that knows no algorithms.

#include "pki/openssl_certificate.h"

#include <openssl/asn1t.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

namespace pki {

namespace {

// A library context without algorithms, never freed. Whoever has a certificate read by OpenSSL 3.0 has its
// key decoded as well, "opportunistically": which costs a tenth of a millisecond, for each time all decoders
// are looked at, and of which a failure is forgotten. Where there are no decoders that step ends at once, and
// all else is the same.
class NoAlgorithms final {
 public:
  NoAlgorithms() : context_(OSSL_LIB_CTX_new()) {
    has_provider_ = context_ != nullptr && OSSL_PROVIDER_load(context_, "null") != nullptr;
  }
  NoAlgorithms(const NoAlgorithms&) = delete;
  NoAlgorithms& operator=(const NoAlgorithms&) = delete;

  // Without it the process's own: null.
  [[nodiscard]] OSSL_LIB_CTX* get() const { return has_provider_ ? context_ : nullptr; }

 private:
  OSSL_LIB_CTX* context_;
  bool has_provider_ = false;
};

OSSL_LIB_CTX* no_algorithms() {
  static const NoAlgorithms kContext;
  return kContext.get();
}

}  // namespace

OpensslCertificate read_openssl_certificate(ByteView der) {
  const std::uint8_t* at = der.data();
  return OpensslCertificate(reinterpret_cast<X509*>(ASN1_item_d2i_ex(
      nullptr, &at, static_cast<long>(der.size()), ASN1_ITEM_rptr(X509), no_algorithms(), nullptr)));
}

}  // namespace pki
