// The messages of ocsp, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace ocsp::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/ocsp.inc"
#undef JPKI_MESSAGE
}  // namespace ocsp::messages
