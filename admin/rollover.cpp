// POST /v1/generations: a CA's next generation, while the service runs.

#include "admin/api.h"
#include "pki/messages/admin.h"
#include "pki/messages/service.h"

namespace admin {

namespace {

struct RolloverCall {
  pki::CaName ca = pki::CaName::sign;
  ca::LinkChoice links = ca::LinkChoice::none;
  bool dry_run = false;
  // The generation that is to begin; absent: the next one, whichever it is.
  std::optional<registry::IssuerId> generation;
};

pki::Result<RolloverCall> read_rollover(const RequestContext& call) {
  FieldReader fields(call.body);
  RolloverCall read;
  TRY_ASSIGN(const std::string name, fields.required_text("ca"));
  const auto ca = pki::parse_ca_name(name);
  if (!ca) return pki::invalid("ca", messages::rollover_which_ca);
  read.ca = *ca;
  TRY_ASSIGN(const bool links, fields.flag("link_certificates"));
  if (links) read.links = ca::LinkChoice::make;
  TRY_ASSIGN(read.dry_run, fields.flag("dry_run"));
  TRY_ASSIGN(const auto generation, fields.text("generation"));
  if (generation) {
    read.generation = registry::parse_issuer_id(*generation);
    if (!read.generation || read.generation->ca != read.ca)
      return pki::invalid("generation", messages::ca_name_form);
  }
  TRY(fields.finish());
  return read;
}

json::object to_json(const ca::Succession& succession, bool is_dry_run) {
  return {{"issuer", to_string(succession.id)},
          {"predecessor", to_string(succession.predecessor)},
          {"link_certificates", succession.with_links},
          {"dry_run", is_dry_run}};
}

// What it would begin, and whether it can.
pki::Result<ca::Succession> plan(const RequestContext& call, const RolloverCall& wanted) {
  const store::ReadTransaction transaction = call.services.environment.read();
  TRY_ASSIGN(const ca::Succession succession, ca::plan_rollover(transaction, wanted.ca, wanted.links));
  if (wanted.generation && *wanted.generation != succession.id)
    return pki::fail(pki::Errc::conflict, service::messages::rollover_overtaken);
  TRY(ca::name_points(transaction, call.services.authority.profile(),
                      registry::all_municipalities(transaction), succession.id));
  return succession;
}

pki::Result<Answer> roll(const RequestContext& call) {
  TRY_ASSIGN(const RolloverCall wanted, read_rollover(call));
  TRY_ASSIGN(const ca::Succession succession, plan(call, wanted));
  if (wanted.dry_run || call.is_preview) return Answer{.body = to_json(succession, true)};
  TRY(require_believed_clock(call.services));
  const Answer answer{.status = 201, .body = to_json(succession, false)};
  TRY_ASSIGN(const auto pending, call.services.prepare_generation(succession));
  TRY(call.execute(call.actor(), "key rollover", answer,
                   [&](store::CommandContext& context) { return pending->record(context); }));
  pending->put_to_use();
  return answer;
}

}  // namespace

std::vector<ApiEndpoint> rollover_endpoints() {
  return {{{http::Method::post, "/v1/generations", Action::roll_ca}, roll}};
}

}  // namespace admin
