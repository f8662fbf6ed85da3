// What a client asks: OCSPRequest, RFC 6960 section 4.1.1, with the nonce of RFC 9654.
//
// Decoding is strict DER and allocates nothing per field: everything is a view into the input, which must
// outlive the request. Whether the sender may ask, and whether a CertID is ours, is decided elsewhere.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/der.h"
#include "pki/hash.h"
#include "pki/result.h"

namespace ocsp {

// The limits of docs/api.md; what exceeds one is malformed.
inline constexpr std::size_t kMaxCertIds = 100;
inline constexpr std::size_t kMaxNonceBytes = 128;
inline constexpr std::size_t kMaxRequestBytes = 64 * 1024;

// An AlgorithmIdentifier writes "no parameters" in two ways; an answer must repeat the client's.
enum class HashParameters : std::uint8_t { absent, null };

// CertID ::= SEQUENCE {
//   hashAlgorithm   AlgorithmIdentifier,
//   issuerNameHash  OCTET STRING,
//   issuerKeyHash   OCTET STRING,
//   serialNumber    CertificateSerialNumber }
struct CertId {
  // Nothing for an algorithm or parameters that we do not know: then no issuer can match.
  std::optional<pki::HashAlgorithm> hash_algorithm;
  HashParameters hash_parameters = HashParameters::absent;
  pki::ByteView issuer_name_hash;
  pki::ByteView issuer_key_hash;
  // The content bytes of the INTEGER.
  pki::ByteView serial_content;
  // All of it, to be repeated in the answer as it was asked.
  pki::ByteView encoding;
};

// Whether two CertIDs mean the same certificate in the same words; NULL and absent parameters are one.
[[nodiscard]] bool is_same_certificate(const CertId& a, const CertId& b);

// Reads one CertID. Errc::malformed as all of DER.
[[nodiscard]] pki::Result<CertId> decode_cert_id(pki::der::Reader& reader);

// 1 to kMaxCertIds CertIDs; the usual few live inside the object.
class CertIds final {
 public:
  void push_back(const CertId& id);
  [[nodiscard]] std::span<CertId> view();
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const CertId> view() const;

 private:
  static constexpr std::size_t kInline = 2;

  std::array<CertId, kInline> first_{};
  // All of them, once there are more than kInline.
  std::vector<CertId> all_;
  std::size_t size_ = 0;
};

// Signature ::= SEQUENCE {
//   signatureAlgorithm  AlgorithmIdentifier,
//   signature           BIT STRING,
//   certs           [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
struct RequestSignature {
  // AlgorithmIdentifier, the whole encoding.
  pki::ByteView signature_algorithm;
  pki::ByteView signature;
  // The certificates one after another; empty when absent.
  pki::ByteView certs;
};

// Nonce ::= OCTET STRING (SIZE (1..128)), RFC 9654 section 2.1.
struct Nonce {
  // The bytes that make the request one of its kind.
  pki::ByteView value;
  // What stands in extnValue, to be repeated in the answer as it came: the OCTET STRING around `value`, or
  // `value` itself, as clients of the time before RFC 8954 write it (decode_nonce).
  pki::ByteView extension_value;
};

// Content that is one well-formed OCTET STRING to its last byte is the wrapped form; any other content is the
// nonce itself: Keycloak up to 24, digidoc4j and much code with Bouncy Castle put the bytes there directly.
// Errc::malformed for a nonce that is not of 1..128 bytes.
[[nodiscard]] pki::Result<Nonce> decode_nonce(pki::ByteView extension_value);

// A decoded request. A signature is taken apart here and nothing more: who signed is found by
// ocsp/request_signature.h, and whether it counts by verifier::Recognition.
struct Request {
  CertIds cert_ids;
  // Of requestExtensions, else of the first request that has one in its singleRequestExtensions, where some
  // clients put it.
  std::optional<Nonce> nonce;
  // GeneralName, the whole encoding.
  std::optional<pki::ByteView> requestor_name;
  std::optional<RequestSignature> optional_signature;
  // TBSRequest, the whole encoding: what a signature is computed over.
  pki::ByteView tbs_request;

  // The same over a copy of the bytes that were decoded: every view moves from `from` to `to`.
  void rebase(pki::ByteView from, pki::ByteView to);
};

// Errc::malformed for bytes that are not exactly one request, an empty or too long requestList, a nonce
// outside 1..128 bytes, an unknown critical extension in either list, or an extension of RFC 6960 or a
// requestorName that has not its own syntax.
[[nodiscard]] pki::Result<Request> decode_request(pki::ByteView input);

// The request in what follows /ocsp/sign/ of a GET (RFC 6960 appendix A.1): base64 or base64url, with or
// without padding, each byte raw or percent-encoded, after any number of extra slashes. Errc::malformed for
// anything else and for more than kMaxRequestBytes characters.
[[nodiscard]] pki::Result<pki::Bytes> decode_get_path(std::string_view rest_of_path);

}  // namespace ocsp
