// The asking side, for `jpki ocsp query`: requests as a client makes them, and answers in words.
//
// The transport is the caller's.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ocsp/verify.h"
#include "pki/bytes.h"
#include "pki/certificate.h"
#include "pki/hash.h"
#include "pki/result.h"
#include "pki/signer.h"

namespace ocsp {

// CertID, DER, of a serial issued under `issuer`. `serial_content` is the content of the INTEGER
// (pki::Certificate::serial_content, or pki::der::integer_content of a number).
[[nodiscard]] pki::Result<pki::Bytes> make_cert_id(const pki::Certificate& issuer,
                                                   pki::ByteView serial_content, pki::HashAlgorithm hash);

// The serial in words, from the content of its INTEGER: a number up to 2^63 - 1 in decimal, else 0x and hex.
[[nodiscard]] std::string serial_text(pki::ByteView content);

// OCSPRequest, DER, unsigned. Errc::invalid_value for no CertID, more than kMaxCertIds, or a nonce outside
// 1..128 bytes; RFC 9654 section 2.1 asks for 32 random ones.
[[nodiscard]] pki::Result<pki::Bytes> make_request(std::span<const pki::Bytes> cert_ids,
                                                   std::optional<pki::ByteView> nonce);

// Who signs a request (RFC 6960 section 4.1.2).
struct Requestor {
  const pki::Signer& signer;
  pki::Bytes certificate;  // DER; its key is the signer's.
  // Sent along after it, e.g. the certificate of its CA.
  std::vector<pki::Bytes> others = {};
};

// The same, signed; requestorName is the subject of the certificate.
[[nodiscard]] pki::Result<pki::Bytes> make_signed_request(std::span<const pki::Bytes> cert_ids,
                                                          std::optional<pki::ByteView> nonce,
                                                          const Requestor& requestor);

// The target of a GET: `responder_path` (e.g. "/ocsp/sign", or "/ocsp/auth?purpose=kazashi"), a slash, the
// request in base64 with + / = percent-encoded (RFC 6960 appendix A.1), and the query of the path, if any.
[[nodiscard]] std::string get_target(std::string_view responder_path, pki::ByteView request);

// What an answer amounts to, by the exit codes of `ocsp query` (0, 10, 11, 12, 13). Of several certificates
// the worst counts: revoked, then unknown.
enum class QueryVerdict : std::uint8_t { good, revoked, unknown, error_status, not_verified };

struct Explanation {
  QueryVerdict outcome = QueryVerdict::not_verified;
  // Sentences for a person, one a line, without line ends.
  std::vector<pki::Message> lines;
};

// Decodes and verifies the answer to `request` (both DER) and says what it means. `request` must be one that
// make_request or make_signed_request made.
[[nodiscard]] Explanation explain(pki::ByteView request, pki::ByteView answer, const pki::Certificate& issuer,
                                  pki::Time now);

// "good", "revoked" or "unknown".
[[nodiscard]] std::string_view to_string(const CertStatus& status);

}  // namespace ocsp
