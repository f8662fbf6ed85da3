// jpki resident add|import|show|list|history.

#include <array>
#include <fstream>
#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/csv.h"
#include "cli/explain.h"
#include "cli/feed_text.h"
#include "cli/field_words.h"
#include "cli/parallel.h"
#include "cli/private_file.h"
#include "cli/spool.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

constexpr std::size_t kConnections = 16;
// The columns of a resident's CSV and the fields of the API have the same names.
constexpr std::array kColumns = {"id",     "name",       "furigana",     "former_name", "alias",
                                 "birth",  "sex",        "municipality", "address",     "card_expires",
                                 "abroad", "adult_ward", "foreign"};

using FieldMap = std::map<std::string, std::string>;

json::object to_body(const FieldMap& fields) {
  json::object body;
  for (const auto& [name, value] : fields)
    if (!value.empty()) body[name] = value;
  return body;
}

int add(const CommonOptions& common, const FieldMap& fields) {
  for (const char* name : {"name", "birth", "sex", "municipality"})
    if (fields.at(name).empty()) throw Failure(kUsage, {messages::option_empty, name});
  AdminClient client = common.connect();
  const json::object resident = value_or_fail(client.post("/v1/residents", to_body(fields)));
  print(common, resident, text_field(resident, "id"));
  return kDone;
}

int set_guardianship(const CommonOptions& common, const std::string& id, bool is_adult_ward) {
  AdminClient client = common.connect();
  const json::object resident =
      value_or_fail(client.post("/v1/residents/" + id + "/guardianship", {{"adult_ward", is_adult_ward}}));
  print(common, resident,
        common.say(is_adult_ward ? messages::adult_ward_now : messages::adult_ward_no_longer));
  return kDone;
}

struct ImportOptions {
  std::string file, reject_file, encoding;
};

// The text of the file in UTF-8, whatever it was in.
std::string read_residents(const ImportOptions& options) {
  std::ifstream file;
  if (options.file == "-")
    file = spool_standard_input();
  else
    file.open(options.file, std::ios::binary);
  if (!file || (options.file != "-" && std::filesystem::is_directory(options.file)))
    throw Failure(kUsage, {messages::feed_unreadable, options.file});
  const FeedEncoding encoding = value_or_fail(
      options.encoding.empty() ? judge_feed_encoding(file) : parse_feed_encoding(options.encoding));
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  return value_or_fail(FeedDecoder(encoding).decode(bytes));
}

void write_rejects(const std::string& name, const std::vector<CsvRow>& rows,
                   const std::map<std::size_t, pki::Error>& refused) {
  std::ofstream file = open_private_file(name);
  std::string heading;
  for (const auto& [column, ignored] : rows.front().fields)
    heading += (heading.empty() ? "" : ",") + column;
  file << heading << "\n";
  for (const CsvRow& row : rows) {
    if (!refused.contains(row.line)) continue;
    std::string record;
    for (const auto& [column, value] : row.fields)
      record += (record.empty() && column == row.fields.begin()->first ? "" : ",") + csv_field(value);
    file << record << "\n";
  }
  if (!file.flush()) throw Failure(kUsage, {messages::reject_file_unwritable, name});
}

struct ImportResult {
  std::size_t entered = 0;
  // By line.
  std::map<std::size_t, pki::Error> refused;
};

ImportResult enter_all(const CommonOptions& common, const std::vector<CsvRow>& rows) {
  Progress progress(common.say(messages::progress_residents_entered), rows.size(), common.progress());
  std::mutex mutex;
  ImportResult import;
  for_each_parallel<AdminClient>(
      rows.size(), kConnections, [&] { return common.connect(); },
      [&](AdminClient& client, std::size_t i) {
        FieldMap fields(rows[i].fields.begin(), rows[i].fields.end());
        const auto result = client.post("/v1/residents", to_body(fields));
        if (result.has_error() && exit_code(result.error().code) >= kNotReachable)
          throw Failure(result.error());
        const std::lock_guard lock(mutex);
        if (result.has_error())
          import.refused.emplace(rows[i].line, result.error());
        else
          ++import.entered;
        progress.add(1);
      });
  return import;
}

int import(const CommonOptions& common, const ImportOptions& options) {
  const auto rows = value_or_fail(parse_csv(read_residents(options)));
  for (const CsvRow& row : rows)
    for (const auto& [name, value] : row.fields)
      if (std::ranges::find(kColumns, name) == kColumns.end())
        throw Failure(kUsage, {messages::import_column_unknown, options.file, name});
  const ImportResult result = enter_all(common, rows);
  json::array list;
  for (const auto& [line, error] : result.refused) {
    json::object reason{
        {"line", line}, {"code", pki::to_string(error.code)}, {"detail", error.text(common.language)}};
    if (!error.field.empty()) reason["field"] = error.field;
    list.push_back(std::move(reason));
    std::cerr << common.say(messages::in_line, std::to_string(line), error.message) + "\n";
  }
  if (!options.reject_file.empty() && !rows.empty()) write_rejects(options.reject_file, rows, result.refused);
  const std::string words =
      result.refused.empty() ? common.say(messages::residents_entered, std::to_string(result.entered))
                             : common.say(messages::residents_entered_refused, std::to_string(result.entered),
                                          std::to_string(result.refused.size()));
  print(common, json::object{{"entered", result.entered}, {"refused", std::move(list)}}, words);
  return result.refused.empty() ? kDone : kRefused;
}

