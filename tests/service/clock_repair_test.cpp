// A store that was written in a false future: found, named, and made to take changes of the present again.

#include "service/clock_repair.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ocsp/query.h"
#include "pki/certificate.h"
#include "pki/der.h"
#include "registry/certificates.h"
#include "registry/clock_repairs.h"
#include "registry/crls.h"
#include "registry/issuers.h"
#include "service/init.h"
#include "store/write_time.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/route.h"
#include "tests/support/test_keys.h"

namespace service {

namespace {

using namespace std::chrono_literals;
using support::kStart;

constexpr registry::CrlScope kWhole{{pki::CaName::auth, 1}, pki::kWholeGeneration};
constexpr pki::Seconds kLeap{std::chrono::days{1096}};

pki::PrivateKey next_key(std::string_view /*purpose*/, pki::KeyAlgorithm algorithm) {
  if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(0);
  pki::Rng rng = pki::Rng::system();
  return pki::PrivateKey::generate(algorithm, rng);
}

pki::Bytes bytes_of(const http::Response& response) {
  if (const auto* bytes = std::get_if<pki::Bytes>(&response.body)) return *bytes;
  if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&response.body)) return **shared;
  return {};
}

// An authority without a guard over its clock, as older versions were.
struct Machine {
  Machine() {
    config.map_bytes = std::uint64_t{1} << 30U;
    config.verifier_https = HttpsListening::off;
    config.crl.scopes = crl::ScopeSelection::used;
    config.crl.priority = crl::Priority::normal;
    static_cast<void>(initialise({.data = data,
                                  .config = config,
                                  .durability = store::Durability::temporary,
                                  .make_key = next_key,
                                  .key_heading = {}},
                                 clock)
                          .value());
  }
  [[nodiscard]] InstanceOptions options() const {
    return {.data = data,
            .config = config,
            .durability = store::Durability::temporary,
            .on_error = {},
            .make_key = next_key};
  }
  [[nodiscard]] std::unique_ptr<Instance> open() const {
    return Instance::open(options(), clock, open_store(data, config.map_bytes).value()).value();
  }
  // Somebody's watch says what the clock says.
  pki::Result<FalseTime> repair() { return repair(clock.now()); }
  pki::Result<FalseTime> repair(pki::Time said) {
    return repair_clock(options(), clock, said, registry::Actor{.operator_name = "test"});
  }
  static pki::Result<void> write(Instance& instance, const std::string& action) {
    return instance.writer().execute({.actor = registry::Actor{.operator_name = "test"},
                                      .action = action,
                                      .run = [](store::CommandContext&) { return pki::Result<void>{}; }});
  }
  static void publish(Instance& instance) {
    REQUIRE(instance.publisher().publish(crl::PublicationKind::complete_and_delta)->failures.empty());
  }

  support::TemporaryFolder folder;
  DataFolder data{folder.path() / "data"};
  support::SettableClock clock;
  Config config;
};

}  // namespace

TEST_CASE("a repair names what was recorded and published in the false time, and supersedes the lists") {
  Machine machine;
  registry::CrlRecord right, wrong;
  {
    const auto instance = machine.open();
    REQUIRE(Machine::write(*instance, "right").has_value());
    Machine::publish(*instance);
    right =
        registry::current_crl(instance->environment().read(), kWhole, registry::CrlKind::complete).value();
    machine.clock.advance(kLeap);
    REQUIRE(Machine::write(*instance, "false").has_value());
    Machine::publish(*instance);
    wrong =
        registry::current_crl(instance->environment().read(), kWhole, registry::CrlKind::complete).value();
    machine.clock.set(kStart + 25h);
    const auto refused = Machine::write(*instance, "too late");
    REQUIRE(refused.has_error());
    CHECK(refused.error().text().find("jpki clock repair") != std::string::npos);
  }
  const FalseTime found = machine.repair().value();
  CHECK(found.last_write == kStart + kLeap);
  CHECK(std::ranges::count(found.entries, "false", &store::AuditEntry::action) == 1);
  CHECK(std::ranges::count(found.entries, "right", &store::AuditEntry::action) == 0);
  CHECK(std::ranges::is_sorted(found.entries, {}, &store::AuditEntry::sequence));
  CHECK(std::ranges::count(found.lists, wrong.number, &registry::CrlRecord::number) > 0);
  CHECK(std::ranges::none_of(found.lists, [](const auto& list) { return list.this_update < kStart + 25h; }));

  const auto instance = machine.open();
  CHECK(Machine::write(*instance, "right again").has_value());
  const auto snapshot = instance->environment().read();
  CHECK(store::verify_audit(snapshot).has_value());
  const auto repairs = registry::clock_repairs(snapshot);
  REQUIRE(repairs.size() == 1);
  CHECK(store::find_audit_entry(snapshot, repairs.front())->action == "clock repair");
  const auto current = registry::current_crl(snapshot, kWhole, registry::CrlKind::complete).value();
  CHECK(current.number > wrong.number);
  CHECK(current.this_update == kStart + 25h);
  // The list of the false time decides nothing: the one before it is the last regular one (RFC 5280
  // section 3.3).
  CHECK(current.occasion == registry::CrlOccasion::regular);
  const auto last_regular =
      registry::regular_crl_below(snapshot, kWhole, registry::CrlKind::complete, current.number).value();
  CHECK(last_regular.number == right.number);
}

