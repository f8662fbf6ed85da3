// The one failure of reading a key or a fixed-width value.

#include "store/key.h"

#include "store/environment.h"

namespace store {

void Fields::fail_short() {
  throw Corruption("a stored record is too short: restore the store from a backup");
}

}  // namespace store
