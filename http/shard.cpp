// A shard: admission, deadlines, drain.

#include "http/shard.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "http/session.h"

namespace http {

namespace {

// Often enough to keep each wait within a quarter of what it should be, seldom enough to cost nothing.
std::chrono::milliseconds sweep_interval_for(const Limits& limits) {
  using std::chrono::milliseconds;
  const auto shortest = std::min({limits.read_timeout, limits.handshake_timeout, limits.idle_timeout,
                                  limits.write_timeout, limits.answer_timeout, limits.drain_timeout});
  return std::clamp(shortest / 4, milliseconds{5}, milliseconds{500});
}

}  // namespace

Shard::Shard(std::shared_ptr<ListenerState> state, const std::shared_ptr<Worker>& worker)
    : state_(std::move(state)),
      worker_(*worker),
      weak_worker_(worker),
      date_line_(state_->runtime.clock),
      handshakes_max_(std::max<std::size_t>(1, limits().handshakes / state_->runtime.workers.size())),
      sweep_timer_(worker_.loop),
      sweep_interval_(sweep_interval_for(limits())) {}

Shard::~Shard() = default;

void Shard::adopt(Stream stream, Peer peer) {
  // A Unix socket is for the user whose program this is, for root, and for a group that its mode admits.
  if (peer.uid && !state_->admits_group && *peer.uid != ::geteuid() && *peer.uid != 0)
    return refuse(std::move(stream), 403, "Forbidden");
  const ClientKind client_kind = standing_of(peer);
  if (!make_room(client_kind, share_of(peer.address)))
    return refuse(std::move(stream), 503, "Too many connections");
  add(counters_.connections_accepted, 1);
  auto session =
      std::make_shared<Session>(shared_from_this(), std::move(stream), std::move(peer), client_kind);
  session->start();
}

// Who may use a Unix socket is known by it.
ClientKind Shard::standing_of(const Peer& peer) {
  if (peer.uid) return ClientKind::known;
  try {
    const auto& is_known = guard().is_known_address;
    return is_known && is_known(peer.address) ? ClientKind::known : ClientKind::stranger;
  } catch (const std::exception& fault) {
    report("who connects to " + name() + " could not be looked up: " + fault.what());
    return ClientKind::stranger;
  }
}

// The listener's connections are looked at, not the shard's: which thread the system gives a newcomer to says
// nothing about who has too many.
bool Shard::make_room(ClientKind client_kind, const AddressShare& share) {
  ConnectionBook& book = state_->book;
  const std::size_t open = state_->connections_open.load(std::memory_order_relaxed);
  const auto count_displaced = [&](bool displaced) {
    add(counters_.connections_displaced, displaced ? 1 : 0);
    return displaced;
  };
  if (client_kind == ClientKind::known)
    return open < limits().connections ||
           count_displaced(book.displace(ClientKind::stranger) || book.displace(ClientKind::known));
  // An address that has its share makes room itself.
  const std::size_t most = state_->connections_for_stranger.load(std::memory_order_relaxed);
  if (most != 0 && book.count_of(client_kind, share) >= most)
    return count_displaced(book.displace(client_kind, share));
  const std::size_t strangers = state_->strangers_open.load(std::memory_order_relaxed);
  const bool has_place =
      open < limits().connections && strangers + limits().connections_for_known < limits().connections;
  return has_place || count_displaced(book.displace(client_kind));
}

void Shard::book(Session& session) {
  state_->book.add(session.booking());
}

void Shard::promote(Session& session) {
  state_->strangers_open.fetch_sub(1, std::memory_order_relaxed);
  state_->book.promote(session.booking());
}

void Shard::refuse(Stream stream, unsigned status, std::string_view title) {
  add(counters_.connections_refused, 1);
  // Before the TLS handshake no 503 can be sent: the connection is closed.
  if (tls() != nullptr) return;
  count_response(status);
  const Response response = problem(status, title);
  const auto& body = std::get<pki::Bytes>(response.body);
  ResponseHead head;
  const auto head_text = head.write(response, date_line_.line(), Persistence::say_close);
  // A fresh socket has room for so little; who does not take it is not waited for.
  ErrorCode ignored;
  stream.non_blocking(true, ignored);
  const std::array<asio::const_buffer, 2> both = {asio::buffer(head_text), asio::buffer(body)};
  stream.write_some(both, ignored);
  stream.shutdown(asio::socket_base::shutdown_send, ignored);
}

void Shard::count_answer(SteadyClock::duration taken) {
  const auto bound = std::ranges::lower_bound(kDurationBounds, taken);
  add(counters_.answers[static_cast<std::size_t>(bound - kDurationBounds.begin())], 1);
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count();
  add(counters_.answer_nanoseconds, static_cast<std::uint64_t>(nanoseconds));
}

void Shard::enter(Session& session) {
  session.set_index(sessions_.size());
  sessions_.push_back(&session);
  state_->connections_open.fetch_add(1, std::memory_order_relaxed);
  if (session.booking().client_kind() == ClientKind::stranger)
    state_->strangers_open.fetch_add(1, std::memory_order_relaxed);
  if (!sweeping_) schedule_sweep();
}

void Shard::leave(Session& session) {
  Session* const last = sessions_.back();
  sessions_[session.index()] = last;
  last->set_index(session.index());
  sessions_.pop_back();
  state_->connections_open.fetch_sub(1, std::memory_order_relaxed);
  if (session.booking().client_kind() == ClientKind::stranger)
    state_->strangers_open.fetch_sub(1, std::memory_order_relaxed);
  state_->book.remove(session.booking());
  // Without a waiting timer a drained loop has no work left and ends.
  if (sessions_.empty() && draining_) sweep_timer_.cancel();
}

void Shard::enter_handshake(Session& session) {
  if (handshakes_.size() >= handshakes_max_) handshakes_.front()->cut_handshake();
  session.set_handshake(handshakes_.insert(handshakes_.end(), &session));
}

void Shard::leave_handshake(Session& session) {
  if (const auto place = session.take_handshake()) handshakes_.erase(*place);
}

void Shard::drain() {
  draining_ = true;
  drain_deadline_ = SteadyClock::now() + limits().drain_timeout;
  for (Session* const session : sessions_)
    session->begin_drain();
  if (sessions_.empty()) sweep_timer_.cancel();
}

void Shard::schedule_sweep() {
  sweeping_ = true;
  sweep_timer_.expires_after(sweep_interval_);
  auto on_time = [self = shared_from_this()](const ErrorCode& error) {
    self->sweeping_ = false;
    if (!error) self->sweep();
  };
  sweep_timer_.async_wait(std::move(on_time));
}

void Shard::sweep() {
  const auto now = SteadyClock::now();
  const bool is_over = draining_ && drain_deadline_ <= now;
  for (Session* const session : sessions_) {
    if (is_over)
      session->abort();
    else if (session->deadline() <= now)
      session->expire();
  }
  if (!sessions_.empty()) schedule_sweep();
}

}  // namespace http
