// The server is killed in the middle of a thousand events and issues: after a restart everything that was
// acknowledged is there, and nothing is half done.

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>

#include "ca/ceremony.h"
#include "cli/admin_client.h"
#include "cli/application.h"
#include "cli/failure.h"
#include "http/client.h"
#include "ocsp/query.h"
#include "pki/certificate.h"
#include "pki/certification_request.h"
#include "pki/test_keys.h"
#include "service/clock.h"
#include "service/init.h"
#include "store/audit.h"
#include "tests/support/authority_world.h"

namespace cli {

namespace {

using registry::CertificateId;

constexpr std::size_t kClients = 8;
// Residents of one round; each goes through four operations.
constexpr std::size_t kResidents = 250;
constexpr std::size_t kOperations = 4 * kResidents;

// One acknowledged operation on a resident.
struct Acknowledged {
  std::string resident;
  std::string what;         // "issue" or the event's name
  std::string certificate;  // of an issue
  std::string der;
};

// An authority in a temporary folder whose server is a process of its own.
class Victim {
 public:
  Victim() {
    service::Config config =
        service::parse_config("[crl]\nscopes = \"used\"\n[access]\nopen_to_all = true\n", "test").value();
    config.verifier_listener.port = free_port();
    config.ops_listener.port = free_port();
    config.profile.public_url = "http://127.0.0.1:" + std::to_string(config.verifier_listener.port);
    verifier_ = config.verifier_listener;
    ops_ = config.ops_listener;
    std::size_t next_key = 0;
    const ca::KeySource make_key = [&](std::string_view, pki::KeyAlgorithm algorithm) {
      if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(next_key++);
      pki::Rng rng = pki::Rng::seeded(1);
      return pki::PrivateKey::generate(algorithm, rng);
    };
    service::initialise({.data = data, .config = config, .make_key = make_key, .key_heading = {}},
                        service::SystemClock())
        .value();
  }
  ~Victim() {
    if (process_ > 0) end(SIGKILL);
  }

  void start() {
    const std::string folder = data.root.string();
    process_ = ::fork();
    REQUIRE(process_ >= 0);
    if (process_ == 0) {
      const char* const arguments[] = {"jpki", "serve", "--data", folder.c_str()};
      if (std::freopen((folder + "/server.log").c_str(), "a", stderr) == nullptr) ::_exit(kInternal);
      ::_exit(run(4, arguments));
    }
    for (int i = 0; i < 1200; ++i) {
      const auto ready = http::get("http://127.0.0.1:" + std::to_string(ops_.port) + "/readyz");
      if (ready.has_value() && ready->status == 200) return;
      REQUIRE_MESSAGE(::waitpid(process_, nullptr, WNOHANG) == 0, "the server ended at its start");
      std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    FAIL("the server is not ready after two minutes");
  }
  // Gives what waitpid says.
  int end(int signal) {
    ::kill(process_, signal);
    int status = 0;
    ::waitpid(std::exchange(process_, 0), &status, 0);
    return status;
  }
  [[nodiscard]] pki::Result<AdminClient> connect() const {
    return AdminClient::connect({.socket = data.admin_socket().string(), .url = {}, .as = {}});
  }
  [[nodiscard]] http::RemoteServer verifiers() const { return {verifier_}; }

 private:
  // Asks the system for one and gives it back; nobody else is likely to take it before the server does.
  static std::uint16_t free_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const bool found =
        ::bind(descriptor, generic, size) == 0 && ::getsockname(descriptor, generic, &size) == 0;
    ::close(descriptor);
    REQUIRE(found);
    return ntohs(address.sin_port);
  }

  support::TemporaryFolder folder_;
  http::TcpAddress verifier_, ops_;
  pid_t process_ = 0;

