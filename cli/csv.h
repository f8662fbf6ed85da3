// CSV (RFC 4180) as municipalities and our test data write it: UTF-8, a header line, quotes where needed.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pki/result.h"

namespace cli {

struct CsvRow {
  std::size_t line = 0;  // Where the row begins, from 1.
  std::map<std::string, std::string, std::less<>> fields;
};

// One record at the beginning of a text.
struct CsvRecord {
  std::vector<std::string> fields;
  std::size_t bytes = 0;  // What it takes of the text, its line end included.
};

// Errc::malformed says what is wrong with the record.
[[nodiscard]] pki::Result<CsvRecord> take_csv_record(std::string_view text);
// True when a quote is open at the end of `text`: the record may go on in the next line.
[[nodiscard]] bool has_open_quote(std::string_view text);

// The field as it stands in a record: in quotes when it has a comma, a quote or a line end.
[[nodiscard]] std::string csv_field(std::string_view text);

// Errc::malformed names the line. A row with another number of fields than the header is an error.
[[nodiscard]] pki::Result<std::vector<CsvRow>> parse_csv(std::string_view text);

}  // namespace cli
