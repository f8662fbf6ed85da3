// The memory of nonces: no credential fills it for others, and with its log it outlives the process.

#include <doctest/doctest.h>

#include <fstream>

#include "ocsp/replay_memory.h"
#include "tests/support/command.h"

namespace ocsp {

namespace {

using namespace std::chrono_literals;

constexpr pki::Seconds kWindow = 600s;
const pki::Time kNow = pki::from_unix(1'800'000'000);

pki::Bytes nonce(std::uint64_t number) {
  pki::Bytes bytes;
  pki::append_big_endian(bytes, number, 8);
  return bytes;
}

// When clock and elapsed time agree.
ReplayMemory::Moment at(pki::Time now) {
  return {now, pki::Seconds{pki::to_unix(now)}};
}

// How many new nonces of a credential are taken before it is told that there is no place.
std::size_t fill(ReplayMemory& memory, std::uint64_t credential, std::uint64_t from = 0) {
  std::size_t taken = 0;
  while (memory.check({credential}, nonce(from + taken), at(kNow)) == NonceVerdict::fresh)
    ++taken;
  return taken;
}

// A new process over the same file.
std::unique_ptr<ReplayMemory> start(const std::filesystem::path& file, pki::Time now) {
  auto memory = std::make_unique<ReplayMemory>(kWindow, 1000);
  memory->attach(ReplayLog::open(file, kWindow, now).value(), at(now));
  return memory;
}

}  // namespace

TEST_CASE("a credential is remembered up to its limit, and leaves room for every other") {
  ReplayMemory memory(kWindow, 60);
  CHECK(fill(memory, 1) == 60);
  CHECK(memory.check({1}, nonce(0), at(kNow)) == NonceVerdict::repeated);
  CHECK(memory.check({1}, nonce(999), at(kNow)) == NonceVerdict::full);
  // Each of the others still has half of what is left, down to the last place.
  CHECK(fill(memory, 2) == 30);
  CHECK(fill(memory, 3) == 15);
  CHECK(memory.check({4}, nonce(0), at(kNow)) == NonceVerdict::fresh);
  CHECK(memory.size() <= 120);
  // After the window everything is free again.
  CHECK(memory.check({1}, nonce(999), at(kNow + kWindow)) == NonceVerdict::fresh);
  CHECK(memory.size() == 1);
}

TEST_CASE("a clock that is set forward makes no nonce fresh, and one that is set back forgets none late") {
  ReplayMemory memory(kWindow, 60);
  CHECK(memory.check({1}, nonce(1), {kNow, 100s}) == NonceVerdict::fresh);
  CHECK(memory.check({1}, nonce(1), {kNow + 3h, 102s}) == NonceVerdict::repeated);
  CHECK(memory.check({1}, nonce(1), {kNow - 3h, 100s + kWindow - 1s}) == NonceVerdict::repeated);
  CHECK(memory.check({1}, nonce(1), {kNow - 3h, 100s + kWindow}) == NonceVerdict::fresh);
}

TEST_CASE("what was answered before a restart is a repeat after it, until the window has passed") {
  const support::TemporaryFolder folder;
  const auto file = folder.path() / "nonces";
  {
    const auto memory = start(file, kNow);
    CHECK(memory->check({1}, nonce(1), at(kNow)) == NonceVerdict::fresh);
    CHECK(memory->check({1}, nonce(2), at(kNow + 10s)) == NonceVerdict::fresh);
    CHECK(memory->check({1}, nonce(3), at(kNow + 10s)) == NonceVerdict::fresh);
    memory->forget({1}, nonce(3));
  }
  for (int restart = 0; restart < 3; ++restart) {
    const auto memory = start(file, kNow + 20s);
    CHECK(memory->size() == 2);
    CHECK(memory->check({1}, nonce(1), at(kNow + 20s)) == NonceVerdict::repeated);
    CHECK(memory->check({1}, nonce(2), at(kNow + 20s)) == NonceVerdict::repeated);
  }
  {
    const auto memory = start(file, kNow + kWindow);
    CHECK(memory->size() == 1);
    CHECK(memory->check({1}, nonce(1), at(kNow + kWindow)) == NonceVerdict::fresh);
    CHECK(memory->check({1}, nonce(2), at(kNow + kWindow)) == NonceVerdict::repeated);
    CHECK(memory->check({1}, nonce(3), at(kNow + kWindow)) == NonceVerdict::fresh);
  }
}

TEST_CASE("half an entry at the end of the log, and a clock that went back, do no harm") {
  const support::TemporaryFolder folder;
  const auto file = folder.path() / "nonces";
  CHECK(start(file, kNow)->check({1}, nonce(1), at(kNow + 3600s)) == NonceVerdict::fresh);
  std::ofstream(file, std::ios::binary | std::ios::app) << "half";
  CHECK(start(file, kNow)->check({1}, nonce(1), at(kNow)) == NonceVerdict::repeated);
  CHECK(start(file, kNow)->check({1}, nonce(1), at(kNow + kWindow)) == NonceVerdict::fresh);
}

TEST_CASE("the files of the log stay small, and nothing within the window is lost when they take turns") {
  const support::TemporaryFolder folder;
  const auto file = folder.path() / "nonces";
  auto memory = start(file, kNow);
  constexpr std::uint64_t kSteps = 200;
  // Ten hours in steps of three minutes, with a restart now and then.
  for (std::uint64_t i = 0; i < kSteps; ++i) {
    const pki::Time now = kNow + pki::Seconds{180 * static_cast<std::int64_t>(i)};
    if (i % 7 == 0) memory = start(file, now);
    for (std::uint64_t back = 1; back <= 3 && back <= i; ++back)
      CHECK(memory->check({1}, nonce(i - back), at(now)) == NonceVerdict::repeated);
    CHECK(memory->check({1}, nonce(i), at(now)) == NonceVerdict::fresh);
    std::uintmax_t bytes = std::filesystem::file_size(file);
    if (const auto old = file.string() + ".old"; std::filesystem::exists(old))
      bytes += std::filesystem::file_size(old);
    CHECK(bytes <= 32 * 12);
  }
}

TEST_CASE("a missing folder is reported, and a log that cannot be written refuses") {
  const support::TemporaryFolder folder;
  CHECK(ReplayLog::open(folder.path() / "nowhere" / "nonces", kWindow, kNow).error().code ==
        pki::Errc::internal);
  const auto here = folder.path() / "here";
  std::filesystem::create_directory(here);
  const auto memory = start(here / "nonces", kNow);
  // Taking turns needs the folder.
  std::filesystem::remove_all(here);
  CHECK(memory->check({1}, nonce(1), at(kNow + kWindow + 1s)) == NonceVerdict::unwritable);
  CHECK(memory->size() == 0);
  std::filesystem::create_directory(here);
  CHECK(memory->check({1}, nonce(1), at(kNow + kWindow + 1s)) == NonceVerdict::fresh);
}

}  // namespace ocsp
