// What the store throws: faults that only the top can handle.

#pragma once

#include "pki/message.h"

namespace store {

// A stored value that does not decode: never the same thing as an absent one.
class Corruption : public pki::MessageError {
 public:
  using MessageError::MessageError;
};

// The store refuses to work: full, unwritable, of another version. The message says what to do.
class StoreError : public pki::MessageError {
 public:
  using MessageError::MessageError;
};

}  // namespace store
