// Exchanges as JSON. Bytes are decoded here, when somebody asks, and not while requests are answered.

#include "mock/exchange_reading.h"
#include "ocsp/response.h"
#include "pki/der.h"
#include "verifier/credentials.h"
#include "verifier/recognition.h"

namespace mock {

namespace {

namespace json = boost::json;

// Decimal for what fits, as everywhere in this program; hexadecimal for what others invent.
std::string serial_text(pki::ByteView content) {
  const auto number = pki::der::decode_unsigned(content);
  return number ? std::to_string(*number) : "0x" + pki::to_hex(content);
}

json::object describe_cert_id(const ocsp::CertId& id) {
  return {{"serial", serial_text(id.serial_content)},
          {"hash", id.hash_algorithm ? json::value(pki::to_string(*id.hash_algorithm)) : nullptr},
          {"issuer_name_hash", pki::to_hex(id.issuer_name_hash)},
          {"issuer_key_hash", pki::to_hex(id.issuer_key_hash)}};
}

json::object describe_status(const ocsp::SingleResponse& single) {
  json::object object{{"serial", serial_text(single.cert_id.serial_content)}};
  if (const auto* revoked = std::get_if<ocsp::Revoked>(&single.cert_status)) {
    object["status"] = "revoked";
    object["reason"] = pki::to_string(revoked->revocation_reason);
    object["revoked_at"] = pki::to_rfc3339(revoked->revocation_time);
  } else {
    object["status"] = std::holds_alternative<ocsp::Good>(single.cert_status) ? "good" : "unknown";
  }
  object["this_update"] = pki::to_rfc3339(single.this_update);
  object["next_update"] = single.next_update ? json::value(pki::to_rfc3339(*single.next_update)) : nullptr;
  return object;
}

// The credential that a signed request carries; null for an unknown one.
json::value describe_signer(const ocsp::RequestSignature& signature, World& world) {
  const auto found = credential_in(signature, world);
  if (!found) return nullptr;
  return json::object{{"verifier", std::to_string(found->verifier)},
                      {"use", verifier::to_string(found->use)},
                      {"credential", pki::to_string(found->serial)}};
}

void describe_request(json::object& object, pki::ByteView bytes, World& world) {
  const auto request = ocsp::decode_request(bytes);
  if (!request) {
    object["malformed"] = request.error().text();
    return;
  }
  json::array ids;
  for (const ocsp::CertId& id : request->cert_ids.view())
    ids.push_back(describe_cert_id(id));
  object["cert_ids"] = std::move(ids);
  object["nonce"] = request->nonce ? json::value(pki::to_hex(request->nonce->value)) : nullptr;
  object["signed"] = request->optional_signature.has_value();
  if (request->optional_signature) object["signer"] = describe_signer(*request->optional_signature, world);
}

void describe_answer(json::object& object, pki::ByteView bytes) {
  const auto response = ocsp::decode_response(bytes);
  if (!response) {
    object["unreadable"] = response.error().text();
    return;
  }
  object["response_status"] = ocsp::to_string(response->status);
  if (!response->basic) return;
  json::array responses;
  for (const ocsp::SingleResponse& single : response->basic->responses)
    responses.push_back(describe_status(single));
  object["produced_at"] = pki::to_rfc3339(response->basic->produced_at);
  object["nonce"] =
      response->basic->nonce ? json::value(pki::to_hex(response->basic->nonce->value)) : nullptr;
  object["responses"] = std::move(responses);
}

// Who asked, as far as connection and address show it; a request's own signature speaks for itself.
json::value describe_asker(const Exchange& exchange, World& world) {
  const auto requester = asker_of(exchange, world);
  if (!requester) return nullptr;
  return json::object{
      {"verifier", std::to_string(requester->verifier)},
      {"by", verifier::to_string(requester->method)},
      {"credential", requester->credential ? json::value(pki::to_string(*requester->credential)) : nullptr}};
}

}  // namespace

json::object describe(const Exchange& exchange, World& world) {
  json::array faults;
  for (const std::string& fault : exchange.faults)
    faults.push_back(json::value(fault));
  json::object headers;
  for (const http::Header& header : exchange.headers)
    headers[header.name] = header.value;
  json::object object{{"number", exchange.number},
                      {"at", pki::to_rfc3339(exchange.at)},
                      {"listener", to_string(exchange.door)},
                      {"peer", http::to_string(exchange.peer)},
                      {"requester", describe_asker(exchange, world)},
                      {"method", exchange.method},
                      {"target", exchange.target},
                      {"headers", std::move(headers)},
                      {"status", exchange.status},
                      {"content_type", exchange.content_type},
                      {"size", exchange.answer_size},
                      {"faults", std::move(faults)}};
  if (const auto bytes = ocsp_request_of(exchange)) {
    json::object request;
    describe_request(request, *bytes, world);
    object["ocsp_request"] = std::move(request);
    if (exchange.answer) {
      json::object answer;
      describe_answer(answer, *exchange.answer);
      object["ocsp_response"] = std::move(answer);
    }
  }
  return object;
}

}  // namespace mock