TEST_CASE("after a repair no answer and no list of the false time is served") {
  Machine machine;
  machine.config.open_to_all = true;
  machine.config.ocsp.access = ocsp::AccessPolicy::open_to_all;
  const registry::CertificateId asked{{pki::CaName::auth, 1}, {200'000'000}};
  const auto ca = [&](const Instance& instance) {
    return pki::Certificate::decode(
               registry::find_issuer(instance.environment().read(), asked.issuer)->certificate)
        .value();
  };
  // What a client makes of the answer at `now`.
  const auto outcome_at = [&](Instance& instance, pki::Time now) {
    http::Router router;
    instance.services().mount_verifier(router);
    const pki::Certificate issuer = ca(instance);
    const pki::Bytes serial = pki::der::integer_content(asked.serial.value);
    const std::vector<pki::Bytes> ids{ocsp::make_cert_id(issuer, serial, pki::HashAlgorithm::sha1).value()};
    const pki::Bytes request = ocsp::make_request(ids, std::nullopt).value();
    const http::Response response = support::call_route(
        router, http::make_request(http::Method::get, ocsp::get_target("/ocsp/auth", request)));
    return ocsp::explain(request, bytes_of(response), issuer, now).outcome;
  };
  const auto status_of_list = [](Instance& instance, const std::string& name) {
    http::Router router;
    instance.services().mount_verifier(router);
    return support::call_route(router, http::make_request(http::Method::get, "/crl/auth-1/" + name)).status;
  };
  machine.clock.advance(kLeap);
  std::string name;
  {
    const auto instance = machine.open();
    REQUIRE(instance->writer()
                .execute({.actor = registry::Actor{.operator_name = "test"},
                          .action = "false",
                          .run =
                              [&](store::CommandContext& context) {
                                registry::record_issue(context.transaction, instance->vault(),
                                                       {.id = asked,
                                                        .kind = pki::CertificateKind::auth,
                                                        .resident = registry::make_resident_id(1'000'000'001),
                                                        .point = {132217},
                                                        .not_before = kStart,
                                                        .not_after = kStart + 2 * kLeap,
                                                        .der = {0x30, 0x00}},
                                                       context.now);
                                return pki::Result<void>{};
                              }})
                .has_value());
    Machine::publish(*instance);
    const auto wrong =
        registry::current_crl(instance->environment().read(), kWhole, registry::CrlKind::complete).value();
    name = "full-" + std::to_string(wrong.number) + ".crl";
    CHECK(status_of_list(*instance, name) == 200);
    for (int i = 0; i < 2; ++i)
      CHECK(outcome_at(*instance, kStart + kLeap) == ocsp::QueryVerdict::good);
    CHECK(instance->services().ocsp().counters().cached_answers == 1);
    CHECK(outcome_at(*instance, kStart + 25h) == ocsp::QueryVerdict::not_verified);
  }
  machine.clock.set(kStart + 25h);
  REQUIRE(machine.repair().has_value());
  const auto instance = machine.open();
  CHECK(outcome_at(*instance, kStart + 25h) == ocsp::QueryVerdict::good);
  CHECK(status_of_list(*instance, name) == 503);
  CHECK(status_of_list(*instance, "full.crl") == 200);
}

// RFC 6960 section 3.2: a client believes an answer only when the responder's certificate is valid now.
TEST_CASE("a repair names the responders that were made in the false time, and replaces them") {
  Machine machine;
  const auto responder = [&](const Instance& instance, pki::CaName ca) {
    const auto record = registry::find_responder(instance.environment().read(), {ca, 1}).value();
    return pki::Certificate::decode(record.certificate).value();
  };
  machine.clock.advance(kLeap);
  {
    // The responders of the ceremony have ended by then.
    const auto instance = machine.open();
    REQUIRE(Machine::write(*instance, "false").has_value());
    CHECK(responder(*instance, pki::CaName::auth).not_before() == kStart + kLeap);
  }
  machine.clock.set(kStart + 25h);
  const FalseTime found = machine.repair().value();
  REQUIRE(found.certificates.size() == 3);
  CHECK(found.certificates[0].starts_with("responder sign-1/"));
  CHECK(found.certificates[1].starts_with("responder auth-1/"));
  CHECK(found.certificates[2].starts_with("HTTPS listener "));
  const auto instance = machine.open();
  for (const pki::CaName ca : {pki::CaName::sign, pki::CaName::auth})
    CHECK(responder(*instance, ca).not_before() == kStart + 25h);
}

// A machine that starts without a clock of its own: its store seems to be written in a false future.
TEST_CASE("a clock that lies before the authority's own certificates repairs nothing") {
  Machine machine;
  {
    const auto instance = machine.open();
    REQUIRE(Machine::write(*instance, "right").has_value());
  }
  machine.clock.set(pki::from_unix(86'400));
  const auto refused = machine.repair();
  REQUIRE(refused.has_error());
  CHECK(refused.error().text().find("correct the clock first") != std::string::npos);
  machine.clock.set(kStart + 1h);
  CHECK(Machine::write(*machine.open(), "right again").has_value());
}

// The clock went ten days ahead, came back to four, and is believed to be right.
TEST_CASE("a repair believes no clock that another one contradicts") {
  Machine machine;
  machine.clock.advance(std::chrono::days{10});
  REQUIRE(Machine::write(*machine.open(), "false").has_value());
  machine.clock.set(kStart + std::chrono::days{4});
  const pki::Time true_time = kStart + 1h;
  const auto refused = machine.repair(true_time);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
  CHECK(refused.error().text().find("Correct the clock first") != std::string::npos);
  // Nothing was changed: what was recorded in the four days that have not come would count as right.
  CHECK(last_write_of(*open_store(machine.data, machine.config.map_bytes).value()) ==
        kStart + std::chrono::days{10});
  machine.clock.set(true_time);
  CHECK(machine.repair(true_time - machine.config.clock.max_step - 1s).has_error());
  CHECK(machine.repair(true_time + machine.config.clock.max_step + 1s).has_error());
  CHECK(machine.repair(true_time + machine.config.clock.max_step).has_value());
  CHECK(Machine::write(*machine.open(), "right again").has_value());
}

TEST_CASE("the plan of a repair finds what the repair finds, and changes nothing") {
  Machine machine;
  machine.clock.advance(kLeap);
  {
    const auto instance = machine.open();
    REQUIRE(Machine::write(*instance, "false").has_value());
    Machine::publish(*instance);
  }
  machine.clock.set(kStart + 1h);
  const auto plan = [&] { return plan_clock_repair(machine.data, machine.config, machine.clock.now()); };
  const FalseTime planned = plan().value();
  CHECK(plan().value().last_write == kStart + kLeap);
  const FalseTime found = machine.repair().value();
  CHECK(planned.last_write == found.last_write);
  CHECK(planned.entries.size() == found.entries.size());
  CHECK(planned.lists.size() == found.lists.size());
  CHECK(planned.certificates == found.certificates);
  CHECK(plan().error().code == pki::Errc::conflict);
}

TEST_CASE("a store that is not ahead of the clock is not repaired") {
  Machine machine;
  machine.clock.advance(1h);
  const auto refused = machine.repair();
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::conflict);
}

}  // namespace service
