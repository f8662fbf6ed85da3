// /v1/crls: publication on demand, and what is published.

#include <algorithm>
#include <iterator>

#include "admin/api.h"
#include "admin/problem.h"
#include "crl/check.h"
#include "crl/unrecorded.h"
#include "http/url.h"
#include "pki/messages/admin.h"
#include "pki/number.h"
#include "registry/actor.h"
#include "registry/crls.h"
#include "registry/municipalities.h"
#include "store/audit.h"
#include "verifier/ledger.h"

namespace admin {

namespace {

constexpr std::size_t kListMax = 10'000;

std::string scope_text(const registry::CrlScope& scope) {
  std::string text = to_string(scope.issuer);
  if (!scope.point.is_whole_generation()) text += "/" + pki::to_string(scope.point);
  return text;
}

pki::Result<registry::IssuerId> issuer_from(std::string_view text) {
  const auto issuer = registry::parse_issuer_id(text);
  if (!issuer) return pki::invalid("issuer", messages::generation_form);
  return *issuer;
}

// `final` makes the last CRLs of one generation.
pki::Result<crl::PublicationReport> run_publication(const RequestContext& call, std::string_view kind,
                                                    const std::optional<std::string>& issuer) {
  crl::Publisher& publisher = call.services.publisher;
  if (kind == "final") {
    if (!issuer) return pki::invalid("issuer", messages::last_lists_generation);
    TRY_ASSIGN(const registry::IssuerId id, issuer_from(*issuer));
    if (!registry::find_issuer(call.services.environment.read(), id))
      return pki::fail(pki::Errc::not_found, {messages::generation_unknown, *issuer});
    if (call.is_preview) return crl::PublicationReport{};
    return publisher.publish_last(id);
  }
  if (issuer) return pki::invalid("issuer", messages::issuer_needs_final);
  if (kind == "complete") return publisher.publish(crl::PublicationKind::complete_and_delta);
  if (kind == "delta") return publisher.publish(crl::PublicationKind::delta_only);
  return pki::invalid("kind", messages::publication_kind_form);
}

pki::Result<Answer> publish(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const auto kind, fields.text("kind"));
  TRY_ASSIGN(const auto issuer, fields.text("issuer"));
  TRY(fields.finish());
  TRY_ASSIGN(const crl::PublicationReport report, run_publication(call, kind.value_or("complete"), issuer));
  if (call.is_preview) return Answer{.body = json::object{{"ends_key_of", issuer.value_or("")}}};
  json::array failures;
  for (const crl::ScopeFailure& failure : report.failures)
    failures.push_back(json::object{{"scope", scope_text(failure.scope)},
                                    {"kind", to_string(failure.kind)},
                                    {"reason", failure.reason.in(language_of(call.request))}});
  return Answer{.body = json::object{{"complete", report.complete},
                                     {"delta", report.deltas},
                                     {"authority", report.arls},
                                     {"entries", report.entries},
                                     {"octets", report.bytes},
                                     {"failures", std::move(failures)}}};
}

// "/crl/sign-1/full-1763870400000.crl": where this very list is, also when it is no longer current.
std::string numbered_path(const registry::CrlRecord& record) {
  std::string path = registry::list_path(record.scope, record.kind);
  path.insert(path.size() - std::string_view(".crl").size(), "-" + std::to_string(record.number));
  return path;
}

json::object to_json(const registry::CrlRecord& record) {
  json::object body{{"scope", scope_text(record.scope)},
                    {"kind", to_string(record.kind)},
                    {"number", std::to_string(record.number)},
                    {"this_update", pki::to_rfc3339(record.this_update)},
                    {"next_update", pki::to_rfc3339(record.next_update)},
                    {"entries", record.entries},
                    {"octets", record.length}};
  if (record.base_number) body["base"] = std::to_string(*record.base_number);
  if (record.kind != registry::CrlKind::delta)
    body["occasion"] = record.occasion == registry::CrlOccasion::regular ? "regular" : "extra";
  json::array covers;
  for (const registry::Covered& one : record.covered)
    covers.push_back(
        json::object{{"issuer", to_string(registry::IssuerId{record.scope.issuer.ca, one.generation})},
                     {"sequence", one.sequence}});
  body["covers"] = std::move(covers);
  if (record.finality == registry::CrlFinality::last_of_key) body["last"] = true;
  body["path"] = numbered_path(record);
  return body;
}

// Which records a listing shows.
struct ListFilter {
  std::vector<registry::IssuerId> issuers;
  // Absent: all points.
  std::optional<pki::DistributionPoint> point = pki::kWholeGeneration;
  std::optional<registry::CrlKind> kind;
  std::optional<pki::Date> date;
  bool is_current_only = false;
  std::size_t limit = 0;
};

pki::Result<std::optional<registry::CrlKind>> kind_filter(const RequestContext& call) {
  const auto text = call.query("kind");
  if (!text) return std::optional<registry::CrlKind>{};
  for (const registry::CrlKind kind : registry::kCrlKinds)
    if (to_string(kind) == *text) return std::optional(kind);
  return pki::invalid("kind", messages::list_kind_form);
}

// ?issuer=sign-1, ?point=132217 (or all; without it the whole generations), ?kind=delta, ?date=2026-11-23 (of
// thisUpdate, in Japan), ?current=true, ?limit=100.
pki::Result<ListFilter> read_filter(const RequestContext& call, const store::ReadTransaction& transaction) {
  ListFilter filter;
  if (const auto text = call.query("issuer")) {
    TRY_ASSIGN(const registry::IssuerId issuer, issuer_from(*text));
    filter.issuers.push_back(issuer);
  } else {
    for (const auto& issuer : registry::all_issuers(transaction))
      if (issuer.id.ca != pki::CaName::operations) filter.issuers.push_back(issuer.id);
  }
  if (const auto text = call.query("point"); text && *text == "all") {
    filter.point.reset();
  } else if (text) {
    TRY_ASSIGN(filter.point->code, registry::parse_municipality_code(*text));
  }
  TRY_ASSIGN(filter.kind, kind_filter(call));
  if (const auto text = call.query("date")) {
    auto date = pki::parse_date(*text);
    if (!date) return pki::invalid("date", messages::day_form);
    filter.date = *date;
  }
  const std::string current = call.query("current").value_or("false");
  if (current != "true" && current != "false") return pki::invalid("current", messages::current_form);
  filter.is_current_only = current == "true";
  TRY_ASSIGN(filter.limit, call.page_limit(kListMax));
  return filter;
}

// The newest of a scope first.
void list_scope(const store::ReadTransaction& transaction, const registry::CrlScope& scope,
                const ListFilter& filter, json::array& crls) {
  for (const registry::CrlKind kind : registry::kCrlKinds) {
    if (filter.kind && *filter.kind != kind) continue;
    auto record = registry::current_crl(transaction, scope, kind);
    while (record && crls.size() < filter.limit) {
      const pki::Date date = pki::jst_date(record->this_update);
      if (filter.date && date < *filter.date) break;
      if (!filter.date || date == *filter.date) crls.push_back(to_json(*record));
      if (filter.is_current_only) break;
      record = registry::crl_below(transaction, scope, kind, record->number);
    }
  }
}

pki::Result<Answer> list(const RequestContext& call) {
  const auto transaction = call.services.environment.read();
  TRY_ASSIGN(const ListFilter filter, read_filter(call, transaction));
  json::array crls;
  for (const registry::IssuerId issuer : filter.issuers) {
    if (!filter.point || filter.point->is_whole_generation())
      list_scope(transaction, {issuer, pki::kWholeGeneration}, filter, crls);
    if (filter.point && !filter.point->is_whole_generation())
      list_scope(transaction, {issuer, *filter.point}, filter, crls);
    if (filter.point) continue;
    for (const pki::DistributionPoint point : registry::points_of(transaction, issuer))
      list_scope(transaction, {issuer, point}, filter, crls);
  }
  return Answer{.body = json::object{{"crls", std::move(crls)}}};
}

std::string list_text(const crl::ListId& list) {
  return scope_text(list.scope) + "/" + std::string(to_string(list.kind)) + "/" + std::to_string(list.number);
}

// What list_text() wrote.
pki::Result<crl::ListId> list_from(const std::string& text) {
  const auto wrong = pki::invalid("after", messages::after_form);
  const auto parts = http::path_segments(text);
  if (parts.size() != 3 && parts.size() != 4) return wrong;
  crl::ListId list;
  const auto issuer = registry::parse_issuer_id(parts.front());
  const auto number = pki::parse_number<std::uint64_t>(parts.back());
  const auto kind = std::ranges::find(registry::kCrlKinds, parts[parts.size() - 2],
                                      [](registry::CrlKind one) { return to_string(one); });
  if (!issuer || !number || kind == registry::kCrlKinds.end()) return wrong;
  list = {{*issuer, pki::kWholeGeneration}, *kind, *number};
  if (parts.size() == 4) {
    TRY_ASSIGN(list.scope.point.code, registry::parse_municipality_code(parts[1]));
  }
  return list;
}

// ?extent=current leaves out the past lists; ?after= goes on behind `next` of the answer before.
pki::Result<Answer> check(const RequestContext& call) {
  // So that no answer takes much longer than a second.
  constexpr std::uint64_t kBytesOfAnAnswer = std::uint64_t{64} << 20U;
  crl::CheckRequest request{.folder = call.services.crl_folder, .now = call.services.clock.now()};
  request.bytes_max = kBytesOfAnAnswer;
  const std::string extent = call.query("extent").value_or("everything");
  if (extent != "everything" && extent != "current") return pki::invalid("extent", messages::extent_form);
  if (extent == "current") request.extent = crl::CheckExtent::current;
  if (const auto after = call.query("after")) {
    TRY_ASSIGN(request.after, list_from(*after));
  }
  // With the first answer, and before the snapshot: see check_unrecorded().
  const std::vector<crl::PresentFile> files =
      request.after ? std::vector<crl::PresentFile>{} : crl::present_files(request.folder);
  const store::ReadTransaction snapshot = call.services.environment.read();
  crl::CheckReport report = crl::check_published(snapshot, request);
  std::ranges::move(crl::check_unrecorded(snapshot, files, request.now), std::back_inserter(report.findings));
  json::array findings;
  for (const crl::CheckFinding& finding : report.findings)
    findings.push_back(json::object{{"scope", scope_text(finding.list.scope)},
                                    {"kind", to_string(finding.list.kind)},
                                    {"number", std::to_string(finding.list.number)},
                                    {"what", finding.what.in(language_of(call.request))}});
  json::object body{{"lists", report.lists},
                    {"entries", report.entries},
                    {"octets", report.bytes},
                    {"findings", std::move(findings)}};
  if (report.stopped_behind) body["next"] = list_text(*report.stopped_behind);
  return Answer{.body = std::move(body)};
}

}  // namespace

std::vector<ApiEndpoint> publication_endpoints() {
  using enum http::Method;
  return {{{post, "/v1/crls", Action::publish}, publish},
          {{get, "/v1/crls", Action::read_service, {"kind", "issuer", "point", "date", "current", "limit"}},
           list},
          {{get, "/v1/crls/check", Action::read_service, {"extent", "after"}}, check}};
}

}  // namespace admin
