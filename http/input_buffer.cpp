// What has arrived on a connection and was not parsed yet: one block that grows by doubling and is given
// back.

#include <algorithm>
#include <cstring>

#include "http/session.h"

namespace http {

namespace {

constexpr std::size_t kInputBytesFirst = 4096;

}  // namespace

InputBuffer::InputBuffer(std::size_t capacity_max) : capacity_max_(capacity_max) {}

std::span<std::uint8_t> InputBuffer::space() {
  if (begin_ > 0 && end_ == storage_.size()) {
    std::memmove(storage_.data(), storage_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == storage_.size() && storage_.size() < capacity_max_)
    storage_.resize(std::min(std::max(kInputBytesFirst, storage_.size() * 2), capacity_max_));
  return {storage_.data() + end_, storage_.size() - end_};
}

void InputBuffer::consume(std::size_t count) {
  begin_ += count;
  if (begin_ == end_) begin_ = end_ = 0;
}

void InputBuffer::release_if_empty() {
  if (begin_ == end_) storage_ = pki::Bytes();
}

}  // namespace http
