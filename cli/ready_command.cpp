// jpki ready: whether a service can do its work, for health checks of containers and for scripts that wait
// for one.

#include <chrono>
#include <cstdlib>
#include <thread>

#include "cli/command.h"
#include "http/client.h"
#include "pki/messages/cli.h"

namespace cli {

namespace {

constexpr unsigned kHttpOk = 200;
constexpr std::chrono::milliseconds kPause{200};

struct ReadyOptions {
  unsigned wait_seconds = 0;
};

// The ops listener: --url, JPKI_OPS_URL, or listen.ops of a default configuration.
std::string ops_url(const CommonOptions& common) {
  if (!common.url.empty()) return common.url;
  // Nothing else runs yet.
  const char* const url = std::getenv("JPKI_OPS_URL");  // NOLINT(concurrency-mt-unsafe)
  return url != nullptr ? url : "http://127.0.0.1:9090";
}

pki::Result<http::ClientResponse> ask(const std::string& url) {
  TRY_ASSIGN(const http::Url parsed, http::parse_url(url));
  TRY_ASSIGN(const http::RemoteServer remote, http::remote_server_of(parsed));
  TRY_ASSIGN(http::Client client, http::Client::connect(remote));
  return client.send({.target = "/readyz"});
}

// The answer of /readyz: {"ready": …, "faults": […]}.
json::object read_answer(const http::ClientResponse& response, const std::string& url) {
  boost::system::error_code error;
  json::value body = json::parse(pki::as_text(response.body), error);
  if (error || !body.is_object() || !body.get_object().contains("faults"))
    throw Failure(kUsage, {messages::not_ops_listener, url});
  return std::move(body.get_object());
}

int ready(const CommonOptions& common, const ReadyOptions& options) {
  const std::string url = ops_url(common);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.wait_seconds);
  auto response = ask(url);
  while ((!response || response->status != kHttpOk) && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kPause);
    response = ask(url);
  }
  const json::object answer = read_answer(value_or_fail(std::move(response)), url);
  std::string words = common.say(answer.at("ready").as_bool() ? messages::ready : messages::not_ready) + "\n";
  for (const json::value& fault : answer.at("faults").as_array())
    words += "  " + std::string(fault.as_string()) + "\n";
  print(common, answer, words);
  return answer.at("ready").as_bool() ? kDone : kRefused;
}

}  // namespace

void add_ready_command(CommandLine& line) {
  const CommonOptions& common = line.common;
  auto options = std::make_shared<ReadyOptions>();
  const Command command = add_command(
      line, line.app, "ready", "Whether a service can do its work, as its ops listener says; exit 1 if not",
      "jpki ready --url http://127.0.0.1:9090 --wait 30");
  command.add_option("--wait", options->wait_seconds, "Seconds to wait for it").capture_default_str();
  on_run(line, command, [&common, options] { return ready(common, *options); });
}

}  // namespace cli
