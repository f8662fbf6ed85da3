// Columns, and the words above them.

#include "cli/stats_tables.h"

#include <algorithm>
#include <array>
#include <vector>

#include "cli/csv.h"
#include "cli/display_width.h"
#include "cli/string_member.h"

namespace cli {

namespace {

struct TableName {
  const char* name;
  const char* en;
  const char* ja;
};
constexpr std::array kTables = {
    TableName{"groups", "By kind of municipality", "団体区分別"},
    TableName{"top", "The ten municipalities with most valid certificates", "有効枚数の多い10団体"},
    TableName{"prefectures", "By prefecture", "都道府県別"},
    TableName{"municipalities", "By municipality and ward", "市区町村別"},
    TableName{"ages", "By sex and age", "男女別・年齢階級別"},
};

struct KindName {
  const char* kind;
  const char* en;
  const char* ja;
};
constexpr std::array kKinds = {
    KindName{"sign", "sign", "署名用"},
    KindName{"auth", "auth", "利用者証明用"},
    KindName{"mobile-sign", "mobile-sign", "移動端末署名用"},
    KindName{"mobile-auth", "mobile-auth", "移動端末利用者証明用"},
};

constexpr std::array kStates = {"issued", "valid", "held", "revoked", "expired"};

const char* in(Language language, const auto& name) {
  return language == Language::ja ? name.ja : name.en;
}

std::string number_of(const json::value& counts, const char* kind, const char* state) {
  return std::to_string(counts.at(kind).at(state).to_number<std::uint64_t>());
}

std::string age_name(const json::object& row, Language language) {
  const std::string sex = string_member(row, "sex"), age = string_member(row, "age");
  if (language == Language::en) return sex + " " + (age.empty() ? "no longer on record" : age);
  const std::string word = sex == "male" ? "男" : sex == "female" ? "女" : "不明";
  if (age.empty()) return word + " 記録なし";
  return word + " " + (age == "100+" ? "100歳以上" : age + "歳");
}

std::string row_name(const json::object& row, Language language) {
  if (row.contains("sex")) return age_name(row, language);
  return string_member(row, language == Language::ja ? "name_ja" : "name_en");
}

// A row of cells: the first is a name, the others are numbers.
using Cells = std::vector<std::string>;

std::string aligned(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Cells& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  std::string text;
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += i == 0 ? padded_right(row[i], widths[i]) : "  " + padded_left(row[i], widths[i]);
    text += '\n';
  }
  return text;
}

// The kinds of the card always, those of a phone when there are any.
std::vector<KindName> shown_kinds(const json::object& statistics) {
  std::vector<KindName> kinds;
  for (const KindName& kind : kKinds)
    if (kinds.size() < 2 || number_of(statistics.at("total"), kind.kind, "issued") != "0")
      kinds.push_back(kind);
  return kinds;
}

Cells cells_of(std::string name, const json::value& counts, const std::vector<KindName>& kinds) {
  Cells cells{std::move(name)};
  for (const KindName& kind : kinds)
    for (const char* state : {"issued", "valid"})
      cells.push_back(number_of(counts, kind.kind, state));
  return cells;
}

std::string table_as_text(const json::object& table, Language language, const std::vector<KindName>& kinds) {
  Cells head{""};
  for (const KindName& kind : kinds) {
    const std::string name = in(language, kind);
    head.push_back(name + (language == Language::ja ? " 発行" : " issued"));
    head.push_back(name + (language == Language::ja ? " 有効" : " valid"));
  }
  std::vector<Cells> rows{std::move(head)};
  for (const json::value& row : table.at("rows").as_array())
    rows.push_back(cells_of(row_name(row.as_object(), language), row.at("certificates"), kinds));
  rows.push_back(cells_of(language == Language::ja ? "合計" : "Total", table.at("total"), kinds));
  return aligned(rows);
}

std::string csv_lines(const char* table, const json::object& row, const std::string& name,
                      const json::value& counts) {
  std::string text;
  for (const KindName& kind : kKinds) {
    text += std::string(table) + "," +
            (row.contains("group") ? string_member(row, "group") : string_member(row, "code")) + "," +
            csv_field(name) + "," + string_member(row, "sex") + "," + string_member(row, "age") + "," +
            kind.kind;
    for (const char* state : kStates)
      text += "," + number_of(counts, kind.kind, state);
    text += '\n';
  }
  return text;
}

}  // namespace

std::string stats_as_text(const json::object& statistics, Language language) {
  const auto kinds = shown_kinds(statistics);
  const std::string day = string_member(statistics, "on");
  std::string text = language == Language::ja ? "電子証明書の発行枚数と有効枚数（" + day + " 現在）\n"
                                              : "Certificates issued and valid on " + day + "\n";
  const json::object& tables = statistics.at("tables").as_object();
  for (const TableName& name : kTables) {
    const json::value* table = tables.if_contains(name.name);
    if (table == nullptr || std::string_view(name.name) == "municipalities") continue;
    text +=
        std::string("\n") + in(language, name) + "\n" + table_as_text(table->as_object(), language, kinds);
  }
  return text;
}

std::string stats_as_csv(const json::object& statistics, Language language) {
  std::string text = "table,code,name,sex,age,kind";
  for (const char* state : kStates)
    text += std::string(",") + state;
  text += '\n';
  const json::object& tables = statistics.at("tables").as_object();
  for (const TableName& name : kTables) {
    const json::value* table = tables.if_contains(name.name);
    if (table == nullptr) continue;
    for (const json::value& row : table->at("rows").as_array())
      text += csv_lines(name.name, row.as_object(),
                        row.as_object().contains("sex") ? "" : row_name(row.as_object(), language),
                        row.at("certificates"));
    text += csv_lines(name.name, {{"code", "total"}}, language == Language::ja ? "合計" : "Total",
                      table->at("total"));
  }
  return text;
}

}  // namespace cli
