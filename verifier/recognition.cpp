// From evidence to a verifier: one function per kind of evidence, then one judgement over all of them.

#include "verifier/recognition.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "pki/certification_path.h"
#include "pki/messages/verifier.h"
#include "pki/network.h"
#include "verifier/network_table.h"

namespace verifier {

namespace {

pki::Error unauthorized(pki::Message why) {
  return pki::fail(pki::Errc::unauthorized, std::move(why));
}

// Whether the agreement lists this kind of evidence.
enum class Listing { listed, not_listed };

// Whom one kind of evidence names.
struct Named {
  Requester requester;
  Listing listing = Listing::listed;
};

pki::Result<Credential> credential_for(const store::ReadTransaction& transaction, pki::ByteView certificate,
                                       CredentialUse use, pki::Time now) {
  auto credential = find_credential(transaction, certificate);
  if (!credential) return unauthorized(messages::certificate_no_credential);
  const std::string serial = pki::to_string(credential->serial);
  if (credential->use != use)
    return unauthorized(
        {messages::credential_for_other_use, serial, to_string(credential->use), to_string(use)});
  if (credential->revoked) return unauthorized({messages::credential_is_revoked, serial});
  if (!credential->is_in_force(now)) return unauthorized({messages::credential_not_in_force, serial});
  return std::move(*credential);
}

}  // namespace

std::string_view to_string(RecognitionMethod method) {
  switch (method) {
    case RecognitionMethod::network:
      return "network";
    case RecognitionMethod::signature:
      return "signature";
    case RecognitionMethod::tls:
      return "tls";
  }
  return "";
}

// The verifiers of one version of the table.
struct Recognition::Directory {
  struct RequestCa {
    pki::Certificate certificate;
    std::uint64_t verifier;
  };

  std::uint64_t version = 0;
  std::map<std::uint64_t, Verifier> verifiers;
  NetworkTable networks;
  // The CAs of verifiers' own whose certificates may sign requests.
  std::vector<RequestCa> request_cas;

  explicit Directory(const store::ReadTransaction& transaction) : version(verifiers_version(transaction)) {
    for (Verifier& verifier : all_verifiers(transaction)) {
      // A cancelled verifier's networks and CAs may be another's by now.
      if (!verifier.cancelled) {
        for (const pki::Network& network : verifier.networks)
          networks.add(network, verifier.id);
        for (const pki::Bytes& der : verifier.request_cas) {
          auto certificate = pki::Certificate::decode(der);
          if (!certificate) throw store::Corruption(messages::registered_ca_undecodable);
          request_cas.push_back({std::move(*certificate), verifier.id});
        }
      }
      verifiers.emplace(verifier.id, std::move(verifier));
    }
  }

  // As standing_of(), which asks for the day alone and puts its reasons into words: not for every request.
  [[nodiscard]] Standing standing_on_day(const Verifier& verifier, pki::Time now) const {
    const pki::Date today = pki::jst_date(now);
    const std::lock_guard lock(standings_mutex_);
    if (today != standings_of_) standings_.clear();
    standings_of_ = today;
    const auto known = standings_.find(verifier.id);
    return known != standings_.end()
               ? known->second
               : standings_.emplace(verifier.id, standing_of(verifier, now)).first->second;
  }

  [[nodiscard]] pki::Result<const Verifier*> owner(const Credential& credential) const {
    const auto found = verifiers.find(credential.verifier);
    if (found == verifiers.end()) return unauthorized(messages::credential_of_no_verifier);
    return &found->second;
  }

  [[nodiscard]] std::optional<Named> by_network(const Evidence& evidence) const {
    const auto verifier = networks.find(evidence.address);
    if (!verifier) return std::nullopt;
    return Named{{.verifier = *verifier,
                  .credential = {},
                  .method = RecognitionMethod::network,
                  .purpose = evidence.purpose}};
  }

  [[nodiscard]] pki::Result<Named> by_client_certificate(const store::ReadTransaction& transaction,
                                                         const Evidence& evidence, pki::Time now) const {
    TRY_ASSIGN(const Credential credential,
               credential_for(transaction, evidence.client_certificate, CredentialUse::tls, now));
    TRY_ASSIGN(const Verifier* verifier, owner(credential));
    return Named{{.verifier = verifier->id,
                  .credential = credential.serial,
                  .method = RecognitionMethod::tls,
                  .purpose = evidence.purpose},
                 verifier->by_tls ? Listing::listed : Listing::not_listed};
  }

  [[nodiscard]] pki::Result<Named> by_request_signer(const store::ReadTransaction& transaction,
                                                     const Evidence& evidence, pki::Time now) const {
    const RequestSigner& signer = *evidence.request_signer;
    const bool pinless = evidence.purpose == Purpose::pinless;
    if (!pinless && !find_credential(transaction, signer.certificate)) return by_request_ca(evidence, now);
    const CredentialUse use = pinless ? CredentialUse::pinless : CredentialUse::signature;
    TRY_ASSIGN(const Credential credential, credential_for(transaction, signer.certificate, use, now));
    TRY_ASSIGN(const Verifier* verifier, owner(credential));
    return Named{{.verifier = verifier->id,
                  .credential = credential.serial,
                  .method = RecognitionMethod::signature,
                  .purpose = evidence.purpose},
                 pinless || verifier->by_signature ? Listing::listed : Listing::not_listed};
  }

