// From the octets of a request to an answer: every decision of the responder, without HTTP and without
// threads.
//
// Each request is decided in one snapshot: decode, standing, issuer, then the kept answer or the facts. The
// snapshot ends before anything is signed, and a signature is released only when a fresh one shows that its
// facts still stand.

#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "ocsp/kept_answers.h"
#include "ocsp/replay_memory.h"
#include "ocsp/responder.h"
#include "ocsp/service.h"

namespace ocsp {

// Whether the purpose that a request names is one.
enum class PurposeState : std::uint8_t { known, unknown };

struct Question {
  // OCSPRequest, DER.
  pki::ByteView request;
  // The CA name of the path.
  pki::CaName ca = pki::CaName::sign;
  // Where the request comes from. What it is signed with is added from the request itself.
  verifier::Evidence evidence;
  PurposeState purpose = PurposeState::known;
};

// How far to go for an answer.
enum class Effort : std::uint8_t {
  at_once,     // Refusals, kept answers, and signatures that are made in place.
  sign,        // The same, and any signature.
  overloaded,  // The same as at_once; then a kept answer of an earlier window that is still right; then
               // tryLater.
};

enum class Source : std::uint8_t { kept, signed_now };

struct Given {
  std::shared_ptr<const SignedAnswer> answer;
  Source source = Source::kept;
};

// What a request ends in: an answer, or the status of an unsigned refusal.
using Outcome = std::variant<Given, ResponseStatus>;

struct Decision {
  Outcome outcome;
  // Absent when nobody was recognised, and where nobody needs to be.
  std::optional<verifier::Asker> asker = {};
};

// Usable from any thread.
class Answering final {
 public:
  // `options` as validated by Service::create.
  Answering(const ServiceSources& sources, ServiceOptions options);

  // Nothing when Effort::at_once is not enough. Does not throw: what goes wrong inside is internalError, and
  // told to options.on_error.
  [[nodiscard]] std::optional<Decision> answer(const Question& question, Effort effort);

  // Adds the responder, or puts it in the place of the one of the same generation.
  void install(std::unique_ptr<const Responder> responder);
  [[nodiscard]] const ResponderSet& responders() const { return *current_.load(std::memory_order_acquire); }

  [[nodiscard]] const ServiceOptions& options() const { return options_; }
  [[nodiscard]] KeptAnswers::Size kept_size() const { return kept_.size(); }
  // Before the first question: what the log has counts as remembered.
  void attach(ReplayLog::Opened opened) { replays_.attach(std::move(opened)); }
  [[nodiscard]] std::size_t remembered_nonces() const { return replays_.size(); }
  [[nodiscard]] std::uint64_t signatures() const { return signatures_.load(std::memory_order_relaxed); }

 private:
  // A request that may be answered.
  struct Admitted {
    Request request;
    const Responder* responder = nullptr;
    // Present when its answer may be kept.
    std::optional<KeptKey> key;
  };
  struct Draft {
    ResponseData data;
    SignedAnswer answer;
    // Of each CertID.
    std::vector<FactsVersion> versions;
  };

  std::optional<Decision> decide(const Question& question, Effort effort);
  [[nodiscard]] bool asks_who(const Question& question) const;
  pki::Result<std::optional<verifier::Asker>> recognise(const store::ReadTransaction& transaction,
                                                        const Question& question) const;
  [[nodiscard]] std::optional<verifier::Asker> refused_asker(const store::ReadTransaction& transaction,
                                                             const Question& question) const;
  pki::Result<Admitted> admit(Request request, const Question& question) const;
  pki::Result<void> check_replay(const Admitted& admitted, const verifier::Asker& asker);
  Outcome sign_outcome(const Admitted& admitted);
  std::shared_ptr<const SignedAnswer> find_kept(const store::ReadTransaction& transaction,
                                                const Admitted& admitted, Effort effort);
  pki::Result<std::shared_ptr<const SignedAnswer>> sign(const Admitted& admitted);
  pki::Result<Draft> draft(const Admitted& admitted, pki::Time now) const;
  void complete(const Admitted& admitted, Draft& draft) const;
  [[nodiscard]] bool still_stands(const Admitted& admitted, const Draft& draft) const;
  void report(std::string_view what) const;

  ServiceSources sources_;
  ServiceOptions options_;
  KeptAnswers kept_;
  ReplayMemory replays_;
  std::atomic<bool> nonces_unwritable_{false};
  std::atomic<std::uint64_t> signatures_{0};
  std::mutex install_mutex_;
  // Every set that was ever in use, guarded by install_mutex_: a request may still be using one. Responders
  // are replaced a few times a year, so this stays small, and requests need no lock.
  std::vector<std::unique_ptr<const ResponderSet>> sets_;
  std::atomic<const ResponderSet*> current_{nullptr};
};

}  // namespace ocsp
