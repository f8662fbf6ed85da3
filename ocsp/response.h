// What a responder says: OCSPResponse, RFC 6960 section 4.2.1. The values, their encoder and their reader.
//
// Writer and reader are independent of each other (response_writer.cpp, response_reader.cpp), so that what is
// about to be released can be judged by the second.

#pragma once

#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "ocsp/request.h"
#include "pki/bytes.h"
#include "pki/certificate.h"
#include "pki/crl_reason.h"
#include "pki/result.h"
#include "pki/signer.h"
#include "pki/time.h"

namespace ocsp {

// OCSPResponseStatus ::= ENUMERATED; 4 is not used.
enum class ResponseStatus : std::uint8_t {
  successful = 0,
  malformed_request = 1,
  internal_error = 2,
  try_later = 3,
  sig_required = 5,
  unauthorized = 6,
};

// The RFC's spelling, e.g. malformedRequest.
[[nodiscard]] std::string_view to_string(ResponseStatus status);
// Nothing for 4 and for values above 6.
[[nodiscard]] std::optional<ResponseStatus> response_status_from(std::uint64_t value);
// How a failure is reported to a client; the detail stays here.
[[nodiscard]] ResponseStatus to_response_status(pki::Errc code);

// CertStatus ::= CHOICE { good [0], revoked [1] RevokedInfo, unknown [2] }
struct Good {
  friend bool operator==(const Good&, const Good&) = default;
};
struct Revoked {
  pki::Time revocation_time;
  // Not encoded when unspecified, as in CRLs (RFC 5280 section 5.3.1).
  pki::CrlReason revocation_reason = pki::CrlReason::unspecified;

  friend bool operator==(const Revoked&, const Revoked&) = default;
};
struct Unknown {
  friend bool operator==(const Unknown&, const Unknown&) = default;
};
using CertStatus = std::variant<Good, Revoked, Unknown>;

// SingleResponse ::= SEQUENCE {
//   certID            CertID,
//   certStatus        CertStatus,
//   thisUpdate        GeneralizedTime,
//   nextUpdate    [0] EXPLICIT GeneralizedTime OPTIONAL,
//   singleExtensions [1] EXPLICIT Extensions OPTIONAL }
struct SingleResponse {
  CertId cert_id;
  CertStatus cert_status;
  pki::Time this_update;
  std::optional<pki::Time> next_update;
  // Archive Cutoff (section 4.4.4): the status of certificates that expired since then is still known. Told
  // about expired certificates alone.
  std::optional<pki::Time> archive_cutoff = {};
};

// How the responder names itself: ResponderID ::= CHOICE { byName [1] Name, byKey [2] KeyHash }.
enum class ResponderIdForm : std::uint8_t { by_key, by_name };

// Whether the response says that "revoked" may also mean "never issued" (RFC 6960 section 4.4.8).
enum class ExtendedRevoke : std::uint8_t { absent, present };

// What is the same in every answer of one responder, encoded once.
class ResponderFrame final {
 public:
  // `certificate` belongs to the signer's key. It is sent along with each answer unless it is the CA's own
  // (`ca_certificate`), which every client has.
  ResponderFrame(const pki::Certificate& certificate, const pki::Certificate& ca_certificate,
                 ResponderIdForm form);

  [[nodiscard]] pki::ByteView responder_id() const { return responder_id_; }
  // The field certs [0], or nothing.
  [[nodiscard]] pki::ByteView certs() const { return certs_; }

 private:
  pki::Bytes responder_id_;
  pki::Bytes certs_;
};

// The variable part of ResponseData.
struct ResponseData {
  pki::Time produced_at;
  // Only cert_id.encoding of each CertID is used.
  std::vector<SingleResponse> responses;
  // The content of the nonce's extnValue, as the request had it (Nonce::extension_value).
  std::optional<pki::ByteView> nonce_extension = {};
  ExtendedRevoke extended_revoke = ExtendedRevoke::absent;
};

// A signed OCSPResponse with a BasicOCSPResponse. Throws when the key fails.
[[nodiscard]] pki::Bytes encode_response(const ResponderFrame& frame, const ResponseData& data,
                                         const pki::Signer& signer);

// The unsigned answer of any status but successful: SEQUENCE { ENUMERATED }, five bytes.
[[nodiscard]] std::array<std::uint8_t, 5> encode_error(ResponseStatus status);

// A BasicOCSPResponse as read; views into the input.
struct BasicResponse {
  // ResponseData, the whole encoding: what the signature is computed over.
  pki::ByteView tbs_response_data;
  ResponderIdForm responder_id_form = ResponderIdForm::by_key;
  // The Name's whole encoding, or the bytes of the KeyHash.
  pki::ByteView responder_id;
  pki::Time produced_at;
  std::vector<SingleResponse> responses;
  std::optional<Nonce> nonce;
  ExtendedRevoke extended_revoke = ExtendedRevoke::absent;
  pki::ByteView signature_algorithm;
  pki::ByteView signature;
  // Each certificate's whole encoding.
  std::vector<pki::ByteView> certs;
};

struct Response {
  ResponseStatus status = ResponseStatus::internal_error;
  // Present exactly when the status is successful.
  std::optional<BasicResponse> basic;
};

// Errc::malformed for bytes that are not exactly one response, Errc::unsupported for a response type other
// than basic or an unknown critical extension. Nothing is verified here (ocsp/verify.h).
[[nodiscard]] pki::Result<Response> decode_response(pki::ByteView input);

}  // namespace ocsp
