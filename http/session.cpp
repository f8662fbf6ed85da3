// A connection's life. Each wait is armed with a deadline just before it begins; each error code is looked
// at.

#include "http/session.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 with a sanitizer takes the frame allocation of Asio's coroutines for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace http {

namespace {

// More than the header limit, so that the parser is the one that refuses a long header.
constexpr std::size_t kInputBytesBeyondHeader = 4096;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// After this much a file's sender lets other connections have their turn.
constexpr std::size_t kFilePieceBytes = std::size_t{256} * 1024;

// What is still read, and for how long, of a client that was refused while it was sending: has_unread().
constexpr std::size_t kLingerBytes = std::size_t{1024} * 1024;
constexpr std::chrono::milliseconds kLingerTimeout{2'000};

ParserLimits parser_limits(const Limits& limits) {
  return {.header_bytes = limits.header_bytes,
          .header_fields = limits.header_fields,
          .body_bytes = limits.body_bytes};
}

std::array<asio::const_buffer, 2> one(std::string_view text) {
  return {asio::buffer(text), asio::const_buffer()};
}

// The bytes of a body in memory; nothing for a file.
asio::const_buffer body_buffer(const Body& body) {
  if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&body))
    return *shared ? asio::buffer(**shared) : asio::const_buffer();
  if (const auto* owned = std::get_if<pki::Bytes>(&body)) return asio::buffer(*owned);
  return {};
}

}  // namespace

// Where an AsyncHandler's answer arrives, from any thread, whether or not anybody still waits for it.
class AnswerSlot final : public Reply::Sink {
 public:
  AnswerSlot(Session& session, std::weak_ptr<Worker> worker)
      : session_(&session), worker_(std::move(worker)) {}

  void put(Response response) override { response_ = std::move(response); }
  std::shared_ptr<Worker> worker() const override { return worker_.lock(); }
  void deliver() override {
    ready_ = true;
    if (session_ != nullptr) session_->wake();
  }

  // The rest is for the session's thread.
  [[nodiscard]] bool is_ready() const { return ready_; }
  [[nodiscard]] Response take() { return std::move(response_); }
  void forget_session() { session_ = nullptr; }

 private:
  Session* session_;
  // The runtime may end before the answer comes.
  std::weak_ptr<Worker> worker_;
  // Written by the answering thread, and read after deliver() has run on the session's.
  Response response_;
  bool ready_ = false;
};

Session::Session(std::shared_ptr<Shard> shard, Stream stream, Peer peer, ClientKind client_kind)
    : shard_(std::move(shard)),
      stream_(std::move(stream)),
      parser_(parser_limits(shard_->limits())),
      input_(shard_->limits().header_bytes + kInputBytesBeyondHeader),
      booking_(client_kind, share_of(peer.address), [this] { ask_to_give_way(); }) {
  request_.peer = std::move(peer);
  request_.worker = shard_->worker().index;
  shard_->enter(*this);
}

Session::~Session() {
  if (slot_) slot_->forget_session();
  shard_->leave_handshake(*this);
  if (tls_) tls_->close();
  // Closed before it is counted as gone.
  ErrorCode ignored;
  stream_.close(ignored);
  shard_->leave(*this);
}

void Session::start() {
  ErrorCode error;
  stream_.non_blocking(true, error);
  if (error) return;
  arm(Phase::idle, shard_->limits().read_timeout);
  shard_->book(*this);
  // Named first: GCC 107288 miscompiles a lambda that is moved into co_spawn as a temporary.
  auto on_end = [self = shared_from_this()](const std::exception_ptr& failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& fault) {
      self->shard_->report("a connection to " + self->shard_->name() + " ended by a fault: " + fault.what());
    } catch (...) {
      self->shard_->report("a connection to " + self->shard_->name() + " ended by an unknown fault");
    }
  };
  asio::co_spawn(stream_.get_executor(), serve(), std::move(on_end));
}

