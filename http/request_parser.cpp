// The request parser: Beast's basic_parser, writing into buffers that live as long as the connection.

#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "pki/number.h"

namespace http {

namespace {

namespace beast = boost::beast::http;
using ErrorCode = boost::beast::error_code;
// Beast's own, which converts to std::string_view.
using TextView = boost::beast::string_view;

// A body buffer larger than this is given back after its request, so that idle connections stay small.
constexpr std::size_t kKeptBodyBytes = std::size_t{128} * 1024;

// Where a text lies in the arena, which may move while it grows.
struct Slice {
  std::size_t start = 0;
  std::size_t size = 0;
};

// What is known of one request, in buffers that are reused for the next.
struct Message {
  std::string arena;
  Slice method;
  Slice target;
  std::vector<std::pair<Slice, Slice>> fields;
  std::vector<HeaderView> views;
  pki::Bytes body;
  int version = 11;
  std::size_t hosts = 0;
  // Of request line and fields, as far as they are read.
  std::size_t header_bytes = 0;
  bool expects_continue = false;
  bool is_chunked = false;
  bool header_done = false;
  // The status to answer when a callback refuses; 0 when none has.
  unsigned refusal = 0;

  Slice keep(std::string_view text) {
    const Slice slice{arena.size(), text.size()};
    arena += text;
    return slice;
  }
  [[nodiscard]] std::string_view view(Slice slice) const {
    return std::string_view(arena).substr(slice.start, slice.size);
  }
  void clear() {
    arena.clear();
    fields.clear();
    if (body.capacity() > kKeptBodyBytes) body = {};
    body.clear();
    hosts = header_bytes = 0;
    expects_continue = is_chunked = header_done = false;
    refusal = 0;
  }
};

unsigned status_of(ErrorCode error) {
  if (error == beast::error::body_limit) return 413;
  if (error == beast::error::header_limit) return 431;
  return 400;
}

// Whether a header has a Content-Length that is a number, but one of more than 64 bits. Beast takes that for
// a syntax error; it is a body that is too long (RFC 9110 section 8.6: no limit is defined for the length).
bool has_enormous_length(std::string_view header) {
  constexpr std::string_view kName = "content-length:";
  while (!header.empty()) {
    const std::string_view line = header.substr(0, header.find("\r\n"));
    header.remove_prefix(std::min(header.size(), line.size() + 2));
    if (line.size() < kName.size() || !equal_ignoring_case(line.substr(0, kName.size()), kName)) continue;
    std::string_view value = line.substr(kName.size());
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_last_not_of(" \t") + 1);
    if (pki::is_digits(value) && !pki::parse_number<std::uint64_t>(value)) return true;
  }
  return false;
}

// Beast calls back with each part of one request; it is made for every request and costs no allocation.
class Grammar final : public beast::basic_parser<true> {
 public:
  Grammar(Message& message, const ParserLimits& limits) : message_(message), limits_(limits) {
    header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(limits.header_bytes, std::numeric_limits<std::uint32_t>::max())));
    body_limit(limits.body_bytes);
  }

 private:
  void refuse(unsigned status, ErrorCode& error) {
    message_.refusal = status;
    error = beast::error::bad_value;
  }

  void on_request_impl(beast::verb, TextView method, TextView target, int version, ErrorCode&) override {
    message_.method = message_.keep(method);
    message_.target = message_.keep(target);
    message_.version = version;
  }

  void on_field_impl(beast::field field, TextView name, TextView value, ErrorCode& error) override {
    // Trailer fields are read and dropped (RFC 9110 section 6.5.1).
    if (message_.header_done) return;
    if (message_.fields.size() >= limits_.header_fields) return refuse(431, error);
    if (field == beast::field::host) ++message_.hosts;
    if (field == beast::field::transfer_encoding) {
      // Only "chunked", once, in HTTP/1.1: what another reader might frame differently is refused.
      if (message_.version < 11 || message_.is_chunked) return refuse(400, error);
      if (!equal_ignoring_case(value, "chunked")) return refuse(501, error);
      message_.is_chunked = true;
    }
    if (field == beast::field::expect && equal_ignoring_case(value, "100-continue"))
      message_.expects_continue = message_.version >= 11;
    const Slice kept_name = message_.keep(name);
    message_.fields.emplace_back(kept_name, message_.keep(value));
  }

  void on_header_impl(ErrorCode& error) override {
    message_.header_done = true;
    // RFC 9112 section 3.2: exactly one Host; HTTP/1.0 may have none.
    if (message_.hosts > 1 || (message_.hosts == 0 && message_.version >= 11)) refuse(400, error);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    // Within the body limit, which Beast has checked; but no more is promised than a client really sends.
    if (length) message_.body.reserve(std::min<std::size_t>(*length, kKeptBodyBytes));
  }

  std::size_t on_body_impl(TextView text, ErrorCode&) override {
    pki::append(message_.body, pki::as_bytes(std::string_view(text)));
    return text.size();
  }

  void on_chunk_header_impl(std::uint64_t, TextView, ErrorCode&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, TextView text, ErrorCode& error) override {
    return on_body_impl(text, error);
  }

  void on_response_impl(int, TextView, int, ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}

  Message& message_;
  const ParserLimits& limits_;
};

