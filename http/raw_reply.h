// An answer byte by byte, as a server that misbehaves would send it: for tests of clients. Only mock makes
// one (docs/faults.md).

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "pki/bytes.h"

namespace http {

struct RawReply {
  struct Piece {
    // How long the connection is silent before the bytes are sent.
    std::chrono::milliseconds pause{0};
    pki::Bytes bytes = {};
  };
  // What happens to the connection after the last piece.
  enum class End : std::uint8_t {
    close,  // In order (FIN).
    reset,  // RST.
  };

  // Status line and header fields are among the bytes: nothing is added.
  std::vector<Piece> pieces = {};
  End end = End::close;
  // Asked now and then during a pause, on the serving thread: true ends it and all that follow.
  std::function<bool()> hurries = {};
};

}  // namespace http
