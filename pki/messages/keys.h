// The messages about keys at rest, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace pki::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr MessageText id{#id, en, ja};
#include "pki/messages/keys.inc"
#undef JPKI_MESSAGE
}  // namespace pki::messages
