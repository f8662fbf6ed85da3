// TBSCertificate ::= SEQUENCE { version [0] v3, serialNumber, signature, issuer, validity, subject,
//   subjectPublicKeyInfo, extensions [3] }

#include "ca/certificate_builder.h"

#include "law/validity.h"
#include "pki/certificate.h"
#include "registry/crls.h"

namespace ca {

namespace {

using pki::der::Writer;

struct TbsFields {
  pki::SerialNumber serial;
  pki::SignatureAlgorithm algorithm = pki::SignatureAlgorithm::rsa_sha256;
  const pki::Name& issuer;
  Validity validity;
  const pki::Name& subject;
  pki::ByteView subject_public_key_info;
};

// What every request says for itself; it must outlive the result.
template <typename Request>
TbsFields fields_of(const registry::SigningIssuer& issuer, const Request& request) {
  return {.serial = request.serial,
          .algorithm = issuer.algorithm(),
          .issuer = issuer.name(),
          .validity = request.validity,
          .subject = request.subject,
          .subject_public_key_info = request.subject_public_key_info};
}

template <typename Extensions>
pki::Bytes encode_tbs(const TbsFields& fields, Extensions&& write_extensions) {
  Writer writer(2048);
  writer.sequence([&] {
    writer.context(0, [&] { writer.integer(2); });
    writer.integer(fields.serial.value);
    writer.raw(pki::encode_algorithm_identifier(fields.algorithm));
    fields.issuer.encode(writer);
    writer.sequence([&] { writer.time(fields.validity.not_before).time(fields.validity.not_after); });
    fields.subject.encode(writer);
    writer.raw(fields.subject_public_key_info);
    writer.context(3, [&] { writer.sequence([&] { write_extensions(writer); }); });
  });
  return writer.take();
}

pki::Bytes key_identifier_of(pki::ByteView subject_public_key_info) {
  return pki::key_identifier(subject_public_key_info).value();
}

// The distribution point of the CA's own certificate: its own name and nothing else.
void write_own_crl_distribution_point(Writer& writer, const pki::Name& name) {
  write_crl_distribution_points(writer, {.directory_name = name, .uri = std::nullopt});
}

// What every certificate of a CA of ours says, before its key identifiers.
void write_ca_extensions(Writer& writer, const Profile& profile, pki::CaName ca, const pki::Name& name) {
  const bool is_jpki = ca != pki::CaName::operations;
  write_key_usage(writer, KeyUsage::key_cert_sign_and_crl_sign);
  if (is_jpki) write_alternative_name(writer, pki::oids::kSubjectAltName, profile.ca_alternative_name(ca));
  write_basic_constraints_of_ca(writer);
  if (is_jpki) write_own_crl_distribution_point(writer, name);
}

}  // namespace

pki::Result<pki::Bytes> make_ca_certificate(const Profile& profile, const CaCertificateRequest& request,
                                            const pki::VerifyingSigner& signer) {
  const pki::Name name = profile.ca_name(request.ca);
  const TbsFields fields{.serial = request.serial,
                         .algorithm = signer.algorithm(),
                         .issuer = name,
                         .validity = request.validity.value_or(
                             Validity{request.issued_at, law::end_of_ca_validity(request.issued_at)}),
                         .subject = name,
                         .subject_public_key_info = signer.public_key()};
  const pki::Bytes tbs = encode_tbs(fields, [&](Writer& writer) {
    write_ca_extensions(writer, profile, request.ca, name);
    write_subject_key_identifier(writer, key_identifier_of(signer.public_key()));
  });
  return signer.sign_tbs(tbs);
}

pki::Result<pki::Bytes> make_link_certificate(const Profile& profile, const LinkCertificateRequest& request,
                                              const registry::SigningIssuer& issuer) {
  const registry::DecodedIssuer& subject = request.subject.decoded();
  const TbsFields fields{.serial = request.serial,
                         .algorithm = issuer.algorithm(),
                         .issuer = issuer.name(),
                         .validity = request.validity,
                         .subject = subject.name,
                         .subject_public_key_info = subject.public_key};
  return issuer.sign(encode_tbs(fields, [&](Writer& writer) {
    write_ca_extensions(writer, profile, subject.id().ca, subject.name);
    write_authority_key_identifier(writer, {issuer.key_identifier(), issuer.name(), issuer.serial()});
    write_subject_key_identifier(writer, subject.key_identifier);
  }));
}

pki::Bytes encode_responder_tbs(const registry::SigningIssuer& issuer, const ResponderRequest& request) {
  auto attributes = issuer.name().attributes();
  attributes.push_back(pki::common_name("OCSP Responder"));
  const pki::Name subject(std::move(attributes));
  const TbsFields fields{.serial = request.serial,
                         .algorithm = issuer.algorithm(),
                         .issuer = issuer.name(),
                         .validity = request.validity,
                         .subject = subject,
                         .subject_public_key_info = request.subject_public_key_info};
  return encode_tbs(fields, [&](Writer& writer) {
    write_key_usage(writer, KeyUsage::digital_signature);
    write_extended_key_usage(writer, pki::oids::kKeyPurposeOcspSigning);
    write_ocsp_no_check(writer);
    write_authority_key_identifier(writer, {issuer.key_identifier(), issuer.name(), issuer.serial()});
    write_subject_key_identifier(writer, key_identifier_of(request.subject_public_key_info));
  });
}

pki::Bytes encode_credential_tbs(const registry::SigningIssuer& issuer, const CredentialTbsRequest& request) {
  const TbsFields fields = fields_of(issuer, request);
  return encode_tbs(fields, [&](Writer& writer) {
    write_key_usage(writer, KeyUsage::digital_signature);
    write_extended_key_usage(writer, request.key_purpose, request.second_key_purpose);
    if (request.host_names.empty()) {
      write_authority_key_identifier(writer, {issuer.key_identifier(), issuer.name(), issuer.serial()});
    } else {
      write_host_names(writer, request.host_names);
      write_authority_key_identifier(writer, issuer.key_identifier());
    }
    write_subject_key_identifier(writer, key_identifier_of(request.subject_public_key_info));
  });
}

pki::Bytes encode_end_entity_tbs(const Profile& profile, const registry::SigningIssuer& issuer,
                                 const EndEntityRequest& request) {
  const ProfileConfig& config = profile.config();
  const pki::CaName ca = pki::ca_of(request.kind);
  const bool sign = ca == pki::CaName::sign;
  const TbsFields fields = fields_of(issuer, request);
  return encode_tbs(fields, [&](Writer& writer) {
    write_key_usage(writer,
                    sign ? KeyUsage::digital_signature_and_non_repudiation : KeyUsage::digital_signature);
    if (sign) {
      write_recorded_items(writer, request.items.value());
    } else {
      write_extended_key_usage(writer, pki::oids::kKeyPurposeClientAuth);
    }
    write_certificate_policies(writer, Profile::policy_of(request.kind), profile.cps_uri());
    write_alternative_name(writer, pki::oids::kIssuerAltName, profile.ca_alternative_name(ca));
    write_crl_distribution_points(writer, request.point_names);
    // Authentication: AIA before AKI and SKI, as decoded. Signing: AIA last, since the dummy has none.
    if (!sign) write_ocsp_access(writer, profile.ocsp_uri(ca));
    write_authority_key_identifier(writer, {issuer.key_identifier(), issuer.name(), issuer.serial()});
    write_subject_key_identifier(writer, key_identifier_of(request.subject_public_key_info));
    if (sign && config.aia_in_signing_certificates) write_ocsp_access(writer, profile.ocsp_uri(ca));
    if (config.freshest_crl_in_certificates)
      write_freshest_crl(writer, registry::list_uri(config.public_url, {issuer.id(), request.point},
                                                    registry::CrlKind::delta));
  });
}

}  // namespace ca
