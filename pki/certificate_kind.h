// What a certificate is for, and which CA name issues it.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pki {

// Stored in records: never change a value.
enum class CertificateKind : std::uint8_t {
  sign = 1,         // 署名用電子証明書: records the four items.
  auth = 2,         // 利用者証明用電子証明書: records none of them.
  mobile_sign = 3,  // 移動端末設備用署名用電子証明書 (Act 16-2).
  mobile_auth = 4,  // 移動端末設備用利用者証明用電子証明書 (Act 35-2).
};

inline constexpr std::array<CertificateKind, 4> kAllCertificateKinds = {
    CertificateKind::sign, CertificateKind::auth, CertificateKind::mobile_sign, CertificateKind::mobile_auth};

// A CA name. All generations of one share the distinguished name and the serial counter.
enum class CaName : std::uint8_t {
  sign = 1,        // JPKI for digital signature
  auth = 2,        // JPKI for user authentication
  operations = 3,  // Certificates of verifiers, operators and listeners; not part of JPKI.
};

[[nodiscard]] constexpr CaName ca_of(CertificateKind kind) {
  return kind == CertificateKind::sign || kind == CertificateKind::mobile_sign ? CaName::sign : CaName::auth;
}

[[nodiscard]] constexpr bool is_mobile(CertificateKind kind) {
  return kind == CertificateKind::mobile_sign || kind == CertificateKind::mobile_auth;
}

// sign, auth, mobile-sign, mobile-auth.
[[nodiscard]] constexpr std::string_view to_string(CertificateKind kind) {
  switch (kind) {
    case CertificateKind::sign:
      return "sign";
    case CertificateKind::auth:
      return "auth";
    case CertificateKind::mobile_sign:
      return "mobile-sign";
    case CertificateKind::mobile_auth:
      return "mobile-auth";
  }
  return "sign";
}

[[nodiscard]] constexpr std::optional<CertificateKind> parse_certificate_kind(std::string_view text) {
  for (const CertificateKind kind : kAllCertificateKinds)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

// sign, auth, ops.
[[nodiscard]] constexpr std::string_view to_string(CaName ca) {
  return ca == CaName::sign ? "sign" : ca == CaName::auth ? "auth" : "ops";
}

[[nodiscard]] constexpr std::optional<CaName> parse_ca_name(std::string_view text) {
  if (text == "sign") return CaName::sign;
  if (text == "auth") return CaName::auth;
  if (text == "ops") return CaName::operations;
  return std::nullopt;
}

}  // namespace pki
