// A small state machine over RFC 4180.

#include "cli/csv.h"

#include <set>

namespace cli {

namespace {

struct Record {
  std::size_t line;
  std::vector<std::string> fields;
};

pki::Error bad(std::size_t line, const char* why) {
  return pki::fail(pki::Errc::malformed, "line " + std::to_string(line) + ": " + why);
}

// Takes one record off the text. Line ends inside quotes belong to the field.
pki::Result<Record> take_record(std::string_view& text, std::size_t& line) {
  Record record{line, {""}};
  bool quoted = false;
  bool closed = false;  // A quoted field has ended: a comma or the line's end must follow.
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        record.fields.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        record.fields.back() += '"';
        ++i;
      } else {
        quoted = false;
        closed = true;
      }
    } else if (closed && c != ',' && c != '\n' && c != '\r') {
      return bad(record.line, "text follows a closing quote");
    } else if (c == '"') {
      if (!record.fields.back().empty()) return bad(record.line, "a quote stands inside an unquoted field");
      quoted = true;
    } else if (c == ',') {
      record.fields.emplace_back();
      closed = false;
    } else if (c == '\n') {
      break;
    } else if (c != '\r') {
      record.fields.back() += c;
    }
  }
  if (quoted) return bad(record.line, "a quoted field is not closed");
  text.remove_prefix(std::min(text.size(), i + 1));
  return record;
}

}  // namespace

pki::Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t line = 1;
  TRY_ASSIGN(const Record header, take_record(text, line));
  const std::set<std::string> columns(header.fields.begin(), header.fields.end());
  if (columns.size() != header.fields.size()) return bad(header.line, "a column stands twice in the header");
  std::vector<CsvRow> rows;
  while (!text.empty()) {
    TRY_ASSIGN(Record record, take_record(text, line));
    if (record.fields.size() == 1 && record.fields[0].empty()) continue;
    if (record.fields.size() != header.fields.size())
      return bad(record.line, "the number of fields differs from the header's");
    CsvRow row{record.line, {}};
    for (std::size_t i = 0; i < header.fields.size(); ++i)
      row.fields[header.fields[i]] = std::move(record.fields[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace cli
