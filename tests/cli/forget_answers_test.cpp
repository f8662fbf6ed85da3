// The service itself forgets answers to repeated requests when their day is over.

#include <doctest/doctest.h>

#include <thread>

#include "registry/actor.h"
#include "service/init.h"
#include "service/instance.h"
#include "store/idempotency.h"
#include "tests/support/authority_world.h"

namespace cli {

namespace {

using namespace std::chrono_literals;

std::unique_ptr<service::Instance> open_instance(const service::DataFolder& data, const pki::Clock& clock) {
  const service::Config config = service::parse_config("[crl]\nscopes = \"used\"\n", "test").value();
  std::size_t next_key = 0;
  const ca::KeySource make_key = [&](std::string_view, pki::KeyAlgorithm algorithm) {
    if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(next_key++);
    pki::Rng rng = pki::Rng::seeded(1).derive("key", std::to_string(next_key++));
    return pki::PrivateKey::generate(algorithm, rng);
  };
  auto environment = service::initialise({.data = data,
                                          .config = config,
                                          .durability = store::Durability::temporary,
                                          .make_key = make_key,
                                          .key_heading = {}},
                                         clock)
                         .value();
  return service::Instance::open({.data = data,
                                  .config = config,
                                  .durability = store::Durability::temporary,
                                  .on_error = {},
                                  .make_key = make_key},
                                 clock, std::move(environment))
      .value();
}

}  // namespace

TEST_CASE("an answer is forgotten by the service a day after it was given, and not before") {
  const support::TemporaryFolder folder;
  support::SettableClock clock;
  const auto instance = open_instance({folder.path() / "data"}, clock);
  const auto remember = [&](const char* key) {
    REQUIRE(instance->writer()
                .execute({.actor = support::with_role(registry::Role::officer),
                          .action = "test",
                          .run =
                              [&](store::CommandContext& context) {
                                store::remember_answer(
                                    context.transaction, instance->vault(), "uid 7", key,
                                    {.request_hash = {1}, .body = "{}", .recorded_at = context.now});
                                return pki::Result<void>{};
                              }})
                .has_value());
  };
  const auto is_known = [&](const char* key) {
    return store::find_answer(instance->environment().read(), instance->vault(), "uid 7", key).has_value();
  };
  remember("old");
  clock.advance(23h);
  remember("new");
  clock.advance(1h + 1s);
  instance->start_background();
  for (int i = 0; i < 600 && is_known("old"); ++i)
    std::this_thread::sleep_for(50ms);
  CHECK_FALSE(is_known("old"));
  CHECK(is_known("new"));
  instance->stop_background();
}

}  // namespace cli
