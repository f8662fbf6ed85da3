// Internal to store: LMDB's values and errors. Only files of this folder that speak to LMDB include it.

#pragma once

#include <lmdb.h>

#include <cerrno>
#include <string>

#include "store/environment.h"

namespace store {

// LMDB's own words, and what an operator can do.
[[noreturn]] inline void fail_store(const std::string& what, int code) {
  std::string advice;
  if (code == ENOSPC || code == MDB_MAP_FULL) advice = ": free space on the disk, or raise store.map_gib";
  if (code == EACCES || code == EROFS) advice = ": make the store's folder writable for this user";
  throw StoreError(what + ": " + mdb_strerror(code) + advice);
}

inline void check(int code, const char* what) {
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
