// The messages of ca, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace ca::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/ca.inc"
#undef JPKI_MESSAGE
}  // namespace ca::messages
