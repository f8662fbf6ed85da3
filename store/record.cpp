// The one failure of reading a record.

#include "store/record.h"

#include "pki/messages/store.h"

namespace store {

void RecordReader::fail(const pki::Error& error) {
  throw Corruption(pki::Message{messages::record_undecodable, error.message});
}

}  // namespace store
