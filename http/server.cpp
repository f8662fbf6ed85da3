// Listeners: sockets to accept on, and shards to hand connections to.

#include "http/server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "http/listen.h"
#include "http/shard.h"

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 with a sanitizer takes the frame allocation of Asio's coroutines for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace http {

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol, LoopExecutor>;

// How long accepting rests when it fails, e.g. because no descriptors are left.
constexpr std::chrono::milliseconds kTroublePause{100};

Peer peer_of(const sockaddr& address, int descriptor) {
  Peer peer;
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    peer.address[10] = peer.address[11] = 0xFF;
    std::memcpy(peer.address.data() + 12, &v4.sin_addr, 4);
    peer.port = ntohs(v4.sin_port);
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(peer.address.data(), &v6.sin6_addr, peer.address.size());
    peer.port = ntohs(v6.sin6_port);
  } else {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    // If SO_PEERCRED fails, an invalid uid is used, which every check refuses.
    const int result = ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
    peer.uid = result == 0 ? credentials.uid : static_cast<std::uint32_t>(-1);
  }
  return peer;
}

}  // namespace

struct Server::State {
  explicit State(std::shared_ptr<ListenerState> given) : shared(std::move(given)) {}

  std::shared_ptr<ListenerState> shared;
  std::vector<std::shared_ptr<Shard>> shards;
  // One per worker for TCP; one for a Unix socket, on the first worker.
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  std::optional<SocketFile> socket_file;
  std::uint16_t port = 0;
};

namespace {

// What one acceptor's coroutine needs: it gives each connection to the next of its shards.
struct AcceptLoop {
  std::shared_ptr<Acceptor> acceptor;
  std::vector<std::shared_ptr<Shard>> shards;
};

void hand_over(const std::shared_ptr<Shard>& shard, Stream stream, Peer peer, const Worker& here) {
  if (shard->worker().index == here.index) return shard->adopt(std::move(stream), std::move(peer));
  auto adopt_there = [shard, stream = std::move(stream), peer = std::move(peer)]() mutable {
    shard->adopt(std::move(stream), std::move(peer));
  };
  asio::post(shard->worker().loop, std::move(adopt_there));
}

Awaitable<void> accept_all(AcceptLoop loop, Worker& here) {
  LoopTimer pause(here.loop);
  for (std::size_t turn = 0; loop.acceptor->is_open(); turn = (turn + 1) % loop.shards.size()) {
    const auto& shard = loop.shards[turn];
    Stream stream(shard->worker().loop);
    asio::generic::stream_protocol::endpoint from;
    const auto [error] = co_await loop.acceptor->async_accept(stream, from, kAwait);
    if (error == asio::error::operation_aborted) co_return;
    // The connection broke before it was accepted (accept(2)).
    if (error == asio::error::connection_aborted) continue;
    if (error) {
      shard->report("cannot accept connections to " + shard->name() + ": " + error.message() +
                    "; if files or memory have run out, raise the limit of open files");
      pause.expires_after(kTroublePause);
      co_await pause.async_wait(kAwait);
      continue;
    }
    try {
      Peer peer = peer_of(*from.data(), stream.native_handle());
      hand_over(shard, std::move(stream), std::move(peer), here);
    } catch (const std::exception& fault) {
      shard->report("a connection to " + shard->name() + " could not be served: " + fault.what());
    }
  }
}

}  // namespace

Server::Server(Runtime& runtime, Listener listener) {
  if (!listener.router) throw std::logic_error("a listener needs a router: " + listener.name);
  auto& internal = runtime.internal();
  const Address address = listener.address;
  state_ = std::make_shared<State>(std::make_shared<ListenerState>(internal, std::move(listener)));
  for (const auto& worker : internal.workers)
    state_->shards.push_back(std::make_shared<Shard>(state_->shared, worker));

  std::vector<Descriptor> sockets;
  if (const auto* path = std::get_if<UnixPath>(&address)) {
    sockets.push_back(listen_unix(*path));
    state_->socket_file.emplace(path->path);
    state_->shared->admits_group = group_served(*path).has_value();
  } else {
    sockets = listen_tcp(std::get<TcpAddress>(address), internal.workers.size());
    state_->port = local_port(sockets.front());
  }
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    const auto& worker = internal.workers[i];
    auto acceptor = std::make_shared<Acceptor>(worker->loop);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ::getsockname(sockets[i].get(), reinterpret_cast<sockaddr*>(&bound), &size);
    acceptor->assign(asio::generic::stream_protocol(bound.ss_family, 0), sockets[i].release());
    state_->acceptors.push_back(acceptor);
    AcceptLoop loop{acceptor, {state_->shards[i]}};
    if (std::holds_alternative<UnixPath>(address)) loop.shards = state_->shards;
    asio::co_spawn(worker->loop, accept_all(std::move(loop), *worker), asio::detached);
  }

  auto drain = [weak = std::weak_ptr<State>(state_)](std::size_t worker) {
    const auto state = weak.lock();
    if (!state) return;
    ErrorCode ignored;
    if (worker < state->acceptors.size()) state->acceptors[worker]->close(ignored);
    state->shards[worker]->drain();
  };
  internal.on_drain.emplace_back(std::move(drain));
}

Server::~Server() = default;

std::uint16_t Server::bound_port() const {
  return state_->port;
}

const std::string& Server::name() const {
  return state_->shared->listener.name;
}

void Server::set_connections_for_stranger(std::size_t most) {
  state_->shared->connections_for_stranger = most;
}

ServerCounters Server::counters() const {
  ServerCounters sum;
  for (const auto& shard : state_->shards) {
    const ShardCounters& part = shard->counters();
    sum.requests += part.requests.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < sum.responses.size(); ++i)
      sum.responses[i] += part.responses[i].load(std::memory_order_relaxed);
    sum.connections_accepted += part.connections_accepted.load(std::memory_order_relaxed);
    sum.connections_refused += part.connections_refused.load(std::memory_order_relaxed);
    sum.connections_displaced += part.connections_displaced.load(std::memory_order_relaxed);
    sum.handshakes_failed += part.handshakes_failed.load(std::memory_order_relaxed);
    sum.bytes_received += part.bytes_received.load(std::memory_order_relaxed);
    sum.bytes_sent += part.bytes_sent.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < sum.answers.counts.size(); ++i)
      sum.answers.counts[i] += part.answers[i].load(std::memory_order_relaxed);
    sum.answers.sum += std::chrono::nanoseconds{
        static_cast<std::int64_t>(part.answer_nanoseconds.load(std::memory_order_relaxed))};
  }
  sum.connections_open = state_->shared->connections_open.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace http
