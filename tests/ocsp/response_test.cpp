// Encoding, reading and judging of answers; the outside judge is openssl.

#include "ocsp/response.h"

#include <doctest/doctest.h>

#include "ocsp/query.h"
#include "ocsp/verify.h"
#include "pki/random.h"
#include "tests/ocsp/world.h"
#include "tests/support/seed.h"

namespace {

using namespace ocsp;
using ocsp_world::data;

constexpr pki::Time kNow = ocsp_world::kStart;

pki::Certificate certificate(std::string_view file) {
  return pki::Certificate::decode(data(file)).value();
}

struct Verdict {
  bool accepted = false;
  std::string detail;
};

Verdict judge(const pki::Bytes& request_der, const pki::Bytes& answer, std::string_view ca,
              pki::Time now = kNow) {
  const auto request = decode_request(request_der).value();
  const auto response = decode_response(answer);
  if (!response) return {false, response.error().detail};
  const auto issuer = certificate(ca);
  const auto verified = verify_response(*response->basic, {.issuer = issuer, .request = request, .now = now});
  return verified ? Verdict{true, ""} : Verdict{false, verified.error().detail};
}

}  // namespace

TEST_CASE("the refusals are five octets") {
  const auto octets = encode_error(ResponseStatus::unauthorized);
  CHECK(pki::to_hex(octets) == "30030A0106");
  for (const auto status :
       {ResponseStatus::malformed_request, ResponseStatus::internal_error, ResponseStatus::try_later,
        ResponseStatus::sig_required, ResponseStatus::unauthorized}) {
    const auto refusal = encode_error(status);
    const auto read = decode_response(refusal);
    REQUIRE(read.has_value());
    CHECK(read->status == status);
    CHECK_FALSE(read->basic.has_value());
  }
  const auto successful = encode_error(ResponseStatus::successful);
  CHECK_FALSE(decode_response(successful).has_value());
}

TEST_CASE("an answer by an outside responder is read and judged") {
  const pki::Bytes request = data("good_three.der");
  for (const char* file : {"good_response.der", "good_response_by_ca.der"}) {
    const pki::Bytes answer = data(file);
    const Verdict verdict = judge(request, answer, "sign_ca.cer");
    INFO(file, ": ", verdict.detail);
    CHECK(verdict.accepted);
    const auto response = decode_response(answer).value();
    REQUIRE(response.basic->responses.size() == 3);
    CHECK(std::holds_alternative<Good>(response.basic->responses[0].cert_status));
    const auto& revoked = std::get<Revoked>(response.basic->responses[1].cert_status);
    CHECK(revoked.revocation_reason == pki::CrlReason::key_compromise);
    CHECK(pki::to_rfc3339(revoked.revocation_time) == "2026-11-01T00:00:00Z");
    CHECK(std::holds_alternative<Unknown>(response.basic->responses[2].cert_status));
  }
  CHECK(judge(request, data("bad_response_no_purpose.der"), "sign_ca.cer").detail.find("OCSPSigning") !=
        std::string::npos);
  CHECK_FALSE(judge(request, data("bad_response_other_ca.der"), "sign_ca.cer").accepted);
  CHECK_FALSE(judge(request, data("good_response.der"), "sign_ca_2.cer").accepted);
}

