// The rules of RFC 6960 section 3.2, one function each.

#include "ocsp/verify.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "pki/hash.h"
#include "pki/messages/ocsp.h"
#include "pki/oid.h"
#include "pki/outside_signature.h"
#include "pki/public_key.h"

namespace ocsp {

namespace {

using pki::ByteView;
using pki::Errc;
using pki::Result;
namespace der = pki::der;

pki::Error refused(pki::Message why) {
  return pki::fail(Errc::unauthorized, std::move(why));
}

// Whether responderID names the owner of this certificate.
bool is_named_by(const BasicResponse& response, const pki::Certificate& certificate) {
  if (response.responder_id_form == ResponderIdForm::by_name)
    return pki::equal(response.responder_id, certificate.subject());
  const auto key = pki::subject_public_key_bits(certificate.subject_public_key_info());
  return key && pki::equal(response.responder_id, pki::digest(pki::HashAlgorithm::sha1, *key));
}

// ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId
bool has_ocsp_signing(const pki::Certificate& certificate) {
  const pki::Extension* extension = certificate.find_extension(pki::oids::kExtendedKeyUsage);
  if (extension == nullptr) return false;
  der::Reader outer(extension->value);
  auto purposes = outer.enter_sequence();
  while (purposes && !purposes->at_end()) {
    const auto purpose = purposes->read_oid();
    if (!purpose) return false;
    if (*purpose == pki::oids::kKeyPurposeOcspSigning) return true;
  }
  return false;
}

// KeyUsage ::= BIT STRING { digitalSignature (0), … }: an absent extension allows every use.
bool may_sign(const pki::Certificate& certificate) {
  const pki::Extension* extension = certificate.find_extension(pki::oids::kKeyUsage);
  if (extension == nullptr) return true;
  der::Reader reader(extension->value);
  const auto usage = reader.read_bit_string();
  return usage && !usage->bytes.empty() && (usage->bytes[0] & 0x80U) != 0;
}

// RFC 5280 section 4.2: a certificate with a critical extension that is not recognised must be rejected.
// Those that are here either are judged or cannot bear on a responder's certificate.
const pki::Extension* find_unknown_critical(const pki::Certificate& certificate) {
  static constexpr std::array kKnown = {pki::oids::kKeyUsage,
                                        pki::oids::kExtendedKeyUsage,
                                        pki::oids::kOcspNoCheck,
                                        pki::oids::kBasicConstraints,
                                        pki::oids::kCertificatePolicies,
                                        pki::oids::kSubjectAltName,
                                        pki::oids::kIssuerAltName,
                                        pki::oids::kSubjectKeyIdentifier,
                                        pki::oids::kAuthorityKeyIdentifier,
                                        pki::oids::kAuthorityInfoAccess,
                                        pki::oids::kCrlDistributionPoints};
  const auto found = std::ranges::find_if(certificate.extensions(), [](const pki::Extension& extension) {
    return extension.critical && std::ranges::find(kKnown, extension.id) == kKnown.end();
  });
  return found == certificate.extensions().end() ? nullptr : &*found;
}

// So that what cannot be judged is not called wrong.
Result<void> check_algorithm(const pki::MessageText& unjudged, ByteView algorithm) {
  const auto checked = pki::check_outside_algorithm(algorithm);
  if (checked) return {};
  return refused({unjudged, checked.error().message});
}

// By any algorithm that outsiders may use: `ocsp query` asks other CAs' responders, too.
bool has_signature_of(const BasicResponse& response, const pki::Certificate& certificate) {
  return pki::verify_outside(certificate.subject_public_key_info(),
                             {response.signature_algorithm, response.signature}, response.tbs_response_data);
}

// Section 4.2.2.2: a delegate's certificate is issued directly by the CA, with the key that it speaks for.
Result<void> check_delegate(const pki::Certificate& delegate, const Expectation& expectation) {
  const pki::Certificate& issuer = expectation.issuer;
  TRY(check_algorithm(messages::certificate_signature_unjudged, delegate.signature_algorithm()));
  if (!pki::equal(delegate.issuer(), issuer.subject()) ||
      !pki::is_signed_by_outside(delegate, issuer.subject_public_key_info()))
    return refused(messages::delegate_of_another_ca);
  if (!has_ocsp_signing(delegate)) return refused(messages::delegate_without_purpose);
  if (!may_sign(delegate)) return refused(messages::delegate_may_not_sign);
  if (const pki::Extension* unknown = find_unknown_critical(delegate))
    return refused({messages::delegate_critical_extension, pki::to_string(unknown->id)});
  if (expectation.now + expectation.tolerance < delegate.not_before())
    return refused({messages::delegate_not_yet, pki::to_rfc3339(delegate.not_before())});
  if (expectation.now - expectation.tolerance > delegate.not_after())
    return refused({messages::delegate_ended, pki::to_rfc3339(delegate.not_after())});
  return {};
}

Result<Verified> check_signer(const BasicResponse& response, const Expectation& expectation) {
  TRY(check_algorithm(messages::response_signature_unjudged, response.signature_algorithm));
  if (is_named_by(response, expectation.issuer)) {
    if (has_signature_of(response, expectation.issuer)) return Verified{SignedBy::issuer, std::nullopt};
    // All generations of JPKI share one name: a byName delegate may bear it too.
  }
  pki::Error reason = refused(messages::no_delegate);
  for (const ByteView encoding : response.certs) {
    TRY_ASSIGN(const pki::Certificate delegate, pki::Certificate::decode(encoding));
    if (!is_named_by(response, delegate)) continue;
    if (const auto checked = check_delegate(delegate, expectation); !checked) {
      reason = checked.error();
    } else if (has_signature_of(response, delegate)) {
      return Verified{SignedBy::delegate, delegate};
    } else {
      reason = refused(messages::response_signature_wrong);
    }
  }
  return reason;
}

Result<void> check_nonce(const BasicResponse& response, const Request& request) {
  if (!request.nonce) return {};
  if (!response.nonce) return refused(messages::nonce_not_repeated);
  if (!pki::equal(response.nonce->extension_value, request.nonce->extension_value))
    return refused(messages::nonce_differs);
  return {};
}

Result<void> check_times(const SingleResponse& single, const Expectation& expectation) {
  if (single.this_update > expectation.now + expectation.tolerance)
    return refused({messages::this_update_in_future, pki::to_rfc3339(single.this_update)});
  if (!single.next_update) {
    if (expectation.now - single.this_update <= expectation.age_max) return {};
    return refused({messages::answer_old, pki::to_rfc3339(single.this_update)});
  }
  if (*single.next_update < single.this_update) return refused(messages::next_before_this);
  if (*single.next_update < expectation.now - expectation.tolerance)
    return refused({messages::answer_stale, pki::to_rfc3339(*single.next_update)});
  return {};
}

}  // namespace

Result<Verified> verify_response(const BasicResponse& response, const Expectation& expectation) {
  TRY_ASSIGN(Verified verified, check_signer(response, expectation));
  TRY(check_nonce(response, expectation.request));
  if (response.produced_at > expectation.now + expectation.tolerance)
    return refused({messages::produced_in_future, pki::to_rfc3339(response.produced_at)});
  for (const CertId& asked : expectation.request.cert_ids.view()) {
    const auto answer = std::ranges::find_if(response.responses, [&](const SingleResponse& single) {
      return is_same_certificate(single.cert_id, asked);
    });
    if (answer == response.responses.end()) return refused(messages::certificate_unanswered);
    TRY(check_times(*answer, expectation));
  }
  return verified;
}

}  // namespace ocsp
