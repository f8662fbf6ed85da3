// The choice of a language by the header field Accept-Language (RFC 9110 section 12.5.4).

#pragma once

#include <string_view>

#include "pki/message.h"

namespace http {

// The language that the field's value gives the higher weight; the one listed first when both weigh the same.
// A range names a language with its regions (RFC 4647 section 3.3.1: "ja" names ja-JP); "*" stands for a
// language that no other range names. English for an empty value, one that names neither language, and one
// that is not a list of ranges.
[[nodiscard]] pki::Language preferred_language(std::string_view accept_language);

}  // namespace http
