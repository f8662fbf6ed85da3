// Dispatch, roles and idempotency of the admin API.

#include "admin/api.h"

#include <algorithm>

#include "admin/requested_action.h"
#include "admin/requests.h"
#include "http/url.h"
#include "law/permission.h"
#include "pki/hash.h"
#include "pki/messages/admin.h"
#include "pki/messages/store.h"
#include "pki/number.h"
#include "registry/actor.h"
#include "registry/residents.h"
#include "store/overlay.h"

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
    return pki::fail(pki::Errc::conflict, messages::idempotency_key_used);
  return std::optional<Answer>(Answer{static_cast<unsigned>(known->http_status), json::parse(known->body)});
}

std::vector<ApiEndpoint> all_endpoints(const ApiServices& services) {
  std::vector<ApiEndpoint> rows = statistics_endpoints(services);
  for (auto make : {resident_endpoints,    card_search_endpoints,
                    role_endpoints,        event_endpoints,
                    event_batch_endpoints, sweep_endpoints,
                    check_endpoints,       certificate_endpoints,
                    adoption_endpoints,    generation_endpoints,
                    rollover_endpoints,    clock_endpoints,
                    operator_endpoints,    operator_credential_endpoints,
                    view_endpoints,        retention_endpoints,
                    verifier_endpoints,    verifier_step_endpoints,
                    credential_endpoints,  report_endpoints,
                    consent_endpoints,     publication_endpoints,
                    audit_endpoints,       data_key_endpoints})
    for (ApiEndpoint& row : make())
      rows.push_back(std::move(row));
  return rows;
}

bool has_role(const Caller& caller, const registry::Actor& actor) {
  return caller.is_on_trial ||
         std::ranges::count(caller.grants, registry::Grant{actor.role, actor.municipality}) > 0;
}

// Refusals, and what a counter was answered that wanted to issue: the answer says something about the
// resident.
bool is_to_be_noted(const RequestContext& call, const pki::Result<Answer>& result) {
  if (result.has_value()) return false;
  const pki::Errc code = result.error().code;
  return code == pki::Errc::forbidden ||
         (call.action == Action::issue && (code == pki::Errc::refused_by_law || code == pki::Errc::conflict));
}

// "hold, resident N" for each event that was refused inside a batch, as it is noted alone.
std::vector<std::string> refusals_inside(const RequestContext& call, const pki::Result<Answer>& result) {
  std::vector<std::string> refusals;
  if (call.request.path != "/v1/events/batch" || !result.has_value()) return refusals;
  const json::value* const results = result->body.as_object().if_contains("results");
  if (results == nullptr) return refusals;
  const json::array& events = call.body.at("events").as_array();
  for (std::size_t i = 0; i < events.size(); ++i) {
    const json::object* const event = events[i].if_object();
    if (event == nullptr || results->at(i).at("status") != 403) continue;
    const json::value* const resident = event->if_contains("resident");
    const Action action = requested_action({.path = "/v1/events"}, *event);
    refusals.push_back(
        std::string(to_string(action)) + ", resident " +
        std::string(resident != nullptr && resident->is_string() ? resident->get_string() : "?"));
  }
  return refusals;
}

// Whom a refused request was about, and what its caller claimed to be.
std::string words_about(const RequestContext& call) {
  std::string words;
  const json::value* const member = call.body.if_contains("resident");
  std::string resident = member != nullptr && member->is_string() ? std::string(member->get_string()) : "";
  if (call.request.path.starts_with("/v1/residents/") && !call.parameters.empty())
    resident = call.parameters.front();
  if (registry::parse_resident_id(resident).has_value()) words += ", resident " + resident;
  if (call.caller.grants.empty() && !call.caller.is_on_trial) words += ", by no operator";
  if (call.stated_actor && !has_role(call.caller, *call.stated_actor))
    words += ", claiming the role " + to_string(*call.stated_actor);
  return words;
}

// What an Idempotency-Key brings again may show personal items: a look as the first one was.
pki::Result<void> note_repetition(const RequestContext& call) {
  if (call.action != Action::register_resident && call.action != Action::issue) return {};
  return call.services.writer.execute({.actor = call.actor(),
                                       .action = "answer again",
                                       .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                         context.subjects = {std::string(call.request.method_text) + " " +
                                                             std::string(call.request.path)};
                                         return {};
                                       }});
}

std::vector<Endpoint> endpoints_of(const std::vector<ApiEndpoint>& rows) {
  std::vector<Endpoint> endpoints;
  endpoints.reserve(rows.size());
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
  const auto limit = pki::parse_number<std::size_t>(*text);
  if (!limit || *limit == 0) return pki::invalid("limit", messages::limit_form);
  return std::min(*limit, most);
}

pki::Result<registry::Actor> RequestContext::actor_for(Action what,
                                                       std::optional<std::uint32_t> municipality) const {
  if (stated_actor) {
    if (reach_of(stated_actor->role, what) == Reach::none) return refuse_role(*stated_actor, what);
    return *stated_actor;
  }
  return role_for_resident(services.environment.read(), caller, what, municipality);
}

pki::Result<void> RequestContext::require(Action decoded) const {
  if (decoded == action) return {};
  return pki::fail(pki::Errc::forbidden,
                   {messages::request_judged_otherwise, to_string(action), to_string(decoded)});
}

