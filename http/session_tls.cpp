// A session's reading and writing over TLS. The connection says what it waits for, and the session waits for
// it under its own deadline, as it does without TLS.

#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <string>

#include "http/session.h"

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 with a sanitizer takes the frame allocation of Asio's coroutines for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace http {

namespace {

// The largest record of TLS (RFC 8446 section 5.1).
constexpr std::size_t kRecordBytes = std::size_t{16} * 1024;
// After so many records of a file its sender lets other connections have their turn.
constexpr unsigned kRecordsInTurn = 16;

pki::ByteView view_of(asio::const_buffer part) {
  return {static_cast<const std::uint8_t*>(part.data()), part.size()};
}

}  // namespace

void Session::cut_handshake() {
  shard_->leave_handshake(*this);
  abort();
}

Awaitable<bool> Session::handshake() {
  arm(Phase::handshaking, shard_->limits().handshake_timeout);
  tls_ = shard_->tls()->accept(stream_.native_handle());
  shard_->enter_handshake(*this);
  TlsStep step = tls_->handshake();
  while (step != TlsStep::done) {
    if (step == TlsStep::failed || !co_await ready_for(step)) break;
    step = tls_->handshake();
  }
  shard_->leave_handshake(*this);
  if (step != TlsStep::done) {
    add(shard_->counters().handshakes_failed, 1);
    if (timed_out_ || ending_) co_return false;
    bool has_peer = true;
    if (tls_->met_plain_http()) {
      tls_.reset();
      request_.method = Method::other;
      has_peer = co_await respond(problem(400, "This port speaks HTTPS"), Persistence::say_close);
    }
    // A client of TLS 1.3 sends its request before it hears that its certificate was refused.
    if (has_peer) co_await linger();
    co_return false;
  }
  request_.peer.is_encrypted = true;
  request_.peer.client_certificate = tls_->take_peer_certificate();
  // The handshake has checked it.
  if (request_.peer.client_certificate && booking_.client_kind() == ClientKind::stranger)
    shard_->promote(*this);
  arm(Phase::idle, shard_->limits().read_timeout);
  co_return true;
}

Awaitable<bool> Session::ready_for(TlsStep step) {
  const auto what =
      step == TlsStep::wants_read ? asio::socket_base::wait_read : asio::socket_base::wait_write;
  const auto [error] = co_await stream_.async_wait(what, kAwait);
  co_return !error && !ending_;
}

Awaitable<std::tuple<ErrorCode, std::size_t>> Session::read_tls() {
  // Between two requests the next one is hardly there yet: to ask the socket for it would be in vain.
  if (phase_ == Phase::idle && !tls_->has_pending()) {
    input_.release_if_empty();
    if (!co_await ready_for(TlsStep::wants_read))
      co_return std::tuple(ErrorCode(asio::error::eof), std::size_t{0});
  }
  while (true) {
    const TlsMove move = tls_->read(input_.space());
    if (move.step == TlsStep::done) co_return std::tuple(ErrorCode(), move.count);
    // A connection that waits for a request keeps no room for it.
    input_.release_if_empty();
    const bool waits = move.step == TlsStep::wants_read || move.step == TlsStep::wants_write;
    if (!waits || !co_await ready_for(move.step))
      co_return std::tuple(ErrorCode(asio::error::eof), std::size_t{0});
  }
}

Awaitable<bool> Session::write_tls(std::array<asio::const_buffer, 2> parts) {
  const std::size_t size = parts[0].size() + parts[1].size();
  if (size > kRecordBytes || parts[1].size() == 0)
    co_return co_await write_bytes_tls(view_of(parts[0])) && co_await write_bytes_tls(view_of(parts[1]));
  // One record, and one packet, for head and body.
  pki::Bytes together;
  together.reserve(size);
  pki::append(together, view_of(parts[0]));
  pki::append(together, view_of(parts[1]));
  co_return co_await write_bytes_tls(together);
}

Awaitable<bool> Session::write_bytes_tls(pki::ByteView bytes) {
  while (!bytes.empty()) {
    const TlsMove move = tls_->write(bytes);
    if (move.step == TlsStep::done) {
      add(shard_->counters().bytes_sent, move.count);
      bytes = bytes.subspan(move.count);
      continue;
    }
    if (move.step != TlsStep::wants_read && move.step != TlsStep::wants_write) co_return false;
    arm(Phase::writing, shard_->limits().write_timeout);
    if (!co_await ready_for(move.step)) co_return false;
  }
  co_return true;
}

Awaitable<bool> Session::send_file_tls(FileRange range) {
  pki::Bytes record(static_cast<std::size_t>(std::min<std::uint64_t>(kRecordBytes, range.length)));
  for (unsigned turn = 1; range.length > 0; ++turn) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(record.size(), range.length));
    const auto count =
        ::pread(range.file->descriptor(), record.data(), wanted, static_cast<off_t>(range.offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      shard_->report(
          "a file could not be read to its end while it was sent; check the disk, and that nothing "
          "changes published files");
      co_return false;
    }
    if (!co_await write_bytes_tls(pki::ByteView(record).first(static_cast<std::size_t>(count))))
      co_return false;
    range.offset += static_cast<std::uint64_t>(count);
    range.length -= static_cast<std::uint64_t>(count);
    if (turn % kRecordsInTurn != 0 || range.length == 0) continue;
    arm(Phase::writing, shard_->limits().write_timeout);
    if (!co_await ready_for(TlsStep::wants_write)) co_return false;
  }
  co_return true;
}

}  // namespace http
