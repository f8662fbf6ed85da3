// The recorded items of a signing certificate, and reading them back from one: what a verifier is given with
// consent (Act 18③), and what is compared with the register (Act 13).

#pragma once

#include <string>

#include "pki/certificate.h"
#include "pki/result.h"
#include "pki/time.h"

namespace pki {

// As otherName values, in JPKI's order .1 .4 .3 .5 .2 .6.
struct RecordedItems {
  std::string name, birth_date, sex, address, name_substitutes, address_substitutes;
};

// The otherNames of subjectAltName, as written by write_recorded_items(). Errc::not_found for a certificate
// that records none, Errc::malformed when one is missing or occurs twice.
[[nodiscard]] Result<RecordedItems> read_recorded_items(const Certificate& certificate);

// YYYY-MM-DD from EYYYYMMDD; a part that is unknown stays 00, as in the item. Errc::malformed for anything
// else than nine digits.
[[nodiscard]] Result<std::string> birth_date_text(std::string_view item);

}  // namespace pki
