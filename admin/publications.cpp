// /v1/crls and /v1/audit: publication on demand, what is published, and the audit log.

#include "admin/api.h"
#include "ca/permission.h"
#include "crl/check.h"
#include "registry/audit.h"
#include "registry/crls.h"
#include "registry/ledger.h"
#include "registry/municipalities.h"

namespace admin {

namespace {

constexpr std::size_t kAuditPageMax = 1'000;

std::string scope_text(const registry::CrlScope& scope) {
  std::string text = registry::to_string(scope.issuer);
  if (!scope.point.is_whole_generation()) text += "/" + pki::to_string(scope.point);
  return text;
}

pki::Result<Answer> publish(const Call& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const auto kind, fields.text("kind"));
  TRY(fields.finish());
  if (kind && *kind != "complete" && *kind != "delta")
    return pki::invalid("kind", "the kind must be complete (with its delta) or delta (alone)");
  TRY(ca::may_administer(call.actor()));
  const auto publication = kind.value_or("complete") == "delta" ? crl::PublicationKind::delta_only
                                                                : crl::PublicationKind::complete_and_delta;
  TRY_ASSIGN(const crl::PublicationReport report, call.services.publisher.publish(publication));
  json::array failures;
  for (const crl::ScopeFailure& failure : report.failures)
    failures.push_back(json::object{{"scope", scope_text(failure.scope)},
                                    {"kind", registry::to_string(failure.kind)},
                                    {"reason", failure.reason}});
  return Answer{.body = json::object{{"complete", report.complete},
                                     {"deltas", report.deltas},
                                     {"entries", report.entries},
                                     {"octets", report.octets},
                                     {"failures", std::move(failures)}}};
}

json::object to_json(const registry::CrlRecord& record) {
  json::object body{{"scope", scope_text(record.scope)},
                    {"kind", registry::to_string(record.kind)},
                    {"number", std::to_string(record.number)},
                    {"this_update", pki::to_rfc3339(record.this_update)},
                    {"next_update", pki::to_rfc3339(record.next_update)},
                    {"entries", record.entries},
                    {"octets", record.length}};
  if (record.base_number) body["base"] = std::to_string(*record.base_number);
  return body;
}

// ?issuer=sign-1 and ?point=132217 choose a scope; without a point: the whole generation's.
pki::Result<Answer> list(const Call& call) {
  const auto transaction = call.services.environment.read();
  std::vector<registry::IssuerId> issuers;
  if (const auto text = call.query("issuer")) {
    const auto issuer = registry::parse_issuer_id(*text);
    if (!issuer) return pki::invalid("issuer", "a generation is written sign-1 or auth-1");
    issuers.push_back(*issuer);
  } else {
    for (const auto& issuer : registry::all_issuers(transaction))
      if (issuer.id.ca != pki::CaName::operations) issuers.push_back(issuer.id);
  }
  pki::DistributionPoint point = pki::kWholeGeneration;
  if (const auto text = call.query("point")) {
    TRY_ASSIGN(point.code, registry::parse_municipality_code(*text));
  }
  json::array crls;
  for (const registry::IssuerId issuer : issuers)
    for (const auto& record : registry::crls_of(transaction, {issuer, point}))
      crls.push_back(to_json(record));
  return Answer{.body = json::object{{"crls", std::move(crls)}}};
}

pki::Result<Answer> check(const Call& call) {
  const auto transaction = call.services.environment.read();
  const crl::CheckReport report =
      crl::check_published(transaction, call.services.crl_folder, call.services.clock.now());
  json::array findings;
  for (const crl::CheckFinding& finding : report.findings)
    findings.push_back(json::object{{"scope", scope_text(finding.scope)},
                                    {"kind", registry::to_string(finding.kind)},
                                    {"number", std::to_string(finding.number)},
                                    {"what", finding.what}});
  return Answer{.body = json::object{{"lists", report.lists},
                                     {"entries", report.entries},
                                     {"octets", report.octets},
                                     {"findings", std::move(findings)}}};
}

pki::Result<Answer> show_audit(const Call& call) {
  TRY_ASSIGN(const std::size_t limit, call.page_limit(kAuditPageMax));
  const auto transaction = call.services.environment.read();
  json::array entries;
  registry::visit_audit(transaction, [&](const registry::AuditEntry& entry) {
    if (entries.size() >= limit) return false;
    json::array subjects;
    for (const std::string& subject : entry.subjects)
      subjects.push_back(json::value(subject));
    entries.push_back(json::object{{"sequence", entry.sequence},
                                   {"recorded_at", pki::to_rfc3339(entry.recorded_at)},
                                   {"operator", entry.actor.operator_name},
                                   {"role", registry::to_string(entry.actor)},
                                   {"action", entry.action},
                                   {"subjects", std::move(subjects)}});
    return true;
  });
  return Answer{.body = json::object{{"entries", std::move(entries)}}};
}

pki::Result<Answer> verify_audit(const Call& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const std::uint64_t entries, registry::verify_audit(transaction));
  TRY_ASSIGN(const std::uint64_t days, registry::verify_ledger(transaction));
  return Answer{.body = json::object{{"entries", entries}, {"ledger_days", days}, {"intact", true}}};
}

}  // namespace

std::vector<OperationRow> publication_operations() {
  return {{http::Method::post, "/v1/crls", publish},
          {http::Method::get, "/v1/crls", list},
          {http::Method::get, "/v1/crls/check", check},
          {http::Method::get, "/v1/audit", show_audit},
          {http::Method::get, "/v1/audit/verification", verify_audit}};
}

}  // namespace admin
