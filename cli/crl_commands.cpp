// jpki crl publish|show|check|list.

#include "cli/command.h"
#include "cli/field_words.h"
#include "crl/reader.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

struct PublishOptions {
  bool is_delta_alone = false;
  bool is_final = false;
  std::string ca;
};

int publish(const CommonOptions& common, const PublishOptions& options) {
  if (options.is_final && options.ca.empty()) throw Failure(kUsage, messages::final_needs_ca);
  AdminClient client = common.connect();
  json::object demand{{"kind", options.is_delta_alone ? "delta" : "complete"}};
  if (options.is_final) demand = {{"kind", "final"}, {"issuer", options.ca}};
  const json::object report = [&] {
    const Waiting waiting(common.say(messages::progress_publishing), common.progress());
    return value_or_fail(client.post("/v1/crls", demand));
  }();
  std::string words = common.say(messages::published, text_field(report, "complete"),
                                 text_field(report, "delta"), text_field(report, "authority"),
                                 text_field(report, "entries"), text_field(report, "octets")) +
                      "\n";
  const json::array& failures = report.at("failures").as_array();
  for (const json::value& failure : failures)
    words += common.say(messages::not_released,
                        value_text(text_field(failure.as_object(), "kind"), common.language),
                        text_field(failure.as_object(), "scope"), text_field(failure.as_object(), "reason")) +
             "\n";
  print(common, report, words);
  return failures.empty() ? kDone : kInternal;
}

int show(const CommonOptions& common, const std::string& file) {
  std::string text = read_text_file(file);
  pki::Bytes der = pki::to_bytes(pki::as_bytes(text));
  if (text.starts_with("-----")) {
    const auto blocks = value_or_fail(pki::decode_pem_blocks(text, "X509 CRL"));
    if (blocks.size() != 1) throw Failure(kUsage, {messages::not_one_crl, file});
    der = blocks.front();
  }
  const auto lines = crl::explain(der);
  if (lines.has_error()) throw Failure(kUsage, {messages::not_a_crl, file, lines.error().message});
  json::array list;
  std::string words;
  for (const pki::Message& line : *lines) {
    const std::string one = line.in(common.language);
    list.push_back(json::value(one));
    words += one + "\n";
  }
  print(common, json::object{{"file", file}, {"explanation", std::move(list)}}, words);
  return kDone;
}

// The authority answers in pieces; this is their sum.
json::object check_all(const CommonOptions& common, bool is_current_only) {
  AdminClient client = common.connect();
  Progress progress(common.say(messages::progress_lists_checked), 0, common.progress());
  json::object sum{{"lists", 0}, {"entries", 0}, {"octets", 0}, {"findings", json::array()}};
  const std::string query =
      std::string("/v1/crls/check?extent=") + (is_current_only ? "current" : "everything");
  std::string after;
  do {
    const json::object piece = value_or_fail(client.get(query + after));
    for (const char* name : {"lists", "entries", "octets"})
      sum[name] = sum.at(name).to_number<std::uint64_t>() + piece.at(name).to_number<std::uint64_t>();
    for (const json::value& finding : piece.at("findings").as_array())
      sum["findings"].as_array().push_back(finding);
    progress.add(piece.at("lists").to_number<std::uint64_t>());
    after = piece.contains("next") ? "&after=" + text_field(piece, "next") : "";
  } while (!after.empty());
  return sum;
}

int check(const CommonOptions& common, bool is_current_only) {
  const json::object report = check_all(common, is_current_only);
  const json::array& findings = report.at("findings").as_array();
  std::string words =
      common.say(messages::lists_checked, text_field(report, "lists"), text_field(report, "entries")) + "\n";
  for (const json::value& value : findings) {
    const json::object& finding = value.as_object();
    words +=
        common.say(messages::list_finding, value_text(text_field(finding, "kind"), common.language),
                   text_field(finding, "number"), text_field(finding, "scope"), text_field(finding, "what")) +
        "\n";
  }
  print(common, report, words);
  return findings.empty() ? kDone : kRefused;
}

struct ListOptions {
  std::string issuer, point, kind, date;
  bool is_current_only = false;
  std::size_t limit = 1'000;
};

