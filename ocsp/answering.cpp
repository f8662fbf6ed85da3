// The decisions, in the order of interface.md section 7: malformedRequest, standing, issuer, status.

#include "ocsp/answering.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "ocsp/request_signature.h"
#include "pki/hash.h"
#include "pki/serial_number.h"

namespace ocsp {

namespace {

// A change between reading and releasing means signing anew; so often in a row only by somebody's fault.
constexpr int kMaxAttempts = 4;

// RFC 6960 section 2.2: what "revoked" says of a certificate that was never issued.
constexpr Revoked kNeverIssued{pki::Time{}, pki::CrlReason::certificate_hold};

bool is_right_at(const SignedAnswer& answer, pki::Time now, pki::Seconds grid, Effort effort) {
  if (answer.produced_at > now) return false;
  if (now < answer.fresh_until) return true;
  // An earlier window's answer is still true, since its facts stand, but it is used up only in need, and only
  // while a client has a whole window left to use it in.
  return effort == Effort::overloaded && now + grid <= answer.next_update;
}

void count(Tally& tally, const CertStatus& status) {
  if (std::holds_alternative<Good>(status)) {
    ++tally.good;
  } else if (std::holds_alternative<Revoked>(status)) {
    ++tally.revoked;
  } else {
    ++tally.unknown;
  }
}

}  // namespace

Answering::Answering(const ServiceSources& sources, ServiceOptions options)
    : sources_(sources),
      options_(std::move(options)),
      kept_(options_.kept_answer_bytes_max),
      replays_(options_.replay_window, options_.replay_entries_max) {
  sets_.push_back(std::make_unique<const ResponderSet>());
  current_.store(sets_.back().get(), std::memory_order_release);
}

void Answering::install(std::unique_ptr<const Responder> responder) {
  const std::lock_guard lock(install_mutex_);
  auto next = std::make_unique<ResponderSet>(*sets_.back());
  std::erase_if(next->responders, [&](const auto& known) { return known->issuer() == responder->issuer(); });
  next->responders.push_back(std::move(responder));
  sets_.push_back(std::move(next));
  current_.store(sets_.back().get(), std::memory_order_release);
}

std::optional<Decision> Answering::answer(const Question& question, Effort effort) {
  try {
    return decide(question, effort);
  } catch (const std::exception& fault) {
    report(fault.what());
    return Decision{ResponseStatus::internal_error};
  }
}

// Whether the answer depends on who asks.
bool Answering::asks_who(const Question& question) const {
  return options_.access == AccessPolicy::authorized_only ||
         question.evidence.purpose == verifier::Purpose::pinless;
}

std::optional<Decision> Answering::decide(const Question& question, Effort effort) {
  pki::Result<Request> request = decode_request(question.request);
  if (!request) return Decision{to_response_status(request.error().code)};
  const bool pinless = question.evidence.purpose == verifier::Purpose::pinless;
  if (pinless && !request->optional_signature) return Decision{ResponseStatus::sig_required};
  // To verify a signature costs as much as to make some: that is not for the serving threads.
  const bool must_verify = request->optional_signature && asks_who(question);
  if (must_verify && effort == Effort::at_once) return std::nullopt;
  if (must_verify && effort == Effort::overloaded) return Decision{ResponseStatus::try_later};

  Question evidence = question;
  if (must_verify) {
    auto signer = verify_request_signature(*request);
    if (!signer) return Decision{to_response_status(signer.error().code)};
    evidence.evidence.request_signer = std::move(*signer);
  }
  std::optional<verifier::Asker> asker;
  std::optional<Admitted> admitted;
  {
    const store::ReadTransaction transaction = sources_.environment.read();
    auto recognised = recognise(transaction, evidence);
    if (!recognised)
      return Decision{to_response_status(recognised.error().code), refused_asker(transaction, evidence)};
    asker = *recognised;
    pki::Result<Admitted> result = admit(std::move(*request), question);
    if (!result) return Decision{to_response_status(result.error().code), asker};
    admitted = std::move(*result);
    // On the PIN-less path nothing is given twice, so an answer kept for another path must not pass there.
    auto kept = pinless ? nullptr : find_kept(transaction, *admitted, effort);
    if (kept) return Decision{Given{std::move(kept), Source::kept}, asker};
  }

  const bool may_sign =
      effort == Effort::sign || admitted->responder->signing_place() == SigningPlace::in_place;
  if (!may_sign) {
    if (effort == Effort::at_once) return std::nullopt;
    return Decision{ResponseStatus::try_later, asker};
  }
  if (pinless) {
    const auto checked = check_replay(*admitted, *asker);
    if (!checked) return Decision{to_response_status(checked.error().code), asker};
  }
  Decision decision{sign_outcome(*admitted), asker};
  if (pinless && std::holds_alternative<ResponseStatus>(decision.outcome))
    replays_.forget(*asker->credential, *admitted->request.nonce);
  return decision;
}

Outcome Answering::sign_outcome(const Admitted& admitted) {
  auto signed_answer = sign(admitted);
  if (signed_answer) return Given{std::move(*signed_answer), Source::signed_now};
  if (signed_answer.error().code == pki::Errc::internal) report(signed_answer.error().detail);
  return to_response_status(signed_answer.error().code);
}

// Standing at the moment of the request.
pki::Result<std::optional<verifier::Asker>> Answering::recognise(const store::ReadTransaction& transaction,
                                                                 const Question& question) const {
  if (question.purpose == PurposeState::unknown)
    return pki::fail(pki::Errc::unauthorized, "there is no such purpose: leave it out, or say kazashi");
  if (!asks_who(question)) return std::optional<verifier::Asker>();
  TRY_ASSIGN(verifier::Asker asker,
             sources_.recognition.require(transaction, question.evidence, question.ca, sources_.clock.now()));
  return std::optional(asker);
}

// Who is refused for want of standing, so that the refusal is counted by name.
std::optional<verifier::Asker> Answering::refused_asker(const store::ReadTransaction& transaction,
                                                        const Question& question) const {
  const auto recognised =
      sources_.recognition.recognise(transaction, question.evidence, sources_.clock.now());
  return recognised ? std::optional(recognised->asker) : std::nullopt;
}

// A delegated responder speaks for one key, so CertIDs of two generations cannot be answered together.
pki::Result<Answering::Admitted> Answering::admit(Request request, const Question& question) const {
  const auto ids = request.cert_ids.view();
  const Responder* responder = responders().find(question.ca, ids.front());
  const bool all_ours = responder != nullptr && std::ranges::all_of(ids.subspan(1), [&](const CertId& id) {
                          return responder->matches(id);
                        });
  if (!all_ours) return pki::fail(pki::Errc::unauthorized, "a CertID is not of the one CA generation asked");

  std::optional<KeptKey> key;
  if (const auto serial = pki::serial_from_content(ids.front().serial_content);
      serial && ids.size() == 1 && !request.nonce)
    key = KeptKey{responder, serial->value, *ids.front().hash_algorithm, ids.front().hash_parameters};
  return Admitted{std::move(request), responder, key};
}

// The PIN-less path answers each signed request once: the nonce makes it one of its kind.
pki::Result<void> Answering::check_replay(const Admitted& admitted, const verifier::Asker& asker) {
  const auto refuse = [&](RefusalKind kind, const char* why) {
    if (options_.on_refusal) options_.on_refusal({asker, kind});
    return pki::fail(pki::Errc::unauthorized, why);
  };
  if (!admitted.request.nonce)
    return refuse(RefusalKind::missing_nonce, "a request on the PIN-less path needs a nonce");
  switch (replays_.check(asker.credential.value(), *admitted.request.nonce, sources_.clock.now())) {
    case NonceVerdict::fresh:
      nonces_unwritable_ = false;
      return {};
    case NonceVerdict::repeated:
      return refuse(RefusalKind::repeated_nonce, "the nonce was used before: the request is a repeat");
    case NonceVerdict::full:
      break;
    case NonceVerdict::unwritable:
      // Said once: a full disk needs no line for each request.
      if (!nonces_unwritable_.exchange(true))
        report("the nonces of the PIN-less path cannot be written: free some space on the disk");
      return pki::fail(pki::Errc::too_busy, "a nonce cannot be kept now: ask again later");
  }
  return pki::fail(pki::Errc::too_busy, "too many nonces are remembered: ask again later");
}

std::shared_ptr<const SignedAnswer> Answering::find_kept(const store::ReadTransaction& transaction,
                                                         const Admitted& admitted, Effort effort) {
  if (!admitted.key) return nullptr;
  auto kept = kept_.find(*admitted.key);
  if (!kept || !is_right_at(*kept, sources_.clock.now(), options_.grid, effort)) return nullptr;
  const CertId& id = admitted.request.cert_ids.view().front();
  const Responder& responder = *admitted.responder;
  if (read_version(transaction, responder.issuer(), id.serial_content, responder.watch()) != kept->version)
    return nullptr;
  return kept;
}

pki::Result<std::shared_ptr<const SignedAnswer>> Answering::sign(const Admitted& admitted) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TRY_ASSIGN(Draft draft, this->draft(admitted, sources_.clock.now()));
    draft.answer.body = admitted.responder->encode(draft.data);
    signatures_.fetch_add(1, std::memory_order_relaxed);
    if (!still_stands(admitted, draft)) continue;
    complete(admitted, draft);
    auto answer = std::make_shared<const SignedAnswer>(std::move(draft.answer));
    if (admitted.key && answer->tally.unknown == 0) kept_.put(*admitted.key, answer);
    return answer;
  }
  return pki::fail(pki::Errc::too_busy, "the facts changed under every signature: ask again");
}

