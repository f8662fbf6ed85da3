// By record first: only files that none names are read.

#include "crl/unrecorded.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "crl/found_lists.h"
#include "crl/old_store.h"
#include "crl/plan.h"
#include "crl/store.h"
#include "pki/messages/crl.h"
#include "registry/issuers.h"

namespace crl {

namespace {

// What is needed to judge the files of one generation.
struct Generation {
  std::set<std::string> recorded;
  FindingContext context;
};

pki::Result<Generation> read_generation(const store::ReadTransaction& snapshot,
                                        const registry::Issuer& issuer) {
  TRY_ASSIGN(FindingContext context, finding_context(snapshot, issuer));
  Generation generation{.recorded = {}, .context = std::move(context)};
  for (auto records = registry::crls_of_issuer(snapshot, issuer.id); records.valid(); records.next())
    generation.recorded.insert(records.row().file);
  return generation;
}

class Look final {
 public:
  Look(const store::ReadTransaction& snapshot, pki::Time now)
      : snapshot_(snapshot), now_(now), kept_(registry::lists_kept_through(snapshot)) {
    for (const registry::Issuer& issuer : registry::all_issuers(snapshot)) {
      known_.insert(issuer.id);
      // One that cannot be read is a finding of check_published().
      if (auto generation = read_generation(snapshot, issuer))
        generations_.emplace(issuer.id, std::move(*generation));
    }
  }

  [[nodiscard]] std::optional<CheckFinding> look_at(const PresentFile& file) const {
    const std::string name = file.path.filename().string();
    const std::uint64_t number = number_of_file(name).value_or(0);
    const ListId of_file{
        .scope = {file.issuer, pki::kWholeGeneration}, .kind = registry::CrlKind::complete, .number = number};
    if (!known_.contains(file.issuer))
      return CheckFinding{of_file, {messages::unrecorded_generation, file.path.string()}};
    const auto generation = generations_.find(file.issuer);
    if (generation == generations_.end() || generation->second.recorded.contains(name)) return std::nullopt;
    const bool is_kept = number <= kept_;
    if (auto finding = first_finding(generation->second.context, file.path, is_kept)) return finding;
    // What is damaged, or of a point that the store does not know, has its number in the name.
    const std::uint64_t given = greatest_number_given(snapshot_, file.issuer.ca);
    if (is_kept || number <= given) return std::nullopt;
    return CheckFinding{of_file, {messages::unrecorded_newer, file.path.string(), std::to_string(given)}};
  }

 private:
  [[nodiscard]] std::optional<CheckFinding> first_finding(const FindingContext& context,
                                                          const std::filesystem::path& path,
                                                          bool is_kept) const {
    std::optional<CheckFinding> finding;
    try {
      const MappedFile file(path);
      visit_found_lists(context, file.view(), [&](const FoundList& list) {
        if (finding) return;
        const ListId id{list.scope, list.kind, list.number};
        const std::uint64_t given =
            registry::last_crl_number(snapshot_, list.scope.issuer.ca, list.scope.point);
        if (!is_kept && list.number > given)
          finding = CheckFinding{id, {messages::unrecorded_newer, path.string(), std::to_string(given)}};
        else if (is_from_future(list.crl.this_update, now_))
          finding = CheckFinding{
              id, {messages::unrecorded_future, path.string(), pki::to_rfc3339(list.crl.this_update)}};
      });
    } catch (const pki::MessageError&) {
      // A publication that went on meanwhile has removed it.
      return std::nullopt;
    }
    return finding;
  }

  const store::ReadTransaction& snapshot_;
  const pki::Time now_;
  const std::uint64_t kept_;
  std::set<registry::IssuerId> known_;
  std::map<registry::IssuerId, Generation> generations_;
};

}  // namespace

std::vector<PresentFile> present_files(const std::filesystem::path& folder) {
  std::vector<PresentFile> files;
  std::error_code missing;
  for (const auto& directory : std::filesystem::directory_iterator(folder, missing)) {
    const auto issuer = registry::parse_issuer_id(directory.path().filename().string());
    if (!issuer || !directory.is_directory()) continue;
    for (const auto& file : std::filesystem::directory_iterator(directory.path(), missing))
      if (number_of_file(file.path().filename().string())) files.push_back({*issuer, file.path()});
  }
  std::ranges::sort(files, {}, &PresentFile::path);
  return files;
}

std::vector<CheckFinding> check_unrecorded(const store::ReadTransaction& snapshot,
                                           std::span<const PresentFile> files, pki::Time now) {
  std::vector<CheckFinding> findings;
  const Look look(snapshot, now);
  for (const PresentFile& file : files)
    if (auto finding = look.look_at(file)) findings.push_back(std::move(*finding));
  return findings;
}

}  // namespace crl
