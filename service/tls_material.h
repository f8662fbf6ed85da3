// What the HTTPS listeners are made of: their certificate of the operations CA, renewed in time, and whom
// each of them lets in.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/tls.h"
#include "service/open_authority.h"

namespace service {

// Whether listeners use the object's own servers, or only what these are made of (the mock's, which outlive
// it).
enum class TlsUse : std::uint8_t { servers, material };

class TlsMaterial final {
 public:
  // Makes or renews the certificate for `hosts` when that is due, and loads it. `authority` must outlive the
  // object.
  static pki::Result<std::unique_ptr<TlsMaterial>> load(OpenAuthority& authority,
                                                        std::vector<std::string> hosts,
                                                        TlsUse use = TlsUse::servers);

  // Renews the certificate when it is due and puts it to use. Never throws: one that ends later is used as
  // long as no new one can be written.
  void renew();
  // For these hosts from now on; loads what is on record again, whether or not it was renewed.
  void reload(std::vector<std::string> hosts);
  // A generation of the operations CA has begun: the listeners' certificate comes from it from now on, and
  // clients from both. Never throws.
  void follow_operations_ca();
  // For verifiers: their credentials for tls. Null, as the operators', with TlsUse::material.
  [[nodiscard]] const std::shared_ptr<http::TlsServer>& server() const { return server_; }
  // What a listener shows now, and what is known of a client's certificate: for a listener that outlives the
  // object (the mock's).
  [[nodiscard]] pki::Result<http::TlsIdentity> load_identity() const;
  // What client certificates may come from: every generation of the operations CA.
  [[nodiscard]] std::vector<pki::Bytes> client_authorities() const;
  [[nodiscard]] http::ClientVerdict judge_verifier(pki::ByteView certificate) const;
  [[nodiscard]] http::ClientVerdict judge_operator(pki::ByteView certificate) const;
  // For operators: theirs.
  [[nodiscard]] const std::shared_ptr<http::TlsServer>& admin_server() const { return admin_server_; }

 private:
  TlsMaterial(OpenAuthority& authority, std::vector<std::string> hosts)
      : authority_(authority), hosts_(std::move(hosts)) {}
  pki::Result<void> make_servers();
  // True when it did. REQUIRES: renewing_ is held, or the object is not shared yet.
  bool renew_certificate();
  // New handshakes show the certificate on record.
  void put_to_use();

  OpenAuthority& authority_;
  std::mutex renewing_;
  std::vector<std::string> hosts_;  // Guarded by renewing_.
  std::shared_ptr<http::TlsServer> server_, admin_server_;
};

}  // namespace service