// One snapshot, all CertIDs.
pki::Result<Answering::Draft> Answering::draft(const Admitted& admitted, pki::Time now) const {
  const Responder& responder = *admitted.responder;
  if (now > responder.certificate().not_after())
    return pki::fail(pki::Errc::internal, "the certificate of the OCSP responder of " +
                                              to_string(responder.issuer()) +
                                              " has ended: give the responder a new one");
  const AnswerWindow window = window_at(now, options_.grid, options_.next_update_after);
  // An answer is worth nothing once the certificate that proves it has ended.
  const pki::Time next_update = std::min(window.next_update, responder.certificate().not_after());

  Draft draft;
  draft.data.produced_at = now;
  draft.data.nonce = admitted.request.nonce;
  const bool extended = options_.unknown == UnknownPolicy::extended_revoke;
  draft.data.extended_revoke = extended ? ExtendedRevoke::present : ExtendedRevoke::absent;
  draft.data.responses.reserve(admitted.request.cert_ids.size());
  draft.versions.reserve(admitted.request.cert_ids.size());
  const store::ReadTransaction transaction = sources_.environment.read();
  for (const CertId& id : admitted.request.cert_ids.view()) {
    Facts facts = read_facts(transaction, responder.issuer(), id.serial_content, responder.watch());
    count(draft.answer.tally, facts.status);
    const bool is_unknown = std::holds_alternative<Unknown>(facts.status);
    if (extended && is_unknown && !responder.is_own(id.serial_content)) facts.status = kNeverIssued;
    // A change recorded after `now` was read, or by a clock that has since gone back, is not put in the
    // future.
    const pki::Time changed_at = std::min(facts.changed_at.value_or(window.grid_start), now);
    const pki::Time this_update = std::max(window.grid_start, changed_at);
    draft.data.responses.push_back({id, facts.status, this_update, std::max(this_update, next_update)});
    if (facts.not_after && *facts.not_after < now)
      draft.data.responses.back().archive_cutoff = now - options_.archive_retention;
    draft.versions.push_back(facts.version);
  }
  draft.answer.version = draft.versions.front();
  draft.answer.produced_at = now;
  draft.answer.fresh_until = window.grid_end;
  draft.answer.next_update = draft.data.responses.front().next_update.value_or(now);
  return draft;
}

bool Answering::still_stands(const Admitted& admitted, const Draft& draft) const {
  const store::ReadTransaction transaction = sources_.environment.read();
  const Responder& responder = *admitted.responder;
  const auto ids = admitted.request.cert_ids.view();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (read_version(transaction, responder.issuer(), ids[i].serial_content, responder.watch()) !=
        draft.versions[i])
      return false;
  }
  return true;
}

// The caching fields of RFC 9919 section 6.2, all but max-age, which depends on the moment of sending.
void Answering::complete(const Admitted& admitted, Draft& draft) const {
  if (options_.access != AccessPolicy::open_to_all || admitted.request.nonce) return;
  SignedAnswer& answer = draft.answer;
  const auto newest = std::ranges::max_element(draft.data.responses, {}, &SingleResponse::this_update);
  answer.etag = "\"" + pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, answer.body)) + "\"";
  answer.caching_fields =
      http::make_header_block({{"ETag", answer.etag},
                               {"Last-Modified", pki::to_imf_fixdate(newest->this_update)},
                               {"Expires", pki::to_imf_fixdate(answer.next_update)}});
}

void Answering::report(std::string_view what) const {
  if (options_.on_error) options_.on_error("OCSP: " + std::string(what));
}

}  // namespace ocsp
