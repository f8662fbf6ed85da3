// Counts of a machine that does not lead come into the ledger once, whatever fails between.

#include "service/inbox.h"

#include "registry/actor.h"
#include "registry/inbox.h"
#include "registry/schema.h"
#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"
#include "verifier/ledger.h"
#include "verifier/verifiers.h"

namespace service {

namespace {

using store::testing::Failure;
using store::testing::FakeEngine;
using store::testing::FakeLog;
using store::testing::LogMachine;

// A leader, and the outbox of another machine.
struct World {
  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = store::testing::anchor_of_tests()}};
  FakeLog rows{engine}, inbox{engine}, outbox_log{engine};
  LogMachine leader{"a", rows};
  verifier::LedgerCounters counters;
  Outbox outbox{outbox_log, "b", counters, leader.clock};

  World() {
    REQUIRE(leader.begin(engine.identity).has_value());
    REQUIRE(leader.lead().has_value());
  }
  verifier::LedgerKey key() const {
    verifier::LedgerKey key = verifier::ledger_key(std::nullopt, leader.clock.now());
    key.answer = verifier::LedgerAnswer::good;
    return key;
  }
  void count(std::uint64_t number) { counters.count(0, key(), number); }
  pki::Result<void> merge() {
    return merge_inbox(inbox, {*leader.environment, *leader.writer, leader.clock});
  }
  std::uint64_t on_record() const {
    const pki::Date day = verifier::date_of(key().day);
    std::uint64_t sum = 0;
    const auto snapshot = leader.environment->read();
    for (auto rows_of = verifier::ledger_rows(snapshot, day, day); rows_of.valid(); rows_of.next())
      sum += rows_of.row().count;
    return sum;
  }
};

}  // namespace

TEST_CASE("what another machine has answered is in the ledger, once") {
  World world;
  world.count(3);
  REQUIRE(world.outbox.send().has_value());
  REQUIRE(world.outbox.send().has_value());
  REQUIRE(world.merge().has_value());
  REQUIRE(world.merge().has_value());
  CHECK(world.on_record() == 3);
  world.count(4);
  REQUIRE(world.outbox.send().has_value());
  REQUIRE(world.merge().has_value());
  CHECK(world.on_record() == 7);
}

TEST_CASE("a count that may have been sent is sent again under its number, and counts once") {
  for (const Failure failure : {Failure::before, Failure::after}) {
    World world;
    world.count(1);
    REQUIRE(world.outbox.send().has_value());
    world.outbox_log.fail_at(1, failure);
    world.count(5);
    CHECK(world.outbox.send().has_error());
    REQUIRE(world.merge().has_value());
    REQUIRE(world.outbox.send().has_value());
    REQUIRE(world.merge().has_value());
    CHECK(world.on_record() == 6);
  }
}

TEST_CASE("what is on record and was not forgotten is not counted again, by no leader") {
  World world;
  world.count(2);
  REQUIRE(world.outbox.send().has_value());
  world.inbox.fail_at(2, Failure::before);
  CHECK(world.merge().has_error());
  CHECK(world.on_record() == 2);
  LogMachine next("c", world.inbox);
  REQUIRE(next.begin(world.engine.identity).has_value());
  REQUIRE(next.lead().has_value());
  REQUIRE(merge_inbox(world.inbox, {*next.environment, *next.writer, next.clock}).has_value());
  CHECK(registry::last_message(next.environment->read(), "b") > 0);
  CHECK(next.digest() == world.leader.digest());
}

TEST_CASE("a machine that starts again goes on with greater numbers, though its clock went back") {
  World world;
  world.count(1);
  REQUIRE(world.outbox.send().has_value());
  REQUIRE(world.merge().has_value());
  world.leader.clock.advance(pki::Seconds{-60});
  Outbox again(world.outbox_log, "b", world.counters, world.leader.clock);
  world.count(1);
  REQUIRE(again.send().has_value());
  world.leader.clock.advance(pki::Seconds{60});
  REQUIRE(world.merge().has_value());
  CHECK(world.on_record() == 2);
}

TEST_CASE("an entry that says nothing is left out and named, and keeps no other from the ledger") {
  World world;
  REQUIRE(world.outbox_log.send({.machine = "a-view", .sequence = 9, .body = pki::Bytes(32, 1)}).has_value());
  REQUIRE(
      world.outbox_log.send({.machine = "a-view", .sequence = 10, .body = pki::Bytes(33, 0xFF)}).has_value());
  world.count(3);
  REQUIRE(world.outbox.send().has_value());
  const auto merged = world.merge();
  REQUIRE(merged.has_error());
  CHECK(merged.error().text().find("a-view") != std::string::npos);
  CHECK(world.on_record() == 3);
  CHECK(world.merge().has_value());
  // That they were there is on record.
  const auto snapshot = world.leader.environment->read();
  std::size_t left_out = 0;
  for (std::uint64_t i = 1; i <= store::read_audit_head(snapshot).sequence; ++i)
    if (store::find_audit_entry(snapshot, i)->action == "leave out a message of a machine") ++left_out;
  CHECK(left_out == 2);
}

