// /v1/retention: what falls due by the Order, and its removal on request.

#include "registry/retention.h"
#include "admin/api.h"
#include "admin/problem.h"
#include "pki/messages/admin.h"
#include "registry/crls.h"
#include "registry/issuers.h"

namespace admin {

namespace {

using registry::RetentionClass;
using registry::RetentionQuestion;

// Complete CRL files (Order 7, 23): ten years; deltas are this project's own: thirty days.
constexpr int kCompleteCrlYears = 10;
constexpr std::chrono::days kDeltaLife{30};

pki::Message law_of(RetentionClass records) {
  switch (records) {
    case RetentionClass::issue_record:
      return messages::retention_issue_records;
    case RetentionClass::revocation_record:
      return messages::retention_revocation_records;
    case RetentionClass::removed_resident:
      return messages::retention_removed_residents;
    case RetentionClass::answer:
      return messages::retention_answers;
  }
  return {};
}

// The end of a day in Japan, or this moment.
pki::Result<pki::Time> moment(const RequestContext& call, const std::optional<pki::Date>& on) {
  const pki::Time now = call.services.clock.now();
  if (!on || *on == pki::jst_date(now)) return now;
  return pki::jst_end_of_day(*on);
}

json::object crls_due(const store::ReadTransaction& transaction, pki::Time on) {
  std::uint64_t complete = 0, deltas = 0;
  for (const registry::Issuer& issuer : registry::all_issuers(transaction))
    for (auto records = registry::crls_of_issuer(transaction, issuer.id); records.valid(); records.next()) {
      const registry::CrlRecord record = records.row();
      const bool is_complete = record.kind == registry::CrlKind::complete;
      if (is_complete &&
          pki::add_years(pki::jst_date(record.this_update), kCompleteCrlYears) < pki::jst_date(on))
        ++complete;
      if (!is_complete && record.this_update + kDeltaLife < on) ++deltas;
    }
  return {{"complete", complete}, {"delta", deltas}};
}

json::object report(const RequestContext& call, pki::Time on) {
  const auto transaction = call.services.environment.read();
  json::array due;
  for (const RetentionClass records : registry::kRetentionClasses)
    due.push_back(json::object{
        {"records", to_string(records)},
        {"due", registry::count_due(transaction, call.services.vault, RetentionQuestion{records, on})},
        {"law", law_of(records).in(language_of(call.request))}});
  return {{"on", pki::to_rfc3339(on)}, {"due", std::move(due)}, {"crls", crls_due(transaction, on)}};
}

pki::Result<Answer> show(const RequestContext& call) {
  std::optional<pki::Date> on;
  if (const auto text = call.query("on")) {
    const auto date = pki::parse_date(*text);
    if (!date) return pki::invalid("on", messages::day_form);
    on = *date;
  }
  TRY_ASSIGN(const pki::Time time, moment(call, on));
  return Answer{.body = report(call, time)};
}

pki::Result<Answer> remove(const RequestContext& call) {
  FieldReader fields(call.body);
  TRY_ASSIGN(const auto on, fields.date("on"));
  TRY(fields.finish());
  const pki::Time now = call.services.clock.now();
  if (on && *on > pki::jst_date(now)) return pki::invalid("on", messages::retention_future);
  TRY_ASSIGN(const pki::Time time, moment(call, on));
  json::object body = report(call, time);
  if (call.is_preview) return Answer{.body = std::move(body)};
  for (const RetentionClass records : registry::kRetentionClasses)
    TRY(registry::remove_in_steps({call.services.environment, call.services.writer, call.services.vault},
                                  call.actor(), {records, time}, [] { return false; }));
  body["removed"] = true;
  return Answer{.body = std::move(body)};
}

}  // namespace

std::vector<ApiEndpoint> retention_endpoints() {
  return {{{http::Method::get, "/v1/retention", Action::read_retention, {"on"}}, show},
          {{http::Method::post, "/v1/retention/removal", Action::remove_records}, remove}};
}

}  // namespace admin
