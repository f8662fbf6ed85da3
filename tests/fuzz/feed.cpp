// Fuzzes the reading of feeds: CSV and JSON Lines in whatever bytes.

#include "cli/feed.h"

#include <sstream>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cli;
  const std::string text(reinterpret_cast<const char*>(data), size);  // NOLINT(*-reinterpret-cast)
  std::istringstream input(text);
  auto feed = Feed::open(input, {});
  if (!feed) return 0;
  std::size_t line = 0;
  std::string rejects = feed->heading();
  while (const auto record = feed->next()) {
    fuzz::check(record->line > line, "records are numbered in their order");
    fuzz::check(record->bytes.ends_with('\n') || record->bytes.ends_with('\r'), "a record is a line");
    line = record->line;
    rejects += record->bytes;
  }
  // What is kept of every record is a feed again.
  std::istringstream again(rejects);
  fuzz::check(
      line == 0 || Feed::open(again, {.format = feed->format(), .encoding = feed->encoding()}).has_value(),
      "a reject file is a feed");
  return 0;
}
