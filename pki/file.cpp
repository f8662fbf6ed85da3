// Whole files.

#include "pki/file.h"

#include "pki/messages/pki.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>

namespace pki {

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file))
    return fail(Errc::invalid_value, {messages::file_unreadable, file.string()});
  return std::string{std::istreambuf_iterator<char>(stream), {}};
}

namespace {

// A file that was there keeps its mode otherwise. What is no file (/dev/null, a pipe) is another's to
// protect.
bool make_private(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return false;
  return !S_ISREG(status.st_mode) || ::fchmod(descriptor, 0600) == 0;
}

}  // namespace

Result<void> save_file(const std::filesystem::path& file, ByteView content, FileSecrecy secrecy) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                secrecy == FileSecrecy::owner_only ? 0600 : 0644);
  const bool is_private = descriptor >= 0 && (secrecy == FileSecrecy::open || make_private(descriptor));
  const bool written = is_private && ::write(descriptor, content.data(), content.size()) ==
                                         static_cast<ssize_t>(content.size());
  const std::string why = std::generic_category().message(errno);
  if (descriptor >= 0) ::close(descriptor);
  if (!written) return fail(Errc::internal, {messages::file_unwritable, file.string(), why});
  return {};
}

Result<void> replace_file(const std::filesystem::path& file, ByteView content, FileSecrecy secrecy) {
  const auto refused = [&] {
    return fail(Errc::internal,
                {messages::file_unwritable, file.string(), std::generic_category().message(errno)});
  };
  std::error_code not_made;
  std::filesystem::create_directories(file.parent_path(), not_made);
  const std::string aside = file.string() + ".tmp";
  TRY(save_file(aside, content, secrecy));
  const int descriptor = ::open(aside.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return refused();
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!synced || ::rename(aside.c_str(), file.c_str()) != 0) return refused();
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return refused();
  const bool kept = ::fsync(folder) == 0;
  ::close(folder);
  return kept ? Result<void>{} : refused();
}

Result<void> append_line(const std::filesystem::path& file, std::string_view line) {
  std::error_code not_made;
  std::filesystem::create_directories(file.parent_path(), not_made);
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const auto refused = [&] {
    const std::string why = std::generic_category().message(errno);
    if (descriptor >= 0) ::close(descriptor);
    return fail(Errc::internal, {messages::file_unwritable, file.string(), why});
  };
  const ::off_t size = descriptor < 0 ? -1 : ::lseek(descriptor, 0, SEEK_END);
  if (size < 0) return refused();
  // A line that a full disk has cut is no part of the next one.
  char last = '\n';
  if (size > 0 && ::pread(descriptor, &last, 1, size - 1) != 1) return refused();
  const std::string text = (last == '\n' ? "" : "\n") + std::string(line) + "\n";
  const auto written = ::write(descriptor, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) {
    if (written >= 0) errno = ENOSPC;
    const int why = errno;
    static_cast<void>(::ftruncate(descriptor, size) == 0);
    errno = why;
    return refused();
  }
  if (::fsync(descriptor) != 0) return refused();
  ::close(descriptor);
  return {};
}

}  // namespace pki
