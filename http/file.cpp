// Files by descriptor: pread(2) needs no shared position, so threads do not disturb each other.

#include "http/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "pki/messages/http.h"

namespace http {

namespace {

std::string system_message(int error) {
  return std::system_category().message(error);
}

}  // namespace

pki::Result<File> File::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    const int error = errno;
    const auto code = error == ENOENT ? pki::Errc::not_found : pki::Errc::internal;
    return pki::fail(code, {messages::file_unopened, path, system_message(error)});
  }
  File file(descriptor, 0);
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
    return pki::fail(pki::Errc::internal, {messages::file_not_regular, path});
  file.size_ = static_cast<std::uint64_t>(facts.st_size);
  return file;
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(std::exchange(other.size_, 0)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

pki::Result<pki::Bytes> File::read(std::uint64_t offset, std::size_t length) const {
  pki::Bytes bytes(length);
  std::size_t done = 0;
  while (done < length) {
    const auto count =
        ::pread(descriptor_, bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return pki::fail(pki::Errc::internal, {messages::file_read_failed, system_message(errno)});
    if (count == 0) return pki::fail(pki::Errc::internal, messages::file_became_shorter);
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

}  // namespace http
