// The promise of an answer: what a handler gets that signs, writes or waits.

#pragma once

#include <functional>
#include <memory>

#include "http/message.h"

namespace http {

// Move-only. Call it once, from any thread, with the answer. Destroyed without a call it answers 500, so a
// lost job never leaves a client waiting. Answering after the client has gone, or after the server has ended,
// is allowed and does nothing.
class Reply final {
 public:
  // Where the answer goes. The server implements it; answer() is called at most once, from any thread.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void answer(Response response) = 0;
  };

  explicit Reply(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  // For tests and calls inside the program.
  explicit Reply(std::function<void(Response)> function);

  Reply(Reply&& other) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();

  // Throws std::logic_error when called a second time or after being moved from.
  void operator()(Response response);

 private:
  void abandon() noexcept;

  std::shared_ptr<Sink> sink_;
};

}  // namespace http
