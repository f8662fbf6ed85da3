// One listener's share of one worker: its connections, their deadlines and its counters. Only for http/*.cpp:
// it includes Asio.
//
// Deadlines are kept as plain times and looked at by one timer per shard, so that re-arming one, several
// times per request, costs an assignment.

#pragma once

#include <array>
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "http/connection_book.h"
#include "http/response_head.h"
#include "http/runtime_internal.h"
#include "http/server.h"

namespace http {

class Session;

// TCP and Unix connections alike.
using Stream = asio::basic_stream_socket<asio::generic::stream_protocol, LoopExecutor>;

// What all shards of a listener share.
struct ListenerState {
  ListenerState(Runtime::Internal& given_runtime, Listener given_listener)
      : runtime(given_runtime), listener(std::move(given_listener)) {}

  Runtime::Internal& runtime;
  const Listener listener;
  // Limits::connections_for_stranger, as it is now.
  std::atomic<std::size_t> connections_for_stranger{listener.limits.connections_for_stranger};
  // Whether the mode of a Unix socket, which the kernel has looked at, decides alone who may use it.
  bool admits_group = false;
  std::atomic<std::size_t> connections_open{0};
  std::atomic<std::size_t> strangers_open{0};
  ConnectionBook book;
};

// Written by one thread, read by any; each on cache lines of its own.
struct alignas(64) ShardCounters {
  std::atomic<std::uint64_t> requests{0};
  std::array<std::atomic<std::uint64_t>, 5> responses{};
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_refused{0};
  std::atomic<std::uint64_t> connections_displaced{0};
  std::atomic<std::uint64_t> handshakes_failed{0};
  std::atomic<std::uint64_t> bytes_received{0};
  std::atomic<std::uint64_t> bytes_sent{0};
  // As Durations.
  std::array<std::atomic<std::uint64_t>, kDurationBounds.size() + 1> answers{};
  std::atomic<std::uint64_t> answer_nanoseconds{0};
};

// Adds without a locked instruction: only the shard's own thread writes.
inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
  counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

// All functions but the constructor are for the worker's thread.
class Shard final : public std::enable_shared_from_this<Shard> {
 public:
  Shard(std::shared_ptr<ListenerState> state, const std::shared_ptr<Worker>& worker);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  // Serves an accepted connection, or refuses it.
  void adopt(Stream stream, Peer peer);

  // Called by sessions when they begin and end.
  void enter(Session& session);
  void leave(Session& session);
  // Called by a session that has begun to be served: from now on it may have to make room.
  void book(Session& session);
  // Called by a session whose client has become known.
  void promote(Session& session);

  // Called by sessions around their TLS handshake. The first ends the oldest one in flight when they are too
  // many.
  void enter_handshake(Session& session);
  void leave_handshake(Session& session);

  // Ends idle sessions now and limits the time of the others.
  void drain();
  [[nodiscard]] bool is_draining() const { return draining_; }

  [[nodiscard]] const Limits& limits() const { return state_->listener.limits; }
  [[nodiscard]] const Guard& guard() const { return state_->listener.guard; }
  [[nodiscard]] const Router& router() const { return *state_->listener.router; }
  // Null: plain HTTP.
  [[nodiscard]] const TlsServer* tls() const { return state_->listener.tls.get(); }
  [[nodiscard]] const std::string& name() const { return state_->listener.name; }
  [[nodiscard]] Worker& worker() const { return worker_; }
  // For those who may outlive the loop.
  [[nodiscard]] const std::weak_ptr<Worker>& weak_worker() const { return weak_worker_; }
  [[nodiscard]] DateLine& date_line() { return date_line_; }
  [[nodiscard]] ShardCounters& counters() { return counters_; }
  void count_response(unsigned status) { add(counters_.responses[status / 100 - 1], 1); }
  void count_answer(SteadyClock::duration taken);
  void report(std::string_view message) noexcept { state_->runtime.report(message); }

 private:
  [[nodiscard]] ClientKind standing_of(const Peer& peer);
  // Whether there is a place for one more; makes one if it must.
  bool make_room(ClientKind client_kind, const AddressShare& share);
  void refuse(Stream stream, unsigned status, std::string_view title);
  void schedule_sweep();
  void sweep();

  std::shared_ptr<ListenerState> state_;
  // Not owned: coroutines that wait in the worker's loop own shards.
  Worker& worker_;
  std::weak_ptr<Worker> weak_worker_;
  ShardCounters counters_;
  DateLine date_line_;
  // Owned by their own coroutines; each knows its index.
  std::vector<Session*> sessions_;
  // Those in their TLS handshake, the oldest first.
  std::list<Session*> handshakes_;
  std::size_t handshakes_max_;
  LoopTimer sweep_timer_;
  std::chrono::milliseconds sweep_interval_;
  bool sweeping_ = false;
  bool draining_ = false;
  SteadyClock::time_point drain_deadline_;
};

}  // namespace http
