// One file that holds many: POSIX ustar, so that every system can look into a backup, with a last member that
// lists the SHA-256 of all others, so that a cut or altered one is found before anything is put back.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pki/bytes.h"
#include "pki/result.h"

namespace service {

// What a member is called, how long it is, and its SHA-256.
struct ArchiveMember {
  std::string name;
  std::uint64_t offset = 0;  // Of its content in the archive.
  std::uint64_t length = 0;
  pki::Bytes sha256;
};

// Throws std::system_error when the file cannot be written. Nothing is left of a file that was not finished.
class ArchiveWriter final {
 public:
  // A new file, mode 0600; one that is there is never overwritten (Errc::already_exists as ErrorException).
  explicit ArchiveWriter(const std::filesystem::path& file);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  void add_text(const std::string& name, std::string_view content);
  void add_file(const std::string& name, const std::filesystem::path& source);
  // `write` writes the content to the descriptor, from its position on.
  void add(const std::string& name, const std::function<void(int descriptor)>& write);
  // Writes the list of members, syncs, and gives the file its name. Returns the archive's identity: the
  // SHA-256 of that list, in hexadecimal.
  std::string finish();

 private:
  void write(pki::ByteView bytes);

  std::filesystem::path file_, aside_;
  int descriptor_ = -1;
  std::vector<ArchiveMember> members_;
  bool finished_ = false;
};

class ArchiveReader final {
 public:
  // Reads all of it and compares every digest. Errc::malformed says what is wrong.
  static pki::Result<ArchiveReader> open(const std::filesystem::path& file);

  [[nodiscard]] const std::vector<ArchiveMember>& members() const { return members_; }
  [[nodiscard]] const ArchiveMember* find(std::string_view name) const;
  // As ArchiveWriter::finish().
  [[nodiscard]] const std::string& identity() const { return identity_; }
  [[nodiscard]] std::string text(const ArchiveMember& member) const;
  // Writes the member to a new file and syncs it. Throws std::system_error.
  void extract(const ArchiveMember& member, const std::filesystem::path& to) const;

 private:
  std::filesystem::path file_;
  std::vector<ArchiveMember> members_;
  std::string identity_;
};

}  // namespace service
