// A request that waits in one of the queues, with what is known about it so far and the promise of its
// answer.

#pragma once

#include <utility>

#include "http/message.h"
#include "http/reply.h"
#include "ocsp/responder.h"

namespace ocsp {

// Move-only. `pending` looks into `request` or `decoded`, whose bytes stay where they are when it is moved.
struct WaitingRequest {
  http::OwnedRequest request;
  // The OCSPRequest that came in the path of a GET; empty for a POST.
  pki::Bytes decoded;
  PendingAnswer pending;
  http::Reply reply;
};

// Takes over what the serving thread has found out: `decoded` is empty when the OCSPRequest is the body.
[[nodiscard]] inline WaitingRequest keep_waiting(const http::Request& request, pki::Bytes decoded,
                                                 PendingAnswer pending, http::Reply reply) {
  WaitingRequest waiting{http::OwnedRequest(request), std::move(decoded), std::move(pending),
                         std::move(reply)};
  const bool is_body = waiting.decoded.empty();
  waiting.pending.move_to(is_body ? waiting.request->body : pki::ByteView(waiting.decoded));
  const auto& certificate = waiting.request->peer.client_certificate;
  if (certificate) waiting.pending.received.evidence.client_certificate = *certificate;
  return waiting;
}

}  // namespace ocsp
