// The messages of law, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace law::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/law.inc"
#undef JPKI_MESSAGE
}  // namespace law::messages
