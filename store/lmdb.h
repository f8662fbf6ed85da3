// Internal to store: LMDB's values and errors. Only files of this folder that speak to LMDB include it.

#pragma once

#include <lmdb.h>

#include <cerrno>
#include <utility>

#include "pki/messages/store.h"
#include "store/environment.h"

namespace store {

// LMDB's own words, and what an operator can do.
[[noreturn]] inline void fail_store(pki::Message what, int code) {
  const bool is_full = code == ENOSPC || code == MDB_MAP_FULL;
  // LMDB's name for a write that ends early, as it does where a disk is nearly full.
  const bool is_cut = code == EIO;
  const bool is_denied = code == EACCES || code == EROFS;
  throw StoreError(pki::Message{is_full     ? messages::fault_full
                                : is_cut    ? messages::fault_io
                                : is_denied ? messages::fault_denied
                                            : messages::fault,
                                std::move(what), mdb_strerror(code)});
}

inline void check(int code, const pki::MessageText& what) {
  if (code != MDB_SUCCESS) fail_store(what, code);
}

inline MDB_val to_val(pki::ByteView bytes) {
  // LMDB takes non-const pointers and does not write through them.
  return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())};
}

inline pki::ByteView to_view(const MDB_val& value) {
  return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

}  // namespace store
