// Serving the published lists over HTTP: /crl/… (docs/api.md, section 1).
//
// A request is answered on the serving thread from one short read snapshot; the bytes go from the
// publication file to the socket. Nothing is written here but compressed copies, in a file without a name:
// the first client that accepts gzip waits until a thread of its own has made the copy.

#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "crl/gzip.h"
#include "http/conditional.h"
#include "http/file.h"
#include "http/message.h"
#include "http/router.h"
#include "pki/certificate_kind.h"
#include "pki/distribution_point.h"
#include "pki/result.h"
#include "pki/time.h"
#include "pki/work_queue.h"
#include "registry/crls.h"
#include "store/environment.h"
#include "verifier/recognition.h"

namespace crl {

// Who may fetch.
enum class Audience : std::uint8_t {
  verifiers,  // Those whose class and standing allow the CA's lists; answers are marked `private`.
  everyone,   // The operator has opened the lists to all; answers are marked `public`.
};

// One request that was answered, for the ledger (Act 40, 規則71).
struct ServedList {
  // Absent when the requester was not recognised, and where it need not be.
  std::optional<verifier::Requester> requester = {};
  pki::CaName ca = pki::CaName::sign;
  registry::CrlKind kind = registry::CrlKind::complete;
  unsigned status = 200;
  // The serving thread that the request came in on.
  std::size_t worker = 0;
};

struct CrlEndpointOptions {
  // Where the publication files lie: DATA/crl.
  std::filesystem::path folder;
  Audience audience = Audience::verifiers;
  // The publisher's schedule, after which caches must ask again: PublisherOptions::complete_time_of_day and
  // delta_grid.
  pki::Seconds complete_time_of_day{std::chrono::hours{5}};
  pki::Seconds delta_grid{std::chrono::minutes{15}};
  // Publication files kept open.
  std::size_t open_files = 64;
  // Requests that may wait for a compressed copy to be made; further ones get the list as it is.
  std::size_t waiting_for_gzip = 1'000;
  GzipLimits gzip = {};
  // Whether the bytes of a list are known to be altered (ListHealth): then it is not served.
  std::function<bool(const registry::CrlRecord&)> is_damaged = {};
  // Told of every past list that is asked for. Must not wait.
  std::function<void(const registry::CrlRecord&)> on_past = {};
  // Told of every GET of a list, also of a refused one; called from the thread that answers and must not
  // wait. May be empty.
  std::function<void(const ServedList&)> on_served = {};
};

// What was answered since start, for the metrics.
struct CrlEndpointCounters {
  std::atomic<std::uint64_t> served{0};        // 200 and 206
  std::atomic<std::uint64_t> not_modified{0};  // 304
  std::atomic<std::uint64_t> refused{0};       // 403
  std::atomic<std::uint64_t> not_found{0};     // 404 and 410
  std::atomic<std::uint64_t> unsatisfied{0};   // 412 and 416
  std::atomic<std::uint64_t> unavailable{0};   // 503
};

// Until when caches may give a current list out at `now` without asking: the next daily mark, for a delta the
// next mark of the grid, never beyond nextUpdate. A list that the last mark has made due to be replaced, and
// that still stands, is given out for a minute; the next may come at any moment.
[[nodiscard]] pki::Time cached_until(const registry::CrlRecord& record, pki::Time now,
                                     const CrlEndpointOptions& options);

// What a path below /crl/ asks for.
struct ListPath {
  pki::CaName ca = pki::CaName::sign;
  // Absent in the alias of the current generation.
  std::optional<std::uint8_t> generation;
  pki::DistributionPoint point;
  registry::CrlKind kind = registry::CrlKind::complete;
  // Absent for the current list.
  std::optional<std::uint64_t> number;
};

// Reads "/crl/sign-1/132217/full.crl" and its like. Errc::not_found, with a sentence for the client, for
// everything else; a code with a wrong check digit has a message of its own.
[[nodiscard]] pki::Result<ListPath> parse_list_path(std::string_view path);

// Whether the sixth digit of a municipality code checks the first five:
// (11 - (6 d1 + 5 d2 + 4 d3 + 3 d4 + 2 d5) mod 11) mod 10.
[[nodiscard]] bool has_valid_check_digit(pki::DistributionPoint point);

// Usable from any thread. Everything handed in, and the object itself, must outlive the router's use.
class CrlEndpoint final {
 public:
  CrlEndpoint(const store::Environment& environment, const verifier::Recognition& recognition,
              const pki::Clock& clock, CrlEndpointOptions options);
  CrlEndpoint(const CrlEndpoint&) = delete;
  CrlEndpoint& operator=(const CrlEndpoint&) = delete;

  // Answers GET (and HEAD) of everything below /crl/.
  void mount(http::Router& router);
  // One answer: 200, 206, 304, 412, 416 with the list; 403, 404, 503 as problem details. Makes the compressed
  // copy in place when it is wanted and not there yet.
  [[nodiscard]] http::Response answer(const http::Request& request);
  [[nodiscard]] const CrlEndpointCounters& counters() const { return counters_; }

 private:
  // What to do about a compressed copy that has not been made.
  enum class MissingCopy : std::uint8_t { make, leave_to_worker, do_without };
  // A list to be served, or the refusal.
  struct Found {
    registry::CrlRecord record;
    // Asked for without a number.
    bool is_current = true;
    http::FileResource::Date date = http::FileResource::Date::identifies;
  };
  using Located = std::variant<Found, http::Response>;
  // A request that waits for its compressed copy.
  struct Waiting {
    http::OwnedRequest request;
    http::Reply reply;
  };

  // Nothing when the request is left to the worker.
  std::optional<http::Response> try_answer(const http::Request& request, MissingCopy missing);
  std::optional<http::Response> serve(const http::Request& request, MissingCopy missing);
  Located locate(const http::Request& request) const;
  http::FileResource resource_of(const Found& found);
  [[nodiscard]] std::vector<http::Header> headers_of(const Found& found) const;
  [[nodiscard]] std::string cache_control_of(const Found& found) const;
  std::optional<GzipCopy> copy_of(const registry::CrlRecord& record, const http::FileResource& resource);
  void answer_later(http::OwnedRequest request, http::Reply reply);
  std::shared_ptr<const http::File> open(const registry::CrlRecord& record);
  void close(const registry::CrlRecord& record);
  void count(unsigned status);
  void report_served(const http::Request& request, unsigned status) const;

  const store::Environment& environment_;
  const verifier::Recognition& recognition_;
  const pki::Clock& clock_;
  CrlEndpointOptions options_;
  CrlEndpointCounters counters_;
  GzipCopies gzip_;
  std::mutex files_mutex_;
  // By issuer and name; guarded by files_mutex_. Publication files never change, so an entry is never stale.
  std::unordered_map<std::string, std::shared_ptr<const http::File>> files_;
  // Makes compressed copies; what waits at the end is answered 500. Last: its thread uses the others.
  pki::WorkerPool<Waiting> worker_;
};

}  // namespace crl
