// The promise of an answer.

#include "http/reply.h"

#include <exception>
#include <stdexcept>
#include <utility>

namespace http {

namespace {

class FunctionSink final : public Reply::Sink {
 public:
  explicit FunctionSink(std::function<void(Response)> function) : function_(std::move(function)) {}
  void answer(Response response) override { function_(std::move(response)); }

 private:
  std::function<void(Response)> function_;
};

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
  std::exchange(sink_, nullptr)->answer(std::move(response));
}

void Reply::abandon() noexcept {
  if (!sink_) return;
  try {
    std::exchange(sink_, nullptr)->answer(problem(500, "Internal Server Error"));
  } catch (const std::exception&) {
    // Out of memory: the connection's own deadline ends the wait.
  }
}

}  // namespace http
