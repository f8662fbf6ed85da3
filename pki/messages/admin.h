// The messages of admin, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace admin::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/admin.inc"
#undef JPKI_MESSAGE
}  // namespace admin::messages
