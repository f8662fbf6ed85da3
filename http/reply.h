// The promise of an answer: what a handler gets that signs, writes or waits.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "http/message.h"

namespace http {

struct Worker;

// Move-only. Call it once, from any thread, with the answer. Destroyed without a call it answers 500, so a
// lost job never leaves a client waiting. Answering after the client has gone, or after the server has ended,
// is allowed and does nothing.
class Reply final {
 public:
  // Where the answer goes. The server implements it.
  class Sink {
   public:
    virtual ~Sink() = default;
    // Takes the answer; called at most once, from any thread.
    virtual void put(Response response) = 0;
    // The serving thread that waits for it. Nothing: no thread waits, or none any more, and put() was all.
    [[nodiscard]] virtual std::shared_ptr<Worker> worker() const = 0;
    // Called on that thread after put(): the answer is there.
    virtual void deliver() = 0;
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
  friend class ReplyBatch;
  void abandon() noexcept;

  std::shared_ptr<Sink> sink_;
};

// Answers that are handed over together: each serving thread that waits for some of them is woken once, where
// a call of each Reply would wake it each time. For a thread that answers one request after another; what was
// not handed over yet is when the batch ends.
class ReplyBatch final {
 public:
  ReplyBatch() = default;
  ReplyBatch(const ReplyBatch&) = delete;
  ReplyBatch& operator=(const ReplyBatch&) = delete;
  ~ReplyBatch();

  // As calling `reply`, except for when the client gets the answer.
  void add(Reply reply, Response response);
  // Never throws: whose answer is lost for want of memory waits no longer than its connection's deadline.
  void hand_over() noexcept;
  // Of the answers that wait to be handed over.
  [[nodiscard]] std::size_t size() const { return sinks_.size(); }

 private:
  std::vector<std::shared_ptr<Reply::Sink>> sinks_;
};

}  // namespace http
