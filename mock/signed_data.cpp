// ContentInfo { id-signedData, SignedData version 1 }, RFC 5652 sections 3 and 5.1.

#include "mock/signed_data.h"

#include "pki/certificate.h"
#include "pki/der.h"
#include "pki/hash.h"
#include "pki/signer.h"

namespace mock {

namespace {

constexpr pki::Oid kData = pki::make_oid("1.2.840.113549.1.7.1");
constexpr pki::Oid kSignedData = pki::make_oid("1.2.840.113549.1.7.2");
constexpr pki::Oid kSha256 = pki::make_oid("2.16.840.1.101.3.4.2.1");

}  // namespace

pki::Result<pki::Bytes> make_signed_data(pki::ByteView content, pki::ByteView certificate,
                                         const pki::PrivateKey& key) {
  TRY_ASSIGN(const pki::Certificate signer, pki::Certificate::decode(certificate));
  const auto signature_maker = pki::make_openssl_signer(key);
  const pki::Bytes signature = signature_maker->sign(pki::digest(pki::HashAlgorithm::sha256, content));
  pki::der::Writer writer;
  const auto sha256 = [&] { writer.oid(kSha256).null(); };
  const auto signer_info = [&] {
    writer.integer(1)
        .sequence([&] { writer.raw(signer.issuer()).integer_content(signer.serial_content()); })
        .sequence(sha256)
        .raw(pki::encode_algorithm_identifier(signature_maker->algorithm()))
        .octet_string(signature);
  };
  writer.sequence([&] {
    writer.oid(kSignedData).context(0, [&] {
      writer.sequence([&] {
        writer.integer(1)
            .set([&] { writer.sequence(sha256); })
            .sequence([&] { writer.oid(kData).context(0, [&] { writer.octet_string(content); }); })
            .context(0, [&] { writer.raw(certificate); })
            .set([&] { writer.sequence(signer_info); });
      });
    });
  });
  return writer.take();
}

}  // namespace mock
