// /v1/sweep: records everything that has fallen due; with dry_run it only says what is due.

#include "law/sweep.h"

#include "admin/api.h"
#include "admin/event_json.h"
#include "verifier/approval_end.h"

namespace admin {

namespace {

json::object to_json(const law::SweepReport& report) {
  json::array events;
  for (const registry::EventRecord& event : report.events)
    events.push_back(due_to_json(event));
  return {{"residents", report.residents},
          {"events", report.event_count},
          {"certificates", report.certificate_count},
          {"due", std::move(events)},
          {"next", report.next ? json::value(pki::to_rfc3339(*report.next)) : nullptr}};
}

pki::Result<Answer> sweep(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const bool is_dry_run, fields.flag("dry_run"));
  TRY(fields.finish());
  const ApiServices& services = call.services;
  const pki::Time now = services.clock.now();
  json::object body;
  std::size_t credentials = 0;
  if (is_dry_run) {
    credentials = verifier::foresee_end_of_credentials(services.environment.read(), now);
    body = to_json(law::preview_sweep(services.environment.read(), services.vault, now));
  } else {
    TRY(require_believed_clock(services));
    const law::SweepDependencies with{services.environment, services.writer, services.vault};
    TRY_ASSIGN(const law::SweepReport report, law::sweep(with, call.actor(), now));
    TRY_ASSIGN(credentials,
               verifier::end_credentials(services.environment, services.writer, call.actor(), now));
    body = to_json(report);
  }
  body["credentials"] = credentials;
  body["dry_run"] = is_dry_run;
  return Answer{.body = std::move(body)};
}

}  // namespace

std::vector<ApiEndpoint> sweep_endpoints() {
  return {{{http::Method::post, "/v1/sweep", Action::sweep}, sweep}};
}

}  // namespace admin
