// Keys that their holders reported as known to others (漏えい等, Act 10 and 29): which a report is about, and
// that they are certified no more.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "law/consequence.h"
#include "pki/result.h"
#include "registry/certificates.h"
#include "registry/events.h"
#include "store/environment.h"
#include "store/vault.h"

namespace law {

// Whether an event about a card or a key is about this certificate, one of the holder's `certificates`: it
// changed its status, or it changed none of its kind and this was the latest. A card has one key of a kind,
// so a report at that moment is about this certificate, in force or not.
[[nodiscard]] bool is_about(const registry::EventRecord& event,
                            const registry::IssuedCertificate& certificate,
                            const std::vector<registry::IssuedCertificate>& certificates);

// Records the keys of every certificate that a key notice is about. A certificate whose record does not open
// is passed over: its key cannot be known, and the notice must be recorded all the same.
void report_keys(store::WriteTransaction& transaction, const store::Vault& vault,
                 const registry::EventRecord& notice);

// Of the refusal below.
inline constexpr std::string_view kReportedKeyArticle = "Act 10, 29";
// Errc::refused_by_law for a key that was reported, by any holder and for a certificate of any kind.
[[nodiscard]] pki::Result<void> check_key_unreported(const store::ReadTransaction& transaction,
                                                     pki::ByteView subject_public_key_info);

// For a store of an older program, and after a restore: records the keys of all certificates that were
// revoked for keyCompromise or that a notice on record is about, and notes that the table is made. Opens the
// events of every holder. Gives how many keys were new.
std::uint64_t list_reported_keys(store::WriteTransaction& transaction, const store::Vault& vault);

// Adds to what a key notice takes the holder's other certificates of the same keys: a key that leaked is
// known to others for each of them (Act 10, 16-9, 29, 35-9). `record` is the notice's, with what it takes so
// far; what it is about may have fallen before.
void add_certificates_of_same_keys(const store::ReadTransaction& transaction, const store::Vault& vault,
                                   const std::vector<Candidate>& candidates, RevocationCause notice,
                                   registry::EventRecord& record);

}  // namespace law
