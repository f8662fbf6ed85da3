// jpki events import: reads a feed, has it sent (cli/feed_sender), and reports what became of each line, in
// the order of the lines.

#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/command.h"
#include "cli/due_text.h"
#include "cli/feed.h"
#include "cli/feed_sender.h"
#include "cli/private_file.h"
#include "cli/spool.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

// Events that are read before the first of them are sent; so many rounds are on their way at once.
constexpr std::size_t kRoundEvents = 3'200;
constexpr std::size_t kRoundsAhead = 3;
// Reasons kept for --json; all are printed on standard error as they come.
constexpr std::size_t kReasonsKept = 10'000;

struct ImportOptions {
  std::string file, reject_file, format, encoding;
  bool dry_run = false;
};

struct Tally {
  std::uint64_t recorded = 0, repeated = 0, refused = 0, certificates = 0, without_id = 0;
  json::array reasons;
  Language language = Language::en;
};

FeedOptions feed_options(const ImportOptions& options) {
  FeedOptions wanted;
  if (!options.format.empty()) {
    if (options.format != "csv" && options.format != "jsonl") throw Failure(kUsage, messages::feed_format);
    wanted.format = options.format == "csv" ? FeedFormat::csv : FeedFormat::jsonl;
  }
  if (!options.encoding.empty()) wanted.encoding = value_or_fail(parse_feed_encoding(options.encoding));
  return wanted;
}

std::ofstream open_reject_file(const ImportOptions& options, const Feed& feed) {
  std::ofstream file;
  if (options.reject_file.empty()) return file;
  std::error_code error;
  if (options.file != "-" && std::filesystem::equivalent(options.file, options.reject_file, error))
    throw Failure(kUsage, messages::reject_file_is_feed);
  file = open_private_file(options.reject_file);
  file << feed.heading();
  if (!file.flush()) throw Failure(kUsage, {messages::reject_file_unwritable, options.reject_file});
  return file;
}

void refuse(const LineResult& outcome, const json::object& reason, Tally& tally, std::ofstream& rejects) {
  ++tally.refused;
  const std::string line = std::to_string(outcome.record.line);
  pki::Message words(messages::in_line, line, text_field(reason, "detail"));
  if (const std::string article = text_field(reason, "article"); !article.empty())
    words = {messages::with_article, std::move(words), article_text(article, tally.language)};
  std::cerr << words.in(tally.language) + "\n";
  if (tally.reasons.size() < kReasonsKept) tally.reasons.push_back(reason);
  if (rejects.is_open()) rejects << outcome.record.bytes;
}

void count(const LineResult& outcome, Tally& tally, std::ofstream& rejects) {
  if (outcome.record.event.has_error()) {
    const pki::Error& error = outcome.record.event.error();
    refuse(outcome,
           {{"line", outcome.record.line},
            {"code", pki::to_string(error.code)},
            {"detail", error.text(tally.language)}},
           tally, rejects);
    return;
  }
  if (outcome.answer.contains("code")) {
    json::object reason{{"line", outcome.record.line}};
    for (const char* member : {"code", "detail", "field", "article"})
      if (const auto* value = outcome.answer.if_contains(member)) reason[member] = *value;
    refuse(outcome, reason, tally, rejects);
    return;
  }
  if (text_field(*outcome.record.event, "event_id").empty()) ++tally.without_id;
  if (outcome.answer.at("repeated").as_bool()) {
    ++tally.repeated;
    return;
  }
  ++tally.recorded;
  tally.certificates += outcome.answer.at("certificates_changed").to_number<std::uint64_t>();
}

// Empty at the end of the feed.
std::unique_ptr<Round> next_round(Feed& feed) {
  auto round = std::make_unique<Round>();
  while (round->outcomes.size() < kRoundEvents) {
    auto record = feed.next();
    if (!record) break;
    round->outcomes.push_back({std::move(*record), {}});
  }
  return round;
}

