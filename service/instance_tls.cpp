// The instance's HTTPS: its certificate, who is let in, and the listener of the verifiers.

#include "ca/server_certificate.h"
#include "service/instance.h"
#include "verifier/credentials.h"
#include "verifier/verifiers.h"

namespace service {

namespace {

http::TlsIdentity to_identity(ca::ServerCertificate server) {
  return {.certificates = {std::move(server.certificate)}, .key = std::move(server.key)};
}

}  // namespace

bool Instance::renew_server_certificate() {
  std::string why;
  try {
    const ca::KeyFolder keys(options_.data.keys());
    const auto renewed =
        ca::renew_server_certificate_if_due({.writer = *writer_,
                                             .environment = *environment_,
                                             .keys = keys,
                                             .operations = authority_->current(pki::CaName::operations),
                                             .make_key = options_.make_key},
                                            https_hosts(options_.config), clock_.now());
    if (renewed.has_value()) return *renewed;
    why = renewed.error().detail;
  } catch (const std::exception& error) {
    why = error.what();
  }
  report("renewing the certificate of the HTTPS listener failed: " + why);
  return false;
}

pki::Result<void> Instance::load_tls() {
  if (options_.config.verifier_https == HttpsListening::off) return {};
  renew_server_certificate();
  TRY_ASSIGN(auto server,
             ca::load_server_certificate(environment_->read(), ca::KeyFolder(options_.data.keys())));
  std::vector<pki::Bytes> authorities;
  for (const registry::SigningIssuer& ca : authority_->generations())
    if (ca.id().ca == pki::CaName::operations) authorities.push_back(ca.certificate());
  TRY_ASSIGN(verifier_tls_,
             http::TlsServer::create(
                 {.identity = to_identity(std::move(server)),
                  .client_authorities = std::move(authorities),
                  .client_check = [this](pki::ByteView certificate) { return judge_verifier(certificate); }},
                 clock_));
  return {};
}

void Instance::renew_tls() {
  if (!verifier_tls_ || !renew_server_certificate()) return;
  auto server = ca::load_server_certificate(environment_->read(), ca::KeyFolder(options_.data.keys()));
  const auto replaced = server ? verifier_tls_->replace_identity(to_identity(std::move(*server)))
                               : pki::Result<void>(server.error());
  if (replaced.has_error())
    report("the new certificate of the HTTPS listener cannot be used: " + replaced.error().detail);
}

// Who is cancelled has no business here any more. Who is suspended, or has a step still to take, is let in:
// what its verifier may do is asked at every request, which has an answer for it, unauthorized or 403, and an
// open connection goes on when the suspension ends.
http::ClientVerdict Instance::judge_verifier(pki::ByteView certificate) const {
  const store::ReadTransaction transaction = environment_->read();
  const auto credential = verifier::find_credential(transaction, certificate);
  if (!credential || credential->use != verifier::CredentialUse::tls) return http::ClientVerdict::unknown;
  if (credential->revoked) return http::ClientVerdict::revoked;
  const auto verifier = verifier::find_verifier(transaction, credential->verifier);
  if (!verifier) return http::ClientVerdict::unknown;
  const bool is_cancelled = verifier->cancelled && *verifier->cancelled <= pki::jst_date(clock_.now());
  return is_cancelled ? http::ClientVerdict::revoked : http::ClientVerdict::accepted;
}

void Instance::mount_verifier_https(http::Router& router) {
  mount_verifier(router);
  mount_verifier_services(router);
}

std::unique_ptr<http::Server> Instance::listen_https(http::Runtime& runtime) {
  if (!verifier_tls_) return nullptr;
  auto router = std::make_shared<http::Router>();
  mount_verifier_https(*router);
  try {
    return std::make_unique<http::Server>(
        runtime, http::Listener{.name = "verifier-https",
                                .address = options_.config.verifier_https_listener,
                                .limits = guards_->limits_for_verifiers(allow_connections().https),
                                .router = std::move(router),
                                .tls = verifier_tls_,
                                .guard = guards_->for_verifiers()});
  } catch (const std::runtime_error& error) {
    if (options_.config.verifier_https == HttpsListening::on) throw;
    report("there is no HTTPS for verifiers: " + std::string(error.what()) + " (listen.verifier_https)");
    return nullptr;
  }
}

}  // namespace service
