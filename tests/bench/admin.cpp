// Work for the operators' API of a running `jpki serve`, over kept-alive connections: HTTPS with an
// operator's credential, or the Unix socket.

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "cli/admin_client.h"
#include "cli/key_files.h"
#include "cli/p12_password.h"
#include "pki/certification_request.h"
#include "pki/key_pool.h"
#include "service/clock.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

namespace json = boost::json;

cli::AdminEndpoint endpoint_of(const Options& options, const pki::Clock& clock) {
  cli::AdminEndpoint endpoint{
      .socket = options.text("socket", ""), .url = options.text("url", ""), .as = {}, .tls = {}};
  if (endpoint.url.empty()) return endpoint;
  const std::string credential = options.text("credential");
  cli::KeyFiles files = cli::read_key_files(credential, {}, cli::password_beside(credential));
  http::TlsClientOptions trust{.authorities = files.others, .identity = {}};
  trust.identity = http::TlsIdentity{.certificates = {files.certificate}, .key = std::move(files.key)};
  endpoint.tls = http::TlsClient::create(std::move(trust), clock).value();
  return endpoint;
}

void expect(const pki::Result<json::object>& answer) {
  if (answer.has_error()) throw std::runtime_error(answer.error().text());
}

// One small event: another name, which revokes the signing certificate.
void rename(cli::AdminClient& client, std::uint64_t number) {
  expect(client.post("/v1/events", {{"event", "name-change"},
                                    {"resident", to_string(feed_resident(number))},
                                    {"name", "再計　" + std::to_string(number) + "郎"}}));
}

// Both certificates, the authentication one first as the law wants it.
void issue_pair(cli::AdminClient& client, std::uint64_t number, const std::string& certification_request) {
  for (const char* const kind : {"auth", "sign"})
    expect(client.post(
        "/v1/certificates",
        {{"resident", to_string(feed_resident(number))}, {"kind", kind}, {"csr", certification_request}}));
}

std::vector<std::string> certification_requests() {
  const auto keys = pki::PrivateKey::all_from_pem(pki::builtin_key_pool()).value();
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < 64; ++i)
    requests.push_back(pki::to_base64(pki::make_certification_request(keys.at(i % keys.size()))));
  return requests;
}

}  // namespace

// --socket FILE, or --url URL --credential FILE; --work events|issue, --first N --count N: the residents of
// the feed; [--connections N]
int admin(const Options& options) {
  const service::SystemClock clock;
  const cli::AdminEndpoint endpoint = endpoint_of(options, clock);
  const bool issues = options.text("work") == "issue";
  const std::vector<std::string> requests = certification_requests();
  const std::uint64_t first = options.number("first", 0), count = options.number("count", 1'000);
  // Connected before the time begins: connections are kept.
  std::vector<cli::AdminClient> clients;
  for (std::uint64_t i = 0; i < options.number("connections", 64); ++i) {
    clients.push_back(cli::AdminClient::connect(endpoint).value());
    expect(clients.back().get("/v1/roles"));
  }
  std::atomic<std::uint64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr fault;
  const Stopwatch watch;
  {
    std::vector<std::jthread> threads;
    for (cli::AdminClient& client : clients)
      threads.emplace_back([&] {
        try {
          for (std::uint64_t n = next++; n < count; n = next++)
            issues ? issue_pair(client, first + n, requests[n % requests.size()]) : rename(client, first + n);
        } catch (...) {
          next = count;
          const std::lock_guard lock(mutex);
          fault = std::current_exception();
        }
      });
  }
  const double seconds = watch.seconds();
  if (fault) std::rethrow_exception(fault);
  report("rate", static_cast<double>(issues ? 2 * count : count) / seconds);
  return 0;
}

}  // namespace bench