Tally feed_all(const CommonOptions& common, const ImportOptions& options, Feed& feed,
               std::ofstream& rejects) {
  // Before the sender, which must end first.
  std::deque<std::unique_ptr<Round>> on_their_way;
  FeedSender sender(common, options.dry_run ? FeedRun::dry_run : FeedRun::record);
  Progress progress(common.say(options.dry_run ? messages::progress_tried : messages::progress_fed), 0,
                    common.progress());
  Tally tally;
  tally.language = common.language;
  for (bool at_end = false; !at_end || !on_their_way.empty();) {
    while (!at_end && on_their_way.size() < kRoundsAhead) {
      auto round = next_round(feed);
      at_end = round->outcomes.empty();
      if (!at_end) sender.send(*on_their_way.emplace_back(std::move(round)));
    }
    if (on_their_way.empty()) break;
    const std::unique_ptr<Round> round = std::move(on_their_way.front());
    on_their_way.pop_front();
    sender.wait(*round);
    for (const LineResult& outcome : round->outcomes)
      count(outcome, tally, rejects);
    if (rejects.is_open() && !rejects.flush())
      throw Failure(kInternal, {messages::reject_file_failed, options.reject_file});
    progress.add(round->outcomes.size());
  }
  return tally;
}

std::string words_of(const CommonOptions& common, const Tally& tally, const ImportOptions& options,
                     FeedEncoding encoding) {
  std::string words =
      common.say(options.dry_run ? messages::feed_would : messages::feed_done, std::to_string(tally.recorded),
                 std::to_string(tally.repeated), std::to_string(tally.refused),
                 std::to_string(tally.certificates), to_string(encoding));
  if (tally.refused > 0)
    words += "\n" + (options.reject_file.empty() ? common.say(messages::reject_file_advice)
                                                 : common.say(messages::rejects_kept, options.reject_file));
  if (tally.without_id > 0 && !options.dry_run)
    words += "\n" + common.say(messages::events_without_id, std::to_string(tally.without_id));
  return words;
}

int import(const CommonOptions& common, const ImportOptions& options) {
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file || std::filesystem::is_directory(options.file))
      throw Failure(kUsage, {messages::feed_unreadable, options.file});
  } else
    file = spool_standard_input();
  std::istream& input = file;
  auto opened = Feed::open(input, feed_options(options));
  if (opened.has_error()) throw Failure(kUsage, {messages::in_file, options.file, opened.error().message});
  Feed& feed = *opened;
  std::ofstream rejects = open_reject_file(options, feed);
  Tally tally = feed_all(common, options, feed, rejects);
  const json::object summary{{"dry_run", options.dry_run},
                             {"format", feed.format() == FeedFormat::csv ? "csv" : "jsonl"},
                             {"encoding", to_string(feed.encoding())},
                             {"recorded", tally.recorded},
                             {"repeated", tally.repeated},
                             {"refused", tally.refused},
                             {"certificates_changed", tally.certificates},
                             {"reasons", std::move(tally.reasons)}};
  print(common, summary, words_of(common, tally, options, feed.encoding()));
  return tally.refused == 0 ? kDone : kRefused;
}

}  // namespace

void add_events_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command events =
      add_command(line, line.app, "events", "Feeds of events", "jpki events import feed.csv --dry-run");
  events.require_subcommand(1);
  auto options = std::make_shared<ImportOptions>();
  const Command import_file =
      add_command(line, events, "import", "Record the events of a municipality's feed",
                  "jpki events import feed.csv --reject-file rejects.csv");
  import_file.add_option("FILE", options->file, "CSV with a header line, or JSON Lines; - for standard input")
      .required();
  import_file.add_flag("--dry-run", options->dry_run, "Say what would happen; record nothing");
  import_file.add_option("--reject-file", options->reject_file,
                         "Where refused lines are kept, to be corrected and imported again");
  import_file.add_option("--format", options->format, "csv or jsonl (default: by the first character)");
  import_file.add_option("--encoding", options->encoding,
                         "utf-8, cp932 or euc-jp (default: the one in which every line reads)");
  on_run(line, import_file, [&common, options] { return import(common, *options); });
}

}  // namespace cli
