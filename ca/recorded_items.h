// Reading the recorded items of a signing certificate back: what a verifier is given with consent (Act 18③).

#pragma once

#include "ca/extensions.h"
#include "pki/certificate.h"
#include "pki/result.h"
#include "pki/time.h"

namespace ca {

// The otherNames of subjectAltName, as written by write_recorded_items(). Errc::not_found for a certificate
// that records none, Errc::malformed when one is missing or occurs twice.
[[nodiscard]] pki::Result<RecordedItems> read_recorded_items(const pki::Certificate& certificate);

// YYYY-MM-DD from EYYYYMMDD; a part that is unknown stays 00, as in the item. Errc::malformed for anything
// else than nine digits.
[[nodiscard]] pki::Result<std::string> birth_date_text(std::string_view item);

}  // namespace ca
