// The product's OCSP service over a store of the benchmark, on the product's HTTP server.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "crl/publisher.h"
#include "http/server.h"
#include "ocsp/service.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

enum class Beside { nothing, changes, publications };

Beside parse_beside(const std::string& text) {
  if (text == "nothing") return Beside::nothing;
  if (text == "changes") return Beside::changes;
  if (text == "publications") return Beside::publications;
  throw std::invalid_argument("--beside must be nothing, changes or publications");
}

// What else goes on in the process while it answers: changes, one every 10 ms, and publication after
// publication when asked for. Counts from its construction to stop().
class OtherWork final {
 public:
  OtherWork(store::Environment& environment, const Folder& folder, const pki::Clock& clock, Beside beside)
      : writer_(environment, clock),
        authority_(load_authority(environment, folder)),
        publisher_(environment, writer_, clock, issuers(), {.folder = folder.crls()}) {
    threads_.emplace_back([this] { change(); });
    if (beside == Beside::publications) threads_.emplace_back([this] { publish(); });
  }

  // Ends it and reports.
  void stop() {
    ending_ = true;
    for (std::thread& thread : threads_)
      thread.join();
    report("changes", static_cast<double>(changes_));
    report("longest_change_ms", longest_change_ * 1000);
    report("publications", static_cast<double>(publications_));
  }

 private:
  [[nodiscard]] std::vector<registry::SigningIssuer> issuers() const {
    std::vector<registry::SigningIssuer> issuers;
    for (const registry::SigningIssuer& ca : authority_.generations())
      if (ca.id() == registry::IssuerId{pki::CaName::sign, 1}) issuers.push_back(ca);
    return issuers;
  }

  void change() {
    const pki::DistributionPoint point = distribution_points().front();
    for (; !ending_; std::this_thread::sleep_for(std::chrono::milliseconds{10})) {
      const Stopwatch watch;
      make_a_change(writer_, point);
      longest_change_ = std::max(longest_change_, watch.seconds());
      ++changes_;
    }
  }

  void publish() {
    for (; !ending_; ++publications_) {
      const auto released = publisher_.publish(crl::PublicationKind::complete_and_delta).value();
      if (!released.failures.empty()) throw pki::MessageError(released.failures.front().reason);
    }
  }

  store::Writer writer_;
  ca::Authority authority_;
  crl::Publisher publisher_;
  std::atomic<bool> ending_ = false;
  std::uint64_t changes_ = 0;
  double longest_change_ = 0;
  std::uint64_t publications_ = 0;
  // Last: they use all of the above, and are joined by stop().
  std::vector<std::thread> threads_;
};

}  // namespace

// --data DIR [--workers N] [--signers N] [--beside nothing|changes|publications]: prints the port, serves
// until SIGTERM. With changes beside, and more so with publications, the store is durable.
int serve(const Options& options) {
  const service::SystemClock clock;
  const Folder folder{options.text("data")};
  const Beside beside = parse_beside(options.text("beside", "nothing"));
  const bool is_alone = beside == Beside::nothing;
  const auto environment =
      open_store(folder, is_alone ? store::Durability::temporary : store::Durability::full);
  const verifier::Recognition recognition;
  const ca::KeyFolder keys = folder.keys();
  auto responders = ca::load_responders(environment->read(), keys).value();
  ocsp::ServiceOptions how;
  how.signer_threads = options.number("signers", 0);
  const auto print = [](std::string_view fault) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(fault.size()), fault.data());
  };
  how.on_error = print;
  const auto service =
      ocsp::Service::create({*environment, recognition, clock}, std::move(responders), how).value();
  const auto router = std::make_shared<http::Router>();
  service->mount(*router);
  http::Runtime runtime(clock, {.workers = options.number("workers", 0), .on_error = print});
  const http::Server server(runtime,
                            {.name = "bench", .address = http::TcpAddress{"127.0.0.1", 0}, .router = router});
  runtime.on_signal({SIGTERM, SIGINT}, [&](int) { runtime.stop(); });
  std::optional<OtherWork> other;
  if (!is_alone) other.emplace(*environment, folder, clock, beside);
  report("port", server.bound_port());
  runtime.run();
  if (other) other->stop();
  return 0;
}

}  // namespace bench