void Session::arm(Phase phase, std::chrono::milliseconds timeout) {
  phase_ = phase;
  timed_out_ = false;
  deadline_ = SteadyClock::now() + timeout;
  const bool is_reading = phase == Phase::reading;
  booking_.set_rest(phase == Phase::idle ? Rest::waiting : is_reading ? Rest::reading : Rest::busy);
}

void Session::expire() {
  timed_out_ = true;
  ErrorCode ignored;
  stream_.cancel(ignored);
  wake();
}

void Session::begin_drain() {
  if (phase_ != Phase::idle && phase_ != Phase::handshaking) return;
  ending_ = true;
  ErrorCode ignored;
  stream_.cancel(ignored);
}

// From any thread. The book's lock is held, and ~Session waits for it, so there is still something to point
// to.
void Session::ask_to_give_way() {
  auto on_own_thread = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->give_way();
  };
  asio::post(stream_.get_executor(), std::move(on_own_thread));
}

void Session::give_way() {
  if (phase_ == Phase::idle || phase_ == Phase::reading) return abort();
  gives_way_ = true;
}

void Session::abort() {
  ending_ = true;
  if (tls_) tls_->abandon();
  ErrorCode ignored;
  stream_.close(ignored);
  wake();
}

void Session::wake() {
  if (answer_ready_timer_) answer_ready_timer_->cancel();
}

Persistence Session::persistence() const {
  if (!parser_.keep_alive() || shard_->is_draining() || gives_way_) return Persistence::say_close;
  return parser_.is_http_1_0() ? Persistence::say_keep_alive : Persistence::stay_silently;
}

Awaitable<void> Session::serve() {
  if (shard_->tls() != nullptr && !co_await handshake()) co_return;
  while (true) {
    const Reading reading = co_await read_request();
    if (reading == Reading::ended) co_return;
    if (reading == Reading::refused) {
      Response refusal = problem(refusal_, reason_phrase(refusal_));
      request_.method = Method::other;
      if (co_await respond(std::move(refusal), Persistence::say_close)) co_await linger();
      co_return;
    }
    parser_.fill(request_);
    add(shard_->counters().requests, 1);
    const auto asked_at = SteadyClock::now();
    auto response = co_await answer();
    if (!response) co_return;
    shard_->count_answer(SteadyClock::now() - asked_at);
    note_client(*response);
    const Persistence after = response->status == 429 ? Persistence::say_close : persistence();
    if (!co_await respond(*std::move(response), after)) co_return;
    if (after == Persistence::say_close) {
      if (has_unread()) co_await linger();
      co_return;
    }
    parser_.reset();
    arm(Phase::idle, shard_->limits().idle_timeout);
    booking_.note_answer(deadline_ - shard_->limits().idle_timeout);
  }
}

// Closing with unread bytes would reset the connection, and take the answer from the client's
// hands (RFC 9112 section 9.6).
bool Session::has_unread() const {
  ErrorCode ignored;
  return !input_.data().empty() || stream_.available(ignored) > 0;
}

Awaitable<Session::Reading> Session::read_request() {
  bool asked_to_continue = false;
  while (needs_more()) {
    if (ending_ || (phase_ == Phase::idle && shard_->is_draining())) co_return Reading::ended;
    if (parser_.state() == RequestParser::State::body && parser_.expects_continue() && !asked_to_continue) {
      asked_to_continue = true;
      if (!co_await write(one(kContinue), 0)) co_return Reading::ended;
      arm(Phase::reading, shard_->limits().read_timeout);
    }
    ErrorCode error;
    std::size_t count = 0;
    if (tls_) {
      std::tie(error, count) = co_await read_tls();
    } else {
      const auto space = input_.space();
      std::tie(error, count) =
          co_await stream_.async_read_some(asio::buffer(space.data(), space.size()), kAwait);
    }
    if (error) co_return after_read_error();
    input_.added(count);
    add(shard_->counters().bytes_received, count);
  }
  if (parser_.state() == RequestParser::State::complete) co_return Reading::complete;
  refusal_ = parser_.error_status();
  co_return Reading::refused;
}

