// The terms of one issue: which CA generation signs, for which distribution point, until when.

#pragma once

#include <optional>

#include "ca/authority.h"
#include "pki/bytes.h"
#include "pki/result.h"
#include "registry/certificates.h"
#include "registry/residents.h"
#include "store/vault.h"

namespace ca {

struct IssueRequest;

struct IssueTerms {
  // Never null in terms that were determined.
  const registry::SigningIssuer* issuer = nullptr;
  pki::DistributionPoint point;
  pki::Time not_after;
  // Of the card: the certificate on which a mobile one rests. It must still be good when the mobile one is
  // recorded.
  std::optional<registry::CertificateId> card_certificate;
  // A card's certificate alone: another one was in force when the terms were determined. It may have ended by
  // the time this one is recorded.
  bool is_renewal = false;
};

// What the terms are determined from.
struct IssueTermsInput {
  const store::ReadTransaction& transaction;
  const store::Vault& vault;
  const Authority& authority;
  const IssueRequest& request;
  const registry::Resident& resident;
  // PKCS#10, DER.
  pki::ByteView certification_request;
  pki::Time now;
};

// A card's certificate comes from the current generation and ends by Ordinance 13, 49; a mobile one comes
// from the generation of the card's and ends with it (Ordinance 24-9, 59-9). Errc::refused_by_law with the
// article; Errc::invalid_value for an application that is none, or that does not belong here.
[[nodiscard]] pki::Result<IssueTerms> determine_terms(const IssueTermsInput& input);

// Errc::refused_by_law when the generation's key is compromised: nothing is issued with it.
[[nodiscard]] pki::Result<void> check_key(const store::ReadTransaction& transaction,
                                          registry::IssuerId issuer);

// Why the card's certificate under a mobile one was revoked or held since: nothing while it is good.
[[nodiscard]] std::optional<pki::CrlReason> reason_of_card_certificate(
    const store::ReadTransaction& transaction,
    const std::optional<registry::CertificateId>& card_certificate);

}  // namespace ca