TEST_CASE("an answer is refused when it is stale, early, for another nonce or another certificate") {
  const pki::Bytes request = data("good_three.der");
  const pki::Bytes answer = data("good_response.der");
  CHECK_FALSE(judge(request, answer, "sign_ca.cer", pki::from_unix(2'600'000'000)).accepted);
  CHECK_FALSE(judge(request, answer, "sign_ca.cer", pki::from_unix(1'700'000'000)).accepted);
  CHECK(judge(data("good_openssl.der"), answer, "sign_ca.cer").detail.find("nonce") != std::string::npos);
  CHECK(judge(data("good_sha256.der"), answer, "sign_ca.cer").detail.find("not answered") !=
        std::string::npos);
}

TEST_CASE("no changed octet of a signed answer passes") {
  const pki::Bytes request = data("good_three.der");
  const pki::Bytes answer = data("good_response.der");
  pki::Rng rng = pki::Rng::seeded(support::seed());
  for (int round = 0; round < 400; ++round) {
    pki::Bytes damaged = answer;
    damaged[rng.below(damaged.size())] ^= static_cast<std::uint8_t>(rng.below(255) + 1);
    const auto response = decode_response(damaged);
    if (!response || !response->basic) continue;
    CHECK_FALSE(judge(request, damaged, "sign_ca.cer").accepted);
  }
}

TEST_CASE("what the writer writes, the reader reads and openssl verifies") {
  const pki::Bytes request_der = data("good_three.der");
  const auto request = decode_request(request_der).value();
  const auto ids = request.cert_ids.view();
  const pki::Certificate ca = certificate("sign_ca.cer");
  support::TemporaryFolder folder;
  for (const ResponderIdForm form : {ResponderIdForm::by_key, ResponderIdForm::by_name}) {
    const ResponderFrame frame(certificate("sign_responder.cer"), ca, form);
    const pki::Time today = std::chrono::time_point_cast<pki::Seconds>(pki::Time{kNow});
    const ResponseData response_data{
        .produced_at = today,
        .responses = {{ids[0], Good{}, today, today + pki::Seconds{3600}},
                      {ids[1], Revoked{today - pki::Seconds{60}, pki::CrlReason::certificate_hold}, today,
                       std::nullopt},
                      {ids[2], Revoked{today - pki::Seconds{90}}, today, today + pki::Seconds{3600}}},
        .nonce = request.nonce,
        .extended_revoke = ExtendedRevoke::present};
    const pki::Bytes answer = encode_response(frame, response_data, *ocsp_world::responder_signer());
    const Verdict verdict = judge(request_der, answer, "sign_ca.cer");
    INFO(verdict.detail);
    CHECK(verdict.accepted);

    const auto read = decode_response(answer).value();
    CHECK(read.basic->responder_id_form == form);
    CHECK(read.basic->extended_revoke == ExtendedRevoke::present);
    CHECK(read.basic->produced_at == today);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(read.basic->responses[i].cert_status == response_data.responses[i].cert_status);
      CHECK(read.basic->responses[i].next_update == response_data.responses[i].next_update);
    }

    support::write_file(folder.path() / "answer.der", answer);
    support::write_file(folder.path() / "ca.cer", ca.der());
    const auto openssl =
        support::run("cd '" + folder.path().string() +
                     "' && openssl x509 -inform DER -in ca.cer -out ca.pem && openssl ocsp -respin "
                     "answer.der -issuer ca.pem -CAfile ca.pem -text");
    INFO(openssl.output);
    CHECK(openssl.output.find("Response verify OK") != std::string::npos);
    CHECK(openssl.output.find("Revocation Reason: certificateHold (0x6)") != std::string::npos);
    CHECK(openssl.output.find("Revocation Reason: unspecified") == std::string::npos);
    // The text goes on with the responder's certificate, which has critical extensions.
    CHECK(openssl.output.substr(0, openssl.output.find("Certificate:\n")).find("critical") ==
          std::string::npos);
  }
}

TEST_CASE("an answer is explained in words, with the outcome that decides the exit code") {
  const pki::Certificate ca = certificate("sign_ca.cer");
  const pki::Bytes request = data("good_three.der");
  const auto revoked = explain(request, data("good_response.der"), ca, kNow);
  CHECK(revoked.outcome == Outcome::revoked);
  REQUIRE(revoked.lines.size() > 3);
  CHECK(revoked.lines[0] == "Certificate 4660 is good: it is not revoked.");
  CHECK(revoked.lines[2] == "Certificate 4661 is revoked since 2026-11-01T00:00:00Z, reason keyCompromise.");

  const auto refusal = encode_error(ResponseStatus::unauthorized);
  CHECK(explain(request, refusal, ca, kNow).outcome == Outcome::error_status);
  CHECK(explain(request, data("bad_response_no_purpose.der"), ca, kNow).outcome == Outcome::not_verified);
  CHECK(explain(request, request, ca, kNow).outcome == Outcome::not_verified);
}
