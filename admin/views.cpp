// /v1/views: the views of the cluster, which answer status with responders of their own.

#include "registry/views.h"

#include <algorithm>

#include "admin/api.h"
#include "pki/hash.h"
#include "pki/messages/admin.h"
#include "pki/public_key.h"
#include "registry/inbox.h"
#include "registry/issuers.h"

namespace admin {

namespace {

using registry::View;

json::object to_json(const View& view) {
  return {{"name", view.name},
          {"state", view.removed_at ? "removed" : "present"},
          {"key_sha256", pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, view.public_key))},
          {"added_at", pki::to_rfc3339(view.added_at)},
          {"removed_at",
           view.removed_at ? json::value(pki::to_rfc3339(*view.removed_at)) : json::value(nullptr)}};
}

// A machine of the authority has responders, or has sent counts, and is no view. One that has always led is
// known to the database alone: `jpki view add --log` asks it.
bool is_machine_of_authority(const store::ReadTransaction& transaction, const std::string& name) {
  if (!registry::find_view(transaction, name) && registry::last_message(transaction, name) != 0) return true;
  const auto issuers = registry::all_issuers(transaction);
  return std::ranges::any_of(issuers, [&](const registry::Issuer& issuer) {
    const auto responder = registry::find_responder(transaction, issuer.id, name);
    return responder && responder->machine == name && !registry::find_view(transaction, name);
  });
}

// A key that was removed was removed for a reason; requests of two views with one key could be exchanged.
pki::Result<void> check_new(const store::ReadTransaction& transaction, const View& view) {
  const auto present = registry::find_view(transaction, view.name);
  if (present && !present->removed_at)
    return pki::fail(pki::Errc::already_exists, {messages::view_exists, view.name});
  if (is_machine_of_authority(transaction, view.name))
    return pki::invalid("name", {messages::view_name_of_machine, view.name});
  const auto views = registry::all_views(transaction);
  if (std::ranges::any_of(views, [&](const View& other) { return other.public_key == view.public_key; }))
    return pki::invalid("public_key", messages::view_key_used);
  return {};
}

pki::Result<Answer> add(const RequestContext& call) {
  FieldReader fields(call.body);
  View view;
  TRY_ASSIGN(view.name, fields.required_text("name"));
  TRY_ASSIGN(auto key, fields.base64("public_key"));
  TRY(fields.finish());
  TRY(registry::check_view_name(view.name));
  if (!key || pki::key_algorithm_of(*key).has_error())
    return pki::invalid("public_key", messages::view_key_form);
  view.public_key = std::move(*key);
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(call.actor(), "view add", answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY(check_new(context.transaction, view));
                     View added = view;
                     added.added_at = context.now;
                     registry::put_view(context.transaction, added);
                     context.subjects = {"view " + added.name};
                     answer.body = to_json(added);
                     return {};
                   }));
  return answer;
}

pki::Result<Answer> list(const RequestContext& call) {
  json::array views;
  for (const View& view : registry::all_views(call.services.environment.read()))
    views.push_back(to_json(view));
  return Answer{.body = json::object{{"views", std::move(views)}}};
}

pki::Result<Answer> remove(const RequestContext& call) {
  TRY(FieldReader(call.body).finish());
  Answer answer;
  TRY(call.execute(call.actor(), "view remove", answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     const std::string& name = call.parameters.at(0);
                     auto view = registry::find_view(context.transaction, name);
                     if (!view) return pki::fail(pki::Errc::not_found, {messages::view_unknown, name});
                     if (view->removed_at)
                       return pki::fail(pki::Errc::conflict, {messages::view_is_removed, name});
                     view->removed_at = context.now;
                     registry::put_view(context.transaction, *view);
                     context.subjects = {"view " + name};
                     answer.body = to_json(*view);
                     return {};
                   }));
  return answer;
}

}  // namespace

std::vector<ApiEndpoint> view_endpoints() {
  using enum http::Method;
  return {{{post, "/v1/views", Action::add_views}, add},
          {{get, "/v1/views", Action::read_views}, list},
          {{post, "/v1/views/{name}/remove", Action::remove_views}, remove}};
}

}  // namespace admin
