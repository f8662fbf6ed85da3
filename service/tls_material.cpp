// The certificate of the HTTPS listeners and the judgement of clients.

#include "service/tls_material.h"

#include "ca/server_certificate.h"
#include "registry/operators.h"
#include "verifier/credentials.h"
#include "verifier/verifiers.h"

namespace service {

pki::Result<std::unique_ptr<TlsMaterial>> TlsMaterial::load(OpenAuthority& authority,
                                                            std::vector<std::string> hosts, TlsUse use) {
  std::unique_ptr<TlsMaterial> tls(new TlsMaterial(authority, std::move(hosts)));
  tls->renew_certificate();
  if (use == TlsUse::servers) TRY(tls->make_servers());
  return tls;
}

pki::Result<void> TlsMaterial::make_servers() {
  TRY_ASSIGN(http::TlsIdentity identity, load_identity());
  std::vector<pki::Bytes> authorities = client_authorities();
  TRY_ASSIGN(server_,
             http::TlsServer::create(
                 {.identity = identity,
                  .client_authorities = authorities,
                  .client_check = [this](pki::ByteView certificate) { return judge_verifier(certificate); }},
                 authority_.clock()));
  TRY_ASSIGN(admin_server_,
             http::TlsServer::create(
                 {.identity = std::move(identity),
                  .client_authorities = std::move(authorities),
                  .client_check = [this](pki::ByteView certificate) { return judge_operator(certificate); }},
                 authority_.clock()));
  return {};
}

std::vector<pki::Bytes> TlsMaterial::client_authorities() const {
  std::vector<pki::Bytes> authorities;
  for (const registry::SigningIssuer& ca : authority_.authority().generations())
    if (ca.id().ca == pki::CaName::operations) authorities.push_back(ca.certificate());
  return authorities;
}

// Behind the listener's own certificate come the link certificates of the operations CA, by which a client
// that knows only an earlier generation finds its way.
pki::Result<http::TlsIdentity> TlsMaterial::load_identity() const {
  const store::ReadTransaction transaction = authority_.environment().read();
  TRY_ASSIGN(auto server, ca::load_server_certificate(transaction, authority_.keys()));
  http::TlsIdentity identity{.certificates = {std::move(server.certificate)}, .key = std::move(server.key)};
  auto issuer = registry::find_issuer(transaction, server.issuer);
  while (issuer && issuer->links) {
    identity.certificates.push_back(std::move(issuer->links->new_with_old));
    issuer = registry::find_issuer(transaction, *issuer->predecessor());
  }
  return identity;
}

bool TlsMaterial::renew_certificate() {
  std::string why;
  try {
    const ca::KeyFolder keys = authority_.keys();
    const auto renewed = ca::renew_server_certificate_if_due(
        {.writer = authority_.writer(),
         .environment = authority_.environment(),
         .keys = keys,
         .operations = authority_.authority().current(pki::CaName::operations),
         .make_key = authority_.make_key()},
        hosts_, authority_.clock().now());
    if (renewed.has_value()) return *renewed;
    why = renewed.error().text();
  } catch (const std::exception& error) {
    why = error.what();
  }
  authority_.report("renewing the certificate of the HTTPS listeners failed: " + why);
  return false;
}

void TlsMaterial::renew() {
  const std::lock_guard lock(renewing_);
  if (renew_certificate()) put_to_use();
}

void TlsMaterial::reload(std::vector<std::string> hosts) {
  const std::lock_guard lock(renewing_);
  hosts_ = std::move(hosts);
  renew_certificate();
  put_to_use();
}

void TlsMaterial::follow_operations_ca() {
  const std::lock_guard lock(renewing_);
  renew_certificate();
  put_to_use();
}

void TlsMaterial::put_to_use() {
  if (!server_) return;
  const auto identity = load_identity();
  for (const auto& server : {server_, admin_server_}) {
    const auto replaced =
        identity ? server->replace(*identity, client_authorities()) : pki::Result<void>(identity.error());
    if (replaced.has_error())
      authority_.report("the new certificate of the HTTPS listeners cannot be used: " +
                        replaced.error().text());
  }
}

// The same is asked again at every request (admin/caller.h), so that what is revoked ends on open
// connections, too; a disabled operator is let in to hear so.
http::ClientVerdict TlsMaterial::judge_operator(pki::ByteView certificate) const {
  const auto found = registry::find_credential_holder(authority_.environment().read(), certificate);
  if (!found) return http::ClientVerdict::unknown;
  return found->credential.revoked ? http::ClientVerdict::revoked : http::ClientVerdict::accepted;
}

// Who is cancelled has no business here any more. Who is suspended, or has a step still to take, is let in:
// what its verifier may do is asked at every request, which has an answer for it, unauthorized or 403, and an
// open connection goes on when the suspension ends.
http::ClientVerdict TlsMaterial::judge_verifier(pki::ByteView certificate) const {
  const store::ReadTransaction transaction = authority_.environment().read();
  const auto credential = verifier::find_credential(transaction, certificate);
  if (!credential || credential->use != verifier::CredentialUse::tls) return http::ClientVerdict::unknown;
  if (credential->revoked) return http::ClientVerdict::revoked;
  const auto verifier = verifier::find_verifier(transaction, credential->verifier);
  if (!verifier) return http::ClientVerdict::unknown;
  const bool is_cancelled =
      verifier->cancelled && *verifier->cancelled <= pki::jst_date(authority_.clock().now());
  return is_cancelled ? http::ClientVerdict::revoked : http::ClientVerdict::accepted;
}

}  // namespace service
