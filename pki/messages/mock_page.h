// The messages of the mock's page and of what it asks, see pki/message.h.

#pragma once

#include "pki/message.h"

namespace pki::messages {
#define JPKI_MESSAGE(id, en, ja) inline constexpr MessageText id{#id, en, ja};
#include "pki/messages/mock_page.inc"
#undef JPKI_MESSAGE
}  // namespace pki::messages
