// What each part is made with.

#include "mock/assembly.h"

#include "admin/problem.h"
#include "mock/timed_responder.h"
#include "pki/messages/mock.h"

namespace mock {

namespace {

bool is_loopback(std::string_view host) {
  return host == "::1" || host == "localhost" || host.starts_with("127.");
}

pki::Result<pki::KeyAlgorithm> parse_key(std::string_view text) {
  if (text == "rsa-2048") return pki::KeyAlgorithm::rsa_2048;
  if (text == "p-256") return pki::KeyAlgorithm::ecdsa_p256;
  if (text == "p-384") return pki::KeyAlgorithm::ecdsa_p384;
  return pki::invalid("key", messages::key_form);
}

// The host in URLs: every address of a machine is none that can be called.
std::string public_host(const MockOptions& options) {
  if (!options.public_host.empty()) return options.public_host;
  return options.listen == "0.0.0.0" || options.listen == "::" ? "127.0.0.1" : options.listen;
}

std::string authority_of(const std::string& host, std::uint16_t port) {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

void check(const MockOptions& options) {
  if (options.residents > 100'000)
    throw pki::ErrorException(pki::invalid("residents", messages::residents_many));
  if (options.port > 65'535 - 4) throw pki::ErrorException(pki::invalid("port", messages::port_high));
  if (!is_loopback(options.listen) && !options.admits_strangers)
    throw pki::ErrorException(pki::invalid("listen", {messages::listen_loopback_only, options.listen}));
}

// The defaults, or a file's, as far as they fit an authority that lives for minutes and is asked on `port`.
service::Config mock_config(const MockOptions& options, std::uint16_t port) {
  const bool has_file = !options.config.empty();
  auto read = has_file ? service::read_config(options.config) : service::parse_config("", "defaults");
  if (read.has_error()) {
    pki::Error error = read.error();
    error.code = pki::Errc::invalid_value;
    error.field = "config";
    error.message = "--config: " + error.text();
    throw pki::ErrorException(error);
  }
  service::Config config = *std::move(read);
  config.profile.public_url = "http://" + authority_of(public_host(options), port);
  config.profile.ca_key = config.profile.responder_key = pki::or_throw(parse_key(options.key));
  config.map_bytes = std::uint64_t{4} << 30U;
  config.crl.priority = crl::Priority::normal;
  config.verifier_https = service::HttpsListening::on;
  config.verifier_https_listener = {options.listen, 0};
  config.https_names.push_back(public_host(options));
  // Each operator of the first line does everything of its role alone.
  config.two_persons = false;
  if (has_file) return config;
  config.crl.scopes = crl::ScopeSelection::used;
  // A test may ask as fast as it can.
  config.ocsp.requests_per_second_max = config.stranger_requests_per_second = 0;
  config.admin_https = service::HttpsListening::off;
  // Tests are few clients, and each reset starts them all.
  config.admin_threads = 4;
  return config;
}

FrontAddresses addresses_of(const MockOptions& options, const std::filesystem::path& folder) {
  check(options);
  return {.host = options.listen, .port = options.port, .admin_socket = (folder / "admin.sock").string()};
}

ClockCourse course_of(const MockOptions& options) {
  if (options.frozen) return {.mode = ClockMode::frozen};
  return {.mode = options.time.empty() ? ClockMode::following : ClockMode::running};
}

std::optional<Scenario> scenario_of(const MockOptions& options) {
  if (options.scenario.empty()) return std::nullopt;
  return pki::or_throw(load_scenario(options.scenario));
}

SimulationSetting simulation_setting(const MockOptions& options, const Front& front,
                                     const std::filesystem::path& folder, const Ears& ears) {
  return {.seed = options.seed,
          .residents = options.residents,
          .states = pki::or_throw(parse_states(options.states)),
          .scenario = scenario_of(options),
          .config = mock_config(options, front.port(Door::verifier)),
          .folder = folder,
          .host = public_host(options),
          .openness = options.admits_strangers ? Openness::everywhere : Openness::loopback,
          .course = course_of(options),
          .on_error = ears.on_error,
          .on_progress = ears.on_progress};
}

}  // namespace

Assembly::Assembly(const MockOptions& options, const pki::Clock& wall, const std::filesystem::path& folder,
                   const Ears& ears)
    : clock_(wall),
      runtime_(clock_, {.on_error = ears.on_error}),
      journal_(clock_),
      faults_(clock_, ears.on_fault),
      front_(runtime_, journal_, clock_, addresses_of(options, folder)),
      simulation_(simulation_setting(options, front_, folder, ears), clock_, front_, faults_),
      control_(simulation_, journal_, faults_, front_, OriginGuard(public_host(options)), ears.on_error) {
  control_.mount(front_.control());
  if (ears.on_request)
    journal_.on_finished(
        [on_request = ears.on_request](const Exchange& exchange) { on_request(in_one_line(exchange)); });
  if (!options.time.empty()) {
    const auto moment = pki::parse_rfc3339(options.time);
    if (!moment) throw pki::ErrorException(pki::invalid("time", {messages::time_form, options.time}));
    pki::or_throw(check_moment("time", *moment));
    clock_.freeze_at(*moment);
  }
  front_.set_filter([this](const Exchange& exchange, World& world, http::Response& response) {
    return faults_.apply(exchange, world, response);
  });
  front_.set_detour(
      kTimeHeader, [this](std::shared_ptr<World::Use> world, http::OwnedRequest request, http::Reply reply) {
        auto shared = std::make_shared<http::Reply>(std::move(reply));
        const bool queued =
            workers_.submit([this, world, request, shared] { answer_at(world, request, *shared); });
        if (!queued) (*shared)(http::problem(503, "Too many requests about another time are waiting"));
      });
}

void Assembly::answer_at(const std::shared_ptr<World::Use>& world, const http::OwnedRequest& request,
                         http::Reply& reply) {
  const auto at = pki::parse_rfc3339(request->header(kTimeHeader).value_or(""));
  if (!at) {
    reply(admin::problem_response(pki::invalid(kTimeHeader, messages::moment_form),
                                  admin::language_of(*request)));
    return;
  }
  const auto possible = check_moment(kTimeHeader, *at);
  auto response = possible ? simulation_.timed_responder().answer(**world, request, *at) : possible.error();
  reply(response ? std::move(*response)
                 : admin::problem_response(response.error(), admin::language_of(*request)));
}

void Assembly::prepare() {
  simulation_.prepare();
  simulation_.begin();
}

}  // namespace mock
