// The public keys that were reported as known to others: `reported_keys`.
//
// A certificate for such a key would vouch for whoever has it, so none is issued again, whoever asks and
// whichever kind (NIST SP 800-57 part 1, 8.3.5: a compromised key is not used again). Rows are kept for ever:
// a key is no safer when the record of its certificate is no longer kept, and its digest says nothing about
// its holder.

#pragma once

#include <optional>

#include "registry/certificates.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace registry {

struct ReportedKey {
  pki::Time since;
  CertificateId certificate;

  friend bool operator==(const ReportedKey&, const ReportedKey&) = default;
};

// By SubjectPublicKeyInfo, DER. Nothing for a key about which there is no report.
[[nodiscard]] std::optional<ReportedKey> find_reported_key(const store::ReadTransaction& transaction,
                                                           pki::ByteView subject_public_key_info);
// Records the key of the certificate; the first report of a key stays. True when this was the first.
bool report_key(store::WriteTransaction& transaction, const IssuedCertificate& certificate, pki::Time since);

// Whether the table has what was on record before there was one (law/reported_keys.h makes it).
[[nodiscard]] bool are_reported_keys_listed(const store::ReadTransaction& transaction);
void note_reported_keys_listed(store::WriteTransaction& transaction);
// After changes that could not name the keys: the next start makes the table again from what is on record.
void list_reported_keys_again(store::WriteTransaction& transaction);

}  // namespace registry
