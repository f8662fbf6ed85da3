// /v1/clock: what time the service goes by, and an operator's word that the wall clock is right.

#include "admin/api.h"
#include "law/permission.h"
#include "pki/messages/admin.h"

namespace admin {

namespace {

json::object to_json(const ClockState& state, pki::Language language) {
  return {{"now", pki::to_rfc3339(state.now)},
          {"wall", pki::to_rfc3339(state.wall)},
          {"doubt", state.doubt ? json::value(state.doubt->in(language)) : nullptr}};
}

ClockState state_of(const ApiServices& services) {
  if (services.clock_control.state) return services.clock_control.state();
  const pki::Time now = services.clock.now();
  return {.now = now, .wall = now, .doubt = {}};
}

pki::Result<Answer> show(const RequestContext& call) {
  return Answer{.body = to_json(state_of(call.services), language_of(call.request))};
}

// The entry is written first, dated by the time of before: it stands for the word, and the time follows it.
pki::Result<Answer> accept(const RequestContext& call) {
  TRY(law::check_may_administer(call.actor()));
  FieldReader fields(call.body);
  TRY(fields.finish());
  if (!call.services.clock_control.accept)
    return pki::fail(pki::Errc::conflict, messages::clock_never_doubted);
  const ClockState before = state_of(call.services);
  TRY(call.services.clock_control.may_accept());
  TRY(call.services.writer.execute({.actor = call.actor(),
                                    .action = "clock accept",
                                    .run = [&](store::CommandContext& context) -> pki::Result<void> {
                                      context.subjects = {"from " + pki::to_rfc3339(before.now),
                                                          "to " + pki::to_rfc3339(before.wall)};
                                      return {};
                                    }}));
  TRY(call.services.clock_control.accept());
  json::object body = to_json(state_of(call.services), language_of(call.request));
  body["before"] = pki::to_rfc3339(before.now);
  return Answer{.body = std::move(body)};
}

}  // namespace

pki::Result<void> require_believed_clock(const ApiServices& services) {
  const ClockState state = state_of(services);
  if (!state.doubt) return {};
  return pki::fail(pki::Errc::too_busy, {messages::time_in_doubt, *state.doubt});
}

std::vector<ApiEndpoint> clock_endpoints() {
  return {{{http::Method::get, "/v1/clock", Action::read_service}, show},
          {{http::Method::post, "/v1/clock/acceptance", Action::accept_clock}, accept}};
}

}  // namespace admin
