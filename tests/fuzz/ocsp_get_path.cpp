// Fuzzes ocsp::decode_get_path: what is read from a GET's path is the same in every way of writing it.

#include <string>

#include "ocsp/query.h"
#include "ocsp/request.h"
#include "tests/fuzz/check.h"

namespace {

// Every byte percent-encoded.
std::string escaped(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789aBcDeF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kDigits[byte >> 4U];
    result += kDigits[byte & 0xFU];
  }
  return result;
}

void check_same(std::string_view path, pki::ByteView expected, const char* property) {
  const auto decoded = ocsp::decode_get_path(path);
  fuzz::check(decoded && pki::equal(*decoded, expected), property);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view path = pki::as_text({data, size});
  const auto bytes = ocsp::decode_get_path(path);
  if (!bytes) {
    fuzz::check(bytes.error().code == pki::Errc::malformed, "every refusal is malformed");
    return 0;
  }
  fuzz::check(bytes->size() <= size, "base64 never grows when it is read");
  if (size > ocsp::kMaxRequestBytes / 4) return 0;
  check_same("//" + std::string(path), *bytes, "slashes before the text mean nothing");
  if (path.find('%') == std::string_view::npos)
    check_same(escaped(path), *bytes, "bytes may be raw or percent-encoded");
  std::string url_safe(path);
  for (char& c : url_safe)
    if (c == '+') c = '-';
  check_same(url_safe, *bytes, "base64url is base64");
  // A request begins with a SEQUENCE; text that begins with slashes would lose them.
  if (!bytes->empty() && bytes->front() == pki::der::tag::kSequence)
    check_same(ocsp::get_target("", *bytes).substr(1), *bytes, "a GET target leads back");
  static_cast<void>(ocsp::decode_request(*bytes));
  return 0;
}
