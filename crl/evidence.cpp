// All newer lists, in the order of their numbers: what a client would know that had read every one.

#include "crl/evidence.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "crl/found_lists.h"
#include "crl/store.h"
#include "pki/certificate.h"
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

// A file that is not as it was released.
struct Damaged {
  registry::IssuerId issuer;
  // In its name: that of the first list in it, which is the whole generation's (crl/plan).
  std::uint64_t number;
  pki::Time written;
  std::filesystem::path path;
};

// A complete list of a whole generation.
struct WholeList {
  registry::IssuerId issuer;
  std::uint64_t number;
  pki::Time this_update;
};

// A run takes up to three numbers of a whole generation: of the list of CAs, the complete one and the delta.
constexpr std::uint64_t kNumbersOfRun = 3;

pki::Time written_at(const std::filesystem::path& file) {
  const auto written = std::chrono::file_clock::to_sys(std::filesystem::last_write_time(file));
  return std::chrono::ceil<pki::Seconds>(written);
}

class Collector final {
 public:
  Collector(const store::ReadTransaction& snapshot, const std::filesystem::path& folder)
      : snapshot_(snapshot), folder_(folder) {
    for (const registry::Issuer& issuer : registry::all_issuers(snapshot)) {
      const auto certificate = pki::Certificate::decode(issuer.certificate);
      const auto serial =
          certificate ? pki::serial_from_content(certificate->serial_content()) : std::nullopt;
      if (serial) authorities_[{issuer.id.ca, serial->value}] = issuer.id;
    }
  }

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
    for (Damaged& file : damaged_)
      if (!is_superseded(file)) evidence_.damaged.push_back(std::move(file.path));
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
    const FileCondition condition = visit_found_lists(context, mapped->view(), [&](const FoundList& list) {
      if (list.number > registry::last_crl_number(snapshot_, list.scope.issuer.ca, list.scope.point))
        items_.push_back({list.number, list.kind, list.scope, list.der});
    });
    if (condition == FileCondition::damaged)
      damaged_.push_back(
          {context.issuer.id(), number_of_file(file.filename().string()).value(), written_at(file), file});
    files_.push_back(std::move(mapped));
  }

  // A complete list of a later run says all that a lost one has said. By the numbers alone it could be of the
  // same run, or of one before while numbers run ahead of the time.
  [[nodiscard]] bool is_superseded(const Damaged& file) const {
    return std::ranges::any_of(whole_, [&](const WholeList& list) {
      return list.issuer == file.issuer && list.number >= file.number + kNumbersOfRun &&
             list.this_update > file.written;
    });
  }

  pki::Result<void> read(const Item& item) {
    TRY_ASSIGN(const DecodedCrl crl, decode_crl(item.der));
    ++evidence_.lists;
    evidence_.newest = std::max(evidence_.newest.value_or(crl.this_update), crl.this_update);
    auto& greatest = evidence_.greatest_number[item.scope.issuer.ca];
    greatest = std::max(greatest, item.number);
    auto& states = evidence_.states[item.scope.issuer.ca];
    std::set<std::uint64_t> listed;
    EntryReader entries(crl.entries);
    for (;;) {
      TRY_ASSIGN(const std::optional<DecodedEntry> entry, entries.next());
      if (!entry) break;
      const auto serial = pki::serial_from_content(entry->serial);
      if (!serial) continue;
      note_authority(item.scope.issuer.ca, serial->value, *entry);
      // A list of CAs speaks of no holder's certificate.
      if (item.kind == registry::CrlKind::arl) continue;
      listed.insert(serial->value);
      note(states[serial->value], item, *entry);
    }
    if (item.kind != registry::CrlKind::complete || !item.scope.point.is_whole_generation()) return {};
    whole_.push_back({item.scope.issuer, item.number, crl.this_update});
    end_holds(states, listed, item.scope.issuer, crl.this_update);
    return {};
  }

  // Lists of CAs, and those of the whole generation, name the certificate of a compromised CA (crl/arl).
  void note_authority(pki::CaName ca, std::uint64_t serial, const DecodedEntry& entry) {
    const auto found = authorities_.find({ca, serial});
    if (found != authorities_.end() && entry.reason == pki::CrlReason::ca_compromise)
      evidence_.compromised.try_emplace(found->second, entry.revocation_date);
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
  // The generation of a CA certificate's serial.
  std::map<std::pair<pki::CaName, std::uint64_t>, registry::IssuerId> authorities_;
  ListEvidence evidence_;
  std::vector<Damaged> damaged_;
  std::vector<WholeList> whole_;
  std::vector<std::unique_ptr<MappedFile>> files_;
  std::vector<Item> items_;
};

}  // namespace

pki::Result<ListEvidence> read_newer_lists(const store::ReadTransaction& snapshot,
                                           const std::filesystem::path& folder) {
  return Collector(snapshot, folder).run();
}

}  // namespace crl
