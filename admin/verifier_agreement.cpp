// Agreements: what recognises one verifier must recognise no other. What is withdrawn recognises it no longer
// from the commit on: every channel compares the version of the verifiers' table at each request.

#include "admin/verifier_agreement.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "pki/certificate.h"
#include "pki/certification_path.h"
#include "pki/hash.h"
#include "pki/messages/admin.h"
#include "pki/name.h"
#include "pki/network.h"
#include "pki/text.h"
#include "registry/issuers.h"

namespace admin {

namespace {

using verifier::Verifier;

// A CA that two verifiers share, or one of our own, would not say who asks.
pki::Result<void> add_request_ca(const store::ReadTransaction& transaction, Verifier& verifier,
                                 const pki::Bytes& der, pki::Time now) {
  auto certificate = pki::Certificate::decode(der);
  if (!certificate) return pki::invalid("ca", {messages::ca_certificate_error, certificate.error().message});
  TRY(pki::check_request_ca(*certificate, now));
  const auto same_key = [&](const pki::Bytes& other) {
    const auto decoded = pki::Certificate::decode(other);
    return decoded && pki::equal(decoded->subject_public_key_info(), certificate->subject_public_key_info());
  };
  for (const registry::Issuer& issuer : registry::all_issuers(transaction))
    if (same_key(issuer.certificate)) return pki::invalid("ca", messages::ca_is_ours);
  for (const Verifier& other : verifier::all_verifiers(transaction))
    if (other.id != verifier.id && !other.cancelled && std::ranges::any_of(other.request_cas, same_key))
      return pki::fail(pki::Errc::conflict, {messages::ca_registered, std::to_string(other.id)});
  if (std::ranges::find(verifier.request_cas, der) == verifier.request_cas.end())
    verifier.request_cas.push_back(der);
  return {};
}

constexpr std::size_t kMaxSubjectPoints = 1000;
// A mistyped prefix of a few bits would let a continent in.
constexpr unsigned kShortestV4Prefix = 8, kShortestV6Prefix = 32;

pki::Result<void> check_width(const pki::Network& network) {
  const unsigned shortest = network.is_v4() ? pki::kV4MappedBits + kShortestV4Prefix : kShortestV6Prefix;
  if (network.prefix_length >= shortest) return {};
  return pki::invalid("network", {messages::network_wide, to_string(network),
                                  std::to_string(network.is_v4() ? kShortestV4Prefix : kShortestV6Prefix)});
}

pki::Result<std::vector<pki::Network>> read_networks(FieldReader& fields, std::string_view field) {
  TRY_ASSIGN(const auto texts, fields.texts(field));
  std::vector<pki::Network> networks;
  for (const std::string& text : texts) {
    const auto network = pki::parse_network(text);
    if (!network) return pki::invalid(std::string(field), network.error().message);
    networks.push_back(*network);
  }
  return networks;
}

// Takes `wanted` out of a list, or says that it is not there.
template <typename T>
pki::Result<void> take_out(std::vector<T>& list, const T& wanted, const std::string& words) {
  const auto found = std::ranges::find(list, wanted);
  if (found == list.end()) return pki::fail(pki::Errc::conflict, {messages::network_not_registered, words});
  list.erase(found);
  return {};
}

// The one CA that a name means.
pki::Result<pki::Bytes> find_request_ca(const Verifier& verifier, const std::string& name) {
  // OpenSSL writes a fingerprint with colons.
  std::string digits;
  for (const char c : name)
    if (c != ':') digits += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::vector<pki::Bytes> found;
  for (const pki::Bytes& der : verifier.request_cas) {
    const RequestCaName names = name_request_ca(der);
    const bool is_subject = !names.subject.empty() && name == names.subject;
    if (is_subject || digits == names.sha256) found.push_back(der);
  }
  if (found.empty()) return pki::fail(pki::Errc::conflict, {messages::verifier_ca_unknown, name});
  if (found.size() > 1) return pki::fail(pki::Errc::conflict, messages::verifier_ca_ambiguous);
  return std::move(found.front());
}

}  // namespace

RequestCaName name_request_ca(const pki::Bytes& der) {
  RequestCaName name{.subject = {}, .sha256 = pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, der))};
  const auto certificate = pki::Certificate::decode(der);
  if (!certificate) return name;
  const auto subject = pki::Name::decode(certificate->subject());
  if (subject && pki::check_line("ca", subject->to_string(), kMaxSubjectPoints).has_value())
    name.subject = subject->to_string();
  return name;
}

pki::Result<AgreementItems> read_agreement(FieldReader& fields) {
  AgreementItems items;
  TRY_ASSIGN(items.networks, read_networks(fields, "network"));
  TRY_ASSIGN(const bool wide, fields.flag("wide"));
  if (!wide)
    for (const pki::Network& network : items.networks)
      TRY(check_width(network));
  TRY_ASSIGN(items.signature, fields.flag("signature"));
  TRY_ASSIGN(items.tls, fields.flag("tls"));
  TRY_ASSIGN(items.ca, fields.base64("ca"));
  if (items.ca && !items.signature) return pki::invalid("ca", messages::verifier_ca_needs_signature);
  return items;
}

pki::Result<AgreementWithdrawal> read_withdrawal(FieldReader& fields) {
  AgreementWithdrawal withdrawal;
  TRY_ASSIGN(withdrawal.networks, read_networks(fields, "remove_network"));
  TRY_ASSIGN(withdrawal.signature, fields.flag("remove_signature"));
  TRY_ASSIGN(withdrawal.tls, fields.flag("remove_tls"));
  TRY_ASSIGN(withdrawal.cas, fields.texts("remove_ca"));
  return withdrawal;
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
        return pki::fail(pki::Errc::conflict,
                         {messages::network_registered, to_string(network), std::to_string(other.id)});
    if (std::ranges::find(verifier.networks, network) == verifier.networks.end())
      verifier.networks.push_back(network);
  }
  verifier.by_signature = verifier.by_signature || items.signature;
  verifier.by_tls = verifier.by_tls || items.tls;
  return {};
}

pki::Result<std::vector<std::string>> withdraw_agreement(Verifier& verifier,
                                                         const AgreementWithdrawal& withdrawal) {
  std::vector<std::string> removed;
  for (const pki::Network& network : withdrawal.networks) {
    const std::string words = "network " + to_string(network);
    TRY(take_out(verifier.networks, network, words));
    removed.push_back("removed " + words);
  }
  for (const std::string& name : withdrawal.cas) {
    TRY_ASSIGN(const pki::Bytes der, find_request_ca(verifier, name));
    TRY(take_out(verifier.request_cas, der, "CA " + name));
    removed.push_back("removed CA " + name_request_ca(der).sha256);
  }
  if (withdrawal.signature) {
    if (!verifier.by_signature) return pki::fail(pki::Errc::conflict, messages::agreement_without_signatures);
    verifier.by_signature = false;
    removed.emplace_back("removed signature");
    for (const pki::Bytes& der : std::exchange(verifier.request_cas, {}))
      removed.push_back("removed CA " + name_request_ca(der).sha256);
  }
  if (withdrawal.tls) {
    if (!verifier.by_tls) return pki::fail(pki::Errc::conflict, messages::agreement_without_tls);
    verifier.by_tls = false;
    removed.emplace_back("removed tls");
  }
  return removed;
}

}  // namespace admin
