// The wire between a card and vpcd, the virtual reader of the vsmartcard project below pcscd: the card is the
// client. A message is two bytes of length, the higher first, and so many bytes. From the reader, one byte
// alone is about power (0 off, 1 on, 2 reset) or asks for the answer to reset (4), and anything longer is a
// command APDU; the card answers the last two.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "pki/bytes.h"
#include "pki/result.h"

namespace mock {

enum class CardPower : std::uint8_t { off = 0, on = 1, reset = 2 };

// What a reader meets in its slot.
class VirtualCard {
 public:
  virtual ~VirtualCard() = default;
  virtual void set_power(CardPower power) = 0;
  [[nodiscard]] virtual pki::Bytes atr() = 0;
  [[nodiscard]] virtual pki::Bytes transmit(pki::ByteView command) = 0;
};

// A connection to a reader, closed with the object.
class ReaderConnection final {
 public:
  // HOST:PORT or [ADDRESS]:PORT. Errc::invalid_value for anything else, Errc::unreachable when no reader is
  // there.
  static pki::Result<ReaderConnection> connect(const std::string& address);
  // Takes the socket over.
  explicit ReaderConnection(int socket) : socket_(socket) {}
  ReaderConnection(ReaderConnection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ReaderConnection& operator=(ReaderConnection&&) = delete;
  ~ReaderConnection();

  // Serves the card until the reader closes the connection. Errc::unreachable when it breaks in the middle of
  // a message.
  [[nodiscard]] pki::Result<void> serve(VirtualCard& card);

 private:
  int socket_;
};

}  // namespace mock
