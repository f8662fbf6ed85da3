// jpki keys: how the keys are kept, and keeping them otherwise.

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "pki/messages/cli.h"
#include "pki/messages/keys.h"
#include "service/key_status.h"
#include "service/secrets.h"

namespace cli {

namespace {

const pki::MessageText& text_of(ca::KeyForm form) {
  switch (form) {
    case ca::KeyForm::plain:
      return messages::key_plain;
    case ca::KeyForm::encrypted:
      return messages::key_encrypted;
    case ca::KeyForm::on_token:
      break;
  }
  return messages::key_on_token;
}

std::string words_of(const CommonOptions& common, bool is_running, const std::string& data_key,
                     const std::string& resealed, const std::string& total) {
  return is_running ? common.say(messages::rotation_progress, data_key, resealed, total)
                    : common.say(messages::data_key_seals, data_key);
}

int show(const CommonOptions& common) {
  const service::KeyStatus status = value_or_fail(service::read_key_status(open_data_folder(common)));
  const registry::RotationState& rotation = status.rotation;
  json::array rows;
  std::string words;
  for (const auto& [name, form] : status.files) {
    rows.push_back(json::object{{"file", name}, {"form", to_string(form)}});
    words += name + ": " + common.say(text_of(form)) + "\n";
  }
  words += common.say(messages::sealing_key_lies, status.sealing_key.string()) + "\n" +
           words_of(common, rotation.is_running(), std::to_string(rotation.ids.back()),
                    std::to_string(rotation.resealed), std::to_string(rotation.total));
  print(common,
        json::object{{"keys", std::move(rows)},
                     {"passphrase", status.keeping.passphrase},
                     {"token", status.keeping.token},
                     {"sealing_key", status.sealing_key.string()},
                     {"data_key", rotation.ids.back()},
                     {"rotating", rotation.is_running()},
                     {"resealed", rotation.resealed},
                     {"total", rotation.total}},
        words);
  return kDone;
}

int rotate(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.post("/v1/keys/rotation", {}));
  print(common, answer,
        common.say(messages::rotation_begun, text_field(answer, "data_key"), text_field(answer, "total")));
  return kDone;
}

int show_rotation(const CommonOptions& common) {
  AdminClient client = common.connect();
  const json::object answer = value_or_fail(client.get("/v1/keys/rotation"));
  print(common, answer,
        words_of(common, answer.at("rotating").as_bool(), text_field(answer, "data_key"),
                 text_field(answer, "resealed"), text_field(answer, "total")));
  return kDone;
}

struct ProtectOptions {
  int new_passphrase_fd = -1;
  std::string new_passphrase_file, sealing_key_file;
  bool no_passphrase = false;
};

int protect(const CommonOptions& common, const ProtectOptions& options) {
  const service::DataFolder data = open_data_folder(common);
  ca::KeyKeeping keeping = value_or_fail(service::read_key_status(data)).keeping;
  keeping.passphrase = !options.no_passphrase;
  if (!options.sealing_key_file.empty())
    keeping.sealing_key = std::filesystem::absolute(options.sealing_key_file);
  const service::SecretOptions next{.passphrase_fd = options.new_passphrase_fd,
                                    .passphrase_file = options.new_passphrase_file,
                                    .language = common.language};
  if (keeping.passphrase && !service::has_source(next, service::SecretKind::passphrase) &&
      !service::has_terminal())
    throw Failure(pki::invalid("passphrase", pki::messages::new_passphrase_not_given));
  const auto access = service::make_key_access(next, service::Terminal::twice);
  const auto changed = value_or_fail(service::protect_keys(data, keeping, *access));
  json::array files;
  std::string words = common.say(keeping.passphrase ? messages::keys_encrypted : messages::keys_in_plain);
  for (const std::string& name : changed) {
    files.push_back(json::value(name));
    words += "\n  " + name;
  }
  print(common, json::object{{"files", std::move(files)}, {"passphrase", keeping.passphrase}}, words);
  return kDone;
}

}  // namespace

void add_key_commands(CommandLine& line) {
  const CommonOptions& common = line.common;
  const Command keys = add_command(line, line.app, "keys", "How private keys and sealed records are kept",
                                   "jpki keys show --data jpki-data");
  keys.require_subcommand(1);
  const Command show_command =
      add_command(line, keys, "show", "Each key file and its form; how far a rotation has come",
                  "jpki keys show --data jpki-data");
  on_run(line, show_command, [&common] { return show(common); });

  const Command rotate_command = add_command(
      line, keys, "rotate", "Seal records under a new data key, in the background of the running service",
      "jpki keys rotate");
  on_run(line, rotate_command, [&common] { return rotate(common); });
  const Command rotation_command = add_command(
      line, keys, "rotation", "How far the sealing under a new data key has come", "jpki keys rotation");
  on_run(line, rotation_command, [&common] { return show_rotation(common); });

  auto options = std::make_shared<ProtectOptions>();
  const Command protect_command =
      add_command(line, keys, "protect",
                  "Encrypt plain keys, change their passphrase, move the sealing key; the service is stopped",
                  "jpki keys protect --new-passphrase-file /run/keys/jpki --data jpki-data");
  protect_command.add_option("--new-passphrase-file", options->new_passphrase_file,
                             "Its first line is the passphrase from now on (default: a terminal)");
  protect_command.add_option("--new-passphrase-fd", options->new_passphrase_fd,
                             "The same from a file descriptor");
  protect_command.add_option("--sealing-key-file", options->sealing_key_file,
                             "Where the key of sealed records lies from now on");
  protect_command.add_flag("--no-passphrase", options->no_passphrase, "Write keys in plain, for trials");
  on_run(line, protect_command, [&common, options] { return protect(common, *options); });
}

}  // namespace cli
