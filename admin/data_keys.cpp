// /v1/keys/rotation: sealing all records under a new data key, and how far that has come.

#include "registry/data_keys.h"
#include "admin/api.h"
#include "law/permission.h"
#include "pki/messages/keys.h"

namespace admin {

namespace {

json::object to_json(const registry::RotationState& state) {
  return {{"data_key", state.ids.back()},
          {"rotating", state.is_running()},
          {"resealed", state.resealed},
          {"total", state.total}};
}

pki::Result<Answer> show(const RequestContext& call) {
  return Answer{.body = to_json(registry::rotation_state(call.services.environment.read()))};
}

pki::Result<Answer> begin(const RequestContext& call) {
  TRY(law::check_may_administer(call.actor()));
  FieldReader fields(call.body);
  TRY(fields.finish());
  if (!call.services.begin_rotation) return pki::fail(pki::Errc::conflict, pki::messages::rotation_not_here);
  TRY(call.services.begin_rotation(call.actor()));
  return Answer{.body = to_json(registry::rotation_state(call.services.environment.read()))};
}

}  // namespace

std::vector<ApiEndpoint> data_key_endpoints() {
  return {{{http::Method::get, "/v1/keys/rotation", Action::read_service}, show},
          {{http::Method::post, "/v1/keys/rotation", Action::rotate_keys}, begin}};
}

}  // namespace admin