// Gives the parser what has arrived; whether it wants more.
bool Session::needs_more() {
  using State = RequestParser::State;
  const State before = parser_.state();
  input_.consume(parser_.put(input_.data()));
  const State after = parser_.state();
  if (after == State::complete || after == State::failed) return false;
  // The header has one deadline and the body another, whatever the pieces in which they come.
  if (after != before) arm(Phase::reading, shard_->limits().read_timeout);
  return true;
}

// What a failed read means: the client has gone, the drain wants us to end, the client was silent between two
// requests, or it was too slow with one.
Session::Reading Session::after_read_error() {
  if (!timed_out_ || ending_ || phase_ == Phase::idle) return Reading::ended;
  refusal_ = 408;
  return Reading::refused;
}

// What limits say before anybody looks at the request.
std::optional<Response> Session::check_limits() {
  const Guard& guard = shard_->guard();
  const bool is_over = booking_.client_kind() == ClientKind::stranger && guard.strangers &&
                       guard.strangers->is_exhausted(booking_.share(), SteadyClock::now());
  if (is_over) return too_many_requests();
  if (!guard.gate) return std::nullopt;
  try {
    return guard.gate(request_);
  } catch (const std::exception& fault) {
    shard_->report("the limits of " + shard_->name() + " could not be checked: " + fault.what());
    return problem(500, "Internal Server Error");
  }
}

// A stranger has become known by this answer, or has had one of its requests.
void Session::note_client(const Response& response) {
  if (booking_.client_kind() == ClientKind::known) return;
  if (response.is_for_known_client)
    shard_->promote(*this);
  else if (const auto& strangers = shard_->guard().strangers)
    static_cast<void>(strangers->take(booking_.share(), SteadyClock::now()));
}

Awaitable<std::optional<Response>> Session::answer() {
  if (auto refusal = check_limits()) co_return refusal;
  auto found = shard_->router().find(request_.method, request_.path);
  if (auto* refusal = std::get_if<Response>(&found)) co_return std::move(*refusal);
  auto response = call(*std::get<const Route*>(found));
  if (!response) response = co_await wait_for_answer();
  co_return response;
}

std::optional<Response> Session::call(const Route& route) {
  try {
    if (const auto* handler = std::get_if<Handler>(&route)) return (*handler)(request_);
    if (const auto* handler = std::get_if<AsyncHandler>(&route)) return defer(*handler);
    if (const auto* handler = std::get_if<DeferringHandler>(&route)) return call_deferring(*handler);
    const auto& both = std::get<TryThenAsync>(route);
    if (auto response = both.try_handler(request_)) return response;
    return defer(both.async_handler);
  } catch (const std::exception& fault) {
    shard_->report("a handler of " + shard_->name() + " failed: " + fault.what());
    return problem(500, "Internal Server Error");
  }
}

std::optional<Response> Session::call_deferring(const DeferringHandler& handler) {
  // Makes the slot when it is asked to: most requests are answered without one.
  class SlotMaker final : public Deferral {
   public:
    explicit SlotMaker(Session& session) : session_(session) {}
    Reply defer() override {
      session_.slot_ = std::make_shared<AnswerSlot>(session_, session_.shard_->weak_worker());
      return Reply(session_.slot_);
    }

   private:
    Session& session_;
  };
  const auto drop_slot = [this] {
    if (slot_) std::exchange(slot_, nullptr)->forget_session();
  };
  SlotMaker maker(*this);
  std::optional<Response> response;
  try {
    response = handler(request_, maker);
  } catch (...) {
    drop_slot();
    throw;
  }
  if (response) {
    drop_slot();
    return response;
  }
  if (!slot_) throw std::logic_error("a handler neither answered nor took the Reply");
  if (!slot_->is_ready()) return std::nullopt;
  return std::exchange(slot_, nullptr)->take();
}

std::optional<Response> Session::defer(const AsyncHandler& handler) {
  slot_ = std::make_shared<AnswerSlot>(*this, shard_->weak_worker());
  try {
    handler(OwnedRequest(request_), Reply(slot_));
  } catch (...) {
    std::exchange(slot_, nullptr)->forget_session();
    throw;
  }
  if (!slot_->is_ready()) return std::nullopt;
  return std::exchange(slot_, nullptr)->take();
}

