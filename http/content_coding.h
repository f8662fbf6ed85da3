// Which content coding a client wants: Accept-Encoding, RFC 9110 section 12.5.3. The only coding offered
// beside none is gzip.

#pragma once

#include <cstdint>

#include "http/message.h"

namespace http {

enum class ContentCoding : std::uint8_t { identity, gzip };

// gzip when the request accepts it (by name, as x-gzip or by "*") with a weight above zero that is not less
// than the one it gives to identity; identity otherwise, also when the field is absent, broken or excludes
// everything.
[[nodiscard]] ContentCoding preferred_coding(const Request& request);

}  // namespace http
