// Reading of OCSPResponse (RFC 6960 section 4.2.1): strict, and independent of the writer.

#include <algorithm>
#include <string>
#include <utility>

#include "ocsp/response.h"
#include "pki/messages/ocsp.h"
#include "pki/oid.h"

namespace ocsp {

namespace {

using pki::ByteView;
using pki::Errc;
using pki::Result;
namespace der = pki::der;

pki::Error not_a_response(const pki::MessageText& why) {
  return pki::fail(Errc::malformed, {messages::not_a_response, why});
}

// RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime,
//                            revocationReason [0] EXPLICIT CRLReason OPTIONAL }, here [1] IMPLICIT.
Result<Revoked> decode_revoked(ByteView content) {
  der::Reader info(content);
  Revoked revoked;
  TRY_ASSIGN(revoked.revocation_time, info.read_generalized_time());
  TRY_ASSIGN(const auto reason, info.read_optional(der::tag::context_constructed(0)));
  TRY(info.finish());
  if (!reason) return revoked;
  der::Reader reader(reason->content);
  TRY_ASSIGN(const std::uint8_t value, reader.read_enumerated());
  TRY(reader.finish());
  const auto known = pki::crl_reason_from(value);
  if (!known) return not_a_response(messages::reason_unknown);
  revoked.revocation_reason = *known;
  return revoked;
}

Result<CertStatus> decode_status(const der::Element& element) {
  if (element.tag == der::tag::context_constructed(1)) {
    TRY_ASSIGN(const Revoked revoked, decode_revoked(element.content));
    return CertStatus(revoked);
  }
  if (!element.content.empty()) return not_a_response(messages::status_with_content);
  if (element.tag == der::tag::context(0)) return CertStatus(Good{});
  if (element.tag == der::tag::context(2)) return CertStatus(Unknown{});
  return not_a_response(messages::status_no_alternative);
}

// singleExtensions: the archive cutoff, if there is one.
Result<std::optional<pki::Time>> decode_single_extensions(ByteView content) {
  TRY_ASSIGN(const auto extensions, pki::decode_extensions(content));
  std::optional<pki::Time> cutoff;
  for (const pki::Extension& extension : extensions) {
    if (extension.id == pki::oids::kOcspArchiveCutoff) {
      der::Reader reader(extension.value);
      TRY_ASSIGN(cutoff, reader.read_generalized_time());
      TRY(reader.finish());
    } else if (extension.critical) {
      return pki::fail(Errc::unsupported, messages::single_extension_unknown);
    }
  }
  return cutoff;
}

// The ASN.1 stands at SingleResponse.
Result<SingleResponse> decode_single_response(der::Reader& responses) {
  TRY_ASSIGN(der::Reader fields, responses.enter_sequence());
  SingleResponse single;
  TRY_ASSIGN(single.cert_id, decode_cert_id(fields));
  TRY_ASSIGN(const der::Element status, fields.read_any());
  TRY_ASSIGN(single.cert_status, decode_status(status));
  TRY_ASSIGN(single.this_update, fields.read_generalized_time());
  TRY_ASSIGN(const auto next_update, fields.read_optional(der::tag::context_constructed(0)));
  if (next_update) {
    der::Reader reader(next_update->content);
    TRY_ASSIGN(single.next_update, reader.read_generalized_time());
    TRY(reader.finish());
  }
  TRY_ASSIGN(const auto extensions, fields.read_optional(der::tag::context_constructed(1)));
  if (extensions) {
    TRY_ASSIGN(single.archive_cutoff, decode_single_extensions(extensions->content));
  }
  TRY(fields.finish());
  return single;
}

Result<void> decode_response_extensions(ByteView content, BasicResponse& basic) {
  TRY_ASSIGN(const auto extensions, pki::decode_extensions(content));
  for (const pki::Extension& extension : extensions) {
    if (extension.id == pki::oids::kOcspNonce) {
      TRY_ASSIGN(basic.nonce, decode_nonce(extension.value));
    } else if (extension.id == pki::oids::kOcspExtendedRevoke) {
      basic.extended_revoke = ExtendedRevoke::present;
    } else if (extension.critical) {
      return pki::fail(Errc::unsupported, messages::response_extension_unknown);
    }
  }
  return {};
}

// ResponderID ::= CHOICE { byName [1] EXPLICIT Name, byKey [2] EXPLICIT OCTET STRING }
Result<void> decode_responder_id(const der::Element& element, BasicResponse& basic) {
  der::Reader reader(element.content);
  if (element.tag == der::tag::context_constructed(1)) {
    basic.responder_id_form = ResponderIdForm::by_name;
    TRY_ASSIGN(const der::Element name, reader.read(der::tag::kSequence));
    basic.responder_id = name.encoding;
  } else if (element.tag == der::tag::context_constructed(2)) {
    basic.responder_id_form = ResponderIdForm::by_key;
    TRY_ASSIGN(basic.responder_id, reader.read_octet_string());
  } else {
    return not_a_response(messages::responder_no_alternative);
  }
  return reader.finish();
}

// ResponseData ::= SEQUENCE {
//   version            [0] EXPLICIT Version DEFAULT v1,
//   responderID            ResponderID,
//   producedAt             GeneralizedTime,
//   responses              SEQUENCE OF SingleResponse,
//   responseExtensions [1] EXPLICIT Extensions OPTIONAL }
Result<void> decode_response_data(ByteView content, BasicResponse& basic) {
  der::Reader data(content);
  if (data.peek() == der::tag::context_constructed(0))
    return not_a_response(messages::version_not_1_or_encoded);
  TRY_ASSIGN(const der::Element responder_id, data.read_any());
  TRY(decode_responder_id(responder_id, basic));
  TRY_ASSIGN(basic.produced_at, data.read_generalized_time());
  TRY_ASSIGN(der::Reader responses, data.enter_sequence());
  while (!responses.at_end()) {
    if (basic.responses.size() == kMaxCertIds) return not_a_response(messages::too_many_responses);
    TRY_ASSIGN(const SingleResponse single, decode_single_response(responses));
    basic.responses.push_back(single);
  }
  TRY_ASSIGN(const auto extensions, data.read_optional(der::tag::context_constructed(1)));
  if (extensions) TRY(decode_response_extensions(extensions->content, basic));
  return data.finish();
}

// BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature BIT STRING,
//                                  certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
Result<BasicResponse> decode_basic(ByteView der) {
  der::Reader outer(der);
  TRY_ASSIGN(der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  BasicResponse basic;
  TRY_ASSIGN(const der::Element data, fields.read(der::tag::kSequence));
  basic.tbs_response_data = data.encoding;
  TRY(decode_response_data(data.content, basic));
  TRY_ASSIGN(const der::Element algorithm, fields.read(der::tag::kSequence));
  basic.signature_algorithm = algorithm.encoding;
  TRY_ASSIGN(const der::BitString signature, fields.read_bit_string());
  basic.signature = signature.bytes;
  TRY_ASSIGN(const auto certs, fields.read_optional(der::tag::context_constructed(0)));
  TRY(fields.finish());
  if (!certs) return basic;
  der::Reader wrapper(certs->content);
  TRY_ASSIGN(der::Reader list, wrapper.enter_sequence());
  TRY(wrapper.finish());
  while (!list.at_end()) {
    TRY_ASSIGN(const der::Element certificate, list.read(der::tag::kSequence));
    basic.certs.push_back(certificate.encoding);
  }
  return basic;
}

// ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
Result<BasicResponse> decode_response_bytes(ByteView content) {
  der::Reader outer(content);
  TRY_ASSIGN(der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  TRY_ASSIGN(const pki::Oid type, fields.read_oid());
  if (type != pki::oids::kOcspBasic)
    return pki::fail(Errc::unsupported, {messages::response_type_unknown, pki::to_string(type)});
  TRY_ASSIGN(const ByteView response, fields.read_octet_string());
  TRY(fields.finish());
  return decode_basic(response);
}

}  // namespace

std::string_view to_string(ResponseStatus status) {
  switch (status) {
    case ResponseStatus::successful:
      return "successful";
    case ResponseStatus::malformed_request:
      return "malformedRequest";
    case ResponseStatus::internal_error:
      return "internalError";
    case ResponseStatus::try_later:
      return "tryLater";
    case ResponseStatus::sig_required:
      return "sigRequired";
    case ResponseStatus::unauthorized:
      return "unauthorized";
  }
  return "internalError";
}

std::optional<ResponseStatus> response_status_from(std::uint64_t value) {
  if (value > 6 || value == 4) return std::nullopt;
  return static_cast<ResponseStatus>(value);
}

ResponseStatus to_response_status(pki::Errc code) {
  switch (code) {
    case Errc::malformed:
      return ResponseStatus::malformed_request;
    case Errc::outcome_unknown:
    case Errc::too_busy:
      return ResponseStatus::try_later;
    case Errc::sig_required:
      return ResponseStatus::sig_required;
    case Errc::unauthorized:
    case Errc::forbidden:
      return ResponseStatus::unauthorized;
    default:
      return ResponseStatus::internal_error;
  }
}

// OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
Result<Response> decode_response(ByteView input) {
  der::Reader outer(input);
  TRY_ASSIGN(der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  TRY_ASSIGN(const std::uint8_t value, fields.read_enumerated());
  const auto status = response_status_from(value);
  if (!status) return not_a_response(messages::response_status_unknown);
  TRY_ASSIGN(const auto bytes, fields.read_optional(der::tag::context_constructed(0)));
  TRY(fields.finish());
  Response response{*status, std::nullopt};
  if (bytes.has_value() != (*status == ResponseStatus::successful))
    return not_a_response(messages::response_bytes_misplaced);
  if (bytes) {
    TRY_ASSIGN(response.basic, decode_response_bytes(bytes->content));
  }
  return response;
}

}  // namespace ocsp
