// One connection: reads requests, has them answered, writes the answers. Only for http/*.cpp: it includes
// Asio.

#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/shard.h"
#include "http/tls_connection.h"

namespace http {

// Bytes that have arrived and wait to be read by the parser.
class InputBuffer final {
 public:
  // Never holds more than `capacity_max` bytes.
  explicit InputBuffer(std::size_t capacity_max);

  [[nodiscard]] pki::ByteView data() const { return {storage_.data() + begin_, end_ - begin_}; }
  // Where the next bytes go; empty when the buffer is full and may not grow.
  [[nodiscard]] std::span<std::uint8_t> space();
  void added(std::size_t count) { end_ += count; }
  void consume(std::size_t count);
  // Gives its memory back until space() is asked for again, if nothing waits in it.
  void release_if_empty();

 private:
  pki::Bytes storage_;
  std::size_t capacity_max_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class AnswerSlot;

// A coroutine on its worker's thread. It holds itself alive while it runs and ends by itself, by its
// deadline, or by the drain. All functions are for that thread.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Shard> shard, Stream stream, Peer peer, ClientKind client_kind);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  void start();

  // For the shard.
  [[nodiscard]] SteadyClock::time_point deadline() const { return deadline_; }
  [[nodiscard]] std::size_t index() const { return index_; }
  void set_index(std::size_t index) { index_ = index; }
  void set_handshake(std::list<Session*>::iterator place) { handshake_ = place; }
  [[nodiscard]] std::optional<std::list<Session*>::iterator> take_handshake() {
    return std::exchange(handshake_, std::nullopt);
  }
  // For the listener's book.
  [[nodiscard]] Booking& booking() { return booking_; }
  // A newcomer needs the place: ends now, or, when a request has arrived meanwhile, after its answer.
  void give_way();

  // The deadline has passed: whatever is awaited now ends.
  void expire();
  // The server stops: a session that waits for a request ends now, another after its answer.
  void begin_drain();
  // The drain has taken too long.
  void abort();
  // A newer TLS handshake needs the place of this one.
  void cut_handshake();

  // The answer has arrived in the slot.
  void wake();

 private:
  // idle: nothing of a request has arrived. Only then is silence no fault.
  enum class Phase : std::uint8_t { handshaking, idle, reading, answering, writing, lingering };
  enum class Reading : std::uint8_t { complete, refused, ended };

  Awaitable<void> serve();
  Awaitable<Reading> read_request();
  bool needs_more();
  [[nodiscard]] bool has_unread() const;
  Reading after_read_error();

  Awaitable<std::optional<Response>> answer();
  std::optional<Response> check_limits();
  void note_client(const Response& response);
  std::optional<Response> call(const Route& route);
  std::optional<Response> call_deferring(const DeferringHandler& handler);
  std::optional<Response> defer(const AsyncHandler& handler);
  Awaitable<std::optional<Response>> wait_for_answer();

  Awaitable<bool> respond(Response response, Persistence persistence);
  Awaitable<bool> write(std::array<asio::const_buffer, 2> parts, int flags);
  Awaitable<bool> send_file(FileRange range);
  Awaitable<void> linger();
  // session_raw.cpp; false, since nothing may follow.
  Awaitable<bool> send_raw(const Response& response);
  Awaitable<void> pause(std::chrono::milliseconds time, const RawReply& reply);

  // The same over TLS (session_tls.cpp).
  Awaitable<bool> handshake();
  Awaitable<bool> ready_for(TlsStep step);
  Awaitable<std::tuple<ErrorCode, std::size_t>> read_tls();
  Awaitable<bool> write_tls(std::array<asio::const_buffer, 2> parts);
  Awaitable<bool> write_bytes_tls(pki::ByteView bytes);
  Awaitable<bool> send_file_tls(FileRange range);

  void ask_to_give_way();
  void arm(Phase phase, std::chrono::milliseconds timeout);
  [[nodiscard]] Persistence persistence() const;

  std::shared_ptr<Shard> shard_;
  Stream stream_;
  // Null: plain HTTP.
  std::unique_ptr<TlsConnection> tls_;
  // The place among the shard's handshakes, while in one.
  std::optional<std::list<Session*>::iterator> handshake_;
  RequestParser parser_;
  InputBuffer input_;
  ResponseHead head_;
  Request request_;
  // Set while an AsyncHandler's answer is outstanding.
  std::shared_ptr<AnswerSlot> slot_;
  // Never expires; its cancellation is the news that the answer has come.
  std::optional<LoopTimer> answer_ready_timer_;
  SteadyClock::time_point deadline_;
  std::size_t index_ = 0;
  Booking booking_;
  // The status of a request that could not be read.
  unsigned refusal_ = 0;
  Phase phase_ = Phase::idle;
  bool timed_out_ = false;
  bool ending_ = false;
  // The connection ends after the answer in hand.
  bool gives_way_ = false;
};

}  // namespace http
