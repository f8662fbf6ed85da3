// A holder's consent to the provision of current items: a signed document that the verifier brings along
// (Act 18③, 規則35-2). docs/api.md says how holders' software makes one.

#pragma once

#include <array>
#include <cstdint>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/signed_data.h"
#include "pki/time.h"
#include "registry/certificates.h"
#include "verifier/consents.h"

namespace admin {

// What the holder has signed.
struct Consent {
  std::uint64_t verifier = 0;
  // By registry::FourItem: consented to.
  std::array<bool, 4> items{};
  pki::Time given, until;
};

// Reads the content of the SignedData, a JSON object. Errc::invalid_value names the member at fault; a period
// of more than ten years is one (規則35-2④).
[[nodiscard]] pki::Result<Consent> read_consent(pki::ByteView content);

// A consent whose signature was verified, and the certificate that it was verified with.
struct SignedConsent {
  Consent consent;
  registry::CertificateId signed_with;
  pki::Bytes sha256;  // Of the SignedData, for the audit entry.
};

// Verifies the SignedData `der` with the holder's own signing certificates. Errc::invalid_value, field
// "consent", when it is none of theirs or does not verify. Time, verifier and withdrawal are not looked at:
// they may change until the moment of providing.
[[nodiscard]] pki::Result<SignedConsent> verify_consent(const store::ReadTransaction& transaction,
                                                        const store::Vault& vault,
                                                        registry::ResidentId holder, pki::ByteView der);

struct ConsentUse {
  std::uint64_t verifier = 0;
  registry::ResidentId holder;
  pki::Time now;
};

// The items that may be provided now, by registry::FourItem. Errc::refused_by_law when the consent is for
// another verifier, not yet or no longer in force, was signed with a certificate that was not in force when
// it was given or whose key was ever reported lost or leaked, or is withdrawn for every item.
[[nodiscard]] pki::Result<std::array<bool, 4>> consented_items(const store::ReadTransaction& transaction,
                                                               const store::Vault& vault,
                                                               const SignedConsent& consent,
                                                               const ConsentUse& use);

}  // namespace admin
