// CMS SignedData (RFC 5652 section 5) as a holder's software makes it: a document with one signature.
//
// It is how holders declare something to the authority: the application for a mobile pair, the consent to a
// verifier. Reading and verifying are apart, because only the reading shows whose certificate is needed.

#pragma once

#include <optional>
#include <vector>

#include "pki/bytes.h"
#include "pki/certificate.h"
#include "pki/hash.h"
#include "pki/oid.h"
#include "pki/result.h"
#include "pki/time.h"

namespace pki {

// SignerIdentifier ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] }: either the first two or
// the last are set.
struct SignerIdentifier {
  Bytes issuer;          // A Name, DER.
  Bytes serial_content;  // The content bytes of the INTEGER.
  Bytes key_identifier;

  // True when the certificate is the one that is named. A certificate without subjectKeyIdentifier is
  // named by method (1) of RFC 5280 section 4.2.1.2.
  [[nodiscard]] bool names(const Certificate& certificate) const;
};

class SignedData final {
 public:
  // Strict DER with exactly one SignerInfo. Errc::malformed says what is wrong;
  // Errc::unsupported a digest or signature algorithm other than SHA-256, SHA-384 or SHA-512 with PKCS#1
  // v1.5 or ECDSA. Nothing is verified yet.
  static Result<SignedData> decode(ByteView der);

  [[nodiscard]] const SignerIdentifier& signer() const { return signer_; }
  // eContentType, e.g. id-data.
  [[nodiscard]] const Oid& content_type() const { return content_type_; }
  // The content is inside, and not to be given to verify().
  [[nodiscard]] bool is_attached() const { return content_.has_value(); }
  // The certificates that came along, DER: hints, not verified.
  [[nodiscard]] const std::vector<Bytes>& certificates() const { return certificates_; }
  // What the signer says; signed, but no proof of time.
  [[nodiscard]] std::optional<Time> signing_time() const { return signing_time_; }

  // The content, after the signature over it was verified with the key of `certificate`, which must be the
  // one that signer() names. `detached` is the content when it is not inside, and must be absent otherwise.
  // Errc::malformed for a signature that does not verify, Errc::invalid_value for another certificate.
  // Whether the certificate is good is the caller's question.
  [[nodiscard]] Result<Bytes> verified_content(const Certificate& certificate,
                                               std::optional<ByteView> detached = std::nullopt) const;

 private:
  SignerIdentifier signer_;
  Oid content_type_;
  std::optional<Bytes> content_;
  std::vector<Bytes> certificates_;
  HashAlgorithm hash_ = HashAlgorithm::sha256;
  // The signed attributes as the SET OF that was signed, and what they say; empty when there are none.
  Bytes signed_attributes_;
  Bytes message_digest_;
  std::optional<Time> signing_time_;
  bool is_rsa_ = false;
  Bytes signature_;

  friend struct SignedDataReader;
};

}  // namespace pki
