// A card without a card: what the JPKI application of an Individual Number Card keeps, and its PINs.
//
// The PIN of the authentication key has four digits and three tries, the password of the signing key 6 to 16
// capital letters and digits and five tries; a locked one is set again at the municipality's window.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "pki/certificate_kind.h"
#include "pki/private_key.h"
#include "pki/result.h"

namespace mock {

// What every card is handed out with.
inline constexpr std::string_view kAuthPin = "1234", kSignPin = "JPKI1234";

enum class PinTry : std::uint8_t { right, wrong, locked };

// The secret before one of the card's two keys, and its counter.
class CardPin final {
 public:
  // REQUIRES: sign or auth.
  explicit CardPin(pki::CertificateKind kind);

  // Counts a wrong one; the right one sets the counter back. Once it is at 0 nothing counts any more.
  PinTry try_out(std::string_view pin);
  // Sets another value and the counter back. REQUIRES: is_pin().
  void set(std::string_view pin);
  // Uses up all tries.
  void lock() { tries_left_ = 0; }
  [[nodiscard]] unsigned tries_left() const { return tries_left_; }
  [[nodiscard]] unsigned tries_max() const { return kind_ == pki::CertificateKind::auth ? 3 : 5; }
  [[nodiscard]] bool is_locked() const { return tries_left_ == 0; }
  // For the control, which is no card reader: the mock keeps no secrets.
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  pki::CertificateKind kind_;
  std::string value_;
  unsigned tries_left_;
};

// Whether a card takes the text as the PIN of the key.
[[nodiscard]] bool is_pin(pki::CertificateKind kind, std::string_view text);

// What the application remembers while the card has power.
struct AppletSession {
  bool is_selected = false;
  std::optional<std::uint16_t> file;
  bool has_auth_pin = false, has_sign_pin = false;
  // A terminal of a verifier with approval has shown its credential: the authentication key works without
  // PIN until the card is taken away (Act 38-2).
  bool has_terminal = false;
};

// What outlasts the power, and the session.
struct Card {
  CardPin auth_pin{pki::CertificateKind::auth};
  CardPin sign_pin{pki::CertificateKind::sign};
  AppletSession session = {};

  [[nodiscard]] CardPin& pin(pki::CertificateKind kind) {
    return kind == pki::CertificateKind::auth ? auth_pin : sign_pin;
  }
  [[nodiscard]] const CardPin& pin(pki::CertificateKind kind) const {
    return kind == pki::CertificateKind::auth ? auth_pin : sign_pin;
  }
};

// One of the card's two certificates with its key.
struct CardCredential {
  pki::Bytes certificate;
  pki::Bytes ca_certificate;
  pki::PrivateKey key;
};

// The card as issued; children under 15 have no signing certificate.
struct CardContents {
  const CardCredential* sign = nullptr;
  const CardCredential* auth = nullptr;
  // Of CK_TOKEN_INFO.
  std::string serial_number;

  [[nodiscard]] const CardCredential* of(pki::CertificateKind kind) const {
    return kind == pki::CertificateKind::auth ? auth : sign;
  }
};

}  // namespace mock
