// HTTP around ocsp/responder.h: where the request is in a message, which fields an answer carries, and who
// signs.

#include "ocsp/service.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "http/conditional.h"
#include "http/url.h"
#include "ocsp/responder.h"
#include "ocsp/signer_queue.h"
#include "ocsp/target.h"
#include "ocsp/verification_queue.h"
#include "pki/messages/ocsp.h"

namespace ocsp {

namespace {

constexpr std::string_view kContentType = "application/ocsp-response";

constexpr std::size_t index_of(pki::CaName ca) {
  return ca == pki::CaName::sign ? 0 : 1;
}

constexpr pki::CaName ca_of(ServicePath service_path) {
  return service_path == ServicePath::sign ? pki::CaName::sign : pki::CaName::auth;
}

// The query may say purpose=kazashi, for authentication certificates (Act 38-4). Nothing when it says
// anything else.
std::optional<verifier::Purpose> purpose_of(ServicePath service_path, std::string_view query) {
  const auto own =
      service_path == ServicePath::pinless ? verifier::Purpose::pinless : verifier::Purpose::normal;
  if (query.empty()) return own;
  const auto named = http::query_value(query, "purpose");
  if (!named) return own;
  const bool is_kazashi =
      service_path == ServicePath::auth && *named == to_string(verifier::Purpose::kazashi);
  return is_kazashi ? std::optional(verifier::Purpose::kazashi) : std::nullopt;
}

// What the connection shows about the client.
ReceivedRequest receive(ServicePath service_path, const http::Request& request, pki::ByteView bytes) {
  ReceivedRequest received{
      .request = bytes, .ca = ca_of(service_path), .evidence = {.address = request.peer.address}};
  if (request.peer.client_certificate)
    received.evidence.client_certificate = *request.peer.client_certificate;
  const auto purpose = purpose_of(service_path, request.query);
  if (!purpose) received.purpose = PurposeState::unknown;
  received.evidence.purpose = purpose.value_or(verifier::Purpose::normal);
  received.is_encrypted = request.peer.is_encrypted;
  return received;
}

AnswerKind to_answer(ResponseStatus status) {
  switch (status) {
    case ResponseStatus::malformed_request:
      return AnswerKind::malformed;
    case ResponseStatus::try_later:
      return AnswerKind::try_later;
    case ResponseStatus::sig_required:
      return AnswerKind::sig_required;
    case ResponseStatus::unauthorized:
      return AnswerKind::unauthorized;
    default:
      return AnswerKind::internal;
  }
}

// Counts of one thread's requests; threads share one only when there are more than kCounterShards.
struct alignas(64) CounterShard {
  std::array<std::array<std::atomic<std::uint64_t>, kAnswerKindCount>, 2> answers{};
  std::atomic<std::uint64_t> cache_hits{0};
};
constexpr std::size_t kCounterShards = 16;

// The OCSPRequest of a message. `decoded` owns it when it came in the path.
struct RequestBytes {
  pki::Bytes decoded;
  pki::ByteView view;
};

// What is no base64 in the path becomes an empty request, which is malformed as it should be.
RequestBytes request_bytes(const Target& target, const http::Request& request) {
  if (request.method == http::Method::post) return {{}, request.body};
  auto decoded = decode_get_path(target.rest);
  if (!decoded) return {};
  RequestBytes result{std::move(*decoded), {}};
  result.view = result.decoded;
  return result;
}

// What is wrong with the method or with the path beyond the endpoint; nothing when it may be answered. HEAD
// is not: the length of an answer alone distinguishes good from revoked, and nothing would be counted (Act
// 40).
std::optional<http::Response> misdirected(const std::optional<Target>& target, http::Method method) {
  if (!target) return http::problem(404, "Not Found");
  const bool is_post_path = target->rest.empty();
  const bool is_allowed = method == http::Method::get || (method == http::Method::post && is_post_path);
  if (is_allowed) return std::nullopt;
  http::Response response = http::problem(405, "Method Not Allowed");
  response.headers.push_back({"Allow", is_post_path ? "GET, POST" : "GET"});
  return response;
}

std::size_t thread_count(std::size_t wanted) {
  return wanted != 0 ? wanted : std::max<std::size_t>(1, std::thread::hardware_concurrency() / 2);
}

pki::Result<void> check(const ServiceOptions& options) {
  if (options.grid < pki::Seconds{0}) return pki::invalid("grid", messages::grid_negative);
  if (options.next_update_after < std::max(options.grid, pki::Seconds{1}))
    return pki::invalid("next_update_after", messages::next_update_short);
  if (options.replay_window < pki::Seconds{1})
    return pki::invalid("replay_window", messages::replay_window_short);
  if (options.signer_queue_length == 0 || options.verification_queue_length == 0)
    return pki::invalid("signer_queue_length", messages::queue_without_place);
  return {};
}

}  // namespace

using NonceQueue = pki::WorkerPool<WaitingRequest>;

// Everything behind the handlers.
struct Service::State {
  State(const ServiceSources& the_sources, ServiceOptions options)
      : sources(the_sources),
        responder(the_sources, std::move(options)),
        no_store(http::make_header_block(
            {{"Content-Type", std::string(kContentType)}, {"Cache-Control", "no-store"}})),
        signatures(
            {thread_count(responder.options().signer_threads), responder.options().signer_queue_length},
            [this](const WaitingRequest& waiting) { return sign(waiting); }),
        verifications(
            std::max<std::size_t>(1, responder.options().verifier_threads),
            TurnsByAddress(responder.options().verification_queue_length,
                           responder.options().verification_queue_length / 4 + 1),
            VerificationQueue::one_by_one([this](WaitingRequest waiting) { verify(std::move(waiting)); })) {
    if (responder.options().shared_nonces)
      nonces.emplace(1, pki::FirstInFirstOut<WaitingRequest>(responder.options().signer_queue_length),
                     [this](NonceQueue::Queue& queue) { share_nonces(queue); });
    for (std::size_t value = 0; value < refusals.size(); ++value) {
      const auto bytes = encode_error(static_cast<ResponseStatus>(value));
      refusals.at(value) = std::make_shared<const pki::Bytes>(bytes.begin(), bytes.end());
    }
  }

