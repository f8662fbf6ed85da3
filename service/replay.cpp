// In this order: compromises are recorded, numbers skipped, certificates set right, lost ones recorded,
// verifiers and operators barred, requests rejected.

#include "service/replay.h"

#include <algorithm>
#include <array>
#include <vector>

#include "pki/certificate.h"
#include "pki/messages/service.h"
#include "registry/certificates.h"
#include "registry/compromise.h"
#include "registry/crls.h"
#include "registry/issuers.h"
#include "registry/lost.h"
#include "registry/operators.h"
#include "registry/reported_keys.h"
#include "registry/requests.h"
#include "registry/serials.h"
#include "registry/unissued.h"
#include "store/audit.h"
#include "verifier/verifiers.h"

namespace service {

namespace {

// How many serials before the last reserved one may be open in a store that does not say so: two blocks.
constexpr std::uint64_t kOpenUnlessNoted = 128;
constexpr std::array kHolderCas = {pki::CaName::sign, pki::CaName::auth};

template <typename Map>
std::uint64_t value_of(const Map& map, pki::CaName ca) {
  const auto found = map.find(ca);
  return found == map.end() ? 0 : found->second;
}

class Replayer final {
 public:
  Replayer(store::WriteTransaction& transaction, const ReplayRequest& request)
      : transaction_(transaction), request_(request), before_(high_water_of(transaction)) {}

  pki::Result<ReplayReport> run() {
    audit("restore", {"backup " + request_.backup,
                      "audit of the backup " + to_string(store::read_audit_head(transaction_)),
                      request_.mark ? "audit of the lost store " + to_string(request_.mark->audit)
                                    : "no high-water mark"});
    record_compromises();
    count_changes();
    TRY(check_lost());
    skip_numbers();
    for (const pki::CaName ca : kHolderCas) {
      if (const auto states = request_.evidence.states.find(ca); states != request_.evidence.states.end())
        for (const auto& [serial, state] : states->second)
          set_right(ca, serial, state);
      presume_lost(ca);
    }
    flush();
    take_over();
    bar_verifiers();
    bar_operators();
    reject_requests();
    return report_;
  }

 private:
  // The last serial that the lost store is known to have given.
  [[nodiscard]] std::uint64_t last_given(pki::CaName ca) const {
    std::uint64_t last = value_of(before_.serials, ca);
    if (request_.mark) last = std::max(last, value_of(request_.mark->serials, ca));
    const auto states = request_.evidence.states.find(ca);
    if (states != request_.evidence.states.end() && !states->second.empty())
      last = std::max(last, states->second.rbegin()->first);
    return last;
  }

  // Before any certificate: what a list says of one leaves the fact untouched, which keeps the generation
  // from issuing and revokes those that are on no list. The date is that of the lists, else the mark's.
  void record_compromises() {
    std::map<registry::IssuerId, pki::Time> compromised = request_.evidence.compromised;
    if (request_.mark)
      compromised.insert(request_.mark->compromised.begin(), request_.mark->compromised.end());
    if (request_.present != nullptr)
      compromised.insert(request_.present->compromised.begin(), request_.present->compromised.end());
    for (const auto& [issuer, since] : compromised)
      record_compromise(issuer, since);
  }

  // Before verifiers and operators are barred: what was cancelled or disabled stays so when they are
  // confirmed.
  void take_over() {
    if (request_.present == nullptr) return;
    report_.stricter = take_over_stricter(transaction_, *request_.present, subjects_);
    flush("restore takes over");
  }

  void record_compromise(registry::IssuerId issuer, pki::Time since) {
    if (!registry::find_issuer(transaction_, issuer) || registry::is_compromised(transaction_, issuer))
      return;
    registry::record_compromise(transaction_, issuer, since);
    ++report_.compromised;
    note("ca " + to_string(issuer));
  }

  void count_changes() {
    if (!request_.mark) return;
    for (const auto& [issuer, sequence] : request_.mark->sequences) {
      const auto before = before_.sequences.find(issuer);
      if (before != before_.sequences.end() && before->second < sequence)
        report_.changes_since += sequence - before->second;
    }
  }

