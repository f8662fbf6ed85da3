// The law of issuing, as far as one resident and one kind decide it.

#include "law/eligibility.h"

#include <utility>

#include "law/rule_table.h"
#include "pki/birth_date.h"
#include "pki/messages/law.h"
#include "registry/compromise.h"
#include "registry/issuance.h"

namespace law {

std::vector<CertificateInForce> certificates_in_force(const store::ReadTransaction& transaction,
                                                      registry::ResidentId resident,
                                                      pki::CertificateKind kind, pki::Time now) {
  std::vector<CertificateInForce> list;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, resident)) {
    const auto status = registry::effective_status(transaction, id);
    if (!status || status->kind != kind || status->not_after < now) continue;
    // A held certificate counts as in force (docs/law.md, Act 6, 25).
    if (!status->revocation || status->revocation->is_hold()) list.push_back({id, *status});
  }
  return list;
}

std::optional<CertificateInForce> certificate_in_force(const store::ReadTransaction& transaction,
                                                       registry::ResidentId resident,
                                                       pki::CertificateKind kind, pki::Time now) {
  const auto list = certificates_in_force(transaction, resident, kind, now);
  return list.empty() ? std::nullopt : std::optional(list.front());
}

pki::Error unknown_resident(registry::ResidentId resident, std::string article) {
  return pki::refused({messages::no_resident, to_string(resident)}, std::move(article));
}

pki::Result<void> check_may_hold(const registry::Resident& resident, pki::CertificateKind kind,
                                 const Policy& policy, pki::Time now) {
  const bool sign = pki::ca_of(kind) == pki::CaName::sign;
  if (resident.residency == registry::Residency::removed)
    return pki::refused(messages::resident_removed, sign ? "Act 3(1)" : "Act 22(1)");
  if (resident.residency == registry::Residency::moved_out)
    return pki::refused(messages::moved_out_unregistered, sign ? "Act 3(1)" : "Act 22(1)");
  // What begins on a day cannot be had before it (Supplementary provisions of 2021 and 2019).
  const pki::Date today = pki::jst_date(now);
  if (today < kCardScheme)
    return pki::refused({messages::card_scheme_not_yet, pki::to_string(kCardScheme)},
                        sign ? "Act 3(1)" : "Act 22(1)");
  if (pki::is_mobile(kind) && today < kMobilePair)
    return pki::refused({messages::mobile_not_yet, pki::to_string(kMobilePair)},
                        sign ? "Act 16-2" : "Act 35-2");
  if (resident.residency == registry::Residency::abroad && today < kAbroad)
    return pki::refused({messages::abroad_not_yet, pki::to_string(kAbroad)}, sign ? "Act 3-2" : "Act 22-2");
  if (resident.residency == registry::Residency::abroad && resident.is_foreign)
    return pki::refused(messages::foreigner_not_abroad, sign ? "Act 3-2" : "Act 22-2");
  if (resident.card_lapsed_on)
    return pki::refused({messages::card_lapsed, pki::to_string(*resident.card_lapsed_on)},
                        sign ? "Act 3(4), Ordinance 13" : "Act 22(4), Ordinance 49");
  const int age = pki::age_on(pki::reckoned_birth_date(resident.birth), today);
  if (sign && age < policy.minimum_age_for_signing)
    return pki::refused({messages::below_minimum_age, std::to_string(policy.minimum_age_for_signing)},
                        "Act 3, administrative practice");
  if (sign && resident.is_adult_ward && !policy.signing_for_adult_wards)
    return pki::refused(messages::adult_ward, "Act 3, administrative practice");
  return {};
}

pki::Result<void> check_no_certificate_in_force(const store::ReadTransaction& transaction,
                                                registry::ResidentId resident, pki::CertificateKind kind,
                                                pki::Time now) {
  const bool sign = pki::ca_of(kind) == pki::CaName::sign;
  const char* const article = pki::is_mobile(kind) ? (sign ? "Act 16-5" : "Act 35-5")
                              : sign               ? "Act 6"
                                                   : "Act 25";
  if (const auto present = certificate_in_force(transaction, resident, kind, now))
    return pki::refused({messages::holds_certificate, to_string(present->id)}, article);
  if (registry::find_reservation(transaction, resident, kind))
    return pki::fail(pki::Errc::conflict, messages::being_issued);
  return {};
}

}  // namespace law