  // An answer, or nothing for a request that waits.
  std::optional<http::Response> handle(const Target& target, const http::Request& request,
                                       http::Deferral& deferral) {
    RequestBytes bytes = request_bytes(target, request);
    const ReceivedRequest received = receive(target.service_path, request, bytes.view);
    if (!may_answer())
      return respond(received, {.outcome = ResponseStatus::try_later, .requester = {}}, request);
    Progress progress = responder.begin(received);
    if (const auto* decision = std::get_if<Decision>(&progress)) return respond(received, *decision, request);
    wait(keep_waiting(request, std::move(bytes.decoded), std::move(std::get<PendingAnswer>(progress)),
                      deferral.defer()));
    return std::nullopt;
  }

  void wait(WaitingRequest waiting) {
    auto rejected = push(std::move(waiting));
    if (!rejected) return;
    const Decision decision = responder.decline(rejected->pending);
    rejected->reply(respond(rejected->pending.received, decision, rejected->request));
  }

  std::optional<WaitingRequest> push(WaitingRequest waiting) {
    switch (waiting.pending.step) {
      case Step::verify_request:
        return verifications.push(std::move(waiting));
      case Step::share_nonce:
        return nonces->push(std::move(waiting));
      case Step::sign_answer:
        break;
    }
    return signatures.push(std::move(waiting));
  }