// The shortest end of a chunked body, "0\r\n\r\n". Beast's chunk reader asserts that it is called with no
// less, and waiting for so much never waits in vain.
constexpr std::size_t kChunkedInputMin = 5;

}  // namespace

struct RequestParser::Impl {
  explicit Impl(const ParserLimits& given) : limits(given) { grammar.emplace(message, limits); }

  void fail(unsigned status) {
    state = State::failed;
    error_status = status;
  }

  // Beast's limit holds for the request line and for the fields apart; this one for both together, with
  // `waiting` bytes that are not read yet.
  void count_header(std::size_t used, std::size_t waiting) {
    message.header_bytes += used;
    if (message.header_bytes + (state == State::header ? waiting : 0) > limits.header_bytes) fail(431);
  }

  ParserLimits limits;
  Message message;
  std::optional<Grammar> grammar;
  State state = State::start;
  unsigned error_status = 0;
};

RequestParser::RequestParser(const ParserLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::put(pki::ByteView input) {
  std::size_t done = 0;
  while (impl_->state != State::complete && impl_->state != State::failed) {
    // RFC 9112 section 2.2: empty lines before a request are ignored.
    while (impl_->state == State::start && done < input.size() &&
           (input[done] == '\r' || input[done] == '\n'))
      ++done;
    const auto rest = input.subspan(done);
    if (rest.empty()) break;
    if (impl_->state == State::body && impl_->message.is_chunked && rest.size() < kChunkedInputMin) break;
    ErrorCode error;
    const std::size_t used = impl_->grammar->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    done += used;
    const bool was_header = impl_->state <= State::header;
    if (impl_->grammar->is_done())
      impl_->state = State::complete;
    else if (impl_->grammar->is_header_done())
      impl_->state = State::body;
    else
      impl_->state = State::header;
    if (error == beast::error::bad_content_length && has_enormous_length(pki::as_text(rest)))
      impl_->fail(413);
    else if (error && error != beast::error::need_more)
      impl_->fail(impl_->message.refusal != 0 ? impl_->message.refusal : status_of(error));
    else if (was_header)
      impl_->count_header(used, rest.size() - used);
    else if (impl_->message.is_chunked && error && rest.size() - used > impl_->limits.header_bytes)
      // A chunk's line or the trailer, for which Beast has no limit.
      impl_->fail(431);
    if (error) break;
  }
  return done;
}

RequestParser::State RequestParser::state() const {
  return impl_->state;
}
unsigned RequestParser::error_status() const {
  return impl_->error_status;
}
bool RequestParser::expects_continue() const {
  return impl_->message.expects_continue;
}
bool RequestParser::keep_alive() const {
  return impl_->grammar->keep_alive();
}
bool RequestParser::is_http_1_0() const {
  return impl_->message.version < 11;
}

void RequestParser::fill(Request& request) const {
  Message& message = impl_->message;
  request.method_text = message.view(message.method);
  request.method = parse_method(request.method_text);
  request.target = message.view(message.target);
  const auto parts = split_target(request.target);
  request.path = parts.path;
  request.query = parts.query;
  message.views.clear();
  for (const auto& [name, value] : message.fields)
    message.views.push_back({message.view(name), message.view(value)});
  request.headers = message.views;
  request.body = message.body;
}

void RequestParser::reset() {
  impl_->message.clear();
  impl_->grammar.emplace(impl_->message, impl_->limits);
  impl_->state = State::start;
  impl_->error_status = 0;
}

}  // namespace http
