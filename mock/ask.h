// A question that the mock puts to itself as a correct client would, through the verifiers' listener, so that
// faults change the answer and the request goes on record: POST /mock/ask.

#pragma once

#include <boost/json.hpp>

#include "http/address.h"
#include "mock/world.h"
#include "pki/serial_number.h"
#include "registry/schema.h"

namespace mock {

struct Question {
  registry::IssuerId ca;
  pki::SerialNumber serial;
};

// {"ca": "sign-1", "serial": "100000001"}. Errc::invalid_value names the member.
[[nodiscard]] pki::Result<Question> read_question(const boost::json::object& body);

// Asks the responder, which listens at `address`, with a nonce, waits five seconds at most, and judges what
// comes as RFC 6960 section 3.2 demands: `status` is null when the answer cannot be accepted, and `refused`
// says why. Errc::invalid_value for a CA that `world` does not have. The world is left before the question is
// sent: a reset does not wait for the answer.
[[nodiscard]] pki::Result<boost::json::object> ask(std::shared_ptr<World::Use> world,
                                                   const Question& question, const http::TcpAddress& address);

}  // namespace mock
