// What waits for a second person: a request to the operators' API as it came in, who made it, and what was
// decided. It holds no personal items: none of the actions that need a second person take any.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/actor.h"
#include "registry/schema.h"
#include "store/environment.h"

namespace registry {

// Stored in records: never change a value.
enum class RequestState : std::uint8_t {
  waiting = 1,
  confirmed = 2,  // Confirmed; the outcome says what came of it.
  rejected = 3,
};

// A request that waits longer is expired: nothing is done any more.
inline constexpr pki::Seconds kRequestLife{86'400};

inline constexpr std::string_view kOutcomeDone = "done";
// A fault of the service's own, of which the log has the details.
inline constexpr std::string_view kOutcomeFault = "failed: internal error";

struct ConfirmationRequest {
  std::uint64_t id = 0;
  // By its name, e.g. "record-compromise".
  std::string action;
  // What was asked for: "POST", "/v1/events", JSON.
  std::string method, target, body;
  Actor requester;
  pki::Time requested_at;
  // SHA-256 over all of the above but the number, as it was when the request was made.
  pki::Bytes digest = {};
  // The generation that answers tryLater as long as this waits.
  std::optional<IssuerId> suspected = {};
  RequestState state = RequestState::waiting;
  std::string decided_by = {};
  std::optional<pki::Time> decided_at = {};
  // What came of it, in words; empty until then.
  std::string outcome = {};

  // Confirmed, but not known to be done: it is being done, the process ended in between, or a fault came in
  // between. A compromise that was refused is unfinished, too: its suspicion goes on.
  [[nodiscard]] bool is_unfinished() const {
    if (state != RequestState::confirmed || outcome == kOutcomeDone) return false;
    return suspected || outcome.empty() || outcome == kOutcomeFault;
  }
  [[nodiscard]] pki::Time expires_at() const { return requested_at + kRequestLife; }
  [[nodiscard]] bool is_waiting(pki::Time now) const {
    return state == RequestState::waiting && now < expires_at();
  }
};

// The digest of what a request asks for, from its present fields.
[[nodiscard]] pki::Bytes digest_of(const ConfirmationRequest& request);

[[nodiscard]] std::optional<ConfirmationRequest> find_request(const store::ReadTransaction& transaction,
                                                              std::uint64_t id);
// The newest first.
[[nodiscard]] std::vector<ConfirmationRequest> all_requests(const store::ReadTransaction& transaction);
// A new one gets its number and its digest; gives the number.
std::uint64_t add_request(store::WriteTransaction& transaction, ConfirmationRequest request);
// A changed one in its place.
void put_request(store::WriteTransaction& transaction, const ConfirmationRequest& request);

// Whether the key of a generation is suspected: a compromise was requested and is neither on record nor
// rejected, and the request has not expired.
[[nodiscard]] bool is_suspected(const store::ReadTransaction& transaction, IssuerId issuer, pki::Time now);

}  // namespace registry
