// Random machines on one log, with clocks of different rates, calls that fail, takeovers and restarts: no
// machine that may answer lacks a change that was acknowledged.

#include <memory>
#include <random>
#include <set>
#include <thread>

#include "service/leader.h"
#include "service/standby.h"
#include "tests/store/fake_log.h"
#include "tests/store/log_machine.h"
#include "tests/support/seed.h"

namespace service {

namespace {

using store::testing::Failure;
using store::testing::FakeEngine;
using store::testing::FakeLog;
using store::testing::LogMachine;

class Cluster;

// A machine and its service, which stands by or leads.
struct Node {
  Node(Cluster& cluster, std::string name, std::int64_t rate);

  [[nodiscard]] std::int64_t elapsed() const;
  [[nodiscard]] bool may_answer() const {
    return (leader && leader->holds()) || (standby && standby->holds_lease());
  }
  FakeLog& log(int which) const {
    const auto& logs = {member.rows.get(), member.lease.get(), member.grants.get()};
    return static_cast<FakeLog&>(**(logs.begin() + which));
  }
  void stand_by() {
    if (leader) leader->leases().end();
    writer.reset();
    leader.reset();
    standby = std::make_unique<Standby>(member, *machine.environment,
                                        [](const store::ReadTransaction&) { return pki::Result<void>{}; });
  }
  void restart() {
    if (leader) leader->leases().end();
    standby.reset();
    writer.reset();
    leader.reset();
    machine.restart();
    stand_by();
  }

  Cluster& cluster;
  // Of its clock, in per mille.
  std::int64_t rate;
  // It raises an epoch, or waits after that.
  bool is_taking_over = false;
  FakeLog unused;
  LogMachine machine;
  LogMember member;
  std::unique_ptr<Standby> standby;
  std::unique_ptr<Leader> leader;
  std::unique_ptr<store::Writer> writer;
};

class Cluster {
 public:
  explicit Cluster(std::uint64_t seed) : random_(seed) {
    engine.led_by = "nobody";
    for (const auto& [name, rate] : {std::pair{"a", 1000}, {"b", 930}, {"c", 1070}}) {
      nodes.push_back(std::make_unique<Node>(*this, name, rate));
      REQUIRE(nodes.back()->machine.begin(engine.identity).has_value());
      engine.now = nodes.back()->machine.clock.now();
      nodes.back()->stand_by();
    }
  }
  ~Cluster() {
    for (const auto& node : nodes)
      if (node->leader) node->leader->leases().end();
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  void round() {
    Node& node = *nodes[below(nodes.size())];
    switch (below(12)) {
      case 0:
        return fail_something(node);
      case 1:
        if (below(8) == 0) node.restart();
        return;
      case 2:
        return lead(node);
      case 3:
      case 4:
        if (node.writer) put(node);
        return;
      case 5:
        time += static_cast<std::int64_t>(below(700));
        return check();
      default:
        time += static_cast<std::int64_t>(below(60));
        return step(node);
    }
  }
  void check() const {
    for (const auto& node : nodes) {
      if (!node->may_answer()) continue;
      ++answers_;
      for (const std::uint64_t number : acknowledged_)
        REQUIRE(node->machine.has(number));
    }
  }
  // The time that a new leader waits, in which others go on.
  void wait(std::int64_t milliseconds) {
    engine.led_by = "somebody";
    for (std::int64_t waited = 0; waited < milliseconds; waited += 50) {
      time += 50;
      for (const auto& node : nodes)
        if (!node->is_taking_over) step(*node);
    }
  }
  // Between two statements of a machine that stands by, the leader may store, acknowledge and grant.
  void between() {
    if (is_between_ || below(3) != 0) return;
    is_between_ = true;
    for (const auto& node : nodes) {
      if (!node->leader) continue;
      if (below(2) == 0) put(*node);
      node->leader->serve_leases();
    }
    is_between_ = false;
  }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_.size(); }
  [[nodiscard]] std::size_t answers() const { return answers_; }

  FakeEngine engine{.identity = {.id = pki::Bytes(16, 5), .anchor = store::testing::anchor_of_tests()}};
  std::int64_t time = 1'000'000;
  std::vector<std::unique_ptr<Node>> nodes;

 private:
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  void step(Node& node) {
    if (node.leader) {
      if (below(4) == 0) node.leader->renew();
      node.leader->serve_leases();
      if (node.leader->replaced() || node.writer->stepped_down()) node.stand_by();
    } else {
      follow(node);
    }
    check();
  }
  // One round of a machine that stands by, at whose end it may lead.
  void follow(Node& node) {
    node.is_taking_over = true;
    std::unique_ptr<Leader> leader = node.standby->step();
    node.is_taking_over = false;
    if (!leader) return;
    engine.led_by = "somebody";
    node.standby.reset();
    node.leader = std::move(leader);
    node.writer = std::make_unique<store::Writer>(*node.machine.environment, node.machine.clock,
                                                  node.leader->leadership());
  }
  // The lease of leadership has run out, whoever held it.
  void lead(Node& node) {
    if (node.leader || below(6) != 0) return;
    engine.led_by.clear();
    time += Standby::kLooks.count() * 2;
    follow(node);
    engine.led_by = "somebody";
    check();
  }
  void put(Node& node) {
    const std::uint64_t number = ++numbers_;
    node.writer->submit({.actor = {"test", 1, 0}, .action = "put", .run = LogMachine::putting(number)},
                        [this, number](const pki::Result<void>& result) {
                          if (result.has_value()) acknowledged_.insert(number);
                        });
    while (node.writer->backlog() > 0)
      std::this_thread::yield();
    check();
  }
  void fail_something(Node& node) {
    const Failure failure = below(2) == 0 ? Failure::before : Failure::after;
    node.log(static_cast<int>(below(3)))
        .fail_at(static_cast<int>(below(4)) + 1, failure, static_cast<int>(below(3)) + 1);
  }

  std::mt19937_64 random_;
  std::set<std::uint64_t> acknowledged_;
  mutable std::size_t answers_ = 0;
  std::uint64_t numbers_ = 0;
  bool is_between_ = false;
};

Node::Node(Cluster& the_cluster, std::string name, std::int64_t the_rate)
    : cluster(the_cluster),
      rate(the_rate),
      unused(the_cluster.engine),
      machine(name, unused),
      member{
          .rows = std::make_unique<FakeLog>(the_cluster.engine),
          .lease = std::make_unique<FakeLog>(the_cluster.engine),
          .grants = std::make_unique<FakeLog>(the_cluster.engine),
          .inbox = std::make_unique<FakeLog>(the_cluster.engine),
          .files = nullptr,
          .machine = std::move(name),
          .elapsed = [this] { return elapsed(); },
          .wall = machine.clock,
          .wait = [this](std::chrono::milliseconds span) { cluster.wait(span.count() * 1000 / rate + 1); }} {
  log(1).hook = [this] {
    if (standby) cluster.between();
  };
}

std::int64_t Node::elapsed() const {
  return cluster.time * rate / 1000;
}

}  // namespace

TEST_CASE("whatever fails and whoever leads, no machine that may answer lacks an acknowledged change") {
  const std::uint64_t seed = support::seed();
  CAPTURE(seed);
  std::size_t acknowledged = 0, answers = 0;
  for (std::uint64_t run = 0; run < support::rounds(6); ++run) {
    Cluster cluster(seed + run);
    for (int i = 0; i < 1'500; ++i)
      cluster.round();
    acknowledged += cluster.acknowledged();
    answers += cluster.answers();
  }
  CHECK(acknowledged > 100);
  CHECK(answers > 1'000);
}

}  // namespace service
