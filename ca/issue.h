// Issuing: decide, prepare, record the intent, sign outside the writer, record, release.
//
// Each step consumes the value of the one before, so that none can be left out or taken twice:
// IssueDecision -> PreparedCertificate -> RecordedIntent -> SignedCertificate -> registry::IssuedCertificate.
// A certificate that was signed is always on record, and one that is not on record was never given out.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "ca/authority.h"
#include "ca/issue_steps.h"
#include "pki/random.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/event_words.h"
#include "registry/issuance.h"
#include "store/idempotency.h"
#include "store/writer.h"

namespace ca {

// Whether the resident asks for a first certificate of the kind or renews one (a good or held predecessor is
// superseded when the new one is recorded).
enum class IssueMode { initial, renewal };

struct IssueRequest {
  registry::ResidentId resident;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  IssueMode mode = IssueMode::initial;
  // PKCS#10, DER or PEM.
  pki::Bytes certification_request;
  // For the mobile pair alone: the application, CMS SignedData over the request's DER (law/mobile.h).
  pki::Bytes application = {};
  // A municipality without a code is the resident's own.
  registry::Actor actor;
  // The operator's own choice for characters outside the repertoire, one for each character of the item.
  std::string name_substitute, address_substitute;
  // A reason of Ordinance 11-2 when another municipality issues; empty without one (law/permission.h).
  std::optional<registry::OtherMunicipalityReason> other_municipality_reason = {};
  // The Idempotency-Key under which this was asked, if any: the intent is refused (conflict) when it was
  // answered by now, and the answer is remembered in the commit that records the certificate.
  store::IdempotencyClaim claim = {};
  // The answer, from what was recorded. Called within that commit, possibly twice; empty: none is remembered.
  std::function<std::string(const registry::IssuedCertificate&, const registry::Status&)> answer = {};
};

class Issuance final {
 public:
  Issuance(const store::Environment& environment, store::Writer& writer, const store::Vault& vault,
           const Authority& authority, const pki::Clock& clock, pki::Rng rng);

  // Blocks for two commits and a signature; call it from a thread that may wait. Errors: not_found,
  // invalid_value, malformed (the request), forbidden and refused_by_law (with the article), conflict when an
  // event came between: then the certificate is on record as revoked and was not given out.
  [[nodiscard]] pki::Result<registry::IssuedCertificate> issue(const IssueRequest& request);

  // Closes the intents recorded before `cutoff`: at start all that a dead process left, later those whose end
  // could not be written. Their serials are never used. Gives their number; writes nothing when there is
  // none.
  [[nodiscard]] pki::Result<std::size_t> close_abandoned(pki::Time cutoff);

 private:
  // One snapshot and the resident in it, whose clocks have been applied up to now.
  struct ResidentView {
    store::ReadTransaction transaction;
    std::optional<registry::StoredResident> resident;
  };
  [[nodiscard]] pki::Result<ResidentView> view_resident(registry::ResidentId id);
  [[nodiscard]] pki::Result<void> apply_due_clocks_of(registry::ResidentId resident);
  [[nodiscard]] pki::Result<pki::SerialNumber> next_serial(pki::CaName ca);

  // The steps, in order. Only record_intent() and record() write.
  [[nodiscard]] pki::Result<IssueDecision> decide(const IssueRequest& request);
  [[nodiscard]] pki::Result<PreparedCertificate> prepare(IssueDecision&& decision,
                                                         const IssueRequest& request,
                                                         pki::SerialNumber serial) const;
  [[nodiscard]] pki::Result<RecordedIntent> record_intent(PreparedCertificate&& prepared,
                                                          const IssueRequest& request);
  [[nodiscard]] static pki::Result<SignedCertificate> sign(RecordedIntent&& recorded);
  [[nodiscard]] pki::Result<registry::IssuedCertificate> record(SignedCertificate&& signed_certificate,
                                                                const IssueRequest& request);
  void abandon(const registry::Intent& intent);

  const store::Environment& environment_;
  store::Writer& writer_;
  const store::Vault& vault_;
  const Authority& authority_;
  const pki::Clock& clock_;
  const pki::Rng rng_;

  // Serials reserved by one commit for many certificates; what is left at the end is never used.
  struct SerialBlock {
    std::uint64_t next = 0;
    std::uint64_t end = 0;
  };
  std::mutex serials_mutex_;
  SerialBlock sign_serials_, auth_serials_;  // Guarded by serials_mutex_.
};

}  // namespace ca
