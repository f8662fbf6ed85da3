// The messages of registry, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace registry::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/registry.inc"
#undef JPKI_MESSAGE
}  // namespace registry::messages
