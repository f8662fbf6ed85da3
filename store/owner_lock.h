// One process for each store: LMDB would allow more, but then two would issue.

#pragma once

#include <filesystem>

namespace store {

// Keeps every other jpki out of a store's folder as long as it lives, whether or not the store in it can be
// opened. Throws StoreError when another process has it.
class OwnerLock final {
 public:
  explicit OwnerLock(const std::filesystem::path& directory);
  ~OwnerLock();
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

 private:
  int file_;
};

}  // namespace store
