// Reading exchanges.

#include "mock/exchange_reading.h"

#include <algorithm>

#include "pki/der.h"

namespace mock {

std::optional<pki::Bytes> ocsp_request_of(const Exchange& exchange) {
  const std::string_view path = http::split_target(exchange.target).path;
  if (!path.starts_with("/ocsp/")) return std::nullopt;
  if (exchange.method == "POST") return exchange.body;
  for (const std::string_view prefix : {"/ocsp/auth/pinless/", "/ocsp/auth/", "/ocsp/sign/"}) {
    if (!path.starts_with(prefix)) continue;
    auto decoded = ocsp::decode_get_path(path.substr(prefix.size()));
    if (decoded) return std::move(*decoded);
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<verifier::Requester> asker_of(const Exchange& exchange, World& world) {
  verifier::Evidence evidence{.address = exchange.peer.address};
  if (exchange.peer.client_certificate) evidence.client_certificate = *exchange.peer.client_certificate;
  const auto transaction = world.instance().environment().read();
  const auto recognised =
      world.instance().services().recognition().recognise(transaction, evidence, exchange.at);
  return recognised ? std::optional(recognised->requester) : std::nullopt;
}

std::optional<verifier::Credential> credential_in(const ocsp::RequestSignature& signature, World& world) {
  const auto transaction = world.instance().environment().read();
  pki::der::Reader certificates(signature.certs);
  while (!certificates.at_end()) {
    const auto certificate = certificates.read_any();
    if (!certificate) return std::nullopt;
    if (auto found = verifier::find_credential(transaction, certificate->encoding)) return found;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> verifier_of(const Exchange& exchange, World& world) {
  if (const auto requester = asker_of(exchange, world)) return requester->verifier;
  const auto bytes = ocsp_request_of(exchange);
  const auto request =
      bytes ? ocsp::decode_request(*bytes) : pki::Result<ocsp::Request>(pki::fail(pki::Errc::malformed, ""));
  if (!request || !request->optional_signature) return std::nullopt;
  const auto credential = credential_in(*request->optional_signature, world);
  return credential ? std::optional(credential->verifier) : std::nullopt;
}

bool asks_about(const Exchange& exchange, std::uint64_t serial) {
  const auto bytes = ocsp_request_of(exchange);
  if (!bytes) return false;
  const auto request = ocsp::decode_request(*bytes);
  if (!request) return false;
  const pki::Bytes content = pki::der::integer_content(serial);
  return std::ranges::any_of(request->cert_ids.view(), [&](const ocsp::CertId& id) {
    return std::ranges::equal(id.serial_content, content);
  });
}

}  // namespace mock
