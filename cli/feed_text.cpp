// iconv for CP932, and a reader of lines that never holds more than one long one.

#include "cli/feed_text.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "pki/text.h"

namespace cli {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::size_t kReadOctets = std::size_t{64} * 1024;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

struct FeedDecoder::Converter {
  Converter() : descriptor(iconv_open("UTF-8", "CP932")) {
    // iconv_open answers (iconv_t)-1 when a converter is not installed.
    if (descriptor == reinterpret_cast<iconv_t>(-1))  // NOLINT(performance-no-int-to-ptr)
      throw std::runtime_error(
          "the C library has no converter for CP932: install the gconv modules of glibc");
  }
  ~Converter() { iconv_close(descriptor); }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  // False for what is not CP932.
  bool convert(std::string_view octets, std::string& output) const {
    iconv(descriptor, nullptr, nullptr, nullptr, nullptr);
    std::string input(octets);
    // Half-width katakana take three octets for one.
    output.resize(3 * octets.size());
    char* in = input.data();
    char* out = output.data();
    std::size_t in_left = input.size(), out_left = output.size();
    if (iconv(descriptor, &in, &in_left, &out, &out_left) != 0 || in_left != 0) return false;
    output.resize(output.size() - out_left);
    return true;
  }

  iconv_t descriptor;
};

pki::Result<FeedEncoding> parse_feed_encoding(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name == "utf-8" || name == "utf8") return FeedEncoding::utf8;
  for (const char* one : {"cp932", "shift_jis", "shift-jis", "sjis", "windows-31j", "ms932"})
    if (name == one) return FeedEncoding::cp932;
  return pki::invalid("encoding", "the encoding must be utf-8 or cp932");
}

FeedEncoding detect_feed_encoding(std::string_view sample) {
  FeedDecoder cp932(FeedEncoding::cp932);
  std::size_t utf8_lines = 0, cp932_lines = 0;
  while (!sample.empty()) {
    const std::size_t end = sample.find_first_of("\r\n");
    const std::string_view line = sample.substr(0, end);
    sample.remove_prefix(end == std::string_view::npos ? sample.size() : end + 1);
    // The sample may end inside a character.
    if (is_ascii(line) || (end == std::string_view::npos && line.size() + 1 >= RawLines::kSampleOctets))
      continue;
    if (pki::is_utf8(line))
      ++utf8_lines;
    else if (cp932.decode(line).has_value())
      ++cp932_lines;
  }
  return cp932_lines > utf8_lines ? FeedEncoding::cp932 : FeedEncoding::utf8;
}

FeedDecoder::FeedDecoder(FeedEncoding encoding)
    : converter_(encoding == FeedEncoding::cp932 ? std::make_unique<Converter>() : nullptr) {}
FeedDecoder::~FeedDecoder() = default;

pki::Result<std::string> FeedDecoder::decode(std::string_view octets) {
  if (octets.find('\0') != std::string_view::npos)
    return pki::fail(pki::Errc::malformed, "the line holds a NUL octet: remove it");
  if (!converter_) {
    if (!pki::is_utf8(octets))
      return pki::fail(pki::Errc::malformed, "the line is not UTF-8: mend it, or say --encoding cp932");
    return std::string(octets);
  }
  std::string text;
  if (!converter_->convert(octets, text))
    return pki::fail(pki::Errc::malformed,
                     "the line is not Shift_JIS (CP932): mend it, or say --encoding utf-8");
  return replace_all(replace_all(std::move(text), "－", "−"), "～", "〜");
}

RawLines::RawLines(std::istream& input) : input_(input) {
  while (buffer_.size() < kSampleOctets && fill()) {
  }
  if (buffer_.starts_with(kUtf8Mark)) {
    byte_order_mark_ = kUtf8Mark;
    position_ = kUtf8Mark.size();
  }
}

// More of the stream behind what is left; false at its end.
bool RawLines::fill() {
  if (at_end_) return false;
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadOctets);
  input_.read(buffer_.data() + before, static_cast<std::streamsize>(kReadOctets));
  const auto count = static_cast<std::size_t>(input_.gcount());
  buffer_.resize(before + count);
  octets_read_ += count;
  at_end_ = count == 0;
  return !at_end_;
}

// Adds a line to lines_; false at the end.
bool RawLines::read_line() {
  RawLine line{.number = line_number_ + 1, .octets = {}, .is_cut = false};
  const auto keep = [&line](std::string_view octets) {
    const std::size_t room = kLineOctetsMax - line.octets.size();
    line.is_cut = line.is_cut || octets.size() > room;
    line.octets += octets.substr(0, room);
  };
  for (;;) {
    const std::size_t end = buffer_.find_first_of("\r\n", position_);
    if (end == std::string::npos) {
      keep(std::string_view(buffer_).substr(position_));
      position_ = buffer_.size();
      if (fill()) continue;
      if (line.octets.empty()) return false;
      break;
    }
    const bool is_cr = buffer_[end] == '\r', is_last = end + 1 == buffer_.size();
    // A CR at the buffer's end may be half of a CR LF.
    if (is_cr && is_last && !at_end_) {
      fill();
      continue;
    }
    const std::size_t stop = end + (is_cr && !is_last && buffer_[end + 1] == '\n' ? 2 : 1);
    keep(std::string_view(buffer_).substr(position_, stop - position_));
    position_ = stop;
    break;
  }
  ++line_number_;
  lines_.push_back(std::move(line));
  return true;
}

const RawLine* RawLines::peek(std::size_t n) {
  while (lines_.size() <= n)
    if (!read_line()) return nullptr;
  return &lines_[n];
}

RawLine RawLines::take() {
  RawLine line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

}  // namespace cli