  [[nodiscard]] std::vector<registry::SerialRange> skipped(pki::CaName ca) const {
    std::vector<registry::SerialRange> ranges;
    const auto add = [&](const std::map<pki::CaName, std::vector<registry::SerialRange>>& from) {
      if (const auto found = from.find(ca); found != from.end())
        ranges.insert(ranges.end(), found->second.begin(), found->second.end());
    };
    add(before_.skipped);
    if (request_.present != nullptr) add(request_.present->skipped);
    if (request_.mark) add(request_.mark->skipped);
    return ranges;
  }

  // The serials beyond the backup's counter that the lost store may have given, in order: those up to its
  // last one but what restores have skipped.
  [[nodiscard]] std::vector<registry::SerialRange> given_since(pki::CaName ca) const {
    std::vector<registry::SerialRange> leaps = skipped(ca);
    std::ranges::sort(leaps, {}, &registry::SerialRange::first);
    const std::uint64_t last = last_given(ca);
    std::vector<registry::SerialRange> given;
    std::uint64_t next = value_of(before_.serials, ca) + 1;
    for (const registry::SerialRange& leap : leaps) {
      if (leap.last < next) continue;
      if (leap.first > last) break;
      if (leap.first > next) given.push_back({next, leap.first - 1});
      next = leap.last + 1;
    }
    if (next <= last) given.push_back({next, last});
    return given;
  }

  [[nodiscard]] pki::Result<void> check_lost() const {
    if (request_.many_lost) return {};
    for (const pki::CaName ca : kHolderCas) {
      std::uint64_t count = 0;
      for (const auto& [first, last] : given_since(ca))
        count += last - first + 1;
      if (count > kMostLost)
        return pki::fail(pki::Errc::conflict,
                         {messages::too_many_lost, std::to_string(count), pki::to_string(ca)});
    }
    return {};
  }

  void skip_numbers() {
    for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth, pki::CaName::operations}) {
      const std::uint64_t given = last_given(ca), serial = given + kSkip;
      for (const registry::SerialRange& range : skipped(ca))
        registry::note_skipped_serials(transaction_, ca, range);
      registry::note_skipped_serials(transaction_, ca, {given + 1, serial});
      open_[ca] = registry::first_open_serial(transaction_, ca);
      registry::skip_serials(transaction_, ca, serial);
      registry::set_first_open_serial(transaction_, ca, serial + 1);
      report_.next_serial[ca] = serial + 1;
    }
    std::uint64_t number = request_.evidence.greatest_file_number;
    for (const auto& [ca, greatest] : request_.evidence.greatest_number)
      number = std::max(number, greatest);
    for (const pki::CaName ca : kHolderCas) {
      number = std::max(number, value_of(before_.crl_numbers, ca));
      if (request_.mark) number = std::max(number, value_of(request_.mark->crl_numbers, ca));
    }
    registry::keep_lists_through(transaction_, number);
    for (const registry::Issuer& issuer : registry::all_issuers(transaction_)) {
      if (issuer.id.ca == pki::CaName::operations) continue;
      registry::raise_crl_number(transaction_, issuer.id.ca, pki::kWholeGeneration, number + kSkip);
      for (const pki::DistributionPoint point : registry::points_of(transaction_, issuer.id))
        registry::raise_crl_number(transaction_, issuer.id.ca, point, number + kSkip);
    }
  }

  // The generation that has issued a serial, by its status row.
  [[nodiscard]] std::optional<registry::CertificateId> find(pki::CaName ca, std::uint64_t serial) {
    if (ca != ca_) {
      ca_ = ca;
      generations_.clear();
      for (const registry::Issuer& issuer : registry::all_issuers(transaction_))
        if (issuer.id.ca == ca) generations_.push_back(issuer);
    }
    for (const registry::Issuer& issuer : generations_)
      if (registry::find_status(transaction_, {issuer.id, {serial}}))
        return registry::CertificateId{issuer.id, {serial}};
    return std::nullopt;
  }

