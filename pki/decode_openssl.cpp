// Linting with OpenSSL's X.509 decoder.

#include "pki/decode_openssl.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/openssl_certificate.h"

namespace pki {

namespace {

Error lint_error(const std::string& what) {
  ERR_clear_error();
  return fail(Errc::internal, {messages::lint_failed, what});
}

// Every extension that OpenSSL has a decoder for must pass it.
Result<void> check_extensions(const X509* certificate) {
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate, i);
    const ASN1_OBJECT* object = X509_EXTENSION_get_object(extension);
    const X509V3_EXT_METHOD* method = X509V3_EXT_get(extension);
    if (method == nullptr) return lint_error("an extension unknown to OpenSSL");
    void* decoded = X509V3_EXT_d2i(extension);
    if (decoded == nullptr) return lint_error(std::string("extension ") + OBJ_nid2sn(OBJ_obj2nid(object)));
    if (method->it != nullptr) {
      ASN1_item_free(static_cast<ASN1_VALUE*>(decoded), ASN1_ITEM_ptr(method->it));
    } else {
      method->ext_free(decoded);
    }
  }
  return {};
}

}  // namespace

Result<void> check_tbs_certificate_with_openssl(ByteView tbs, ByteView signature_algorithm) {
  der::Writer writer;
  writer.sequence([&] { writer.raw(tbs).raw(signature_algorithm).bit_string(Bytes(256, 0)); });
  const Bytes der = writer.take();
  const auto certificate = read_openssl_certificate(der);
  if (!certificate) return lint_error("OpenSSL cannot read it");
  std::uint8_t* encoded = nullptr;
  // re_encode: from the decoded fields, not from the cached bytes.
  const int size = i2d_re_X509_tbs(certificate.get(), &encoded);
  const bool same = size > 0 && equal({encoded, static_cast<std::size_t>(size)}, tbs);
  OPENSSL_free(encoded);
  if (!same) return lint_error("OpenSSL writes it differently");
  return check_extensions(certificate.get());
}

}  // namespace pki
