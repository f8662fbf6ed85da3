// By mlock(2), madvise(2) and explicit_bzero(3).

#include "pki/secret_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace pki {

void shield_memory(ByteView secret) {
  if (secret.empty()) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(secret.data()) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(secret.data()) + secret.size();
  void* const pages = reinterpret_cast<void*>(begin);  // NOLINT(performance-no-int-to-ptr)
  const std::size_t length = (end - begin + page - 1) / page * page;
  static_cast<void>(::mlock(pages, length));
  static_cast<void>(::madvise(pages, length, MADV_DONTDUMP));
}

void wipe(Bytes& secret) {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

void wipe(std::string& secret) {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace pki