  // On the thread that asks for nonces: whatever waits is asked for at once.
  void share_nonces(NonceQueue::Queue& queue) {
    constexpr std::size_t kAtOnce = 256;
    while (auto first = queue.pop()) {
      std::vector<WaitingRequest> all;
      std::vector<NonceMark> marks;
      for (auto next = std::move(first); next; next = all.size() < kAtOnce ? queue.try_pop() : std::nullopt) {
        if (const auto refusal = responder.take_nonce(next->pending)) {
          next->reply(respond(next->pending.received, *refusal, next->request));
          continue;
        }
        marks.push_back(Responder::mark_of(next->pending));
        all.push_back(std::move(*next));
      }
      const auto verdicts =
          marks.empty() ? std::vector<NonceVerdict>() : responder.options().shared_nonces(marks);
      for (std::size_t i = 0; i < all.size(); ++i)
        go_on(std::move(all[i]), i < verdicts.size() ? verdicts[i] : NonceVerdict::unwritable);
    }
  }

  void go_on(WaitingRequest waiting, NonceVerdict verdict) {
    const ReceivedRequest received = waiting.pending.received;
    Progress progress = responder.share_nonce(std::move(waiting.pending), verdict);
    if (const auto* decision = std::get_if<Decision>(&progress))
      return waiting.reply(respond(received, *decision, waiting.request));
    waiting.pending = std::move(std::get<PendingAnswer>(progress));
    wait(std::move(waiting));
  }

  // On a thread of the verification queue.
  void verify(WaitingRequest waiting) {
    try {
      const ReceivedRequest received = waiting.pending.received;
      Progress progress = responder.verify(std::move(waiting.pending));
      if (const auto* decision = std::get_if<Decision>(&progress))
        return waiting.reply(respond(received, *decision, waiting.request));
      waiting.pending = std::move(std::get<PendingAnswer>(progress));
      wait(std::move(waiting));
    } catch (const std::exception& fault) {
      report(fault.what());
    }
  }

  // On a thread of the signer queue. Nothing after a fault.
  std::optional<http::Response> sign(const WaitingRequest& waiting) {
    try {
      return respond(waiting.pending.received, responder.sign(waiting.pending), waiting.request);
    } catch (const std::exception& fault) {
      report(fault.what());
      return std::nullopt;
    }
  }

  void report(const char* what) const {
    if (responder.options().on_error) responder.options().on_error(std::string("OCSP: ") + what);
  }

  [[nodiscard]] bool may_answer() const {
    const auto& may = responder.options().may_answer;
    return !may || may();
  }

  // Whether anything may be said is asked once more when it is to be said: a request that has waited, or a
  // machine that stood still, may have an answer from before what was acknowledged meanwhile.
  http::Response respond(const ReceivedRequest& received, const Decision& decision,
                         const http::Request& request) {
    if (std::holds_alternative<SignedResponse>(decision.outcome) && !may_answer())
      return say(received,
                 {.outcome = ResponseStatus::try_later,
                  .requester = decision.requester,
                  .is_repeated = decision.is_repeated},
                 request);
    return say(received, decision, request);
  }

  http::Response say(const ReceivedRequest& received, const Decision& decision,
                     const http::Request& request) {
    count(received, decision, request);
    const auto* status = std::get_if<ResponseStatus>(&decision.outcome);
    http::Response response = status != nullptr
                                  ? refuse(*status)
                                  : give(request, std::get<SignedResponse>(decision.outcome).answer);
    response.is_for_known_client = decision.requester.has_value() && !decision.is_repeated;
    return response;
  }

  [[nodiscard]] http::Response refuse(ResponseStatus status) const {
    http::Response response;
    response.header_block = no_store;
    response.body = refusals.at(static_cast<std::size_t>(status));
    return response;
  }

