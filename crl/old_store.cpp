// The two looks at the folder: the cheap one at every start, the thorough one before a file is removed.

#include "crl/old_store.h"

#include <algorithm>

#include "crl/found_lists.h"
#include "crl/store.h"
#include "pki/messages/crl.h"
#include "registry/crls.h"
#include "registry/issuers.h"

namespace crl {

std::uint64_t greatest_number_given(const store::ReadTransaction& snapshot, pki::CaName ca) {
  std::uint64_t greatest = registry::last_crl_number(snapshot, ca, pki::kWholeGeneration);
  for (const registry::Issuer& issuer : registry::all_issuers(snapshot))
    if (issuer.id.ca == ca)
      for (const pki::DistributionPoint point : registry::points_of(snapshot, issuer.id))
        greatest = std::max(greatest, registry::last_crl_number(snapshot, ca, point));
  return greatest;
}

std::optional<pki::Message> find_newer_lists(const store::ReadTransaction& snapshot,
                                             const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  for (const auto& directory : std::filesystem::directory_iterator(folder)) {
    const auto issuer = registry::parse_issuer_id(directory.path().filename().string());
    if (!issuer || !directory.is_directory()) continue;
    const bool is_known = registry::find_issuer(snapshot, *issuer).has_value();
    const std::uint64_t given = greatest_number_given(snapshot, issuer->ca);
    for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
      const auto number = number_of_file(file.path().filename().string());
      if (!number) continue;
      if (!is_known)
        return pki::Message{messages::of_unknown_generation, file.path().string(), to_string(*issuer)};
      if (*number > given)
        return pki::Message{messages::beyond_numbers, file.path().string(), std::to_string(given)};
    }
  }
  return std::nullopt;
}

bool holds_newer_list(const store::ReadTransaction& snapshot, registry::IssuerId issuer,
                      const std::filesystem::path& file) {
  const auto record = registry::find_issuer(snapshot, issuer);
  if (!record) return true;
  const auto context = finding_context(snapshot, *record);
  if (context.has_error()) return false;
  bool newer = false;
  const MappedFile mapped(file);
  visit_found_lists(*context, mapped.view(), [&](const FoundList& list) {
    newer = newer || list.number > registry::last_crl_number(snapshot, issuer.ca, list.scope.point);
  });
  return newer;
}

pki::Message old_store_message(pki::Message proof) {
  return {messages::old_store, std::move(proof)};
}

}  // namespace crl
