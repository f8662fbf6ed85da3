// jpki verifier report: the ledger of Act 40, the yearly report of Act 41 and the report of Act 66.

#include <algorithm>

#include "cli/approval_text.h"
#include "cli/command.h"
#include "cli/csv.h"
#include "cli/display_width.h"
#include "cli/due_text.h"
#include "cli/field_words.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

struct ReportOptions {
  std::string id, from, to, year, act66;
  bool csv = false;
};

// A cell as people read it: null is a dash.
std::string cell(const json::value& value) {
  if (value.is_string()) return value.get_string().empty() ? "-" : std::string(value.get_string());
  if (value.is_null()) return "-";
  return json::serialize(value);
}

// A text that a spreadsheet would take for a formula is a name that somebody chose: it gets a quote
// in front.
std::string csv_cell(const json::value& value) {
  if (value.is_null()) return {};
  std::string text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  return csv_field(text);
}

using Columns = std::vector<std::string_view>;

std::string csv_of(const json::array& rows, const Columns& columns) {
  std::string text;
  for (const std::string_view column : columns)
    text += (text.empty() ? "" : ",") + std::string(column);
  text += "\r\n";
  for (const json::value& row : rows) {
    std::string line;
    for (const std::string_view column : columns)
      line += (column == columns.front() ? "" : ",") + csv_cell(row.as_object().at(column));
    text += line + "\r\n";
  }
  return text;
}

// The column `name` is the verifier's.
std::string heading(std::string_view column, Language language) {
  const bool is_name = language == Language::ja && column == "name";
  return is_name ? *japanese_field("verifier_name") : field_text(column, language);
}

// Columns as wide as their widest cell; names stand last.
std::string table_of(const json::array& rows, const Columns& columns, Language language) {
  std::vector<std::size_t> widths;
  for (const std::string_view column : columns) {
    std::size_t width = display_width(heading(column, language));
    for (const json::value& row : rows)
      width = std::max(width, display_width(cell(row.as_object().at(column))));
    widths.push_back(width);
  }
  const auto line = [&](const auto& text_of) {
    std::string text = " ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string one = text_of(columns[i]);
      text += " " + (i + 1 < columns.size() ? padded_right(one, widths[i] + 1) : one);
    }
    return text + "\n";
  };
  std::string text = line([language](std::string_view column) { return heading(column, language); });
  for (const json::value& row : rows)
    text += line([&](std::string_view column) { return cell(row.as_object().at(column)); });
  return text;
}

const Columns kLedgerColumns = {"date",          "verifier", "credential", "ca",    "provided", "method",
                                "recognised_by", "purpose",  "answer",     "count", "name"};
const Columns kYearlyColumns = {"month", "verifier", "ca", "provided", "article", "method", "count", "name"};

// Ids, days and years alike: anything else has no place in a path or query.
const std::string& digits(const std::string& name, const std::string& value) {
  if (value.find_first_not_of("0123456789-") != std::string::npos)
    throw Failure(kUsage, {messages::after_form, name, value});
  return value;
}

std::string query_of(const ReportOptions& options) {
  std::string query;
  for (const auto& [name, value] :
       {std::pair{"verifier", &options.id}, std::pair{"from", &options.from}, std::pair{"to", &options.to}})
    if (!value->empty())
      query += (query.empty() ? "?" : "&") + std::string(name) + "=" + digits(name, *value);
  return query;
}

// CSV goes out as it is; print() adds the end of a line where one is missing.
void give(const CommonOptions& common, const ReportOptions& options, const json::object& answer,
          const std::string& words, const Columns& columns) {
  if (!options.csv) return print(common, answer, words);
  const std::string csv = csv_of(answer.at("rows").as_array(), columns);
  std::fwrite(csv.data(), 1, csv.size(), stdout);
}

std::string period_words(const CommonOptions& common, const json::object& answer) {
  return common.say(messages::period, text_field(answer, "from"), text_field(answer, "to"),
                    cell(answer.at("provided")), cell(answer.at("not_provided"))) +
         "\n";
}

int ledger(const CommonOptions& common, const ReportOptions& options) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/ledger" + query_of(options)));
  const json::array& rows = answer.at("rows").as_array();
  std::string words = common.say(messages::ledger_heading, period_words(common, answer));
  if (!rows.empty()) words += table_of(rows, kLedgerColumns, common.language);
  give(common, options, answer, words, kLedgerColumns);
  return kDone;
}

