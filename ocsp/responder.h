// From the bytes of a request to an answer: every decision of the responder, without HTTP and without
// threads.
//
// A request is decoded, recognised and resolved once. What the serving thread cannot finish is a
// PendingAnswer, which says what it waits for and carries what is known so far: a request signature to be
// verified, then an answer to be signed. Decisions are made in the order of docs/api.md: malformedRequest,
// standing, issuer, status. The snapshot ends before anything is signed, and a signature is released only
// when a fresh one shows that its facts still hold.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "http/rate_limiter.h"
#include "ocsp/recent_requests.h"
#include "ocsp/replay_memory.h"
#include "ocsp/request_signature.h"
#include "ocsp/response_cache.h"
#include "ocsp/service.h"
#include "ocsp/signing_identity.h"

namespace ocsp {

// Whether the purpose that a request names is one.
enum class PurposeState : std::uint8_t { known, unknown };

struct ReceivedRequest {
  // OCSPRequest, DER.
  pki::ByteView request;
  // The CA name of the path.
  pki::CaName ca = pki::CaName::sign;
  // Where the request comes from. What it is signed with is added from the request itself.
  verifier::Evidence evidence;
  PurposeState purpose = PurposeState::known;
  // Whether it came over TLS.
  bool is_encrypted = false;
};

enum class Source : std::uint8_t { cached, signed_now };

struct SignedResponse {
  std::shared_ptr<const SignedAnswer> answer;
  Source source = Source::cached;
};

struct Decision {
  // An answer, or the status of an unsigned refusal.
  std::variant<SignedResponse, ResponseStatus> outcome;
  // Absent when the requester was not recognised, and where it need not be.
  std::optional<verifier::Requester> requester = {};
  // Its signature was proved before, with the same bytes: who sends it now need not be the requester.
  bool is_repeated = false;
};

// What a request waits for.
// share_nonce: on the PIN-less path, where other machines answer it, too.
enum class Step : std::uint8_t { verify_request, share_nonce, sign_answer };

// What its CertIDs mean here.
struct ResolvedRequest {
  const SigningIdentity* identity = nullptr;
  // Present when its answer may be cached.
  std::optional<CacheKey> key;
};

// A certificate that may be the signer's; views into the request.
struct ClaimedSigner {
  verifier::RequestSigner signer;
  verifier::SignerClaim claim = verifier::SignerClaim::credential;
};

// A request that a worker goes on with. The bytes behind `received` and `request` must outlive it.
struct PendingAnswer {
  Step step = Step::sign_answer;
  ReceivedRequest received;
  Request request;
  // Step::verify_request: whose the signature may be.
  std::vector<ClaimedSigner> claimed = {};
  // From Step::share_nonce on.
  std::optional<verifier::Requester> requester = {};
  bool is_repeated = false;
  // No machine has seen its nonce before, and all will know it.
  bool is_nonce_taken = false;
  ResolvedRequest resolved = {};

  // The same over a copy of the request's bytes.
  void move_to(pki::ByteView copy);
};

using Progress = std::variant<Decision, PendingAnswer>;

// Usable from any thread. No function throws: what goes wrong inside is internalError, and reported to
// options.on_error.
class Responder final {
 public:
  // `options` as validated by Service::create.
  Responder(const ServiceSources& sources, ServiceOptions options);

  // As far as the serving thread may go: refusals, cached answers, and answers of keys that sign in place.
  [[nodiscard]] Progress begin(const ReceivedRequest& received);
  // REQUIRES: Step::verify_request. Goes as far as begin() for a request whose signature verifies.
  [[nodiscard]] Progress verify(PendingAnswer pending);
  // REQUIRES: Step::share_nonce. A refusal, or nothing: then options().shared_nonces is to be asked for the
  // mark of it.
  [[nodiscard]] std::optional<Decision> take_nonce(const PendingAnswer& pending);
  [[nodiscard]] static NonceMark mark_of(const PendingAnswer& pending);
  // What it has said. A request of a fresh nonce goes on to Step::sign_answer.
  [[nodiscard]] Progress share_nonce(PendingAnswer pending, NonceVerdict verdict);
  // REQUIRES: Step::sign_answer.
  [[nodiscard]] Decision sign(const PendingAnswer& pending);
  // For want of a place to wait: a cached answer of an earlier window that is still right, else tryLater.
  [[nodiscard]] Decision decline(const PendingAnswer& pending);

