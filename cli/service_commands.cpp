// jpki init, and jpki operator recover.

#include <unistd.h>
#include <iostream>

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "cli/p12_password.h"
#include "cli/serve_command.h"
#include "pki/certification_request.h"
#include "pki/messages/cli.h"
#include "pki/messages/keys.h"
#include "pki/pkcs12.h"
#include "pki/random.h"
#include "registry/operators.h"
#include "service/clock.h"
#include "service/init.h"
#include "service/offline_operators.h"
#include "service/secrets.h"

namespace cli {

namespace {

struct InitOptions {
  std::string config, public_url, officer, supervisor, credentials, token, sealing_key_file;
  bool no_passphrase = false;
};

// An operator whose key is made here, and where it is written.
struct MadeOperator {
  service::OfflineOperator wanted;
  pki::PrivateKey key;
  std::filesystem::path file;
};

// REQUIRES: prepare_new_file() has accepted the file.
MadeOperator make_operator(const std::string& name, registry::Role role, const std::filesystem::path& file) {
  value_or_fail(registry::check_operator_name(name));
  pki::Rng rng = pki::Rng::system();
  MadeOperator made{.wanted = {.name = name, .role = role, .certification_request = {}},
                    .key = pki::PrivateKey::generate(pki::KeyAlgorithm::ecdsa_p256, rng),
                    .file = std::filesystem::absolute(file)};
  made.wanted.certification_request = pki::make_certification_request(made.key);
  return made;
}

// Gives what to print.
std::string save(const CommonOptions& common, const MadeOperator& made,
                 const service::OfflineCredential& credential) {
  std::error_code error;
  std::filesystem::create_directories(made.file.parent_path(), error);
  // Each is handed to one person, so each has a password of its own. Without a folder this fails.
  const P12Password password = own_p12_password(made.file);
  write_file(made.file,
             pki::make_pkcs12(made.key,
                              {.friendly_name = "JPKI-SIM operator " + made.wanted.name,
                               .certificate = credential.certificate,
                               .chain = {credential.ca}},
                              password.text),
             FileSecrecy::owner_only);
  return made.wanted.name + ", " + std::string(to_string(made.wanted.role)) + ": " +
         common.say(messages::file_with_password, made.file.string(), password.file.string()) + "\n";
}

// The officer and the supervisor of --officer and --supervisor; none without them.
std::vector<MadeOperator> first_operators(const InitOptions& options, const service::DataFolder& data) {
  if (options.officer.empty() != options.supervisor.empty() ||
      (!options.officer.empty() && options.officer == options.supervisor))
    throw Failure(kUsage, messages::officer_and_supervisor);
  std::vector<MadeOperator> made;
  if (options.officer.empty()) return made;
  const std::filesystem::path folder =
      options.credentials.empty() ? data.root / "operators" : std::filesystem::path(options.credentials);
  const std::filesystem::path officer = folder / "officer.p12", supervisor = folder / "supervisor.p12";
  // Before the keys are made: an authority whose operators have no key could do nothing. The data folder
  // makes itself.
  if (!options.credentials.empty())
    for (const auto& file : {officer, supervisor, own_password_file(officer), own_password_file(supervisor)})
      prepare_new_file(file);
  made.push_back(make_operator(options.officer, registry::Role::officer, officer));
  made.push_back(make_operator(options.supervisor, registry::Role::supervisor, supervisor));
  return made;
}

// urls.public goes into every certificate and never changes: it is asked for when it can be.
void ask_for_url(service::Config& config, const InitOptions& options, const CommonOptions& common) {
  if (!options.public_url.empty()) config.profile.public_url = options.public_url;
  if (!options.public_url.empty() || !options.config.empty() || common.quiet) return;
  if (::isatty(STDIN_FILENO) == 0) {
    std::cerr << "jpki: " << common.say(messages::public_url_note, config.profile.public_url) << "\n";
    return;
  }
  std::cerr << common.say(messages::public_url_question, config.profile.public_url);
  std::string answer;
  if (std::getline(std::cin, answer) && !answer.empty()) config.profile.public_url = answer;
}

// How the new keys are kept. Plain files are made on request alone.
ca::KeyKeeping decide_keeping(const service::KeySettings& settings, const InitOptions& options,
                              const service::SecretOptions& secrets) {
  ca::KeyKeeping keeping{.token = settings.token};
  if (!settings.sealing_key_file.empty())
    keeping.sealing_key = std::filesystem::absolute(settings.sealing_key_file);
  const bool is_given = service::has_source(secrets, service::SecretKind::passphrase);
  if (options.no_passphrase && is_given)
    throw Failure(pki::invalid("passphrase", pki::messages::no_passphrase_with_passphrase));
  if (options.no_passphrase) return keeping;
  keeping.passphrase = is_given || (keeping.token.empty() && service::has_terminal());
  if (!keeping.passphrase && keeping.token.empty())
    throw Failure(pki::invalid("passphrase", pki::messages::init_needs_protection));
  return keeping;
}

// Asks for the secrets and tries the token, before anything is made.
service::DataFolder prepare_folder(const CommonOptions& common, const ca::KeyKeeping& keeping,
                                   const service::SecretOptions& secrets) {
  service::DataFolder data = common.data_folder();
  data.access = service::make_key_access(secrets, service::Terminal::twice);
  if (keeping.passphrase) value_or_fail(data.access->passphrase());
  if (keeping.token.empty()) return data;
  const auto tried = value_or_fail(data.access->token(keeping.token))->try_out();
  if (tried.has_error()) throw Failure(kUsage, tried.error().message);
  return data;
}

int init(const CommonOptions& common, const InitOptions& options) {
  service::Config config = options.config.empty() ? value_or_fail(service::parse_config("", "defaults"))
                                                  : value_or_fail(service::read_config(options.config));
  if (!options.token.empty()) config.keys.token = options.token;
  if (!options.sealing_key_file.empty()) config.keys.sealing_key_file = options.sealing_key_file;
  const service::SecretOptions secrets = secret_options(common, options.config);
  const ca::KeyKeeping keeping = decide_keeping(config.keys, options, secrets);
  ask_for_url(config, options, common);
  const service::DataFolder data = prepare_folder(common, keeping, secrets);
  const service::SystemClock clock;
  const std::vector<MadeOperator> made = first_operators(options, data);
  auto environment = [&] {
    const Waiting waiting(common.say(messages::progress_making_keys), common.progress());
    return value_or_fail(service::initialise({.data = data,
                                              .config = config,
                                              .make_key = service::generate_key,
                                              .key_heading = {},
                                              .keeping = keeping},
                                             clock));
  }();
  const std::filesystem::path report = data.root / service::kCeremonyReport;
  json::object answer{{"data", data.root.string()},
                      {"public_url", config.profile.public_url},
                      {"ceremony", report.string()},
                      {"encrypted", keeping.passphrase},
                      {"token", keeping.token}};
  std::string words = value_or_fail(pki::read_file(report)) + "\n" +
                      common.say(messages::ceremony_kept, report.string()) + "\n" +
                      common.say(messages::authority_ready, data.root.string()) + "\n";
  if (!made.empty()) {
    std::vector<service::OfflineOperator> wanted;
    for (const MadeOperator& one : made)
      wanted.push_back(one.wanted);
    const auto credentials =
        value_or_fail(service::add_first_operators(data, config, std::move(environment), wanted, clock));
    json::array files;
    for (std::size_t i = 0; i < made.size(); ++i) {
      words += save(common, made[i], credentials.at(i));
      files.push_back(json::value(made[i].file.string()));
    }
    answer["credentials"] = std::move(files);
    words += common.say(messages::hand_over) + "\n";
  }
  print(common, answer, words + common.say(messages::start_it_with, data.root.string()));
  return kDone;
}

struct RecoverOptions {
  std::string name, out;
};

int recover(const CommonOptions& common, const RecoverOptions& options) {
  const service::DataFolder data = open_data_folder(common);
  const service::SystemClock clock;
  for (const std::filesystem::path& file :
       {std::filesystem::path(options.out), own_password_file(options.out)})
    prepare_new_file(file);
  const MadeOperator made = make_operator(options.name, registry::Role::officer, options.out);
  const auto credential =
      value_or_fail(service::recover_officer(data, options.name, made.wanted.certification_request, clock));
  const std::string words = save(common, made, credential);
  print(common,
        json::object{{"name", options.name},
                     {"file", made.file.string()},
                     {"p12_password_file", own_password_file(options.out).string()}},
        words);
  return kDone;
}

}  // namespace

void add_recover_command(CommandLine& line, const Command& operators) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<RecoverOptions>();
  const Command command = add_command(
      line, operators, "recover", "Give an officer or a supervisor a new credential, while nothing serves",
      "jpki operator recover akiko --out akiko.p12 --data jpki-data");
  command
      .add_option("NAME", options->name,
                  "An officer or a supervisor; a name that is not there is added as an officer")
      .required();
  command.add_option("--out", options->out, "The PKCS#12 file").required();
  on_run(line, command, [&common, options] { return recover(common, *options); });
}

