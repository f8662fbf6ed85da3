// The mark as lines of text, and the comparison with a store.

#include "service/high_water.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>

#include "crl/old_store.h"
#include "pki/file.h"
#include "pki/hash.h"
#include "pki/messages/service.h"
#include "registry/certificates.h"
#include "registry/counters.h"
#include "registry/crls.h"
#include "registry/issuers.h"
#include "registry/serials.h"
#include "store/write_time.h"

namespace service {

namespace {

constexpr std::string_view kHighWaterHeading = "jpki high water 2\n";
constexpr std::string_view kFormerHeading = "jpki high water 1\n";
constexpr std::string_view kMarkKept = "mark_kept";
constexpr std::string_view kChecksum = "sha256 ";
constexpr std::array kCas = {pki::CaName::sign, pki::CaName::auth, pki::CaName::operations};

std::uint64_t last_serial(const store::ReadTransaction& snapshot, pki::CaName ca) {
  return store::read_counter(
      snapshot, registry::counter_key(registry::CounterPurpose::serial).u8(static_cast<std::uint64_t>(ca)));
}

std::uint64_t greatest_crl_number(const store::ReadTransaction& snapshot, pki::CaName ca) {
  std::uint64_t greatest = 0;
  store::Cursor cursor = snapshot.cursor(
      store::tables::counters,
      store::KeyRange::with_prefix(
          registry::counter_key(registry::CounterPurpose::crl_number).u8(static_cast<std::uint64_t>(ca))));
  for (cursor.seek_to_first(); cursor.valid(); cursor.next())
    greatest = std::max(greatest, pki::read_big_endian(cursor.value()));
  return greatest;
}

// The same without a walk: every run publishes the whole generation's lists.
std::uint64_t last_whole_number(const store::ReadTransaction& snapshot, pki::CaName ca) {
  return registry::last_crl_number(snapshot, ca, pki::kWholeGeneration);
}

std::string checksum_of(std::string_view text) {
  return pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, pki::as_bytes(text)));
}

pki::Error damaged() {
  return pki::fail(pki::Errc::malformed, messages::high_water_damaged);
}

bool read_number(std::istream& words, std::uint64_t& out) {
  return static_cast<bool>(words >> out);
}

bool read_time(std::istream& words, std::optional<pki::Time>& out) {
  std::int64_t seconds = 0;
  if (!(words >> seconds)) return false;
  out = pki::from_unix(seconds);
  return true;
}

// One line: "serial sign 100000064", "number …", "skipped sign 7 9", "sequence sign-1 7", "compromised sign-1
// 1763870400", "written at 1763870400", "audit 9:3F…".
bool read_line(const std::string& line, HighWater& mark) {
  std::istringstream words(line);
  std::string what, who;
  if (!(words >> what >> who)) return false;
  if (what == "written") return read_time(words, mark.written);
  if (what == "audit") {
    const auto head = store::parse_audit_head(who);
    if (head) mark.audit = *head;
    return head.has_value();
  }
  if (what == "sequence") {
    const auto issuer = registry::parse_issuer_id(who);
    return issuer && read_number(words, mark.sequences[*issuer]);
  }
  if (what == "compromised") {
    const auto issuer = registry::parse_issuer_id(who);
    std::optional<pki::Time> since;
    if (!issuer || !read_time(words, since)) return false;
    mark.compromised[*issuer] = *since;
    return true;
  }
  if (what != "serial" && what != "number" && what != "skipped") return true;
  const auto ca = pki::parse_ca_name(who);
  if (!ca) return false;
  if (what == "serial") return read_number(words, mark.serials[*ca]);
  if (what == "number") return read_number(words, mark.crl_numbers[*ca]);
  registry::SerialRange& range = mark.skipped[*ca].emplace_back();
  return read_number(words, range.first) && read_number(words, range.last);
}

std::string behind(std::string_view what, std::uint64_t is, std::uint64_t was) {
  return std::string(what) + " " + std::to_string(was) + " was given, while the store ends at " +
         std::to_string(is);
}

// All of it but the CRL numbers, which take a walk over all points.
HighWater without_numbers(const store::ReadTransaction& snapshot) {
  HighWater mark;
  for (const pki::CaName ca : kCas) {
    mark.serials[ca] = last_serial(snapshot, ca);
    if (auto skipped = registry::skipped_serials(snapshot, ca); !skipped.empty())
      mark.skipped[ca] = std::move(skipped);
  }
  for (const registry::Issuer& issuer : registry::all_issuers(snapshot)) {
    mark.sequences[issuer.id] = registry::last_change_sequence(snapshot, issuer.id);
    if (issuer.compromise) mark.compromised[issuer.id] = issuer.compromise->recorded_at;
  }
  mark.written = store::last_write_time(snapshot);
  mark.audit = store::read_audit_head(snapshot);
  return mark;
}

