// A certificate as read (RFC 5280 section 4.1): the fields that this program looks at, as views into its DER.

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "pki/bytes.h"
#include "pki/oid.h"
#include "pki/public_key.h"
#include "pki/result.h"
#include "pki/time.h"

namespace pki {

// Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING }
struct Extension {
  Oid id;
  bool critical = false;
  ByteView value;  // The content of the OCTET STRING.
};

// Immutable; copies share the bytes that the views point into.
class Certificate final {
 public:
  // Strict: exactly one certificate of version 1, 2 or 3, with UTCTime or GeneralizedTime dates; extensions,
  // each once, in version 3 alone. The signature is not verified here.
  static Result<Certificate> decode(ByteView der);

  [[nodiscard]] const Bytes& der() const { return *der_; }
  [[nodiscard]] ByteView tbs() const { return tbs_; }
  [[nodiscard]] ByteView signature_algorithm() const { return signature_algorithm_; }
  [[nodiscard]] ByteView signature() const { return signature_; }
  // The content bytes of the INTEGER.
  [[nodiscard]] ByteView serial_content() const { return serial_; }
  // Whole encodings.
  [[nodiscard]] ByteView issuer() const { return issuer_; }
  [[nodiscard]] ByteView subject() const { return subject_; }
  [[nodiscard]] ByteView subject_public_key_info() const { return public_key_; }
  [[nodiscard]] Time not_before() const { return not_before_; }
  [[nodiscard]] Time not_after() const { return not_after_; }
  [[nodiscard]] const std::vector<Extension>& extensions() const { return extensions_; }
  [[nodiscard]] const Extension* find_extension(const Oid& id) const;

 private:
  std::shared_ptr<const Bytes> der_;
  ByteView tbs_, signature_algorithm_, signature_, serial_, issuer_, subject_, public_key_;
  Time not_before_{}, not_after_{};
  std::vector<Extension> extensions_;
};

// Extensions ::= SEQUENCE OF Extension; an identifier that occurs twice is refused.
[[nodiscard]] Result<std::vector<Extension>> decode_extensions(ByteView der);

// True when `certificate` carries a valid signature by this key (algorithms of pki/signature_algorithm.h).
[[nodiscard]] bool is_signed_by(const Certificate& certificate, ByteView subject_public_key_info);

// The URIs of the first distribution point's fullName in a CRLDP or freshestCRL value.
[[nodiscard]] Result<std::vector<std::string>> distribution_point_uris(ByteView extension_value);
// The OCSP URI of an authorityInfoAccess value, if any.
[[nodiscard]] Result<std::optional<std::string>> ocsp_uri(ByteView extension_value);

}  // namespace pki
