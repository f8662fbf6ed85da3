// The messages about rollovers, the audit log's questions, reloading and restores, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace pki::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr MessageText id{#id, en, ja};
#include "pki/messages/operations.inc"
#undef JPKI_MESSAGE
}  // namespace pki::messages
