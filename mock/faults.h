// Faults on purpose: what a server of status may do wrong, so that clients can be tested against it.
//
// A fault changes answers on their way out (mock/front.h). docs/faults.md says for each what a correct
// verifier does about it, and what known clients do.

#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mock/delays.h"
#include "mock/journal.h"
#include "pki/random.h"

namespace mock {

// Which answers a kind of fault can change.
enum class FaultFamily : std::uint8_t {
  http,  // Any.
  ocsp,  // OCSP.
  crl,   // CRLs.
  delta  // Delta CRLs.
};

// An answer to be changed, and what a change may need.
struct FaultSite {
  const Exchange& exchange;
  World& world;
  http::Response& response;
  std::chrono::milliseconds delay{0};
  // How long the changed answer is held back.
  std::chrono::milliseconds held_for{0};
  // Whether the fault has ended, for what takes long; looked at from any thread.
  std::function<bool()> is_over = {};
};

// What an answer has met.
struct FaultsMet {
  // Of those that changed it.
  std::vector<std::string> names;
  std::optional<Hold> hold = {};
};

struct FaultKind {
  std::string_view name;
  FaultFamily family = FaultFamily::http;
  // What it does, in one clause.
  std::string_view what;
  // False when there is nothing that it could change, as in an error answer.
  std::function<bool(FaultSite&)> apply;
  // For slow and drip, when the fault names none.
  std::chrono::milliseconds delay{0};
};

// Every kind, in the order of docs/faults.md.
[[nodiscard]] std::span<const FaultKind> fault_kinds();
// Null for a name that is none.
[[nodiscard]] const FaultKind* find_fault_kind(std::string_view name);
// The kinds of each family; fault_kinds() puts them together.
[[nodiscard]] std::vector<FaultKind> http_fault_kinds();
[[nodiscard]] std::vector<FaultKind> ocsp_fault_kinds();
[[nodiscard]] std::vector<FaultKind> crl_fault_kinds();

// A fault in force, and which answers it changes.
struct Fault {
  const FaultKind* kind = nullptr;
  // What the path of a request begins with; empty: any that the kind can change.
  std::string path = {};
  std::optional<std::uint64_t> verifier = {};
  std::optional<std::uint64_t> serial = {};
  double probability = 1;
  // How often it changes an answer before it ends.
  std::optional<std::uint64_t> count = {};
  // From which the fault's luck is drawn, when it is not certain.
  std::uint64_t seed = 1;
  // The moment, by the mock's clock, at which it ends.
  std::optional<pki::Time> until = {};
  std::optional<std::chrono::milliseconds> delay = {};
};

// As POST /mock/faults takes it. Errc::invalid_value names the member.
[[nodiscard]] pki::Result<Fault> read_fault(const boost::json::object& body);

// Usable from any thread.
class Faults final {
 public:
  // `on_fault` hears of each answer that was changed, one line each.
  Faults(const pki::Clock& clock, std::function<void(std::string_view)> on_fault)
      : clock_(clock), on_fault_(std::move(on_fault)) {}

  // The id.
  std::uint64_t add(Fault fault);
  // False when there is none of that id. Answers that it holds back go out at once.
  bool remove(std::uint64_t id);
  void clear();
  // Those in force, by id.
  [[nodiscard]] boost::json::array describe() const;
  [[nodiscard]] std::optional<boost::json::object> describe(std::uint64_t id) const;
  // Changes an answer.
  [[nodiscard]] FaultsMet apply(const Exchange& exchange, World& world, http::Response& response);

 private:
  struct Entry {
    std::uint64_t id = 0;
    Fault fault;
    std::uint64_t fired = 0;
    pki::Rng luck;
    // Set when it is removed; shared with the answers that wait because of it.
    std::shared_ptr<std::atomic<bool>> removed = {};
  };
  struct Chosen {
    Fault fault;
    std::function<bool()> is_over;
  };
  [[nodiscard]] static boost::json::object describe(const Entry& entry);
  [[nodiscard]] bool is_over(const Entry& entry) const;
  // Those whose turn it is, each counted; with mutex_ not held.
  [[nodiscard]] std::vector<Chosen> chosen(const Exchange& exchange, World& world);
  // REQUIRES: mutex_ is held.
  std::size_t end(const std::function<bool(const Entry&)>& is_meant);

  const pki::Clock& clock_;
  std::function<void(std::string_view)> on_fault_;
  std::atomic<bool> armed_{false};
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // Guarded by mutex_, as is the next.
  std::uint64_t last_id_ = 0;
};

}  // namespace mock
