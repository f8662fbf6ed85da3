// A whole authority without its listeners: issuing, events, publication, OCSP and the operators' API over one
// store, wired as the program wires them (service/services.h), and a check that all of them tell the same
// story.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "http/router.h"
#include "registry/crls.h"
#include "service/services.h"
#include "tests/support/authority_world.h"

namespace support {

class World : public AuthorityWorld {
 public:
  explicit World(WorldOptions options = {});
  ~World() override;

  // A request to the operators' API, e.g. ("POST", "/v1/events", R"({"event":…})").
  [[nodiscard]] http::Response call(http::Method method, std::string_view target, std::string_view body = {},
                                    const std::vector<http::Header>& headers = {});
  // An answer of /ocsp/sign or /ocsp/auth to a question about one certificate: "good", "revoked REASON DATE",
  // "unknown", or the status of a refusal. Throws when it does not verify.
  [[nodiscard]] std::string ocsp_status(const registry::CertificateId& id);
  // Publishes; throws unless everything was released.
  void publish(crl::PublicationKind kind);
  // The entries of the current complete CRL of a scope with the current delta applied, as "REASON DATE" by
  // serial.
  [[nodiscard]] std::map<std::uint64_t, std::string> listed(const registry::CrlScope& scope) const;

  // Checks with doctest: the audit chain is intact; status = what the changes add up to = revoked = the OCSP
  // answer for every certificate; the published lists agree with the store at their own sequence; CRL numbers
  // only rise.
  void check();
  // Also that complete CRL + delta say exactly what the store says now: true after a publication.
  void check_lists_are_current() const;

  std::filesystem::path crl_folder;
  std::unique_ptr<service::Services> running;
  // Parts of `running`.
  crl::Publisher* publisher = nullptr;
  admin::Workers* workers = nullptr;
  http::Router verifier_router, admin_router;
  std::atomic<int> faults{0};

 private:
  void check_issuer(registry::IssuerId issuer);
  void check_numbers();
  pki::PrivateKey next_generation_key(pki::KeyAlgorithm algorithm);

  std::map<std::pair<registry::CrlScope, registry::CrlKind>, std::uint64_t> numbers_;
  std::size_t next_generation_key_ = 0;
};

// The body of a response as text.
[[nodiscard]] std::string body_of(const http::Response& response);

}  // namespace support
