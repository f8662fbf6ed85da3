// A small state machine over RFC 4180.

#include "cli/csv.h"

#include <algorithm>
#include <set>

#include "pki/messages/cli.h"

namespace cli {

namespace {

pki::Error bad(const pki::MessageText& why) {
  return pki::fail(pki::Errc::malformed, why);
}

pki::Error at_line(std::size_t line, pki::Message why) {
  return pki::fail(pki::Errc::malformed, {messages::in_line, std::to_string(line), std::move(why)});
}

}  // namespace

pki::Result<CsvRecord> take_csv_record(std::string_view text) {
  CsvRecord record{{""}, 0};
  bool quoted = false;
  bool closed = false;  // A quoted field has ended: a comma or the line's end must follow.
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
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
      return bad(messages::text_after_quote);
    } else if (c == '"') {
      if (!record.fields.back().empty()) return bad(messages::quote_inside);
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
  if (quoted) return bad(messages::quote_open);
  record.bytes = std::min(text.size(), i + 1);
  return record;
}

bool has_open_quote(std::string_view text) {
  return std::ranges::count(text, '"') % 2 != 0;
}

pki::Result<std::vector<CsvRow>> parse_csv(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t line = 1;
  const auto take = [&]() -> pki::Result<CsvRecord> {
    auto record = take_csv_record(text);
    if (record.has_error()) return at_line(line, record.error().message);
    return record;
  };
  const auto advance = [&](const CsvRecord& record) {
    line += static_cast<std::size_t>(std::ranges::count(text.substr(0, record.bytes), '\n'));
    text.remove_prefix(record.bytes);
  };
  TRY_ASSIGN(const CsvRecord header, take());
  advance(header);
  const std::set<std::string> columns(header.fields.begin(), header.fields.end());
  if (columns.size() != header.fields.size()) return at_line(1, messages::csv_column_twice);
  std::vector<CsvRow> rows;
  while (!text.empty()) {
    TRY_ASSIGN(CsvRecord record, take());
    const std::size_t begin = line;
    advance(record);
    if (record.fields.size() == 1 && record.fields[0].empty()) continue;
    if (record.fields.size() != header.fields.size()) return at_line(begin, messages::csv_field_count);
    CsvRow row{begin, {}};
    for (std::size_t i = 0; i < header.fields.size(); ++i)
      row.fields[header.fields[i]] = std::move(record.fields[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text)
    field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + "\"";
}

}  // namespace cli
