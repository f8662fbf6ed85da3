// Decoding of UTF-8, CP932 and EUC-JP, and a reader of lines that never holds more than one long one.

#include "cli/feed_text.h"

#include <algorithm>
#include <array>

#include "pki/charset.h"
#include "pki/messages/cli.h"
#include "pki/text.h"

namespace cli {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// Whether it changes to a set of kanji, as ISO-2022-JP does (RFC 1468): ASCII by its octets, and no text of a
// feed.
bool is_iso2022_jp(std::string_view line) {
  return line.find("\x1b$B") != std::string_view::npos || line.find("\x1b$@") != std::string_view::npos;
}

}  // namespace

pki::Result<FeedEncoding> parse_feed_encoding(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name == "utf-8" || name == "utf8") return FeedEncoding::utf8;
  for (const char* one : {"cp932", "shift_jis", "shift-jis", "sjis", "windows-31j", "ms932"})
    if (name == one) return FeedEncoding::cp932;
  for (const char* one : {"euc-jp", "euc_jp", "eucjp", "eucjp-ms"})
    if (name == one) return FeedEncoding::euc_jp;
  return pki::invalid("encoding", messages::encoding_form);
}

std::string_view to_string(FeedEncoding encoding) {
  switch (encoding) {
    case FeedEncoding::utf8:
      return "utf-8";
    case FeedEncoding::cp932:
      return "cp932";
    case FeedEncoding::euc_jp:
      return "euc-jp";
  }
  return "utf-8";
}

pki::Result<FeedEncoding> judge_feed_encoding(std::istream& input) {
  constexpr std::array kEncodings = {FeedEncoding::utf8, FeedEncoding::cp932, FeedEncoding::euc_jp};
  struct Misfits {
    std::size_t lines = 0, first = 0;
  };
  std::array<Misfits, kEncodings.size()> misfits;
  std::size_t count = 0;
  std::array<FeedDecoder, kEncodings.size()> decoders{FeedDecoder(kEncodings[0]), FeedDecoder(kEncodings[1]),
                                                      FeedDecoder(kEncodings[2])};
  const auto start = input.tellg();
  {
    RawLines lines(input);
    while (lines.peek(0) != nullptr) {
      const RawLine line = lines.take();
      // A line that is cut may end inside a character; one with NUL is in no encoding and refused by itself.
      if (is_iso2022_jp(line.bytes)) return pki::fail(pki::Errc::malformed, messages::feed_iso2022);
      if (is_ascii(line.bytes) || line.is_cut || line.bytes.find('\0') != std::string::npos) continue;
      ++count;
      for (std::size_t i = 0; i < kEncodings.size(); ++i)
        if (decoders[i].decode(line.bytes).has_error() && misfits[i].lines++ == 0)
          misfits[i].first = line.number;
    }
  }
  input.clear();
  input.seekg(start);
  if (misfits[0].lines == 0) return FeedEncoding::utf8;
  // Much of UTF-8 reads as CP932, as other words; hardly a line of CP932 or EUC-JP reads as UTF-8. So one
  // such line says that the others are broken.
  if (misfits[0].lines < count)
    return pki::fail(pki::Errc::malformed, {messages::line_not_utf8, std::to_string(misfits[0].first)});
  if (misfits[1].lines == 0 && misfits[2].lines == 0)
    return pki::fail(pki::Errc::malformed, messages::encoding_ambiguous);
  if (misfits[1].lines == 0) return FeedEncoding::cp932;
  if (misfits[2].lines == 0) return FeedEncoding::euc_jp;
  const auto nearest = std::ranges::min_element(misfits, {}, &Misfits::lines);
  const auto encoding = kEncodings.at(static_cast<std::size_t>(nearest - misfits.begin()));
  return pki::fail(pki::Errc::malformed, {messages::encoding_misfit, std::to_string(nearest->first),
                                          to_string(encoding), to_string(encoding)});
}

FeedDecoder::FeedDecoder(FeedEncoding encoding) : encoding_(encoding) {
  if (encoding == FeedEncoding::cp932) converter_ = std::make_unique<pki::CharsetConverter>("CP932", "UTF-8");
  if (encoding == FeedEncoding::euc_jp)
    converter_ = std::make_unique<pki::CharsetConverter>("EUC-JP-MS", "UTF-8");
}
FeedDecoder::~FeedDecoder() = default;

pki::Result<std::string> FeedDecoder::decode(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return pki::fail(pki::Errc::malformed, messages::line_nul);
  std::string text;
  const bool fits = converter_ ? converter_->convert(bytes, text) : pki::is_utf8(bytes);
  if (!fits) return pki::fail(pki::Errc::malformed, {messages::line_misfit, to_string(encoding_)});
  if (!converter_) return std::string(bytes);
  // EUC-JP as iconv knows it has the control characters U+0080 to U+009F in place of the lead bytes of CP932.
  for (std::size_t at = text.find('\xC2'); at != std::string::npos; at = text.find('\xC2', at + 1))
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0)
      return pki::fail(pki::Errc::malformed, {messages::line_misfit, to_string(encoding_)});
  return replace_all(replace_all(std::move(text), "－", "−"), "～", "〜");
}

RawLines::RawLines(std::istream& input) : input_(input) {
  while (buffer_.size() < kSampleBytes && fill()) {
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
  buffer_.resize(before + kReadBytes);
  input_.read(buffer_.data() + before, static_cast<std::streamsize>(kReadBytes));
  const auto count = static_cast<std::size_t>(input_.gcount());
  buffer_.resize(before + count);
  bytes_read_ += count;
  at_end_ = count == 0;
  return !at_end_;
}

// Adds a line to lines_; false at the end.
bool RawLines::read_line() {
  RawLine line{.number = line_number_ + 1, .bytes = {}, .is_cut = false};
  const auto keep = [&line](std::string_view bytes) {
    const std::size_t room = kLineBytesMax - line.bytes.size();
    line.is_cut = line.is_cut || bytes.size() > room;
    line.bytes += bytes.substr(0, room);
  };
  for (;;) {
    const std::size_t end = buffer_.find_first_of("\r\n", position_);
    if (end == std::string::npos) {
      keep(std::string_view(buffer_).substr(position_));
      position_ = buffer_.size();
      if (fill()) continue;
      if (line.bytes.empty()) return false;
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
