// A session's answer byte by byte (http/raw_reply.h): pieces, pauses, and the end of the connection.

#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>

#include <algorithm>

#include "http/session.h"

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 with a sanitizer takes the frame allocation of Asio's coroutines for a mismatch of new and delete.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace http {

// In parts where somebody may become impatient.
Awaitable<void> Session::pause(std::chrono::milliseconds time, const RawReply& reply) {
  constexpr std::chrono::milliseconds kPart{50};
  if (!answer_ready_timer_) answer_ready_timer_.emplace(stream_.get_executor());
  while (time.count() > 0 && !ending_ && !timed_out_ && !(reply.hurries && reply.hurries())) {
    const auto part = reply.hurries ? std::min(time, kPart) : time;
    arm(Phase::writing, part + shard_->limits().write_timeout);
    answer_ready_timer_->expires_after(part);
    co_await answer_ready_timer_->async_wait(kAwait);
    time -= part;
  }
}

Awaitable<bool> Session::send_raw(const Response& response) {
  shard_->count_response(response.status);
  const RawReply& reply = *response.raw;
  for (const RawReply::Piece& piece : reply.pieces) {
    if (piece.pause.count() > 0) co_await pause(piece.pause, reply);
    if (ending_ || timed_out_) co_return false;
    const std::array<asio::const_buffer, 2> parts{asio::buffer(piece.bytes), asio::const_buffer()};
    if (!piece.bytes.empty() && !co_await write(parts, 0)) co_return false;
  }
  if (reply.end == RawReply::End::close) {
    co_await linger();
    co_return false;
  }
  if (tls_) tls_->abandon();
  // Closing with a linger time of zero sends RST; on a Unix socket it is a close.
  ErrorCode ignored;
  stream_.set_option(asio::socket_base::linger(true, 0), ignored);
  stream_.close(ignored);
  co_return false;
}

}  // namespace http
