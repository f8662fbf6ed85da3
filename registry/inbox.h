// Which messages of other machines are on record (store/log.h, InboxEntry): each is put on record once.

#pragma once

#include <cstdint>
#include <string_view>

#include "store/environment.h"

namespace registry {

// The number of the last message of that machine that is on record; 0: none.
[[nodiscard]] std::uint64_t last_message(const store::ReadTransaction& transaction, std::string_view machine);
// In the transaction that puts a message on record. False, and nothing noted, when that number or a later one
// is on record.
[[nodiscard]] bool note_message(store::WriteTransaction& transaction, std::string_view machine,
                                std::uint64_t number);

}  // namespace registry