  // True for the serial of a certificate of the authority's own, of the name that find() was last asked
  // about: a CA's, or a responder's.
  [[nodiscard]] bool is_authority(std::uint64_t serial) const {
    const auto has_serial = [serial](pki::ByteView der) {
      const auto certificate = pki::Certificate::decode(pki::to_bytes(der));
      const auto own = certificate ? pki::serial_from_content(certificate->serial_content()) : std::nullopt;
      return own && own->value == serial;
    };
    return std::ranges::any_of(generations_, [&](const registry::Issuer& issuer) {
      const auto responder = registry::find_responder(transaction_, issuer.id);
      return has_serial(issuer.certificate) || (responder && has_serial(responder->certificate));
    });
  }

  // Whether the hold that a list shows is that of an earlier restore, which knew nothing of the certificate.
  [[nodiscard]] bool is_hold_of_restore(pki::CaName ca, std::uint64_t serial,
                                        const crl::ListedState& state) const {
    if (request_.present == nullptr || !state.revocation || !state.revocation->is_hold()) return false;
    const auto presumed = request_.present->presumed_lost.find({ca, serial});
    return presumed != request_.present->presumed_lost.end() && presumed->second == state.revocation->date;
  }

  void set_right(pki::CaName ca, std::uint64_t serial, const crl::ListedState& state) {
    const auto id = find(ca, serial);
    if (!id) {
      // Whole lists speak of CA certificates, too; those are the ceremony's, and in no status row.
      if (is_authority(serial)) return;
      // One whose hold had ended is presumed like those that no list mentions.
      if (is_hold_of_restore(ca, serial, state))
        record_lost(ca, serial, *state.revocation, pki::kWholeGeneration, registry::LostState::presumed);
      else if (state.revocation)
        record_lost(ca, serial, *state.revocation, state.point, registry::LostState::listed);
      return;
    }
    const auto now = registry::find_status(transaction_, *id)->revocation;
    if (now && !now->is_hold()) return;
    if (!state.revocation) {
      if (!now) return;
      registry::record_release(transaction_, *id, request_.now);
      ++report_.released;
    } else if (state.revocation->is_hold()) {
      if (now) return;
      registry::record_revocation(transaction_, *id, *state.revocation, request_.now);
      ++report_.held;
    } else {
      compromise_if(id->issuer, *state.revocation);
      registry::record_revocation(transaction_, *id, *state.revocation, request_.now);
      // Its key stands in a sealed record, which the next start opens.
      if (state.revocation->reason == pki::CrlReason::key_compromise)
        registry::list_reported_keys_again(transaction_);
      ++report_.revoked;
    }
    note("certificate " + to_string(*id));
  }

  // Where only lists of points are left: they show the rows that were filled in, and the fact covers the
  // others.
  void compromise_if(registry::IssuerId issuer, const registry::Revocation& revocation) {
    if (revocation.reason != pki::CrlReason::ca_compromise) return;
    record_compromise(issuer, request_.now);
  }

  void record_lost(pki::CaName ca, std::uint64_t serial, const registry::Revocation& revocation,
                   pki::DistributionPoint point, registry::LostState state) {
    // Most of it was issued by the newest generation. A mobile certificate is of the generation of the
    // card's, and an issue under way at a rollover of the one before: OCSP answers such a serial under every
    // generation of the name, and its adoption moves it to its own (registry/lost).
    const auto issuer = registry::current_issuer(transaction_, ca).value();
    const auto certificate = pki::Certificate::decode(issuer.certificate);
    registry::record_lost(
        transaction_,
        {.id = {issuer.id, {serial}},
         .point = point.is_whole_generation() ? registry::kLostPoint : point,
         .not_after = certificate ? certificate->not_after() : request_.now + std::chrono::years{10},
         .revocation = revocation,
         .state = state},
        request_.now);
    ++(state == registry::LostState::listed ? report_.lost_listed : report_.lost_presumed);
    note("lost " + to_string(issuer.id) + "/" + std::to_string(serial));
  }

