// jpki audit show|export|verify.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/command.h"
#include "cli/private_file.h"
#include "pki/messages/cli.h"
#include "pki/private_key.h"
#include "registry/signed_head.h"

namespace cli {

namespace {

// Who, what, about what and when; what is empty asks for nothing.
struct AuditQuestion {
  std::string operator_name, action, subject, from, to;

  // With `&` before each parameter.
  [[nodiscard]] std::string query() const {
    std::string text;
    for (const auto& [name, value] : {std::pair{"operator", &operator_name},
                                      {"action", &action},
                                      {"subject", &subject},
                                      {"from", &from},
                                      {"to", &to}})
      if (!value->empty()) text += "&" + std::string(name) + "=" + percent_encode(*value);
    return text;
  }
};

void add_question(const Command& command, AuditQuestion& question) {
  command.add_option("--operator", question.operator_name, "By this operator");
  command.add_option("--action", question.action,
                     "This action, or all that begin with these words, e.g. event or 'event hold'");
  command.add_option("--subject", question.subject,
                     "About this, e.g. 'resident 10000000006', or its id alone");
  command.add_option("--from", question.from,
                     "From this day in Japan on, YYYY-MM-DD, or this time (RFC 3339)");
  command.add_option("--to", question.to, "Until this day, with all of it, or this time");
}

struct ShowOptions {
  int limit = 100;
  AuditQuestion question;
};

std::string line_of(const json::object& entry) {
  std::string words = text_field(entry, "sequence") + "  " + text_field(entry, "recorded_at") + "  " +
                      text_field(entry, "role") + " (" + text_field(entry, "operator") + ")  " +
                      text_field(entry, "action");
  for (const json::value& subject : entry.at("subjects").as_array())
    words += ", " + std::string(subject.as_string());
  return words + "\n";
}

// A request looks at so many entries; few of them may fit what is asked for.
int show(const CommonOptions& common, const ShowOptions& options) {
  AdminClient client = common.connect();
  json::array entries;
  std::string words, before;
  const auto wanted = static_cast<std::size_t>(std::max(options.limit, 0));
  do {
    const std::string limit = std::to_string(options.limit - static_cast<int>(entries.size()));
    json::object page =
        value_or_fail(client.get("/v1/audit?limit=" + limit + options.question.query() + before));
    for (json::value& value : page.at("entries").as_array()) {
      words += line_of(value.as_object());
      entries.push_back(std::move(value));
    }
    if (page.at("next").is_null()) break;
    before = "&before=" + text_field(page, "next");
  } while (entries.size() < wanted);
  print(common, json::object{{"entries", std::move(entries)}}, words);
  return kDone;
}

struct ExportOptions {
  std::string out;
  AuditQuestion question;
};

// The oldest first, so that a later export goes on where this one ended.
int write_out(const CommonOptions& common, const ExportOptions& options) {
  AdminClient client = common.connect();
  std::ofstream file;
  const bool is_file = !options.out.empty() && options.out != "-";
  if (is_file) {
    if (std::filesystem::exists(options.out)) throw Failure(kUsage, {messages::out_exists, options.out});
    file = open_private_file(options.out);
    if (!file) throw Failure(kUsage, {messages::output_file_unwritable, options.out});
  }
  std::ostream& lines = is_file ? file : std::cout;
  std::uint64_t count = 0;
  for (std::string after = "0"; !after.empty();) {
    const json::object page =
        value_or_fail(client.get("/v1/audit?limit=1000&after=" + after + options.question.query()));
    for (const json::value& entry : page.at("entries").as_array())
      lines << json::serialize(entry) << "\n";
    count += page.at("entries").as_array().size();
    after = page.at("next").is_null() ? std::string() : text_field(page, "next");
  }
  lines.flush();
  if (!lines)
    throw Failure(kUsage, is_file ? pki::Message{messages::output_file_unwritable, options.out}
                                  : pki::Message{messages::standard_output_unwritable});
  if (is_file)
    print(common, json::object{{"file", options.out}, {"entries", count}},
          common.say(messages::entries_exported, std::to_string(count), options.out));
  return kDone;
}

struct VerifyOptions {
  std::string expect, heads;
  // The certificates of all generations of the operations CA that have signed heads.
  std::vector<std::string> ca;
};

// Each DER, or PEM with any number.
std::vector<pki::Bytes> read_certificates(const std::vector<std::string>& files) {
  std::vector<pki::Bytes> certificates;
  for (const std::string& file : files) {
    const std::string text = read_text_file(file);
    const auto blocks = pki::decode_pem_blocks(text, "CERTIFICATE");
    if (blocks.has_value() && !blocks->empty())
      certificates.insert(certificates.end(), blocks->begin(), blocks->end());
    else
      certificates.push_back(pki::to_bytes(pki::as_bytes(text)));
  }
  return certificates;
}

// The heads of a file, each with a signature that verifies by a certificate of the operations CA.
// A signature of which the end is missing: no whole DER SEQUENCE, and no RSA signature by its length.
bool is_cut(pki::ByteView signature) {
  const bool is_whole_der =
      signature.size() >= 2 && signature[0] == 0x30 && signature[1] + std::size_t{2} == signature.size();
  return !is_whole_der && signature.size() % 64 != 0;
}

// A line that was cut, as by a full disk, proves nothing and is passed over with a word.
std::vector<registry::SignedHead> read_heads(const CommonOptions& common, const VerifyOptions& options) {
  if (options.ca.empty()) throw Failure(kUsage, messages::ops_ca_missing);
  const std::vector<pki::Bytes> certificates = read_certificates(options.ca);
  std::vector<registry::SignedHead> heads;
  std::istringstream lines(read_text_file(options.heads));
  for (std::string line; std::getline(lines, line);) {
    auto head = registry::parse_signed_head(line);
    const bool is_signed = head && std::ranges::any_of(certificates, [&](const pki::Bytes& certificate) {
                             return registry::is_valid(*head, certificate);
                           });
    if (head ? !is_signed && is_cut(head->signature) : registry::has_signed_head(line)) {
      std::cerr << common.say(messages::head_cut, options.heads) << "\n";
      continue;
    }
    if (!head) continue;
    if (!is_signed) throw Failure(kRefused, {messages::head_signature, std::to_string(head->head.sequence)});
    heads.push_back(std::move(*head));
  }
  if (heads.empty()) throw Failure(kUsage, {messages::no_signed_head, options.heads});
  return heads;
}

// Every signed head must be the log's at that entry.
void compare(AdminClient& client, const std::vector<registry::SignedHead>& heads) {
  for (const registry::SignedHead& head : heads) {
    const std::string number = std::to_string(head.head.sequence);
    const auto answer = client.get("/v1/audit/heads/" + number);
    const std::string then = answer ? text_field(*answer, "head") : std::string();
    if (answer.has_error() && answer.error().code != pki::Errc::not_found) throw Failure(answer.error());
    if (then != to_string(head.head))
      throw Failure(kRefused, {then.empty() ? messages::audit_entry_gone : messages::audit_entry_rewritten,
                               number, pki::to_rfc3339(head.signed_at)});
  }
}

int verify(const CommonOptions& common, const VerifyOptions& options) {
  std::vector<registry::SignedHead> heads;
  if (!options.heads.empty()) heads = read_heads(common, options);
  AdminClient client = common.connect();
  json::object answer = value_or_fail(client.get(
      "/v1/audit/verification" + (options.expect.empty() ? std::string() : "?expect=" + options.expect)));
  compare(client, heads);
  std::string words = common.say(messages::audit_intact, text_field(answer, "entries"),
                                 text_field(answer, "ledger_days"), text_field(answer, "head"));
  if (const json::value* const log = answer.if_contains("log")) {
    const json::object& rows = log->as_object();
    words += "\n" + common.say(messages::log_intact, text_field(rows, "first_row"),
                               text_field(rows, "last_row"), text_field(rows, "store_row"));
  }
  if (!heads.empty()) {
    const registry::SignedHead& last = heads.back();
    answer["proved_until_entry"] = last.head.sequence;
    answer["proved_at"] = pki::to_rfc3339(last.signed_at);
    words += "\n" + common.say(messages::audit_proved, std::to_string(last.head.sequence),
                               pki::to_rfc3339(last.signed_at));
  } else {
    words += "\n" + common.say(messages::audit_end_unproved);
  }
  print(common, answer, words);
  return kDone;
}

}  // namespace

void add_audit_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command audit = add_command(line, line.app, "audit", "The audit log", "jpki audit verify");
  audit.require_subcommand(1);
  auto shown = std::make_shared<ShowOptions>();
  const Command show_command =
      add_command(line, audit, "show", "The newest entries, or those that every option given finds",
                  "jpki audit show --operator akiko --from 2026-11-01 --action event");
  show_command.add_option("--limit", shown->limit, "How many, at most 1,000")
      .check_range(1, 1000)
      .capture_default_str();
  add_question(show_command, shown->question);
  on_run(line, show_command, [&common, shown] { return show(common, *shown); });
  auto exported = std::make_shared<ExportOptions>();
  const Command export_command =
      add_command(line, audit, "export", "The log, or a part of it, as JSON Lines, the oldest entry first",
                  "jpki audit export --from 2026-11-01 --to 2026-11-30 --out audit.jsonl");
  export_command.add_option("--out", exported->out, "The file, never overwritten (default: standard output)");
  add_question(export_command, exported->question);
  on_run(line, export_command, [&common, exported] { return write_out(common, *exported); });
  const Command verify_command =
      add_command(line, audit, "verify", "Recompute the chain of hashes, and compare it with signed heads",
                  "jpki audit verify --heads jpki-safety/audit-heads-3F0A5C11D2E4B687 --ca ops.cer");
  auto options = std::make_shared<VerifyOptions>();
  verify_command.add_option("--expect", options->expect,
                            "A head that the log must have had, as this command and the log print it");
  verify_command.add_option("--heads", options->heads,
                            "Signed heads: the file in the safety folder, or lines of the service's log");
  verify_command.add_option(
      "--ca", options->ca,
      "The operations CA's certificate, by which they are signed; of each generation that "
      "has signed one");
  on_run(line, verify_command, [&common, options] { return verify(common, *options); });
}

}  // namespace cli
