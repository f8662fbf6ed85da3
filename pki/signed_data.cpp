// Reading SignedData with the strict reader, and verifying it (RFC 5652 sections 5.1 to 5.6).

#include "pki/signed_data.h"

#include <algorithm>

#include "pki/der.h"
#include "pki/messages/pki.h"
#include "pki/public_key.h"

namespace pki {

namespace {

constexpr Oid kIdData = make_oid("1.2.840.113549.1.7.1");
constexpr Oid kIdSignedData = make_oid("1.2.840.113549.1.7.2");
constexpr Oid kContentType = make_oid("1.2.840.113549.1.9.3");
constexpr Oid kMessageDigest = make_oid("1.2.840.113549.1.9.4");
constexpr Oid kSigningTime = make_oid("1.2.840.113549.1.9.5");

Error malformed(const MessageText& why) {
  return fail(Errc::malformed, {messages::signed_data_unacceptable, why});
}

// AlgorithmIdentifier with absent or NULL parameters: both are met (RFC 5754 section 2).
Result<Oid> read_algorithm(der::Reader& reader) {
  TRY_ASSIGN(der::Reader algorithm, reader.enter_sequence());
  TRY_ASSIGN(const Oid oid, algorithm.read_oid());
  if (!algorithm.at_end()) {
    TRY_ASSIGN(const der::Element parameters, algorithm.read(der::tag::kNull));
    if (!parameters.content.empty()) return malformed(messages::algorithm_parameters);
    TRY(algorithm.finish());
  }
  return oid;
}

// DigestAlgorithmIdentifiers ::= SET OF AlgorithmIdentifier
Result<std::vector<Oid>> read_digest_algorithms(der::Reader& reader) {
  TRY_ASSIGN(der::Reader list, reader.enter(der::tag::kSet));
  std::vector<Oid> algorithms;
  while (!list.at_end()) {
    TRY_ASSIGN(const Oid oid, read_algorithm(list));
    algorithms.push_back(oid);
  }
  return algorithms;
}

Result<HashAlgorithm> read_digest_algorithm(der::Reader& reader) {
  TRY_ASSIGN(const Oid oid, read_algorithm(reader));
  const auto hash = hash_algorithm_from(oid);
  if (!hash || *hash == HashAlgorithm::sha1) return fail(Errc::unsupported, messages::signed_data_digest);
  return *hash;
}

// A signature algorithm, and the digest that it fixes; rsaEncryption leaves it to digestAlgorithm (RFC 3370
// section 3.2), which is what OpenSSL writes.
struct SigningAlgorithm {
  Oid oid;
  bool is_rsa;
  std::optional<HashAlgorithm> hash;
};

constexpr SigningAlgorithm kSigningAlgorithms[] = {
    {oids::kRsaEncryption, true, std::nullopt},          {oids::kSha256WithRsa, true, HashAlgorithm::sha256},
    {oids::kSha384WithRsa, true, HashAlgorithm::sha384}, {oids::kSha512WithRsa, true, HashAlgorithm::sha512},
    {oids::kEcdsaSha256, false, HashAlgorithm::sha256},  {oids::kEcdsaSha384, false, HashAlgorithm::sha384},
    {oids::kEcdsaSha512, false, HashAlgorithm::sha512},
};

// The only value of an attribute that must have exactly one (RFC 5652 section 11).
Result<der::Element> only_value(const der::Element& values) {
  der::Reader reader(values.content);
  TRY_ASSIGN(const der::Element value, reader.read_any());
  if (!reader.at_end()) return malformed(messages::attribute_two_values);
  return value;
}

}  // namespace

// The steps of reading, in the order of the ASN.1; a friend, so that the class shows only what is of use.
struct SignedDataReader {
  SignedData& out;