// One list, its number, time, size and what it speaks of.
std::string words_of(const CommonOptions& common, const json::object& record) {
  std::string words =
      common.say(messages::list_line, text_field(record, "scope"),
                 value_text(text_field(record, "kind"), common.language), text_field(record, "number"),
                 text_field(record, "this_update"), text_field(record, "entries"));
  if (const std::string base = text_field(record, "base"); !base.empty())
    words += "  " + common.say(messages::list_base, base);
  if (text_field(record, "occasion") == "extra") words += "  " + common.say(messages::list_extra);
  std::string covers;
  for (const json::value& covered : record.at("covers").as_array())
    covers += (covers.empty() ? "" : ", ") + text_field(covered.as_object(), "issuer");
  if (!covers.empty()) words += "  " + common.say(messages::list_covers, covers);
  if (record.contains("last")) words += "  " + common.say(messages::list_last);
  return words;
}

int list(const CommonOptions& common, const ListOptions& options) {
  AdminClient client = common.connect();
  std::string query = "/v1/crls?limit=" + std::to_string(options.limit);
  const std::pair<const char*, const std::string&> filters[] = {
      {"issuer", options.issuer}, {"point", options.point}, {"kind", options.kind}, {"date", options.date}};
  for (const auto& [name, value] : filters)
    if (!value.empty()) query += "&" + std::string(name) + "=" + value;
  if (options.is_current_only) query += "&current=true";
  const json::object answer = value_or_fail(client.get(query));
  std::string words;
  for (const json::value& value : answer.at("crls").as_array()) {
    words += words_of(common, value.as_object()) + "\n";
  }
  print(common, answer, words);
  return kDone;
}

}  // namespace

void add_crl_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command crl = add_command(line, line.app, "crl", "Revocation lists", "jpki crl list --issuer sign-1");
  crl.require_subcommand(1);

  auto demand = std::make_shared<PublishOptions>();
  const Command publish_command = add_command(
      line, crl, "publish", "Publish now: every complete CRL with its delta", "jpki crl publish --delta");
  const Option delta_flag = publish_command.add_flag("--delta", demand->is_delta_alone, "Deltas alone");
  const Option final_flag = publish_command
                                .add_flag("--final", demand->is_final,
                                          "The last CRLs by the key of a generation that is at its end")
                                .excludes(delta_flag);
  publish_command.add_option("--ca", demand->ca, "The generation that ends, e.g. sign-1").needs(final_flag);
  on_run(line, publish_command, [&common, demand] { return publish(common, *demand); });

  auto file = std::make_shared<std::string>();
  const Command show_command =
      add_command(line, crl, "show", "Explain a CRL file, from any CA", "jpki crl show full.crl");
  show_command.add_option("FILE", *file, "DER or PEM").required();
  on_run(line, show_command, [&common, file] { return show(common, *file); });

  auto is_current_only = std::make_shared<bool>(false);
  const Command check_command =
      add_command(line, crl, "check", "Check everything published against the store", "jpki crl check");
  check_command.add_flag("--current", *is_current_only, "Only the current lists, not the past ones");
  on_run(line, check_command, [&common, is_current_only] { return check(common, *is_current_only); });

  auto filter = std::make_shared<ListOptions>();
  const Command list_command =
      add_command(line, crl, "list", "What was published, the newest of a scope first",
                  "jpki crl list --issuer sign-1 --point 132217 --kind delta");
  list_command.add_option("--issuer", filter->issuer, "A generation, e.g. sign-1 (default: all)");
  list_command.add_option("--point", filter->point,
                          "A municipality or ward, or all (default: the whole generation)");
  list_command.add_option("--kind", filter->kind, "complete, delta or authority (default: all)");
  list_command.add_option("--date", filter->date, "Published on this day in Japan, YYYY-MM-DD");
  list_command.add_flag("--current", filter->is_current_only, "Only the current ones");
  list_command.add_option("--limit", filter->limit, "At most so many, up to 10000").capture_default_str();
  on_run(line, list_command, [&common, filter] { return list(common, *filter); });
}

}  // namespace cli
