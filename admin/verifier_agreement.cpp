// Agreements: what recognises one verifier must recognise no other.

#include "admin/verifier_agreement.h"

#include <algorithm>

#include "pki/certificate.h"
#include "pki/certification_path.h"
#include "pki/network.h"
#include "registry/issuers.h"

namespace admin {

namespace {

using verifier::Verifier;

// A CA that two verifiers share, or one of our own, would not say who asks.
pki::Result<void> add_request_ca(const store::ReadTransaction& transaction, Verifier& verifier,
                                 const pki::Bytes& der, pki::Time now) {
  auto certificate = pki::Certificate::decode(der);
  if (!certificate) return pki::invalid("ca", "the CA certificate: " + certificate.error().detail);
  TRY(pki::check_request_ca(*certificate, now));
  const auto same_key = [&](const pki::Bytes& other) {
    const auto decoded = pki::Certificate::decode(other);
    return decoded && pki::equal(decoded->subject_public_key_info(), certificate->subject_public_key_info());
  };
  for (const registry::Issuer& issuer : registry::all_issuers(transaction))
    if (same_key(issuer.certificate))
      return pki::invalid("ca", "this is a CA of this authority: register one of the verifier's own");
  for (const Verifier& other : verifier::all_verifiers(transaction))
    if (other.id != verifier.id && !other.cancelled && std::ranges::any_of(other.request_cas, same_key))
      return pki::fail(pki::Errc::conflict,
                       "this CA is registered for verifier " + std::to_string(other.id) + " already");
  if (std::ranges::find(verifier.request_cas, der) == verifier.request_cas.end())
    verifier.request_cas.push_back(der);
  return {};
}

}  // namespace

pki::Result<AgreementItems> read_agreement(FieldReader& fields) {
  AgreementItems items;
  TRY_ASSIGN(const auto networks, fields.texts("network"));
  for (const std::string& text : networks) {
    TRY_ASSIGN(const pki::Network network, pki::parse_network(text));
    items.networks.push_back(network);
  }
  TRY_ASSIGN(items.signature, fields.flag("signature"));
  TRY_ASSIGN(items.tls, fields.flag("tls"));
  TRY_ASSIGN(items.ca, fields.base64("ca"));
  if (items.ca && !items.signature)
    return pki::invalid("ca",
                        "a CA of the verifier's own is for request signatures: agree on signature, too");
  return items;
}

pki::Result<void> add_agreement(const store::ReadTransaction& transaction, Verifier& verifier,
                                const AgreementItems& items, pki::Time now) {
  if (items.ca) {
    TRY(add_request_ca(transaction, verifier, *items.ca, now));
  }
  for (const pki::Network& network : items.networks) {
    for (const Verifier& other : verifier::all_verifiers(transaction))
      if (other.id != verifier.id && !other.cancelled &&
          std::ranges::find(other.networks, network) != other.networks.end())
        return pki::fail(pki::Errc::conflict, "network " + to_string(network) +
                                                  " is registered for verifier " + std::to_string(other.id) +
                                                  " already");
    if (std::ranges::find(verifier.networks, network) == verifier.networks.end())
      verifier.networks.push_back(network);
  }
  verifier.by_signature = verifier.by_signature || items.signature;
  verifier.by_tls = verifier.by_tls || items.tls;
  return {};
}

}  // namespace admin
