// The messages of cli, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace cli::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/cli.inc"
#undef JPKI_MESSAGE
}  // namespace cli::messages
