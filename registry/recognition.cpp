// Longest-prefix recognition over the verifiers of one version.

#include "registry/recognition.h"

#include <algorithm>
#include <map>
#include <vector>

namespace registry {

// The verifiers of one version of the table, networks with the longest prefix first.
struct Recognition::Directory {
  struct Entry {
    Network network;
    std::uint64_t verifier;
  };

  std::uint64_t version = 0;
  std::map<std::uint64_t, Verifier> verifiers;
  std::vector<Entry> networks;

  explicit Directory(const ReadTransaction& transaction) : version(verifiers_version(transaction)) {
    for (Verifier& verifier : all_verifiers(transaction)) {
      // A cancelled verifier's networks may be another's by now.
      if (!verifier.cancelled)
        for (const Network& network : verifier.networks)
          networks.push_back({network, verifier.id});
      verifiers.emplace(verifier.id, std::move(verifier));
    }
    std::ranges::stable_sort(networks, std::greater{},
                             [](const Entry& entry) { return entry.network.prefix_length; });
  }

  const Verifier* find(const Evidence& evidence) const {
    for (const Entry& entry : networks)
      if (entry.network.contains(evidence.address)) return &verifiers.at(entry.verifier);
    return nullptr;
  }
};

Recognition::Recognition() = default;
Recognition::~Recognition() = default;

std::shared_ptr<const Recognition::Directory> Recognition::directory(
    const ReadTransaction& transaction) const {
  auto known = directory_.load();
  if (known && known->version == verifiers_version(transaction)) return known;
  auto fresh = std::make_shared<const Directory>(transaction);
  // An older snapshot must not replace a newer directory; both stay right for their own caller.
  if (!known || known->version < fresh->version) directory_.store(fresh);
  return fresh;
}

pki::Result<Recognised> Recognition::recognise(const ReadTransaction& transaction, const Evidence& evidence,
                                               pki::Time now) const {
  const auto known = directory(transaction);
  const Verifier* verifier = known->find(evidence);
  if (verifier == nullptr)
    return pki::fail(pki::Errc::unauthorized, "no verifier is registered for where this request comes from");
  return Recognised{verifier->id, standing_of(*verifier, now)};
}

pki::Result<std::uint64_t> Recognition::require(const ReadTransaction& transaction, const Evidence& evidence,
                                                pki::CaName ca, pki::Time now) const {
  TRY_ASSIGN(const Recognised recognised, recognise(transaction, evidence, now));
  if (!recognised.standing.may_ask(ca))
    return pki::fail(pki::Errc::unauthorized,
                     "verifier " + std::to_string(recognised.verifier) +
                         " may not ask about this CA now: " + recognised.standing.explanation);
  return recognised.verifier;
}

}  // namespace registry
