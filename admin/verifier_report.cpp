// /v1/ledger and /v1/verifiers/{id}/report: what was provided to whom (Act 40, 41; 規則71, 72), and what may
// be asked of one verifier (Act 66).

#include <map>
#include <set>

#include "admin/api.h"
#include "admin/problem.h"
#include "admin/verifier_json.h"
#include "pki/messages/admin.h"
#include "pki/number.h"
#include "verifier/credentials.h"
#include "verifier/ledger.h"
#include "verifier/verifiers.h"

namespace admin {

namespace {

using verifier::LedgerItem;
using verifier::LedgerKey;
using verifier::LedgerRow;

// A page for machines and people; who needs more asks for a shorter period.
constexpr std::size_t kRowsMax = 100'000;

struct Period {
  pki::Date from, to;
};

// ?from=D&to=D, both days included; the month that is running, up to today, without them.
pki::Result<Period> period_of(const RequestContext& call) {
  const pki::Date today = pki::jst_date(call.services.clock.now());
  Period period{today.year() / today.month() / 1, today};
  for (const auto& [name, date] : {std::pair{"from", &period.from}, std::pair{"to", &period.to}}) {
    const auto text = call.query(name);
    if (!text) continue;
    const auto parsed = pki::parse_date(*text);
    if (!parsed) return pki::invalid(name, messages::day_form);
    *date = *parsed;
  }
  if (call.query("to") && !call.query("from")) period.from = period.to.year() / period.to.month() / 1;
  if (call.query("from") && !call.query("to")) period.to = std::max(period.from, today);
  if (period.to < period.from) return pki::invalid("to", messages::period_reversed);
  return period;
}

pki::Result<std::uint64_t> verifier_id(std::string_view field, const std::string& text) {
  const auto id = pki::parse_number<std::uint64_t>(text);
  if (!id) return pki::invalid(std::string(field), messages::verifier_id_form);
  return *id;
}

// Names for people, read once for a report.
class Names final {
 public:
  explicit Names(const store::ReadTransaction& transaction) {
    for (verifier::Verifier& verifier : verifier::all_verifiers(transaction))
      names_.emplace(verifier.id, std::move(verifier.name));
  }
  [[nodiscard]] std::string of(std::uint64_t verifier) const {
    const auto found = names_.find(verifier);
    return found == names_.end() ? std::string() : found->second;
  }

