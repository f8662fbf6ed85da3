// The key ceremony is there as a whole or not at all; and who may look into its folder.

#include "service/init.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ca/key_access.h"
#include "service/instance.h"
#include "store/audit.h"
#include "tests/support/clock.h"
#include "tests/support/command.h"
#include "tests/support/soft_token.h"
#include "tests/support/test_keys.h"

namespace service {

namespace {

// Ready-made keys; `on_key` hears of the number of each.
ca::KeySource keys(std::function<void(std::size_t)> on_key = {}) {
  return [on_key, number = std::size_t{0}](std::string_view, pki::KeyAlgorithm algorithm) mutable {
    if (on_key) on_key(number);
    if (algorithm == pki::KeyAlgorithm::rsa_2048) return support::authority_keys().at(number++ % 8);
    pki::Rng rng = pki::Rng::system();
    return pki::PrivateKey::generate(algorithm, rng);
  };
}

InitRequest request_for(const DataFolder& data, ca::KeySource make_key) {
  Config config;
  config.map_bytes = std::uint64_t{1} << 30U;
  config.verifier_https = HttpsListening::off;
  return {.data = data,
          .config = config,
          .durability = store::Durability::temporary,
          .make_key = std::move(make_key),
          .key_heading = {}};
}

bool looks_untouched(const DataFolder& data) {
  return !std::filesystem::exists(data.config()) && !std::filesystem::exists(data.keys()) &&
         !std::filesystem::exists(data.store());
}

pki::Result<std::unique_ptr<Instance>> open_instance(const DataFolder& data, const pki::Clock& clock) {
  const InitRequest request = request_for(data, keys());
  TRY_ASSIGN(auto environment, open_store(data, request.config.map_bytes));
  return Instance::open(
      {.data = data, .config = request.config, .durability = request.durability, .make_key = keys()}, clock,
      std::move(environment));
}

}  // namespace

TEST_CASE("an init that was killed leaves nothing that looks finished, and is run again") {
  const support::TemporaryFolder folder;
  const support::SettableClock clock;
  const DataFolder data{folder.path() / "data"};
  const pid_t child = ::fork();
  if (child == 0) {
    static_cast<void>(initialise(request_for(data, keys([](std::size_t number) {
                                               if (number == 3) ::_exit(0);
                                             })),
                                 clock));
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  CHECK(looks_untouched(data));
  auto made = initialise(request_for(data, keys()), clock);
  REQUIRE(made.has_value());
  made->reset();
  CHECK(open_instance(data, clock).has_value());
  // Nothing is left of the broken ceremony.
  for (const auto& entry : std::filesystem::directory_iterator(data.root)) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    CHECK((name == "keys" || name == "store" || name == "jpki.toml" || name == "crl" ||
           name == "pinless-nonces" || name == "ceremony.txt"));
  }
}

TEST_CASE("a start makes no other index of residents where this build alone has written") {
  const support::TemporaryFolder folder;
  const support::SettableClock clock;
  const DataFolder data{folder.path() / "data"};
  REQUIRE(initialise(request_for(data, keys()), clock).has_value());
  for (int start = 0; start < 2; ++start) {
    const auto instance = open_instance(data, clock).value();
    REQUIRE(instance->writer()
                .execute({.actor = registry::system_actor(),
                          .action = "test",
                          .run = [](store::CommandContext&) { return pki::Result<void>{}; }})
                .has_value());
    const auto transaction = instance->environment().read();
    for (auto entries = store::newest_audit_entry(transaction); entries.valid(); entries.previous())
      CHECK(entries.row().action != "index of residents begins");
  }
}

TEST_CASE("an init that was killed between its moves is settled by the next") {
  // What a kill leaves: the first, or the first two, of keys, store and configuration have been moved.
  const auto killed_after = [](const DataFolder& data, std::size_t moves) {
    const DataFolder inside{data.root / ".init"};
    std::filesystem::create_directory(inside.root);
    std::filesystem::rename(data.config(), inside.config());
    if (moves < 2) std::filesystem::rename(data.store(), inside.store());
  };
  const support::SettableClock clock;
  for (const std::size_t moves : {1U, 2U}) {
    CAPTURE(moves);
    const support::TemporaryFolder folder;
    const DataFolder data{folder.path() / "data"};
    REQUIRE(initialise(request_for(data, keys()), clock).has_value());
    killed_after(data, moves);
    auto again = initialise(request_for(data, keys()), clock);
    CHECK(again.has_value() == (moves == 1));
    if (again.has_error()) CHECK(again.error().code == pki::Errc::already_exists);
    if (again.has_value()) again->reset();
    CHECK_FALSE(std::filesystem::exists(data.root / ".init"));
    CHECK(open_instance(data, clock).has_value());
  }
}

TEST_CASE("while a ceremony is held nothing is in its place, and another one is refused") {
  const support::TemporaryFolder folder;
  const support::SettableClock clock;
  const DataFolder data{folder.path() / "data"};
  std::size_t heard = 0;
  const auto made = initialise(request_for(data, keys([&](std::size_t) {
                                             ++heard;
                                             CHECK(looks_untouched(data));
                                             const auto other = initialise(request_for(data, keys()), clock);
                                             REQUIRE(other.has_error());
                                             CHECK(other.error().code == pki::Errc::conflict);
                                           })),
                               clock);
  CHECK(made.has_value());
  CHECK(heard > 0);
  CHECK(std::filesystem::exists(data.config()));
}

TEST_CASE("an init that fails leaves nothing, and a finished one is never overwritten") {
  const support::TemporaryFolder folder;
  const support::SettableClock clock;
  const DataFolder data{folder.path() / "data"};
  const auto fails = keys([](std::size_t number) {
    if (number == 2) throw std::runtime_error("no more keys");
  });
  CHECK_THROWS(static_cast<void>(initialise(request_for(data, fails), clock)));
  CHECK(looks_untouched(data));
  CHECK(std::filesystem::is_empty(data.root));
  CHECK(initialise(request_for(data, keys()), clock).has_value());
  const auto again = initialise(request_for(data, keys()), clock);
  REQUIRE(again.has_error());
  CHECK(again.error().code == pki::Errc::already_exists);
}

TEST_CASE("a ceremony on a token that is broken off leaves nothing there") {
  const support::SoftToken soft;
  const support::TemporaryFolder folder;
  const support::SettableClock clock;
  const auto access = std::make_shared<ca::KeyAccess>(
      [] { return pki::Result<pki::Secret>(pki::invalid("passphrase", "none")); },
      [] { return pki::Result<pki::Secret>(pki::Secret("1234")); });
  const DataFolder data{folder.path() / "data", access};
  InitRequest request = request_for(data, keys());
  request.keeping.token = soft.uri();
  request.config.profile.ca_key = pki::KeyAlgorithm::ecdsa_p256;
  request.config.profile.responder_key = pki::KeyAlgorithm::ecdsa_p256;
  // Another's key has the name of the last one that the ceremony makes.
  const auto token = access->token(soft.uri()).value();
  const pki::TokenKeyName other{"ca-ops-1", {1}};
  REQUIRE(token->generate(other, pki::KeyAlgorithm::ecdsa_p256).has_value());
  const auto refused = initialise(request, clock);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == pki::Errc::already_exists);
  CHECK(looks_untouched(data));
  REQUIRE(token->destroy(other).has_value());
  // The names of what it had made until then are free again.
  CHECK(initialise(request, clock).has_value());
}

