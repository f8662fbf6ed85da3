// Encoding, reading and judging of answers; the outside judge is openssl.

#include "ocsp/response.h"

#include <doctest/doctest.h>

#include "ocsp/query.h"
#include "ocsp/verify.h"
#include "pki/der.h"
#include "pki/oid.h"
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
  if (!response) return {false, response.error().text()};
  const auto issuer = certificate(ca);
  const auto verified = verify_response(*response->basic, {.issuer = issuer, .request = request, .now = now});
  return verified ? Verdict{true, ""} : Verdict{false, verified.error().text()};
}

// The answer to good_three.der, all good, by our own encoder.
struct Times {
  pki::Time produced_at = kNow;
  pki::Time this_update = kNow;
  std::optional<pki::Time> next_update = kNow + pki::Seconds{3600};
};

pki::Bytes answer_of(std::string_view responder, const Times& times) {
  const pki::Bytes request_der = data("good_three.der");
  const auto request = decode_request(request_der).value();
  const ResponderFrame frame(certificate(responder), certificate("sign_ca.cer"), ResponderIdForm::by_key);
  ResponseData answer{
      .produced_at = times.produced_at,
      .responses = {},
      .nonce_extension = request.nonce ? std::optional(request.nonce->extension_value) : std::nullopt};
  for (const CertId& id : request.cert_ids.view())
    answer.responses.push_back({id, Good{}, times.this_update, times.next_update});
  return encode_response(frame, answer, *ocsp_world::responder_signer());
}

Verdict judge_times(const Times& times) {
  return judge(data("good_three.der"), answer_of("sign_responder.cer", times), "sign_ca.cer");
}

}  // namespace

TEST_CASE("the refusals are five bytes") {
  const auto bytes = encode_error(ResponseStatus::unauthorized);
  CHECK(pki::to_hex(bytes) == "30030A0106");
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

TEST_CASE("without nextUpdate an answer counts for a day, and none is made in the future") {
  using namespace std::chrono_literals;
  CHECK(judge_times({}).accepted);
  CHECK(judge_times({.this_update = kNow - 24h, .next_update = std::nullopt}).accepted);
  const Verdict old = judge_times({.this_update = kNow - 25h, .next_update = std::nullopt});
  CHECK_FALSE(old.accepted);
  CHECK(old.detail.find("no nextUpdate") != std::string::npos);
  // With nextUpdate the responder says itself how long the answer counts.
  CHECK(judge_times({.produced_at = kNow - 48h, .this_update = kNow - 72h}).accepted);
  CHECK(judge_times({.produced_at = kNow + 299s}).accepted);
  const Verdict early = judge_times({.produced_at = kNow + 301s});
  CHECK_FALSE(early.accepted);
  CHECK(early.detail.find("producedAt") != std::string::npos);
}

TEST_CASE("a responder's certificate with an unknown critical extension is refused (RFC 5280, 4.2)") {
  const Verdict verdict =
      judge(data("good_three.der"), answer_of("sign_responder_critical.cer", {}), "sign_ca.cer");
  CHECK_FALSE(verdict.accepted);
  CHECK(verdict.detail.find("critical") != std::string::npos);
  CHECK(verdict.detail.find("1.2.3.4") != std::string::npos);
}

TEST_CASE("a signature algorithm that is not accepted is named, instead of a wrong signature") {
  const pki::Bytes request_der = data("good_three.der");
  const auto request = decode_request(request_der).value();
  const pki::Bytes answer = data("good_response.der");
  auto response = decode_response(answer).value();
  pki::der::Writer sha1;
  sha1.sequence([&] { sha1.oid(pki::make_oid("1.2.840.113549.1.1.5")).null(); });
  response.basic->signature_algorithm = sha1.view();
  const auto issuer = certificate("sign_ca.cer");
  const auto verified = verify_response(*response.basic, {.issuer = issuer, .request = request, .now = kNow});
  REQUIRE(verified.has_error());
  CHECK(verified.error().text().find("1.2.840.113549.1.1.5 is not accepted") != std::string::npos);
}

TEST_CASE("no changed byte of a signed answer passes") {
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
        .nonce_extension = request.nonce ? std::optional(request.nonce->extension_value) : std::nullopt,
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
  CHECK(revoked.outcome == QueryVerdict::revoked);
  REQUIRE(revoked.lines.size() > 3);
  CHECK(revoked.lines[0].in(pki::Language::en) == "Certificate 4660 is good: it is not revoked.");
  CHECK(revoked.lines[0].in(pki::Language::ja) == "証明書 4660 は有効です（失効していません）。");
  CHECK(revoked.lines[2].in(pki::Language::en) ==
        "Certificate 4661 has been revoked since 2026-11-01T00:00:00Z, reason keyCompromise.");

  const auto refusal = encode_error(ResponseStatus::unauthorized);
  CHECK(explain(request, refusal, ca, kNow).outcome == QueryVerdict::error_status);
  CHECK(explain(request, data("bad_response_no_purpose.der"), ca, kNow).outcome ==
        QueryVerdict::not_verified);
  CHECK(explain(request, request, ca, kNow).outcome == QueryVerdict::not_verified);
}

TEST_CASE("the explanation says that a certificate has expired and how far back the record goes") {
  ocsp_world::World world({.access = AccessPolicy::open_to_all});
  world.issue(4660);
  world.clock.advance(pki::Seconds{6LL * 365 * 86'400});
  const pki::Bytes request = ocsp_world::question("sign_ca.cer", {4660});
  const auto explained =
      explain(request, world.post("/ocsp/sign", request), certificate("sign_ca.cer"), world.clock.now());
  std::string words;
  for (const pki::Message& line : explained.lines)
    words += line.in(pki::Language::en) + "\n";
  CAPTURE(words);
  CHECK(explained.outcome == QueryVerdict::good);
  CHECK(words.find("has expired") != std::string::npos);
  CHECK(words.find("archive cutoff") != std::string::npos);
}
