// Secrets in memory: shielded pages are marked as locked and as not to be dumped, and what is wiped is zeros.

#include "pki/secret_memory.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>

namespace pki {

namespace {

// The flags of the mapping that holds an address, from /proc/self/smaps.
std::string flags_at(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/smaps");
  bool is_inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    const char* const stop = line.data() + line.size();
    const auto first = std::from_chars(line.data(), stop, begin, 16);
    if (first.ptr != stop && *first.ptr == '-' && first.ec == std::errc{} &&
        std::from_chars(first.ptr + 1, stop, end, 16).ec == std::errc{})
      is_inside = begin <= wanted && wanted < end;
    if (is_inside && line.starts_with("VmFlags:")) return line;
  }
  return {};
}

}  // namespace

TEST_CASE("the pages of a shielded secret are left out of dumps") {
  const Bytes secret(100'000, 7);
  CHECK(flags_at(secret.data()).find(" dd") == std::string::npos);
  shield_memory(secret);
  CHECK(flags_at(secret.data()).find(" dd") != std::string::npos);
  CHECK(flags_at(&secret.back()).find(" dd") != std::string::npos);
  shield_memory({});
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // Under them mlock does nothing.
TEST_CASE("the pages of a shielded secret are locked, so that none is written to the swap") {
  rlimit allowed{};
  REQUIRE(::getrlimit(RLIMIT_MEMLOCK, &allowed) == 0);
  // Locking is refused where the machine allows none; a key takes two pages at most.
  if (::geteuid() != 0 && allowed.rlim_cur < 64 * 1024) {
    MESSAGE("this user may lock no memory");
    return;
  }
  const Bytes secret(2'000, 7);
  CHECK(flags_at(secret.data()).find(" lo") == std::string::npos);
  shield_memory(secret);
  CHECK(flags_at(secret.data()).find(" lo") != std::string::npos);
}
#endif

TEST_CASE("a wiped secret is zeros and empty") {
  Bytes bytes(64, 7);
  const std::uint8_t* const at = bytes.data();
  wipe(bytes);
  CHECK(bytes.empty());
  std::string text(64, 'x');
  const char* const letters = text.data();
  wipe(text);
  CHECK(text.empty());
#ifndef __SANITIZE_ADDRESS__  // Its containers know that what was cleared may not be read.
  CHECK(*at == 0);
  CHECK(letters[1] == 0);
#else
  static_cast<void>(at);
  static_cast<void>(letters);
#endif
}

}  // namespace pki