  // Adds the responder, or puts it in the place of the one of the same generation.
  void install(std::unique_ptr<const SigningIdentity> identity);
  // From now on nothing is answered for the generation, if it was installed.
  void remove(registry::IssuerId issuer);
  // ServiceOptions::requests_per_second_max, from now on.
  void set_requests_per_second_max(std::uint32_t most) { rates_.set(most); }
  [[nodiscard]] const SigningIdentities& identities() const {
    return *current_.load(std::memory_order_acquire);
  }

  [[nodiscard]] const ServiceOptions& options() const { return options_; }
  [[nodiscard]] ResponseCache::Size cache_size() const { return cache_.size(); }
  // Before the first request: what the log has counts as remembered.
  void attach(ReplayLog::Opened opened) { replays_.attach(std::move(opened), moment()); }
  [[nodiscard]] std::size_t remembered_nonces() const { return replays_.size(); }
  [[nodiscard]] std::uint64_t signatures() const { return signatures_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t verifications() const { return verifications_.load(std::memory_order_relaxed); }

 private:
  struct UnsignedResponse {
    ResponseData data;
    SignedAnswer answer;
    // Of each CertID.
    std::vector<FactsVersion> versions;
    // The state of the store in which it was composed.
    std::uint64_t snapshot_id = 0;
  };

  Progress start(const ReceivedRequest& received);
  Progress claim(const ReceivedRequest& received, Request request);
  [[nodiscard]] std::vector<ClaimedSigner> find_claimed(const store::ReadTransaction& transaction,
                                                        const PendingAnswer& pending) const;
  Progress prove(PendingAnswer pending);
  Progress resolve_in(const store::ReadTransaction& transaction, PendingAnswer pending,
                      const std::optional<verifier::Identification>& recognised);
  Progress sign_in_place(Progress progress);
  Decision sign_answer(const PendingAnswer& pending);
  [[nodiscard]] bool identifies_requester(const ReceivedRequest& received) const;
  [[nodiscard]] pki::Result<ResolvedRequest> resolve(const store::ReadTransaction& transaction,
                                                     const PendingAnswer& pending) const;
  pki::Result<void> check_nonce(const PendingAnswer& pending);
  pki::Error refuse_nonce(const PendingAnswer& pending, RefusalKind kind, const pki::MessageText& why) const;
  [[nodiscard]] ReplayMemory::Moment moment() const;
  [[nodiscard]] bool is_out_of_time(pki::ByteView nonce) const;
  std::shared_ptr<const SignedAnswer> find_cached(const store::ReadTransaction& transaction,
                                                  const PendingAnswer& pending, bool is_overloaded);
  pki::Result<std::shared_ptr<const SignedAnswer>> make_answer(const PendingAnswer& pending);
  [[nodiscard]] pki::Result<UnsignedResponse> compose(const PendingAnswer& pending, pki::Time now) const;
  void add_caching_fields(const PendingAnswer& pending, UnsignedResponse& response) const;
  [[nodiscard]] bool facts_unchanged(const PendingAnswer& pending, const UnsignedResponse& response) const;
  void report(std::string_view what) const;

  ServiceSources sources_;
  ServiceOptions options_;
  ResponseCache cache_;
  ReplayMemory replays_;
  RecentRequests failed_;
  RecentRequests proved_;
  // By verifier.
  http::RateLimiter rates_;
  std::atomic<bool> nonces_unwritable_{false};
  std::atomic<std::uint64_t> signatures_{0};
  std::atomic<std::uint64_t> verifications_{0};
  std::mutex install_mutex_;
  // Every set that was ever in use, guarded by install_mutex_: a request may still be using one. Responders
  // are replaced a few times a year, so this stays small, and requests need no lock.
  std::vector<std::unique_ptr<const SigningIdentities>> sets_;
  std::atomic<const SigningIdentities*> current_{nullptr};
};

}  // namespace ocsp
