// An open file to be served: read-only, positioned reads only, so that many threads may share it.
//
// A published CRL stays readable through its File although a newer one has taken its name.

#pragma once

#include <cstdint>
#include <string>

#include "pki/bytes.h"
#include "pki/result.h"

namespace http {

// Owns a file descriptor. Any thread may use it at any time.
class File final {
 public:
  // Opens a regular file for reading. Errc::not_found if there is none; Errc::internal for anything else that
  // the system refuses.
  [[nodiscard]] static pki::Result<File> open(const std::string& path);

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  // Bytes at the time of opening.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  // Exactly `length` bytes from `offset`; Errc::internal when the file is shorter or cannot be read.
  [[nodiscard]] pki::Result<pki::Bytes> read(std::uint64_t offset, std::size_t length) const;

 private:
  File(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace http
