// jpki audit show|verify.

#include <sstream>

#include "cli/command.h"
#include "pki/messages/cli.h"
#include "pki/private_key.h"
#include "registry/signed_head.h"

namespace cli {

namespace {

int show(const CommonOptions& common, int limit) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/audit?limit=" + std::to_string(limit)));
  std::string words;
  for (const json::value& value : answer.at("entries").as_array()) {
    const json::object& entry = value.as_object();
    words += text_field(entry, "sequence") + "  " + text_field(entry, "recorded_at") + "  " +
             text_field(entry, "role") + " (" + text_field(entry, "operator") + ")  " +
             text_field(entry, "action");
    for (const json::value& subject : entry.at("subjects").as_array())
      words += ", " + std::string(subject.as_string());
    words += "\n";
  }
  print(common, answer, words);
  return kDone;
}

struct VerifyOptions {
  std::string expect, heads, ca;
};

// The heads of a file, each with a signature that verifies by the operations CA's certificate.
std::vector<registry::SignedHead> read_heads(const VerifyOptions& options) {
  if (options.ca.empty()) throw Failure(kUsage, messages::ops_ca_missing);
  const std::string text = read_text_file(options.ca);
  const auto blocks = pki::decode_pem_blocks(text, "CERTIFICATE");
  const pki::Bytes certificate =
      blocks.has_value() && !blocks->empty() ? blocks->front() : pki::to_bytes(pki::as_bytes(text));
  std::vector<registry::SignedHead> heads;
  std::istringstream lines(read_text_file(options.heads));
  for (std::string line; std::getline(lines, line);) {
    auto head = registry::parse_signed_head(line);
    if (!head) continue;
    if (!registry::is_valid(*head, certificate))
      throw Failure(kRefused, {messages::head_signature, std::to_string(head->head.sequence)});
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
  if (!options.heads.empty()) heads = read_heads(options);
  AdminClient client = common.connect();
  json::object answer = value_or_fail(client.get(
      "/v1/audit/verification" + (options.expect.empty() ? std::string() : "?expect=" + options.expect)));
  compare(client, heads);
  std::string words = common.say(messages::audit_intact, text_field(answer, "entries"),
                                 text_field(answer, "ledger_days"), text_field(answer, "head"));
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
  CLI::App* audit = add_command(line, line.app, "audit", "The audit log", "jpki audit verify");
  audit->require_subcommand(1);
  auto limit = std::make_shared<int>(100);
  CLI::App* show_command =
      add_command(line, *audit, "show", "The newest entries", "jpki audit show --limit 20");
  show_command->add_option("--limit", *limit, "How many")->capture_default_str();
  on_run(line, show_command, [&common, limit] { return show(common, *limit); });
  CLI::App* verify_command =
      add_command(line, *audit, "verify", "Recompute the chain of hashes, and compare it with signed heads",
                  "jpki audit verify --heads jpki-safety/audit-heads-3F0A5C11D2E4B687 --ca ops.cer");
  auto options = std::make_shared<VerifyOptions>();
  verify_command->add_option("--expect", options->expect,
                             "A head that the log must have had, as this command and the log print it");
  verify_command->add_option("--heads", options->heads,
                             "Signed heads: the file in the safety folder, or lines of the service's log");
  verify_command->add_option("--ca", options->ca,
                             "The operations CA's certificate, by which they are signed");
  on_run(line, verify_command, [&common, options] { return verify(common, *options); });
}

}  // namespace cli
