// Credentials: certificates of the operations CA by which verifiers are recognised (証明符号, simulated).
//
// One credential has one use, and each may be revoked alone. The key is the serial number, which rises over
// all generations of the operations CA; the certificate itself is kept, so that evidence is compared with it
// byte by byte. Nothing here is personal or secret.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/serial_number.h"
#include "pki/time.h"
#include "store/environment.h"

namespace verifier {

// Stored in records: never change a value.
enum class CredentialUse : std::uint8_t {
  tls = 1,        // A client certificate on the HTTPS listeners.
  signature = 2,  // Signing OCSP requests.
  pinless =
      3,  // 特定利用者証明検証者証明符号 (規則64-9): signing requests on the PIN-less path, nothing else.
};

// tls, signature, pinless.
[[nodiscard]] std::string_view to_string(CredentialUse use);
[[nodiscard]] std::optional<CredentialUse> parse_credential_use(std::string_view text);

struct Credential {
  pki::SerialNumber serial;
  std::uint64_t verifier = 0;
  CredentialUse use = CredentialUse::tls;
  // What the verifier may use it for, in words (Act 51③, 53③: no other use).
  std::string purpose;
  // The terminal that holds it; empty when it is not for one.
  std::string terminal;
  pki::Time not_before;
  pki::Time not_after;
  pki::Bytes certificate;  // DER
  std::optional<pki::Time> revoked = {};
  // When the verifier reported that it has erased the key (Order 25-6).
  std::optional<pki::Date> erased = {};

  // Not revoked, and within its validity.
  [[nodiscard]] bool is_in_force(pki::Time now) const {
    return !revoked && not_before <= now && now <= not_after;
  }
};

[[nodiscard]] std::optional<Credential> find_credential(const store::ReadTransaction& transaction,
                                                        pki::SerialNumber serial);
// The credential whose certificate these bytes are. Nothing for any other bytes, a certificate with the
// serial of a credential included.
[[nodiscard]] std::optional<Credential> find_credential(const store::ReadTransaction& transaction,
                                                        pki::ByteView certificate);
// By serial.
[[nodiscard]] std::vector<Credential> credentials_of(const store::ReadTransaction& transaction,
                                                     std::uint64_t verifier);
// A new one, or a changed one in its place.
void put_credential(store::WriteTransaction& transaction, const Credential& credential);

}  // namespace verifier
