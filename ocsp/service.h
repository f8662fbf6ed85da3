// The responder on the network: POST and GET of /ocsp/sign, /ocsp/auth and /ocsp/auth/pinless.
//
// The order of decisions is that of docs/api.md: malformedRequest, then standing, then issuer, then status.
// An answer without nonce about one certificate is cached and goes straight out while the facts behind it are
// what they were (ocsp/response_cache.h); everything else is signed by a bounded queue with threads of its
// own, and request signatures are verified by another (ocsp/verification_queue.h).

#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "http/router.h"
#include "http/runtime.h"
#include "ocsp/replay_memory.h"
#include "ocsp/response.h"
#include "pki/bytes.h"
#include "pki/certificate_kind.h"
#include "pki/result.h"
#include "pki/time.h"
#include "registry/signing_issuer.h"
#include "store/environment.h"
#include "verifier/recognition.h"

namespace ocsp {

// Who is answered.
enum class AccessPolicy : std::uint8_t {
  authorized_only,  // Verifiers whose standing allows it; answers are marked no-store.
  open_to_all,      // Everyone; answers to GET carry the caching fields of RFC 9919 section 6.
};

// What is said about a serial never issued (RFC 6960 section 2.2).
enum class UnknownPolicy : std::uint8_t {
  unknown,
  // "revoked" (certificateHold, 1970-01-01), with the extension extended-revoke in every answer.
  extended_revoke,
};

// What a request can end in. good, revoked and unknown count each CertID, the others each request.
enum class AnswerKind : std::uint8_t {
  good,
  revoked,
  unknown,
  malformed,
  try_later,
  internal,
  sig_required,
  unauthorized,
};
inline constexpr std::size_t kAnswerKindCount = 8;
// The label of a metric, e.g. "good", "try_later".
[[nodiscard]] std::string_view to_string(AnswerKind answer);

// One request that was answered, for the ledger of answers (Act 40, 規則71).
struct AnsweredRequest {
  // Absent when the requester was not recognised, and where it need not be.
  std::optional<verifier::Requester> requester = {};
  // What was asked for, also where the requester was not recognised.
  verifier::Purpose purpose = verifier::Purpose::normal;
  pki::CaName ca = pki::CaName::sign;
  // By AnswerKind: the number of CertIDs, or one request.
  std::array<std::uint32_t, kAnswerKindCount> counts{};
  // The serving thread that the request came in on; another thread may call at the same time with the same.
  std::size_t worker = 0;
};

// A refusal that must be on record (the audit log).
enum class RefusalKind : std::uint8_t { missing_nonce, repeated_nonce, nonce_out_of_time };
// "missing nonce", "repeated nonce", "nonce out of time".
[[nodiscard]] std::string_view to_string(RefusalKind kind);
struct Refusal {
  verifier::Requester requester;
  RefusalKind kind = RefusalKind::repeated_nonce;
};

// What the PIN-less path asks of a request in addition to its signature (pinless.require in
// docs/operations.md).
enum class PinlessRequirement : std::uint8_t {
  window,       // A nonce that was not used within the window.
  https,        // The same, over TLS alone.
  timed_nonce,  // The same, and the nonce of 16..32 bytes begins with the moment: 8 bytes, big-endian, ms
                // since 1970.
};

struct ServiceOptions {
  // thisUpdate is the last multiple of this, in seconds since 1970, or the certificate's last change when
  // that is later; 0: the moment itself. JPKI: 15 minutes.
  pki::Seconds grid{900};
  // nextUpdate is so long after the grid's moment, but never after the responder certificate's end. At least
  // the grid.
  pki::Seconds next_update_after{3600};
  ResponderIdForm responder_id = ResponderIdForm::by_key;
  // How long after a certificate's end its status is known, for the archive cutoff: the record of issue is
  // kept for ten calendar years (Order 2, 18).
  std::chrono::years archive_retention{10};
  UnknownPolicy unknown = UnknownPolicy::unknown;
  AccessPolicy access = AccessPolicy::authorized_only;
  // The most that cached answers may take; 0: none is cached. An RSA answer takes some 2.5 KiB.
  std::size_t cache_bytes_max = std::size_t{64} << 20U;
  // 0: half the cores, at least one.
  std::size_t signer_threads = 0;
  // Requests that may wait for a signature; one more gets tryLater.
  std::size_t signer_queue_length = 1024;
  // Threads that verify request signatures, and the requests that may wait; one more gets tryLater.
  std::size_t verifier_threads = 1;
  std::size_t verification_queue_length = 1024;
  // Requests that a verifier may make in a second; one more gets tryLater. 0: without a limit.
  std::uint32_t requests_per_second_max = 0;
  PinlessRequirement pinless_requirement = PinlessRequirement::window;
  // How long the PIN-less path remembers a nonce (pinless.replay_window), and how many for each credential;
  // over all at most twice as many (ocsp/replay_memory.h).
  pki::Seconds replay_window{600};
  std::size_t replay_entries_max = std::size_t{1} << 20U;
  // Where they outlive the process (ocsp/replay_log.h); empty: nowhere.
  std::filesystem::path replay_file = {};
  // Each is called from the thread that answers and must not wait; may be empty.
  std::function<void(const AnsweredRequest&)> on_answered = {};
  std::function<void(const Refusal&)> on_refusal = {};
  // Whether anything can be said of a status now: the time is known well enough, and the store is the newest.
  // If not, the answer is tryLater. Empty: always.
  std::function<bool()> may_answer = {};
  // Seconds since any fixed moment, whatever is done to the clock: the memory of nonces counts its window by
  // them. Without it, by the clock.
  std::function<pki::Seconds()> elapsed = {};
  // One memory of nonces over all machines of a log, beside this machine's own: one verdict for each mark, in
  // their order, fresh or repeated; anything else where that is not known, and the answer is tryLater. Called
  // from one thread with all that wait; it may take a second, for which nothing but the PIN-less path waits.
  // Must not throw. Empty: there are no other machines.
  std::function<std::vector<NonceVerdict>(std::span<const NonceMark>)> shared_nonces = {};
  // Until when another machine may have answered PIN-less requests, in seconds of `elapsed`. Its nonces are
  // not known here: that path answers tryLater for a nonce's memory afterwards. Absent: none has answered.
  std::optional<pki::Seconds> other_machine_until = {};
  // Called with what ends in internalError, from any thread; may be empty.
  http::ErrorHandler on_error = {};
};

// How long nonces are remembered: a timed one is good from a window before its time to a window after it.
[[nodiscard]] pki::Seconds nonce_memory(const ServiceOptions& options);

// What the service reads; all must outlive it.
struct ServiceSources {
  const store::Environment& environment;
  const verifier::Recognition& recognition;
  const pki::Clock& clock;
};

// What happened since the start, except the last five, which are now.
struct ServiceCounters {
  // By CA: [0] sign, [1] auth; then by AnswerKind.
  std::array<std::array<std::uint64_t, kAnswerKindCount>, 2> answers{};
  std::uint64_t cache_hits = 0;
  std::uint64_t signatures = 0;
  // Request signatures verified, whatever came out.
  std::uint64_t verifications = 0;
  std::uint64_t cached_answers = 0;
  std::uint64_t cached_bytes = 0;
  // For a signature; for the verification of theirs.
  std::uint64_t waiting = 0;
  std::uint64_t waiting_verifications = 0;
  // Of the PIN-less path.
  std::uint64_t remembered_nonces = 0;
};

// Usable from any thread. Destroy it after the servers that its handlers are mounted on have drained.
class Service final {
 public:
  // Every responder is tried first: its answer must satisfy our own reader. Errc::invalid_value names what is
  // wrong with one, or with an option; Errc::internal when replay_file cannot be used.
  static pki::Result<std::unique_ptr<Service>> create(const ServiceSources& sources,
                                                      std::vector<registry::SigningResponder> responders,
                                                      ServiceOptions options = {});
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Puts a new responder, of a generation that is served already or not yet, in place of the old one, after
  // its answer has satisfied our own reader; otherwise the old one stays.
  pki::Result<void> replace_responder(registry::SigningResponder responder);

  // The same for a generation that is about to be put on record, at most one at a time: self_test() does not
  // look for it in the store until it is on record. `begin` says that it is, `withdraw` that it will not be.
  pki::Result<void> announce_responder(registry::SigningResponder responder);
  void begin_announced();
  void withdraw_announced();
  // ServiceOptions::requests_per_second_max, from now on.
  void set_requests_per_second_max(std::uint32_t most);

  // Adds POST /ocsp/{sign,auth,auth/pinless} and GET of the same with a request behind; the service must
  // outlive the router's use.
  void mount(http::Router& router);

  [[nodiscard]] ServiceCounters counters() const;

  // For /readyz: reads the store and makes, reads and verifies a real answer of every responder.
  [[nodiscard]] pki::Result<void> self_test(pki::Time now) const;

 private:
  struct State;
  explicit Service(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace ocsp
