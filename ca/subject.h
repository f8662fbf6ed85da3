// What a certificate says about its holder: subject names and the recorded items (docs/profiles.md sections
// 3 and 4).

#pragma once

#include <string_view>

#include "ca/extensions.h"
#include "ca/profile.h"
#include "pki/name.h"
#include "pki/random.h"
#include "pki/result.h"
#include "registry/municipalities.h"
#include "registry/residents.h"

namespace ca {

// C, L=prefecture, L=municipality, CN = moment of the request in JST, five digits of the serial, window.
[[nodiscard]] pki::Name signing_subject(const registry::Municipality& municipality, pki::Time requested_at,
                                        pki::SerialNumber serial);
// C, CN = 14 random characters and the window: nothing that identifies the holder.
[[nodiscard]] pki::Name authentication_subject(const registry::Municipality& municipality, pki::Rng& rng);

// The operator's own choices, character for character of the items as they are recorded.
struct Substitutes {
  std::string_view name, address;
};
// The items as a signing certificate records them: name and address in full width with one full-width space
// between their parts (pki/plain_form.h), characters outside the repertoire substituted and flagged.
[[nodiscard]] pki::Result<RecordedItems> recorded_items(const registry::Resident& resident,
                                                        const ProfileConfig& config,
                                                        const Substitutes& substitutes);

// EYYYYMMDD: the era's digit and the Gregorian date, e.g. 319800217. Unknown parts are zeros
// (pki/birth_date.h); the era is 0 where the date does not decide it.
[[nodiscard]] std::string birth_date_item(pki::Date birth);

}  // namespace ca