 public:
  service::DataFolder data{folder_.path() / "data"};
};

// A key for each request: one that was reported is certified no more.
pki::Bytes request(std::size_t number) {
  return pki::make_certification_request(pki::make_test_key(pki::KeyAlgorithm::rsa_2048, number, "holder"));
}

std::string field(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

json::object event(const std::string& resident, std::string_view name, std::size_t number) {
  json::object body{{"resident", resident}, {"event", name}};
  if (name == "address-change") body["address"] = "東京都清瀬市模擬町" + std::to_string(number + 1) + "番";
  if (name == "name-change") body["name"] = "模擬　" + std::to_string(number);
  return body;
}

// The clients of one round: each takes residents from the list and carries them through their operations
// until the server is gone.
class Clients {
 public:
  Clients(const Victim& victim, std::vector<std::string> residents)
      : victim_(victim), residents_(std::move(residents)) {
    for (std::size_t i = 0; i < kClients; ++i)
      threads_.emplace_back([this] { work(); });
  }
  void wait_for(std::size_t operations) const {
    for (int i = 0; done_ < operations; ++i) {
      REQUIRE_MESSAGE(i < 120'000, "only " << done_ << " operations are done after two minutes");
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }
  std::vector<Acknowledged> finish() {
    threads_.clear();
    return std::move(acknowledged_);
  }

 private:
  void work() {
    auto client = victim_.connect();
    if (!client) return;
    for (std::size_t i = next_++; i < residents_.size(); i = next_++)
      if (!serve(*client, residents_[i], i)) return;
  }
  bool serve(AdminClient& client, const std::string& resident, std::size_t number) {
    // No key notice: keys recur here, and one that was reported is certified no more.
    static constexpr std::array kEvents = {"address-change", "name-change", "death", "hold", "record-error"};
    const char* const name = kEvents[number % kEvents.size()];
    return issue(client, resident, "auth", 2 * number) && issue(client, resident, "sign", 2 * number + 1) &&
           record(client, resident, name, number) && record(client, resident, "holder-application", number);
  }
  bool issue(AdminClient& client, const std::string& resident, const char* kind, std::size_t number) {
    const auto answer =
        client.post("/v1/certificates",
                    {{"resident", resident}, {"kind", kind}, {"csr", pki::to_base64(request(number))}});
    if (!answer) return is_refusal(answer.error());
    return acknowledge({resident, "issue", field(*answer, "certificate"), field(*answer, "der")});
  }
  bool record(AdminClient& client, const std::string& resident, const char* name, std::size_t number) {
    const auto answer = client.post("/v1/events", event(resident, name, number));
    if (!answer) return is_refusal(answer.error());
    return acknowledge({resident, name, {}, {}});
  }
  // Nothing in these histories is against a rule, so every refusal is a fault; a broken connection is the
  // kill.
  bool is_refusal(const pki::Error& error) {
    const bool refused = error.code != pki::Errc::unreachable && error.code != pki::Errc::malformed;
    if (refused) {
      const std::lock_guard lock(mutex_);
      CHECK_MESSAGE(false, error.text());
    }
    return refused;
  }
  bool acknowledge(Acknowledged entry) {
    const std::lock_guard lock(mutex_);
    acknowledged_.push_back(std::move(entry));
    ++done_;
    return true;
  }

  const Victim& victim_;
  const std::vector<std::string> residents_;
  std::atomic<std::size_t> next_{0}, done_{0};
  std::mutex mutex_;
  std::vector<Acknowledged> acknowledged_;  // Guarded by mutex_.
  std::vector<std::jthread> threads_;
};

std::vector<std::string> enter_residents(const Victim& victim) {
  std::vector<std::string> ids(kResidents);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < kClients; ++t)
    threads.emplace_back([&] {
      auto client = victim.connect();
      for (std::size_t i = next++; client.has_value() && i < ids.size(); i = next++) {
        const auto answer = client->post("/v1/residents", {{"name", "模擬　太郎"},
                                                           {"birth", "1980-02-17"},
                                                           {"sex", "male"},
                                                           {"municipality", "132217"},
                                                           {"address", "東京都清瀬市模擬町０番"}});
        const std::lock_guard lock(mutex);
        CHECK_MESSAGE(answer.has_value(), (answer ? std::string() : answer.error().text()));
        if (answer) ids[i] = field(*answer, "id");
      }
    });
  threads.clear();
  return ids;
}

// What OCSP says of a certificate: "good", "revoked REASON", "unknown".
std::string ask(http::Client& client, const pki::Certificate& issuer, const CertificateId& id) {
  const std::vector<pki::Bytes> ids = {
      ocsp::make_cert_id(issuer, pki::der::integer_content(id.serial.value), pki::HashAlgorithm::sha256)
          .value()};
  const auto answer = client.send({.method = "POST",
                                   .target = "/ocsp/" + std::string(pki::to_string(id.issuer.ca)),
                                   .content_type = "application/ocsp-request",
                                   .headers = {},
                                   .body = ocsp::make_request(ids, std::nullopt).value()});
  REQUIRE(answer.has_value());
  const auto decoded = ocsp::decode_response(answer->body).value();
  REQUIRE(decoded.basic.has_value());
  const auto& status = decoded.basic->responses.at(0).cert_status;
  if (const auto* revoked = std::get_if<ocsp::Revoked>(&status))
    return "revoked " + std::string(pki::to_string(revoked->revocation_reason));
  return std::string(ocsp::to_string(status));
}

// A resident's certificates and history, as the restarted server tells them.
class Survivor {
 public:
  Survivor(AdminClient& client, const std::string& resident)
      : certificates(
            client.get("/v1/certificates?resident=" + resident).value().at("certificates").as_array()),
        events(client.get("/v1/residents/" + resident + "/history").value().at("events").as_array()) {}

  // The history's consequences are the certificates' states: nothing is half done.
  void check_whole(http::Client& verifier, const std::map<std::string, pki::Certificate>& issuers) const {
    std::map<std::string, std::string> states;
    for (const json::value& value : certificates)
      states[field(value.as_object(), "certificate")] = "good";
    std::uint64_t sequence = 0;
    for (const json::value& value : events) {
      CHECK(value.as_object().at("sequence").to_number<std::uint64_t>() == ++sequence);
      for (const json::value& fallen : value.as_object().at("certificates").as_array()) {
        const json::object& one = fallen.as_object();
        REQUIRE(states.contains(field(one, "certificate")));
        states[field(one, "certificate")] = field(one, "reason");
      }
    }
    for (const json::value& value : certificates) {
      const json::object& one = value.as_object();
      const std::string name = field(one, "certificate");
      CAPTURE(name);
      CHECK((field(one, "state") == "good" ? "good" : field(one, "reason")) == states.at(name));
      const CertificateId id{registry::parse_issuer_id(field(one, "issuer")).value(),
                             pki::parse_serial(field(one, "serial")).value()};
      const std::string told = states.at(name) == "good" ? "good" : "revoked " + states.at(name);
      CHECK(ask(verifier, issuers.at(field(one, "issuer")), id) == told);
    }
  }
  [[nodiscard]] bool has(const Acknowledged& entry) const {
    if (entry.what != "issue") {
      for (const json::value& value : events)
        if (field(value.as_object(), "event") == entry.what) return true;
      return false;
    }
    for (const json::value& value : certificates)
      if (field(value.as_object(), "certificate") == entry.certificate)
        return field(value.as_object(), "der") == entry.der;
    return false;
  }

  json::array certificates, events;
};

std::map<std::string, pki::Certificate> fetch_issuers(http::Client& verifier) {
  std::map<std::string, pki::Certificate> issuers;
  for (const char* name : {"sign-1", "auth-1"}) {
    const auto answer = verifier.send({.target = std::string("/ca/") + name + ".cer"});
    REQUIRE(answer.has_value());
    issuers.emplace(name, pki::Certificate::decode(answer->body).value());
  }
  return issuers;
}

void check_after_restart(const Victim& victim, const std::vector<std::string>& residents,
                         const std::vector<Acknowledged>& acknowledged) {
  AdminClient client = victim.connect().value();
  http::Client verifier = http::Client::connect(victim.verifiers()).value();
  const auto issuers = fetch_issuers(verifier);
  std::map<std::string, Survivor> survivors;
  for (const std::string& resident : residents)
    survivors.emplace(resident, Survivor(client, resident)).first->second.check_whole(verifier, issuers);
  for (const Acknowledged& entry : acknowledged) {
    CAPTURE(entry.resident);
    CAPTURE(entry.what);
    CHECK(survivors.at(entry.resident).has(entry));
  }
  CHECK(client.get("/v1/audit/verification").has_value());
  CHECK(client.post("/v1/crls", {{"kind", "complete"}}).has_value());
  const json::object lists = client.get("/v1/crls/check").value();
  CHECK(lists.at("findings").as_array().empty());
}

// The store itself, once nobody serves it.
void check_store(const Victim& victim) {
  const auto environment = store::Environment::open({.directory = victim.data.store()}, registry::kSchema);
  const auto transaction = environment->read();
  CHECK(transaction.count(registry::tables::reservations) == 0);
  CHECK(transaction.count(registry::tables::intents) == 0);
  CHECK(transaction.count(registry::tables::status) == transaction.count(registry::tables::certificates));
  CHECK(transaction.count(registry::tables::status) == transaction.count(registry::tables::holdings));
  CHECK(transaction.count(registry::tables::changes) == transaction.count(registry::tables::point_changes));
  CHECK(store::verify_audit(transaction).has_value());
}

}  // namespace

TEST_CASE("after SIGKILL everything acknowledged is there and nothing is half done, three times over") {
  Victim victim;
  victim.start();
  std::size_t acknowledged_in_all = 0;
  for (const std::size_t moment : {kOperations / 10, kOperations / 2, kOperations * 4 / 5}) {
    CAPTURE(moment);
    const auto residents = enter_residents(victim);
    Clients clients(victim, residents);
    clients.wait_for(moment / 2);
    // A publication is under way when the kill comes.
    std::jthread publication([&] {
      if (auto client = victim.connect()) static_cast<void>(client->post("/v1/crls", {{"kind", "complete"}}));
    });
    clients.wait_for(moment);
    CHECK(WIFSIGNALED(victim.end(SIGKILL)));
    const auto acknowledged = clients.finish();
    publication.join();
    CHECK(acknowledged.size() >= moment);
    CHECK(acknowledged.size() < kOperations);
    acknowledged_in_all += acknowledged.size();
    victim.start();
    check_after_restart(victim, residents, acknowledged);
  }
  const int status = victim.end(SIGTERM);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  check_store(victim);
  MESSAGE(acknowledged_in_all << " operations were acknowledged before the kills");
}

}  // namespace cli
