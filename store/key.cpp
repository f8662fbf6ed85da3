// The one failure of reading a key or a fixed-width value.

#include "store/key.h"

#include "pki/messages/store.h"
#include "store/environment.h"

namespace store {

void Fields::fail_short() {
  throw Corruption(messages::record_short);
}

}  // namespace store
