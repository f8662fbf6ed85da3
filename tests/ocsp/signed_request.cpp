// Encoding of what an asker would send.

#include "tests/ocsp/signed_request.h"

#include <bit>

#include "pki/der.h"
#include "pki/hash.h"
#include "pki/signature_algorithm.h"

namespace ocsp_world {

namespace {

using pki::der::Writer;

template <typename Value>
void write_extension(Writer& writer, const pki::Oid& id, Value&& value) {
  writer.sequence([&] { writer.oid(id).wrapped(value); });
}

void write_extensions(Writer& writer, const AskerCertificate& certificate) {
  if (certificate.key_usage != 0)
    write_extension(writer, pki::oids::kKeyUsage, [&] {
      writer.bit_string({&certificate.key_usage, 1},
                        static_cast<std::uint8_t>(std::countr_zero(certificate.key_usage)));
    });
  if (certificate.key_purpose)
    write_extension(writer, pki::oids::kExtendedKeyUsage,
                    [&] { writer.sequence([&] { writer.oid(*certificate.key_purpose); }); });
  // Also what makes the list of extensions never empty.
  write_extension(writer, pki::oids::kBasicConstraints, [&] {
    writer.sequence([&] {
      if (certificate.is_ca) writer.boolean(true);
    });
  });
}

}  // namespace

pki::Bytes name_of(std::string_view common_name) {
  Writer writer;
  writer.sequence([&] {
    writer.set([&] {
      writer.sequence(
          [&] { writer.oid(pki::oids::kCommonName).text(pki::der::tag::kUtf8String, common_name); });
    });
  });
  return writer.take();
}

pki::Bytes make_certificate(const AskerCertificate& certificate, const pki::Signer& subject_key,
                            const pki::Signer& issuer) {
  Writer writer;
  writer.sequence([&] {
    writer.context(0, [&] { writer.integer(2); });
    writer.integer(certificate.serial);
    writer.raw(pki::encode_algorithm_identifier(issuer.algorithm()));
    writer.raw(name_of(certificate.issuer_name));
    writer.sequence([&] { writer.time(certificate.not_before).time(certificate.not_after); });
    writer.raw(name_of(certificate.common_name));
    writer.raw(subject_key.public_key());
    writer.context(3, [&] { writer.sequence([&] { write_extensions(writer, certificate); }); });
  });
  return pki::sign_structure(issuer, writer.view());
}

pki::Bytes sign_request(pki::ByteView request, const RequestSigning& signing) {
  pki::der::Reader outer(request);
  auto fields = outer.enter_sequence();
  const auto tbs = fields->read(pki::der::tag::kSequence);
  Writer named;
  named.sequence([&] {
    if (signing.requestor)
      named.context(1, [&] { named.context(4, [&] { named.raw(name_of(*signing.requestor)); }); });
    named.raw(tbs->content);
  });
  const pki::SignatureAlgorithm algorithm = signing.key.algorithm();
  Writer writer;
  writer.sequence([&] {
    writer.raw(named.view());
    writer.context(0, [&] {
      writer.sequence([&] {
        writer.raw(pki::encode_algorithm_identifier(algorithm));
        writer.bit_string(signing.key.sign(pki::digest(pki::hash_of(algorithm), named.view())));
        if (signing.certificates.empty()) return;
        writer.context(0, [&] {
          writer.sequence([&] {
            for (const pki::Bytes& certificate : signing.certificates)
              writer.raw(certificate);
          });
        });
      });
    });
  });
  return writer.take();
}

}  // namespace ocsp_world
