// Requests, and answers in words.

#include "ocsp/query.h"

#include <algorithm>
#include <utility>

#include "pki/der.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/public_key.h"

namespace ocsp {

namespace {

namespace der = pki::der;

// Decimal where the serial fits our range, as JPKI writes serials; hexadecimal as OpenSSL does for others.
std::string serial_text(pki::ByteView content) {
  if (content.size() <= 8 && (content.empty() || (content[0] & 0x80U) == 0))
    return std::to_string(pki::read_big_endian(content));
  return "0x" + pki::to_hex(content);
}

std::string name_text(pki::ByteView name) {
  const auto decoded = pki::Name::decode(name);
  return decoded ? decoded->to_string() : "0x" + pki::to_hex(name);
}

std::string status_sentence(const SingleResponse& single) {
  const std::string serial = "Certificate " + serial_text(single.cert_id.serial_content);
  if (std::holds_alternative<Good>(single.cert_status)) return serial + " is good: it is not revoked.";
  if (std::holds_alternative<Unknown>(single.cert_status))
    return serial + " is unknown: the responder has no record that this CA issued it.";
  const auto& revoked = std::get<Revoked>(single.cert_status);
  const std::string since = " since " + pki::to_rfc3339(revoked.revocation_time);
  // RFC 6960 section 2.2: so a responder says "revoked" of what was never issued.
  const bool is_never_issued =
      revoked.revocation_reason == pki::CrlReason::certificate_hold && revoked.revocation_time == pki::Time{};
  if (is_never_issued)
    return serial + " was never issued, says the responder: on hold" + since + " (RFC 6960, 2.2).";
  if (revoked.revocation_reason == pki::CrlReason::certificate_hold)
    return serial + " is on hold" + since + ".";
  if (revoked.revocation_reason == pki::CrlReason::unspecified) return serial + " is revoked" + since + ".";
  return serial + " is revoked" + since + ", reason " +
         std::string(pki::to_string(revoked.revocation_reason)) + ".";
}

std::string refusal_sentence(ResponseStatus status) {
  const std::string name(to_string(status));
  switch (status) {
    case ResponseStatus::malformed_request:
      return name + ": the responder does not understand the request.";
    case ResponseStatus::try_later:
      return name + ": the responder is too busy; ask again later.";
    case ResponseStatus::sig_required:
      return name + ": the request must be signed.";
    case ResponseStatus::unauthorized:
      return name + ": you may not ask this responder, or it does not speak for this CA.";
    default:
      return name + ": the responder has an internal fault.";
  }
}

QueryVerdict outcome_of(const BasicResponse& basic, const Request& request) {
  QueryVerdict worst = QueryVerdict::good;
  for (const SingleResponse& single : basic.responses) {
    const bool is_asked = std::ranges::any_of(request.cert_ids.view(), [&](const CertId& asked) {
      return is_same_certificate(asked, single.cert_id);
    });
    if (!is_asked) continue;
    if (std::holds_alternative<Revoked>(single.cert_status)) return QueryVerdict::revoked;
    if (std::holds_alternative<Unknown>(single.cert_status)) worst = QueryVerdict::unknown;
  }
  return worst;
}

void describe(const BasicResponse& basic, std::vector<std::string>& lines) {
  for (const SingleResponse& single : basic.responses) {
    lines.push_back(status_sentence(single));
    std::string times = "This is known as of " + pki::to_rfc3339(single.this_update);
    if (single.next_update) times += "; newer information comes by " + pki::to_rfc3339(*single.next_update);
    lines.push_back(times + ".");
    // Section 4.4.4: the responder sends it for what has expired.
    if (single.archive_cutoff)
      lines.push_back(
          "The certificate has expired; this is its last state. The responder knows the state of " +
          std::string("what expired since ") + pki::to_rfc3339(*single.archive_cutoff) +
          " (archive cutoff).");
  }
  const bool by_name = basic.responder_id_form == ResponderIdForm::by_name;
  lines.push_back("The responder, " +
                  (by_name ? name_text(basic.responder_id) : "key " + pki::to_hex(basic.responder_id)) +
                  ", made the answer at " + pki::to_rfc3339(basic.produced_at) + ".");
}

std::string signer_sentence(const Verified& verified) {
  if (verified.signed_by == SignedBy::issuer) return "The signature is the CA's own, and valid.";
  return "The signature is valid; the CA has delegated it to " + name_text(verified.delegate->subject()) +
         " until " + pki::to_rfc3339(verified.delegate->not_after()) + ".";
}

// Section 4.2.2.2.1: without nocheck, the delegate's certificate may have been revoked, too.
bool may_be_revoked(const Verified& verified) {
  return verified.delegate && verified.delegate->find_extension(pki::oids::kOcspNoCheck) == nullptr;
}

pki::Result<void> check(std::span<const pki::Bytes> cert_ids, std::optional<pki::ByteView> nonce) {
  if (cert_ids.empty() || cert_ids.size() > kMaxCertIds)
    return pki::invalid("cert", "a request is about 1 to 100 certificates");
  if (nonce && (nonce->empty() || nonce->size() > kMaxNonceBytes))
    return pki::invalid("nonce", "a nonce has 1 to 128 bytes");
  return {};
}

// TBSRequest; its ASN.1 stands in request.cpp. `requestor` is a Name, or empty.
void write_tbs(der::Writer& writer, std::span<const pki::Bytes> cert_ids, std::optional<pki::ByteView> nonce,
               pki::ByteView requestor) {
  writer.sequence([&] {
    // requestorName [1] EXPLICIT GeneralName, of which directoryName is [4] EXPLICIT.
    if (!requestor.empty()) writer.context(1, [&] { writer.context(4, [&] { writer.raw(requestor); }); });
    writer.sequence([&] {
      for (const pki::Bytes& cert_id : cert_ids)
        writer.sequence([&] { writer.raw(cert_id); });
    });
    if (!nonce) return;
    writer.context(2, [&] {
      writer.sequence([&] {
        writer.sequence([&] {
          writer.oid(pki::oids::kOcspNonce);
          writer.wrapped([&] { writer.octet_string(*nonce); });
        });
      });
    });
  });
}

}  // namespace

// The ASN.1 stands at CertId; the parameters are NULL, as most clients send them.
pki::Result<pki::Bytes> make_cert_id(const pki::Certificate& issuer, pki::ByteView serial_content,
                                     pki::HashAlgorithm hash) {
  TRY_ASSIGN(const pki::ByteView key, pki::subject_public_key_bits(issuer.subject_public_key_info()));
  der::Writer writer;
  writer.sequence([&] {
    writer.sequence([&] { writer.oid(pki::oid_of(hash)).null(); });
    writer.octet_string(pki::digest(hash, issuer.subject()));
    writer.octet_string(pki::digest(hash, key));
    writer.integer_content(serial_content);
  });
  return writer.take();
}

pki::Result<pki::Bytes> make_request(std::span<const pki::Bytes> cert_ids,
                                     std::optional<pki::ByteView> nonce) {
  TRY(check(cert_ids, nonce));
  der::Writer writer;
  writer.sequence([&] { write_tbs(writer, cert_ids, nonce, {}); });
  return writer.take();
}

// OCSPRequest ::= SEQUENCE { tbsRequest, optionalSignature [0] EXPLICIT Signature OPTIONAL }
// Signature ::= SEQUENCE { signatureAlgorithm, signature BIT STRING, certs [0] EXPLICIT SEQUENCE OF }
pki::Result<pki::Bytes> make_signed_request(std::span<const pki::Bytes> cert_ids,
                                            std::optional<pki::ByteView> nonce, const Requestor& requestor) {
  TRY(check(cert_ids, nonce));
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(requestor.certificate));
  if (!pki::equal(certificate.subject_public_key_info(), requestor.signer.public_key()))
    return pki::invalid("signer", "the signer's key does not belong to its certificate");
  der::Writer tbs;
  write_tbs(tbs, cert_ids, nonce, certificate.subject());
  const pki::SignatureAlgorithm algorithm = requestor.signer.algorithm();
  const pki::Bytes signature = requestor.signer.sign(pki::digest(pki::hash_of(algorithm), tbs.view()));
  der::Writer writer;
  writer.sequence([&] {
    writer.raw(tbs.view()).context(0, [&] {
      writer.sequence([&] {
        writer.raw(pki::encode_algorithm_identifier(algorithm)).bit_string(signature);
        writer.context(0, [&] {
          writer.sequence([&] {
            writer.raw(requestor.certificate);
            for (const pki::Bytes& other : requestor.others)
              writer.raw(other);
          });
        });
      });
    });
  });
  return writer.take();
}

