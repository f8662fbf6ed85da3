// The text of a feed, line by line: UTF-8, Shift_JIS (CP932) or EUC-JP with any line ends, in bounded memory.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

#include "pki/charset.h"
#include "pki/result.h"

namespace cli {

enum class FeedEncoding { utf8, cp932, euc_jp };

// "utf-8", "cp932", "euc-jp".
[[nodiscard]] std::string_view to_string(FeedEncoding encoding);

// "utf-8", "utf8", "cp932", "shift_jis", "sjis", "windows-31j", "euc-jp", "eucjp", in any case.
// Errc::invalid_value otherwise.
[[nodiscard]] pki::Result<FeedEncoding> parse_feed_encoding(std::string_view text);
// The one encoding in which every line of the stream reads, UTF-8 before the others. A wrong guess would
// record mojibake as addresses and revoke for it, so there is none in doubt: Errc::malformed when no encoding
// fits every line, or when CP932 and EUC-JP both do. Reads the stream to its end and back to where it was.
[[nodiscard]] pki::Result<FeedEncoding> judge_feed_encoding(std::istream& input);

// Bytes of a feed to UTF-8.
class FeedDecoder final {
 public:
  // Throws std::runtime_error when the C library has no converter.
  explicit FeedDecoder(FeedEncoding encoding);
  ~FeedDecoder();
  FeedDecoder(const FeedDecoder&) = delete;
  FeedDecoder& operator=(const FeedDecoder&) = delete;

  // Microsoft's forms of two signs become those of JIS X 0208: U+FF0D to U+2212, U+FF5E to U+301C.
  // Errc::malformed for bytes that are not of the encoding, and for NUL.
  [[nodiscard]] pki::Result<std::string> decode(std::string_view bytes);

 private:
  FeedEncoding encoding_;
  std::unique_ptr<pki::CharsetConverter> converter_;  // Absent for UTF-8.
};

// A line with its end: LF, CR LF or CR. The last one may have none.
struct RawLine {
  std::size_t number = 0;  // From 1.
  std::string bytes;
  bool is_cut = false;  // Longer than kLineBytesMax: what is beyond was dropped.
};

// The physical lines of a stream, with look-ahead.
class RawLines final {
 public:
  // What is kept of one line; the rest of a longer one is read and dropped.
  static constexpr std::size_t kLineBytesMax = std::size_t{1} << 20U;
  // What sample() shows at most.
  static constexpr std::size_t kSampleBytes = std::size_t{1} << 20U;

  explicit RawLines(std::istream& input);
  // The beginning of the stream; call it before anything is taken.
  [[nodiscard]] std::string_view sample() const { return buffer_; }
  // A byte order mark at the beginning, taken off the first line; empty without one.
  [[nodiscard]] const std::string& byte_order_mark() const { return byte_order_mark_; }
  // The n-th line from here on, from 0; nullptr when the stream ends before. Valid until take().
  [[nodiscard]] const RawLine* peek(std::size_t n);
  // REQUIRES: peek(0) is not nullptr.
  RawLine take();
  // Bytes read up to now.
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  bool fill();
  bool read_line();

  std::istream& input_;
  std::string byte_order_mark_;
  std::string buffer_;
  std::size_t position_ = 0;
  bool at_end_ = false;  // Nothing more is in the stream.
  std::uint64_t bytes_read_ = 0;
  std::size_t line_number_ = 0;
  std::deque<RawLine> lines_;
};

}  // namespace cli
