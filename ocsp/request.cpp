// Decoding of OCSPRequest (RFC 6960 section 4.1.1): one function per ASN.1 type, in the order of the types.

#include "ocsp/request.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "http/message.h"
#include "http/url.h"
#include "ocsp/request_syntax.h"
#include "pki/messages/ocsp.h"
#include "pki/oid.h"

namespace ocsp {

namespace {

using pki::ByteView;
using pki::Errc;
using pki::Result;
namespace der = pki::der;

// More extensions than this in one list are refused: no client sends them, and looking for doubles is
// quadratic.
constexpr std::size_t kMaxExtensions = 16;

// The request extensions of RFC 6960 section 4.4 that may be critical without stopping us. Each changes
// nothing: we always answer with the basic type (4.4.3), we route nowhere (4.4.6), and of the ways to choose
// a signature algorithm (4.4.7.2) each leads to the same one: a responder has one key, made for one
// algorithm. A client that prefers it (4.4.7.2.1, the first way) gets it; any other gets the service's known
// one (the fourth), since the preference of an algorithm that is not supported is passed over, not an error.
bool is_understood(const pki::Oid& id) {
  return id == pki::oids::kOcspNonce || id == pki::oids::kOcspResponse ||
         id == pki::oids::kOcspServiceLocator || id == pki::oids::kOcspPreferredSignatureAlgorithms;
}

// Extensions ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
//   extnID     OBJECT IDENTIFIER,
//   critical   BOOLEAN DEFAULT FALSE,
//   extnValue  OCTET STRING }
// Gives the nonce, if there is one.
Result<std::optional<Nonce>> decode_extensions(ByteView content) {
  der::Reader outer(content);
  TRY_ASSIGN(der::Reader list, outer.enter_sequence());
  TRY(outer.finish());
  if (list.at_end()) return not_a_request(messages::extensions_empty);
  std::array<pki::Oid, kMaxExtensions> seen;
  std::size_t count = 0;
  std::optional<Nonce> nonce;
  while (!list.at_end()) {
    TRY_ASSIGN(der::Reader extension, list.enter_sequence());
    TRY_ASSIGN(const pki::Oid id, extension.read_oid());
    bool is_critical = false;
    if (extension.peek() == der::tag::kBoolean) {
      TRY_ASSIGN(is_critical, extension.read_boolean());
      if (!is_critical) return not_a_request(messages::default_encoded);
    }
    TRY_ASSIGN(const ByteView value, extension.read_octet_string());
    TRY(extension.finish());
    if (is_critical && !is_understood(id)) return not_a_request(messages::critical_extension_unknown);
    const auto seen_end = seen.begin() + static_cast<std::ptrdiff_t>(count);
    if (std::find(seen.begin(), seen_end, id) != seen_end) return not_a_request(messages::extension_twice);
    if (count == kMaxExtensions) return not_a_request(messages::too_many_extensions);
    seen[count++] = id;
    if (id == pki::oids::kOcspNonce) {
      TRY_ASSIGN(nonce, decode_nonce(value));
    } else {
      TRY(check_extension_value(id, value));
    }
  }
  return nonce;
}

struct HashChoice {
  std::optional<pki::HashAlgorithm> algorithm;
  HashParameters parameters = HashParameters::absent;
};

// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
// For the SHA family the parameters are NULL or absent (RFC 5754 section 2).
Result<HashChoice> decode_hash_algorithm(der::Reader& cert_id) {
  TRY_ASSIGN(der::Reader identifier, cert_id.enter_sequence());
  TRY_ASSIGN(const pki::Oid id, identifier.read_oid());
  HashChoice choice{pki::hash_algorithm_from(id), HashParameters::absent};
  if (identifier.at_end()) return choice;
  TRY_ASSIGN(const der::Element parameters, identifier.read_any());
  TRY(identifier.finish());
  choice.parameters = HashParameters::null;
  if (parameters.tag != der::tag::kNull) {
    choice.algorithm = std::nullopt;
  } else if (!parameters.content.empty()) {
    return not_a_request(messages::null_with_content);
  }
  return choice;
}

// Request ::= SEQUENCE { reqCert CertID, singleRequestExtensions [0] EXPLICIT Extensions OPTIONAL }
// Gives the nonce, if this request carries one.
Result<std::optional<Nonce>> decode_single_request(der::Reader& request_list, Request& request) {
  TRY_ASSIGN(der::Reader single, request_list.enter_sequence());
  TRY_ASSIGN(const CertId id, decode_cert_id(single));
  request.cert_ids.push_back(id);
  std::optional<Nonce> nonce;
  TRY_ASSIGN(const auto extensions, single.read_optional(der::tag::context_constructed(0)));
  if (extensions) {
    TRY_ASSIGN(nonce, decode_extensions(extensions->content));
  }
  TRY(single.finish());
  return nonce;
}

// TBSRequest ::= SEQUENCE {
//   version           [0] EXPLICIT Version DEFAULT v1,
//   requestorName     [1] EXPLICIT GeneralName OPTIONAL,
//   requestList           SEQUENCE OF Request,
//   requestExtensions [2] EXPLICIT Extensions OPTIONAL }
Result<void> decode_tbs_request(ByteView content, Request& request) {
  der::Reader tbs(content);
  // DER leaves a default out, but clients that write it exist; any other version is unknown.
  TRY_ASSIGN(const auto version, tbs.read_optional(der::tag::context_constructed(0)));
  if (version) {
    der::Reader reader(version->content);
    TRY_ASSIGN(const std::uint64_t number, reader.read_unsigned());
    TRY(reader.finish());
    if (number != 0) return not_a_request(messages::version_not_1);
  }
  TRY_ASSIGN(const auto requestor_name, tbs.read_optional(der::tag::context_constructed(1)));
  if (requestor_name) {
    TRY(check_general_name(requestor_name->content));
    request.requestor_name = requestor_name->content;
  }
  TRY_ASSIGN(der::Reader request_list, tbs.enter_sequence());
  std::optional<Nonce> single_nonce;
  while (!request_list.at_end()) {
    if (request.cert_ids.size() == kMaxCertIds) return not_a_request(messages::too_many_ids);
    TRY_ASSIGN(const std::optional<Nonce> nonce, decode_single_request(request_list, request));
    if (!single_nonce) single_nonce = nonce;
  }
  if (request.cert_ids.size() == 0) return not_a_request(messages::request_list_empty);
  TRY_ASSIGN(const auto extensions, tbs.read_optional(der::tag::context_constructed(2)));
  if (extensions) {
    TRY_ASSIGN(request.nonce, decode_extensions(extensions->content));
  }
  if (!request.nonce) request.nonce = single_nonce;
  return tbs.finish();
}

// optionalSignature [0] EXPLICIT Signature; the ASN.1 stands at RequestSignature.
Result<RequestSignature> decode_signature(ByteView content) {
  TRY(der::validate(content));
  der::Reader outer(content);
  TRY_ASSIGN(der::Reader signature, outer.enter_sequence());
  RequestSignature decoded;
  TRY_ASSIGN(const der::Element algorithm, signature.read(der::tag::kSequence));
  decoded.signature_algorithm = algorithm.encoding;
  TRY_ASSIGN(const der::BitString bits, signature.read_bit_string());
  if (bits.unused != 0) return not_a_request(messages::signature_not_bytes);
  decoded.signature = bits.bytes;
  TRY_ASSIGN(const auto certs, signature.read_optional(der::tag::context_constructed(0)));
  TRY(signature.finish());
  if (certs) {
    der::Reader reader(certs->content);
    TRY_ASSIGN(const der::Element list, reader.read(der::tag::kSequence));
    TRY(reader.finish());
    decoded.certs = list.content;
  }
  return decoded;
}

}  // namespace

bool is_same_certificate(const CertId& a, const CertId& b) {
  return a.hash_algorithm.has_value() && a.hash_algorithm == b.hash_algorithm &&
         pki::equal(a.issuer_name_hash, b.issuer_name_hash) &&
         pki::equal(a.issuer_key_hash, b.issuer_key_hash) && pki::equal(a.serial_content, b.serial_content);
}

void CertIds::push_back(const CertId& id) {
  if (size_ < kInline) {
    first_[size_] = id;
  } else {
    if (size_ == kInline) all_.assign(first_.begin(), first_.end());
    all_.push_back(id);
  }
  ++size_;
}

std::span<CertId> CertIds::view() {
  if (size_ <= kInline) return {first_.data(), size_};
  return all_;
}

std::span<const CertId> CertIds::view() const {
  if (size_ <= kInline) return {first_.data(), size_};
  return all_;
}

Result<Nonce> decode_nonce(ByteView extension_value) {
  Nonce nonce{.value = extension_value, .extension_value = extension_value};
  der::Reader reader(extension_value);
  if (const auto wrapped = reader.read_octet_string(); wrapped && reader.at_end()) nonce.value = *wrapped;
  if (nonce.value.empty() || nonce.value.size() > kMaxNonceBytes)
    return not_a_request(messages::nonce_length);
  return nonce;
}

void Request::rebase(ByteView from, ByteView to) {
  const auto move = [&](ByteView& view) {
    if (view.data() != nullptr)
      view = to.subspan(static_cast<std::size_t>(view.data() - from.data()), view.size());
  };
  for (CertId& id : cert_ids.view())
    for (ByteView* view : {&id.issuer_name_hash, &id.issuer_key_hash, &id.serial_content, &id.encoding})
      move(*view);
  if (nonce) {
    move(nonce->value);
    move(nonce->extension_value);
  }
  if (requestor_name) move(*requestor_name);
  if (optional_signature)
    for (ByteView* view : {&optional_signature->signature_algorithm, &optional_signature->signature,
                           &optional_signature->certs})
      move(*view);
  move(tbs_request);
}

// The ASN.1 stands at CertId.
Result<CertId> decode_cert_id(der::Reader& reader) {
  TRY_ASSIGN(const der::Element element, reader.read(der::tag::kSequence));
  der::Reader fields(element.content);
  TRY_ASSIGN(const HashChoice hash, decode_hash_algorithm(fields));
  CertId id;
  id.hash_algorithm = hash.algorithm;
  id.hash_parameters = hash.parameters;
  id.encoding = element.encoding;
  TRY_ASSIGN(id.issuer_name_hash, fields.read_octet_string());
  TRY_ASSIGN(id.issuer_key_hash, fields.read_octet_string());
  TRY_ASSIGN(id.serial_content, fields.read_integer());
  TRY(fields.finish());
  return id;
}

// OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest, optionalSignature [0] EXPLICIT Signature OPTIONAL }
Result<Request> decode_request(ByteView input) {
  if (input.size() > kMaxRequestBytes) return not_a_request(messages::request_large);
  der::Reader outer(input);
  TRY_ASSIGN(der::Reader fields, outer.enter_sequence());
  TRY(outer.finish());
  Request request;
  TRY_ASSIGN(const der::Element tbs, fields.read(der::tag::kSequence));
  request.tbs_request = tbs.encoding;
  TRY(decode_tbs_request(tbs.content, request));
  TRY_ASSIGN(const auto signature, fields.read_optional(der::tag::context_constructed(0)));
  if (signature) {
    TRY_ASSIGN(request.optional_signature, decode_signature(signature->content));
  }
  TRY(fields.finish());
  return request;
}

Result<pki::Bytes> decode_get_path(std::string_view rest_of_path) {
  if (rest_of_path.size() > kMaxRequestBytes) return not_a_request(messages::request_large);
  const std::optional<std::string> decoded = http::percent_decode(rest_of_path);
  if (!decoded) return not_a_request(messages::percent_escape_broken);
  std::string_view text = *decoded;
  // A client that joins a base URL ending in a slash sends two. They are never part of the base64 text: that
  // begins with M, for the SEQUENCE. Slashes further on are its digits.
  text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
  std::optional<pki::Bytes> request = pki::from_base64(text);
  if (!request) return not_a_request(messages::path_not_base64);
  return std::move(*request);
}

}  // namespace ocsp
