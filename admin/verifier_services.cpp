// /verifier/v1/certificates/…: who asks, about what, and what the Act lets them have.

#include "admin/verifier_services.h"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <utility>

#include "admin/consent.h"
#include "admin/problem.h"
#include "http/url.h"
#include "ocsp/status.h"
#include "pki/messages/admin.h"
#include "pki/recorded_items.h"
#include "registry/actor.h"
#include "registry/issuers.h"

namespace admin {

namespace {

using verifier::LedgerAnswer;
using verifier::LedgerItem;
using verifier::VerifierClass;

// By row of the table of endpoints.
enum class Service : std::uint8_t { counterpart, current_items };

// One request, taken apart.
struct ServiceRequest {
  const ApiServices& services;
  const http::Request& request;
  Service service = Service::counterpart;
  pki::CaName ca = pki::CaName::sign;
  pki::SerialNumber serial;
};

LedgerAnswer to_ledger(pki::Errc code) {
  switch (code) {
    case pki::Errc::unauthorized:
    case pki::Errc::forbidden:
      return LedgerAnswer::unauthorized;
    case pki::Errc::not_found:
      return LedgerAnswer::not_found;
    case pki::Errc::invalid_value:
    case pki::Errc::malformed:
    case pki::Errc::unsupported:
      return LedgerAnswer::malformed;
    case pki::Errc::outcome_unknown:
    case pki::Errc::too_busy:
      return LedgerAnswer::try_later;
    case pki::Errc::internal:
      return LedgerAnswer::internal;
    default:
      return LedgerAnswer::refused;
  }
}

bool is_signature_verifier(const verifier::Standing& standing) {
  return standing.active.contains(VerifierClass::signature);
}

bool is_authentication_verifier(const verifier::Standing& standing) {
  return standing.active.contains(VerifierClass::authentication) ||
         standing.active.contains(VerifierClass::specific_authentication);
}

// Only the certificate of the connection counts; a request from a registered network without one gets an
// error that says so.
pki::Result<verifier::Identification> recognise(const ServiceRequest& ask,
                                                const store::ReadTransaction& transaction, pki::Time now) {
  if (!ask.request.peer.client_certificate)
    return pki::fail(pki::Errc::unauthorized, messages::service_needs_tls);
  const verifier::Evidence evidence{.address = ask.request.peer.address,
                                    .client_certificate = *ask.request.peer.client_certificate};
  // Not the shared one, which remembers by version: a Command sees versions that may never be committed.
  TRY_ASSIGN(verifier::Identification recognised,
             verifier::Recognition().recognise(transaction, evidence, now));
  if (recognised.requester.method != verifier::RecognitionMethod::tls)
    return pki::fail(pki::Errc::unauthorized, messages::service_wrong_credential);
  return recognised;
}

// A serial belongs to a CA name; the generation is found by asking each.
std::optional<registry::CertificateId> find_id(const store::ReadTransaction& transaction,
                                               const ServiceRequest& ask) {
  for (const registry::Issuer& issuer : registry::all_issuers(transaction)) {
    const registry::CertificateId id{issuer.id, ask.serial};
    if (issuer.id.ca == ask.ca && registry::find_status(transaction, id)) return id;
  }
  return std::nullopt;
}

// The certificate that is asked about, which must be a holder's.
pki::Result<registry::IssuedCertificate> find_asked(const store::ReadTransaction& transaction,
                                                    const ServiceRequest& ask) {
  if (const auto id = find_id(transaction, ask))
    if (auto found = registry::find_certificate(transaction, ask.services.vault, *id))
      return std::move(*found);
  return pki::fail(pki::Errc::not_found, messages::serial_unknown);
}

// The status that OCSP would give: a compromised generation counts.
ocsp::CertStatus status_of(const store::ReadTransaction& transaction, const registry::CertificateId& id) {
  const pki::Bytes serial = pki::der::integer_content(id.serial.value);
  return ocsp::read_facts(transaction, id.issuer, serial, ocsp::CompromiseCache(id.issuer)).status;
}

// Out of force by revocation or by its end (Act 15①), but not by a hold, which may be released.
bool has_lapsed(const store::ReadTransaction& transaction, const registry::IssuedCertificate& certificate,
                pki::Time now) {
  if (certificate.not_after < now) return true;
  const ocsp::CertStatus status = status_of(transaction, certificate.id);
  const auto* revoked = std::get_if<ocsp::Revoked>(&status);
  return revoked != nullptr && revoked->revocation_reason != pki::CrlReason::certificate_hold;
}

json::object describe(const registry::IssuedCertificate& certificate) {
  return {{"serial", pki::to_string(certificate.id.serial)},
          {"issuer", to_string(certificate.id.issuer)},
          {"kind", pki::to_string(certificate.kind)},
          {"not_before", pki::to_rfc3339(certificate.not_before)},
          {"not_after", pki::to_rfc3339(certificate.not_after)}};
}

// What the three provisions about counterparts allow: between which kinds, and to whom.
struct CounterpartRule {
  pki::CertificateKind one, other;
  LedgerItem item;
  std::string_view article;
  pki::MessageText roles;
};
constexpr std::array<CounterpartRule, 3> kCounterpartRules = {
    {{pki::CertificateKind::sign, pki::CertificateKind::mobile_sign, LedgerItem::counterpart_sign, "Act 18-4",
      messages::counterpart_role_signature},
     {pki::CertificateKind::sign, pki::CertificateKind::auth, LedgerItem::counterpart_pair, "Act 18-5",
      messages::counterpart_role_both},
     {pki::CertificateKind::auth, pki::CertificateKind::mobile_auth, LedgerItem::counterpart_auth, "Act 37-3",
      messages::counterpart_role_authentication}}};

const CounterpartRule* find_rule(pki::CertificateKind asked, pki::CertificateKind wanted) {
  for (const CounterpartRule& rule : kCounterpartRules)
    if ((rule.one == asked && rule.other == wanted) || (rule.one == wanted && rule.other == asked))
      return &rule;
  return nullptr;
}

bool allows(const CounterpartRule& rule, const verifier::Standing& standing) {
  const bool needs_signature = rule.item != LedgerItem::counterpart_auth;
  const bool needs_authentication = rule.item != LedgerItem::counterpart_sign;
  return (!needs_signature || is_signature_verifier(standing)) &&
         (!needs_authentication || is_authentication_verifier(standing));
}

// ?kind=…; nothing when it is left out.
pki::Result<std::optional<pki::CertificateKind>> wanted_kind(const ServiceRequest& ask) {
  const auto text = http::query_value(ask.request.query, "kind");
  if (!text) return std::optional<pki::CertificateKind>();
  const auto kind = pki::parse_certificate_kind(*text);
  if (!kind) return pki::invalid("kind", messages::counterpart_kind_form);
  return kind;
}

// "The other certificate", when the request does not say which: of the card's two the other one (18⑤), of a
// mobile one the card's of the same use.
pki::CertificateKind usual_counterpart(pki::CertificateKind asked) {
  switch (asked) {
    case pki::CertificateKind::sign:
    case pki::CertificateKind::mobile_auth:
      return pki::CertificateKind::auth;
    case pki::CertificateKind::auth:
    case pki::CertificateKind::mobile_sign:
      break;
  }
  return pki::CertificateKind::sign;
}

// Unexpired ones, revoked ones included (Act 18④⑤, 37③); the newest first.
json::array counterparts_of(const store::ReadTransaction& transaction, const ServiceRequest& ask,
                            const registry::IssuedCertificate& asked, pki::CertificateKind kind,
                            pki::Time now) {
  std::vector<registry::IssuedCertificate> found;
  for (const registry::CertificateId& id : registry::certificates_of(transaction, asked.resident)) {
    const auto status = registry::find_status(transaction, id);
    if (!status || status->kind != kind || status->not_after < now) continue;
    if (auto certificate = registry::find_certificate(transaction, ask.services.vault, id))
      found.push_back(std::move(*certificate));
  }
  std::ranges::sort(found, std::greater{}, [](const auto& one) { return one.id.serial; });
  json::array list;
  for (const registry::IssuedCertificate& certificate : found)
    list.push_back(describe(certificate));
  return list;
}

pki::Result<json::object> counterpart(const ServiceRequest& ask, store::CommandContext& context,
                                      verifier::LedgerKey& key) {
  TRY_ASSIGN(const verifier::Identification who, recognise(ask, context.transaction, context.now));
  key = verifier::ledger_key(who.requester, context.now);
  key.ca = ask.ca;
  key.item = ask.ca == pki::CaName::sign ? LedgerItem::counterpart_sign : LedgerItem::counterpart_auth;
  TRY_ASSIGN(const auto named, wanted_kind(ask));
  if (who.standing.active.empty())
    return forbidden_by_law(
        {messages::verifier_may_not_ask, std::to_string(who.requester.verifier), who.standing.explanation},
        "Act 18, 37");
  TRY_ASSIGN(const registry::IssuedCertificate asked, find_asked(context.transaction, ask));
  const pki::CertificateKind kind = named.value_or(usual_counterpart(asked.kind));
  const CounterpartRule* rule = find_rule(asked.kind, kind);
  if (rule == nullptr)
    return pki::invalid("kind", {messages::counterpart_not_in_act, pki::to_string(asked.kind)});
  key.item = rule->item;
  if (!allows(*rule, who.standing))
    return forbidden_by_law({messages::counterpart_roles, rule->roles}, std::string(rule->article));
  context.subjects = {"verifier " + std::to_string(who.requester.verifier),
                      "certificate " + to_string(asked.id), "kind " + std::string(pki::to_string(kind))};
  json::array list = counterparts_of(context.transaction, ask, asked, kind, context.now);
  if (list.empty())
    return pki::fail(pki::Errc::not_found, {messages::counterpart_none, pki::to_string(kind)});
  json::object answer = list.front().as_object();
  answer["certificates"] = std::move(list);
  return answer;
}

// The certificate of the same kind, which is the same medium, that has not lost its effect by Act 15① (18③).
// A held one has not, and what it records still stands.
pki::Result<registry::IssuedCertificate> find_current(const store::ReadTransaction& transaction,
                                                      const ServiceRequest& ask,
                                                      const registry::IssuedCertificate& asked,
                                                      pki::Time now) {
  for (const registry::CertificateId& id : registry::certificates_of(transaction, asked.resident)) {
    auto certificate = registry::find_certificate(transaction, ask.services.vault, id);
    if (!certificate || certificate->kind != asked.kind) continue;
    if (certificate->not_before <= now && !has_lapsed(transaction, *certificate, now))
      return std::move(*certificate);
  }
  return pki::fail(pki::Errc::not_found, messages::current_certificate_none);
}

std::string_view sex_word(std::string_view code) {
  return code == "1" ? "male" : code == "2" ? "female" : "unknown";
}

// As the current certificate records them, which is what the Act gives (18③, 7①3).
pki::Result<json::object> items_of(const registry::IssuedCertificate& current,
                                   const std::array<bool, 4>& allowed) {
  TRY_ASSIGN(const pki::Certificate certificate, pki::Certificate::decode(current.der));
  TRY_ASSIGN(const pki::RecordedItems recorded, pki::read_recorded_items(certificate));
  TRY_ASSIGN(const std::string birth, pki::birth_date_text(recorded.birth_date));
  const std::array<std::string_view, 4> values = {recorded.name, recorded.address, birth,
                                                  sex_word(recorded.sex)};
  json::object items;
  for (const verifier::FourItem item : verifier::kFourItems)
    if (allowed[static_cast<std::size_t>(item)])
      items[to_string(item)] = values[static_cast<std::size_t>(item)];
  return items;
}

// RFC 9110 section 8.3.1: case does not count, and blanks may stand before the parameters.
bool is_json(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  boost::algorithm::trim(type);
  return boost::algorithm::iequals(type, "application/json");
}

// The consent: DER as it is, or base64 in {"consent": "…"}.
pki::Result<pki::Bytes> consent_bytes(const http::Request& request) {
  if (!is_json(request.header("Content-Type").value_or(""))) return pki::to_bytes(request.body);
  TRY_ASSIGN(const json::object body, parse_object(request.body));
  FieldReader fields(body);
  TRY_ASSIGN(auto consent, fields.base64("consent"));
  TRY(fields.finish());
  if (!consent) return pki::invalid("consent", messages::consent_missing);
  return std::move(*consent);
}

pki::Result<void> require_signature_role(const verifier::Identification& who) {
  const bool may =
      is_signature_verifier(who.standing) || who.standing.active.contains(VerifierClass::group_signature);
  if (may) return {};
  return forbidden_by_law(who.standing.explanation.empty()
                              ? pki::Message(messages::current_items_role)
                              : pki::Message(messages::current_items_role_because, who.standing.explanation),
                          "Act 18-3");
}

// What was verified before the Command: signatures take too long for the writer's thread.
struct PreparedConsent {
  registry::ResidentId holder;
  SignedConsent consent;
};

pki::Result<PreparedConsent> prepare(const ServiceRequest& ask) {
  const store::ReadTransaction transaction = ask.services.environment.read();
  TRY_ASSIGN(const verifier::Identification who, recognise(ask, transaction, ask.services.clock.now()));
  TRY(require_signature_role(who));
  TRY_ASSIGN(const registry::IssuedCertificate asked, find_asked(transaction, ask));
  TRY_ASSIGN(const pki::Bytes bytes, consent_bytes(ask.request));
  TRY_ASSIGN(SignedConsent consent, verify_consent(transaction, ask.services.vault, asked.resident, bytes));
  return PreparedConsent{asked.resident, std::move(consent)};
}

// `prepared` carries the refusal of the preparation, so that it is counted under the verifier's name.
pki::Result<json::object> current_items(const ServiceRequest& ask,
                                        const pki::Result<PreparedConsent>& prepared,
                                        store::CommandContext& context, verifier::LedgerKey& key) {
  TRY_ASSIGN(const verifier::Identification who, recognise(ask, context.transaction, context.now));
  key = verifier::ledger_key(who.requester, context.now);
  key.ca = ask.ca;
  key.item = LedgerItem::current_items;
  TRY(require_signature_role(who));
  if (prepared.has_error()) return prepared.error();
  TRY_ASSIGN(const registry::IssuedCertificate asked, find_asked(context.transaction, ask));
  if (!has_lapsed(context.transaction, asked, context.now))
    return pki::refused(messages::certificate_not_lapsed, "Act 19-5");
  const ConsentUse use{.verifier = who.requester.verifier, .holder = prepared->holder, .now = context.now};
  TRY_ASSIGN(const auto allowed,
             consented_items(context.transaction, ask.services.vault, prepared->consent, use));
  TRY_ASSIGN(const registry::IssuedCertificate current,
             find_current(context.transaction, ask, asked, context.now));
  TRY_ASSIGN(json::object items, items_of(current, allowed));
  context.subjects = {"verifier " + std::to_string(who.requester.verifier),
                      "certificate " + to_string(asked.id), "certificate " + to_string(current.id),
                      "consent " + pki::to_hex(prepared->consent.sha256)};
  json::object answer = describe(current);
  answer["items"] = std::move(items);
  return answer;
}

// Runs the service as a Command: the answer, its audit entry and its count are one commit.
pki::Result<json::object> provide(const ServiceRequest& ask, verifier::LedgerKey& key) {
  {
    // A stranger does not get as far as the writer; standing is looked at again there.
    const store::ReadTransaction transaction = ask.services.environment.read();
    const pki::Time now = ask.services.clock.now();
    TRY_ASSIGN(const verifier::Identification who, recognise(ask, transaction, now));
    const verifier::LedgerItem item = key.item;
    key = verifier::ledger_key(who.requester, now);
    key.ca = ask.ca;
    key.item = item;
  }
  std::optional<pki::Result<PreparedConsent>> prepared;
  if (ask.service == Service::current_items) prepared = prepare(ask);
  json::object answer;
  const auto run = [&](store::CommandContext& context) -> pki::Result<void> {
    TRY_ASSIGN(answer, ask.service == Service::counterpart ? counterpart(ask, context, key)
                                                           : current_items(ask, *prepared, context, key));
    key.answer = LedgerAnswer::given;
    verifier::add_to_ledger(context.transaction, {key, 1});
    return {};
  };
  const bool is_counterpart = ask.service == Service::counterpart;
  TRY(ask.services.writer.execute(
      {.actor = registry::system_actor("verifier service"),
       .action = is_counterpart ? "verifier counterpart" : "verifier current-items",
       .run = run}));
  return answer;
}

// A path names sign or auth, and a text that is no serial of ours names no certificate; 0 is never issued.
pki::Result<ServiceRequest> read_request(const ApiServices& services, const FoundEndpoint& found,
                                         const http::Request& request) {
  ServiceRequest ask{
      .services = services, .request = request, .service = static_cast<Service>(found.row), .serial = {}};
  if (ask.service == Service::counterpart) {
    const auto ca = pki::parse_ca_name(found.parameters.at(0));
    if (!ca || *ca == pki::CaName::operations)
      return pki::fail(pki::Errc::not_found, {messages::ca_segment_form, found.parameters.at(0)});
    ask.ca = *ca;
  }
  ask.serial = pki::parse_serial(found.parameters.back()).value_or(pki::SerialNumber{});
  return ask;
}

}  // namespace

VerifierServices::VerifierServices(ApiServices services, verifier::LedgerCounters& counters, Workers& workers,
                                   http::ErrorHandler on_error)
    : services_(std::move(services)),
      counters_(counters),
      server_(
          endpoints(),
          [this](const FoundEndpoint& found, const http::Request& request) {
            return acknowledged(services_, answer(found, request));
          },
          workers, std::move(on_error)) {}

std::vector<Endpoint> VerifierServices::endpoints() {
  return {{http::Method::get,
           "/verifier/v1/certificates/{ca}/{serial}/counterpart",
           Action::verifier_service,
           {"kind"}},
          {http::Method::post, "/verifier/v1/certificates/sign/{serial}/current-items",
           Action::verifier_service}};
}

pki::Result<Answer> VerifierServices::answer(const FoundEndpoint& found, const http::Request& request) {
  TRY_ASSIGN(const ServiceRequest ask, read_request(services_, found, request));
  verifier::LedgerKey key = verifier::ledger_key(std::nullopt, services_.clock.now());
  key.ca = ask.ca;
  key.item = ask.service == Service::counterpart ? LedgerItem::counterpart_pair : LedgerItem::current_items;
  auto provided = provide(ask, key);
  if (provided.has_value()) return Answer{.body = std::move(*provided)};
  key.answer = to_ledger(provided.error().code);
  counters_.count(request.worker, key);
  return provided.error();
}

}  // namespace admin
