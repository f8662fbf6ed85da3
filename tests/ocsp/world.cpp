// The parts of the world that need doctest or waiting.

#include "tests/ocsp/world.h"

#include <doctest/doctest.h>

#include "ocsp/verify.h"
#include "pki/der.h"
#include "tests/support/route.h"

namespace ocsp_world {

http::Response World::send(const http::OwnedRequest& request) {
  return support::call_route(router_, request);
}

pki::Bytes question(std::string_view ca_file, const std::vector<std::uint64_t>& serials,
                    std::optional<pki::Bytes> nonce, pki::HashAlgorithm hash) {
  const auto ca = pki::Certificate::decode(data(ca_file)).value();
  std::vector<pki::Bytes> ids;
  ids.reserve(serials.size());
  for (const std::uint64_t serial : serials)
    ids.push_back(ocsp::make_cert_id(ca, pki::der::integer_content(serial), hash).value());
  if (!nonce) return ocsp::make_request(ids, std::nullopt).value();
  return ocsp::make_request(ids, pki::ByteView(*nonce)).value();
}

std::vector<ocsp::SingleResponse> verified(pki::ByteView request, pki::ByteView answer,
                                           std::string_view ca_file, pki::Time now) {
  const auto ca = pki::Certificate::decode(data(ca_file)).value();
  const auto asked = ocsp::decode_request(request);
  REQUIRE(asked.has_value());
  const auto response = ocsp::decode_response(answer);
  REQUIRE(response.has_value());
  REQUIRE(response->status == ocsp::ResponseStatus::successful);
  const auto verified = ocsp::verify_response(
      *response->basic, {.issuer = ca, .request = *asked, .now = now, .tolerance = pki::Seconds{0}});
  INFO((verified ? std::string() : verified.error().text()));
  REQUIRE(verified.has_value());
  REQUIRE(response->basic->responses.size() == asked->cert_ids.size());
  for (std::size_t i = 0; i < asked->cert_ids.size(); ++i)
    CHECK(pki::equal(response->basic->responses[i].cert_id.encoding, asked->cert_ids.view()[i].encoding));
  return response->basic->responses;
}

ocsp::ResponseStatus status_of(pki::ByteView answer) {
  return ocsp::decode_response(answer).value().status;
}

}  // namespace ocsp_world