std::string words_of(const json::object& resident, Language language) {
  return field_lines(
      resident,
      {"id", "state", "name", "furigana", "former_name", "alias", "birth", "sex", "municipality", "address",
       "card_expires", "abroad", "removed_on", "leaves_on", "returned_on", "card_lapsed_on"},
      language);
}

int show(const CommonOptions& common, const std::string& id) {
  AdminClient client = common.connect();
  const json::object resident = value_or_fail(client.get("/v1/residents/" + id));
  const json::object held = value_or_fail(client.get("/v1/certificates?resident=" + id));
  std::string words = words_of(resident, common.language);
  for (const json::value& value : held.at("certificates").as_array()) {
    const json::object& certificate = value.as_object();
    const auto word = [&](const char* field) {
      return value_text(text_field(certificate, field), common.language);
    };
    const pki::MessageText& line = certificate.contains("reason") ? messages::certificate_of_resident_reason
                                                                  : messages::certificate_of_resident;
    words += common.say(line, text_field(certificate, "certificate"), word("kind"), word("state"),
                        text_field(certificate, "not_after"), word("reason"),
                        text_field(certificate, "revoked_at")) +
             "\n";
  }
  json::object both = resident;
  both["certificates"] = held.at("certificates");
  print(common, both, words);
  return kDone;
}

struct ListOptions {
  std::string municipality, name, state;
};

int list(const CommonOptions& common, const ListOptions& options) {
  AdminClient client = common.connect();
  std::string query, after;
  for (const auto& [name, value] : {std::pair{"&municipality=", &options.municipality},
                                    std::pair{"&name=", &options.name}, std::pair{"&state=", &options.state}})
    if (!value->empty()) query += name + percent_encode(*value);
  json::array all;
  for (;;) {
    const json::object page = value_or_fail(
        client.get("/v1/residents?limit=1000" + query + (after.empty() ? "" : "&after=" + after)));
    for (const json::value& resident : page.at("residents").as_array()) {
      const std::string id = text_field(resident.as_object(), "id");
      if (common.json) {
        all.push_back(resident);
      } else if (resident.as_object().contains("unreadable")) {
        std::cerr << "jpki: " << common.say(messages::resident_unreadable, id) << "\n";
      } else if (!common.quiet) {
        std::cout << id << "  " << text_field(resident.as_object(), "municipality") << "  "
                  << value_text(text_field(resident.as_object(), "state"), common.language) << "  "
                  << text_field(resident.as_object(), "name") << "\n";
      }
    }
    after = text_field(page, "next");
    if (after.empty()) break;
  }
  if (common.json) print(common, json::object{{"residents", std::move(all)}}, {});
  return kDone;
}

int history(const CommonOptions& common, const std::string& id) {
  AdminClient client = common.connect();
  json::object answer = value_or_fail(client.get("/v1/residents/" + id + "/history"));
  std::string words;
  for (json::value& value : answer.at("events").as_array()) {
    json::object& event = value.as_object();
    json::array sentences;
    for (std::string& sentence : explain_event(event, common.language)) {
      words += (sentences.empty() ? "" : "  ") + sentence + "\n";
      sentences.emplace_back(std::move(sentence));
    }
    event["explanation"] = std::move(sentences);
  }
  if (words.empty()) words = common.say(messages::no_event_recorded) + "\n";
  print(common, answer, words);
  return kDone;
}

// For the call centre: nothing but the id and what can be held.
int find(const CommonOptions& common, const FieldMap& fields) {
  AdminClient client = common.connect();
  json::object body;
  for (const auto& [field, value] : fields)
    if (!value.empty()) body[field] = value;
  const json::object answer = value_or_fail(client.post("/v1/residents/search", body));
  std::string words = text_field(answer, "id") + "\n";
  for (const json::value& value : answer.at("certificates").as_array()) {
    const json::object& certificate = value.as_object();
    words += "  " + text_field(certificate, "kind") + "  " + text_field(certificate, "state") + "\n";
  }
  print(common, answer, words);
  return kDone;
}

