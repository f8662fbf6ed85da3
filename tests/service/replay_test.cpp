// What a restored store is told about the serials that the lost one may have given.

#include "service/replay.h"

#include "registry/issuers.h"
#include "registry/lost.h"
#include "registry/operators.h"
#include "registry/requests.h"
#include "registry/serials.h"
#include "tests/registry/store.h"

namespace service {

namespace {

using registry::testing::kAuth;
using registry::testing::kSign;

constexpr std::uint64_t kBlock = 64;

class World {
 public:
  World() {
    store.write([](store::WriteTransaction& transaction) {
      for (const registry::IssuerId id : {kSign, kAuth})
        registry::put_issuer(transaction, {.id = id,
                                           .certificate = {0x30, 0x00},
                                           .key_file = "k",
                                           .public_url = "http://x",
                                           .compromise = {}});
      registry::skip_serials(transaction, kSign.ca, 1000);
    });
  }
  // Reserves a block and issues so many certificates from it.
  void issue_from_block(registry::BlockOrder order, std::uint64_t count) {
    const auto first = registry::reserve_block(*store.writer, kSign.ca, kBlock, order).value();
    for (std::uint64_t i = 0; i < count; ++i)
      store.issue(first.value + i);
  }
  // This store as the backup, with the mark of the lost one.
  ReplayReport restore(const HighWater& lost, const crl::ListEvidence& evidence = {},
                       const PresentStore* present = nullptr) {
    const std::optional<HighWater> mark = lost;
    ReplayReport report;
    store.write([&](store::WriteTransaction& transaction) {
      report = replay(transaction, {.evidence = evidence,
                                    .mark = mark,
                                    .present = present,
                                    .now = store.clock.now(),
                                    .actor = store.actor,
                                    .backup = "test"})
                   .value();
    });
    return report;
  }
  // Why it is refused; nothing of it is kept.
  std::string refusal(const HighWater& lost) {
    const std::optional<HighWater> mark = lost;
    auto transaction = store::begin_exclusive_write(*store.environment);
    const crl::ListEvidence evidence;
    const auto report = replay(transaction, {.evidence = evidence,
                                             .mark = mark,
                                             .now = store.clock.now(),
                                             .actor = store.actor,
                                             .backup = "test"});
    return report.has_error() ? report.error().text() : "";
  }
  HighWater mark() { return high_water_of(store.read()); }
  bool is_held(std::uint64_t serial) {
    const auto status = registry::find_status(store.read(), {kSign, {serial}});
    return status && status->revocation && status->revocation->is_hold();
  }

