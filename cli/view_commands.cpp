// jpki view key|add|list|remove|snapshot|join: machines that answer status at the edge, with a half of the
// log and responders of their own.

#include "cli/command.h"
#include "cli/field_words.h"
#include "cli/open_data_folder.h"
#include "cli/p12_password.h"
#include "pki/hash.h"
#include "pki/messages/cli.h"
#include "pki/messages/service.h"
#include "pki/private_key.h"
#include "registry/views.h"
#include "service/cluster.h"
#include "service/view.h"

namespace cli {

namespace {

struct ViewOptions {
  std::string name, public_key, out, log, config, file;
};

service::Config read_config(const CommonOptions& common, const ViewOptions& options) {
  return value_or_fail(service::read_cluster_config(
      options.config.empty() ? common.data_folder().config() : std::filesystem::path(options.config)));
}

int key(const CommonOptions& common, const ViewOptions& options) {
  const pki::Bytes der = value_or_fail(service::view_key(open_data_folder(common), service::generate_key));
  const std::string pem = pki::encode_pem("PUBLIC KEY", der);
  if (!options.out.empty()) write_file(options.out, pki::as_bytes(pem), FileSecrecy::open);
  print(common, json::object{{"public_key", pki::to_base64(der)}},
        options.out.empty() ? pem : common.say(messages::view_key_written, options.out));
  return kDone;
}

std::string sha256_of(const std::string& key) {
  return pki::to_hex(pki::digest(pki::HashAlgorithm::sha256, pki::from_base64(key).value()));
}

std::string read_public_key(const std::string& file) {
  const auto blocks = pki::decode_pem_blocks(read_text_file(file), "PUBLIC KEY");
  if (!blocks || blocks->size() != 1) throw Failure(kUsage, pki::Message{messages::view_key_file_form, file});
  return pki::to_base64(blocks->front());
}

std::optional<json::object> find_view(AdminClient& client, const std::string& name) {
  const json::object answer = value_or_fail(client.get("/v1/views"));
  for (const json::value& view : answer.at("views").as_array())
    if (text_field(view.as_object(), "name") == name && text_field(view.as_object(), "removed_at").empty())
      return view.as_object();
  return std::nullopt;
}

// The view's whole folder but for its listeners and the proof of its role.
void make_folder(const CommonOptions& common, const ViewOptions& options, const service::DataFolder& folder) {
  const service::Config config = read_config(common, options);
  write_file(folder.config().string(),
             pki::as_bytes(std::string_view(value_or_fail(service::config_of_view(config, options.name)))),
             FileSecrecy::owner_only);
  const std::filesystem::path file = folder.root / "snapshot";
  value_or_fail(service::make_view_snapshot(common.data_folder(), config, options.name, file));
  value_or_fail(service::join_as_view(folder, config, file));
  std::filesystem::remove(file);
}

// The database first, which knows the machines' names: a role that was not let in reads and writes nothing.
int add(const CommonOptions& common, const ViewOptions& options) {
  if (options.public_key.empty() == options.out.empty()) throw Failure(kUsage, messages::view_key_or_folder);
  AdminClient client = common.connect();
  value_or_fail(registry::check_view_name(options.name));
  const service::DataFolder folder{options.out};
  // A key that waits for its second person is in its folder already.
  if (!options.out.empty() && std::filesystem::exists(folder.store()))
    throw Failure(kRefused, pki::Message{service::messages::store_is_there, folder.store().string()});
  const std::string key =
      options.out.empty() ? read_public_key(options.public_key)
                          : pki::to_base64(value_or_fail(service::view_key(folder, service::generate_key)));
  const bool is_made =
      !options.log.empty() && value_or_fail(service::prepare_view(options.log, options.name));
  auto present = options.out.empty() ? std::nullopt : find_view(client, options.name);
  if (present && text_field(*present, "key_sha256") != sha256_of(key)) present.reset();
  const json::object answer =
      present ? *present
              : value_or_fail(
                    client.post("/v1/views", json::object{{"name", options.name}, {"public_key", key}}));
  if (!options.out.empty()) make_folder(common, options, folder);
  const std::string sql = service::sql_of_view_role(options.name);
  std::string words = common.say(messages::view_added, options.name, text_field(answer, "key_sha256"));
  if (!options.out.empty()) words += "\n" + common.say(messages::view_folder_made, options.out);
  if (!is_made) words += "\n" + common.say(messages::view_role_missing) + "\n  " + sql;
  json::object printed = answer;
  printed["role_sql"] = is_made ? json::value(nullptr) : json::value(sql);
  print(common, printed, words);
  return kDone;
}

std::string words_of(const CommonOptions& common, const json::object& view) {
  const std::string removed = text_field(view, "removed_at");
  return removed.empty() ? common.say(messages::view_line, text_field(view, "name"),
                                      text_field(view, "added_at"), text_field(view, "key_sha256"))
                         : common.say(messages::view_line_removed, text_field(view, "name"), removed);
}

int list(const CommonOptions& common, const ViewOptions&) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/views"));
  std::string words;
  for (const json::value& view : answer.at("views").as_array())
    words += (words.empty() ? "" : "\n") + words_of(common, view.as_object());
  print(common, answer, words.empty() ? common.say(messages::no_views) : words);
  return kDone;
}

int remove(const CommonOptions& common, const ViewOptions& options) {
  AdminClient client = common.connect();
  const json::object answer =
      value_or_fail(client.post("/v1/views/" + percent_encode(options.name) + "/remove", json::object{}));
  print(common, answer, common.say(messages::view_removed, options.name));
  return kDone;
}

int snapshot(const CommonOptions& common, const ViewOptions& options) {
  const auto file = prepare_new_file(options.out);
  const auto at = value_or_fail(
      service::make_view_snapshot(common.data_folder(), read_config(common, options), options.name, file));
  print(common, json::object{{"file", file.string()}, {"row", at.number}},
        common.say(messages::view_snapshot_made, file.string(), std::to_string(at.number)));
  return kDone;
}

int join(const CommonOptions& common, const ViewOptions& options) {
  const auto at = value_or_fail(service::join_as_view(open_data_folder(common, options.config),
                                                      read_config(common, options), options.file));
  print(common, json::object{{"row", at.number}},
        common.say(messages::view_joined, std::to_string(at.number)));
  return kDone;
}

using Run = int (*)(const CommonOptions&, const ViewOptions&);

std::pair<Command, std::shared_ptr<ViewOptions>> add_one(CommandLine& line, const Command& view,
                                                         const char* name, const char* description,
                                                         const char* example, Run run) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<ViewOptions>();
  Command command = add_command(line, view, name, description, example);
  on_run(line, command, [&common, options, run] { return run(common, *options); });
  return {command, options};
}

}  // namespace

