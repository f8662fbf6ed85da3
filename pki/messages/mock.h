// The messages of mock, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace mock::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr pki::MessageText id{#id, en, ja};
#include "pki/messages/mock.inc"
#undef JPKI_MESSAGE
}  // namespace mock::messages
