// jpki serve: the service, alone or as a machine of a cluster, which stands by and leads in turns.

#include "cli/serve_command.h"

#include <csignal>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/open_data_folder.h"
#include "pki/messages/cli.h"
#include "registry/operators.h"
#include "service/clock.h"
#include "service/clock_mark.h"
#include "service/cluster.h"
#include "service/dumps.h"
#include "service/inbox.h"
#include "service/init.h"
#include "service/instance.h"
#include "service/leader.h"
#include "service/listeners.h"
#include "service/log.h"
#include "service/notify.h"
#include "service/reload.h"
#include "service/secrets.h"
#include "service/shared_lists.h"
#include "service/shared_nonces.h"
#include "service/standby.h"
#include "service/standby_answers.h"
#include "service/standby_listeners.h"
#include "service/trusted_clock.h"
#include "service/view.h"

namespace cli {

namespace {

struct ServeOptions {
  std::string config, log_level, log_format;
  bool check = false, new_safety_folder = false, view = false;
};

// What does not change from turn to turn, but for what a SIGHUP reads again.
struct Setting {
  const ServeOptions& options;
  std::filesystem::path file;
  service::Config config;
  service::DataFolder data;
};

// --log-level goes before log.level of the configuration.
service::LogLevel log_level_of(const ServeOptions& options, const service::Config& config) {
  if (options.log_level.empty()) return config.log_level;
  return options.log_level == "error" ? service::LogLevel::error : service::LogLevel::info;
}

void begin_log(const ServeOptions& options, const service::Config& config) {
  std::optional<service::LogForm> form;
  if (options.log_format == "text") form = service::LogForm::text;
  if (options.log_format == "logfmt") form = service::LogForm::logfmt;
  if (options.log_format == "json") form = service::LogForm::json;
  if (!options.log_format.empty() && !form) throw Failure(kUsage, messages::log_format_form);
  if (!options.log_level.empty() && options.log_level != "info" && options.log_level != "error")
    throw Failure(kUsage, messages::log_level_form);
  service::start_log(log_level_of(options, config), form);
}

void read_again(service::Reloading& reloading) {
  const auto changes = reloading.reload();
  if (changes.has_value())
    service::log_info(to_string(*changes));
  else
    service::log_error("the configuration was not read again, and the service goes on as it was: " +
                       changes.error().text());
}

// What changed counts for the turns to come as well.
void take_over(Setting& setting, const service::Config& changed) {
  service::set_log_level(log_level_of(setting.options, changed));
  setting.config = changed;
}

// The leadership of a turn, and the threads that renew it and serve other machines, which end first.
struct Lead {
  std::unique_ptr<service::Leader> leader;
  std::unique_ptr<service::Background> renewals;
};

// Why this machine leads no more: it must not answer from a store that is falling behind.
std::optional<pki::Message> reason_to_step_down(const service::Leader& leader, const store::Writer& writer) {
  auto why = leader.replaced();
  return why ? why : writer.stepped_down();
}

void log_addresses(const Setting& setting, const service::Listeners& listeners,
                   const service::Instance& instance) {
  const service::Config& config = setting.config;
  const auto log_address = [](const char* what, const http::TcpAddress& configured, std::uint16_t port) {
    service::log_info(what + http::to_string(http::Address{http::TcpAddress{configured.host, port}}));
  };
  log_address("verifiers: http://", config.verifier_listener, listeners.verifier_port());
  if (const auto port = listeners.https_port())
    log_address("verifiers: https://", config.verifier_https_listener, *port);
  if (const auto port = listeners.admin_https_port())
    log_address("admin: https://", config.admin_https_listener, *port);
  log_address("ops: http://", config.ops_listener, listeners.ops_port());
  if (!registry::has_operators(instance.environment().read()))
    service::log_info(
        "on trial: no operator was added, and every user who can open the admin socket acts in every role "
        "(docs/roles.md)");
  service::log_info("admin: " + setting.data.admin_socket().string());
}

// Between two looks which lists are whole, and between two times that counts are sent or put on record.
constexpr std::chrono::milliseconds kLookAtLists{5'000}, kCounts{1'000};

// What a leader does for machines that stand by, besides granting leases.
std::unique_ptr<service::Background> serve_other_machines(service::Leader& leader,
                                                          service::Instance& instance,
                                                          const pki::Clock& clock) {
  const auto merge = [&] {
    const auto merged = service::merge_inbox(
        leader.inbox(), {instance.environment(), instance.writer(), clock, &instance.authority()});
    if (merged.has_error() && merged.error().code == pki::Errc::malformed)
      service::log_error("cluster: " + merged.error().text());
  };
  const auto share = [&] {
    // What fails is tried again; others say what they lack.
    static_cast<void>(service::share_lists(leader.files(), instance.environment(), instance.data().crls()));
  };
  const auto admit = [said = std::string(),
                      set = service::view_admission(instance.config(), instance.environment())]() mutable {
    const auto done = set();
    const std::string fault = done.has_error() ? done.error().text() : std::string();
    if (!fault.empty() && fault != said) service::log_error("cluster: views: " + fault);
    said = fault;
  };
  const auto forget = [old = std::make_shared<service::OldNonces>(leader.open_nonces(),
                                                                  ocsp::nonce_memory(instance.config().ocsp),
                                                                  service::elapsed_milliseconds)] {
    // What stays is removed later, and does no harm.
    static_cast<void>(old->remove());
  };
  return std::make_unique<service::Background>(
      std::vector<service::BackgroundTask>{{"inbox", kCounts, merge},
                                           {"old nonces", kLookAtLists, forget},
                                           {"lists for other machines", kLookAtLists, share},
                                           {"views", kCounts, admit}},
      service::log_error);
}

enum class TurnEnd : std::uint8_t { stopped, replaced };

// The authority, until it is asked to end, or another machine leads. `lead` is null without a log.
TurnEnd serve_authority(Setting& setting, std::unique_ptr<store::Environment> environment, const Lead* lead) {
  const service::Config& config = setting.config;
  const service::SystemClock wall;
  service::TrustedClock clock(wall, service::elapsed_milliseconds, config.clock,
                              service::last_write_of(*environment),
                              service::read_clock_mark(setting.data, service::boot_id()));
  service::Leader* const leader = lead == nullptr ? nullptr : lead->leader.get();
  auto instance = value_or_fail(service::Instance::open(
      {.data = setting.data,
       .config = config,
       .missing_mark = setting.options.new_safety_folder ? service::MissingMark::begun_anew
                                                         : service::MissingMark::refused,
       .on_error = service::log_error,
       .on_note = service::log_info,
       .make_key = service::generate_key,
       .guard = &clock,
       .leader = leader},
      clock, std::move(environment)));

  http::Runtime runtime(clock, {.on_error = service::log_error});
  service::Listeners listeners(runtime, config.verifier_listener, config.ops_listener,
                               &instance->services().guards());
  listeners.attach(*instance);
  service::Reloading reloading(setting.file, config, [&](const service::Config& changed) {
    take_over(setting, changed);
    instance->services().set_limits(changed);
    listeners.set_limits(changed);
    if (instance->tls() != nullptr) instance->tls()->reload(service::https_hosts(changed));
  });
  runtime.on_signal({SIGINT, SIGTERM, SIGHUP}, [&](int number) {
    if (number == SIGHUP) return read_again(reloading);
    service::log_info("draining");
    runtime.stop();
  });
  auto end = TurnEnd::stopped;
  if (leader != nullptr)
    runtime.every(service::Leader::kRenewal, [&] {
      const auto why = reason_to_step_down(*leader, instance->writer());
      if (!why || end == TurnEnd::replaced) return;
      end = TurnEnd::replaced;
      // What waits for its acknowledgement would keep the listeners from draining.
      leader->leases().end();
      service::log_error("cluster: this machine steps down: " + why->in(pki::Language::en));
      runtime.stop();
    });
  instance->start_background();
  std::unique_ptr<service::Background> for_others;
  if (leader != nullptr) for_others = serve_other_machines(*leader, *instance, clock);
  // The loop is entered next; what connects until then waits for it.
  service::notify_ready();
  log_addresses(setting, listeners, *instance);
  runtime.run();
  for_others.reset();
  instance->stop_background();
  return end;
}

std::unique_ptr<service::Background> renewals_of(service::Leader& leader) {
  return std::make_unique<service::Background>(
      std::vector<service::BackgroundTask>{{"leadership", service::Leader::kRenewal,
                                            [&leader] {
                                              leader.renew();
                                              leader.report();
                                            }},
                                           {"read leases", service::Leader::kLeaseRounds,
                                            [&leader] {
                                              leader.serve_leases();
                                              leader.leases().rest();
                                            }}},
      service::log_error);
}

// Follows the log until this machine leads. No leader when the service was asked to end.
// A view never leads: it ends when it is asked to.
Lead stand_by(Setting& setting, service::LogMember& member, store::Environment& environment,
              service::FollowerRole role) {
  const bool is_view = role == service::FollowerRole::view;
  service::KeyCheck keys(setting.data.key_folder(), setting.config.profile, service::elapsed_milliseconds);
  // Other threads read it while a SIGHUP changes the setting, which counts from the next turn on.
  const service::Config config = setting.config;
  service::RequestSigner signer;
  if (is_view) signer = [&] { return service::load_view_signer(setting.data); };
  const auto answers = value_or_fail(service::StandbyAnswers::create({.environment = environment,
                                                                      .config = config,
                                                                      .data = setting.data,
                                                                      .member = member,
                                                                      .make_key = service::generate_key,
                                                                      .request_signer = signer,
                                                                      .role = role,
                                                                      .on_error = service::log_error}));
  service::Standby standby(
      member, environment, [&](const auto& snapshot) { return keys(snapshot); },
      [&](const auto& snapshot) { answers->follow(snapshot); }, role);
  answers->answer_under(standby);
  service::Reloading reloading(setting.file, setting.config,
                               [&](const service::Config& changed) { take_over(setting, changed); });
  Lead lead;
  bool is_asked_to_end = false;
  {
    http::Runtime runtime(member.wall, {.on_error = service::log_error});
    const service::StandbyListeners listeners(runtime, config, setting.data, standby, *answers);
    runtime.on_signal({SIGINT, SIGTERM, SIGHUP}, [&](int number) {
      if (number == SIGHUP) return read_again(reloading);
      is_asked_to_end = true;
      runtime.stop();
    });
    std::string said;
    const service::Background following({{"the log", service::Standby::kRounds,
                                          [&] {
                                            if (lead.leader) return;
                                            lead.leader = standby.step();
                                            const auto fault = standby.state().fault;
                                            const std::string line =
                                                fault ? fault->in(pki::Language::en) : std::string();
                                            if (!line.empty() && line != said)
                                              service::log_error("cluster: " + line);
                                            said = line;
                                            if (!lead.leader) return;
                                            // The lease runs: what ends here may take its time.
                                            lead.renewals = renewals_of(*lead.leader);
                                            answers->stop_fetching();
                                            runtime.stop();
                                          }},
                                         {"lists", kLookAtLists, [&] { answers->look_at_lists(); }},
                                         {"counts", kCounts, [&] { answers->send(); }}},
                                        service::log_error);
    service::notify_ready();
    service::log_info("cluster: " + member.machine + (is_view ? " is a view" : " stands by"));
    runtime.run();
  }
  // What was answered to the end.
  answers->send();
  if (is_asked_to_end || !lead.leader) return {};
  service::log_info("cluster: " + member.machine + " leads the log");
  return lead;
}

void serve_in_turns(Setting& setting) {
  const service::SystemClock wall;
  service::LogMember member = service::open_member(setting.config, wall);
  for (;;) {
    auto environment = value_or_fail(service::open_store(setting.data, setting.config.map_bytes));
    value_or_fail(service::check_membership(setting.config.cluster, environment->read()));
    const Lead lead = stand_by(setting, member, *environment, service::FollowerRole::standby);
    if (!lead.leader) return;
    if (serve_authority(setting, std::move(environment), &lead) == TurnEnd::stopped) return;
  }
}

void serve_view(Setting& setting) {
  if (setting.config.cluster.log.empty()) throw Failure(kRefused, messages::view_without_log);
  const service::SystemClock wall;
  service::LogMember member = service::open_member(setting.config, wall, store::Readers::views);
  const auto environment = value_or_fail(service::open_store(setting.data, setting.config.map_bytes));
  value_or_fail(service::check_view(setting.config, *environment));
  value_or_fail(service::load_view_signer(setting.data));
  stand_by(setting, member, *environment, service::FollowerRole::view);
}

int serve(const CommonOptions& common, const ServeOptions& options) {
  const std::filesystem::path file =
      options.config.empty() ? common.data_folder().config() : std::filesystem::path(options.config);
  const service::DataFolder data = open_data_folder(common, file);
  Setting setting{
      .options = options, .file = file, .config = value_or_fail(service::read_config(file)), .data = data};
  if (options.check) {
    print(common, json::object{{"config", file.string()}, {"valid", true}},
          common.say(messages::config_in_order, file.string()));
    return kDone;
  }
  begin_log(options, setting.config);
  service::keep_out_of_dumps();
  if (options.view)
    serve_view(setting);
  else if (setting.config.cluster.log.empty())
    serve_authority(setting, value_or_fail(service::open_store(data, setting.config.map_bytes)), nullptr);
  else
    serve_in_turns(setting);
  service::log_info("stopped");
  return kDone;
}

}  // namespace

void add_serve_command(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<ServeOptions>();
  const Command command = add_command(line, line.app, "serve", "Run the service until SIGINT or SIGTERM",
                                      "jpki serve --data jpki-data");
  command.add_option("--config", options->config, "Configuration (default: DATA/jpki.toml)");
  command.add_option("--log-level", options->log_level,
                     "info, or error: nothing but faults (default: log.level)");
  command.add_option("--log-format", options->log_format,
                     "text, logfmt or json (default: text, without time and level in the journal)");
  command.add_flag("--check", options->check, "Only check the configuration");
  command.add_flag("--view", options->view,
                   "Answer status and lists alone, as a view of the log (docs/cluster.md)");
  command.add_flag("--new-safety-folder", options->new_safety_folder,
                   "The mark in the safety folder is lost: this store is the newest, and a new mark begins");
  on_run(line, command, [&common, options] { return serve(common, *options); });
}

}  // namespace cli
