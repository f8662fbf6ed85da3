// Memory that holds keys: kept out of the swap and out of memory dumps, and wiped when it is done with.

#pragma once

#include <string>

#include "pki/bytes.h"

namespace pki {

// Locks the pages of a secret and leaves them out of core dumps. Best effort: where the system does not allow
// it, the secret is used all the same. What shares the pages is kept out, too.
void shield_memory(ByteView secret);
// Overwrites with zeros, in a way that the compiler does not leave out, and empties.
void wipe(Bytes& secret);
void wipe(std::string& secret);

}  // namespace pki
