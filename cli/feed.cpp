// Records out of lines, and events out of records.

#include "cli/feed.h"

#include <algorithm>
#include <set>

#include "cli/csv.h"
#include "law/event_fields.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view without_end(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

// Feeds may write the options' names, or say `id` for the resident and `sequence` for the feed's number.
std::string field_name(std::string_view given) {
  std::string name(given);
  while (name.starts_with(' '))
    name.erase(0, 1);
  while (name.ends_with(' '))
    name.pop_back();
  std::ranges::replace(name, '-', '_');
  if (name == "id") return "resident";
  if (name == "sequence") return "feed_sequence";
  return name;
}

bool is_event_field(std::string_view name) {
  return name == "event" || name == "resident" || law::find_field_row(name) != nullptr;
}

// An empty cell is an absent item, but for the items that their event can take away.
bool means_removal(std::string_view event, std::string_view field) {
  const auto parsed = law::parse_reported_event(event);
  const law::FieldRow* const row = law::find_field_row(field);
  if (!parsed || row == nullptr || !row->item) return false;
  const auto taken = law::fields_taken_by(*parsed);
  const auto found = std::ranges::find(taken, *row->item, &law::TakenField::field);
  return found != taken.end() && found->empty == law::EmptyText::removes;
}

// Codes and ids may be JSON numbers; the API, and the division by resident, need texts.
json::value with_text_code(std::string_view field, const json::value& value) {
  const law::FieldRow* const row = law::find_field_row(field);
  const bool is_code = field == "resident" || field == "event_id" ||
                       (row != nullptr && row->item &&
                        (row->type == law::FieldType::code || row->type == law::FieldType::number));
  if (!is_code || !(value.is_int64() || value.is_uint64())) return value;
  return json::string(json::serialize(value));
}

FeedFormat detect_format(std::string_view sample) {
  const std::size_t start = sample.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  return start != std::string_view::npos && sample[start] == '{' ? FeedFormat::jsonl : FeedFormat::csv;
}

}  // namespace

Feed::Feed(std::unique_ptr<RawLines> lines, const FeedOptions& options, FeedEncoding encoding)
    : lines_(std::move(lines)),
      format_(options.format.value_or(detect_format(lines_->sample()))),
      encoding_(encoding),
      decoder_(std::make_unique<FeedDecoder>(encoding_)),
      heading_(lines_->byte_order_mark()) {}

pki::Result<Feed> Feed::open(std::istream& input, const FeedOptions& options) {
  std::string mark(2, '\0');
  input.read(mark.data(), 2);
  input.clear();
  input.seekg(0);
  if (mark == "\xFF\xFE" || mark == "\xFE\xFF") return pki::fail(pki::Errc::malformed, messages::feed_utf16);
  FeedEncoding encoding = FeedEncoding::utf8;
  if (options.encoding)
    encoding = *options.encoding;
  else {
    TRY_ASSIGN(encoding, judge_feed_encoding(input));
  }
  Feed feed(std::make_unique<RawLines>(input), options, encoding);
  if (feed.format_ == FeedFormat::csv) {
    TRY(feed.read_header());
  }
  return feed;
}

pki::Result<void> Feed::read_header() {
  while (const RawLine* line = lines_->peek(0)) {
    if (!is_blank(line->bytes)) break;
    static_cast<void>(lines_->take());
  }
  if (lines_->peek(0) == nullptr) return pki::fail(pki::Errc::malformed, messages::feed_empty);
  const std::string bytes = gather_record();
  TRY_ASSIGN(const std::string text, decoder_->decode(bytes));
  TRY_ASSIGN(const CsvRecord record, take_csv_record(text));
  std::set<std::string> seen;
  for (const std::string& field : record.fields) {
    const std::string& name = columns_.emplace_back(field_name(field));
    if (!is_event_field(name)) return pki::fail(pki::Errc::malformed, {messages::column_unknown, field});
    if (!seen.insert(name).second) return pki::fail(pki::Errc::malformed, {messages::column_twice, name});
  }
  for (const char* needed : {"event", "resident"})
    if (!seen.contains(needed)) return pki::fail(pki::Errc::malformed, {messages::column_missing, needed});
  heading_ += bytes;
  if (!heading_.ends_with('\n') && !heading_.ends_with('\r')) heading_ += '\n';
  return {};
}

