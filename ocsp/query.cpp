// Requests, and answers in words.

#include "ocsp/query.h"

#include <algorithm>
#include <utility>

#include "pki/der.h"
#include "pki/messages/ocsp.h"
#include "pki/name.h"
#include "pki/oid.h"
#include "pki/public_key.h"

namespace ocsp {

namespace {

namespace der = pki::der;

std::string name_text(pki::ByteView name) {
  const auto decoded = pki::Name::decode(name);
  return decoded ? decoded->to_string() : "0x" + pki::to_hex(name);
}

pki::Message status_sentence(const SingleResponse& single) {
  const std::string serial = serial_text(single.cert_id.serial_content);
  if (std::holds_alternative<Good>(single.cert_status)) return {messages::says_good, serial};
  if (std::holds_alternative<Unknown>(single.cert_status)) return {messages::says_unknown, serial};
  const auto& revoked = std::get<Revoked>(single.cert_status);
  const std::string since = pki::to_rfc3339(revoked.revocation_time);
  // RFC 6960 section 2.2: so a responder says "revoked" of what was never issued.
  const bool is_never_issued =
      revoked.revocation_reason == pki::CrlReason::certificate_hold && revoked.revocation_time == pki::Time{};
  if (is_never_issued) return {messages::says_never_issued, serial, since};
  if (revoked.revocation_reason == pki::CrlReason::certificate_hold)
    return {messages::says_held, serial, since};
  if (revoked.revocation_reason == pki::CrlReason::unspecified)
    return {messages::says_revoked, serial, since};
  return {messages::says_revoked_because, serial, since, pki::to_string(revoked.revocation_reason)};
}

pki::Message refusal_sentence(ResponseStatus status) {
  const std::string_view name = to_string(status);
  switch (status) {
    case ResponseStatus::malformed_request:
      return {messages::refused_malformed, name};
    case ResponseStatus::try_later:
      return {messages::refused_try_later, name};
    case ResponseStatus::sig_required:
      return {messages::refused_unsigned, name};
    case ResponseStatus::unauthorized:
      return {messages::refused_unauthorized, name};
    default:
      return {messages::refused_internal, name};
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

void describe(const BasicResponse& basic, std::vector<pki::Message>& lines) {
  for (const SingleResponse& single : basic.responses) {
    lines.push_back(status_sentence(single));
    const std::string known_at = pki::to_rfc3339(single.this_update);
    if (single.next_update)
      lines.emplace_back(messages::known_until, known_at, pki::to_rfc3339(*single.next_update));
    else
      lines.emplace_back(messages::known_as_of, known_at);
    // Section 4.4.4: the responder sends it for what has expired.
    if (single.archive_cutoff)
      lines.emplace_back(messages::has_archive_cutoff, pki::to_rfc3339(*single.archive_cutoff));
  }
  const bool by_name = basic.responder_id_form == ResponderIdForm::by_name;
  const pki::Message responder = by_name ? pki::Message(name_text(basic.responder_id))
                                         : pki::Message{messages::key_named, pki::to_hex(basic.responder_id)};
  lines.emplace_back(messages::made_by, responder, pki::to_rfc3339(basic.produced_at));
}

pki::Message signer_sentence(const Verified& verified) {
  if (verified.signed_by == SignedBy::issuer) return messages::signed_by_ca;
  return {messages::signed_by_delegate, name_text(verified.delegate->subject()),
          pki::to_rfc3339(verified.delegate->not_after())};
}

// Section 4.2.2.2.1: without nocheck, the delegate's certificate may have been revoked, too.
bool may_be_revoked(const Verified& verified) {
  return verified.delegate && verified.delegate->find_extension(pki::oids::kOcspNoCheck) == nullptr;
}

pki::Result<void> check(std::span<const pki::Bytes> cert_ids, std::optional<pki::ByteView> nonce) {
  if (cert_ids.empty() || cert_ids.size() > kMaxCertIds)
    return pki::invalid("cert", messages::request_of_certificates);
  if (nonce && (nonce->empty() || nonce->size() > kMaxNonceBytes))
    return pki::invalid("nonce", messages::nonce_length);
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

std::string serial_text(pki::ByteView content) {
  if (content.size() <= 8 && (content.empty() || (content[0] & 0x80U) == 0))
    return std::to_string(pki::read_big_endian(content));
  return "0x" + pki::to_hex(content);
}

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
    return pki::invalid("signer", messages::signer_key_foreign);
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
    explanation.lines.emplace_back(messages::answer_unusable,
                                   (asked ? response.error() : asked.error()).message);
    return explanation;
  }
  if (!response->basic) {
    explanation.outcome = QueryVerdict::error_status;
    explanation.lines.push_back(refusal_sentence(response->status));
    return explanation;
  }
  const auto verified = verify_response(*response->basic, {.issuer = issuer, .request = *asked, .now = now});
  if (!verified) {
    explanation.lines.emplace_back(messages::answer_untrusted, verified.error().message);
    explanation.lines.emplace_back(messages::unproved);
    describe(*response->basic, explanation.lines);
    return explanation;
  }
  explanation.outcome = outcome_of(*response->basic, *asked);
  describe(*response->basic, explanation.lines);
  explanation.lines.push_back(signer_sentence(*verified));
  if (may_be_revoked(*verified)) explanation.lines.emplace_back(messages::no_nocheck);
  if (asked->nonce) explanation.lines.emplace_back(messages::nonce_repeated);
  return explanation;
}

std::string_view to_string(const CertStatus& status) {
  if (std::holds_alternative<Good>(status)) return "good";
  return std::holds_alternative<Revoked>(status) ? "revoked" : "unknown";
}

}  // namespace ocsp
