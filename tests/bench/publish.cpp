// One publication by the product's own publisher, with its time and its memory.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>

#include "crl/publisher.h"
#include "crl/store.h"
#include "pki/hash.h"
#include "registry/certificates.h"
#include "tests/bench/options.h"
#include "tests/bench/store.h"

namespace bench {

namespace {

constexpr registry::IssuerId kSign{pki::CaName::sign, 1};

// RssAnon of this process, in KiB: mapped pages of the store and of the lists do not count.
std::int64_t anonymous_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8));
  throw std::runtime_error("no RssAnon in /proc/self/status");
}

// Watches the greatest RssAnon from its construction to stop().
class MemoryWatch final {
 public:
  MemoryWatch() : before_(anonymous_memory()), most_(before_), thread_([this] { run(); }) {}
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;
  ~MemoryWatch() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  // The growth in MiB.
  double stop() {
    ending_ = true;
    thread_.join();
    return static_cast<double>(std::max(most_, anonymous_memory()) - before_) / 1024.0;
  }

 private:
  void run() {
    while (!ending_) {
      most_ = std::max(most_, anonymous_memory());
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  }

  std::int64_t before_;
  std::int64_t most_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

double seconds_of_signature(const pki::Signer& signer) {
  const pki::Bytes digest = pki::digest(pki::HashAlgorithm::sha256, {});
  std::vector<double> seconds;
  for (int i = 0; i < 51; ++i) {
    const Stopwatch watch;
    [[maybe_unused]] const pki::Bytes signature = signer.sign(digest);
    seconds.push_back(watch.seconds());
  }
  std::nth_element(seconds.begin(), seconds.begin() + 25, seconds.end());
  return seconds[25];
}

crl::PublicationKind parse_kind(const std::string& text) {
  if (text == "complete") return crl::PublicationKind::complete_and_delta;
  return text == "delta" ? crl::PublicationKind::delta_only : crl::PublicationKind::changed_deltas;
}

// Where the generation's own lists are, for the peers that hash or read them.
void report_lists(const store::Environment& environment, const std::filesystem::path& folder) {
  const auto snapshot = environment.read();
  for (const auto kind : {registry::CrlKind::complete, registry::CrlKind::delta}) {
    const auto record = registry::current_crl(snapshot, {kSign, pki::kWholeGeneration}, kind);
    if (!record) continue;
    const std::string name(to_string(kind));
    std::printf("%s_file=%s\n", name.c_str(), crl::path_of(folder, *record).c_str());
    report(name + "_offset", static_cast<double>(record->offset));
    report(name + "_length", static_cast<double>(record->length));
    report(name + "_entries", static_cast<double>(record->entries));
  }
}

}  // namespace

// --data DIR [--issuers sign|both] [--kind complete|delta|changed] [--changes N] [--threads N]
int publish(const Options& options) {
  const service::SystemClock clock;
  const Folder folder{options.text("data")};
  const auto environment = open_store(folder, store::Durability::full);
  const ca::Authority authority = load_authority(*environment, folder);
  store::Writer writer(*environment, clock);
  std::vector<registry::SigningIssuer> issuers;
  for (const registry::SigningIssuer& ca : authority.generations())
    if (ca.id().ca == pki::CaName::sign ||
        (options.text("issuers", "sign") == "both" && ca.id().ca == pki::CaName::auth))
      issuers.push_back(ca);
  crl::PublisherOptions how;
  how.folder = folder.crls();
  how.threads = static_cast<unsigned>(options.number("threads", how.threads));
  how.priority = crl::Priority::normal;
  crl::Publisher publisher(*environment, writer, clock, issuers, how);

  for (std::uint64_t i = 0; i < options.number("changes", 0); ++i)
    make_a_change(writer, distribution_points().front());
  report("signature_seconds", seconds_of_signature(*issuers.front().signer()));
  MemoryWatch memory;
  const std::clock_t cpu_before = std::clock();
  const Stopwatch watch;
  const auto released = publisher.publish(parse_kind(options.text("kind", "complete"))).value();
  report("seconds", watch.seconds());
  // Of all threads; tells more than the clock on a machine that does other things besides.
  report("cpu_seconds", static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC);
  report("rss_mib", memory.stop());
  if (!released.failures.empty()) throw pki::MessageError(released.failures.front().reason);
  report("complete", static_cast<double>(released.complete));
  report("deltas", static_cast<double>(released.deltas));
  report("entries", static_cast<double>(released.entries));
  report("octets", static_cast<double>(released.bytes));
  report_lists(*environment, folder.crls());
  return 0;
}

}  // namespace bench
