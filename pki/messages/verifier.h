// The messages of verifier, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace verifier::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/verifier.inc"
#undef JPKI_MESSAGE
}  // namespace verifier::messages