pki::Result<void> RequestContext::look(std::uint32_t municipality, std::string what,
                                       std::string subject) const {
  TRY_ASSIGN(const registry::Actor actor, actor_for(Action::read_register, municipality));
  TRY(require_reach(services.environment.read(), actor, Action::read_register, municipality));
  return services.writer.execute({.actor = actor,
                                  .action = std::move(what),
                                  .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                    context.subjects = {subject};
                                    return {};
                                  }});
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
  if (is_preview) {
    store::Overlay overlay;
    auto transaction = services.environment.dry_run(overlay);
    const store::Actor carried = actor;
    store::CommandContext context{.transaction = transaction, .now = services.clock.now(), .actor = carried};
    return function(context);
  }
  return services.writer.execute({.actor = actor,
                                  .action = std::move(action),
                                  .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                    TRY(claim(context));
                                    TRY(function(context));
                                    remember(context, answer);
                                    return {};
                                  }});
}

pki::Result<Answer> acknowledged(const ApiServices& services, pki::Result<Answer> result) {
  if (services.await_acknowledgement) TRY(services.await_acknowledgement());
  return result;
}

namespace {

// Of a change that was made it is then not known whether it stays; that one's outcome was unknown before is
// said in any case.
pki::Result<Answer> acknowledged_change(const ApiServices& services, pki::Result<Answer> result) {
  if (result.has_error() && result.error().code == pki::Errc::outcome_unknown) return result;
  const bool is_made = result.has_value();
  auto answer = acknowledged(services, std::move(result));
  if (answer.has_value() || !is_made) return answer;
  return pki::fail(pki::Errc::outcome_unknown, {store::messages::outcome_unknown, answer.error().message});
}

}  // namespace

Api::Api(ApiServices services, Workers& workers, http::ErrorHandler on_error)
    : services_(std::move(services)),
      refusals_(services_.writer, services_.clock),
      rows_(all_endpoints(services_)) {
  for (ApiEndpoint& row : request_endpoints(rows_))
    rows_.push_back(std::move(row));
  server_.emplace(
      endpoints_of(rows_),
      [this](const FoundEndpoint& found, const http::Request& request) {
        const bool reads = request.method == http::Method::get || request.method == http::Method::head;
        return reads ? acknowledged(services_, answer(found, request))
                     : acknowledged_change(services_, answer(found, request));
      },
      workers, std::move(on_error));
}

pki::Result<Answer> Api::answer(const FoundEndpoint& found, const http::Request& request) {
  const ApiEndpoint& row = rows_.at(found.row);
  // Read first: an object that is assigned would be copied out of its arena.
  auto body = parse_object(request.body);
  RequestContext call{
      .services = services_,
      .request = request,
      .parameters = found.parameters,
      .body = body ? std::move(*body) : json::object{},
      .caller = {.name = http::to_string(request.peer)},
      .stated_actor = {},
      .chosen_actor = {.operator_name = http::to_string(request.peer), .role = registry::Role::system},
      .operator_name = http::to_string(request.peer),
      .idempotency_key = std::string(request.header("Idempotency-Key").value_or("")),
      .request_hash = {}};
  call.action = requested_action(row.endpoint, call.body);
  auto result = answer_caller(row, call, body);
  if (is_to_be_noted(call, result))
    refusals_.note(call.chosen_actor, std::string(to_string(call.action)) + words_about(call));
  for (const std::string& refusal : refusals_inside(call, result))
    refusals_.note(call.chosen_actor, refusal);
  return result;
}

pki::Result<Answer> Api::answer_caller(const ApiEndpoint& row, RequestContext& call,
                                       const pki::Result<json::object>& body) {
  TRY_ASSIGN(call.caller, identify(services_.environment.read(), call.request.peer, services_.local,
                                   services_.clock.now()));
  call.operator_name = call.caller.name;
  call.chosen_actor = {.operator_name = call.caller.name};
  if (!call.caller.grants.empty()) {
    call.chosen_actor.role = call.caller.grants.front().role;
    call.chosen_actor.municipality = call.caller.grants.front().municipality;
  }
  if (const auto as = call.request.header("Jpki-As")) {
    TRY_ASSIGN(call.stated_actor, registry::parse_actor(*as, call.operator_name));
    // The log names a role that the caller has, and marks one that is only claimed.
    if (has_role(call.caller, *call.stated_actor)) call.chosen_actor = *call.stated_actor;
  }
  TRY_ASSIGN(call.chosen_actor, choose_role(call.caller, call.stated_actor, call.action));
  if (!body) return body.error();
  if (!call.idempotency_key.empty()) call.request_hash = hash_of_request(call.request);
  TRY_ASSIGN(auto earlier, remembered(call));
  if (earlier) {
    TRY(note_repetition(call));
    return std::move(*earlier);
  }
  auto result = needs_second_person(call) ? make_request(call, row.handler) : row.handler(call);
  if (result.has_value()) return result;
  // The same request may have been answered while this one waited.
  if (auto meanwhile = remembered(call); meanwhile.has_value() && *meanwhile) return std::move(**meanwhile);
  return result;
}

}  // namespace admin
