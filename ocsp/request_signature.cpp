// Finding the certificates that may be the signer's, and verifying with one of them.

#include "ocsp/request_signature.h"

#include <algorithm>
#include <string>
#include <vector>

#include "pki/certificate.h"
#include "pki/der.h"
#include "pki/messages/ocsp.h"
#include "pki/outside_signature.h"

namespace ocsp {

namespace {

using pki::ByteView;
using pki::Result;
namespace der = pki::der;

// directoryName [4] EXPLICIT Name: a CHOICE cannot be tagged implicitly.
constexpr std::uint8_t kDirectoryName = der::tag::context_constructed(4);

pki::Error unauthorized(const pki::MessageText& why) {
  return pki::fail(pki::Errc::unauthorized, {messages::request_signature_refused, why});
}

// certs [0] EXPLICIT SEQUENCE OF Certificate
Result<std::vector<ByteView>> split_certs(ByteView certs) {
  std::vector<ByteView> list;
  der::Reader reader(certs);
  while (!reader.at_end()) {
    if (list.size() == kMaxSignatureCerts) return unauthorized(messages::too_many_certificates);
    TRY_ASSIGN(const der::Element certificate, reader.read(der::tag::kSequence));
    list.push_back(certificate.encoding);
  }
  if (list.empty()) return unauthorized(messages::no_certificate);
  return list;
}

// Whether subjectAltName holds this GeneralName, byte for byte.
bool has_alternative_name(const pki::Certificate& certificate, ByteView general_name) {
  const pki::Extension* extension = certificate.find_extension(pki::oids::kSubjectAltName);
  if (extension == nullptr) return false;
  der::Reader outer(extension->value);
  auto names = outer.enter_sequence();
  while (names && !names->at_end()) {
    const auto name = names->read_any();
    if (!name) return false;
    if (pki::equal(name->encoding, general_name)) return true;
  }
  return false;
}

// Whether the certificate bears the name that the request claims.
bool is_named(const pki::Certificate& certificate, ByteView requestor_name) {
  if (requestor_name[0] != kDirectoryName) return has_alternative_name(certificate, requestor_name);
  der::Reader reader(requestor_name);
  const auto name = reader.read(kDirectoryName);
  return name && (pki::equal(name->content, certificate.subject()) ||
                  has_alternative_name(certificate, requestor_name));
}

// A renewed certificate of one key and name may come together with the one that it replaces: the one that
// lasts longest is the one to judge.
std::size_t latest_of_its_kind(const std::vector<ByteView>& certs, std::size_t chosen,
                               const pki::Certificate& certificate) {
  pki::Time latest = certificate.not_after();
  for (std::size_t i = 0; i < certs.size(); ++i) {
    const auto other = pki::Certificate::decode(certs[i]);
    if (other && other->not_after() > latest && pki::equal(other->issuer(), certificate.issuer()) &&
        pki::equal(other->subject(), certificate.subject()) &&
        pki::equal(other->subject_public_key_info(), certificate.subject_public_key_info())) {
      latest = other->not_after();
      chosen = i;
    }
  }
  return chosen;
}

}  // namespace

Result<std::vector<verifier::RequestSigner>> named_signers(const Request& request) {
  TRY_ASSIGN(const std::vector<ByteView> certs, split_certs(request.optional_signature->certs));
  // RFC 6960 section 4.1.2 asks for a requestorName together with a signature, and says nothing of the order
  // of certs: any of them may be the signer's.
  std::vector<verifier::RequestSigner> named;
  for (std::size_t i = 0; i < certs.size(); ++i) {
    const auto certificate = pki::Certificate::decode(certs[i]);
    if (!certificate || (request.requestor_name && !is_named(*certificate, *request.requestor_name)))
      continue;
    const std::size_t chosen = latest_of_its_kind(certs, i, *certificate);
    const bool is_there = std::ranges::any_of(named, [&](const verifier::RequestSigner& other) {
      return other.certificate.data() == certs[chosen].data();
    });
    if (is_there) continue;
    named.push_back({.certificate = certs[chosen], .others = certs});
    named.back().others.erase(named.back().others.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  if (named.empty()) return unauthorized(messages::requestor_without_certificate);
  return named;
}

bool is_signed_with(const Request& request, ByteView certificate) {
  const RequestSignature& signature = *request.optional_signature;
  const auto decoded = pki::Certificate::decode(certificate);
  return decoded &&
         pki::verify_outside(decoded->subject_public_key_info(),
                             {signature.signature_algorithm, signature.signature}, request.tbs_request);
}

}  // namespace ocsp