TEST_CASE("without the sealing key a service starts, and its vault is locked") {
  const support::TemporaryFolder folder;
  const support::SettableClock clock;
  const DataFolder data{folder.path() / "data"};
  REQUIRE(initialise(request_for(data, keys()), clock).has_value());
  std::filesystem::rename(data.keys() / "registry.key", folder.path() / "registry.key");
  {
    const auto instance = open_instance(data, clock).value();
    REQUIRE(instance->vault().locked().has_value());
    CHECK(instance->vault().locked()->in(pki::Language::en).find("registry.key") != std::string::npos);
  }
  std::filesystem::rename(folder.path() / "registry.key", data.keys() / "registry.key");
  CHECK_FALSE(open_instance(data, clock).value()->vault().locked().has_value());
}

TEST_CASE("a folder that others can read is refused at start") {
  using std::filesystem::perms;
  const support::TemporaryFolder folder;
  const support::SettableClock clock;
  const DataFolder data{folder.path() / "data"};
  REQUIRE(initialise(request_for(data, keys()), clock).has_value());
  CHECK(open_instance(data, clock).has_value());
  for (const auto& path : {data.root, data.store(), data.keys()})
    for (const perms open : {perms::group_read, perms::others_exec}) {
      std::filesystem::permissions(path, open, std::filesystem::perm_options::add);
      const auto refused = open_instance(data, clock);
      REQUIRE(refused.has_error());
      CHECK(refused.error().code == pki::Errc::forbidden);
      CHECK(refused.error().text().find(path.string()) != std::string::npos);
      std::filesystem::permissions(path, open, std::filesystem::perm_options::remove);
    }
  CHECK(open_instance(data, clock).has_value());
}

}  // namespace service