void add_service_commands(CommandLine& line) {
  const CommonOptions& common = line.common;

  auto init_options = std::make_shared<InitOptions>();
  const Command init_command = add_command(
      line, line.app, "init", "The key ceremony: CAs, responders, store, configuration",
      "jpki init --data jpki-data --public-url http://ocsp.example --passphrase-file /run/keys/jpki");
  init_command.add_option("--config", init_options->config, "Configuration to start from");
  init_command.add_option("--public-url", init_options->public_url, "Base of every URI in certificates");
  init_command.add_option("--officer", init_options->officer,
                          "Add the first officer; with --supervisor. Without both the instance is on trial");
  init_command.add_option("--supervisor", init_options->supervisor, "Add the first supervisor");
  init_command.add_option("--credentials", init_options->credentials,
                          "Where their credentials are written (default: DATA/operators)");
  init_command.add_option("--token", init_options->token,
                          "PKCS#11 URI of the token that makes the keys: pkcs11:token=LABEL");
  init_command.add_option("--sealing-key-file", init_options->sealing_key_file,
                          "Where the key of sealed records is written, outside of the data folder");
  init_command.add_flag("--no-passphrase", init_options->no_passphrase,
                        "Write keys in plain, for trials; else a passphrase or a token is needed");
  on_run(line, init_command, [&common, init_options] { return init(common, *init_options); });

  add_serve_command(line);
}

}  // namespace cli