  // Only what a shared cache may keep for everyone carries caching fields: an answer to GET without nonce, of
  // a responder that is open to all. Last-Modified has whole seconds, in which a state may change twice, so
  // only the entity tag makes a 304.
  [[nodiscard]] http::Response give(const http::Request& request,
                                    const std::shared_ptr<const SignedAnswer>& answer) const {
    http::Response response;
    if (request.method == http::Method::post || !answer->caching_fields) {
      response.header_block = no_store;
      response.body = std::shared_ptr<const pki::Bytes>(answer, &answer->body);
      return response;
    }
    const auto left = std::max(answer->next_update - sources.clock.now(), pki::Seconds{0});
    response.header_block = answer->caching_fields;
    response.headers.push_back({"Cache-Control", "max-age=" + std::to_string(left.count()) +
                                                     ", public, no-transform, must-revalidate"});
    if (http::is_not_modified(request, {.etag = answer->etag, .last_modified = std::nullopt})) {
      response.status = 304;
      return response;
    }
    response.content_type = kContentType;
    response.body = std::shared_ptr<const pki::Bytes>(answer, &answer->body);
    return response;
  }

  // The one place where what happened is counted.
  void count(const ReceivedRequest& received, const Decision& decision, const http::Request& request) {
    const pki::CaName ca = received.ca;
    CounterShard& shard = shards.at(request.worker % kCounterShards);
    AnsweredRequest answered{.requester = {}, .ca = ca, .counts = {}, .worker = request.worker};
    answered.purpose = received.evidence.purpose;
    const auto add = [&](AnswerKind answer, std::uint32_t number) {
      if (number == 0) return;
      const auto index = static_cast<std::size_t>(answer);
      shard.answers.at(index_of(ca)).at(index).fetch_add(number, std::memory_order_relaxed);
      answered.counts.at(index) = number;
    };
    if (const auto* status = std::get_if<ResponseStatus>(&decision.outcome)) {
      add(to_answer(*status), 1);
    } else {
      const SignedResponse& given = std::get<SignedResponse>(decision.outcome);
      if (given.source == Source::cached) shard.cache_hits.fetch_add(1, std::memory_order_relaxed);
      add(AnswerKind::good, given.answer->tally.good);
      add(AnswerKind::revoked, given.answer->tally.revoked);
      add(AnswerKind::unknown, given.answer->tally.unknown);
    }
    if (!responder.options().on_answered) return;
    answered.requester = decision.requester;
    responder.options().on_answered(answered);
  }