void add_find_command(CommandLine& line, const Command& resident) {
  const CommonOptions& common = line.common;
  auto said = std::make_shared<FieldMap>();
  const Command find_one =
      add_command(line, resident, "find", "For the call centre: find a card by what its holder can say",
                  "jpki resident find --name '模擬太郎' --birth 1980-02-17");
  find_one.add_option("--name", (*said)["name"], "Name, furigana or alias; spaces do not matter").required();
  find_one.add_option("--birth", (*said)["birth"], "Date of birth, YYYY-MM-DD").required();
  find_one.add_option("--address", (*said)["address"], "The whole address, if more than one fits");
  on_run(line, find_one, [&common, said] { return find(common, *said); });
}

}  // namespace

void add_resident_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command resident =
      add_command(line, line.app, "resident", "The resident register", "jpki resident list");
  resident.require_subcommand(1);

  auto fields = std::make_shared<FieldMap>();
  const Command add_one =
      add_command(line, resident, "add", "Enter a resident; prints the id",
                  "jpki resident add --name '模擬　太郎' --birth 1980-02-17 --sex male --municipality 132217 "
                  "--address '東京都清瀬市模擬町１番'");
  for (const auto& [option, field, text] :
       {std::tuple{"--id", "id", "住民票コード, eleven digits (default: a free one)"},
        std::tuple{"--name", "name", "Name"},
        std::tuple{"--birth", "birth",
                   "Date of birth, YYYY-MM-DD; zeros for what is unknown: 1980-00-00, 0000-00-00"},
        std::tuple{"--sex", "sex", "male, female or unknown"},
        std::tuple{"--municipality", "municipality", "Municipality or ward, six digits"},
        std::tuple{"--address", "address", "Address from the prefecture on"},
        std::tuple{"--furigana", "furigana", "Furigana"},
        std::tuple{"--former-name", "former_name", "Former surname (旧氏)"},
        std::tuple{"--alias", "alias", "Alias (通称)"},
        std::tuple{"--card-expires", "card_expires", "Last day of the card"},
        std::tuple{"--abroad", "abroad", "Planned day of leaving, for people abroad"}}) {
    const Option added = add_one.add_option(option, (*fields)[field], text);
    const std::string_view name(field);
    if (name == "name" || name == "birth" || name == "sex" || name == "municipality") added.required();
  }
  add_one.add_flag_callback(
      "--adult-ward", [fields] { (*fields)["adult_ward"] = "true"; }, "An adult ward (成年被後見人)");
  add_one.add_flag_callback(
      "--foreign", [fields] { (*fields)["foreign"] = "true"; }, "A foreign resident (外国人住民)");
  on_run(line, add_one, [&common, fields] { return add(common, *fields); });

  auto file = std::make_shared<ImportOptions>();
  const Command import_file = add_command(line, resident, "import", "Enter the residents of a CSV file",
                                          "jpki resident import testdata/residents.csv");
  import_file.add_option("FILE", file->file, "CSV with a header line; - for standard input").required();
  import_file.add_option("--reject-file", file->reject_file,
                         "Where refused lines are kept, to be corrected and imported again");
  import_file.add_option("--encoding", file->encoding,
                         "utf-8, cp932 or euc-jp (default: the one in which every line reads)");
  on_run(line, import_file, [&common, file] { return import(common, *file); });

  auto id = std::make_shared<std::string>();
  const Command show_one = add_command(line, resident, "show", "A resident and the certificates",
                                       "jpki resident show 10000000006");
  show_one.add_option("ID", *id, "The resident").required();
  on_run(line, show_one, [&common, id] { return show(common, *id); });

  add_find_command(line, resident);

  const Command guardianship =
      add_command(line, resident, "guardianship", "Record that someone is an adult ward, or no longer",
                  "jpki resident guardianship 10000000006 --end");
  guardianship.add_option("ID", *id, "The resident").required();
  auto is_end = std::make_shared<bool>(false);
  guardianship.add_flag("--end", *is_end, "The guardianship has ended");
  on_run(line, guardianship, [&common, id, is_end] { return set_guardianship(common, *id, !*is_end); });

  auto filter = std::make_shared<ListOptions>();
  const Command list_all =
      add_command(line, resident, "list", "All residents, or those that every option given finds",
                  "jpki resident list --municipality 132217 --name 模擬 --state resident");
  list_all.add_option("--municipality", filter->municipality,
                      "Of this municipality or ward, six digits (`jpki municipality find`)");
  list_all.add_option("--name", filter->name, "Whose name, furigana, former surname or alias has this text");
  list_all.add_option("--state", filter->state, "resident, abroad, moved-out or removed");
  on_run(line, list_all, [&common, filter] { return list(common, *filter); });

  const Command history_one =
      add_command(line, resident, "history",
                  "The events of a resident, and which certificates they revoked under which article",
                  "jpki resident history 10000000006");
  history_one.add_option("ID", *id, "The resident").required();
  on_run(line, history_one, [&common, id] { return history(common, *id); });
}

}  // namespace cli
