// Questions to a running mock as clients of OCSP put them.

#pragma once

#include "ocsp/query.h"
#include "ocsp/response.h"
#include "ocsp/verify.h"
#include "pki/certificate.h"
#include "tests/mock/running_mock.h"

namespace mock::test {

// DER of a file that the first line names.
inline pki::Certificate certificate_of(const json::object& holder, const char* member = "cer") {
  return pki::Certificate::decode(support::read_file(std::string(holder.at(member).as_string()))).value();
}

// A request about one certificate of the current generation of a CA.
inline pki::Bytes question(const RunningMock& mock, const char* kind, std::uint64_t serial) {
  const json::object& ca = mock.first_line.at("ca").at(kind).as_object();
  const std::vector<pki::Bytes> ids = {
      ::ocsp::make_cert_id(certificate_of(ca), pki::der::integer_content(serial), pki::HashAlgorithm::sha1)
          .value()};
  return ::ocsp::make_request(ids, std::nullopt).value();
}

// "good", "revoked REASON", "unknown", the name of an error status, or "HTTP 500"; with why it is refused
// when it does not verify at `now`.
inline std::string verdict(const RunningMock& mock, const char* kind, pki::ByteView request,
                           const http::ClientResponse& response, pki::Time now) {
  if (response.status != 200) return "HTTP " + std::to_string(response.status);
  const auto answer = ::ocsp::decode_response(response.body);
  if (!answer) return "unreadable: " + answer.error().text();
  if (!answer->basic) return std::string(::ocsp::to_string(answer->status));
  const pki::Certificate issuer = certificate_of(mock.first_line.at("ca").at(kind).as_object());
  const auto asked = ::ocsp::decode_request(request).value();
  const auto verified =
      ::ocsp::verify_response(*answer->basic, {.issuer = issuer, .request = asked, .now = now});
  if (!verified) return "refused: " + verified.error().text();
  const ::ocsp::CertStatus& status = answer->basic->responses.at(0).cert_status;
  if (const auto* revoked = std::get_if<::ocsp::Revoked>(&status))
    return "revoked " + std::string(pki::to_string(revoked->revocation_reason));
  return std::string(::ocsp::to_string(status));
}

// Asks about a serial by POST and judges the answer at the time of the mock.
inline std::string ask(RunningMock& mock, const char* kind, std::uint64_t serial,
                       std::vector<http::Header> headers = {}) {
  const pki::Bytes request = question(mock, kind, serial);
  const std::string url(mock.first_line.at("ca").at(kind).at("ocsp").as_string());
  const pki::Time now =
      pki::parse_rfc3339(mock.assembly().simulation().describe_clock().at("now").as_string()).value();
  return verdict(mock, kind, request, mock.send("POST", url, request, std::move(headers)), now);
}

inline std::uint64_t serial_of(const json::object& resident, const char* kind) {
  return std::stoull(std::string(resident.at(kind).at("serial").as_string()));
}

}  // namespace mock::test
