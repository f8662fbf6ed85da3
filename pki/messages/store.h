// The messages of store, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace store::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/store.inc"
#undef JPKI_MESSAGE
}  // namespace store::messages
