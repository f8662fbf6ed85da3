// Requests: made, shown, confirmed or rejected.

#include "admin/requests.h"

#include <algorithm>
#include <array>

#include "admin/pinned_record.h"
#include "pki/messages/admin.h"
#include "registry/municipalities.h"
#include "registry/operators.h"
#include "registry/requests.h"

namespace admin {

namespace {

using registry::ConfirmationRequest;
using registry::RequestState;

constexpr std::array kStaffRoles = {registry::Role::officer, registry::Role::supervisor,
                                    registry::Role::register_reader};

bool is_staff_role(std::string_view role) {
  return std::ranges::any_of(kStaffRoles, [role](registry::Role staff) { return role == to_string(staff); });
}

// Whether these are places of one municipality: the same, or a designated city and its wards.
bool belong_together(const store::ReadTransaction& transaction, std::uint32_t one, std::uint32_t other) {
  if (one == other) return true;
  const auto first = registry::find_municipality(transaction, one);
  const auto second = registry::find_municipality(transaction, other);
  return first && second &&
         (registry::is_ward_of(*first, *second) || registry::is_ward_of(*second, *first) ||
          registry::are_wards_of_one_city(*first, *second));
}

// Whether a new operator of these roles would be of the staff, read the whole register, or act for more than
// one municipality. The caller who adds an operator receives its key.
bool reaches_far(const store::ReadTransaction& transaction, const json::array& roles) {
  std::optional<std::uint32_t> municipality;
  return std::ranges::any_of(roles, [&](const json::value& text) {
    const auto role = registry::parse_actor(text.is_string() ? std::string_view(text.get_string()) : "", {});
    if (!role) return false;
    if (is_staff_role(to_string(role->role))) return true;
    if (!role->municipality) return false;
    if (municipality) return !belong_together(transaction, *municipality, *role->municipality);
    municipality = role->municipality;
    return false;
  });
}

// Whether a call that changes operators would make one person two, let one see everyone, or let one act in
// the name of another.
bool gives_power(const RequestContext& call, const store::ReadTransaction& transaction) {
  if (call.parameters.empty()) {
    const json::value* const roles = call.body.if_contains("roles");
    return roles != nullptr && roles->is_array() && reaches_far(transaction, roles->get_array());
  }
  const std::string& name = call.parameters.front();
  // The caller who requests a credential holds its key.
  if (call.action == Action::renew_credential) return name != call.caller.name;
  if (!call.request.path.ends_with("/enable")) return false;
  const auto entry = registry::find_operator(transaction, name);
  return entry && std::ranges::any_of(kStaffRoles, [&](registry::Role role) { return entry->has(role); });
}

bool is_dry_run(const RequestContext& call) {
  const json::value* const flag = call.body.if_contains("dry_run");
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

std::string_view state_of(const ConfirmationRequest& request, pki::Time now) {
  switch (request.state) {
    case RequestState::waiting:
      return request.is_waiting(now) ? "waiting" : "expired";
    case RequestState::confirmed:
      return request.is_unfinished() ? "unfinished" : "confirmed";
    case RequestState::rejected:
      return "rejected";
  }
  return "";
}

json::object to_json(const ConfirmationRequest& request, pki::Time now) {
  json::object body{{"id", std::to_string(request.id)},
                    {"state", state_of(request, now)},
                    {"action", request.action},
                    {"method", request.method},
                    {"path", request.target},
                    {"arguments", json::parse(request.body)},
                    {"digest", pki::to_hex(request.digest)},
                    {"requested_by", request.requester.operator_name},
                    {"role", to_string(request.requester)},
                    {"requested_at", pki::to_rfc3339(request.requested_at)},
                    {"expires_at", pki::to_rfc3339(request.expires_at())},
                    {"decided_by", request.decided_by},
                    {"decided_at", nullptr},
                    {"outcome", request.outcome}};
  if (request.decided_at) body["decided_at"] = pki::to_rfc3339(*request.decided_at);
  return body;
}

std::string subject_of(const ConfirmationRequest& request) {
  return "request " + std::to_string(request.id);
}

// The same call, to see what it would do.
pki::Result<Answer> preview(RequestContext call, const EndpointHandler& operation) {
  call.is_preview = true;
  if (call.action == Action::record_compromise) call.body["dry_run"] = true;
  return operation(call);
}

// The arguments as they are understood now, so that the digest covers what is meant, and a later confirmation
// does not find another meaning: a CA's name becomes its present generation, a day that is left out today.
// The record that the call changes is in them already (pin_record).
json::object settled_arguments(const RequestContext& call, const json::value& shown) {
  json::object arguments = call.body;
  const auto set_day = [&](std::string_view field) {
    if (const json::value* const day = arguments.if_contains(field); day == nullptr || day->is_null())
      arguments[field] = pki::to_string(pki::jst_date(call.services.clock.now()));
  };
  if (call.action == Action::record_compromise) arguments["ca"] = shown.at("ca");
  if (call.action == Action::roll_ca) arguments["generation"] = shown.at("issuer");
  if (call.action == Action::remove_records) set_day("on");
  // A step of a verifier that exists; one that is registered takes no day.
  if (call.action == Action::approve_verifiers && !call.parameters.empty()) set_day("date");
  return arguments;
}

// The generation whose compromise is asked for, as the preview names it.
std::optional<registry::IssuerId> suspected_by(const RequestContext& call, const json::value& shown) {
  if (call.action != Action::record_compromise) return std::nullopt;
  return registry::parse_issuer_id(std::string_view(shown.at("ca").as_string()));
}

// The request that a path names.
pki::Result<ConfirmationRequest> request_named(const store::ReadTransaction& transaction,
                                               const std::string& text) {
  const auto id = pki::parse_serial(text);
  auto request = id ? registry::find_request(transaction, id->value) : std::nullopt;
  if (!request) return pki::fail(pki::Errc::not_found, {messages::request_unknown, text});
  return std::move(*request);
}

// Whether a call with an unknown outcome may be repeated: if it was carried out, the repetition is refused or
// changes nothing. A credential or an approval would be given twice.
bool is_repeatable(const ConfirmationRequest& request) {
  const auto action = action_named(request.action);
  return action && *action != Action::renew_credential && *action != Action::approve_verifiers;
}

// Whether the caller may confirm it, having seen what has this digest.
pki::Result<void> may_confirm(const ConfirmationRequest& request, const RequestContext& call,
                              std::string_view seen, const store::ReadTransaction& transaction) {
  const pki::Time now = call.services.clock.now();
  const std::string name = subject_of(request);
  if (!request.is_waiting(now) && !(request.is_unfinished() && is_repeatable(request)))
    return pki::fail(pki::Errc::conflict, {messages::request_not_waiting, name, state_of(request, now)});
  if (registry::digest_of(request) != request.digest || pki::to_hex(request.digest) != seen)
    return pki::fail(pki::Errc::conflict, {messages::request_changed_requests_show, name});
  if (request.requester.operator_name == call.caller.name)
    return pki::fail(pki::Errc::forbidden, messages::request_needs_second);
  const auto requester = registry::find_operator(transaction, request.requester.operator_name);
  const registry::Grant role{request.requester.role, request.requester.municipality};
  const bool still_may =
      requester && requester->is_enabled && std::ranges::count(requester->grants, role) > 0;
  if (!still_may)
    return pki::fail(pki::Errc::conflict, {messages::requester_lost_role, request.requester.operator_name,
                                           to_string(request.requester)});
  return {};
}

// Whether the arguments of a compromise name this very generation.
bool names(const json::object& arguments, registry::IssuerId issuer) {
  const json::value* const ca = arguments.if_contains("ca");
  return ca != nullptr && ca->is_string() &&
         registry::parse_issuer_id(std::string_view(ca->get_string())) == issuer;
}

// Whether stored arguments say all that this version settles when a request is made.
bool is_settled(const ConfirmationRequest& stored, Action action, const std::vector<std::string>& parameters,
                const json::object& arguments) {
  if (stored.suspected && !names(arguments, *stored.suspected)) return false;
  return !changes_record(action, parameters) || arguments.contains(kRecordDigest);
}

// The stored call, made again in the name of the one who requested it.
class StoredCall final {
 public:
  static pki::Result<std::unique_ptr<StoredCall>> make(const RequestContext& outer,
                                                       const ConfirmationRequest& stored,
                                                       const std::vector<ApiEndpoint>& rows) {
    std::unique_ptr<StoredCall> made(new StoredCall(stored));
    std::vector<Endpoint> endpoints;
    endpoints.reserve(rows.size());
    for (const ApiEndpoint& row : rows)
      endpoints.push_back(row.endpoint);
    auto found = find_endpoint(endpoints, *made->request_);
    const auto* const place = std::get_if<FoundEndpoint>(&found);
    auto body = parse_object((*made->request_).body);
    const auto action = action_named(stored.action);
    if (place == nullptr || !body || !action || !is_settled(stored, *action, place->parameters, *body))
      return pki::fail(pki::Errc::conflict, {messages::request_of_other_version, subject_of(stored)});
    made->operation_ = &rows.at(place->row).handler;
    made->call_.emplace(RequestContext{.services = outer.services,
                                       .request = *made->request_,
                                       .parameters = place->parameters,
                                       .body = std::move(*body),
                                       .caller = {.name = stored.requester.operator_name},
                                       .action = *action,
                                       .stated_actor = stored.requester,
                                       .chosen_actor = stored.requester,
                                       .operator_name = stored.requester.operator_name,
                                       .idempotency_key = {},
                                       .request_hash = {}});
    return made;
  }

  [[nodiscard]] pki::Result<Answer> preview() const { return admin::preview(*call_, *operation_); }
  [[nodiscard]] pki::Result<Answer> run() const { return (*operation_)(*call_); }

 private:
  explicit StoredCall(const ConfirmationRequest& stored)
      : request_(http::make_request(http::Method::post, stored.target, {}, pki::as_bytes(stored.body))) {}

  http::OwnedRequest request_;
  std::optional<RequestContext> call_;
  const EndpointHandler* operation_ = nullptr;
};

pki::Result<Answer> show(const RequestContext& call, const std::vector<ApiEndpoint>& rows) {
  TRY_ASSIGN(const ConfirmationRequest request,
             request_named(call.services.environment.read(), call.parameters.at(0)));
  const pki::Time now = call.services.clock.now();
  json::object body{{"request", to_json(request, now)}};
  if (!request.is_waiting(now) && !(request.is_unfinished() && is_repeatable(request)))
    return Answer{.body = std::move(body)};
  TRY_ASSIGN(const auto stored, StoredCall::make(call, request, rows));
  auto shown = stored->preview();
  if (shown.has_value())
    body["preview"] = std::move(shown->body);
  else
    body["obstacle"] = problem_object(shown.error(), language_of(call.request));
  return Answer{.body = std::move(body)};
}

pki::Result<Answer> list(const RequestContext& call) {
  const std::string all = call.query("all").value_or("false");
  if (all != "true" && all != "false") return pki::invalid("all", messages::all_form);
  const pki::Time now = call.services.clock.now();
  json::array requests;
  for (const ConfirmationRequest& request : registry::all_requests(call.services.environment.read()))
    if (all == "true" || request.is_waiting(now) || request.is_unfinished())
      requests.push_back(to_json(request, now));
  return Answer{.body = json::object{{"requests", std::move(requests)}}};
}

pki::Result<std::string> read_digest(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const std::string digest, fields.required_text("digest"));
  TRY(fields.finish());
  return digest;
}

// Writes a decision down; `check` says in the same transaction whether it may be.
pki::Result<ConfirmationRequest> decide(
    const RequestContext& call, RequestState state, const std::string& action,
    const std::function<pki::Result<void>(const ConfirmationRequest&, const store::ReadTransaction&)>&
        check) {
  ConfirmationRequest decided;
  TRY(call.services.writer.execute(
      {.actor = call.actor(),
       .action = action,
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         TRY_ASSIGN(decided, request_named(context.transaction, call.parameters.at(0)));
         TRY(check(decided, context.transaction));
         decided.state = state;
         decided.decided_by = call.caller.name;
         decided.decided_at = context.now;
         registry::put_request(context.transaction, decided);
         context.subjects = {subject_of(decided), "requested by " + decided.requester.operator_name};
         return {};
       }}));
  return decided;
}

// The details of an internal fault are the log's, as in every answer.
std::string outcome_of(const pki::Result<Answer>& result) {
  if (result.has_value()) return std::string(registry::kOutcomeDone);
  if (result.error().code == pki::Errc::internal) return std::string(registry::kOutcomeFault);
  return "failed: " + result.error().text();
}

// What came of a confirmed request. What cannot be written leaves it unfinished. A suspicion ends with the
// compromise on record, so that a generation is never answered good between the confirmation and the record,
// nor after a failure between the two.
void note_outcome(const RequestContext& call, ConfirmationRequest& request,
                  const pki::Result<Answer>& result) {
  request.outcome = outcome_of(result);
  static_cast<void>(call.services.writer.execute(
      {.actor = call.actor(),
       .action = result.has_value() ? "request done" : "request failed",
       .run = [&](store::CommandContext& context) -> pki::Result<void> {
         context.subjects = {subject_of(request)};
         // Of two confirmations at a time the one that did it counts.
         const auto present = registry::find_request(context.transaction, request.id);
         if (!present || present->outcome != registry::kOutcomeDone)
           registry::put_request(context.transaction, request);
         return {};
       }}));
}

// Does what was confirmed. A fault on the way is noted as far as the store can be written.
pki::Result<Answer> run_confirmed(const RequestContext& call, ConfirmationRequest& request,
                                  const StoredCall& stored) {
  try {
    auto result = stored.run();
    note_outcome(call, request, result);
    return result;
  } catch (const std::exception& error) {
    const pki::Result<Answer> fault = pki::fail(pki::Errc::internal, pki::message_of(error));
    try {
      note_outcome(call, request, fault);
    } catch (const std::exception&) {
      // Without an outcome it is unfinished as well; the first fault is the one to report.
    }
    throw;
  }
}

pki::Result<Answer> confirm(const RequestContext& call, const std::vector<ApiEndpoint>& rows) {
  TRY_ASSIGN(const std::string digest, read_digest(call));
  const auto check = [&](const ConfirmationRequest& request, const store::ReadTransaction& transaction) {
    return may_confirm(request, call, digest, transaction);
  };
  std::unique_ptr<StoredCall> stored;
  {
    const auto transaction = call.services.environment.read();
    TRY_ASSIGN(const ConfirmationRequest request, request_named(transaction, call.parameters.at(0)));
    TRY(check(request, transaction));
    TRY_ASSIGN(stored, StoredCall::make(call, request, rows));
  }
  // What cannot be done leaves the request as it is.
  TRY(stored->preview());
  TRY_ASSIGN(ConfirmationRequest request, decide(call, RequestState::confirmed, "request confirm", check));
  TRY_ASSIGN(const Answer result, run_confirmed(call, request, *stored));
  return Answer{.body = json::object{{"request", to_json(request, call.services.clock.now())},
                                     {"result", result.body}}};
}

pki::Result<Answer> reject(const RequestContext& call) {
  TRY_ASSIGN(const std::string digest, read_digest(call));
  const pki::Time now = call.services.clock.now();
  TRY_ASSIGN(
      const ConfirmationRequest request,
      decide(call, RequestState::rejected, "request reject",
             [&](const ConfirmationRequest& present, const store::ReadTransaction&) -> pki::Result<void> {
               // A suspicion that was confirmed ends only with the compromise on record.
               const bool is_open =
                   present.is_waiting(now) || (present.is_unfinished() && !present.suspected);
               if (!is_open)
                 return pki::fail(pki::Errc::conflict, {messages::request_needs_no_decision,
                                                        subject_of(present), state_of(present, now)});
               if (pki::to_hex(present.digest) != digest)
                 return pki::fail(pki::Errc::conflict, {messages::request_changed, subject_of(present)});
               return {};
             }));
  return Answer{.body = json::object{{"request", to_json(request, now)}}};
}

}  // namespace

