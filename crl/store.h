// Publication files: many CRLs one after another in one file, written aside and renamed when they are whole.
//
// A run writes one file for each generation and kind, DATA/crl/sign-1/complete-1763870400000.crls, so that a
// daily run over 3,784 scopes costs four syncs and not 7,568. Records in the registry say where in it each
// list lies; bytes that no record names mean nothing, and a file that no record names is an orphan of a
// crash.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pki/bytes.h"
#include "registry/crls.h"
#include "store/environment.h"

namespace crl {

// A file under construction, with a name that ends in .tmp. Throws pki::MessageError when the system refuses
// (the message names the file). write() may be called from several threads for ranges that do not overlap.
class PublicationFile final {
 public:
  // Makes an empty file in folder/issuer; both are made when missing. `number` goes into the name; a name
  // that is taken already gets a suffix, so a released file is never touched.
  PublicationFile(const std::filesystem::path& folder, registry::IssuerId issuer, registry::CrlKind kind,
                  std::uint64_t number);
  // Removes the file unless it was released.
  ~PublicationFile();
  PublicationFile(const PublicationFile&) = delete;
  PublicationFile& operator=(const PublicationFile&) = delete;

  void write(std::uint64_t offset, pki::ByteView bytes);
  // Fills `bytes` from the file; what lies beyond its end is an error.
  void read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  // Asks the system to begin writing what has been written so far, so that sync() finds little left.
  void begin_writeback(std::uint64_t offset, std::uint64_t length);
  // Returns after the bytes have reached the disk.
  void sync();
  // Gives the file its name. The name is durable after sync_folder().
  void release();
  // For all files of the same folder at once.
  void sync_folder() const;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  // The final name without folder, as records carry it.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::filesystem::path directory_;
  std::string name_;
  int descriptor_ = -1;
  bool released_ = false;
};

// A read-only view of a file, backed by the page cache and not by our memory. Throws pki::MessageError.
class MappedFile final {
 public:
  // A part of a file under construction. What lies beyond its end must be written before it is looked at.
  MappedFile(const PublicationFile& file, std::uint64_t offset, std::uint64_t length);
  // The whole of it.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] pki::ByteView view() const { return view_; }

 private:
  void map(int descriptor, const pki::Message& what, std::uint64_t offset, std::uint64_t length);

  // From the beginning of the page that the view begins in.
  void* start_ = nullptr;
  std::size_t size_ = 0;
  pki::ByteView view_;
};

// folder/sign-1/complete-1763870400000.crls
[[nodiscard]] std::filesystem::path path_of(const std::filesystem::path& folder,
                                            const registry::CrlRecord& record);

// The number in a publication file's final name, complete-1763870400000.crls; nothing for any other name.
[[nodiscard]] std::optional<std::uint64_t> number_of_file(std::string_view name);

// What a sweep found.
struct OrphanSweep {
  std::size_t removed = 0;
  // The greatest number in a name, recorded or not; 0 without files. A store that was restored from a backup
  // may know only smaller ones.
  std::uint64_t greatest_number = 0;
  // The same of publication files that no record names: the store came from a backup, or a run died.
  std::uint64_t greatest_unknown_number = 0;
};

// Before anything is published: removes from the folders of publication files whatever a crash or a failed
// run left behind, i.e. *.tmp and *.crls that no record names. Files of other names are left alone. Throws
// std::filesystem::filesystem_error, and store::StoreError when a file proves that the store is older than
// what was published from it (crl/old_store): then nothing is removed.
OrphanSweep sweep_orphans(const store::ReadTransaction& transaction, const std::filesystem::path& folder);

}  // namespace crl
