// What is signed is text that is no DER, so no such signature can pass for one on a certificate.

#include "registry/signed_head.h"

#include <sstream>

#include "pki/certificate.h"
#include "pki/hash.h"
#include "pki/public_key.h"

namespace registry {

namespace {

constexpr std::string_view kWord = "audit-head ";

std::string text_of(const SignedHead& head) {
  return "jpki audit head\nauthority " + head.authority + "\n" + to_string(head.head) + "\n" +
         pki::to_rfc3339(head.signed_at) + "\n";
}

}  // namespace

SignedHead sign_head(const pki::Signer& operations, std::string authority, const store::AuditHead& head,
                     pki::Time now) {
  SignedHead made{.authority = std::move(authority), .head = head, .signed_at = now, .signature = {}};
  made.signature =
      operations.sign(pki::digest(pki::hash_of(operations.algorithm()), pki::as_bytes(text_of(made))));
  return made;
}

bool is_valid(const SignedHead& head, pki::ByteView operations_certificate) {
  const auto certificate = pki::Certificate::decode(operations_certificate);
  if (!certificate) return false;
  const pki::ByteView key = certificate->subject_public_key_info();
  const auto algorithm = pki::key_algorithm_of(key);
  if (!algorithm) return false;
  return pki::verify_message(key, pki::default_signature_algorithm(*algorithm), pki::as_bytes(text_of(head)),
                             head.signature);
}

std::string to_line(const SignedHead& head) {
  return std::string(kWord) + head.authority + " " + to_string(head.head) + " " +
         pki::to_rfc3339(head.signed_at) + " " + pki::to_base64(head.signature);
}

bool has_signed_head(std::string_view line) {
  return line.find(kWord) != std::string_view::npos;
}

std::optional<SignedHead> parse_signed_head(std::string_view line) {
  const std::size_t start = line.find(kWord);
  if (start == std::string_view::npos) return std::nullopt;
  std::istringstream words{std::string(line.substr(start + kWord.size()))};
  std::string authority, head, time, signature;
  if (!(words >> authority >> head >> time >> signature)) return std::nullopt;
  const auto parsed = store::parse_audit_head(head);
  const auto moment = pki::parse_rfc3339(time);
  const auto bytes = pki::from_base64(signature);
  if (!parsed || !moment || !bytes) return std::nullopt;
  return SignedHead{std::move(authority), *parsed, *moment, *bytes};
}

}  // namespace registry
