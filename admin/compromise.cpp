// The compromise of a CA's key, reported through /v1/events; /v1/generations reports the progress as rows
// done of rows total.

#include "admin/compromise.h"

#include "law/compromise.h"
#include "pki/certificate.h"
#include "pki/messages/admin.h"
#include "registry/actor.h"
#include "registry/issuers.h"

namespace admin {

namespace {

struct CompromiseCall {
  registry::IssuerId issuer;
  bool dry_run = false;
};

// A generation, or a CA name for its current one.
pki::Result<registry::IssuerId> read_generation(std::string_view text,
                                                const store::ReadTransaction& transaction) {
  if (const auto id = registry::parse_issuer_id(text)) return *id;
  const auto ca = pki::parse_ca_name(text);
  const auto current = ca ? registry::current_issuer(transaction, *ca) : std::nullopt;
  if (!current) return pki::invalid("ca", messages::compromise_generation);
  return current->id;
}

pki::Result<CompromiseCall> read_compromise(const RequestContext& call) {
  FieldReader fields(call.body);
  CompromiseCall read;
  TRY(fields.required_text("event"));
  TRY_ASSIGN(const std::string generation, fields.required_text("ca"));
  TRY_ASSIGN(read.issuer, read_generation(generation, call.services.environment.read()));
  TRY_ASSIGN(read.dry_run, fields.flag("dry_run"));
  TRY_ASSIGN(const auto date, fields.date("date"));
  if (date && *date != pki::jst_date(call.services.clock.now()))
    return pki::invalid("date", messages::compromise_without_date);
  TRY(fields.finish());
  return read;
}

json::object to_json(const law::CompromiseRecord& record) {
  return {{"event", law::kCompromiseEvent},
          {"ca", to_string(record.issuer)},
          {"recorded_at", pki::to_rfc3339(record.compromise.recorded_at)},
          {"reason", pki::to_string(pki::CrlReason::ca_compromise)},
          {"article", law::compromise_article(record.issuer.ca)},
          {"published", law::compromise_publication_article(record.issuer.ca)},
          {"repeated", record.repeated}};
}

// Reads the status of every certificate of the generation.
json::object count_of_falling(const store::ReadTransaction& transaction, registry::IssuerId issuer) {
  std::uint64_t good = 0, held = 0;
  for (auto rows = registry::statuses_of(transaction, issuer); rows.valid(); rows.next()) {
    const registry::Status status = rows.row().status;
    if (!status.revocation)
      ++good;
    else if (status.revocation->is_hold())
      ++held;
  }
  return {{"good", good}, {"held", held}};
}

json::object to_json(const RequestContext& call, const store::ReadTransaction& transaction,
                     const registry::Issuer& issuer) {
  const auto certificate = pki::Certificate::decode(issuer.certificate).value();
  const auto current = registry::current_issuer(transaction, issuer.id.ca);
  json::object body{{"issuer", to_string(issuer.id)},
                    {"ca", pki::to_string(issuer.id.ca)},
                    {"generation", issuer.id.generation},
                    {"current", current && current->id == issuer.id},
                    {"loaded", call.services.authority.find(issuer.id) != nullptr},
                    {"not_before", pki::to_rfc3339(certificate.not_before())},
                    {"not_after", pki::to_rfc3339(certificate.not_after())},
                    {"public_url", issuer.public_url},
                    {"compromise", nullptr}};
  if (!issuer.compromise) return body;
  const registry::FillingProgress progress = registry::progress_of(transaction, issuer);
  json::object compromise{{"recorded_at", pki::to_rfc3339(issuer.compromise->recorded_at)},
                          {"article", law::compromise_article(issuer.id.ca)},
                          {"rows_filled", progress.filled},
                          {"per_mille", progress.per_mille},
                          {"completed_at", nullptr}};
  if (progress.completed_at) compromise["completed_at"] = pki::to_rfc3339(*progress.completed_at);
  body["compromise"] = std::move(compromise);
  return body;
}

pki::Result<Answer> list_generations(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  json::array generations;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction))
    generations.push_back(to_json(call, transaction, issuer));
  return Answer{.body = json::object{{"generations", std::move(generations)}}};
}

}  // namespace

bool is_ca_key_compromise(const json::object& body) {
  const json::value* const name = body.if_contains("event");
  return name != nullptr && name->is_string() && name->as_string() == law::kCompromiseEvent;
}

pki::Result<Answer> record_ca_key_compromise(const RequestContext& call) {
  TRY_ASSIGN(const CompromiseCall read, read_compromise(call));
  const registry::Actor& actor = call.actor();
  if (read.dry_run) {
    const auto transaction = call.services.environment.read();
    TRY_ASSIGN(const registry::Issuer issuer,
               law::find_compromisable_issuer(transaction, read.issuer, actor));
    const auto known = issuer.compromise;
    json::object body = to_json(law::CompromiseRecord{
        read.issuer, known.value_or(registry::Compromise{.recorded_at = call.services.clock.now()}),
        known.has_value()});
    body["dry_run"] = true;
    body["would_fall"] =
        known ? json::object{{"good", 0}, {"held", 0}} : count_of_falling(transaction, read.issuer);
    return Answer{.body = std::move(body)};
  }
  Answer answer{.status = 201, .body = {}};
  TRY(call.execute(actor, "event " + std::string(law::kCompromiseEvent), answer,
                   [&](store::CommandContext& context) -> pki::Result<void> {
                     TRY_ASSIGN(const law::CompromiseRecord record,
                                law::record_compromise(context, read.issuer));
                     answer.status = record.repeated ? 200 : 201;
                     json::object body = to_json(record);
                     body["dry_run"] = false;
                     answer.body = std::move(body);
                     return {};
                   }));
  return answer;
}

std::vector<ApiEndpoint> generation_endpoints() {
  return {{{http::Method::get, "/v1/generations", Action::read_service}, list_generations}};
}

}  // namespace admin
