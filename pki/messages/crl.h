// The messages of crl, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace crl::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/crl.inc"
#undef JPKI_MESSAGE
}  // namespace crl::messages
