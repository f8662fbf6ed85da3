// The promise of an answer.

#include "http/reply.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "http/runtime_internal.h"

namespace http {

namespace {

class FunctionSink final : public Reply::Sink {
 public:
  explicit FunctionSink(std::function<void(Response)> function) : function_(std::move(function)) {}
  void put(Response response) override { function_(std::move(response)); }
  std::shared_ptr<Worker> worker() const override { return nullptr; }
  void deliver() override {}

 private:
  std::function<void(Response)> function_;
};

using Sinks = std::vector<std::shared_ptr<Reply::Sink>>;

// Runs deliver() of all of them on the one thread that waits for them.
void deliver_at(Worker& worker, Sinks sinks) {
  auto deliver_all = [sinks = std::move(sinks)] {
    for (const auto& sink : sinks)
      sink->deliver();
  };
  if (worker.thread == std::this_thread::get_id()) return deliver_all();
  asio::post(worker.loop, std::move(deliver_all));
}

}  // namespace

Reply::Reply(std::function<void(Response)> function)
    : sink_(std::make_shared<FunctionSink>(std::move(function))) {}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  sink_ = std::move(other.sink_);
  return *this;
}

Reply::~Reply() {
  abandon();
}

void Reply::operator()(Response response) {
  if (!sink_) throw std::logic_error("a Reply was used twice, or after being moved from");
  const auto sink = std::exchange(sink_, nullptr);
  sink->put(std::move(response));
  if (const auto worker = sink->worker()) deliver_at(*worker, {sink});
}

void Reply::abandon() noexcept {
  if (!sink_) return;
  try {
    (*this)(problem(500, "Internal Server Error"));
  } catch (const std::exception&) {
    // Out of memory: the connection's own deadline ends the wait.
  }
}

ReplyBatch::~ReplyBatch() {
  hand_over();
}

void ReplyBatch::add(Reply reply, Response response) {
  if (!reply.sink_) throw std::logic_error("a Reply was used twice, or after being moved from");
  sinks_.push_back(reply.sink_);
  std::exchange(reply.sink_, nullptr)->put(std::move(response));
}

void ReplyBatch::hand_over() noexcept {
  try {
    Sinks left = std::exchange(sinks_, {});
    while (!left.empty()) {
      const auto worker = left.front()->worker();
      const auto others = std::partition(left.begin(), left.end(),
                                         [&](const auto& sink) { return sink->worker() == worker; });
      Sinks together(left.begin(), others);
      left.erase(left.begin(), others);
      if (worker) deliver_at(*worker, std::move(together));
    }
  } catch (const std::exception&) {
    // As in Reply::abandon().
  }
}

}  // namespace http
