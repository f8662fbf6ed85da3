// Dispatch, roles, idempotency and errors of the admin API.

#include "admin/api.h"

#include <algorithm>
#include <charconv>

#include "pki/hash.h"
#include "registry/actor.h"
#include "registry/residents.h"

namespace admin {

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    if (path.front() == '/') path.remove_prefix(1);
    const std::size_t end = path.find('/');
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return segments;
}

// The variable segments when the path fits the pattern.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = segments_of(pattern), given = segments_of(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{}") {
      auto decoded = http::percent_decode(given[i]);
      if (!decoded || decoded->empty()) return std::nullopt;
      parameters.push_back(std::move(*decoded));
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

http::Response json_response(const Answer& answer) {
  http::Response response =
      http::text_response(answer.status, "application/json", json::serialize(answer.body) + "\n");
  // Answers name people and are for this caller alone.
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

pki::Bytes hash_of_request(const http::Request& request) {
  pki::Hash hash(pki::HashAlgorithm::sha256);
  hash.update(pki::as_bytes(request.method_text));
  hash.update(pki::as_bytes(request.target));
  hash.update(pki::as_bytes(request.header("Jpki-As").value_or("")));
  hash.update(request.body);
  return hash.finish();
}

// The answer remembered under this key, if the request was made before.
pki::Result<std::optional<Answer>> remembered(const Call& call) {
  if (call.idempotency_key.empty()) return std::optional<Answer>{};
  const auto transaction = call.services.environment.read();
  const auto known =
      store::find_answer(transaction, call.services.vault, call.operator_name, call.idempotency_key);
  if (!known) return std::optional<Answer>{};
  if (known->request_hash != call.request_hash)
    return pki::fail(pki::Errc::conflict, "this Idempotency-Key was used for another request: use a new key");
  return std::optional<Answer>(Answer{static_cast<unsigned>(known->http_status), json::parse(known->body)});
}

}  // namespace

std::optional<std::string> Call::query(std::string_view name) const {
  return http::query_value(request.query, name);
}

pki::Result<std::size_t> Call::page_limit(std::size_t most) const {
  const auto text = query("limit");
  if (!text) return most;
  std::size_t limit = 0;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc{} || stop != text->data() + text->size() || limit == 0)
    return pki::invalid("limit", "the limit must be a number from 1 on");
  return std::min(limit, most);
}

registry::Actor Call::actor() const {
  if (stated_actor) return *stated_actor;
  return {.operator_name = operator_name, .role = registry::Role::officer};
}

registry::Actor Call::actor_for_resident(std::optional<std::uint32_t> municipality) const {
  if (stated_actor || !municipality) return actor();
  return {.operator_name = operator_name, .role = registry::Role::municipality, .municipality = municipality};
}

void Call::remember(store::CommandContext& context, const Answer& answer) const {
  if (idempotency_key.empty()) return;
  store::remember_answer(context.transaction, services.vault, operator_name, idempotency_key,
                         {.request_hash = request_hash,
                          .http_status = answer.status,
                          .body = json::serialize(answer.body),
                          .recorded_at = context.now});
}

pki::Result<void> Call::claim(const store::CommandContext& context) const {
  const bool answered = !idempotency_key.empty() && store::find_answer(context.transaction, services.vault,
                                                                       operator_name, idempotency_key);
  if (answered) return pki::fail(pki::Errc::conflict, "this request is answered already");
  return {};
}