 private:
  std::map<std::uint64_t, std::string> names_;
};

// Unregistered requesters appear as null.
json::value id_or_null(std::uint64_t id) {
  if (id == 0) return nullptr;
  return json::value(std::to_string(id));
}

// Nothing is asked for a credential over the network: an operator hands it over.
std::string_view recognised_by(const LedgerKey& key) {
  if (key.item == LedgerItem::pinless_credential) return "operator";
  return key.method ? to_string(*key.method) : "nobody";
}

json::object to_json(const LedgerRow& row, const Names& names) {
  const LedgerKey& key = row.key;
  return {{"date", pki::to_string(verifier::date_of(key.day))},
          {"verifier", id_or_null(key.verifier)},
          {"name", names.of(key.verifier)},
          {"credential", id_or_null(key.credential)},
          {"ca", pki::to_string(key.ca)},
          {"provided", to_string(key.item)},
          {"method", verifier::method_of(key.item)},
          {"recognised_by", recognised_by(key)},
          {"purpose", to_string(key.purpose)},
          {"answer", to_string(key.answer)},
          {"count", row.count}};
}

// The rows of a period, of one verifier or of all, and their sums.
pki::Result<json::object> rows_of(const store::ReadTransaction& transaction, const Period& period,
                                  std::optional<std::uint64_t> verifier) {
  const Names names(transaction);
  json::array rows;
  std::uint64_t provided = 0, other = 0;
  auto ledger = verifier::ledger_rows(transaction, period.from, period.to);
  for (; ledger.valid() && rows.size() <= kRowsMax; ledger.next()) {
    const LedgerRow row = ledger.row();
    if (verifier && row.key.verifier != *verifier) continue;
    (verifier::is_provision(row.key.answer) ? provided : other) += row.count;
    rows.push_back(to_json(row, names));
  }
  if (rows.size() > kRowsMax) return pki::invalid("from", messages::report_large);
  return json::object{{"from", pki::to_string(period.from)},
                      {"to", pki::to_string(period.to)},
                      {"rows", std::move(rows)},
                      {"provided", provided},
                      {"not_provided", other}};
}

pki::Result<Answer> ledger(const RequestContext& call) {
  TRY_ASSIGN(const Period period, period_of(call));
  std::optional<std::uint64_t> verifier;
  const auto transaction = call.services.environment.read();
  if (const auto text = call.query("verifier")) {
    TRY_ASSIGN(verifier, verifier_id("verifier", *text));
    if (!verifier::find_verifier(transaction, *verifier))
      return pki::fail(pki::Errc::not_found, {messages::no_verifier, *text});
  }
  TRY_ASSIGN(json::object body, rows_of(transaction, period, verifier));
  return Answer{.body = std::move(body)};
}

// The article under which a thing is provided.
std::string_view article_of(LedgerItem item, pki::CaName ca) {
  const bool sign = ca == pki::CaName::sign;
  switch (item) {
    case LedgerItem::status:
      return sign ? "Act 18-1" : "Act 37-1";
    case LedgerItem::complete_crl:
    case LedgerItem::delta_crl:
      return sign ? "Act 18-2" : "Act 37-2";
    case LedgerItem::current_items:
      return "Act 18-3";
    case LedgerItem::counterpart_sign:
      return "Act 18-4";
    case LedgerItem::counterpart_pair:
      return "Act 18-5";
    case LedgerItem::counterpart_auth:
      return "Act 37-3";
    case LedgerItem::pinless_credential:
      return "Act 38-3-2";
  }
  return "";
}

// One line of the yearly report: to whom, in which month, what and how (規則72①).
struct YearlyKey {
  unsigned month = 0;
  std::uint64_t verifier = 0;
  pki::CaName ca = pki::CaName::sign;
  LedgerItem item = LedgerItem::status;

