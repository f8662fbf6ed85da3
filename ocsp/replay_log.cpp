// Entries of 32 bytes: time or zero (8), serial of the credential (8), mark (16), numbers big-endian.

#include "ocsp/replay_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "pki/bytes.h"
#include "pki/messages/ocsp.h"

namespace ocsp {

namespace {

constexpr std::size_t kEntryBytes = 32;
// In the place of the time: the entry before with this mark counts no more.
constexpr std::uint64_t kForgotten = 0;

std::filesystem::path old_of(const std::filesystem::path& file) {
  return file.string() + ".old";
}

std::filesystem::path new_of(const std::filesystem::path& file) {
  return file.string() + ".new";
}

int open_anew(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

// Adds what a file says; half an entry at its end was never answered. Absent is empty.
void read_entries(const std::filesystem::path& file, pki::Time now, std::vector<NonceEntry>& entries) {
  std::ifstream stream(file, std::ios::binary);
  std::array<std::uint8_t, kEntryBytes> bytes{};
  while (stream.read(reinterpret_cast<char*>(bytes.data()), kEntryBytes)) {
    const pki::ByteView view(bytes);
    const std::uint64_t at = pki::read_big_endian(view.first(8));
    NonceEntry entry;
    entry.credential.value = pki::read_big_endian(view.subspan(8, 8));
    std::copy_n(view.begin() + 16, entry.mark.size(), entry.mark.begin());
    if (at == kForgotten) {
      const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                      [&](const NonceEntry& known) { return known.mark == entry.mark; });
      if (found != entries.rend()) entries.erase(std::next(found).base());
      continue;
    }
    // A clock that went back must not make an entry live longer than a window from now.
    entry.at = std::min(pki::from_unix(static_cast<std::int64_t>(at)), now);
    entries.push_back(entry);
  }
}

}  // namespace

ReplayLog::ReplayLog(std::filesystem::path file, pki::Seconds window)
    : file_(std::move(file)), window_(window) {}

ReplayLog::~ReplayLog() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

pki::Result<ReplayLog::Opened> ReplayLog::open(const std::filesystem::path& file, pki::Seconds window,
                                               pki::Time now) {
  Opened opened{std::unique_ptr<ReplayLog>(new ReplayLog(file, window)), {}};
  read_entries(old_of(file), now, opened.entries);
  read_entries(file, now, opened.entries);
  std::erase_if(opened.entries, [&](const NonceEntry& entry) { return entry.at + window <= now; });
  std::ranges::stable_sort(opened.entries, {}, &NonceEntry::at);
  // What still counts is written to a new file.
  ReplayLog& log = *opened.log;
  const std::filesystem::path fresh = new_of(file);
  log.descriptor_ = open_anew(fresh);
  log.begun_ = now;
  const bool written = log.descriptor_ >= 0 && std::ranges::all_of(opened.entries, [&](const auto& entry) {
                         return log.append(entry, static_cast<std::uint64_t>(pki::to_unix(entry.at)));
                       });
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0)
    return pki::fail(pki::Errc::internal, {messages::nonces_not_kept, file.string()});
  std::error_code ignored;
  std::filesystem::remove(old_of(file), ignored);
  return opened;
}

// All in the old file is older than the window when the present one is: it was replaced before this one
// began.
bool ReplayLog::start_file(pki::Time now) {
  const std::filesystem::path new_file = new_of(file_);
  const int fresh = open_anew(new_file);
  if (fresh < 0) return false;
  // A try that failed halfway left no present file, which is as good as having moved it.
  const bool moved = ::rename(file_.c_str(), old_of(file_).c_str()) == 0 || errno == ENOENT;
  if (!moved || ::rename(new_file.c_str(), file_.c_str()) != 0) {
    ::close(fresh);
    return false;
  }
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = fresh;
  size_ = 0;
  begun_ = now;
  return true;
}

bool ReplayLog::append(const NonceEntry& entry, std::uint64_t at) {
  pki::Bytes bytes;
  pki::append_big_endian(bytes, at, 8);
  pki::append_big_endian(bytes, entry.credential.value, 8);
  pki::append(bytes, entry.mark);
  ssize_t written = -1;
  do {
    written = ::write(descriptor_, bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(kEntryBytes)) {
    size_ += kEntryBytes;
    return true;
  }
  // Half an entry would shift all that follow.
  if (written > 0 && ::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
  return false;
}

bool ReplayLog::remember(const NonceEntry& entry) {
  // Strictly later, since begun_ has whole seconds.
  if (entry.at > begun_ + window_ && !start_file(entry.at)) return false;
  return append(entry, static_cast<std::uint64_t>(pki::to_unix(entry.at)));
}

bool ReplayLog::forget(const NonceEntry& entry) {
  return append(entry, kForgotten);
}

}  // namespace ocsp
