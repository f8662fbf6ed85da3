// The messages of service, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace service::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/service.inc"
#undef JPKI_MESSAGE
}  // namespace service::messages