  registry::testing::Store store;
};

}  // namespace

TEST_CASE("what was left of the block in use at the backup may have been given, and is held") {
  World world;
  world.issue_from_block(registry::BlockOrder::first_of_process, 10);
  // The lost store went on with the block: its mark has not risen.
  const ReplayReport report = world.restore(world.mark());
  CHECK(report.lost_presumed == kBlock - 10);
  CHECK_FALSE(world.is_held(1010));
  CHECK(world.is_held(1011));
  CHECK(world.is_held(1064));
  CHECK_FALSE(world.is_held(1065));
  CHECK(report.next_serial.at(kSign.ca) == 1064 + kSkip + 1);
}

TEST_CASE("what processes before the last one left over was never given, and is on no list") {
  World world;
  world.issue_from_block(registry::BlockOrder::first_of_process, 10);
  // A certificate out of the middle of the block was abandoned, and the block was followed by another.
  world.issue_from_block(registry::BlockOrder::first_of_process, 5);
  world.issue_from_block(registry::BlockOrder::further, 1);
  CHECK(world.restore(world.mark()).lost_presumed == kBlock - 5 + kBlock - 1);
  CHECK_FALSE(world.is_held(1011));
  CHECK(world.is_held(1070));
  // What the restore itself has skipped is not open.
  CHECK(world.restore(world.mark()).lost_presumed == 0);
}

TEST_CASE("of a store of an earlier version the last two blocks count as open") {
  World world;
  world.issue_from_block(registry::BlockOrder::further, 64);
  world.issue_from_block(registry::BlockOrder::further, 64);
  world.issue_from_block(registry::BlockOrder::further, 1);
  CHECK(world.restore(world.mark()).lost_presumed == 63);
}

TEST_CASE("serials beyond the backup's counter and up to the lost store's are held as well") {
  World world;
  world.store.write([](store::WriteTransaction& transaction) {
    registry::set_first_open_serial(transaction, kSign.ca, 1001);
  });
  HighWater lost = world.mark();
  lost.serials[kSign.ca] = 1064;
  CHECK(world.restore(lost).lost_presumed == 64);
  CHECK(world.is_held(1001));
}

// Otherwise a second restore would put 2^24 serials of each CA on its lists.
TEST_CASE("what an earlier restore has skipped is not presumed lost by the next one") {
  World lost;
  lost.store.write([](store::WriteTransaction& transaction) {
    registry::set_first_open_serial(transaction, kSign.ca, 1001);
  });
  HighWater first = lost.mark();
  first.serials[kSign.ca] = 1010;
  CHECK(lost.restore(first).lost_presumed == 10);
  const std::uint64_t next = 1010 + kSkip + 1;
  lost.issue_from_block(registry::BlockOrder::first_of_process, 3);
  // The same backup again, with the mark of the store that the first restore has made.
  World backup;
  backup.store.write([](store::WriteTransaction& transaction) {
    registry::set_first_open_serial(transaction, kSign.ca, 1001);
  });
  const ReplayReport second = backup.restore(decode_high_water(encode(lost.mark())).value());
  CHECK(second.lost_presumed == 10 + kBlock);
  CHECK(backup.is_held(1010));
  CHECK_FALSE(backup.is_held(1011));
  CHECK(backup.is_held(next));
  CHECK(second.next_serial.at(kSign.ca) == next + kBlock + kSkip);
  // And the third knows of both.
  CHECK(backup.mark().skipped.at(kSign.ca).size() == 2);
}

TEST_CASE("more lost serials than can be meant are refused") {
  World world;
  HighWater lost = world.mark();
  lost.serials[kSign.ca] = 1000 + kMostLost + 1;
  CHECK(world.refusal(lost).find("--many-lost") != std::string::npos);
  lost.serials[kSign.ca] = 1000;
  CHECK(world.refusal(lost) == "");
}

TEST_CASE("a compromise is recorded again with the date that a list shows, else with that of the mark") {
  World world;
  const pki::Time listed = world.store.clock.now() - pki::Seconds{3600}, marked = listed + pki::Seconds{7};
  crl::ListEvidence evidence;
  evidence.compromised[kSign] = listed;
  HighWater lost = world.mark();
  lost.compromised[kSign] = marked;
  lost.compromised[kAuth] = marked;
  CHECK(world.restore(lost, evidence).compromised == 2);
  CHECK(registry::find_issuer(world.store.read(), kSign)->compromise->recorded_at == listed);
  CHECK(registry::find_issuer(world.store.read(), kAuth)->compromise->recorded_at == marked);
}

// Whatever is stricter: it never opens anything.
TEST_CASE("an officer who was disabled since the backup stays so, where the present store can be read") {
  World lost, backup;
  for (World* world : {&lost, &backup})
    world->store.write([&](store::WriteTransaction& transaction) {
      for (const char* const name : {"akiko", "aiko"})
        registry::put_operator(transaction,
                               {.name = name,
                                .grants = {{registry::Role::officer, {}}},
                                .is_enabled = world == &backup || name != std::string_view("akiko"),
                                .added_at = world->store.clock.now()});
    });
  const PresentStore present = look_at_present_store(lost.store.read());
  const ReplayReport report = backup.restore(backup.mark(), {}, &present);
  CHECK(report.stricter.operators == 1);
  CHECK(report.operators_kept == 1);
  CHECK_FALSE(registry::find_operator(backup.store.read(), "akiko")->is_enabled);
  CHECK(registry::find_operator(backup.store.read(), "aiko")->is_enabled);
}

TEST_CASE("operators of a backup are disabled but officers and supervisors, and what waited is rejected") {
  World world;
  world.store.write([&](store::WriteTransaction& transaction) {
    for (const auto& [name, role] :
         {std::pair{"akiko", registry::Role::officer}, std::pair{"saburo", registry::Role::supervisor},
          std::pair{"desk", registry::Role::call_centre}})
      registry::put_operator(transaction,
                             {.name = name, .grants = {{role, {}}}, .added_at = world.store.clock.now()});
    const registry::ConfirmationRequest request{.action = "approve-verifiers",
                                                .method = "POST",
                                                .target = "/v1/verifiers/1/approve",
                                                .body = "{}",
                                                .requester = world.store.actor,
                                                .requested_at = world.store.clock.now()};
    registry::add_request(transaction, request);
    registry::ConfirmationRequest suspicion = request;
    suspicion.suspected = kSign;
    registry::add_request(transaction, suspicion);
  });
  const ReplayReport report = world.restore(world.mark());
  CHECK(report.operators_barred == 1);
  CHECK(report.operators_kept == 2);
  CHECK_FALSE(registry::find_operator(world.store.read(), "desk")->is_enabled);
  CHECK(registry::find_operator(world.store.read(), "akiko")->is_enabled);
  CHECK(report.requests_rejected == 1);
  CHECK(registry::find_request(world.store.read(), 1)->state == registry::RequestState::rejected);
  // A key that is suspected stays so.
  CHECK(registry::find_request(world.store.read(), 2)->state == registry::RequestState::waiting);
  CHECK(registry::is_suspected(world.store.read(), kSign, world.store.clock.now()));
}

}  // namespace service
