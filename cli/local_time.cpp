// A scan for YYYY-MM-DDThh:mm:ssZ.

#include "cli/local_time.h"

#include <cctype>

#include "pki/time.h"

namespace cli {

namespace {

constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddZ";
constexpr std::string_view kEndOfTime = "9999-12-31T23:59:59Z";

bool is_moment(std::string_view text) {
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool is_right =
        kForm[i] == 'd' ? std::isdigit(static_cast<unsigned char>(text[i])) != 0 : text[i] == kForm[i];
    if (!is_right) return false;
  }
  return text != kEndOfTime;
}

// The local time is the UTC time of a moment that is later by the offset.
std::string to_local(pki::Time time) {
  std::string text = pki::to_rfc3339(time + pki::kJstOffset);
  text.replace(text.size() - 1, 1, "+09:00");
  return text;
}

}  // namespace

std::string in_local_time(std::string_view text) {
  std::string local;
  local.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = text.find('Z');
    if (end == std::string_view::npos) break;
    const std::string_view piece = text.substr(0, end + 1);
    text.remove_prefix(piece.size());
    local += piece;
    if (piece.size() < kForm.size()) continue;
    const std::string_view moment = piece.substr(piece.size() - kForm.size());
    if (!is_moment(moment)) continue;
    if (const auto time = pki::parse_rfc3339(moment); time.has_value())
      local.replace(local.size() - kForm.size(), kForm.size(), to_local(*time));
  }
  return local += text;
}

}  // namespace cli
