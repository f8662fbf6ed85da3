// What came in at the verifiers' doors, and what was answered: the last thousand requests, for tests that ask
// whether their client has asked, and how.

#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/message.h"
#include "mock/world.h"

namespace mock {

// One request and its answer.
struct Exchange {
  std::uint64_t number = 0;
  Door door = Door::verifier;
  pki::Time at;
  std::string method, target;
  http::Peer peer;
  std::vector<http::Header> headers;
  pki::Bytes body;
  // What the handlers answered, or the fault that took its place.
  unsigned status = 0;
  std::string content_type;
  // Null for an answer that comes from a file, and for a raw one.
  std::shared_ptr<const pki::Bytes> answer;
  std::uint64_t answer_size = 0;
  // The names of the faults that changed the answer.
  std::vector<std::string> faults;
};

// Usable from any thread.
class Journal final {
 public:
  static constexpr std::size_t kKept = 1'000;

  explicit Journal(const pki::Clock& clock) : clock_(clock) {}
  // Hears of every exchange at its end; set before the first.
  void on_finished(std::function<void(const Exchange&)> function) { on_finished_ = std::move(function); }

  [[nodiscard]] std::shared_ptr<Exchange> begin(Door door, const http::Request& request);
  // Keeps the answer, whose bytes are shared with it from now on, and puts the exchange on record.
  void finish(const std::shared_ptr<Exchange>& exchange, http::Response& response);
  // The last `count`, the newest last.
  [[nodiscard]] std::vector<std::shared_ptr<const Exchange>> last(std::size_t count) const;
  // How many there were since the start or the last forget().
  [[nodiscard]] std::uint64_t count() const;
  void forget();

 private:
  const pki::Clock& clock_;
  std::function<void(const Exchange&)> on_finished_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<const Exchange>> kept_;  // Guarded by mutex_, as is the next.
  std::uint64_t count_ = 0;
};

// An exchange taken apart: who asked, the CertIDs and the nonce of an OCSP request, and what was said of
// each. `world` knows the verifiers and the certificates.
[[nodiscard]] boost::json::object describe(const Exchange& exchange, World& world);

// "verifier 127.0.0.1 POST /ocsp/sign 200 1743 bytes", and the names of faults.
[[nodiscard]] std::string in_one_line(const Exchange& exchange);

}  // namespace mock
