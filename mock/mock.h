// `jpki mock`: one process, a temporary store, published test keys, residents with both certificates, and a
// JSON object on the first line that names every URL and file.

#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "pki/message.h"

namespace mock {

enum class RequestLog : std::uint8_t { none, requests };

struct MockOptions {
  std::uint64_t seed = 1;
  std::uint32_t residents = 3;
  // Ready-made states: all, or names with commas between (mock/states.h).
  std::string states = {};
  // A scenario of the library or a TOML file (mock/scenario.h), played so that it ends at the start.
  std::string scenario = {};
  // The moment, RFC 3339, at which the clock begins; empty: it follows the wall's.
  std::string time = {};
  // The clock stands from the start on.
  bool frozen = false;
  // P: verifiers' HTTP; P + 1 their HTTPS, P + 2 ops, P + 3 control, P + 4 operators' HTTPS; 0: free ones.
  std::uint16_t port = 0;
  // Where all of them listen, a numeric address. One that is not loopback only with `admits_strangers`.
  std::string listen = "127.0.0.1";
  bool admits_strangers = false;
  // The host in every URL; empty: the address of `listen`.
  std::string public_host = {};
  // A jpki.toml; what it says of listeners and URLs does not count. Empty: the defaults.
  std::string config = {};
  // rsa-2048, p-256 or p-384: of the CAs and responders.
  std::string key = "rsa-2048";
  // Where the first line is written as well, when everything is ready.
  std::string ready_file = {};
  RequestLog log = RequestLog::none;
  // Nothing but errors on standard error.
  bool quiet = false;
  // Run until a signal, whatever becomes of standard input.
  bool hold_open = false;
};

// What the machine refuses: no port, no folder, no disk. The message says what to do.
class SurroundingsError : public std::runtime_error {
 public:
  explicit SurroundingsError(pki::Message message)
      : std::runtime_error(message.in(pki::Language::en)), message_(std::move(message)) {}
  [[nodiscard]] const pki::Message& message() const { return message_; }

 private:
  pki::Message message_;
};

// Runs until a signal, or until standard input closes; leaves nothing behind. Throws SurroundingsError, and
// pki::ErrorException for options that make no sense.
void run_mock(const MockOptions& options);

}  // namespace mock