pki::Result<void> Call::execute(const registry::Actor& actor, std::string action, const Answer& answer,
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
    : services_(std::move(services)), workers_(workers), on_error_(std::move(on_error)) {
  for (auto make : {resident_operations, event_operations, event_batch_operations, sweep_operations, check_operations,
                    certificate_operations, generation_operations, retention_operations, verifier_operations,
                    verifier_step_operations, credential_operations, report_operations, consent_operations,
                    publication_operations})
    for (OperationRow& row : make())
      rows_.push_back(std::move(row));
  for (OperationRow& row : statistics_operations(services_))
    rows_.push_back(std::move(row));
}

void Api::mount(http::Router& router) {
  const http::AsyncHandler handler = [this](http::OwnedRequest request, http::Reply reply) {
    auto shared_reply = std::make_shared<http::Reply>(std::move(reply));
    const bool queued = workers_.submit([this, request, shared_reply] { (*shared_reply)(answer(request)); });
    if (!queued)
      (*shared_reply)(
          problem_response(pki::fail(pki::Errc::too_busy, "too many requests: try again in a moment")));
  };
  for (const http::Method method :
       {http::Method::get, http::Method::post, http::Method::put, http::Method::patch, http::Method::delete_})
    router.add_prefix(method, "/v1/", handler);
}

http::Response Api::answer(const http::Request& request) const {
  try {
    bool path_known = false;
    for (const OperationRow& row : rows_) {
      auto parameters = match(row.pattern, request.path);
      if (!parameters) continue;
      path_known = true;
      if (row.method != request.method) continue;
      // Read first: an object that is assigned would be copied out of its arena.
      auto body = parse_object(request.body);
      Call call{.services = services_,
                .request = request,
                .parameters = std::move(*parameters),
                .body = body ? std::move(*body) : json::object{},
                .stated_actor = {},
                .operator_name = http::to_string(request.peer),
                .idempotency_key = std::string(request.header("Idempotency-Key").value_or("")),
                .request_hash = {}};
      if (const auto as = request.header("Jpki-As")) {
        auto actor = registry::parse_actor(*as, call.operator_name);
        if (!actor) return problem_response(actor.error());
        call.stated_actor = std::move(*actor);
      }
      if (!body) return problem_response(body.error());
      if (!call.idempotency_key.empty()) call.request_hash = hash_of_request(request);
      const auto earlier = remembered(call);
      if (!earlier) return problem_response(earlier.error());
      if (*earlier) return json_response(**earlier);
      const auto result = row.operation(call);
      if (result.has_value()) return json_response(*result);
      // The same request may have been answered while this one waited.
      if (const auto meanwhile = remembered(call); meanwhile.has_value() && *meanwhile)
        return json_response(**meanwhile);
      if (result.error().code == pki::Errc::internal && on_error_) on_error_(result.error().detail);
      return problem_response(result.error());
    }
    return path_known ? http::problem(405, "Method Not Allowed")
                      : http::problem(404, "There is nothing at this path");
  } catch (const std::exception& error) {
    if (on_error_) on_error_(error.what());
    return problem_response(pki::fail(pki::Errc::internal, {}));
  }
}

unsigned http_status(pki::Errc code) {
  switch (code) {
    case pki::Errc::already_exists:
      return 409;
    case pki::Errc::conflict:
      return 409;
    case pki::Errc::forbidden:
      return 403;
    case pki::Errc::internal:
      return 500;
    case pki::Errc::invalid_value:
      return 422;
    case pki::Errc::malformed:
      return 400;
    case pki::Errc::not_found:
      return 404;
    case pki::Errc::refused_by_law:
      return 409;
    case pki::Errc::sig_required:
      return 403;
    case pki::Errc::too_busy:
      return 503;
    case pki::Errc::unauthorized:
      return 403;
    case pki::Errc::unreachable:
      return 502;
    case pki::Errc::unsupported:
      return 422;
  }
  return 500;
}

json::object problem_object(const pki::Error& error) {
  const unsigned status = http_status(error.code);
  // Our own faults are told to the log alone.
  const bool internal = error.code == pki::Errc::internal;
  json::object body{{"type", "about:blank"},
                    {"title", http::reason_phrase(status)},
                    {"status", status},
                    {"detail", internal ? "an internal error, see the log of the server" : error.detail},
                    {"code", pki::to_string(error.code)}};
  if (!error.field.empty()) body["field"] = error.field;
  if (!error.article.empty()) body["article"] = error.article;
  return body;
}

http::Response problem_response(const pki::Error& error) {
  const unsigned status = http_status(error.code);
  http::Response response =
      http::text_response(status, "application/problem+json", json::serialize(problem_object(error)) + "\n");
  if (status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace admin
