// Group commit: one sync for many commands, each with its own fate.

#include "store/writer.h"

#include <future>
#include <mutex>

#include "registry/actor.h"
#include "store/audit.h"
#include "tests/registry/store.h"

namespace store::testing {

using namespace registry;
using namespace registry::testing;

namespace {

// Holds the writer inside a command until released, so that what is submitted meanwhile waits. Harmless when
// it is replayed.
class Gate {
 public:
  explicit Gate(Store& store) {
    const CommandFunction wait = [this](CommandContext&) {
      std::call_once(once_, [this] { entered_.set_value(); });
      open_.wait();
      return pki::Result<void>{};
    };
    store.writer->submit({.actor = store.actor, .action = "gate", .run = wait},
                         [this](pki::Result<void> result) { done_.set_value(std::move(result)); });
    entered_.get_future().wait();
  }
  void release() {
    released_.set_value();
    CHECK(done_.get_future().get().has_value());
  }

 private:
  std::once_flag once_;
  std::promise<void> entered_, released_;
  std::shared_future<void> open_{released_.get_future()};
  std::promise<pki::Result<void>> done_;
};

CommandFunction put_number(std::uint64_t number) {
  return [number](CommandContext& context) {
    context.transaction.put(registry::tables::due, Key().u64(number), Key().u64(number));
    return pki::Result<void>{};
  };
}

pki::Result<void> refuse(CommandContext&) {
  return pki::fail(pki::Errc::conflict, "refused");
}

std::vector<AuditEntry> audit_of(const Store& store) {
  std::vector<AuditEntry> entries;
  const auto transaction = store.read();
  for (auto rows = newest_audit_entry(transaction); rows.valid(); rows.previous())
    entries.push_back(rows.row());
  return entries;
}

}  // namespace

TEST_CASE("of commands that are committed together each has its own result") {
  Store store({.batch_time = 10s});
  Gate gate(store);
  std::vector<std::future<pki::Result<void>>> results;
  std::vector<std::shared_ptr<std::promise<pki::Result<void>>>> promises;
  std::vector<pki::Time> moments;
  for (std::uint64_t i = 0; i < 60; ++i) {
    const auto promise = promises.emplace_back(std::make_shared<std::promise<pki::Result<void>>>());
    results.push_back(promise->get_future());
    const CommandFunction accept = [&moments, i](CommandContext& context) {
      moments.push_back(context.now);
      return put_number(i)(context);
    };
    store.writer->submit(
        {.actor = store.actor, .action = "number", .run = i % 3 == 0 ? CommandFunction(refuse) : accept},
        [promise](pki::Result<void> result) { promise->set_value(std::move(result)); });
  }
  CHECK(store.writer->backlog() >= 60);
  store.clock.advance(1s);
  gate.release();
  for (std::uint64_t i = 0; i < 60; ++i) {
    CAPTURE(i);
    const auto result = results[i].get();
    CHECK(result.has_value() == (i % 3 != 0));
    if (result.has_error()) CHECK(result.error().code == pki::Errc::conflict);
    CHECK(store.read().get(registry::tables::due, Key().u64(i)).has_value() == (i % 3 != 0));
  }
  // One batch, one moment of recording: that at which the gate opened it.
  CHECK(moments == std::vector<pki::Time>(40, support::kStart));
  // The gate and the forty; a refusal leaves no entry.
  CHECK(audit_of(store).size() == 41);
}

TEST_CASE("a refusal writes nothing at all") {
  Store store;
  store.issue(1);
  const auto before = store.dump();
  const auto result = store.execute(refuse);
  REQUIRE(result.has_error());
  CHECK(result.error().text() == "refused");
  CHECK(store.dump() == before);
}

TEST_CASE("an exception in one command harms no other of its batch") {
  Store store({.batch_time = 10s});
  Gate gate(store);
  std::vector<std::future<pki::Result<void>>> results;
  for (std::uint64_t i = 0; i < 10; ++i) {
    auto promise = std::make_shared<std::promise<pki::Result<void>>>();
    results.push_back(promise->get_future());
    const CommandFunction run = [i](CommandContext& context) -> pki::Result<void> {
      context.transaction.put(registry::tables::due, Key().u64(i), Key().u64(i));
      if (i == 4) throw std::runtime_error("a fault of ours");
      return {};
    };
    store.writer->submit({.actor = store.actor, .action = "number", .run = run},
                         [promise](pki::Result<void> result) { promise->set_value(std::move(result)); });
  }
  gate.release();
  for (std::uint64_t i = 0; i < 10; ++i) {
    CAPTURE(i);
    const auto result = results[i].get();
    CHECK(result.has_value() == (i != 4));
    if (i == 4) CHECK(result.error().code == pki::Errc::internal);
    CHECK(store.read().get(registry::tables::due, Key().u64(i)).has_value() == (i != 4));
  }
  CHECK(verify_audit(store.read()).value() == 10);
}

TEST_CASE("a clock that runs back is refused until it is right again") {
  Store store;
  store.write([](WriteTransaction& transaction) {
    transaction.put(registry::tables::due, Key().u64(1), Key().u64(1));
  });
  const auto before = store.dump();
  store.clock.advance(-1s);
  const auto refused = store.execute(put_number(2));
  REQUIRE(refused.has_error());
  CHECK(refused.error().text().find("correct the clock") != std::string::npos);
  CHECK(store.writer->fault().has_value());
  CHECK(store.dump() == before);
  store.clock.advance(1s);
  CHECK(store.execute(put_number(3)).has_value());
  CHECK_FALSE(store.writer->fault().has_value());
}

TEST_CASE("a clock that ran back is noticed after a restart as well") {
  Store store;
  store.issue(1);
  store.writer.reset();
  store.clock.advance(-3600s);
  store.writer = std::make_unique<Writer>(*store.environment, store.clock);
  CHECK(store.execute(put_number(2)).has_error());
}

TEST_CASE("a full queue gives too_busy, and what it holds is done") {
  Store store({.queue_length = 2});
  Gate gate(store);
  std::vector<std::future<pki::Result<void>>> results;
  for (std::uint64_t i = 0; i < 3; ++i) {
    auto promise = std::make_shared<std::promise<pki::Result<void>>>();
    results.push_back(promise->get_future());
    store.writer->submit({.actor = store.actor, .action = "number", .run = put_number(i)},
                         [promise](pki::Result<void> result) { promise->set_value(std::move(result)); });
  }
  const auto third = results[2].get();
  REQUIRE(third.has_error());
  CHECK(third.error().code == pki::Errc::too_busy);
  gate.release();
  CHECK(results[0].get().has_value());
  CHECK(results[1].get().has_value());
}

TEST_CASE("the end of the writer finishes what is queued") {
  Store store;
  std::atomic<int> done = 0;
  for (std::uint64_t i = 0; i < 200; ++i)
    store.writer->submit({.actor = store.actor, .action = "number", .run = put_number(i)},
                         [&](const pki::Result<void>& result) { done += result.has_value() ? 1 : 0; });
  store.writer.reset();
  CHECK(done == 200);
  CHECK(store.read().count(registry::tables::due) == 200);
}

TEST_CASE("a store that is full refuses before anything is acknowledged, and goes on when there is room") {
  Store store({}, std::size_t{2} << 20U);
  const pki::Bytes large(std::size_t{4} << 20U, 1);
  const auto before = store.dump();
  const auto refused = store.execute([&](CommandContext& context) {
    context.transaction.put(registry::tables::due, Key().u64(1), large);
    return pki::Result<void>{};
  });
  REQUIRE(refused.has_error());
  CHECK(refused.error().text().find("nothing was stored") != std::string::npos);
  CHECK(store.writer->fault().has_value());
  CHECK(store.dump() == before);
  CHECK(store.execute(put_number(2)).has_value());
  CHECK_FALSE(store.writer->fault().has_value());
}

TEST_CASE("every accepted command leaves an audit entry with operator, role, municipality and subjects") {
  Store store;
  const registry::Actor kiyose{
      .operator_name = "uid 7", .role = registry::Role::municipality, .municipality = 132217};
  REQUIRE(store.writer
              ->execute({.actor = kiyose,
                         .action = "event death",
                         .run =
                             [](CommandContext& context) {
                               context.subjects = {"resident 10000000007", "certificate sign-1/7"};
                               return pki::Result<void>{};
                             }})
              .has_value());
  const auto entries = audit_of(store);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].action == "event death");
  CHECK(entries[0].actor.operator_name == "uid 7");
  CHECK(registry::actor_of(entries[0].actor).role == registry::Role::municipality);
  CHECK(entries[0].actor.municipality == 132217);
  CHECK(entries[0].recorded_at == support::kStart);
  CHECK(entries[0].subjects == std::vector<std::string>{"resident 10000000007", "certificate sign-1/7"});
}

}  // namespace store::testing