Awaitable<std::optional<Response>> Session::wait_for_answer() {
  arm(Phase::answering, shard_->limits().answer_timeout);
  if (!answer_ready_timer_) answer_ready_timer_.emplace(stream_.get_executor());
  answer_ready_timer_->expires_at(SteadyClock::time_point::max());
  while (!slot_->is_ready() && !timed_out_ && !ending_)
    co_await answer_ready_timer_->async_wait(kAwait);
  const auto slot = std::exchange(slot_, nullptr);
  slot->forget_session();
  if (slot->is_ready()) co_return slot->take();
  if (ending_) co_return std::nullopt;
  shard_->report("a request to " + shard_->name() + " was not answered in time");
  co_return problem(503, "Service Unavailable");
}

Awaitable<bool> Session::respond(Response response, Persistence persistence) {
  if (response.raw) co_return co_await send_raw(response);
  std::string_view head;
  try {
    head = head_.write(response, shard_->date_line().line(), persistence);
  } catch (const std::logic_error& fault) {
    shard_->report("a handler of " + shard_->name() + " gave a wrong answer: " + fault.what());
    response = problem(500, "Internal Server Error");
    head = head_.write(response, shard_->date_line().line(), persistence);
  }
  shard_->count_response(response.status);
  if (request_.method == Method::head || !has_body(response.status)) co_return co_await write(one(head), 0);
  auto* const file = std::get_if<FileRange>(&response.body);
  if (file == nullptr) co_return co_await write({asio::buffer(head), body_buffer(response.body)}, 0);
  if (!co_await write(one(head), file->length > 0 ? MSG_MORE : 0)) co_return false;
  if (tls_) co_return co_await send_file_tls(std::move(*file));
  co_return co_await send_file(std::move(*file));
}

Awaitable<bool> Session::write(std::array<asio::const_buffer, 2> parts, int flags) {
  if (tls_) co_return co_await write_tls(parts);
  std::size_t left = parts[0].size() + parts[1].size();
  ErrorCode error;
  // Nearly always the system takes all of it at once, and nothing is awaited.
  std::size_t count = stream_.send(parts, flags, error);
  while (true) {
    if (error && error != asio::error::would_block) co_return false;
    add(shard_->counters().bytes_sent, count);
    left -= count;
    if (left == 0) co_return true;
    const std::size_t of_first = std::min(count, parts[0].size());
    parts[0] += of_first;
    parts[1] += count - of_first;
    arm(Phase::writing, shard_->limits().write_timeout);
    std::tie(error, count) = co_await stream_.async_send(parts, flags, kAwait);
  }
}

Awaitable<bool> Session::send_file(FileRange range) {
  auto offset = static_cast<off_t>(range.offset);
  auto left = range.length;
  while (left > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, kFilePieceBytes));
    const auto count = ::sendfile(stream_.native_handle(), range.file->descriptor(), &offset, piece);
    if (count < 0 && errno != EAGAIN && errno != EINTR) co_return false;
    if (count == 0) {
      shard_->report("a file became shorter while it was sent; published files must not be changed");
      co_return false;
    }
    if (count > 0) {
      left -= static_cast<std::uint64_t>(count);
      add(shard_->counters().bytes_sent, static_cast<std::uint64_t>(count));
    }
    if (left == 0) break;
    arm(Phase::writing, shard_->limits().write_timeout);
    const auto [error] = co_await stream_.async_wait(asio::socket_base::wait_write, kAwait);
    if (error) co_return false;
  }
  co_return true;
}

Awaitable<void> Session::linger() {
  ErrorCode ignored;
  if (tls_) tls_->close();
  stream_.shutdown(asio::socket_base::shutdown_send, ignored);
  arm(Phase::lingering, kLingerTimeout);
  std::array<std::uint8_t, 4096> waste;
  for (std::size_t total = 0; total < kLingerBytes;) {
    const auto [error, count] = co_await stream_.async_read_some(asio::buffer(waste), kAwait);
    if (error) co_return;
    total += count;
  }
}

}  // namespace http
