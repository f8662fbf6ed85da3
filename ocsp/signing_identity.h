// The key, certificate and constants with which one CA generation answers (RFC 6960 section 4.2.2.2).

#pragma once

#include <memory>
#include <vector>

#include "ocsp/service.h"
#include "ocsp/status.h"
#include "pki/certificate.h"

namespace ocsp {

// Whether a signature is so cheap that the serving thread makes it itself.
enum class SigningPlace : std::uint8_t { queue, in_place };

// Immutable but for the cache; usable from any thread.
class SigningIdentity final {
 public:
  // Decodes the certificates and tries the key: a real answer must satisfy our own reader at `now`.
  // Errc::invalid_value says what is wrong.
  static pki::Result<std::unique_ptr<const SigningIdentity>> make(const registry::SigningResponder& responder,
                                                                  ResponderIdForm form, pki::Time now);

  [[nodiscard]] registry::IssuerId issuer() const { return issuer_; }
  [[nodiscard]] const pki::Certificate& certificate() const { return certificate_; }
  [[nodiscard]] bool matches(const CertId& id) const { return hashes_.matches(id); }
  [[nodiscard]] const pki::Certificate& ca_certificate() const { return ca_certificate_; }
  [[nodiscard]] const CompromiseCache& compromise_cache() const { return compromise_cache_; }
  [[nodiscard]] SigningPlace signing_place() const { return signing_place_; }
  // Whether the serial is that of the CA's own certificate or of this responder's: the registry, which is
  // about holders' certificates, has no record of them, but they were issued.
  [[nodiscard]] bool is_own(pki::ByteView serial_content) const;

  // Throws when the key fails.
  [[nodiscard]] pki::Bytes encode(const ResponseData& data) const {
    return encode_response(frame_, data, *signer_);
  }
  // Makes, reads and verifies a real answer about a serial that is never issued.
  [[nodiscard]] pki::Result<void> self_test(pki::Time now) const;

 private:
  SigningIdentity(const registry::SigningResponder& responder, pki::Certificate ca_certificate,
                  pki::Certificate certificate, ResponderIdForm form);

  registry::IssuerId issuer_;
  pki::Certificate ca_certificate_;
  pki::Certificate certificate_;
  std::shared_ptr<const pki::Signer> signer_;
  ResponderFrame frame_;
  IssuerHashes hashes_;
  CompromiseCache compromise_cache_;
  SigningPlace signing_place_ = SigningPlace::queue;
};

// The identities in use; at most one of a generation. There are few, so they are searched one by one.
struct SigningIdentities {
  std::vector<std::shared_ptr<const SigningIdentity>> identities;

  // The one that speaks for the generation of this CA name that the CertID names; null when it is not ours.
  [[nodiscard]] const SigningIdentity* find(pki::CaName ca, const CertId& id) const;
};

}  // namespace ocsp
