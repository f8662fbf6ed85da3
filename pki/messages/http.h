// The messages of http, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace http::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/http.inc"
#undef JPKI_MESSAGE
}  // namespace http::messages
