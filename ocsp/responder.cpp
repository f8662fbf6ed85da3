// The decisions, in their order: malformedRequest, standing, issuer, status.

#include "ocsp/responder.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "pki/messages/ocsp.h"
#include "pki/serial_number.h"

namespace ocsp {

namespace {

constexpr std::size_t kFailedRequestsMax = 4096;
// What a stranger who has seen requests can make of them is one answer each in this time.
constexpr std::size_t kProvedRequestsMax = 65536;
constexpr pki::Seconds kProvedRequestsKept{600};

bool is_signed_alone(const ReceivedRequest& received) {
  return received.evidence.purpose == verifier::Purpose::pinless;
}

Decision refuse(pki::Errc code) {
  return Decision{to_response_status(code)};
}
Decision refuse(pki::Errc code, const PendingAnswer& pending) {
  return Decision{to_response_status(code), pending.requester, pending.is_repeated};
}
Decision give(std::shared_ptr<const SignedAnswer> answer, Source source, const PendingAnswer& pending) {
  return Decision{SignedResponse{std::move(answer), source}, pending.requester, pending.is_repeated};
}

pki::ByteView moved(pki::ByteView view, pki::ByteView from, pki::ByteView to) {
  if (view.data() == nullptr) return view;
  return to.subspan(static_cast<std::size_t>(view.data() - from.data()), view.size());
}

}  // namespace

void PendingAnswer::move_to(pki::ByteView copy) {
  const pki::ByteView from = std::exchange(received.request, copy);
  const auto move = [&](pki::ByteView& view) { view = moved(view, from, copy); };
  request.rebase(from, copy);
  for (ClaimedSigner& one : claimed) {
    move(one.signer.certificate);
    for (pki::ByteView& other : one.signer.others)
      move(other);
  }
}

pki::Seconds nonce_memory(const ServiceOptions& options) {
  const bool is_timed = options.pinless_requirement == PinlessRequirement::timed_nonce;
  return is_timed ? 2 * options.replay_window + pki::Seconds{1} : options.replay_window;
}

Responder::Responder(const ServiceSources& sources, ServiceOptions options)
    : sources_(sources),
      options_(std::move(options)),
      cache_(options_.cache_bytes_max),
      replays_(nonce_memory(options_), options_.replay_entries_max),
      failed_(kFailedRequestsMax, pki::Seconds{1}),
      proved_(kProvedRequestsMax, kProvedRequestsKept),
      rates_(options_.requests_per_second_max) {
  sets_.push_back(std::make_unique<const SigningIdentities>());
  current_.store(sets_.back().get(), std::memory_order_release);
}

void Responder::install(std::unique_ptr<const SigningIdentity> identity) {
  const std::lock_guard lock(install_mutex_);
  auto next = std::make_unique<SigningIdentities>(*sets_.back());
  std::erase_if(next->identities, [&](const auto& known) { return known->issuer() == identity->issuer(); });
  next->identities.push_back(std::move(identity));
  sets_.push_back(std::move(next));
  current_.store(sets_.back().get(), std::memory_order_release);
}

void Responder::remove(registry::IssuerId issuer) {
  const std::lock_guard lock(install_mutex_);
  auto next = std::make_unique<SigningIdentities>(*sets_.back());
  std::erase_if(next->identities, [&](const auto& known) { return known->issuer() == issuer; });
  sets_.push_back(std::move(next));
  current_.store(sets_.back().get(), std::memory_order_release);
}

Progress Responder::begin(const ReceivedRequest& received) {
  try {
    return sign_in_place(start(received));
  } catch (const std::exception& fault) {
    report(fault.what());
    return refuse(pki::Errc::internal);
  }
}

Progress Responder::verify(PendingAnswer pending) {
  try {
    return sign_in_place(prove(std::move(pending)));
  } catch (const std::exception& fault) {
    report(fault.what());
    return refuse(pki::Errc::internal);
  }
}

std::optional<Decision> Responder::take_nonce(const PendingAnswer& pending) {
  try {
    const auto checked = check_nonce(pending);
    return checked ? std::nullopt : std::optional(refuse(checked.error().code, pending));
  } catch (const std::exception& fault) {
    report(fault.what());
    return refuse(pki::Errc::internal, pending);
  }
}

NonceMark Responder::mark_of(const PendingAnswer& pending) {
  return ReplayMemory::mark_of(pending.requester.value().credential.value(),
                               pending.request.nonce.value().value);
}

// A nonce of which no other machine knows for sure is not remembered here either: its sender may try again.
Progress Responder::share_nonce(PendingAnswer pending, NonceVerdict verdict) {
  if (verdict == NonceVerdict::fresh) {
    pending.is_nonce_taken = true;
    pending.step = Step::sign_answer;
    return pending;
  }
  if (verdict == NonceVerdict::repeated)
    return refuse(refuse_nonce(pending, RefusalKind::repeated_nonce, messages::nonce_used).code, pending);
  replays_.forget(pending.requester.value().credential.value(), pending.request.nonce.value().value);
  return refuse(pki::Errc::too_busy, pending);
}

Decision Responder::sign(const PendingAnswer& pending) {
  try {
    return sign_answer(pending);
  } catch (const pki::SignerAway&) {
    // Readiness says so; a line for each request would say no more.
    return refuse(pki::Errc::too_busy, pending);
  } catch (const std::exception& fault) {
    report(fault.what());
    return refuse(pki::Errc::internal, pending);
  }
}

Decision Responder::decline(const PendingAnswer& pending) {
  try {
    if (pending.step == Step::sign_answer && !is_signed_alone(pending.received)) {
      auto cached = find_cached(sources_.environment.read(), pending, true);
      if (cached) return give(std::move(cached), Source::cached, pending);
    }
    return refuse(pki::Errc::too_busy, pending);
  } catch (const std::exception& fault) {
    report(fault.what());
    return refuse(pki::Errc::internal, pending);
  }
}

// A signature that costs less than waiting for another thread is made at once.
Progress Responder::sign_in_place(Progress progress) {
  const auto* pending = std::get_if<PendingAnswer>(&progress);
  const bool is_cheap = pending != nullptr && pending->step == Step::sign_answer &&
                        pending->resolved.identity->signing_place() == SigningPlace::in_place;
  return is_cheap ? Progress(sign_answer(*pending)) : std::move(progress);
}

// Whether the answer depends on who asks.
bool Responder::identifies_requester(const ReceivedRequest& received) const {
  return options_.access == AccessPolicy::authorized_only || is_signed_alone(received);
}

Progress Responder::start(const ReceivedRequest& received) {
  pki::Result<Request> request = decode_request(received.request);
  if (!request) return refuse(request.error().code);
  if (is_signed_alone(received)) {
    if (!request->optional_signature) return refuse(pki::Errc::sig_required);
    if (options_.pinless_requirement == PinlessRequirement::https && !received.is_encrypted)
      return refuse(pki::Errc::unauthorized);
  }
  if (request->optional_signature && identifies_requester(received))
    return claim(received, std::move(*request));

  const store::ReadTransaction transaction = sources_.environment.read();
  std::optional<verifier::Identification> recognised;
  if (identifies_requester(received)) {
    auto found = sources_.recognition.recognise(transaction, received.evidence, sources_.clock.now());
    if (!found) return refuse(found.error().code);
    recognised = std::move(*found);
  }
  return resolve_in(transaction, {.received = received, .request = std::move(*request)}, recognised);
}

// Only look-ups: no arithmetic for a stranger's key.
Progress Responder::claim(const ReceivedRequest& received, Request request) {
  if (received.purpose == PurposeState::unknown) return refuse(pki::Errc::unauthorized);
  PendingAnswer pending{.step = Step::verify_request, .received = received, .request = std::move(request)};
  pending.claimed = find_claimed(sources_.environment.read(), pending);
  if (pending.claimed.empty() || failed_.contains(received.request, sources_.clock.now()))
    return refuse(pki::Errc::unauthorized);
  return pending;
}

// The certificates whose keys are worth trying, one for each key: of several the first is the signer's.
std::vector<ClaimedSigner> Responder::find_claimed(const store::ReadTransaction& transaction,
                                                   const PendingAnswer& pending) const {
  const auto named = named_signers(pending.request);
  if (!named) return {};
  std::vector<ClaimedSigner> claimed;
  std::vector<pki::Certificate> seen;
  for (const verifier::RequestSigner& signer : *named) {
    verifier::Evidence evidence = pending.received.evidence;
    const auto claim = sources_.recognition.claim_of(transaction, signer, evidence.purpose);
    if (claim == verifier::SignerClaim::none) continue;
    pki::Certificate certificate = pki::Certificate::decode(signer.certificate).value();
    const bool is_known = std::ranges::any_of(seen, [&](const pki::Certificate& other) {
      return pki::equal(other.subject_public_key_info(), certificate.subject_public_key_info());
    });
    if (is_known) continue;
    seen.push_back(std::move(certificate));
    evidence.request_signer = signer;
    // A credential is judged by its record alone; the path of another certificate has signatures to verify.
    const bool is_refused =
        claim == verifier::SignerClaim::credential &&
        sources_.recognition.recognise(transaction, evidence, sources_.clock.now()).has_error();
    if (!is_refused) claimed.push_back({signer, claim});
  }
  return claimed;
}

// Whose signature it is. A registered CA's signature over a certificate is checked, by recognise(), before
// the certificate's own key is used.
Progress Responder::prove(PendingAnswer pending) {
  bool is_forged = false;
  for (const ClaimedSigner& one : pending.claimed) {
    verifier::Evidence evidence = pending.received.evidence;
    evidence.request_signer = one.signer;
    const auto recognised =
        sources_.recognition.recognise(sources_.environment.read(), evidence, sources_.clock.now());
    if (!recognised) continue;
    verifications_.fetch_add(1, std::memory_order_relaxed);
    is_forged = !is_signed_with(pending.request, one.signer.certificate);
    if (is_forged) continue;
    pending.claimed.clear();
    // A connection shows who is at its other end, the bytes of a signature do not.
    pending.is_repeated = recognised->requester.method == verifier::RecognitionMethod::signature &&
                          !proved_.remember(pending.received.request, sources_.clock.now());
    return resolve_in(sources_.environment.read(), std::move(pending), *recognised);
  }
  // Standing may change in a second, bytes do not.
  if (is_forged) failed_.remember(pending.received.request, sources_.clock.now());
  return refuse(pki::Errc::unauthorized);
}

// Standing, issuer, and the cached answer. `recognised` is absent where everyone is answered.
Progress Responder::resolve_in(const store::ReadTransaction& transaction, PendingAnswer pending,
                               const std::optional<verifier::Identification>& recognised) {
  if (recognised) pending.requester = recognised->requester;
  if (pending.received.purpose == PurposeState::unknown) return refuse(pki::Errc::unauthorized, pending);
  if (recognised && !recognised->standing.may_ask(pending.received.ca, pending.received.evidence.purpose))
    return refuse(pki::Errc::unauthorized, pending);
  if (recognised && !pending.is_repeated &&
      !rates_.take(recognised->requester.verifier, std::chrono::steady_clock::now()))
    return refuse(pki::Errc::too_busy, pending);
  auto resolved = resolve(transaction, pending);
  if (!resolved) return refuse(resolved.error().code, pending);
  pending.resolved = std::move(*resolved);
  pending.step =
      is_signed_alone(pending.received) && options_.shared_nonces ? Step::share_nonce : Step::sign_answer;
  // On the PIN-less path nothing is given twice, so an answer cached for another path must not pass there.
  auto cached = is_signed_alone(pending.received) ? nullptr : find_cached(transaction, pending, false);
  if (cached) return give(std::move(cached), Source::cached, pending);
  return pending;
}

// A delegated responder speaks for one key, so CertIDs of two generations cannot be answered together.
pki::Result<ResolvedRequest> Responder::resolve(const store::ReadTransaction& transaction,
                                                const PendingAnswer& pending) const {
  const auto ids = pending.request.cert_ids.view();
  const SigningIdentity* identity = identities().find(pending.received.ca, ids.front());
  const bool all_ours = identity != nullptr && std::ranges::all_of(ids.subspan(1), [&](const CertId& id) {
                          return identity->matches(id);
                        });
  if (!all_ours) return pki::fail(pki::Errc::unauthorized, messages::ids_of_several);
  if (identity->ca_certificate().not_after() < sources_.clock.now())
    return pki::fail(pki::Errc::unauthorized, messages::ca_certificate_ended);
  // Act 38-2(1), 38-4(1)(2): these uses are of the certificate on the card, whose photo is compared.
  if (pending.received.evidence.purpose != verifier::Purpose::normal &&
      std::ranges::any_of(ids, [&](const CertId& id) {
        return is_of_phone(transaction, identity->issuer(), id.serial_content);
      }))
    return pki::fail(pki::Errc::unauthorized, messages::phone_has_no_such_use);

  ResolvedRequest resolved{identity, std::nullopt};
  if (const auto serial = pki::serial_from_content(ids.front().serial_content);
      serial && ids.size() == 1 && !pending.request.nonce)
    resolved.key =
        CacheKey{identity, serial->value, *ids.front().hash_algorithm, ids.front().hash_parameters};
  return resolved;
}

Decision Responder::sign_answer(const PendingAnswer& pending) {
  const bool pinless = is_signed_alone(pending.received);
  if (pinless && !pending.is_nonce_taken) {
    if (const auto checked = check_nonce(pending); !checked) return refuse(checked.error().code, pending);
  }
  auto answer = make_answer(pending);
  if (answer) return give(std::move(*answer), Source::signed_now, pending);
  if (answer.error().code == pki::Errc::internal) report(answer.error().text());
  if (pinless) replays_.forget(*pending.requester->credential, pending.request.nonce->value);
  return refuse(answer.error().code, pending);
}

// PinlessRequirement::timed_nonce: the first 8 bytes are the moment of the request.
bool Responder::is_out_of_time(pki::ByteView nonce) const {
  constexpr std::size_t kTimedNonceMin = 16, kTimedNonceMax = 32;
  if (nonce.size() < kTimedNonceMin || nonce.size() > kTimedNonceMax) return true;
  const std::uint64_t made_at = pki::read_big_endian(nonce.first(8));
  const auto now = static_cast<std::uint64_t>(sources_.clock.now_milliseconds());
  const auto window = static_cast<std::uint64_t>(options_.replay_window.count()) * 1000;
  return (made_at > now ? made_at - now : now - made_at) > window;
}

ReplayMemory::Moment Responder::moment() const {
  const pki::Time now = sources_.clock.now();
  return {now, options_.elapsed ? options_.elapsed() : pki::Seconds{pki::to_unix(now)}};
}

pki::Error Responder::refuse_nonce(const PendingAnswer& pending, RefusalKind kind,
                                   const pki::MessageText& why) const {
  if (options_.on_refusal) options_.on_refusal({pending.requester.value(), kind});
  return pki::fail(pki::Errc::unauthorized, why);
}

// The PIN-less path answers a signed request once within the window: the nonce makes it one of its kind.
pki::Result<void> Responder::check_nonce(const PendingAnswer& pending) {
  if (!pending.request.nonce)
    return refuse_nonce(pending, RefusalKind::missing_nonce, messages::pinless_without_nonce);
  const pki::ByteView nonce = pending.request.nonce->value;
  if (options_.pinless_requirement == PinlessRequirement::timed_nonce && is_out_of_time(nonce))
    return refuse_nonce(pending, RefusalKind::nonce_out_of_time, messages::nonce_not_timed);
  const ReplayMemory::Moment now = moment();
  const auto& others = options_.other_machine_until;
  if (others && now.elapsed <= *others + nonce_memory(options_))
    return pki::fail(pki::Errc::too_busy, messages::nonces_of_another_machine);
  switch (replays_.check(pending.requester.value().credential.value(), nonce, now)) {
    case NonceVerdict::fresh:
      nonces_unwritable_ = false;
      return {};
    case NonceVerdict::repeated:
      return refuse_nonce(pending, RefusalKind::repeated_nonce, messages::nonce_used);
    case NonceVerdict::full:
      break;
    case NonceVerdict::unwritable:
      // Reported once: a full disk needs no line for each request.
      if (!nonces_unwritable_.exchange(true))
        report(pki::Message(messages::nonces_unwritable).in(pki::Language::en));
      return pki::fail(pki::Errc::too_busy, messages::nonce_not_kept);
  }
  return pki::fail(pki::Errc::too_busy, messages::too_many_nonces);
}

void Responder::report(std::string_view what) const {
  if (options_.on_error) options_.on_error("OCSP: " + std::string(what));
}

}  // namespace ocsp
