// All newer lists, in the order of their numbers: what a client would know that had read every one.

#include "crl/evidence.h"

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "crl/found_lists.h"
#include "crl/store.h"
#include "pki/messages/crl.h"
#include "registry/crls.h"
#include "registry/issuers.h"

namespace crl {

namespace {

// A list and where it lies in a mapped file.
struct Item {
  std::uint64_t number;
  registry::CrlKind kind;
  registry::CrlScope scope;
  pki::ByteView der;
};

class Collector final {
 public:
  Collector(const store::ReadTransaction& snapshot, const std::filesystem::path& folder)
      : snapshot_(snapshot), folder_(folder) {}

  pki::Result<ListEvidence> run() {
    if (std::filesystem::is_directory(folder_))
      for (const auto& directory : std::filesystem::directory_iterator(folder_))
        if (const auto issuer = registry::parse_issuer_id(directory.path().filename().string());
            issuer && directory.is_directory())
          TRY(collect(*issuer, directory.path()));
    // A complete list before the delta of the same number.
    std::ranges::sort(items_, {}, [](const Item& item) { return std::tuple(item.number, item.kind); });
    for (const Item& item : items_)
      TRY(read(item));
    return std::move(evidence_);
  }

 private:
  pki::Result<void> collect(registry::IssuerId issuer, const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(directory))
      if (const auto number = number_of_file(file.path().filename().string())) {
        evidence_.greatest_file_number = std::max(evidence_.greatest_file_number, *number);
        files.push_back(file.path());
      }
    if (files.empty()) return {};
    const auto record = registry::find_issuer(snapshot_, issuer);
    if (!record)
      return pki::fail(pki::Errc::conflict,
                       {messages::backup_before_generation, to_string(issuer), directory.string()});
    std::set<std::string> known;
    for (auto records = registry::crls_of_issuer(snapshot_, issuer); records.valid(); records.next())
      known.insert(records.row().file);
    TRY_ASSIGN(const FindingContext context, finding_context(snapshot_, *record));
    for (const std::filesystem::path& file : files)
      if (!known.contains(file.filename().string())) collect_file(context, file);
    return {};
  }

  void collect_file(const FindingContext& context, const std::filesystem::path& file) {
    auto mapped = std::make_unique<MappedFile>(file);
    visit_found_lists(context, mapped->view(), [&](const FoundList& list) {
      if (list.number > registry::last_crl_number(snapshot_, list.scope.issuer.ca, list.scope.point))
        items_.push_back({list.number, list.kind, list.scope, list.der});
    });
    files_.push_back(std::move(mapped));
  }

  pki::Result<void> read(const Item& item) {
    TRY_ASSIGN(const DecodedCrl crl, decode_crl(item.der));
    ++evidence_.lists;
    evidence_.newest = std::max(evidence_.newest.value_or(crl.this_update), crl.this_update);
    auto& greatest = evidence_.greatest_number[item.scope.issuer.ca];
    greatest = std::max(greatest, item.number);
    // A list of CAs speaks of no holder's certificate.
    if (item.kind == registry::CrlKind::arl) return {};
    auto& states = evidence_.states[item.scope.issuer.ca];
    std::set<std::uint64_t> listed;
    EntryReader entries(crl.entries);
    for (;;) {
      TRY_ASSIGN(const std::optional<DecodedEntry> entry, entries.next());
      if (!entry) break;
      const auto serial = pki::serial_from_content(entry->serial);
      if (!serial) continue;
      listed.insert(serial->value);
      note(states[serial->value], item, *entry);
    }
    if (item.kind == registry::CrlKind::complete && item.scope.point.is_whole_generation())
      end_holds(states, listed, item.scope.issuer, crl.this_update);
    return {};
  }

  void note(ListedState& state, const Item& item, const DecodedEntry& entry) {
    // The list of the whole generation does not say which point it is.
    if (!item.scope.point.is_whole_generation()) state.point = item.scope.point;
    if (entry.reason == pki::CrlReason::remove_from_crl) {
      state.revocation.reset();
      return;
    }
    state.revocation = registry::Revocation{.date = entry.revocation_date,
                                            .reason = entry.reason.value_or(pki::CrlReason::unspecified),
                                            .invalidity_date = entry.invalidity_date};
  }

  // A certificate that is held and no longer on a complete list was released, whether or not the delta that
  // said so is kept. The list speaks of its own generation; the generation of a serial without a row is
  // unknown.
  void end_holds(std::map<std::uint64_t, ListedState>& states, const std::set<std::uint64_t>& listed,
                 registry::IssuerId issuer, pki::Time this_update) {
    auto entries = registry::revoked_entries(snapshot_, issuer, pki::kWholeGeneration);
    for (; entries.valid(); entries.next()) {
      const registry::RevokedEntry entry = entries.row();
      // One that has expired leaves the list as it is.
      if (entry.revocation.is_hold() && entry.not_after > this_update && !listed.contains(entry.serial.value))
        states[entry.serial.value].revocation.reset();
    }
    for (auto& [serial, state] : states)
      if (state.revocation && state.revocation->is_hold() && !listed.contains(serial) &&
          registry::find_status(snapshot_, {issuer, {serial}}))
        state.revocation.reset();
  }

  const store::ReadTransaction& snapshot_;
  const std::filesystem::path& folder_;
  ListEvidence evidence_;
  std::vector<std::unique_ptr<MappedFile>> files_;
  std::vector<Item> items_;
};

}  // namespace

pki::Result<ListEvidence> read_newer_lists(const store::ReadTransaction& snapshot,
                                           const std::filesystem::path& folder) {
  return Collector(snapshot, folder).run();
}

}  // namespace crl
