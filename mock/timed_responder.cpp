// A service for each world and month: its responders' certificates are issued for the moment.

#include "mock/timed_responder.h"

#include "ca/authority.h"
#include "ca/ceremony.h"
#include "ca/certificate_builder.h"
#include "mock/route.h"
#include "pki/certificate.h"
#include "pki/messages/mock.h"
#include "service/open_authority.h"

namespace mock {

namespace {

// Far from those that the registry gives to CAs and responders (1, 2, …) and to holders (from 100,000,001
// on).
constexpr std::uint64_t kFirstSerial = 90'000'000;

// A certificate for the responder's key, valid around the moment.
pki::Result<pki::Bytes> make_certificate(const registry::SigningIssuer& ca, pki::ByteView public_key,
                                         ca::Validity validity) {
  const auto day = static_cast<std::uint64_t>(pki::to_unix(validity.not_before) / 86'400);
  return ca.sign(ca::encode_responder_tbs(ca, {.serial = {kFirstSerial + day},
                                               .validity = validity,
                                               .subject_public_key_info = pki::to_bytes(public_key)}));
}

}  // namespace

pki::Result<void> TimedResponder::prepare(World& world, pki::Time at) {
  if (world_ == &world && at >= begins_ && at + std::chrono::hours{2} <= ends_) return {};
  service::Instance& instance = world.instance();
  const ca::Validity validity{.not_before = at - std::chrono::days{1}, .not_after = at + ca::kResponderLife};
  TRY_ASSIGN(auto material,
             ca::load_responders(instance.environment().read(), ca::KeyFolder(world.data().keys())));
  for (registry::SigningResponder& one : material) {
    const registry::SigningIssuer& ca = *instance.authority().find(one.issuer);
    TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(ca.certificate()));
    if (at < certificate.not_before() || at > certificate.not_after())
      return pki::invalid(
          kTimeHeader, {messages::moment_outside_ca, to_string(one.issuer),
                        pki::to_rfc3339(certificate.not_before()), pki::to_rfc3339(certificate.not_after())});
    TRY_ASSIGN(one.certificate, make_certificate(ca, one.signer->public_key(), validity));
  }
  ocsp::ServiceOptions options = instance.config().ocsp;
  options.cache_bytes_max = 0;
  options.signer_threads = 1;
  options.replay_file.clear();
  clock_.at = at;
  service_.reset();
  TRY_ASSIGN(service_,
             ocsp::Service::create({instance.environment(), instance.services().recognition(), clock_},
                                   std::move(material), std::move(options)));
  router_ = std::make_unique<http::Router>();
  service_->mount(*router_);
  world_ = &world;
  begins_ = validity.not_before;
  ends_ = validity.not_after;
  return {};
}

pki::Result<http::Response> TimedResponder::answer(World& world, const http::OwnedRequest& request,
                                                   pki::Time at) {
  const std::lock_guard lock(mutex_);
  TRY(prepare(world, at));
  clock_.at = at;
  return call_route(*router_, request);
}

void TimedResponder::forget() {
  const std::lock_guard lock(mutex_);
  router_.reset();
  service_.reset();
  world_ = nullptr;
}

}  // namespace mock
