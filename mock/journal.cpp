// The ring of exchanges.

#include "mock/journal.h"

#include <algorithm>

namespace mock {

std::shared_ptr<Exchange> Journal::begin(Door door, const http::Request& request) {
  auto exchange = std::make_shared<Exchange>();
  exchange->door = door;
  exchange->at = clock_.now();
  exchange->method = request.method_text;
  exchange->target = request.target;
  exchange->peer = request.peer;
  for (const http::HeaderView& header : request.headers)
    exchange->headers.push_back({std::string(header.name), std::string(header.value)});
  exchange->body = pki::to_bytes(request.body);
  return exchange;
}

void Journal::finish(const std::shared_ptr<Exchange>& exchange, http::Response& response) {
  if (auto* owned = std::get_if<pki::Bytes>(&response.body))
    response.body = std::make_shared<const pki::Bytes>(std::move(*owned));
  exchange->status = response.status;
  exchange->content_type = response.content_type;
  exchange->answer_size = http::body_size(response.body);
  if (!response.raw)
    if (const auto* shared = std::get_if<std::shared_ptr<const pki::Bytes>>(&response.body))
      exchange->answer = *shared;
  {
    const std::lock_guard lock(mutex_);
    exchange->number = ++count_;
    kept_.push_back(exchange);
    if (kept_.size() > kKept) kept_.pop_front();
  }
  if (on_finished_) on_finished_(*exchange);
}

std::vector<std::shared_ptr<const Exchange>> Journal::last(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  const std::size_t taken = std::min(count, kept_.size());
  return {kept_.end() - static_cast<std::ptrdiff_t>(taken), kept_.end()};
}

std::uint64_t Journal::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void Journal::forget() {
  const std::lock_guard lock(mutex_);
  kept_.clear();
  count_ = 0;
}

std::string in_one_line(const Exchange& exchange) {
  std::string line = std::string(to_string(exchange.door)) + " " + http::to_string(exchange.peer) + " " +
                     exchange.method + " " + exchange.target + " " + std::to_string(exchange.status) + " " +
                     std::to_string(exchange.answer_size) + " bytes";
  for (const std::string& fault : exchange.faults)
    line += " [" + fault + "]";
  return line;
}

}  // namespace mock
