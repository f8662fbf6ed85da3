// The writer: content first, then the header is put in front of it, since only then its length is known.

#include <array>
#include <stdexcept>
#include <string>

#include "pki/der.h"

namespace pki::der {

namespace {

// The identifier and length bytes in a buffer of their own; no allocation.
struct HeaderBytes {
  std::array<std::uint8_t, 10> bytes{};
  std::size_t size = 0;
};

HeaderBytes make_header(std::uint8_t tag, std::uint64_t content_size) {
  HeaderBytes header;
  header.bytes[header.size++] = tag;
  const std::size_t length_bytes = length_of_length(content_size);
  if (length_bytes > 1) header.bytes[header.size++] = static_cast<std::uint8_t>(0x80U | (length_bytes - 1));
  const std::size_t value_bytes = length_bytes > 1 ? length_bytes - 1 : 1;
  for (std::size_t i = value_bytes; i > 0; --i)
    header.bytes[header.size++] = static_cast<std::uint8_t>(content_size >> (8 * (i - 1)));
  return header;
}

// The two digits of a number below 100, and where the next ones go.
char* put_two_digits(char* out, unsigned value) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
  return out + 2;
}

enum class YearDigits { two, four };

// By hand: every answer has three of these, and every entry of a list one. A year of GeneralizedTime has four
// digits (X.680 46.2).
std::string format_time(Time value, YearDigits digits) {
  using namespace std::chrono;
  const auto day = floor<days>(value);
  const Date date{day};
  const hh_mm_ss<seconds> clock{value - day};
  const auto year_number = static_cast<unsigned>(static_cast<int>(date.year()));
  if (year_number > 9999) throw std::out_of_range("a year that GeneralizedTime cannot say");
  std::array<char, 15> text{};
  char* end = text.data();
  if (digits == YearDigits::four) end = put_two_digits(end, year_number / 100);
  end = put_two_digits(end, year_number % 100);
  end = put_two_digits(end, static_cast<unsigned>(date.month()));
  end = put_two_digits(end, static_cast<unsigned>(date.day()));
  end = put_two_digits(end, static_cast<unsigned>(clock.hours().count()));
  end = put_two_digits(end, static_cast<unsigned>(clock.minutes().count()));
  end = put_two_digits(end, static_cast<unsigned>(clock.seconds().count()));
  *end++ = 'Z';
  return {text.data(), end};
}

}  // namespace

std::size_t length_of_length(std::uint64_t content_size) {
  if (content_size < 0x80) return 1;
  std::size_t bytes = 1;
  while (bytes < 8 && (content_size >> (8 * bytes)) != 0)
    ++bytes;
  return 1 + bytes;
}

Bytes header(std::uint8_t tag, std::uint64_t content_size) {
  const HeaderBytes made = make_header(tag, content_size);
  return {made.bytes.begin(), made.bytes.begin() + static_cast<std::ptrdiff_t>(made.size)};
}

Bytes integer_content(std::uint64_t value) {
  Bytes content;
  std::size_t width = 1;
  while (width < 8 && (value >> (8 * width)) != 0)
    ++width;
  if (((value >> (8 * width - 1)) & 1U) != 0) content.push_back(0);
  append_big_endian(content, value, width);
  return content;
}

bool needs_generalized_time(Time value) {
  using namespace std::chrono;
  const Date date{floor<days>(value)};
  return date.year() > year{2049} || date.year() < year{1950};
}

std::string generalized_time_content(Time value) {
  return format_time(value, YearDigits::four);
}

std::string time_content(Time value) {
  if (needs_generalized_time(value)) return generalized_time_content(value);
  return format_time(value, YearDigits::two);
}

std::size_t Writer::open(std::uint8_t tag) {
  out_.push_back(tag);
  return out_.size();
}

void Writer::close(std::size_t start) {
  const HeaderBytes made = make_header(0, out_.size() - start);
  out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(start), made.bytes.begin() + 1,
              made.bytes.begin() + static_cast<std::ptrdiff_t>(made.size));
}

Writer& Writer::primitive(std::uint8_t tag, ByteView content) {
  const HeaderBytes made = make_header(tag, content.size());
  append(out_, {made.bytes.data(), made.size});
  append(out_, content);
  return *this;
}

Writer& Writer::boolean(bool value) {
  const std::uint8_t byte = value ? 0xFF : 0x00;
  return primitive(tag::kBoolean, {&byte, 1});
}

Writer& Writer::integer(std::uint64_t value) {
  return primitive(tag::kInteger, der::integer_content(value));
}

Writer& Writer::enumerated(std::uint8_t value) {
  return primitive(tag::kEnumerated, {&value, 1});
}

Writer& Writer::bit_string(ByteView bytes, std::uint8_t unused) {
  const HeaderBytes made = make_header(tag::kBitString, bytes.size() + 1);
  append(out_, {made.bytes.data(), made.size});
  out_.push_back(unused);
  append(out_, bytes);
  return *this;
}

Writer& Writer::time(Time value) {
  return text(needs_generalized_time(value) ? tag::kGeneralizedTime : tag::kUtcTime, time_content(value));
}

Writer& Writer::generalized_time(Time value) {
  return text(tag::kGeneralizedTime, generalized_time_content(value));
}

Writer& Writer::raw(ByteView encoding) {
  append(out_, encoding);
  return *this;
}

}  // namespace pki::der
