// RFC 2986 section 4, read strictly and verified.

#include "pki/certification_request.h"

#include <array>

#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/public_key.h"
#include "pki/signer.h"

namespace pki {

namespace {

Result<Bytes> to_der(ByteView der_or_pem) {
  if (!as_text(der_or_pem).starts_with("-----") && !der_or_pem.empty() &&
      der_or_pem[0] == der::tag::kSequence)
    return Bytes(der_or_pem.begin(), der_or_pem.end());
  for (const char* label : {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}) {
    TRY_ASSIGN(auto blocks, decode_pem_blocks(as_text(der_or_pem), label));
    if (blocks.size() == 1) return std::move(blocks.front());
  }
  return fail(Errc::malformed, messages::not_pkcs10);
}

}  // namespace

// CertificationRequest ::= SEQUENCE { certificationRequestInfo, signatureAlgorithm, signature BIT STRING }
// CertificationRequestInfo ::= SEQUENCE { version INTEGER {0}, subject Name, subjectPKInfo, attributes [0] }
Result<CertificationRequest> verify_certification_request(ByteView der_or_pem) {
  TRY_ASSIGN(Bytes der, to_der(der_or_pem));
  TRY(der::validate(der));
  der::Reader outer(der);
  TRY_ASSIGN(der::Reader request, outer.enter_sequence());
  TRY_ASSIGN(const der::Element info_element, request.read(der::tag::kSequence));
  TRY_ASSIGN(const der::Element algorithm, request.read(der::tag::kSequence));
  TRY_ASSIGN(const der::BitString signature, request.read_bit_string());
  TRY(request.finish());
  if (signature.unused != 0) return fail(Errc::malformed, messages::signature_not_bytes);

  der::Reader info(info_element.content);
  TRY_ASSIGN(const std::uint64_t version, info.read_unsigned());
  if (version != 0) return fail(Errc::malformed, messages::pkcs10_version);
  TRY(info.read(der::tag::kSequence));
  TRY_ASSIGN(const der::Element key, info.read(der::tag::kSequence));
  TRY(info.read(der::tag::context_constructed(0)));
  TRY(info.finish());

  CertificationRequest verified;
  verified.subject_public_key_info = Bytes(key.encoding.begin(), key.encoding.end());
  TRY_ASSIGN(verified.key_algorithm, key_algorithm_of(key.encoding));
  const auto signature_algorithm = signature_algorithm_from(algorithm.encoding);
  if (!signature_algorithm) return fail(Errc::unsupported, messages::pkcs10_algorithm);
  if (!verify_message(key.encoding, *signature_algorithm, info_element.encoding, signature.bytes))
    return fail(Errc::malformed, messages::pkcs10_signature);
  verified.der = std::move(der);
  return verified;
}

Bytes make_certification_request(const PrivateKey& key) {
  return make_certification_request(*make_openssl_signer(key));
}

Bytes make_certification_request(const Signer& signer) {
  der::Writer info;
  info.sequence([&] { info.integer(0).sequence([] {}).raw(signer.public_key()).context(0, [] {}); });
  return sign_structure(signer, info.view());
}

}  // namespace pki