  void presume_lost(pki::CaName ca) {
    std::vector<std::uint64_t> serials = open_serials(ca);
    for (const auto& [first, last] : given_since(ca))
      for (std::uint64_t serial = first; serial <= last; ++serial)
        serials.push_back(serial);
    for (const std::uint64_t serial : serials)
      if (!find(ca, serial) && !is_authority(serial))
        record_lost(ca, serial, {request_.now, pki::CrlReason::certificate_hold}, pki::kWholeGeneration,
                    registry::LostState::presumed);
  }

  // Reserved before the backup, and perhaps given after it: what was left of the blocks in use then.
  [[nodiscard]] std::vector<std::uint64_t> open_serials(pki::CaName ca) const {
    const std::uint64_t last = value_of(before_.serials, ca);
    std::uint64_t first = value_of(open_, ca);
    if (first == 0) first = last - std::min(last, kOpenUnlessNoted) + 1;
    std::vector<std::uint64_t> serials;
    for (registry::UnissuedCursor open(transaction_, ca, {first, last}); open.valid(); open.next())
      serials.push_back(open.serial());
    return serials;
  }

  void bar_verifiers() {
    for (verifier::Verifier entry : verifier::all_verifiers(transaction_)) {
      if (entry.cancelled) continue;
      entry.restored = pki::jst_date(request_.now);
      verifier::put_verifier(transaction_, entry);
      note("verifier " + std::to_string(entry.id));
      ++report_.verifiers_barred;
    }
    flush("restore bars");
  }

  // Who was disabled since the backup is enabled in it. Officers and supervisors stay, or no one could enable
  // the others.
  void bar_operators() {
    for (registry::Operator entry : registry::all_operators(transaction_)) {
      if (!entry.is_enabled) continue;
      if (entry.has(registry::Role::officer) || entry.has(registry::Role::supervisor)) {
        ++report_.operators_kept;
        continue;
      }
      entry.is_enabled = false;
      registry::put_operator(transaction_, entry);
      note("operator " + entry.name);
      ++report_.operators_barred;
    }
    flush("restore bars");
  }

  // What waits in the backup, or was being done, may have been decided since. A suspicion of a key goes on
  // until it is decided.
  void reject_requests() {
    for (registry::ConfirmationRequest request : registry::all_requests(transaction_)) {
      const bool is_open = request.state == registry::RequestState::waiting || request.is_unfinished();
      if (!is_open || request.suspected) continue;
      request.state = registry::RequestState::rejected;
      request.decided_by = "restore";
      request.decided_at = request_.now;
      registry::put_request(transaction_, request);
      note("request " + std::to_string(request.id));
      ++report_.requests_rejected;
    }
    flush("restore rejects");
  }

  void note(std::string subject) {
    constexpr std::size_t kInOneEntry = 1'000;
    subjects_.push_back(std::move(subject));
    if (subjects_.size() == kInOneEntry) flush();
  }
  void flush(const std::string& action = "restore replay") {
    if (!subjects_.empty()) audit(action, std::exchange(subjects_, {}));
  }
  void audit(const std::string& action, std::vector<std::string> subjects) {
    store::append_audit(transaction_, {.recorded_at = request_.now,
                                       .actor = request_.actor,
                                       .action = action,
                                       .subjects = std::move(subjects)});
  }

  store::WriteTransaction& transaction_;
  const ReplayRequest& request_;
  const HighWater before_;
  ReplayReport report_;
  std::vector<std::string> subjects_;
  // The first serials that were open in the backup.
  std::map<pki::CaName, std::uint64_t> open_;
  std::optional<pki::CaName> ca_;
  std::vector<registry::Issuer> generations_;
};

}  // namespace

pki::Result<ReplayReport> replay(store::WriteTransaction& transaction, const ReplayRequest& request) {
  return Replayer(transaction, request).run();
}

}  // namespace service
