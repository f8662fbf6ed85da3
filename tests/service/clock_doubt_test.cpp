// A running authority whose wall clock leaps: what goes on, what waits, and what an operator sees and says.

#include <doctest/doctest.h>

#include <algorithm>

#include "pki/oid.h"
#include "service/init.h"
#include "service/instance.h"
#include "store/audit.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/route.h"
#include "tests/support/test_keys.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using support::kStart;

pki::PrivateKey next_key(std::string_view /*purpose*/, pki::KeyAlgorithm algorithm) {
  if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(0);
  pki::Rng rng = pki::Rng::system();
  return pki::PrivateKey::generate(algorithm, rng);
}

std::string body_of(const http::Response& response) {
  if (const auto* bytes = std::get_if<pki::Bytes>(&response.body)) return std::string(pki::as_text(*bytes));
  if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&response.body))
    return std::string(pki::as_text(**shared));
  return {};
}

// An authority made at kStart and opened `gap` later.
class Machine {
 public:
  explicit Machine(pki::Seconds gap = 0s) {
    Config config;
    config.map_bytes = std::uint64_t{1} << 30U;
    config.verifier_https = HttpsListening::off;
    config.open_to_all = true;
    config.ocsp.access = ocsp::AccessPolicy::open_to_all;
    auto environment = initialise({.data = data_,
                                   .config = config,
                                   .durability = store::Durability::temporary,
                                   .make_key = next_key,
                                   .key_heading = {}},
                                  wall)
                           .value();
    write_at(*environment);
    wall.advance(gap);
    guard.emplace(wall, [this] { return elapsed; }, ClockLimits{}, last_write_of(*environment));
    instance = Instance::open({.data = data_,
                               .config = config,
                               .durability = store::Durability::temporary,
                               .on_error = {},
                               .make_key = next_key,
                               .guard = &*guard,
                               .steady = [this] { return steady; }},
                              *guard, std::move(environment))
                   .value();
    instance->services().mount_admin(admin);
    instance->services().mount_verifier(verifier);
    instance->mount_ops(ops, {});
  }

  http::Response call(http::Router& router, http::Method method, std::string_view target,
                      std::string_view body = {}) {
    return support::call_route(router, http::make_request(method, target, {}, pki::as_bytes(body)));
  }
  unsigned status(http::Method method, std::string_view target, std::string_view body = "{}") {
    return call(admin, method, target, body).status;
  }
  // What /readyz says once what it said before is a second old.
  http::Response readyz(std::string_view query = "") {
    steady += kReadinessKept;
    return call(ops, http::Method::get, "/readyz" + std::string(query));
  }
  // When a change is dated that is recorded now.
  pki::Time recorded_at() {
    pki::Time now{};
    REQUIRE(instance->writer()
                .execute({.actor = registry::Actor{.operator_name = "test"},
                          .action = "test",
                          .run =
                              [&](store::CommandContext& context) {
                                now = context.now;
                                return pki::Result<void>{};
                              }})
                .has_value());
    return now;
  }
  // The status of an OCSP response that is no answer.
  int ocsp_error() {
    const std::string body = body_of(call(verifier, http::Method::post, "/ocsp/auth", "no request"));
    return body.empty() ? -1 : body.back();
  }

  support::SettableClock wall;
  std::int64_t elapsed = 1'000'000;
  std::chrono::steady_clock::time_point steady;
  std::optional<TrustedClock> guard;
  std::unique_ptr<Instance> instance;
  http::Router admin, verifier, ops;

 private:
  // A ceremony is no change of the writer's.
  void write_at(store::Environment& environment) {
    store::Writer writer(environment, wall);
    REQUIRE(writer
                .execute({.actor = registry::Actor{.operator_name = "test"},
                          .action = "test",
                          .run = [](store::CommandContext&) { return pki::Result<void>{}; }})
                .has_value());
  }

  support::TemporaryFolder folder_;
  DataFolder data_{folder_.path() / "data"};
};

}  // namespace

TEST_CASE("in doubt changes are recorded in the trusted time, issuing waits, and /readyz names the doubt") {
  Machine machine;
  CHECK(machine.recorded_at() == kStart);
  CHECK(machine.status(http::Method::post, "/v1/certificates") == 422);
  CHECK(machine.status(http::Method::post, "/v1/sweep") == 200);
  machine.wall.advance(1096 * 24h);
  CHECK(machine.recorded_at() == kStart);
  machine.wall.advance(5s);
  machine.elapsed += 5'000;
  CHECK(machine.recorded_at() == kStart + 5s);
  CHECK(machine.status(http::Method::post, "/v1/certificates") == 503);
  CHECK(machine.status(http::Method::post, "/v1/verifiers/1/credentials") == 503);
  CHECK(machine.status(http::Method::post, "/v1/sweep") == 503);
  CHECK(machine.status(http::Method::post, "/v1/sweep", R"({"dry_run":true})") == 200);
  CHECK(machine.ocsp_error() == static_cast<int>(ocsp::ResponseStatus::malformed_request));
  CHECK(body_of(machine.readyz()).find("clock: ") != std::string::npos);
  CHECK(machine.readyz("?for=answers").status == 200);
  CHECK(body_of(machine.call(machine.admin, http::Method::get, "/v1/clock")).find("jpki clock accept") !=
        std::string::npos);
  machine.wall.advance(-1096 * 24h);
  CHECK(machine.status(http::Method::post, "/v1/certificates") == 422);
  CHECK(body_of(machine.readyz()).find("clock: ") == std::string::npos);
}

TEST_CASE("after a gap status is tryLater until an operator's word, which is in the audit log") {
  Machine machine(30 * 24h);
  CHECK(machine.ocsp_error() == static_cast<int>(ocsp::ResponseStatus::try_later));
  CHECK(machine.readyz("?for=answers").status == 503);
  CHECK(machine.recorded_at() == kStart);
  CHECK(machine.status(http::Method::post, "/v1/clock/acceptance") == 200);
  CHECK(machine.ocsp_error() == static_cast<int>(ocsp::ResponseStatus::malformed_request));
  CHECK(machine.recorded_at() == kStart + 30 * 24h);
  CHECK(machine.status(http::Method::post, "/v1/clock/acceptance") == 409);
  int acceptances = 0;
  const auto transaction = machine.instance->environment().read();
  for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous()) {
    const store::AuditEntry entry = entries.row();
    if (entry.action == "clock accept") {
      ++acceptances;
      CHECK(entry.recorded_at == kStart);
      CHECK(std::ranges::count(entry.subjects, "to " + pki::to_rfc3339(kStart + 30 * 24h)) == 1);
    }
  }
  CHECK(acceptances == 1);
}

TEST_CASE("what time brings waits: a leap of 45 days ends no clock") {
  Machine machine;
  machine.wall.advance(45 * 24h);
  REQUIRE(machine.guard->doubt().has_value());
  machine.instance->start_background();
  machine.instance->stop_background();
  const auto transaction = machine.instance->environment().read();
  for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous())
    CHECK(entries.row().recorded_at <= kStart + 1h);
}

}  // namespace service
