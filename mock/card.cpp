// PINs and their counters.

#include "mock/card.h"

#include <algorithm>

namespace mock {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

CardPin::CardPin(pki::CertificateKind kind)
    : kind_(kind),
      value_(kind == pki::CertificateKind::auth ? kAuthPin : kSignPin),
      tries_left_(tries_max()) {}

PinTry CardPin::try_out(std::string_view pin) {
  if (is_locked()) return PinTry::locked;
  if (pin == value_) {
    tries_left_ = tries_max();
    return PinTry::right;
  }
  --tries_left_;
  return PinTry::wrong;
}

void CardPin::set(std::string_view pin) {
  value_ = pin;
  tries_left_ = tries_max();
}

bool is_pin(pki::CertificateKind kind, std::string_view text) {
  if (kind == pki::CertificateKind::auth) return text.size() == 4 && std::ranges::all_of(text, is_digit);
  const auto is_allowed = [](char c) { return is_digit(c) || is_capital(c); };
  // Letters and digits must both occur.
  return text.size() >= 6 && text.size() <= 16 && std::ranges::all_of(text, is_allowed) &&
         std::ranges::any_of(text, is_digit) && std::ranges::any_of(text, is_capital);
}

}  // namespace mock
