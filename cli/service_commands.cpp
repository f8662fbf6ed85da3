// jpki init, jpki serve.

#include <unistd.h>
#include <csignal>
#include <iostream>

#include "cli/command.h"
#include "service/clock.h"
#include "service/dumps.h"
#include "service/init.h"
#include "service/instance.h"
#include "service/listeners.h"
#include "service/log.h"
#include "service/notify.h"
#include "service/trusted_clock.h"

namespace cli {

namespace {

struct InitOptions {
  std::string config, public_url;
};

// urls.public goes into every certificate and never changes: it is asked for when it can be.
void ask_for_url(service::Config& config, const InitOptions& options, const CommonOptions& common) {
  if (!options.public_url.empty()) config.profile.public_url = options.public_url;
  if (!options.public_url.empty() || !options.config.empty() || common.quiet) return;
  if (::isatty(STDIN_FILENO) == 0) {
    std::cerr << "jpki: note: certificates will name " << config.profile.public_url
              << " (choose with --public-url)\n";
    return;
  }
  std::cerr << "Public URL, frozen into every certificate [" << config.profile.public_url << "]: ";
  std::string answer;
  if (std::getline(std::cin, answer) && !answer.empty()) config.profile.public_url = answer;
}

int init(const CommonOptions& common, const InitOptions& options) {
  service::Config config = options.config.empty() ? value_or_fail(service::parse_config("", "defaults"))
                                                  : value_or_fail(service::read_config(options.config));
  ask_for_url(config, options, common);
  const service::DataFolder data = common.data_folder();
  const service::SystemClock clock;
  const auto environment = value_or_fail(service::initialise(
      {.data = data, .config = config, .make_key = service::generate_key, .key_heading = {}}, clock));
  print(common, json::object{{"data", data.root.string()}, {"public_url", config.profile.public_url}},
        "The authority is ready in " + data.root.string() + ".\nStart it with: jpki serve --data " +
            data.root.string());
  return kDone;
}

struct ServeOptions {
  std::string config;
  bool check = false;
};

int serve(const CommonOptions& common, const ServeOptions& options) {
  const service::DataFolder data = common.data_folder();
  const std::filesystem::path file =
      options.config.empty() ? data.config() : std::filesystem::path(options.config);
  const service::Config config = value_or_fail(service::read_config(file));
  if (options.check) {
    print(common, json::object{{"config", file.string()}, {"valid", true}}, file.string() + " is in order.");
    return kDone;
  }
  service::start_log();
  service::keep_out_of_dumps();
  auto environment = value_or_fail(service::open_store(data, config.map_bytes));
  const service::SystemClock wall;
  service::TrustedClock clock(wall, service::elapsed_milliseconds, config.clock,
                              service::last_write_of(*environment));
  auto instance = value_or_fail(service::Instance::open({.data = data,
                                                         .config = config,
                                                         .on_error = service::log_error,
                                                         .on_note = service::log_info,
                                                         .make_key = service::generate_key,
                                                         .guard = &clock},
                                                        clock, std::move(environment)));

  http::Runtime runtime(clock, {.on_error = service::log_error});
  service::Listeners listeners(runtime, config.verifier_listener, config.ops_listener,
                               &instance->services().guards());
  listeners.attach(*instance);
  runtime.on_signal({SIGINT, SIGTERM}, [&](int) {
    service::log_info("draining");
    runtime.stop();
  });
  instance->start_background();
  // The loop is entered next; what connects until then waits for it.
  service::notify_ready();
  const auto log_address = [](const char* what, const http::TcpAddress& configured, std::uint16_t port) {
    service::log_info(what + http::to_string(http::Address{http::TcpAddress{configured.host, port}}));
  };
  log_address("verifiers: http://", config.verifier_listener, listeners.verifier_port());
  if (const auto port = listeners.https_port())
    log_address("verifiers: https://", config.verifier_https_listener, *port);
  log_address("ops: http://", config.ops_listener, listeners.ops_port());
  service::log_info("admin: " + data.admin_socket().string());
  runtime.run();
  instance->stop_background();
  service::log_info("stopped");
  return kDone;
}

}  // namespace

void add_service_commands(CommandLine& line) {
  const CommonOptions& common = line.common;

  auto init_options = std::make_shared<InitOptions>();
  CLI::App* init_command =
      add_command(line, line.app, "init", "The key ceremony: CAs, responders, store, configuration",
                  "jpki init --data jpki-data --public-url http://ocsp.example");
  init_command->add_option("--config", init_options->config, "Configuration to start from");
  init_command->add_option("--public-url", init_options->public_url, "Base of every URI in certificates");
  on_run(line, init_command, [&common, init_options] { return init(common, *init_options); });

  auto serve_options = std::make_shared<ServeOptions>();
  CLI::App* serve_command = add_command(line, line.app, "serve", "Run the service until SIGINT or SIGTERM",
                                        "jpki serve --data jpki-data");
  serve_command->add_option("--config", serve_options->config, "Configuration (default: DATA/jpki.toml)");
  serve_command->add_flag("--check", serve_options->check, "Only check the configuration");
  on_run(line, serve_command, [&common, serve_options] { return serve(common, *serve_options); });
}

}  // namespace cli