  // SignedData ::= SEQUENCE { version, digestAlgorithms SET OF, encapContentInfo, certificates [0] IMPLICIT
  //   OPTIONAL, crls [1] IMPLICIT OPTIONAL, signerInfos SET OF SignerInfo }
  [[nodiscard]] Result<void> read_signed_data(der::Reader data) const {
    TRY_ASSIGN(const std::uint64_t version, data.read_unsigned());
    TRY_ASSIGN(const std::vector<Oid> digests, read_digest_algorithms(data));
    TRY_ASSIGN(der::Reader encapsulated, data.enter_sequence());
    TRY(read_content(encapsulated));
    TRY_ASSIGN(const auto certificates, data.read_optional(der::tag::context_constructed(0)));
    if (certificates) {
      der::Reader list(certificates->content);
      while (!list.at_end()) {
        TRY_ASSIGN(const der::Element certificate, list.read_any());
        if (certificate.tag == der::tag::kSequence)
          out.certificates_.push_back(to_bytes(certificate.encoding));
      }
    }
    TRY(data.read_optional(der::tag::context_constructed(1)));
    TRY_ASSIGN(der::Reader signers, data.enter(der::tag::kSet));
    TRY(data.finish());
    if (signers.at_end()) return malformed(messages::no_signer);
    TRY_ASSIGN(der::Reader signer, signers.enter_sequence());
    if (!signers.at_end()) return malformed(messages::two_signers);
    TRY(read_signer(signer));
    // Attribute certificates, which would ask for other versions, have no place here.
    const bool is_third = out.content_type_ != kIdData || !out.signer_.key_identifier.empty();
    if (version != (is_third ? 3 : 1)) return malformed(messages::cms_version);
    if (std::ranges::find(digests, oid_of(out.hash_)) == digests.end())
      return malformed(messages::cms_digest_unlisted);
    return {};
  }

  // EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OCTET STRING OPTIONAL }
  [[nodiscard]] Result<void> read_content(der::Reader& encapsulated) const {
    TRY_ASSIGN(out.content_type_, encapsulated.read_oid());
    if (!encapsulated.at_end()) {
      TRY_ASSIGN(der::Reader explicit_tag, encapsulated.enter(der::tag::context_constructed(0)));
      TRY_ASSIGN(const ByteView content, explicit_tag.read_octet_string());
      TRY(explicit_tag.finish());
      out.content_ = to_bytes(content);
    }
    return encapsulated.finish();
  }

  // SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm, signedAttrs [0] IMPLICIT OPTIONAL,
  //   signatureAlgorithm, signature OCTET STRING, unsignedAttrs [1] IMPLICIT OPTIONAL }
  [[nodiscard]] Result<void> read_signer(der::Reader& signer) const {
    TRY_ASSIGN(const std::uint64_t version, signer.read_unsigned());
    TRY(read_identifier(signer, version));
    TRY_ASSIGN(out.hash_, read_digest_algorithm(signer));
    TRY_ASSIGN(const auto attributes, signer.read_optional(der::tag::context_constructed(0)));
    if (attributes) {
      TRY(read_attributes(*attributes));
    } else if (out.content_type_ != kIdData) {
      return malformed(messages::cms_attributes_needed);
    }
    TRY(read_signing_algorithm(signer));
    TRY_ASSIGN(const ByteView signature, signer.read_octet_string());
    out.signature_ = to_bytes(signature);
    TRY(signer.read_optional(der::tag::context_constructed(1)));
    return signer.finish();
  }

  // IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }, with version 1; or a key
  // identifier [0] IMPLICIT OCTET STRING, with version 3.
  [[nodiscard]] Result<void> read_identifier(der::Reader& signer, std::uint64_t version) const {
    TRY_ASSIGN(const auto key_identifier, signer.read_optional(der::tag::context(0)));
    if (version != (key_identifier ? 3 : 1)) return malformed(messages::cms_signer_version);
    if (key_identifier) {
      if (key_identifier->content.empty()) return malformed(messages::key_identifier_empty);
      out.signer_.key_identifier = to_bytes(key_identifier->content);
      return {};
    }
    TRY_ASSIGN(der::Reader named, signer.enter_sequence());
    TRY_ASSIGN(const der::Element issuer, named.read(der::tag::kSequence));
    TRY_ASSIGN(const ByteView serial, named.read_integer());
    out.signer_.issuer = to_bytes(issuer.encoding);
    out.signer_.serial_content = to_bytes(serial);
    return named.finish();
  }

  // What is signed is the SET OF, not the [0] that replaces its tag (RFC 5652 section 5.4).
  [[nodiscard]] Result<void> read_attributes(const der::Element& attributes) const {
    out.signed_attributes_ = to_bytes(attributes.encoding);
    out.signed_attributes_[0] = der::tag::kSet;
    // The order of the set, which no one checked under the other tag.
    TRY(der::validate(out.signed_attributes_));
    std::vector<Oid> seen;
    der::Reader list(attributes.content);
    while (!list.at_end()) {
      TRY_ASSIGN(der::Reader attribute, list.enter_sequence());
      TRY_ASSIGN(const Oid type, attribute.read_oid());
      TRY_ASSIGN(const der::Element values, attribute.read(der::tag::kSet));
      TRY(attribute.finish());
      if (std::ranges::find(seen, type) != seen.end()) return malformed(messages::attribute_twice);
      seen.push_back(type);
      TRY(take_attribute(type, values));
    }
    for (const Oid& required : {kContentType, kMessageDigest})
      if (std::ranges::find(seen, required) == seen.end()) return malformed(messages::attributes_missing);
    return {};
  }

