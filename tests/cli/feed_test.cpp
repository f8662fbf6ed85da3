// Feeds of events as municipalities send them: formats, encodings, line ends, and records that are broken.

#include "cli/feed.h"

#include <doctest/doctest.h>

#include <sstream>

namespace cli {

namespace {

using namespace std::string_literals;

std::vector<FeedRecord> records_of(const std::string& text, const FeedOptions& options = {}) {
  std::istringstream input(text);
  auto feed = Feed::open(input, options);
  if (feed.has_error()) {
    INFO(feed.error().text());
    REQUIRE(feed.has_value());
  }
  std::vector<FeedRecord> records;
  while (auto record = feed->next())
    records.push_back(std::move(*record));
  return records;
}

std::string field(const FeedRecord& record, std::string_view name) {
  REQUIRE(record.event.has_value());
  const json::value* value = record.event->if_contains(name);
  return value == nullptr ? "-"s : std::string(value->as_string());
}

std::string refusal(const std::string& text) {
  std::istringstream input(text);
  const auto feed = Feed::open(input, {});
  CAPTURE(text);
  REQUIRE(feed.has_error());
  CHECK(feed.error().code == pki::Errc::malformed);
  return feed.error().text();
}

// 東京都 and 町, as they lie in CP932 bytes.
const std::string kTokyo = "\x93\x8C\x8B\x9E\x93\x73";
// ソ and 表 end in the byte of a backslash, which a reader of single bytes takes for an escape.
const std::string kBackslashes = "\x83\x5C\x95\x5C";

}  // namespace

TEST_CASE("a CSV gives one event a record, by the names of its header") {
  const auto records = records_of(
      "event_id,event,resident,address,municipality\n"
      "a-1,address-change,10000000007,東京都清瀬市模擬町２番,\n"
      "\n"
      "a-2,death,10000000007,,\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].line == 2);
  CHECK(field(records[0], "event") == "address-change");
  CHECK(field(records[0], "address") == "東京都清瀬市模擬町２番");
  CHECK_FALSE(records[0].event->contains("municipality"));
  CHECK(records[1].line == 4);
  CHECK(records[1].bytes == "a-2,death,10000000007,,\n");
  CHECK_FALSE(records[1].event->contains("address"));
}

TEST_CASE("columns may have the names of the options, and `id` is the resident") {
  const auto records = records_of("event,id,former-name,event-id,sequence\nformer-name-change,1,模擬,e,5");
  REQUIRE(records.size() == 1);
  CHECK(field(records[0], "resident") == "1");
  CHECK(field(records[0], "former_name") == "模擬");
  CHECK(field(records[0], "event_id") == "e");
  CHECK(field(records[0], "feed_sequence") == "5");
  CHECK(records[0].bytes.ends_with("\n"));
}

TEST_CASE("codes and ids may stand as JSON numbers") {
  const auto records = records_of(
      R"({"event":"card-lapse","id":10000000007,"event_id":12,"municipality":132217,"cause":3,"sequence":4})");
  REQUIRE(records.size() == 1);
  CHECK(field(records[0], "resident") == "10000000007");
  CHECK(field(records[0], "event_id") == "12");
  CHECK(field(records[0], "municipality") == "132217");
  CHECK(field(records[0], "cause") == "3");
  CHECK(records[0].event->at("feed_sequence") == 4);
}

TEST_CASE("an empty cell takes a former name or an alias away, and is absent otherwise") {
  const auto records = records_of(
      "event,resident,former_name,alias\nformer-name-change,1,,\nalias-change,1,,\nname-change,1,,\n");
  CHECK(field(records[0], "former_name").empty());
  CHECK(field(records[0], "alias") == "-");
  CHECK(field(records[1], "alias").empty());
  CHECK(field(records[2], "alias") == "-");
}

TEST_CASE("LF, CR LF and CR end lines, also mixed, and a quoted field keeps its own") {
  const auto records = records_of(
      "event,resident,address\r\ndeath,1,\ndeath,2,\rdeath,3,\r\naddress-change,4,\"一\r\n二\"\ndeath,5,");
  REQUIRE(records.size() == 5);
  const std::vector<std::size_t> lines{2, 3, 4, 5, 7};
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(records[i].line == lines[i]);
    CHECK(field(records[i], "resident") == std::to_string(i + 1));
  }
  CHECK(field(records[3], "address") == "一\r\n二");
  CHECK(records[3].bytes == "address-change,4,\"一\r\n二\"\n");
}

TEST_CASE("a byte order mark is understood and kept for the reject file") {
  std::istringstream input(
      "\xEF\xBB\xBF"
      "event,resident\r\ndeath,1\r\n");
  auto feed = Feed::open(input, {}).value();
  CHECK(feed.heading() ==
        "\xEF\xBB\xBF"
        "event,resident\r\n");
  CHECK(field(feed.next().value(), "event") == "death");
  const auto lines = records_of("\xEF\xBB\xBF{\"event\":\"death\"}");
  REQUIRE(lines.size() == 1);
  CHECK(field(lines[0], "event") == "death");
}

TEST_CASE("Shift_JIS is recognised, and its second bytes are neither commas nor quotes nor escapes") {
  std::istringstream input("event,resident,address\naddress-change,1," + kTokyo + kBackslashes + "\n");
  auto feed = Feed::open(input, {}).value();
  CHECK(feed.encoding() == FeedEncoding::cp932);
  const FeedRecord record = feed.next().value();
  CHECK(field(record, "address") == "東京都ソ表");
  CHECK(record.bytes == "address-change,1," + kTokyo + kBackslashes + "\n");
  const auto lines = records_of("{\"event\":\"address-change\",\"address\":\"" + kBackslashes + "\"}\n");
  CHECK(field(lines.at(0), "address") == "ソ表");
}

TEST_CASE("Microsoft's minus and wave dash become those of JIS X 0208") {
  const auto records =
      records_of("event,resident,address\nx,1,\x81\x7C\x81\x60\n", {.encoding = FeedEncoding::cp932});
  CHECK(field(records.at(0), "address") == "−〜");
}

TEST_CASE("half-width katakana and extended characters of CP932 come through") {
  const auto records = records_of("event,resident,furigana,name\nx,1,\xD4\xCF\xC0\xDE,\xFB\xFC\n",
                                  {.encoding = FeedEncoding::cp932});
  CHECK(field(records.at(0), "furigana") == "ﾔﾏﾀﾞ");
  CHECK(field(records.at(0), "name") == "髙");
}

TEST_CASE("with a line that does not fit, nothing is guessed: the encoding must be given") {
  const std::string broken = "event,resident,address\nx,1,東京\nx,2,東\xE4\xBA\nx,3,京\n";
  std::istringstream input(broken);
  const auto guessed = Feed::open(input, {});
  REQUIRE(guessed.has_error());
  CHECK(guessed.error().text().find("line 3 is not utf-8") != std::string::npos);
  CHECK(guessed.error().text().find("--encoding utf-8") != std::string::npos);
  const auto utf8 = records_of(broken, {.encoding = FeedEncoding::utf8});
  CHECK(field(utf8.at(0), "address") == "東京");
  CHECK(utf8.at(1).event.has_error());
  CHECK(utf8.at(1).bytes == "x,2,東\xE4\xBA\n");
  CHECK(field(utf8.at(2), "address") == "京");
  const auto cp932 = records_of("event,resident,address\nx,1," + kTokyo + "\nx,2,\x93\nx,3," + kTokyo + "\n",
                                {.encoding = FeedEncoding::cp932});
  CHECK(cp932.at(1).event.has_error());
  CHECK(cp932.at(1).line == 3);
  CHECK(field(cp932.at(2), "address") == "東京都");
}

TEST_CASE(
    "EUC-JP is recognised and never taken for CP932, in which much of it reads as half-width katakana") {
  // 東京都清瀬市 in EUC-JP.
  const std::string kiyose = "\xC5\xEC\xB5\xFE\xC5\xD4\xC0\xB6\xC0\xA5\xBB\xD4";
  const auto records = records_of("event,resident,address\nx,1," + kiyose + "\n");
  CHECK(field(records.at(0), "address") == "東京都清瀬市");
  // Reads in both: 0xB1 0xB2 is one kanji of EUC-JP and two half-width katakana of CP932.
  std::istringstream ambiguous("event,resident,address\nx,1,\xB1\xB2\n");
  const auto guessed = Feed::open(ambiguous, {});
  REQUIRE(guessed.has_error());
  CHECK(guessed.error().text().find("give --encoding") != std::string::npos);
}

TEST_CASE("an encoding that is forced is not guessed") {
  const auto records = records_of("event,resident,address\nx,1,一丁\n", {.encoding = FeedEncoding::cp932});
  CHECK(records.at(0).event.has_error());
  CHECK(parse_feed_encoding("Shift_JIS").value() == FeedEncoding::cp932);
  CHECK(parse_feed_encoding("UTF-8").value() == FeedEncoding::utf8);
  CHECK(parse_feed_encoding("latin1").has_error());
}

TEST_CASE("a quote that is never closed takes its own line alone") {
  std::string text = "event,resident,address\nx,1,\"東京\n";
  for (int i = 2; i < 400; ++i)
    text += "x," + std::to_string(i) + ",\"東京\"\n";
  const auto records = records_of(text);
  REQUIRE(records.size() == 399);
  CHECK(records[0].event.has_error());
  CHECK(records[0].bytes == "x,1,\"東京\n");
  for (std::size_t i = 1; i < records.size(); ++i)
    CHECK(field(records[i], "resident") == std::to_string(i + 1));
}

TEST_CASE("NUL bytes, wrong numbers of fields and stray quotes are errors of their line") {
  const auto records = records_of("event,resident\nx,1\nx,\0\nx,3,4\nx\nx,5\"5\n\"x\"y,6\nx,7\n"s);
  REQUIRE(records.size() == 7);
  for (const std::size_t bad : {1U, 2U, 3U, 4U, 5U}) {
    CAPTURE(bad);
    CHECK(records[bad].event.has_error());
    CHECK(records[bad].line == bad + 2);
  }
  CHECK(field(records[6], "resident") == "7");
}

TEST_CASE("a huge line is refused, cut for the reject file, and what follows is read") {
  const std::string long_name(100'000, 'x'), huge_name(3'000'000, 'y');
  for (const std::string& start : {"event,resident,name\n"s, ""s}) {
    const bool is_csv = !start.empty();
    const auto line = [&](const std::string& name) {
      return is_csv ? "x,1," + name + "\n" : R"({"event":"x","name":")" + name + "\"}\n";
    };
    const auto records = records_of(start + line(long_name) + line(huge_name) + line("z"));
    REQUIRE(records.size() == 3);
    CHECK(records[0].event.has_error());
    CHECK(records[0].bytes == line(long_name));
    CHECK(records[1].event.has_error());
    CHECK(records[1].bytes.size() <= RawLines::kLineBytesMax + 1);
    CHECK(field(records[2], "name") == "z");
  }
}

TEST_CASE("JSON Lines: what is not one object is an error of its line") {
  const auto records = records_of(
      "{\"event\":\"death\",\"id\":\"1\"}\n[1]\n{\"event\":\n{\"event\":\"a\",\"event\":\"b\"}\n7\r\n"
      "{\"event\":\"x\"} {}\n{\"event\":\"y\",\"former-name\":null}\n");
  REQUIRE(records.size() == 7);
  CHECK(field(records[0], "resident") == "1");
  for (const std::size_t bad : {1U, 2U, 4U, 5U})
    CHECK(records[bad].event.has_error());
  CHECK(records[6].event->contains("former_name"));
}

TEST_CASE("what is no feed at all is refused as a whole") {
  CHECK(refusal("").find("empty") != std::string::npos);
  CHECK(refusal("event,adress,resident\n").find("adress") != std::string::npos);
  CHECK(refusal("event,address\n").find("resident") != std::string::npos);
  CHECK(refusal("resident\n").find("event") != std::string::npos);
  CHECK(refusal("event,id,resident\n").find("twice") != std::string::npos);
  CHECK(refusal("\xFF\xFE"
                "e\0v\0"s)
            .find("UTF-16") != std::string::npos);
  CHECK(
      refusal("event,resident,address\naddress-change,10000000006,\x1b$B%b%.\x1b(B\n").find("ISO-2022-JP") !=
      std::string::npos);
}

TEST_CASE("what does not fit the sample is read as well") {
  std::string text = "event,resident,address\n";
  std::size_t count = 0;
  while (text.size() < 3 * RawLines::kSampleBytes) {
    ++count;
    text += "x," + std::to_string(count) + ",東京都清瀬市模擬町" + std::string(count % 97, '1') + "番\r\n";
  }
  std::istringstream input(text);
  auto feed = Feed::open(input, {}).value();
  std::size_t read = 0;
  while (auto record = feed.next()) {
    ++read;
    if (field(*record, "resident") != std::to_string(read))
      FAIL("record " << read << " is " << record->bytes);
  }
  CHECK(read == count);
  CHECK(feed.bytes_read() == text.size());
}

}  // namespace cli