  ServiceSources sources;
  Responder responder;
  std::array<CounterShard, kCounterShards> shards;
  http::HeaderBlock no_store;
  // By ResponseStatus.
  std::array<std::shared_ptr<const pki::Bytes>, 7> refusals;
  std::mutex announced_mutex;
  std::optional<registry::IssuerId> announced;  // Guarded by announced_mutex.
  // Last, so that their threads end before what they use; each fills those before it.
  SignerQueue signatures;
  std::optional<NonceQueue> nonces;  // Where there are shared nonces.
  VerificationQueue verifications;
};

std::string_view to_string(AnswerKind answer) {
  constexpr std::array<std::string_view, kAnswerKindCount> kNames = {
      "good", "revoked", "unknown", "malformed", "try_later", "internal", "sig_required", "unauthorized"};
  return kNames.at(static_cast<std::size_t>(answer));
}

std::string_view to_string(RefusalKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"missing nonce", "repeated nonce", "nonce out of time"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}

Service::~Service() = default;

pki::Result<std::unique_ptr<Service>> Service::create(const ServiceSources& sources,
                                                      std::vector<registry::SigningResponder> responders,
                                                      ServiceOptions options) {
  TRY(check(options));
  std::unique_ptr<Service> service(new Service(std::make_unique<State>(sources, std::move(options))));
  for (registry::SigningResponder& one : responders)
    TRY(service->replace_responder(std::move(one)));
  Responder& responder = service->state_->responder;
  if (const auto& file = responder.options().replay_file; !file.empty()) {
    TRY_ASSIGN(ReplayLog::Opened opened,
               ReplayLog::open(file, nonce_memory(responder.options()), sources.clock.now()));
    responder.attach(std::move(opened));
  }
  return service;
}

pki::Result<void> Service::announce_responder(registry::SigningResponder responder) {
  {
    const std::lock_guard lock(state_->announced_mutex);
    state_->announced = responder.issuer;
  }
  return replace_responder(std::move(responder));
}

void Service::begin_announced() {
  const std::lock_guard lock(state_->announced_mutex);
  state_->announced.reset();
}

void Service::withdraw_announced() {
  const std::lock_guard lock(state_->announced_mutex);
  if (!state_->announced) return;
  state_->responder.remove(*state_->announced);
  state_->announced.reset();
}

void Service::set_requests_per_second_max(std::uint32_t most) {
  state_->responder.set_requests_per_second_max(most);
}

pki::Result<void> Service::replace_responder(registry::SigningResponder signing) {
  Responder& responder = state_->responder;
  TRY_ASSIGN(auto identity,
             SigningIdentity::make(signing, responder.options().responder_id, state_->sources.clock.now()));
  responder.install(std::move(identity));
  return {};
}

void Service::mount(http::Router& router) {
  State* state = state_.get();
  const auto anywhere = [state](const http::Request& request, http::Deferral& deferral) {
    const auto target = target_of(request.path);
    if (auto refusal = misdirected(target, request.method)) return std::optional(std::move(*refusal));
    return state->handle(*target, request, deferral);
  };
  // Where slashes too many may stand before the end of an endpoint's path.
  std::vector<std::string> prefixes = {"//", "/ocsp//"};
  for (const ServicePath service_path : kServicePaths) {
    const std::string path(path_of(service_path));
    router.add_deferring(http::Method::post, path,
                         [state, service_path](const http::Request& request, http::Deferral& deferral) {
                           return state->handle({.service_path = service_path}, request, deferral);
                         });
    prefixes.push_back(path + "/");
  }
  // Every method has a route, which refuses the others with what this path allows: HEAD would be served as a
  // GET.
  for (const std::string& prefix : prefixes)
    for (std::size_t method = 0; method < http::kMethodCount; ++method)
      router.add_prefix(static_cast<http::Method>(method), prefix, http::DeferringHandler(anywhere));
}

ServiceCounters Service::counters() const {
  ServiceCounters counters;
  for (const CounterShard& shard : state_->shards) {
    counters.cache_hits += shard.cache_hits.load(std::memory_order_relaxed);
    for (std::size_t ca = 0; ca < counters.answers.size(); ++ca)
      for (std::size_t answer = 0; answer < kAnswerKindCount; ++answer)
        counters.answers.at(ca).at(answer) += shard.answers.at(ca).at(answer).load(std::memory_order_relaxed);
  }
  counters.signatures = state_->responder.signatures();
  counters.verifications = state_->responder.verifications();
  const ResponseCache::Size size = state_->responder.cache_size();
  counters.cached_answers = size.answers;
  counters.cached_bytes = size.bytes;
  counters.waiting = state_->signatures.waiting();
  counters.waiting_verifications = state_->verifications.waiting();
  counters.remembered_nonces = state_->responder.remembered_nonces();
  return counters;
}

pki::Result<void> Service::self_test(pki::Time now) const {
  const SigningIdentities& set = state_->responder.identities();
  if (set.identities.empty()) return pki::fail(pki::Errc::internal, messages::no_responder);
  try {
    // Before the snapshot: what has begun by now is on record in it.
    const auto announced = [&] {
      const std::lock_guard lock(state_->announced_mutex);
      return state_->announced;
    }();
    const store::ReadTransaction transaction = state_->sources.environment.read();
    for (const auto& responder : set.identities)
      if (responder->issuer() != announced) (void)responder->compromise_cache().read(transaction);
  } catch (const std::exception& fault) {
    return pki::fail(pki::Errc::internal, {messages::store_unreadable, pki::message_of(fault)});
  }
  for (const auto& responder : set.identities)
    TRY(responder->self_test(now));
  return {};
}

}  // namespace ocsp