  // Whether the verifier refused the signer, or an intermediate CA: no certificate of a path may be revoked
  // (RFC 5280 section 6.1.3(a)(3)). Every intermediate of the path is among those sent.
  static bool is_refused(const Verifier& verifier, const pki::Certificate& signer,
                         const std::vector<pki::ByteView>& others) {
    const auto refuses = [&](const pki::Certificate& certificate) {
      const pki::Bytes serial = pki::to_bytes(certificate.serial_content());
      return std::ranges::find(verifier.refused_signers, serial) != verifier.refused_signers.end();
    };
    return refuses(signer) || std::ranges::any_of(others, [&](pki::ByteView other) {
             const auto decoded = pki::Certificate::decode(other);
             return decoded && refuses(*decoded);
           });
  }

  // A certificate of a CA that a verifier registered. Its revocation is what the verifier has reported: we
  // fetch no CRL of a stranger's CA while a request waits.
  [[nodiscard]] pki::Result<Named> by_request_ca(const Evidence& evidence, pki::Time now) const {
    const RequestSigner& signer = *evidence.request_signer;
    pki::Error reason = unauthorized(messages::signer_no_credential);
    TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(signer.certificate));
    for (const RequestCa& ca : request_cas) {
      const auto checked = pki::check_request_signer_path(
          {.signer = certificate, .others = signer.others, .anchor = ca.certificate, .now = now});
      if (checked.has_error()) {
        if (checked.error().code != pki::Errc::not_found) reason = unauthorized(checked.error().message);
        continue;
      }
      const Verifier& verifier = verifiers.at(ca.verifier);
      if (is_refused(verifier, certificate, signer.others))
        return unauthorized(messages::signer_revoked_by_verifier);
      return Named{{.verifier = ca.verifier,
                    .credential = {},
                    .method = RecognitionMethod::signature,
                    .purpose = evidence.purpose},
                   verifier.by_signature ? Listing::listed : Listing::not_listed};
    }
    return reason;
  }

 private:
  mutable std::mutex standings_mutex_;
  mutable std::map<std::uint64_t, Standing> standings_;  // Guarded by standings_mutex_; by verifier.
  mutable pki::Date standings_of_{};                     // Guarded by standings_mutex_: their day.
};

Recognition::Recognition() = default;
Recognition::~Recognition() = default;

std::shared_ptr<const Recognition::Directory> Recognition::directory(
    const store::ReadTransaction& transaction) const {
  auto known = directory_.load();
  if (known && known->version == verifiers_version(transaction)) return known;
  auto fresh = std::make_shared<const Directory>(transaction);
  // An older snapshot must not replace a newer directory; both stay right for their own caller.
  if (!known || known->version < fresh->version) directory_.store(fresh);
  return fresh;
}

bool Recognition::is_registered_network(const store::ReadTransaction& transaction,
                                        const std::array<std::uint8_t, 16>& address) const {
  return directory(transaction)->networks.find(address).has_value();
}

SignerClaim Recognition::claim_of(const store::ReadTransaction& transaction, const RequestSigner& signer,
                                  Purpose purpose) const {
  if (find_credential(transaction, signer.certificate)) return SignerClaim::credential;
  if (purpose == Purpose::pinless) return SignerClaim::none;
  const auto known = directory(transaction);
  if (known->request_cas.empty()) return SignerClaim::none;
  const auto certificate = pki::Certificate::decode(signer.certificate);
  const bool leads = certificate && std::ranges::any_of(known->request_cas, [&](const auto& ca) {
                       return pki::leads_by_name(*certificate, signer.others, ca.certificate);
                     });
  return leads ? SignerClaim::registered_ca : SignerClaim::none;
}

pki::Result<Identification> Recognition::recognise(const store::ReadTransaction& transaction,
                                                   const Evidence& evidence, pki::Time now) const {
  const auto known = directory(transaction);
  // The strongest kind first: it is the one that is reported.
  std::array<std::optional<Named>, 3> named;
  if (evidence.request_signer) {
    TRY_ASSIGN(named[0], known->by_request_signer(transaction, evidence, now));
  }
  if (!evidence.client_certificate.empty()) {
    TRY_ASSIGN(named[1], known->by_client_certificate(transaction, evidence, now));
  }
  named[2] = known->by_network(evidence);

  const Named* first = nullptr;
  const Named* counting = nullptr;
  for (const auto& one : named) {
    if (!one) continue;
    if (first == nullptr) first = &*one;
    if (one->requester.verifier != first->requester.verifier)
      return unauthorized(messages::evidence_contradicts);
    if (counting == nullptr && one->listing == Listing::listed) counting = &*one;
  }
  if (first == nullptr) return unauthorized(messages::evidence_of_no_verifier);
  if (counting == nullptr)
    return unauthorized({messages::evidence_not_agreed, std::to_string(first->requester.verifier)});
  return Identification{counting->requester,
                        known->standing_on_day(known->verifiers.at(counting->requester.verifier), now)};
}

pki::Result<Requester> Recognition::require(const store::ReadTransaction& transaction,
                                            const Evidence& evidence, pki::CaName ca, pki::Time now) const {
  if (evidence.purpose == Purpose::pinless && !evidence.request_signer)
    return pki::fail(pki::Errc::sig_required, messages::pinless_unsigned);
  TRY_ASSIGN(const Identification recognised, recognise(transaction, evidence, now));
  if (!recognised.standing.may_ask(ca, evidence.purpose))
    return unauthorized({messages::may_not_ask_now, std::to_string(recognised.requester.verifier),
                         recognised.standing.explanation});
  return recognised.requester;
}

}  // namespace verifier