std::string get_target(std::string_view responder_path, pki::ByteView request) {
  const std::size_t query = std::min(responder_path.find('?'), responder_path.size());
  std::string target(responder_path.substr(0, query));
  if (!target.ends_with('/')) target += '/';
  for (const char c : pki::to_base64(request)) {
    switch (c) {
      case '+':
        target += "%2B";
        break;
      case '/':
        target += "%2F";
        break;
      case '=':
        target += "%3D";
        break;
      default:
        target += c;
    }
  }
  target += responder_path.substr(query);
  return target;
}

Explanation explain(pki::ByteView request, pki::ByteView answer, const pki::Certificate& issuer,
                    pki::Time now) {
  Explanation explanation;
  const auto asked = decode_request(request);
  const auto response = decode_response(answer);
  if (!asked || !response) {
    explanation.lines.push_back(
        "The answer cannot be used: " + (asked ? response.error() : asked.error()).text() + ".");
    return explanation;
  }
  if (!response->basic) {
    explanation.outcome = QueryVerdict::error_status;
    explanation.lines.push_back("The responder refused: " + refusal_sentence(response->status));
    return explanation;
  }
  const auto verified = verify_response(*response->basic, {.issuer = issuer, .request = *asked, .now = now});
  if (!verified) {
    explanation.lines.push_back("The answer cannot be trusted: " + verified.error().text() + ".");
    explanation.lines.emplace_back("What it says, unproved:");
    describe(*response->basic, explanation.lines);
    return explanation;
  }
  explanation.outcome = outcome_of(*response->basic, *asked);
  describe(*response->basic, explanation.lines);
  explanation.lines.push_back(signer_sentence(*verified));
  if (may_be_revoked(*verified))
    explanation.lines.emplace_back(
        "The responder's certificate has no OCSP nocheck: whether it is revoked was not looked up.");
  if (asked->nonce)
    explanation.lines.emplace_back("The answer repeats the nonce: it was made for this request.");
  return explanation;
}

std::string_view to_string(const CertStatus& status) {
  if (std::holds_alternative<Good>(status)) return "good";
  return std::holds_alternative<Revoked>(status) ? "revoked" : "unknown";
}

}  // namespace ocsp
