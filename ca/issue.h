// Issuing: prepare, lint, record the intent, sign outside the writer, record, release.
//
// A certificate that was signed is always on record, and one that is not on record was never given out.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "ca/authority.h"
#include "ca/lint.h"
#include "pki/random.h"
#include "registry/actor.h"
#include "registry/certificates.h"
#include "registry/issuance.h"
#include "registry/residents.h"
#include "store/writer.h"

namespace ca {

// Whether the resident asks for a first certificate of the kind or renews one (a good or held predecessor is
// superseded when the new one is recorded).
enum class Succession { first, renewal };

struct IssueRequest {
  registry::ResidentId resident;
  pki::CertificateKind kind = pki::CertificateKind::sign;
  Succession succession = Succession::first;
  // PKCS#10, DER or PEM.
  pki::Bytes certification_request;
  // For the mobile pair alone: the application, CMS SignedData over the request's DER (law/mobile.h).
  pki::Bytes application = {};
  registry::Actor actor;
  // The operator's own choice for characters outside the repertoire, one for each character of the item.
  std::string name_substitute, address_substitute;
  // A reason of Ordinance 11-2 when another municipality issues; empty without one (law/permission.h).
  std::string elsewhere_reason = {};
  // Called inside the commit of the intent; an error refuses the issue. May be empty.
  std::function<pki::Result<void>(store::CommandContext&)> before_intent = {};
  // Called inside the commit that records the certificate: what the caller writes there (its remembered
  // answer) is written with it or not at all. May be empty.
  std::function<void(store::CommandContext&, const registry::IssuedCertificate&)> after_record = {};
};

// A certificate that is about to be signed: it passed the lint and its intent can be recorded once.
struct PreparedCertificate {
  EndEntityRequest request;
  pki::Bytes tbs;
  registry::Intent intent;
  // The card's certificate on which a mobile one rests; it must be good still when this one is recorded.
  std::optional<registry::CertificateId> basis;
  // What the register said of the holder, for a signing certificate.
  std::optional<registry::CertifiedEntry> entry;

  PreparedCertificate() = default;
  PreparedCertificate(PreparedCertificate&&) = default;
  PreparedCertificate& operator=(PreparedCertificate&&) = default;
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
  [[nodiscard]] pki::Result<pki::SerialNumber> next_serial(pki::CaName ca);
  // Records what time has brought for the resident, so that the issue is decided by today's facts.
  [[nodiscard]] pki::Result<void> catch_up(registry::ResidentId resident);
  [[nodiscard]] pki::Result<PreparedCertificate> encode_and_lint(const registry::SigningIssuer& ca,
                                                                 EndEntityRequest certificate) const;
  [[nodiscard]] pki::Result<PreparedCertificate> prepare(const IssueRequest& request);
  [[nodiscard]] pki::Result<void> record_intent(const PreparedCertificate& prepared,
                                                const IssueRequest& request);
  [[nodiscard]] pki::Result<void> record_issue(const PreparedCertificate& prepared,
                                               const IssueRequest& request,
                                               const registry::IssuedCertificate& certificate);

  [[nodiscard]] pki::Result<registry::IssuedCertificate> sign_and_record(const PreparedCertificate& prepared,
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