  [[nodiscard]] Result<void> take_attribute(const Oid& type, const der::Element& values) const {
    if (type == kContentType) {
      TRY_ASSIGN(const der::Element value, only_value(values));
      if (value.tag != der::tag::kOid || !equal(value.content, out.content_type_.content()))
        return malformed(messages::content_type_differs);
    } else if (type == kMessageDigest) {
      TRY_ASSIGN(const der::Element value, only_value(values));
      if (value.tag != der::tag::kOctetString) return malformed(messages::message_digest_form);
      out.message_digest_ = to_bytes(value.content);
    } else if (type == kSigningTime) {
      TRY_ASSIGN(const der::Element value, only_value(values));
      TRY_ASSIGN(out.signing_time_, der::decode_time(value));
    }
    return {};
  }

  [[nodiscard]] Result<void> read_signing_algorithm(der::Reader& signer) const {
    // Read as a whole: the parameters of what we do not support may be anything.
    TRY_ASSIGN(const der::Element element, signer.read(der::tag::kSequence));
    der::Reader look(element.content);
    TRY_ASSIGN(const Oid oid, look.read_oid());
    for (const SigningAlgorithm& known : kSigningAlgorithms) {
      if (known.oid != oid) continue;
      der::Reader whole(element.encoding);
      TRY(read_algorithm(whole));
      if (known.hash && *known.hash != out.hash_) return malformed(messages::digest_differs);
      out.is_rsa_ = known.is_rsa;
      return {};
    }
    return fail(Errc::unsupported, {messages::signed_data_algorithm, to_string(oid)});
  }
};

bool SignerIdentifier::names(const Certificate& certificate) const {
  if (key_identifier.empty())
    return equal(issuer, certificate.issuer()) && equal(serial_content, certificate.serial_content());
  if (const Extension* extension = certificate.find_extension(oids::kSubjectKeyIdentifier)) {
    der::Reader reader(extension->value);
    const auto identifier = reader.read_octet_string();
    return identifier.has_value() && reader.at_end() && equal(*identifier, key_identifier);
  }
  const auto computed = pki::key_identifier(certificate.subject_public_key_info());
  return computed.has_value() && equal(*computed, key_identifier);
}

// ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }
Result<SignedData> SignedData::decode(ByteView der) {
  TRY(der::validate(der));
  der::Reader outer(der);
  TRY_ASSIGN(der::Reader info, outer.enter_sequence());
  TRY_ASSIGN(const Oid type, info.read_oid());
  if (type != kIdSignedData) return malformed(messages::not_signed_data);
  TRY_ASSIGN(der::Reader explicit_tag, info.enter(der::tag::context_constructed(0)));
  TRY(info.finish());
  TRY_ASSIGN(der::Reader data, explicit_tag.enter_sequence());
  TRY(explicit_tag.finish());
  SignedData decoded;
  TRY(SignedDataReader{decoded}.read_signed_data(data));
  return decoded;
}

Result<Bytes> SignedData::verified_content(const Certificate& certificate,
                                           std::optional<ByteView> detached) const {
  if (content_.has_value() == detached.has_value())
    return malformed(content_ ? messages::content_given_twice : messages::content_missing);
  if (!signer_.names(certificate)) return invalid("certificate", messages::signed_by_another);
  const ByteView content = content_ ? ByteView(*content_) : *detached;
  const Bytes content_digest = digest(hash_, content);
  if (!signed_attributes_.empty() && !equal(content_digest, message_digest_))
    return malformed(messages::content_differs);
  TRY_ASSIGN(const PublicKey key, PublicKey::load(certificate.subject_public_key_info()));
  if (is_rsa_ != is_rsa(key.algorithm())) return malformed(messages::algorithm_not_of_key);
  const Bytes signed_digest = signed_attributes_.empty() ? content_digest : digest(hash_, signed_attributes_);
  if (!key.verify_digest(hash_, signed_digest, signature_)) return malformed(messages::signature_wrong);
  return to_bytes(content);
}

}  // namespace pki