int yearly(const CommonOptions& common, const ReportOptions& options) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/ledger/years/" + digits("--year", options.year)));
  const json::array &rows = answer.at("rows").as_array(), &totals = answer.at("totals").as_array();
  std::string words =
      common.say(answer.at("complete").as_bool() ? messages::yearly_complete : messages::yearly_so_far,
                 options.year) +
      "\n";
  if (rows.empty()) words += common.say(messages::nothing_provided) + "\n";
  if (!rows.empty())
    words += table_of(rows, kYearlyColumns, common.language) + common.say(messages::totals) + "\n" +
             table_of(totals, {"ca", "provided", "article", "method", "count"}, common.language);
  for (const json::value& one : answer.at("pinless_credential_recipients").as_array())
    words += common.say(messages::pinless_recipient, cell(one.at("verifier")), cell(one.at("name"))) + "\n";
  give(common, options, answer, words, kYearlyColumns);
  return kDone;
}

std::string standing_words(const CommonOptions& common, const json::object& standing) {
  std::string words;
  for (const auto& [name, value] : standing.at("classes").as_object()) {
    const json::object& entry = value.as_object();
    words +=
        "  " +
        common.say(entry.at("active").as_bool() ? messages::class_active : messages::class_not_active,
                   value_text(name, common.language), cell(entry.at("notified")), cell(entry.at("agreed")),
                   cell(entry.at("certified")), cell(entry.at("certified_until")), cell(entry.at("approved")),
                   cell(entry.at("approved_until"))) +
        "\n" + approval_words(entry, common.language);
  }
  if (!standing.at("suspended_from").is_null())
    words += "  " + common.say(messages::suspended_from, cell(standing.at("suspended_from"))) +
             common.say(messages::until, cell(standing.at("suspended_until"))) + "\n";
  if (!standing.at("cancelled").is_null())
    words += "  " + common.say(messages::cancelled_on, cell(standing.at("cancelled"))) + "\n";
  if (const std::string why = text_field(standing, "explanation"); !why.empty()) words += "  " + why + "\n";
  return words;
}

std::string credential_words(const CommonOptions& common, const json::array& credentials) {
  std::string words;
  for (const json::value& value : credentials) {
    const json::object& credential = value.as_object();
    words += "  " +
             common.say(credential.at("in_force").as_bool() ? messages::credential_in_force
                                                            : messages::credential_not_in_force,
                        text_field(credential, "serial"), text_field(credential, "for"),
                        value_text(cell(credential.at("purpose")), common.language),
                        cell(credential.at("terminal")), text_field(credential, "not_after"),
                        cell(credential.at("revoked_at")), cell(credential.at("erased"))) +
             "\n";
  }
  return words;
}

int act66(const CommonOptions& common, const ReportOptions& options) {
  ReportOptions period = options;
  period.id.clear();
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(
      client.get("/v1/verifiers/" + digits("--act66", options.act66) + "/report" + query_of(period)));
  std::string words =
      common.say(messages::verifier_report, text_field(answer, "verifier"), text_field(answer, "name"),
                 article_text(text_field(answer, "article"), common.language),
                 text_field(answer, "reported_at")) +
      "\n" + standing_words(common, answer.at("standing").as_object()) +
      credential_words(common, answer.at("credentials").as_array());
  words += common.say(messages::use_heading, period_words(common, answer));
  const json::array& rows = answer.at("rows").as_array();
  if (!rows.empty()) words += table_of(rows, kLedgerColumns, common.language);
  give(common, options, answer, words, kLedgerColumns);
  return kDone;
}

int report(const CommonOptions& common, const ReportOptions& options) {
  if (options.csv && common.json) throw Failure(kUsage, messages::json_or_csv);
  const bool has_period = !options.from.empty() || !options.to.empty();
  if (!options.year.empty() && (has_period || !options.id.empty() || !options.act66.empty()))
    throw Failure(kUsage, messages::year_alone);
  if (!options.act66.empty() && !options.id.empty()) throw Failure(kUsage, messages::verifier_once);
  if (!options.year.empty()) return yearly(common, options);
  return options.act66.empty() ? ledger(common, options) : act66(common, options);
}

}  // namespace

void add_report_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command verifier = line.app.subcommand("verifier");
  auto options = std::make_shared<ReportOptions>();
  const Command command =
      add_command(line, verifier, "report", "What was provided to verifiers: the ledger (Act 40, 41, 66)",
                  "jpki verifier report 1 --from 2026-11-01 --to 2026-11-30 --csv");
  command.add_option("ID", options->id, "Only this verifier");
  command.add_option("--from", options->from, "First day in Japan (default: the first of the month)");
  command.add_option("--to", options->to, "Last day (default: today)");
  command.add_option("--year", options->year, "The report that is published for a year (Ordinance 72)");
  command.add_option("--act66", options->act66, "The report on one verifier: standing, dates and use");
  command.add_flag("--csv", options->csv, "Print CSV with a header line");
  on_run(line, command, [&common, options] { return report(common, *options); });
}

}  // namespace cli
