// A municipality's feed of events: CSV (RFC 4180) or JSON Lines, one event a record, as bodies for the API.
//
// A record that cannot be read is a record with an error: it is reported, kept unchanged for the reject
// file, and stops nothing else.

#pragma once

#include <boost/json.hpp>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "cli/feed_text.h"
#include "pki/result.h"

namespace cli {

namespace json = boost::json;

enum class FeedFormat { csv, jsonl };

struct FeedOptions {
  // Absent: judged by the beginning of the feed.
  std::optional<FeedFormat> format = {};
  // Absent: judged by the whole of it, see judge_feed_encoding().
  std::optional<FeedEncoding> encoding = {};
};

// One record of the feed.
struct FeedRecord {
  std::size_t line = 0;  // Where it begins, from 1.
  std::string bytes;     // As in the feed, with a line end.
  pki::Result<json::object> event;
};

// Reads a feed from its beginning, in bounded memory.
class Feed final {
 public:
  // A longer record is refused.
  static constexpr std::size_t kRecordBytesMax = std::size_t{64} * 1024;
  // A quoted field may go on in as many lines; a quote that is not closed takes no more than its own line.
  static constexpr std::size_t kRecordLinesMax = 100;

  // Errc::malformed for what is no feed at all, or of an encoding that cannot be judged: a CSV without the
  // columns `event` and `resident`, or with a column that no event has. `input` must outlive the feed, and
  // without a given encoding it must be seekable.
  [[nodiscard]] static pki::Result<Feed> open(std::istream& input, const FeedOptions& options);

  // The next record, or nothing at the end. Empty lines are passed over.
  [[nodiscard]] std::optional<FeedRecord> next();
  // What a reject file begins with: the byte order mark and the header line, unchanged.
  [[nodiscard]] const std::string& heading() const { return heading_; }
  [[nodiscard]] FeedFormat format() const { return format_; }
  [[nodiscard]] FeedEncoding encoding() const { return encoding_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return lines_->bytes_read(); }

 private:
  Feed(std::unique_ptr<RawLines> lines, const FeedOptions& options, FeedEncoding encoding);
  [[nodiscard]] pki::Result<void> read_header();
  [[nodiscard]] std::string gather_record();
  [[nodiscard]] FeedRecord take_csv();
  [[nodiscard]] FeedRecord take_jsonl();
  [[nodiscard]] pki::Result<json::object> event_of(const std::vector<std::string>& fields);
  [[nodiscard]] pki::Result<json::object> event_of(std::string_view text);

  std::unique_ptr<RawLines> lines_;
  FeedFormat format_;
  FeedEncoding encoding_;
  std::unique_ptr<FeedDecoder> decoder_;
  std::string heading_;
  std::vector<std::string> columns_;
};

}  // namespace cli
