// Refusals of the OCSP service that belong in the audit log, on their way there: the service cannot write, so
// what it reports waits here, bounded, as Commands of the writer.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ocsp/service.h"
#include "store/writer.h"

namespace service {

// How long repetitions of a refusal are counted instead of written.
inline constexpr pki::Seconds kRefusalRepeats{60};

// Which refusals are written. Usable from any thread.
class RecentRefusals final {
 public:
  // Whether there was none of its sort (verifier, credential, kind) within kRefusalRepeats.
  [[nodiscard]] bool is_new(const ocsp::Refusal& refusal, pki::Time now);

 private:
  using Sort = std::tuple<std::uint64_t, std::optional<std::uint64_t>, ocsp::RefusalKind>;

  std::mutex mutex_;
  // Guarded by mutex_. There are as many sorts as credentials use the PIN-less path, and those of which the
  // time has passed are forgotten.
  std::map<Sort, pki::Time> written_at_;
};

// The action and the subjects of its entry in the audit log; `left_out`: how many were not written before it.
[[nodiscard]] std::string action_of(ocsp::RefusalKind kind);
[[nodiscard]] std::vector<std::string> subjects_of(const ocsp::Refusal& refusal, std::uint64_t left_out);

// The hook for ocsp::ServiceOptions::on_refusal. A refusal that is the same as one of the last minute
// (verifier, credential, kind) is counted, and so is one for which there is no place because `waiting_max`
// entries wait for their commit; the next entry says how many were left out. A flood of replays costs neither
// memory nor the place of other commands, and leaves no flood in the audit log. `writer` and `clock` must
// outlive the hook's use; entries that wait at the end are written by the writer's end.
[[nodiscard]] std::function<void(const ocsp::Refusal&)> make_refusal_audit(store::Writer& writer,
                                                                           const pki::Clock& clock,
                                                                           std::size_t waiting_max = 1'000);

}  // namespace service
