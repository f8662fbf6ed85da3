// The terms of one issue: which CA generation signs, for which distribution point, until when.

#pragma once

#include <optional>

#include "ca/authority.h"
#include "ca/issue.h"
#include "pki/bytes.h"
#include "pki/result.h"
#include "registry/residents.h"
#include "store/vault.h"

namespace ca {

struct IssueTerms {
  const registry::SigningIssuer* ca = nullptr;
  pki::DistributionPoint point;
  pki::Time not_after;
  // The card's certificate on which a mobile one rests.
  std::optional<registry::CertificateId> basis;
};

// What the terms are worked out from.
struct IssueQuestion {
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
[[nodiscard]] pki::Result<IssueTerms> terms_of(const IssueQuestion& question);

// Errc::refused_by_law when the generation's key is compromised: nothing is issued with it.
[[nodiscard]] pki::Result<void> check_key(const store::ReadTransaction& transaction,
                                          registry::IssuerId issuer);

// Why the card's certificate under a mobile one fell, or was held, since: nothing while it is good.
[[nodiscard]] std::optional<pki::CrlReason> ground_of_basis(
    const store::ReadTransaction& transaction, const std::optional<registry::CertificateId>& basis);

}  // namespace ca
