// Making an identity and trying its key.

#include "ocsp/signing_identity.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "ocsp/query.h"
#include "ocsp/verify.h"
#include "pki/hash.h"
#include "pki/messages/ocsp.h"
#include "pki/public_key.h"

namespace ocsp {

namespace {

// A signature cheaper than this costs less than handing the request to another thread and back.
constexpr std::chrono::microseconds kInPlaceLimit{50};

// The quickest of a few, so that a busy moment does not decide. The clock measures a cost, not the time of
// day. A key on a token always has the queue: its quickest moment says nothing about its next. An RSA key has
// it without a trial: its signature costs ten times the limit.
SigningPlace measure(const pki::Signer& signer) {
  const bool is_rsa = signer.algorithm() == pki::SignatureAlgorithm::rsa_sha256;
  if (is_rsa || signer.place() == pki::SignerPlace::remote) return SigningPlace::queue;
  constexpr int kTrials = 8;
  const pki::Bytes digest(pki::digest_size(pki::hash_of(signer.algorithm())), 0x5A);
  auto quickest = std::chrono::steady_clock::duration::max();
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto start = std::chrono::steady_clock::now();
    (void)signer.sign(digest);
    quickest = std::min(quickest, std::chrono::steady_clock::now() - start);
  }
  return quickest < kInPlaceLimit ? SigningPlace::in_place : SigningPlace::queue;
}

pki::Error wrong(registry::IssuerId issuer, pki::Message why) {
  return pki::invalid("responder", {messages::responder_unusable, to_string(issuer), std::move(why)});
}

}  // namespace

SigningIdentity::SigningIdentity(const registry::SigningResponder& responder, pki::Certificate ca_certificate,
                                 pki::Certificate certificate, ResponderIdForm form)
    : issuer_(responder.issuer),
      ca_certificate_(std::move(ca_certificate)),
      certificate_(std::move(certificate)),
      signer_(responder.signer),
      frame_(certificate_, ca_certificate_, form),
      hashes_(ca_certificate_),
      compromise_cache_(responder.issuer),
      signing_place_(measure(*responder.signer)) {}

pki::Result<std::unique_ptr<const SigningIdentity>> SigningIdentity::make(
    const registry::SigningResponder& responder, ResponderIdForm form, pki::Time now) {
  if (!responder.signer) return wrong(responder.issuer, messages::responder_without_key);
  auto ca_certificate = pki::Certificate::decode(responder.ca_certificate);
  if (!ca_certificate)
    return wrong(responder.issuer, {messages::responder_ca_certificate, ca_certificate.error().message});
  auto certificate = pki::Certificate::decode(responder.certificate);
  if (!certificate)
    return wrong(responder.issuer, {messages::responder_certificate, certificate.error().message});
  if (const auto algorithm = pki::key_algorithm_of(ca_certificate->subject_public_key_info()); !algorithm)
    return wrong(responder.issuer, {messages::responder_ca_certificate, algorithm.error().message});
  if (!pki::equal(certificate->subject_public_key_info(), responder.signer->public_key()))
    return wrong(responder.issuer, messages::responder_key_foreign);
  std::unique_ptr<const SigningIdentity> identity(
      new SigningIdentity(responder, std::move(*ca_certificate), std::move(*certificate), form));
  // One whose key is away is of use as soon as the key is back; until then kept answers go out.
  if (const auto tried = identity->self_test(now); !tried && tried.error().code != pki::Errc::too_busy)
    return wrong(responder.issuer, tried.error().message);
  return identity;
}

bool SigningIdentity::is_own(pki::ByteView serial_content) const {
  return pki::equal(ca_certificate_.serial_content(), serial_content) ||
         pki::equal(certificate_.serial_content(), serial_content);
}

pki::Result<void> SigningIdentity::self_test(pki::Time now) const {
  // Nothing is signed for a CA that has ended (its certificates are answered `unauthorized`), so its
  // responder need not be in force, and keeps no service from starting.
  if (ca_certificate_.not_after() < now) return {};
  // Serial 0 is never issued (pki/serial_number.h).
  const std::array<std::uint8_t, 1> serial{0};
  TRY_ASSIGN(const pki::Bytes cert_id, make_cert_id(ca_certificate_, serial, pki::HashAlgorithm::sha256));
  const std::array<std::uint8_t, 8> nonce{'s', 'e', 'l', 'f', 't', 'e', 's', 't'};
  TRY_ASSIGN(const pki::Bytes request_der, make_request({&cert_id, 1}, nonce));
  TRY_ASSIGN(const Request request, decode_request(request_der));
  const CertId& asked = request.cert_ids.view().front();
  pki::Bytes answer;
  try {
    answer = encode({.produced_at = now,
                     .responses = {{asked, Unknown{}, now, now}},
                     .nonce_extension = request.nonce.value().extension_value});
  } catch (const pki::SignerAway& away) {
    return pki::fail(pki::Errc::too_busy, away.message());
  }
  TRY_ASSIGN(const Response response, decode_response(answer));
  if (!response.basic) return pki::fail(pki::Errc::internal, messages::test_answer_empty);
  TRY(verify_response(
      *response.basic,
      {.issuer = ca_certificate_, .request = request, .now = now, .tolerance = pki::Seconds{0}}));
  return {};
}

const SigningIdentity* SigningIdentities::find(pki::CaName ca, const CertId& id) const {
  for (const auto& identity : identities)
    if (identity->issuer().ca == ca && identity->matches(id)) return identity.get();
  return nullptr;
}

}  // namespace ocsp
