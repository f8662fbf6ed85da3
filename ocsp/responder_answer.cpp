// The responder's answers: cached ones that still hold, and new ones, composed in one snapshot, signed
// outside of it and released when a fresh one shows the same facts.

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "ocsp/responder.h"
#include "pki/hash.h"
#include "pki/messages/ocsp.h"
#include "pki/serial_number.h"
#include "registry/requests.h"

namespace ocsp {

namespace {

// A change between reading and releasing means signing once more; so often in a row only by a fault.
constexpr int kMaxAttempts = 4;

// RFC 6960 section 2.2: what "revoked" says of a certificate that was never issued.
constexpr Revoked kNeverIssued{pki::Time{}, pki::CrlReason::certificate_hold};

bool is_right_at(const SignedAnswer& answer, pki::Time now, pki::Seconds grid, bool is_overloaded) {
  if (answer.produced_at > now) return false;
  if (now < answer.fresh_until) return true;
  // An earlier window's answer is still true, since its facts hold, but it is used up only in need, and only
  // while a client has a whole window left to use it in.
  return is_overloaded && now + grid <= answer.next_update;
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

// RFC 6960 section 4.4.4: producedAt less the retention, in calendar years of the time it is written in
// (UTC); 29 February becomes the 28th.
pki::Time archive_cutoff(pki::Time produced_at, std::chrono::years retention) {
  const auto day = std::chrono::floor<std::chrono::days>(produced_at);
  const pki::Date cutoff = pki::add_years(pki::Date{day}, -static_cast<int>(retention.count()));
  return std::chrono::sys_days{cutoff} + (produced_at - day);
}

}  // namespace

std::shared_ptr<const SignedAnswer> Responder::find_cached(const store::ReadTransaction& transaction,
                                                           const PendingAnswer& pending, bool is_overloaded) {
  if (!pending.resolved.key) return nullptr;
  auto cached = cache_.find(*pending.resolved.key);
  if (!cached || !is_right_at(*cached, sources_.clock.now(), options_.grid, is_overloaded)) return nullptr;
  const CertId& id = pending.request.cert_ids.view().front();
  const SigningIdentity& identity = *pending.resolved.identity;
  if (registry::is_suspected(transaction, identity.issuer(), sources_.clock.now())) return nullptr;
  if (read_version(transaction, identity.issuer(), id.serial_content, identity.compromise_cache()) !=
      cached->version)
    return nullptr;
  return cached;
}

pki::Result<std::shared_ptr<const SignedAnswer>> Responder::make_answer(const PendingAnswer& pending) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TRY_ASSIGN(UnsignedResponse response, compose(pending, sources_.clock.now()));
    response.answer.body = pending.resolved.identity->encode(response.data);
    signatures_.fetch_add(1, std::memory_order_relaxed);
    if (!facts_unchanged(pending, response)) continue;
    add_caching_fields(pending, response);
    auto answer = std::make_shared<const SignedAnswer>(std::move(response.answer));
    if (pending.resolved.key && answer->tally.unknown == 0) cache_.put(*pending.resolved.key, answer);
    return answer;
  }
  return pki::fail(pki::Errc::too_busy, messages::facts_changing);
}

// One snapshot, all CertIDs.
pki::Result<Responder::UnsignedResponse> Responder::compose(const PendingAnswer& pending,
                                                            pki::Time now) const {
  const SigningIdentity& identity = *pending.resolved.identity;
  if (now > identity.certificate().not_after())
    return pki::fail(pki::Errc::internal, {messages::responder_ended, to_string(identity.issuer())});
  const AnswerWindow window = window_at(now, options_.grid, options_.next_update_after);
  // An answer is worth nothing once the certificate that proves it has ended.
  const pki::Time next_update = std::min(window.next_update, identity.certificate().not_after());

  const Request& request = pending.request;
  UnsignedResponse response;
  response.data.produced_at = now;
  if (request.nonce) response.data.nonce_extension = request.nonce->extension_value;
  const bool extended = options_.unknown == UnknownPolicy::extended_revoke;
  response.data.extended_revoke = extended ? ExtendedRevoke::present : ExtendedRevoke::absent;
  response.data.responses.reserve(request.cert_ids.size());
  response.versions.reserve(request.cert_ids.size());
  const store::ReadTransaction transaction = sources_.environment.read();
  response.snapshot_id = transaction.snapshot_id();
  if (registry::is_suspected(transaction, identity.issuer(), now))
    return pki::fail(pki::Errc::too_busy, {messages::compromise_undecided, to_string(identity.issuer())});
  for (const CertId& id : request.cert_ids.view()) {
    Facts facts = read_facts(transaction, identity.issuer(), id.serial_content, identity.compromise_cache());
    count(response.answer.tally, facts.status);
    const bool is_unknown = std::holds_alternative<Unknown>(facts.status);
    if (extended && is_unknown && !identity.is_own(id.serial_content)) facts.status = kNeverIssued;
    // A change recorded after `now` was read, or by a clock that has since gone back, is not put in the
    // future.
    const pki::Time changed_at = std::min(facts.changed_at.value_or(window.grid_start), now);
    const pki::Time this_update = std::max(window.grid_start, changed_at);
    response.data.responses.push_back({id, facts.status, this_update, std::max(this_update, next_update)});
    if (facts.not_after && *facts.not_after < now)
      response.data.responses.back().archive_cutoff = archive_cutoff(now, options_.archive_retention);
    response.versions.push_back(facts.version);
  }
  response.answer.version = response.versions.front();
  response.answer.produced_at = now;
  response.answer.fresh_until = window.grid_end;
  response.answer.next_update = response.data.responses.front().next_update.value_or(now);
  return response;
}

bool Responder::facts_unchanged(const PendingAnswer& pending, const UnsignedResponse& response) const {
  const store::ReadTransaction transaction = sources_.environment.read();
  // Nothing was committed since: no fact is another one, and time ends a suspicion but begins none.
  if (transaction.snapshot_id() == response.snapshot_id) return true;
  const SigningIdentity& identity = *pending.resolved.identity;
  if (registry::is_suspected(transaction, identity.issuer(), sources_.clock.now())) return false;
  const auto ids = pending.request.cert_ids.view();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (read_version(transaction, identity.issuer(), ids[i].serial_content, identity.compromise_cache()) !=
        response.versions[i])
      return false;
  }
  return true;
}

// The caching fields of RFC 9919 section 6.2, all but max-age, which depends on the moment of sending. Never
// with `unknown`: serials rise, so that anyone could leave an `unknown` for the next ones in shared caches.
void Responder::add_caching_fields(const PendingAnswer& pending, UnsignedResponse& response) const {
  SignedAnswer& answer = response.answer;
  if (options_.access != AccessPolicy::open_to_all || pending.request.nonce || answer.tally.unknown > 0)
    return;
  const auto newest = std::ranges::max_element(response.data.responses, {}, &SingleResponse::this_update);
  answer.etag = "\"" + pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, answer.body)) + "\"";
  answer.caching_fields =
      http::make_header_block({{"ETag", answer.etag},
                               {"Last-Modified", pki::to_imf_fixdate(newest->this_update)},
                               {"Expires", pki::to_imf_fixdate(answer.next_update)}});
}

}  // namespace ocsp
