// When a certificate ends: 規則13 (sign), 規則49 (auth), docs/profiles.md section 3.

#pragma once

#include <optional>

#include "pki/result.h"
#include "pki/time.h"

namespace law {

// Everything that bounds the end.
struct ValidityBounds {
  pki::Time issued_at;
  // With zeros for what is unknown of it: the last day that it can be counts (pki/birth_date.h).
  pki::Date birth;
  // The fifth birthday after the day of issue; the sixth for a renewal with less than three months left.
  int birthdays = 5;
  std::optional<pki::Date> card_expires;
  // For a signing certificate: the end of the holder's authentication certificate, if there is one.
  std::optional<pki::Time> authentication_ends;
  pki::Time issuer_ends;
};

// 23:59:59 JST of the earliest bound. Errc::refused_by_law when the card has lapsed already,
// Errc::conflict when the CA has ended.
[[nodiscard]] pki::Result<pki::Time> end_of_validity(const ValidityBounds& bounds);

// The n-th birthday after `day` (n = 1 is the next one, never `day` itself). For births on 29 February it is
// 28 February in a common year.
[[nodiscard]] pki::Date birthday_after(pki::Date birth, pki::Date day, int n);

// 23:59:59 JST of the day before the tenth anniversary, counted in JST: holds for all six public CA
// certificates (docs/profiles.md section 1).
[[nodiscard]] pki::Time end_of_ca_validity(pki::Time issued_at);

}  // namespace law
