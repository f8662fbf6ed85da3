// Reading certificates, RFC 5280 section 4.1.

#include "pki/certificate.h"

#include <algorithm>

#include "pki/der.h"
#include "pki/messages/pki.h"

namespace pki {

namespace {

Result<std::vector<std::string>> uris_of_general_names(der::Reader names) {
  std::vector<std::string> uris;
  while (!names.at_end()) {
    TRY_ASSIGN(const der::Element name, names.read_any());
    if (name.tag == der::tag::context(6)) uris.emplace_back(as_text(name.content));
  }
  return uris;
}

}  // namespace

// Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension
Result<std::vector<Extension>> decode_extensions(ByteView der) {
  der::Reader outer(der);
  TRY_ASSIGN(der::Reader list, outer.enter_sequence());
  TRY(outer.finish());
  std::vector<Extension> extensions;
  while (!list.at_end()) {
    TRY_ASSIGN(der::Reader entry, list.enter_sequence());
    Extension extension;
    TRY_ASSIGN(extension.id, entry.read_oid());
    if (entry.peek() == der::tag::kBoolean) {
      TRY_ASSIGN(extension.critical, entry.read_boolean());
      if (!extension.critical) return fail(Errc::malformed, messages::not_der_default);
    }
    TRY_ASSIGN(extension.value, entry.read_octet_string());
    TRY(entry.finish());
    if (std::ranges::find(extensions, extension.id, &Extension::id) != extensions.end())
      return fail(Errc::malformed, messages::extension_twice);
    extensions.push_back(extension);
  }
  if (extensions.empty()) return fail(Errc::malformed, messages::extensions_empty);
  return extensions;
}

namespace {

constexpr std::uint64_t kVersion1 = 0, kVersion2 = 1, kVersion3 = 2;

// version [0] EXPLICIT INTEGER DEFAULT v1. Old roots are of version 1; DER leaves the default out.
Result<std::uint64_t> read_version(der::Reader& tbs) {
  TRY_ASSIGN(const auto field, tbs.read_optional(der::tag::context_constructed(0)));
  if (!field) return kVersion1;
  der::Reader version(field->content);
  TRY_ASSIGN(const std::uint64_t number, version.read_unsigned());
  TRY(version.finish());
  if (number == kVersion1) return fail(Errc::malformed, messages::version_1_encoded);
  if (number != kVersion2 && number != kVersion3)
    return fail(Errc::unsupported, messages::certificate_version_unknown);
  return number;
}

}  // namespace

// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING }
// TBSCertificate ::= SEQUENCE { version [0], serialNumber, signature, issuer, validity, subject,
//   subjectPublicKeyInfo, issuerUniqueID [1] OPTIONAL, subjectUniqueID [2] OPTIONAL, extensions [3] OPTIONAL
//   }
Result<Certificate> Certificate::decode(ByteView der) {
  TRY(der::validate(der));
  Certificate decoded;
  decoded.der_ = std::make_shared<const Bytes>(der.begin(), der.end());
  der::Reader outer(*decoded.der_);
  TRY_ASSIGN(der::Reader certificate, outer.enter_sequence());
  TRY_ASSIGN(const der::Element tbs_element, certificate.read(der::tag::kSequence));
  decoded.tbs_ = tbs_element.encoding;
  TRY_ASSIGN(const der::Element algorithm, certificate.read(der::tag::kSequence));
  decoded.signature_algorithm_ = algorithm.encoding;
  TRY_ASSIGN(const der::BitString signature, certificate.read_bit_string());
  if (signature.unused != 0) return fail(Errc::malformed, messages::signature_not_bytes);
  decoded.signature_ = signature.bytes;
  TRY(certificate.finish());

  der::Reader tbs(tbs_element.content);
  TRY_ASSIGN(const std::uint64_t version, read_version(tbs));
  TRY_ASSIGN(decoded.serial_, tbs.read_integer());
  TRY_ASSIGN(const der::Element inner_algorithm, tbs.read(der::tag::kSequence));
  if (!equal(inner_algorithm.encoding, algorithm.encoding))
    return fail(Errc::malformed, messages::signature_algorithms_differ);
  TRY_ASSIGN(const der::Element issuer, tbs.read(der::tag::kSequence));
  decoded.issuer_ = issuer.encoding;
  TRY_ASSIGN(der::Reader validity, tbs.enter_sequence());
  TRY_ASSIGN(decoded.not_before_, validity.read_time());
  TRY_ASSIGN(decoded.not_after_, validity.read_time());
  TRY(validity.finish());
  TRY_ASSIGN(const der::Element subject, tbs.read(der::tag::kSequence));
  decoded.subject_ = subject.encoding;
  TRY_ASSIGN(const der::Element key, tbs.read(der::tag::kSequence));
  decoded.public_key_ = key.encoding;
  TRY_ASSIGN(const auto issuer_id, tbs.read_optional(der::tag::context(1)));
  TRY_ASSIGN(const auto subject_id, tbs.read_optional(der::tag::context(2)));
  if (version == kVersion1 && (issuer_id || subject_id))
    return fail(Errc::malformed, messages::unique_identifier_in_v1);
  if (!tbs.at_end()) {
    if (version != kVersion3) return fail(Errc::malformed, messages::extensions_need_v3);
    TRY_ASSIGN(const der::Element extensions, tbs.read(der::tag::context_constructed(3)));
    TRY_ASSIGN(decoded.extensions_, decode_extensions(extensions.content));
  }
  TRY(tbs.finish());
  return decoded;
}

const Extension* Certificate::find_extension(const Oid& id) const {
  const auto found = std::ranges::find(extensions_, id, &Extension::id);
  return found == extensions_.end() ? nullptr : &*found;
}

bool is_signed_by(const Certificate& certificate, ByteView subject_public_key_info) {
  const auto algorithm = signature_algorithm_from(certificate.signature_algorithm());
  return algorithm &&
         verify_message(subject_public_key_info, *algorithm, certificate.tbs(), certificate.signature());
}

// CRLDistributionPoints ::= SEQUENCE OF DistributionPoint { distributionPoint [0] { fullName [0] … } … }
Result<std::vector<std::string>> distribution_point_uris(ByteView extension_value) {
  der::Reader outer(extension_value);
  TRY_ASSIGN(der::Reader points, outer.enter_sequence());
  TRY_ASSIGN(der::Reader point, points.enter_sequence());
  TRY_ASSIGN(der::Reader name, point.enter(der::tag::context_constructed(0)));
  TRY_ASSIGN(const der::Reader full_name, name.enter(der::tag::context_constructed(0)));
  return uris_of_general_names(full_name);
}

// AuthorityInfoAccessSyntax ::= SEQUENCE OF AccessDescription { accessMethod, accessLocation }
Result<std::optional<std::string>> ocsp_uri(ByteView extension_value) {
  der::Reader outer(extension_value);
  TRY_ASSIGN(der::Reader descriptions, outer.enter_sequence());
  while (!descriptions.at_end()) {
    TRY_ASSIGN(der::Reader description, descriptions.enter_sequence());
    TRY_ASSIGN(const Oid method, description.read_oid());
    TRY_ASSIGN(const der::Element location, description.read_any());
    if (method == oids::kAccessOcsp && location.tag == der::tag::context(6))
      return std::optional<std::string>(as_text(location.content));
  }
  return std::optional<std::string>{};
}

}  // namespace pki
