// Issuing and events through the product's own classes, durable, and the bare signatures beside them.

#include <atomic>
#include <condition_variable>
#include <thread>

#include "cli/command.h"
#include "law/lifecycle.h"
#include "pki/certification_request.h"
#include "pki/hash.h"
#include "pki/key_pool.h"
#include "pki/signer.h"
#include "registry/actor.h"
#include "service/init.h"
#include "service/instance.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

constexpr std::uint32_t kNew = 131121;

registry::ResidentId resident_id(std::uint64_t number) {
  return registry::make_resident_id(2'000'000'000 + number);
}

std::unique_ptr<service::Instance> open_instance(const Options& options, const pki::Clock& clock) {
  const service::DataFolder data{options.text("data")};
  const service::Config config = service::parse_config("", "defaults").value();
  const auto keys = pki::PrivateKey::all_from_pem(pki::builtin_authority_keys()).value();
  std::size_t used = 0;
  const ca::KeySource make_key = [&](std::string_view, pki::KeyAlgorithm algorithm) {
    if (algorithm == pki::KeyAlgorithm::rsa_2048) return keys.at(used++ % keys.size());
    pki::Rng rng = pki::Rng::system();
    return pki::PrivateKey::generate(algorithm, rng);
  };
  auto environment = service::initialise({.data = data,
                                          .config = config,
                                          .durability = store::Durability::full,
                                          .make_key = make_key,
                                          .key_heading = "# published test key\n"},
                                         clock)
                         .value();
  return service::Instance::open({.data = data,
                                  .config = config,
                                  .durability = store::Durability::full,
                                  .on_error = {},
                                  .make_key = make_key},
                                 clock, std::move(environment))
      .value();
}

// Calls `work` with 0 … count - 1 from `threads` threads; gives the rate.
double rate_of(std::uint64_t count, std::uint64_t threads, const std::function<void(std::uint64_t)>& work) {
  std::atomic<std::uint64_t> next = 0;
  const Stopwatch watch;
  {
    std::vector<std::jthread> running;
    for (std::uint64_t i = 0; i < threads; ++i)
      running.emplace_back([&] {
        for (std::uint64_t n = next++; n < count; n = next++)
          work(n);
      });
  }
  return static_cast<double>(count) / watch.seconds();
}

// One resident's pair, the authentication certificate first as the law wants it.
void issue_pair(service::Instance& instance, const registry::Resident& resident,
                const pki::Bytes& certification_request) {
  for (const auto kind : {pki::CertificateKind::auth, pki::CertificateKind::sign})
    instance.issuance()
        .issue({.resident = resident.id,
                .kind = kind,
                .certification_request = certification_request,
                .actor = registry::Actor{.operator_name = "bench",
                                         .role = registry::Role::municipality,
                                         .municipality = resident.municipality},
                .name_substitute = {},
                .address_substitute = {}})
        .value();
}

// Every resident moves; all events are submitted at once, as a feed does. Gives durable events a second.
double move_all(service::Instance& instance, const std::vector<registry::Resident>& residents) {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t done = 0;
  std::string fault;
  const Stopwatch watch;
  for (const registry::Resident& resident : residents) {
    const law::EventRequest request{
        .resident = resident.id,
        .details = law::AddressChange{.address = "東京都世田谷区計測町一番", .municipality = kNew}};
    instance.writer().submit(
        {.actor = registry::Actor{.operator_name = "bench"},
         .action = "event address-change",
         .run = [&instance, request](store::CommandContext& context) -> pki::Result<void> {
           TRY(law::record_event(context, instance.vault(), request, law::RegisterPolicy{}));
           return {};
         }},
        [&](pki::Result<void> result) {
          const std::lock_guard lock(mutex);
          if (result.has_error()) fault = result.error().text();
          ++done;
          changed.notify_one();
        });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done == residents.size(); });
  if (!fault.empty()) throw std::runtime_error(fault);
  return static_cast<double>(residents.size()) / watch.seconds();
}

}  // namespace

// --data DIR [--residents N] [--rounds N] [--threads N]: one line for each figure and round.
int issue(const Options& options) {
  const service::SystemClock clock;
  const auto instance = open_instance(options, clock);
  const auto keys = pki::PrivateKey::all_from_pem(pki::builtin_key_pool()).value();
  std::vector<pki::Bytes> certification_requests;
  for (std::size_t i = 0; i < 64; ++i)
    certification_requests.push_back(pki::make_certification_request(keys.at(i % keys.size())));
  // The limit is one bare signature: the program's own signer verifies each.
  const auto& record = instance->authority().current(pki::CaName::sign).record();
  const auto key = ca::KeyFolder(service::DataFolder(options.text("data")).keys()).load(record.key_file);
  const auto bare_signer = pki::make_openssl_signer(key.value());
  const pki::Signer& signer = *bare_signer;
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, {});
  const std::uint64_t count = options.number("residents", 500), threads = options.number("threads", 64);

  for (std::uint64_t round = 0; round < options.number("rounds", 3); ++round) {
    std::vector<registry::Resident> residents;
    for (std::uint64_t i = 0; i < count; ++i)
      residents.push_back(make_resident(resident_id(round * count + i), round * count + i));
    instance->writer()
        .execute({.actor = registry::Actor{.operator_name = "bench"},
                  .action = "resident add",
                  .run = [&](store::CommandContext& context) -> pki::Result<void> {
                    for (const auto& resident : residents)
                      registry::put_resident(context.transaction, instance->vault(), resident);
                    return {};
                  }})
        .value();
    report("issue_rate", 2 * rate_of(count, threads, [&](std::uint64_t n) {
                           issue_pair(*instance, residents[n],
                                      certification_requests[n % certification_requests.size()]);
                         }));
    report("raw_rate", rate_of(4 * count, threads, [&](std::uint64_t) {
             [[maybe_unused]] const pki::Bytes signature = signer.sign(digest);
           }));
    report("event_rate", move_all(*instance, residents));
  }
  return 0;
}

}  // namespace bench
