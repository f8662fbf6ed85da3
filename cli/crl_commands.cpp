// jpki crl publish|show|check|list.

#include "cli/command.h"
#include "crl/reader.h"

namespace cli {

namespace {

int publish(const CommonOptions& common, bool delta_alone) {
  AdminClient client = common.connect();
  const json::object report =
      value_or_fail(client.post("/v1/crls", {{"kind", delta_alone ? "delta" : "complete"}}));
  std::string words = text_field(report, "complete") + " complete and " + text_field(report, "deltas") +
                      " delta CRLs published, " + text_field(report, "entries") + " entries, " +
                      text_field(report, "octets") + " octets\n";
  const json::array& failures = report.at("failures").as_array();
  for (const json::value& failure : failures)
    words += "not released: " + text_field(failure.as_object(), "kind") + " of " +
             text_field(failure.as_object(), "scope") + ": " + text_field(failure.as_object(), "reason") +
             "\n";
  print(common, report, words);
  return failures.empty() ? kDone : kInternal;
}

int show(const CommonOptions& common, const std::string& file) {
  std::string text = read_text_file(file);
  pki::Bytes der = pki::to_bytes(pki::as_bytes(text));
  if (text.starts_with("-----")) {
    const auto blocks = value_or_fail(pki::decode_pem_blocks(text, "X509 CRL"));
    if (blocks.size() != 1) throw Failure(kUsage, file + " holds no single X509 CRL block");
    der = blocks.front();
  }
  const auto lines = value_or_fail(crl::explain(der));
  json::array list;
  std::string words;
  for (const std::string& one : lines) {
    list.push_back(json::value(one));
    words += one + "\n";
  }
  print(common, json::object{{"file", file}, {"explanation", std::move(list)}}, words);
  return kDone;
}

int check(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object report = value_or_fail(client.get("/v1/crls/check"));
  const json::array& findings = report.at("findings").as_array();
  std::string words =
      text_field(report, "lists") + " lists with " + text_field(report, "entries") + " entries checked\n";
  for (const json::value& value : findings) {
    const json::object& finding = value.as_object();
    words += text_field(finding, "kind") + " " + text_field(finding, "number") + " of " +
             text_field(finding, "scope") + ": " + text_field(finding, "what") + "\n";
  }
  print(common, report, words);
  return findings.empty() ? kDone : kRefused;
}

int list(const CommonOptions& common, const std::string& issuer, const std::string& point) {
  AdminClient client = common.connect();
  std::string query = "/v1/crls?";
  if (!issuer.empty()) query += "issuer=" + issuer + "&";
  if (!point.empty()) query += "point=" + point;
  const json::object answer = value_or_fail(client.get(query));
  std::string words;
  for (const json::value& value : answer.at("crls").as_array()) {
    const json::object& record = value.as_object();
    words += text_field(record, "scope") + "  " + text_field(record, "kind") + "  " +
             text_field(record, "number") + "  " + text_field(record, "this_update") + "  " +
             text_field(record, "entries") + " entries";
    if (const std::string base = text_field(record, "base"); !base.empty()) words += "  base " + base;
    words += "\n";
  }
  print(common, answer, words);
  return kDone;
}

}  // namespace

void add_crl_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  CLI::App* crl = add_command(line, line.app, "crl", "Revocation lists", "jpki crl list --issuer sign-1");
  crl->require_subcommand(1);

  auto delta = std::make_shared<bool>(false);
  CLI::App* publish_command = add_command(
      line, *crl, "publish", "Publish now: every complete CRL with its delta", "jpki crl publish --delta");
  publish_command->add_flag("--delta", *delta, "Deltas alone");
  on_run(line, publish_command, [&common, delta] { return publish(common, *delta); });

  auto file = std::make_shared<std::string>();
  CLI::App* show_command =
      add_command(line, *crl, "show", "Explain a CRL file, from any CA", "jpki crl show full.crl");
  show_command->add_option("FILE", *file, "DER or PEM")->required();
  on_run(line, show_command, [&common, file] { return show(common, *file); });

  CLI::App* check_command =
      add_command(line, *crl, "check", "Check everything published against the store", "jpki crl check");
  on_run(line, check_command, [&common] { return check(common); });

  auto issuer = std::make_shared<std::string>(), point = std::make_shared<std::string>();
  CLI::App* list_command =
      add_command(line, *crl, "list", "What was published", "jpki crl list --issuer sign-1 --point 132217");
  list_command->add_option("--issuer", *issuer, "A generation, e.g. sign-1 (default: all)");
  list_command->add_option("--point", *point, "A municipality or ward (default: the whole generation)");
  on_run(line, list_command, [&common, issuer, point] { return list(common, *issuer, *point); });
}

}  // namespace cli