TEST_CASE(
    "what the owner of the tables has done is in the audit log, once, and nothing else can be put there") {
  World world;
  const auto last_entry = [&] {
    const auto snapshot = world.leader.environment->read();
    return store::find_audit_entry(snapshot, store::read_audit_head(snapshot).sequence).value();
  };
  REQUIRE(send_note(world.outbox_log, {.action = "cluster trim", .subjects = {"before 2026-11-01"}},
                    world.leader.clock)
              .has_value());
  REQUIRE(
      send_note(world.outbox_log, {.action = "cluster forget", .subjects = {"machine b"}}, world.leader.clock)
          .has_value());
  REQUIRE(world.merge().has_value());
  REQUIRE(world.merge().has_value());
  CHECK(last_entry().action == "cluster forget");
  CHECK(last_entry().subjects == std::vector<std::string>{"machine b"});
  const std::uint64_t entries = store::read_audit_head(world.leader.environment->read()).sequence;
  REQUIRE(send_note(world.outbox_log, {.action = "event death", .subjects = {"resident 10000000018"}},
                    world.leader.clock)
              .has_value());
  CHECK(world.merge().has_error());
  CHECK(last_entry().action == "leave out a message of a machine");
  CHECK(store::read_audit_head(world.leader.environment->read()).sequence == entries + 1);
}

TEST_CASE("a machine or a view that says that the log was trimmed is left out") {
  World world;
  REQUIRE(send_note(world.outbox_log, {.action = "cluster trim", .subjects = {"before 2026-11-01"}},
                    world.leader.clock)
              .has_value());
  const pki::Bytes body = world.engine.inbox.begin()->second;
  world.engine.inbox.clear();
  REQUIRE(world.outbox_log.send({.machine = "edge-1", .sequence = 1, .body = body}).has_value());
  CHECK(world.merge().has_error());
  const auto snapshot = world.leader.environment->read();
  const auto entry = store::find_audit_entry(snapshot, store::read_audit_head(snapshot).sequence).value();
  CHECK(entry.action == "leave out a message of a machine");
}

TEST_CASE(
    "a refusal of another machine is in the audit log once, with its machine, and repetitions are counted") {
  World world;
  std::uint64_t id = 0;
  REQUIRE(world.leader.writer
              ->execute({.actor = registry::system_actor(),
                         .action = "verifier add",
                         .run = [&](store::CommandContext& context) -> pki::Result<void> {
                           verifier::Verifier bank;
                           bank.name = "bank";
                           id = verifier::put_verifier(context.transaction, bank);
                           return {};
                         }})
              .has_value());
  const ocsp::Refusal refusal{.requester = {.verifier = id, .credential = pki::SerialNumber{9}},
                              .kind = ocsp::RefusalKind::repeated_nonce};
  for (int time = 0; time < 3; ++time)
    world.outbox.note(refusal);
  world.outbox.note({.requester = {.verifier = id}, .kind = ocsp::RefusalKind::missing_nonce});
  // Of no verifier that there is.
  world.outbox.note({.requester = {.verifier = id + 1}, .kind = ocsp::RefusalKind::missing_nonce});
  REQUIRE(world.outbox.send().has_value());
  const std::uint64_t before = store::read_audit_head(world.leader.environment->read()).sequence;
  CHECK(world.merge().has_error());
  REQUIRE(world.merge().has_value());
  const auto snapshot = world.leader.environment->read();
  REQUIRE(store::read_audit_head(snapshot).sequence == before + 3);
  const auto entry = [&](std::uint64_t number) {
    return store::find_audit_entry(snapshot, before + number).value();
  };
  const std::string verifier = "verifier " + std::to_string(id);
  CHECK(entry(1).action == "ocsp refusal: repeated nonce");
  CHECK(entry(1).subjects == std::vector<std::string>{verifier, "credential 9", "machine b"});
  CHECK(entry(2).action == "ocsp refusal: missing nonce");
  CHECK(entry(2).subjects == std::vector<std::string>{verifier, "refusals left out 2", "machine b"});
  CHECK(entry(3).action == "leave out a message of a machine");
}

TEST_CASE("counts of a day that has not begun here are counted today") {
  World world;
  verifier::LedgerKey key = world.key();
  key.day += 40;
  world.counters.count(0, key, 2);
  REQUIRE(world.outbox.send().has_value());
  REQUIRE(world.merge().has_value());
  CHECK(world.on_record() == 2);
}

}  // namespace service