// Whether a change alters an answer that a verifier may already have. The rows of a compromised
// generation are filled in by many commits; the fact, which is on the mark, covers them.
bool revokes_or_releases(const registry::Change& change) {
  if (change.before.revocation == change.after.revocation) return false;
  return !change.after.revocation || change.after.revocation->reason != pki::CrlReason::ca_compromise;
}

}  // namespace

HighWater high_water_of(const store::ReadTransaction& snapshot) {
  HighWater mark = without_numbers(snapshot);
  for (const pki::CaName ca : kCas)
    mark.crl_numbers[ca] = greatest_crl_number(snapshot, ca);
  return mark;
}

std::string encode(const HighWater& mark) {
  std::string text(kHighWaterHeading);
  for (const auto& [ca, serial] : mark.serials)
    text += "serial " + std::string(pki::to_string(ca)) + " " + std::to_string(serial) + "\n";
  for (const auto& [ca, number] : mark.crl_numbers)
    text += "number " + std::string(pki::to_string(ca)) + " " + std::to_string(number) + "\n";
  for (const auto& [ca, ranges] : mark.skipped)
    for (const auto& [first, last] : ranges)
      text += "skipped " + std::string(pki::to_string(ca)) + " " + std::to_string(first) + " " +
              std::to_string(last) + "\n";
  for (const auto& [issuer, sequence] : mark.sequences)
    text += "sequence " + to_string(issuer) + " " + std::to_string(sequence) + "\n";
  for (const auto& [issuer, since] : mark.compromised)
    text += "compromised " + to_string(issuer) + " " + std::to_string(pki::to_unix(since)) + "\n";
  if (mark.written) text += "written at " + std::to_string(pki::to_unix(*mark.written)) + "\n";
  text += "audit " + to_string(mark.audit) + "\n";
  return text + std::string(kChecksum) + checksum_of(text) + "\n";
}

pki::Result<HighWater> decode_high_water(std::string_view text) {
  const std::size_t end = text.rfind(kChecksum);
  const bool has_heading = text.starts_with(kHighWaterHeading) || text.starts_with(kFormerHeading);
  if (!has_heading || end == std::string_view::npos) return damaged();
  if (text.substr(end) != std::string(kChecksum) + checksum_of(text.substr(0, end)) + "\n") return damaged();
  HighWater mark;
  std::istringstream lines{
      std::string(text.substr(kHighWaterHeading.size(), end - kHighWaterHeading.size()))};
  for (std::string line; std::getline(lines, line);)
    if (!read_line(line, mark)) return damaged();
  return mark;
}

std::optional<std::string> find_older(const HighWater& mark, const store::ReadTransaction& snapshot) {
  const HighWater now = high_water_of(snapshot);
  for (const auto& [ca, serial] : mark.serials)
    if (now.serials.at(ca) < serial)
      return behind(std::string(pki::to_string(ca)) + " serial", now.serials.at(ca), serial);
  for (const auto& [ca, number] : mark.crl_numbers)
    if (now.crl_numbers.at(ca) < number)
      return behind(std::string(pki::to_string(ca)) + " CRL number", now.crl_numbers.at(ca), number);
  for (const auto& [issuer, sequence] : mark.sequences) {
    const auto found = now.sequences.find(issuer);
    if (found == now.sequences.end()) return "the store does not know the generation " + to_string(issuer);
    if (found->second < sequence) return behind(to_string(issuer) + " change", found->second, sequence);
  }
  for (const auto& [issuer, since] : mark.compromised)
    if (!now.compromised.contains(issuer))
      return "the store does not know the compromise of " + to_string(issuer) + " of " +
             pki::to_rfc3339(since);
  const auto then = store::audit_head_at(snapshot, mark.audit.sequence);
  if (!then) return behind("audit entry", now.audit.sequence, mark.audit.sequence);
  if (*then != mark.audit)
    return "entry " + std::to_string(mark.audit.sequence) + " of the audit log is not the one that was there";
  return std::nullopt;
}

bool is_mark_kept(const store::ReadTransaction& snapshot) {
  return snapshot.get(store::tables::meta, pki::as_bytes(kMarkKept)).has_value();
}

void note_mark_kept(store::WriteTransaction& transaction) {
  transaction.put(store::tables::meta, pki::as_bytes(kMarkKept), {});
}

SafetyFolder::SafetyFolder(std::filesystem::path folder, const store::ReadTransaction& snapshot)
    : folder_(std::move(folder)) {
  const auto first = registry::find_issuer(snapshot, {pki::CaName::sign, 1});
  const pki::Bytes certificate = first ? first->certificate : pki::Bytes{};
  constexpr std::size_t kIdentityDigits = 16;
  identity_ = pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, certificate)).substr(0, kIdentityDigits);
}

