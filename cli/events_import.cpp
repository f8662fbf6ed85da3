// jpki events import: a feed goes to the server in batches, over a few connections.
//
// All events of one resident go over the same connection, so that their order holds. Rounds bound the memory:
// what was read is answered before more is read.

#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <thread>

#include "cli/command.h"
#include "cli/feed.h"
#include "cli/parallel.h"
#include "cli/progress.h"

namespace cli {

namespace {

// The server takes 1,000 events and 1 MiB in a request.
constexpr std::size_t kBatchEvents = 500;
constexpr std::size_t kBatchOctets = std::size_t{768} * 1024;
constexpr std::size_t kConnections = 4;
constexpr std::size_t kRoundEvents = 8 * kBatchEvents;
// Reasons kept for --json; all are printed on standard error as they come.
constexpr std::size_t kReasonsKept = 10'000;
constexpr std::string_view kMayBeRepeated =
    "; what came before is recorded: import the feed again, events with an event_id are recorded once";

struct ImportOptions {
  std::string file, reject_file, format, encoding;
  bool dry_run = false;
};

struct Tally {
  std::uint64_t recorded = 0, repeated = 0, refused = 0, certificates = 0, without_id = 0;
  json::array reasons;
};

// A record and what became of it.
struct Outcome {
  FeedRecord record;
  json::object answer;  // Empty until the server has answered.
};

FeedOptions feed_options(const ImportOptions& options) {
  FeedOptions wanted;
  if (!options.format.empty()) {
    if (options.format != "csv" && options.format != "jsonl")
      throw Failure(kUsage, "--format must be csv or jsonl");
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
    throw Failure(kUsage, "the reject file is the feed itself: give --reject-file another name");
  file.open(options.reject_file, std::ios::binary | std::ios::trunc);
  file << feed.heading();
  if (!file.flush())
    throw Failure(kUsage, "cannot write " + options.reject_file + ": choose another --reject-file");
  return file;
}

// Sends the given outcomes in their order and takes the answers.
void send(AdminClient& client, const std::vector<Outcome*>& events, bool dry_run) {
  std::size_t sent = 0;
  while (sent < events.size()) {
    json::array list;
    std::size_t octets = 0;
    const std::size_t begin = sent;
    while (sent < events.size() && list.size() < kBatchEvents && octets < kBatchOctets) {
      octets += events[sent]->record.octets.size() * 2;
      list.push_back(*events[sent++]->record.event);
    }
    const auto answer =
        client.post("/v1/events/batch", json::object{{"events", std::move(list)}, {"dry_run", dry_run}});
    if (answer.has_error()) {
      pki::Error error = answer.error();
      error.detail += kMayBeRepeated;
      throw Failure(error);
    }
    const json::array& results = answer->at("results").as_array();
    for (std::size_t i = begin; i < sent; ++i)
      events[i]->answer = results.at(i - begin).as_object();
  }
}

// One connection each, kept for the whole feed.
class Senders final {
 public:
  explicit Senders(const CommonOptions& common) {
    for (std::size_t i = 0; i < kConnections; ++i)
      clients_.push_back(common.connect());
  }

  void send_round(std::vector<Outcome>& round, bool dry_run) {
    std::array<std::vector<Outcome*>, kConnections> shares;
    for (Outcome& outcome : round)
      if (outcome.record.event.has_value())
        shares.at(std::hash<std::string>{}(text_field(*outcome.record.event, "resident")) % kConnections)
            .push_back(&outcome);
    for_each_parallel<std::size_t>(
        kConnections, kConnections, [] { return std::size_t{}; },
        [&](std::size_t&, std::size_t i) { send(clients_.at(i), shares.at(i), dry_run); });
  }

 private:
  std::vector<AdminClient> clients_;
};

void refuse(const Outcome& outcome, const json::object& reason, Tally& tally, std::ofstream& rejects) {
  ++tally.refused;
  const std::string line = std::to_string(outcome.record.line);
  std::string words = "line " + line + ": " + text_field(reason, "detail");
  if (const std::string article = text_field(reason, "article"); !article.empty())
    words += " (" + article + ")";
  std::cerr << words + "\n";
  if (tally.reasons.size() < kReasonsKept) tally.reasons.push_back(reason);
  if (rejects.is_open()) rejects << outcome.record.octets;
}

// What the server could not do is no fault of the line: the import ends, and can be repeated.
void check_server_fault(const Outcome& outcome) {
  if (outcome.answer.contains("code") && outcome.answer.at("status").as_int64() >= 500)
    throw Failure(kInternal, "line " + std::to_string(outcome.record.line) + ": " +
                                 text_field(outcome.answer, "detail") + std::string(kMayBeRepeated));
}

void count(const Outcome& outcome, Tally& tally, std::ofstream& rejects) {
  if (outcome.record.event.has_error()) {
    const pki::Error& error = outcome.record.event.error();
    refuse(outcome,
           {{"line", outcome.record.line}, {"code", pki::to_string(error.code)}, {"detail", error.detail}},
           tally, rejects);
    return;
  }
  check_server_fault(outcome);
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
  tally.certificates += outcome.answer.at("certificates").as_array().size();
}

// Empty at the end of the feed.
std::vector<Outcome> next_round(Feed& feed) {
  std::vector<Outcome> round;
  while (round.size() < kRoundEvents) {
    auto record = feed.next();
    if (!record) break;
    round.push_back({std::move(*record), {}});
  }
  return round;
}

Tally feed_all(const CommonOptions& common, const ImportOptions& options, Feed& feed,
               std::ofstream& rejects) {
  Senders senders(common);
  Progress progress(options.dry_run ? "events tried" : "events fed", 0,
                    common.quiet ? Progress::Display::off : Progress::Display::automatic);
  Tally tally;
  for (auto round = next_round(feed); !round.empty(); round = next_round(feed)) {
    senders.send_round(round, options.dry_run);
    for (const Outcome& outcome : round)
      count(outcome, tally, rejects);
    if (rejects.is_open() && !rejects.flush())
      throw Failure(kInternal, "cannot write " + options.reject_file + ": the disk may be full");
    progress.add(round.size());
  }
  return tally;
}

std::string words_of(const Tally& tally, const ImportOptions& options) {
  std::string words = std::to_string(tally.recorded) +
                      (options.dry_run ? " events would be recorded, " : " events recorded, ") +
                      std::to_string(tally.repeated) + " were recorded already, " +
                      std::to_string(tally.refused) + " refused; " + std::to_string(tally.certificates) +
                      (options.dry_run ? " certificates would change" : " certificates changed");
  if (tally.refused > 0)
    words += options.reject_file.empty()
                 ? "\nWith --reject-file the refused lines are kept, to be mended and fed again."
                 : "\nThe refused lines are in " + options.reject_file + ": mend them and import that file.";
  if (tally.without_id > 0 && !options.dry_run)
    words += "\n" + std::to_string(tally.without_id) +
             " events have no event_id: if this feed is imported again, they are taken for new ones.";
  return words;
}

int import(const CommonOptions& common, const ImportOptions& options) {
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file || std::filesystem::is_directory(options.file))
      throw Failure(kUsage, "cannot read " + options.file + ": does it exist?");
  }
  std::istream& input = options.file == "-" ? std::cin : file;
  auto opened = Feed::open(input, feed_options(options));
  if (opened.has_error()) throw Failure(kUsage, options.file + ": " + opened.error().detail);
  Feed& feed = *opened;
  std::ofstream rejects = open_reject_file(options, feed);
  Tally tally = feed_all(common, options, feed, rejects);
  const json::object summary{{"dry_run", options.dry_run},
                             {"format", feed.format() == FeedFormat::csv ? "csv" : "jsonl"},
                             {"encoding", feed.encoding() == FeedEncoding::utf8 ? "utf-8" : "cp932"},
                             {"recorded", tally.recorded},
                             {"repeated", tally.repeated},
                             {"refused", tally.refused},
                             {"certificates_changed", tally.certificates},
                             {"reasons", std::move(tally.reasons)}};
  print(common, summary, words_of(tally, options));
  return tally.refused == 0 ? kDone : kRefused;
}

}  // namespace

void add_events_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  CLI::App* events =
      add_command(line, line.app, "events", "Feeds of events", "jpki events import feed.csv --dry-run");
  events->require_subcommand(1);
  auto options = std::make_shared<ImportOptions>();
  CLI::App* import_file = add_command(line, *events, "import", "Record the events of a municipality's feed",
                                      "jpki events import feed.csv --reject-file rejects.csv");
  import_file
      ->add_option("FILE", options->file, "CSV with a header line, or JSON Lines; - for standard input")
      ->required();
  import_file->add_flag("--dry-run", options->dry_run, "Say what would happen; record nothing");
  import_file->add_option("--reject-file", options->reject_file,
                          "Where refused lines are kept, to be mended and fed again");
  import_file->add_option("--format", options->format, "csv or jsonl (default: by the first character)");
  import_file->add_option("--encoding", options->encoding,
                          "utf-8 or cp932 (default: by what is in the feed)");
  on_run(line, import_file, [&common, options] { return import(common, *options); });
}

}  // namespace cli