  friend auto operator<=>(const YearlyKey&, const YearlyKey&) = default;
};

json::object to_json(const YearlyKey& key, std::uint64_t count) {
  return {{"ca", pki::to_string(key.ca)},
          {"provided", to_string(key.item)},
          {"article", article_of(key.item, key.ca)},
          {"method", verifier::method_of(key.item)},
          {"count", count}};
}

std::string month_text(int year, unsigned month) {
  return std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month);
}

json::array recipients_json(const std::set<std::uint64_t>& verifiers, const Names& names) {
  json::array list;
  for (const std::uint64_t verifier : verifiers)
    list.push_back(json::object{{"verifier", id_or_null(verifier)}, {"name", names.of(verifier)}});
  return list;
}

// Only what was provided: refusals are in the ledger, not in the published report. Of the credentials of the
// PIN-less class it has the recipients (規則72①一), but neither month nor number nor method (二 to 四).
pki::Result<Answer> yearly(const RequestContext& call) {
  const std::string& text = call.parameters.at(0);
  const auto first = text.size() == 4 ? pki::parse_date(text + "-01-01") : pki::parse_date("");
  if (!first) return pki::invalid("year", messages::year_form);
  const pki::Date last = first->year() / std::chrono::December / 31;
  const auto transaction = call.services.environment.read();
  const Names names(transaction);
  std::map<YearlyKey, std::uint64_t> sums, totals;
  std::set<std::uint64_t> recipients;
  for (auto rows = verifier::ledger_rows(transaction, *first, last); rows.valid(); rows.next()) {
    const LedgerRow row = rows.row();
    if (!verifier::is_provision(row.key.answer)) continue;
    if (row.key.item == LedgerItem::pinless_credential) {
      recipients.insert(row.key.verifier);
      continue;
    }
    const auto month = static_cast<unsigned>(verifier::date_of(row.key.day).month());
    sums[{month, row.key.verifier, row.key.ca, row.key.item}] += row.count;
    totals[{0, 0, row.key.ca, row.key.item}] += row.count;
  }
  json::array rows, total_rows;
  for (const auto& [key, count] : sums) {
    json::object row = to_json(key, count);
    row["month"] = month_text(static_cast<int>(first->year()), key.month);
    row["verifier"] = id_or_null(key.verifier);
    row["name"] = names.of(key.verifier);
    rows.push_back(std::move(row));
  }
  for (const auto& [key, count] : totals)
    total_rows.push_back(to_json(key, count));
  const bool over = call.services.clock.now() > pki::jst_end_of_day(last);
  return Answer{.body = json::object{{"year", text},
                                     {"complete", over},
                                     {"rows", std::move(rows)},
                                     {"totals", std::move(total_rows)},
                                     {"pinless_credential_recipients", recipients_json(recipients, names)}}};
}

// Each credential with its use and purpose (Act 51③, 53③: no other use).
json::array credentials_json(const store::ReadTransaction& transaction, std::uint64_t verifier,
                             pki::Time now) {
  json::array credentials;
  for (const verifier::Credential& credential : verifier::credentials_of(transaction, verifier)) {
    json::object entry{{"serial", pki::to_string(credential.serial)},
                       {"for", to_string(credential.use)},
                       {"purpose", credential.purpose},
                       {"terminal", nullptr},
                       {"in_force", credential.is_in_force(now)},
                       {"not_before", pki::to_rfc3339(credential.not_before)},
                       {"not_after", pki::to_rfc3339(credential.not_after)},
                       {"revoked_at", nullptr},
                       {"erased", nullptr}};
    if (!credential.terminal.empty()) entry["terminal"] = credential.terminal;
    if (credential.revoked) entry["revoked_at"] = pki::to_rfc3339(*credential.revoked);
    if (credential.erased) entry["erased"] = pki::to_string(*credential.erased);
    credentials.push_back(std::move(entry));
  }
  return credentials;
}

// The standing of each class with the dates behind it.
json::object standing_json(const verifier::Verifier& verifier, pki::Time now, pki::Language language) {
  const verifier::Standing standing = verifier::standing_of(verifier, now);
  json::object body{{"classes", classes_to_json(verifier, standing, pki::jst_date(now))},
                    {"cancelled", date_or_null(verifier.cancelled)},
                    {"suspended_from", nullptr},
                    {"suspended_until", nullptr},
                    {"explanation", standing.explanation.in(language)}};
  if (verifier.suspension) {
    body["suspended_from"] = pki::to_string(verifier.suspension->from);
    body["suspended_until"] = date_or_null(verifier.suspension->until);
  }
  return body;
}

// Who asks for the report: the ministers of a certified or specific verifier (Act 66①), we of every one (②).
std::string_view asked_under(const verifier::Verifier& verifier) {
  for (const auto& [verifier_class, steps] : verifier.classes)
    if (steps.certified || verifier_class == verifier::VerifierClass::specific_authentication)
      return "Act 66-1, 66-2";
  return "Act 66-2";
}

pki::Result<Answer> report_of_verifier(const RequestContext& call) {
  TRY_ASSIGN(const Period period, period_of(call));
  TRY_ASSIGN(const std::uint64_t id, verifier_id("id", call.parameters.at(0)));
  const auto transaction = call.services.environment.read();
  const auto verifier = verifier::find_verifier(transaction, id);
  if (!verifier) return pki::fail(pki::Errc::not_found, {messages::no_verifier, call.parameters.at(0)});
  const pki::Time now = call.services.clock.now();
  TRY_ASSIGN(json::object body, rows_of(transaction, period, id));
  body["article"] = asked_under(*verifier);
  body["verifier"] = std::to_string(id);
  body["name"] = verifier->name;
  body["private"] = verifier->sector == verifier::Sector::private_sector;
  body["reported_at"] = pki::to_rfc3339(now);
  body["credentials"] = credentials_json(transaction, id, now);
  body["standing"] = standing_json(*verifier, now, language_of(call.request));
  return Answer{.body = std::move(body)};
}

}  // namespace

std::vector<ApiEndpoint> report_endpoints() {
  return {{{http::Method::get, "/v1/ledger", Action::read_ledger, {"from", "to", "verifier"}}, ledger},
          {{http::Method::get, "/v1/ledger/years/{year}", Action::read_ledger}, yearly},
          {{http::Method::get, "/v1/verifiers/{id}/report", Action::read_verifiers, {"from", "to"}},
           report_of_verifier}};
}

}  // namespace admin