std::filesystem::path SafetyFolder::mark_file() const {
  return folder_ / ("high-water-" + identity_);
}

std::filesystem::path SafetyFolder::heads_file() const {
  return folder_ / ("audit-heads-" + identity_);
}

pki::Result<std::optional<HighWater>> SafetyFolder::read() const {
  if (!std::filesystem::exists(mark_file())) return std::optional<HighWater>{};
  TRY_ASSIGN(const std::string text, pki::read_file(mark_file()));
  auto mark = decode_high_water(text);
  if (mark.has_error())
    return pki::fail(pki::Errc::malformed, {messages::high_water_file_damaged, mark_file().string()});
  return std::optional<HighWater>{std::move(*mark)};
}

pki::Result<void> SafetyFolder::save(const HighWater& mark) const {
  return pki::replace_file(mark_file(), pki::as_bytes(encode(mark)), pki::FileSecrecy::owner_only);
}

// REQUIRES: something was saved.
bool SafetyFolder::has_news(const HighWater& now, const store::ReadTransaction& snapshot) const {
  if (now.serials != saved_->serials || now.compromised != saved_->compromised) return true;
  for (const auto& [issuer, sequence] : now.sequences) {
    const auto seen = seen_.find(issuer);
    if (seen == seen_.end()) return true;
    if (seen->second == sequence) continue;
    auto changes = registry::changes_after(snapshot, issuer, pki::kWholeGeneration, seen->second);
    for (; changes.valid(); changes.next())
      if (revokes_or_releases(changes.row())) return true;
  }
  return false;
}

// What this process has written, and what is damaged, may be replaced.
bool SafetyFolder::is_newest(const store::ReadTransaction& snapshot) const {
  if (overtaken_) return false;
  const auto text = pki::read_file(mark_file());
  if (text.has_error() || *text == written_) return true;
  const auto mark = decode_high_water(*text);
  const auto older = mark.has_value() ? find_older(*mark, snapshot) : std::nullopt;
  if (!older) return true;
  overtaken_ = pki::Message{messages::overtaken_by_mark, mark_file().string(), *older};
  fault_ = overtaken_->in(pki::Language::en);
  return false;
}

void SafetyFolder::look(const store::ReadTransaction& snapshot) const {
  const std::lock_guard lock(mutex_);
  static_cast<void>(is_newest(snapshot));
}

std::optional<pki::Message> SafetyFolder::overtaken() const {
  const std::lock_guard lock(mutex_);
  return overtaken_;
}

void SafetyFolder::follow(const store::ReadTransaction& snapshot) {
  const std::lock_guard lock(mutex_);
  HighWater now = without_numbers(snapshot);
  std::map<pki::CaName, std::uint64_t> whole_numbers;
  for (const pki::CaName ca : kCas)
    whole_numbers[ca] = last_whole_number(snapshot, ca);
  const bool is_published = whole_numbers != whole_numbers_;
  const bool is_due = !saved_ || fault_ || is_published || has_news(now, snapshot);
  seen_ = now.sequences;
  if (!is_due || !is_newest(snapshot)) return;
  for (const pki::CaName ca : kCas)
    now.crl_numbers[ca] =
        saved_ && !is_published ? saved_->crl_numbers.at(ca) : greatest_crl_number(snapshot, ca);
  // Also when it fails: it may have got its name all the same.
  written_ = encode(now);
  if (const auto saved = save(now); saved.has_error()) {
    fault_ = saved.error().text();
    return;
  }
  fault_.reset();
  whole_numbers_ = std::move(whole_numbers);
  saved_ = std::move(now);
}

std::optional<std::string> SafetyFolder::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

pki::Result<void> refuse_old_store(const store::ReadTransaction& snapshot,
                                   const std::filesystem::path& crl_folder, const SafetyFolder* safety,
                                   MissingMark missing) {
  std::optional<pki::Message> proof = crl::find_newer_lists(snapshot, crl_folder);
  if (!proof && safety != nullptr) {
    TRY_ASSIGN(const std::optional<HighWater> mark, safety->read());
    if (mark) {
      if (const auto older = find_older(*mark, snapshot))
        proof = safety->mark_file().string() + ": " + *older;
    }
    if (!mark && missing == MissingMark::refused && is_mark_kept(snapshot))
      return pki::fail(pki::Errc::conflict, {messages::kept_mark_missing, safety->mark_file().string()});
  }
  if (proof) return pki::fail(pki::Errc::conflict, crl::old_store_message(*proof));
  return {};
}

}  // namespace service
