// Response heads.

#include "http/response_head.h"

#include <charconv>
#include <stdexcept>

namespace http {

namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  if (!is_sendable(name, value))
    throw std::logic_error("a handler gave a header field that cannot be sent: " + std::string(name));
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view DateLine::line() {
  const pki::Time now = clock_->now();
  if (now != second_ || line_.empty()) {
    second_ = now;
    line_ = "Date: " + pki::to_imf_fixdate(now) + "\r\n";
  }
  return line_;
}

std::string_view ResponseHead::write(const Response& response, std::string_view date_line,
                                     Persistence persistence) {
  if (response.status < 200 || response.status > 599)
    throw std::logic_error("a handler gave a status that is none: " + std::to_string(response.status));
  buffer_.clear();
  if (response.status == 200) {
    buffer_ += "HTTP/1.1 200 OK\r\n";
  } else {
    buffer_ += "HTTP/1.1 ";
    append_number(buffer_, response.status);
    buffer_.append(" ").append(reason_phrase(response.status)).append("\r\n");
  }
  buffer_ += date_line;
  if (!response.content_type.empty()) append_field(buffer_, "Content-Type", response.content_type);
  if (has_body(response.status)) {
    buffer_ += "Content-Length: ";
    append_number(buffer_, body_size(response.body));
    buffer_ += "\r\n";
  }
  for (const Header& field : response.headers)
    append_field(buffer_, field.name, field.value);
  if (response.header_block) buffer_ += *response.header_block;
  if (persistence == Persistence::say_close) buffer_ += "Connection: close\r\n";
  if (persistence == Persistence::say_keep_alive) buffer_ += "Connection: keep-alive\r\n";
  buffer_ += "\r\n";
  return buffer_;
}

}  // namespace http
