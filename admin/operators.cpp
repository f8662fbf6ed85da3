// /v1/operators: who may administer, and in which roles.

#include "registry/operators.h"

#include <algorithm>

#include "admin/api.h"
#include "admin/operator_json.h"
#include "admin/pinned_record.h"
#include "ca/operator_credential.h"
#include "pki/messages/admin.h"

namespace admin {

namespace {

using registry::Operator;

struct NewOperator {
  Operator entry;
  // Absent for one who is known by the user alone ([operators.local]).
  std::optional<pki::Bytes> csr;
  // Of the public key in the request.
  std::string key_hash;
};

pki::Result<NewOperator> read_new(const RequestContext& call) {
  FieldReader fields(call.body);
  NewOperator added;
  TRY_ASSIGN(added.entry.name, fields.required_text("name"));
  TRY_ASSIGN(const auto roles, fields.texts("roles"));
  for (const std::string& text : roles) {
    auto actor = registry::parse_actor(text, {});
    if (!actor) return pki::invalid("roles", actor.error().message);
    added.entry.grants.push_back({actor->role, actor->municipality});
  }
  TRY_ASSIGN(added.csr, fields.base64("csr"));
  TRY(fields.finish());
  if (call.services.two_persons && added.entry.has(registry::Role::officer) &&
      added.entry.has(registry::Role::supervisor))
    return pki::invalid("roles", messages::two_roles_one_person);
  const pki::Time now = call.services.clock.now();
  added.entry.added_at = now;
  TRY(registry::check_new_operator(call.services.environment.read(), added.entry, pki::jst_date(now)));
  if (added.csr) {
    if (const auto checked = ca::check_operator_request(*added.csr); checked.has_error())
      return pki::invalid("csr", checked.error().message);
    TRY(require_own_key(call.services.environment.read(), added.entry.name, *added.csr));
    added.key_hash = key_hash_of(*added.csr);
  }
  return added;
}

pki::Result<Answer> add(const RequestContext& call) {
  TRY_ASSIGN(NewOperator added, read_new(call));
  if (added.csr) {
    TRY(require_believed_clock(call.services));
    TRY_ASSIGN(auto credential, sign_credential(call, added.entry.name, std::move(*added.csr)));
    added.entry.credentials.push_back(std::move(credential));
  }
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(
      call.actor(), "operator add", answer, [&](store::CommandContext& context) -> pki::Result<void> {
        TRY(registry::check_new_operator(context.transaction, added.entry, pki::jst_date(context.now)));
        registry::put_operator(context.transaction, added.entry);
        context.subjects = subjects_of(added.entry);
        json::object body = to_json(added.entry, context.now);
        if (!added.entry.credentials.empty()) append_credential(body, call, added.entry.credentials.back());
        if (!added.key_hash.empty()) body["key_sha256"] = added.key_hash;
        answer.body = std::move(body);
        return {};
      }));
  return answer;
}

pki::Result<Answer> list(const RequestContext& call) {
  json::array operators;
  for (const Operator& entry : registry::all_operators(call.services.environment.read()))
    operators.push_back(to_json(entry, call.services.clock.now()));
  return Answer{.body = json::object{{"operators", std::move(operators)}}};
}

pki::Result<Answer> show(const RequestContext& call) {
  TRY_ASSIGN(const Operator entry,
             registry::get_operator(call.services.environment.read(), call.parameters.at(0)));
  return Answer{.body = to_json(entry, call.services.clock.now())};
}

pki::Result<Answer> set_enabled(const RequestContext& call, bool is_enabled) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const auto seen, fields.text(kRecordDigest));
  TRY(fields.finish());
  Answer answer;
  TRY(call.execute(
      call.actor(), is_enabled ? "operator enable" : "operator disable", answer,
      [&](store::CommandContext& context) -> pki::Result<void> {
        TRY_ASSIGN(Operator entry, registry::get_operator(context.transaction, call.parameters.at(0)));
        TRY(check_record(seen, digest_of_operator(context.transaction, entry.name),
                         "operator " + entry.name));
        if (entry.is_enabled == is_enabled)
          return pki::fail(
              pki::Errc::conflict,
              {is_enabled ? messages::operator_enabled : messages::operator_disabled, entry.name});
        if (!is_enabled) {
          TRY(registry::may_end(context.transaction, entry));
          TRY(require_others_who_can_act(call, context.transaction, entry));
        }
        entry.is_enabled = is_enabled;
        registry::put_operator(context.transaction, entry);
        context.subjects = {"operator " + entry.name};
        answer.body = to_json(entry, context.now);
        return {};
      }));
  return answer;
}

}  // namespace

std::vector<ApiEndpoint> operator_endpoints() {
  using enum http::Method;
  return {{{post, "/v1/operators", Action::change_operators}, add},
          {{get, "/v1/operators", Action::read_operators}, list},
          {{get, "/v1/operators/{name}", Action::read_operators}, show},
          {{post, "/v1/operators/{name}/disable", Action::change_operators},
           [](const RequestContext& call) { return set_enabled(call, false); }},
          {{post, "/v1/operators/{name}/enable", Action::change_operators},
           [](const RequestContext& call) { return set_enabled(call, true); }}};
}

}  // namespace admin
