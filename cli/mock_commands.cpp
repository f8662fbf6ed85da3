// jpki mock clock, faults, requests, snapshot, reset, publish, show: the control of a running mock for the
// shell, by HTTP alone. `jpki mock` itself is in mock_command.cpp.

#include "cli/mock_commands.h"

#include <cstdlib>

#include "pki/messages/cli.h"

namespace cli {

namespace {

std::string clock_words(const CommonOptions& common, const json::object& clock) {
  const std::string mode = text_field(clock, "mode"), now = text_field(clock, "now");
  if (mode == "frozen") return common.say(messages::mock_clock_frozen, now);
  if (mode == "following") return common.say(messages::mock_clock_following, now);
  return common.say(messages::mock_clock_rate, now, text_field(clock, "rate"));
}

struct ClockOptions {
  std::string set, advance;
  double rate = 0;
  bool freeze = false, every_list = false;
};

int clock(const CommonOptions& common, const std::string& control, const ClockOptions& options) {
  json::object body;
  if (!options.set.empty()) body["now"] = options.set;
  if (!options.advance.empty()) body["advance"] = options.advance;
  if (options.freeze) body["frozen"] = true;
  if (options.rate > 0) body["rate"] = options.rate;
  if (options.every_list) body["every_list"] = true;
  AdminClient client = connect_to_mock(control);
  const json::object answer =
      value_or_fail(body.empty() ? client.get("/mock/clock") : client.put("/mock/clock", body));
  print(common, answer, clock_words(common, answer));
  return kDone;
}

struct FaultOptions {
  std::string add, clear, path, until;
  std::string verifier, serial;
  double probability = 1;
  std::uint64_t count = 0, seed = 0, milliseconds = 0;
};

json::object fault_body(const FaultOptions& options) {
  json::object body{{"fault", options.add}};
  const auto put = [&](const char* member, const std::string& text) {
    if (!text.empty()) body[member] = text;
  };
  put("path", options.path);
  put("until", options.until);
  put("verifier", options.verifier);
  put("serial", options.serial);
  if (options.probability < 1) body["probability"] = options.probability;
  if (options.count > 0) body["count"] = options.count;
  if (options.seed > 0) body["seed"] = options.seed;
  if (options.milliseconds > 0) body["milliseconds"] = options.milliseconds;
  return body;
}

std::string fault_words(const CommonOptions& common, const json::object& fault) {
  std::string words =
      text_field(fault, "id") + "  " + text_field(fault, "fault") + "  " + text_field(fault, "what");
  for (const char* member : {"path", "verifier", "serial", "count", "until"})
    if (fault.contains(member)) words += std::string("  ") + member + " " + text_field(fault, member);
  return words + "  " + common.say(messages::fault_fired, text_field(fault, "fired")) + "\n";
}

int faults(const CommonOptions& common, const std::string& control, const FaultOptions& options) {
  AdminClient client = connect_to_mock(control);
  if (!options.add.empty()) {
    const json::object fault = value_or_fail(client.post("/mock/faults", fault_body(options)));
    print(common, fault, fault_words(common, fault));
    return kDone;
  }
  const std::string path = "/mock/faults";
  const json::object answer =
      value_or_fail(options.clear.empty()    ? client.get(path)
                    : options.clear == "all" ? client.remove(path)
                                             : client.remove(path + "/" + options.clear));
  std::string words;
  for (const json::value& fault : answer.at("faults").as_array())
    words += fault_words(common, fault.as_object());
  print(common, answer, words.empty() ? common.say(messages::no_fault) : words);
  return kDone;
}

std::string request_words(const json::object& request) {
  std::string words = text_field(request, "number") + "  " + text_field(request, "at") + "  " +
                      text_field(request, "peer") + "  " + text_field(request, "method") + " " +
                      text_field(request, "target") + "  " + text_field(request, "status");
  if (const json::value* response = request.if_contains("ocsp_response")) {
    const json::object& answer = response->as_object();
    words += "  " + text_field(answer, "response_status");
    if (const json::value* responses = answer.if_contains("responses"))
      for (const json::value& single : responses->as_array())
        words +=
            "  " + text_field(single.as_object(), "serial") + " " + text_field(single.as_object(), "status");
  }
  for (const json::value& fault : request.at("faults").as_array())
    words += "  [" + std::string(fault.as_string()) + "]";
  return words + "\n";
}

struct RequestOptions {
  std::uint32_t last = 20;
  bool clear = false;
};

int requests(const CommonOptions& common, const std::string& control, const RequestOptions& options) {
  AdminClient client = connect_to_mock(control);
  if (options.clear) {
    print(common, value_or_fail(client.remove("/mock/requests")), common.say(messages::requests_forgotten));
    return kDone;
  }
  const json::object answer =
      value_or_fail(client.get("/mock/requests?last=" + std::to_string(options.last)));
  std::string words;
  for (const json::value& request : answer.at("requests").as_array())
    words += request_words(request.as_object());
  print(common, answer, words.empty() ? common.say(messages::no_requests) : words);
  return kDone;
}

int snapshot(const CommonOptions& common, const std::string& control, const std::string& name) {
  AdminClient client = connect_to_mock(control);
  if (!name.empty()) {
    print(common, value_or_fail(client.post("/mock/snapshot", {{"name", name}})),
          common.say(messages::snapshot_kept, name));
    return kDone;
  }
  const json::object answer = value_or_fail(client.get("/mock/snapshot"));
  std::string words;
  for (const json::value& one : answer.at("snapshots").as_array())
    words += text_field(one.as_object(), "name") + "  " + text_field(one.as_object(), "at") + "\n";
  print(common, answer, words);
  return kDone;
}

int reset(const CommonOptions& common, const std::string& control, const std::string& name) {
  AdminClient client = connect_to_mock(control);
  const json::object answer = value_or_fail(client.post("/mock/reset", {{"to", name}}));
  print(common, answer,
        common.say(messages::mock_reset, name) + " " + clock_words(common, answer.at("clock").as_object()));
  return kDone;
}

int publish(const CommonOptions& common, const std::string& control, bool deltas_alone) {
  AdminClient client = connect_to_mock(control);
  const json::object answer =
      value_or_fail(client.post("/mock/publish", {{"kind", deltas_alone ? "delta" : "complete"}}));
  print(common, answer,
        common.say(messages::mock_published, text_field(answer, "complete"), text_field(answer, "delta")));
  return kDone;
}

int show(const CommonOptions& common, const std::string& control) {
  AdminClient client = connect_to_mock(control);
  const json::object answer = value_or_fail(client.get("/mock"));
  std::string words = clock_words(common, answer.at("clock").as_object()) + "\n";
  for (const json::value& value : answer.at("residents").as_array()) {
    const json::object& resident = value.as_object();
    words += text_field(resident, "id") + "  " + text_field(resident, "state");
    for (const char* kind : {"sign", "auth", "mobile-sign", "mobile-auth"})
      if (const json::value* held = resident.if_contains(kind))
        words += "  " + std::string(kind) + " " + text_field(held->as_object(), "serial") + " " +
                 text_field(held->as_object(), "status");
    words += "\n";
  }
  print(common, answer, words);
  return kDone;
}

}  // namespace

AdminClient connect_to_mock(const std::string& control) {
  if (control.empty()) throw Failure(kUsage, messages::which_mock);
  auto client = AdminClient::connect({.socket = {}, .url = control, .as = {}});
  if (client.has_error() && client.error().code == pki::Errc::unreachable)
    throw Failure(kNotReachable, {messages::no_mock, control});
  return value_or_fail(std::move(client));
}

std::shared_ptr<std::string> make_control_option() {
  auto control = std::make_shared<std::string>();
  // Nothing else runs yet.
  if (const char* const url = std::getenv("JPKI_MOCK_CONTROL"))
    *control = url;  // NOLINT(concurrency-mt-unsafe)
  return control;
}

void add_control_option(const Command& command, std::string& control) {
  command.add_option("--control", control,
                     "The mock's control: \"control\" in its first line (also JPKI_MOCK_CONTROL)");
}

void add_mock_control_commands(CommandLine& line, const Command& mock) {
  const CommonOptions& common = line.common;
  const auto control = make_control_option();
  const auto add = [&](const char* name, const char* description, const char* example) {
    const Command command = add_command(line, mock, name, description, example);
    add_control_option(command, *control);
    return command;
  };

  auto clock_options = std::make_shared<ClockOptions>();
  const Command clock_command = add("clock", "Show or move a mock's clock", "jpki mock clock --advance P31D");
  const Option set = clock_command.add_option("--set", clock_options->set, "A moment of RFC 3339 to go to");
  clock_command
      .add_option("--advance", clock_options->advance, "A duration of ISO 8601 to go on by: P31D, PT1H")
      .excludes(set);
  const Option freeze = clock_command.add_flag("--freeze", clock_options->freeze, "Stand from now on");
  clock_command.add_option("--rate", clock_options->rate, "Run at so many seconds in one of the wall's")
      .check_positive()
      .excludes(freeze);
  clock_command.add_flag("--every-list", clock_options->every_list,
                         "Make the lists of every mark on the way, not only of the last");
  on_run(line, clock_command,
         [&common, control, clock_options] { return clock(common, *control, *clock_options); });

  auto fault_options = std::make_shared<FaultOptions>();
  const Command faults_command = add("faults", "List, add or end faults on purpose (docs/faults.md)",
                                     "jpki mock faults --add try-later --path /ocsp/auth --count 3");
  const Option add_fault = faults_command.add_option("--add", fault_options->add, "The name of a fault");
  faults_command.add_option("--clear", fault_options->clear, "End the fault of this id, or all")
      .excludes(add_fault);
  faults_command.add_option("--path", fault_options->path, "What the path begins with").needs(add_fault);
  faults_command.add_option("--verifier", fault_options->verifier, "The id of a verifier").needs(add_fault);
  faults_command.add_option("--serial", fault_options->serial, "The serial of a certificate")
      .needs(add_fault);
  faults_command
      .add_option("--probability", fault_options->probability, "How often it happens, up to 1: always")
      .check_range(0.000001, 1.0)
      .needs(add_fault);
  faults_command.add_option("--count", fault_options->count, "How many times, then never again")
      .needs(add_fault);
  faults_command.add_option("--seed", fault_options->seed, "Of its luck").needs(add_fault);
  faults_command.add_option("--milliseconds", fault_options->milliseconds, "How slow slow and drip are")
      .needs(add_fault);
  faults_command
      .add_option("--until", fault_options->until, "The moment of its end, by the mock's clock, RFC 3339")
      .needs(add_fault);
  on_run(line, faults_command,
         [&common, control, fault_options] { return faults(common, *control, *fault_options); });

  auto request_options = std::make_shared<RequestOptions>();
  const Command requests_command =
      add("requests", "What came in at a mock, and what it answered", "jpki mock requests --last 5");
  requests_command.add_option("--last", request_options->last, "So many, the newest last")
      .check_range(1, 1000)
      .capture_default_str();
  requests_command.add_flag("--clear", request_options->clear, "Forget them");
  on_run(line, requests_command,
         [&common, control, request_options] { return requests(common, *control, *request_options); });

  auto name = std::make_shared<std::string>();
  const Command snapshot_command =
      add("snapshot", "Keep a mock's state under a name, or list the names", "jpki mock snapshot before");
  snapshot_command.add_option("NAME", *name, "Letters, digits, - and _");
  on_run(line, snapshot_command, [&common, control, name] { return snapshot(common, *control, *name); });

  auto to = std::make_shared<std::string>("start");
  const Command reset_command =
      add("reset", "Put a mock's state back, and its clock", "jpki mock reset before");
  reset_command.add_option("NAME", *to, "A snapshot, or start").capture_default_str();
  on_run(line, reset_command, [&common, control, to] { return reset(common, *control, *to); });

  auto is_delta_alone = std::make_shared<bool>(false);
  const Command publish_command =
      add("publish", "Make a mock publish its lists now", "jpki mock publish --delta");
  publish_command.add_flag("--delta", *is_delta_alone, "Deltas alone");
  on_run(line, publish_command,
         [&common, control, is_delta_alone] { return publish(common, *control, *is_delta_alone); });

  const Command show_command =
      add("show", "A mock's clock, residents and their certificates", "jpki mock show --json");
  on_run(line, show_command, [&common, control] { return show(common, *control); });
}

}  // namespace cli
