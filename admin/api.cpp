// Dispatch, roles and idempotency of the admin API.

#include "admin/api.h"

#include <algorithm>
#include <charconv>

#include "law/permission.h"
#include "pki/hash.h"
#include "registry/actor.h"
#include "registry/residents.h"

namespace admin {

namespace {

pki::Bytes hash_of_request(const http::Request& request) {
  pki::Hash hash(pki::HashAlgorithm::sha256);
  hash.update(pki::as_bytes(request.method_text));
  hash.update(pki::as_bytes(request.target));
  hash.update(pki::as_bytes(request.header("Jpki-As").value_or("")));
  hash.update(request.body);
  return hash.finish();
}

// The answer remembered under this key, if the request was made before.
pki::Result<std::optional<Answer>> remembered(const RequestContext& call) {
  if (call.idempotency_key.empty()) return std::optional<Answer>{};
  const auto transaction = call.services.environment.read();
  const auto known =
      store::find_answer(transaction, call.services.vault, call.operator_name, call.idempotency_key);
  if (!known) return std::optional<Answer>{};
  if (known->request_hash != call.request_hash)
    return pki::fail(pki::Errc::conflict, "this Idempotency-Key was used for another request: use a new key");
  return std::optional<Answer>(Answer{static_cast<unsigned>(known->http_status), json::parse(known->body)});
}

std::vector<ApiEndpoint> all_endpoints(const Services& services) {
  std::vector<ApiEndpoint> rows = statistics_endpoints(services);
  for (auto make : {resident_endpoints, event_endpoints, event_batch_endpoints, sweep_endpoints,
                    check_endpoints, certificate_endpoints, adoption_endpoints, generation_endpoints,
                    clock_endpoints, retention_endpoints, verifier_endpoints, verifier_step_endpoints,
                    credential_endpoints, report_endpoints, consent_endpoints, publication_endpoints})
    for (ApiEndpoint& row : make())
      rows.push_back(std::move(row));
  return rows;
}

// What the table alone can decide; for municipalities the handler asks law/permission.
pki::Result<void> check_access(Access access, const registry::Actor& actor) {
  const bool is_auditor = access == Access::auditors && actor.role == registry::Role::auditor;
  if ((access != Access::officers && access != Access::auditors) || is_auditor) return {};
  return law::check_may_administer(actor);
}

std::vector<Endpoint> endpoints_of(const std::vector<ApiEndpoint>& rows) {
  std::vector<Endpoint> endpoints;
  for (const ApiEndpoint& row : rows)
    endpoints.push_back(row.endpoint);
  return endpoints;
}

}  // namespace

std::optional<std::string> RequestContext::query(std::string_view name) const {
  return http::query_value(request.query, name);
}

pki::Result<std::size_t> RequestContext::page_limit(std::size_t most) const {
  const auto text = query("limit");
  if (!text) return most;
  std::size_t limit = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc{} || stop != text->data() + text->size() || limit == 0)
    return pki::invalid("limit", "the limit must be a number from 1 on");
  return std::min(limit, most);
}

registry::Actor RequestContext::actor() const {
  if (stated_actor) return *stated_actor;
  return {.operator_name = operator_name, .role = registry::Role::officer};
}

registry::Actor RequestContext::actor_for_resident(std::optional<std::uint32_t> municipality) const {
  if (stated_actor || !municipality) return actor();
  return {.operator_name = operator_name, .role = registry::Role::municipality, .municipality = municipality};
}

store::IdempotencyClaim RequestContext::idempotency() const {
  return {.scope = operator_name, .key = idempotency_key, .request_hash = request_hash};
}

void RequestContext::remember(store::CommandContext& context, const Answer& answer) const {
  if (idempotency_key.empty()) return;
  idempotency().remember(context.transaction, services.vault, answer.status, json::serialize(answer.body),
                         context.now);
}

pki::Result<void> RequestContext::claim(const store::CommandContext& context) const {
  return idempotency().check(context.transaction, services.vault);
}

pki::Result<void> RequestContext::execute(const registry::Actor& actor, std::string action,
                                          const Answer& answer,
                                          const store::CommandFunction& function) const {
  return services.writer.execute({.actor = actor,
                                  .action = std::move(action),
                                  .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                    TRY(claim(context));
                                    TRY(function(context));
                                    remember(context, answer);
                                    return {};
                                  }});
}

Api::Api(Services services, Workers& workers, http::ErrorHandler on_error)
    : services_(std::move(services)),
      rows_(all_endpoints(services_)),
      server_(
          endpoints_of(rows_),
          [this](const FoundEndpoint& found, const http::Request& request) { return answer(found, request); },
          workers, std::move(on_error)) {}

pki::Result<Answer> Api::answer(const FoundEndpoint& found, const http::Request& request) const {
  const ApiEndpoint& row = rows_.at(found.row);
  // Read first: an object that is assigned would be copied out of its arena.
  auto body = parse_object(request.body);
  RequestContext call{.services = services_,
                      .request = request,
                      .parameters = found.parameters,
                      .body = body ? std::move(*body) : json::object{},
                      .stated_actor = {},
                      .operator_name = http::to_string(request.peer),
                      .idempotency_key = std::string(request.header("Idempotency-Key").value_or("")),
                      .request_hash = {}};
  if (const auto as = request.header("Jpki-As")) {
    TRY_ASSIGN(call.stated_actor, registry::parse_actor(*as, call.operator_name));
  }
  TRY(check_access(row.endpoint.access, call.actor()));
  if (!body) return body.error();
  if (!call.idempotency_key.empty()) call.request_hash = hash_of_request(request);
  TRY_ASSIGN(auto earlier, remembered(call));
  if (earlier) return std::move(*earlier);
  auto result = row.handler(call);
  if (result.has_value()) return result;
  // The same request may have been answered while this one waited.
  if (auto meanwhile = remembered(call); meanwhile.has_value() && *meanwhile) return std::move(**meanwhile);
  return result;
}

}  // namespace admin
