// The compromise of a CA's key: how long the rows of a generation take, and how long other writes wait.

#include <algorithm>
#include <atomic>
#include <thread>

#include "law/compromise.h"
#include "registry/actor.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

constexpr registry::IssuerId kSign{pki::CaName::sign, 1};
const registry::Actor kActor{.operator_name = "bench", .role = registry::Role::officer};

// Small writes, one after the other, each timed from submission to its durable end.
class OtherWriter final {
 public:
  explicit OtherWriter(store::Writer& writer) : thread_([this, &writer] { run(writer); }) {}
  OtherWriter(const OtherWriter&) = delete;
  OtherWriter& operator=(const OtherWriter&) = delete;
  ~OtherWriter() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // Every wait in milliseconds, sorted.
  std::vector<double> stop() {
    ending_ = true;
    thread_.join();
    std::ranges::sort(waits_);
    return waits_;
  }

 private:
  void run(store::Writer& writer) {
    while (!ending_) {
      const Stopwatch watch;
      const auto written =
          writer.execute({.actor = kActor, .action = "another write", .run = [](store::CommandContext&) {
                            return pki::Result<void>{};
                          }});
      if (written.has_error()) throw std::runtime_error(written.error().text());
      waits_.push_back(watch.seconds() * 1000);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }

  std::vector<double> waits_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace

// --data DIR: a store made by `fill --good N --points all`.
int compromise(const Options& options) {
  const service::SystemClock clock;
  const auto environment = open_store({options.text("data")}, store::Durability::full);
  store::Writer writer(*environment, clock);
  const auto recorded = writer.execute({.actor = kActor,
                                        .action = "event ca-key-compromise",
                                        .run = [](store::CommandContext& context) -> pki::Result<void> {
                                          TRY(law::record_compromise(context, kSign));
                                          return {};
                                        }});
  if (recorded.has_error()) throw std::runtime_error(recorded.error().text());
  OtherWriter other(writer);
  const Stopwatch watch;
  const auto filled = law::fill_in_compromises(*environment, writer, [] { return false; });
  const double seconds = watch.seconds();
  const std::vector<double> waits = other.stop();
  if (filled.has_error()) throw std::runtime_error(filled.error().text());
  const auto rows = registry::find_issuer(environment->read(), kSign)->compromise.value().filled;
  report("rows", static_cast<double>(rows));
  report("seconds", seconds);
  report("rows_per_second", static_cast<double>(rows) / seconds);
  report("other_writes", static_cast<double>(waits.size()));
  report("wait_p99_ms", waits.at(waits.size() * 99 / 100));
  report("wait_max_ms", waits.back());
  return 0;
}

}  // namespace bench
