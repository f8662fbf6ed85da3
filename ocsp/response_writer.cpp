// Encoding of OCSPResponse (RFC 6960 section 4.2.1): one line per ASN.1 field.

#include <algorithm>

#include "ocsp/response.h"
#include "pki/hash.h"
#include "pki/oid.h"
#include "pki/public_key.h"

namespace ocsp {

namespace {

namespace der = pki::der;

void write_status(der::Writer& writer, const CertStatus& status) {
  if (std::holds_alternative<Good>(status)) {
    writer.primitive(der::tag::context(0), {});
  } else if (const auto* revoked = std::get_if<Revoked>(&status)) {
    // RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime,
    //                            revocationReason [0] EXPLICIT CRLReason OPTIONAL }
    writer.context(1, [&] {
      writer.generalized_time(revoked->revocation_time);
      if (revoked->revocation_reason == pki::CrlReason::unspecified) return;
      writer.context(0, [&] { writer.enumerated(static_cast<std::uint8_t>(revoked->revocation_reason)); });
    });
  } else {
    writer.primitive(der::tag::context(2), {});
  }
}

// singleExtensions [1] EXPLICIT Extensions, with ArchiveCutoff ::= GeneralizedTime (section 4.4.4).
void write_archive_cutoff(der::Writer& writer, pki::Time cutoff) {
  writer.context(1, [&] {
    writer.sequence([&] {
      writer.sequence([&] {
        writer.oid(pki::oids::kOcspArchiveCutoff).wrapped([&] { writer.generalized_time(cutoff); });
      });
    });
  });
}

void write_single_response(der::Writer& writer, const SingleResponse& response) {
  writer.sequence([&] {
    writer.raw(response.cert_id.encoding);
    write_status(writer, response.cert_status);
    writer.generalized_time(response.this_update);
    if (response.next_update) writer.context(0, [&] { writer.generalized_time(*response.next_update); });
    if (response.archive_cutoff) write_archive_cutoff(writer, *response.archive_cutoff);
  });
}

// Extensions in the order of their identifiers, none critical (section 4.4 leaves that to the responder, and
// a client that knows neither must still take the answer).
void write_extensions(der::Writer& writer, const ResponseData& data) {
  const bool has_extended_revoke = data.extended_revoke == ExtendedRevoke::present;
  if (!data.nonce_extension && !has_extended_revoke) return;
  writer.context(1, [&] {
    writer.sequence([&] {
      if (data.nonce_extension) {
        writer.sequence([&] {
          writer.oid(pki::oids::kOcspNonce);
          writer.octet_string(*data.nonce_extension);
        });
      }
      if (has_extended_revoke) {
        writer.sequence([&] {
          writer.oid(pki::oids::kOcspExtendedRevoke);
          writer.wrapped([&] { writer.null(); });
        });
      }
    });
  });
}

// ResponseData ::= SEQUENCE {
//   version            [0] EXPLICIT Version DEFAULT v1,
//   responderID            ResponderID,
//   producedAt             GeneralizedTime,
//   responses              SEQUENCE OF SingleResponse,
//   responseExtensions [1] EXPLICIT Extensions OPTIONAL }
pki::Bytes encode_response_data(const ResponderFrame& frame, const ResponseData& data) {
  der::Writer writer(frame.responder_id().size() + 256 + data.responses.size() * 160);
  writer.sequence([&] {
    writer.raw(frame.responder_id());
    writer.generalized_time(data.produced_at);
    writer.sequence([&] {
      for (const SingleResponse& response : data.responses)
        write_single_response(writer, response);
    });
    write_extensions(writer, data);
  });
  return writer.take();
}

// ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash }, both EXPLICIT; KeyHash is the SHA-1 of the
// responder's public key: of the BIT STRING's content alone (section 4.2.1).
pki::Bytes encode_responder_id(const pki::Certificate& certificate, ResponderIdForm form) {
  der::Writer writer;
  if (form == ResponderIdForm::by_name) {
    writer.context(1, [&] { writer.raw(certificate.subject()); });
  } else {
    const pki::ByteView key = pki::subject_public_key_bits(certificate.subject_public_key_info()).value();
    writer.context(2, [&] { writer.octet_string(pki::digest(pki::HashAlgorithm::sha1, key)); });
  }
  return writer.take();
}

}  // namespace

ResponderFrame::ResponderFrame(const pki::Certificate& certificate, const pki::Certificate& ca_certificate,
                               ResponderIdForm form)
    : responder_id_(encode_responder_id(certificate, form)) {
  if (pki::equal(certificate.der(), ca_certificate.der())) return;
  der::Writer writer(certificate.der().size() + 16);
  writer.context(0, [&] { writer.sequence([&] { writer.raw(certificate.der()); }); });
  certs_ = writer.take();
}

// OCSPResponse ::= SEQUENCE { responseStatus OCSPResponseStatus,
//                             responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
// ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
// BasicOCSPResponse ::= SEQUENCE {
//   tbsResponseData    ResponseData,
//   signatureAlgorithm AlgorithmIdentifier,
//   signature          BIT STRING,
//   certs          [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
pki::Bytes encode_response(const ResponderFrame& frame, const ResponseData& data, const pki::Signer& signer) {
  const pki::Bytes tbs = encode_response_data(frame, data);
  const pki::Bytes signature = signer.sign(pki::digest(pki::hash_of(signer.algorithm()), tbs));
  der::Writer writer(tbs.size() + signature.size() + frame.certs().size() + 96);
  writer.sequence([&] {
    writer.enumerated(static_cast<std::uint8_t>(ResponseStatus::successful));
    writer.context(0, [&] {
      writer.sequence([&] {
        writer.oid(pki::oids::kOcspBasic);
        writer.wrapped([&] {
          writer.sequence([&] {
            writer.raw(tbs);
            writer.raw(pki::encode_algorithm_identifier(signer.algorithm()));
            writer.bit_string(signature);
            writer.raw(frame.certs());
          });
        });
      });
    });
  });
  return writer.take();
}

std::array<std::uint8_t, 5> encode_error(ResponseStatus status) {
  return {der::tag::kSequence, 3, der::tag::kEnumerated, 1, static_cast<std::uint8_t>(status)};
}

}  // namespace ocsp