bool needs_second_person(const RequestContext& call) {
  using Second = PermissionRow::Second;
  const Second second = permission_table()[static_cast<std::size_t>(call.action)].second_person;
  if (second == Second::no || !call.services.two_persons || call.caller.is_on_trial) return false;
  const bool has_dry_run = call.action == Action::record_compromise || call.action == Action::roll_ca;
  if (has_dry_run && is_dry_run(call)) return false;
  const auto transaction = call.services.environment.read();
  for (const registry::Role role : {registry::Role::officer, registry::Role::supervisor})
    if (registry::count_enabled(transaction, role) == 0) return false;
  return second == Second::always || gives_power(call, transaction);
}

pki::Result<Answer> make_request(const RequestContext& asked, const EndpointHandler& operation) {
  // Before the preview, so that this is what the preview shows.
  RequestContext call = asked;
  pin_record(call);
  TRY_ASSIGN(Answer shown, preview(call, operation));
  ConfirmationRequest request{.id = 0,
                              .action = std::string(to_string(call.action)),
                              .method = std::string(call.request.method_text),
                              .target = std::string(call.request.target),
                              .body = json::serialize(settled_arguments(call, shown.body)),
                              .requester = call.actor(),
                              .requested_at = {},
                              .suspected = suspected_by(call, shown.body)};
  Answer answer{.status = 202, .body = {}};
  TRY(call.execute(call.actor(), "request " + request.action, answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     request.requested_at = context.now;
                     const std::uint64_t id = registry::add_request(context.transaction, request);
                     const auto stored = registry::find_request(context.transaction, id);
                     context.subjects = {subject_of(*stored)};
                     answer.body =
                         json::object{{"request", to_json(*stored, context.now)}, {"preview", shown.body}};
                     return {};
                   }));
  return answer;
}

std::vector<ApiEndpoint> request_endpoints(const std::vector<ApiEndpoint>& rows) {
  using enum http::Method;
  return {{{get, "/v1/requests", Action::read_requests, {"all"}}, list},
          {{get, "/v1/requests/{id}", Action::read_requests},
           [&rows](const RequestContext& call) { return show(call, rows); }},
          {{post, "/v1/requests/{id}/confirm", Action::decide_requests},
           [&rows](const RequestContext& call) { return confirm(call, rows); }},
          {{post, "/v1/requests/{id}/reject", Action::decide_requests}, reject}};
}

}  // namespace admin