// The lines of one CSV record, taken off; of a record that cannot be right only the first line.
std::string Feed::gather_record() {
  std::string bytes = lines_->peek(0)->bytes;
  std::size_t count = 1;
  while (has_open_quote(bytes) && count < kRecordLinesMax && bytes.size() <= kRecordBytesMax) {
    const RawLine* more = lines_->peek(count);
    if (more == nullptr) break;
    bytes += more->bytes;
    ++count;
  }
  const auto record = take_csv_record(bytes);
  const bool is_whole =
      bytes.size() <= kRecordBytesMax && record.has_value() && record->bytes == bytes.size();
  if (!is_whole && count > 1) {
    count = 1;
    bytes = lines_->peek(0)->bytes;
  }
  for (std::size_t i = 0; i < count; ++i)
    static_cast<void>(lines_->take());
  return bytes;
}

std::optional<FeedRecord> Feed::next() {
  for (;;) {
    const RawLine* line = lines_->peek(0);
    if (line == nullptr) return std::nullopt;
    if (!is_blank(line->bytes)) break;
    static_cast<void>(lines_->take());
  }
  FeedRecord record = format_ == FeedFormat::csv ? take_csv() : take_jsonl();
  if (!record.bytes.ends_with('\n') && !record.bytes.ends_with('\r')) record.bytes += '\n';
  return record;
}

FeedRecord Feed::take_csv() {
  const std::size_t line = lines_->peek(0)->number;
  const bool is_cut = lines_->peek(0)->is_cut;
  std::string bytes = gather_record();
  if (is_cut || bytes.size() > kRecordBytesMax)
    return {line, std::move(bytes), pki::fail(pki::Errc::malformed, messages::record_long)};
  auto text = decoder_->decode(bytes);
  if (text.has_error()) return {line, std::move(bytes), text.error()};
  const auto record = take_csv_record(*text);
  if (record.has_error()) return {line, std::move(bytes), record.error()};
  return {line, std::move(bytes), event_of(record->fields)};
}

FeedRecord Feed::take_jsonl() {
  RawLine line = lines_->take();
  if (line.is_cut || line.bytes.size() > kRecordBytesMax)
    return {line.number, std::move(line.bytes), pki::fail(pki::Errc::malformed, messages::line_long)};
  auto text = decoder_->decode(without_end(line.bytes));
  if (text.has_error()) return {line.number, std::move(line.bytes), text.error()};
  return {line.number, std::move(line.bytes), event_of(std::string_view(*text))};
}

pki::Result<json::object> Feed::event_of(const std::vector<std::string>& fields) {
  if (fields.size() != columns_.size())
    return pki::fail(pki::Errc::malformed,
                     {messages::field_count, std::to_string(fields.size()), std::to_string(columns_.size())});
  const auto column = std::ranges::find(columns_, "event") - columns_.begin();
  const std::string& event = fields[static_cast<std::size_t>(column)];
  json::object body;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!fields[i].empty() || means_removal(event, columns_[i])) body[columns_[i]] = fields[i];
  return body;
}

pki::Result<json::object> Feed::event_of(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  const json::value value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return pki::fail(pki::Errc::malformed, messages::line_not_object);
  json::object body;
  for (const auto& member : value.get_object()) {
    const std::string name = field_name(member.key());
    if (!body.emplace(name, with_text_code(name, member.value())).second)
      return pki::fail(pki::Errc::malformed, messages::line_member_twice);
  }
  return body;
}

}  // namespace cli