void add_view_commands(CommandLine& line) {
  const Command view = add_command(
      line, line.app, "view", "Machines that answer status alone, as views of the log", "jpki view list");
  view.require_subcommand(1);
  const auto [key_command, made] =
      add_one(line, view, "key", "On the view: make its key, and print the public one",
              "jpki view key --out edge-1.pem --data jpki-data", key);
  key_command.add_option("--out", made->out, "Write it to this file");
  const auto [add_command, added] = add_one(line, view, "add", "Let a view in, with the key that it has made",
                                            "jpki view add edge-1 --public-key edge-1.pem", add);
  add_command.add_option("NAME", added->name, "Its cluster.name, and its role in the database").required();
  add_command.add_option("--public-key", added->public_key, "What `jpki view key` has printed");
  add_command.add_option(
      "--out", added->out,
      "Instead: make the key here, and the view's whole folder, to be taken to its machine");
  add_command.add_option(
      "--log", added->log,
      "The connection string of the owner of the log's tables: prepare its role there, too");
  add_one(line, view, "list", "The views, present and removed", "jpki view list", list);
  const auto [remove_command, removed] =
      add_one(line, view, "remove", "Let a view in no more: it falls silent, and gets no responder again",
              "jpki view remove edge-1", remove);
  remove_command.add_option("NAME", removed->name, "As `jpki view list` names it").required();
  const auto [snapshot_command, from] =
      add_one(line, view, "snapshot", "On a machine of the authority: the store with which a view begins",
              "jpki view snapshot edge-1 --out edge-1.snapshot --data jpki-data", snapshot);
  snapshot_command.add_option("NAME", from->name, "As `jpki view list` names it").required();
  snapshot_command.add_option("--out", from->out, "The file, which must be new").required();
  snapshot_command.add_option("--config", from->config, "Configuration (default: DATA/jpki.toml)");
  const auto [join_command, joined] =
      add_one(line, view, "join", "On the view: make its store from a snapshot",
              "jpki view join edge-1.snapshot --data jpki-data", join);
  join_command.add_option("FILE", joined->file, "What `jpki view snapshot` has made").required();
  join_command.add_option("--config", joined->config, "Configuration (default: DATA/jpki.toml)");
}

}  // namespace cli
