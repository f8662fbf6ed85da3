// PKCS#12 files that a command writes: where, and the password.

#pragma once

#include <filesystem>
#include <string>

namespace cli {

struct P12Password {
  std::string text;
  // Where it is written.
  std::filesystem::path file;
};

// The first line of `password_file`; when this is empty, of p12-password.txt in `folder`, which is made with
// a random password when it is missing. One that is there opens earlier files and is kept.
[[nodiscard]] P12Password p12_password(const std::string& password_file, const std::filesystem::path& folder);

// The same for one file alone, which is handed to one person: FILE.password, which must be new.
[[nodiscard]] P12Password own_p12_password(const std::filesystem::path& file);
// Where it is.
[[nodiscard]] std::filesystem::path own_password_file(const std::filesystem::path& file);

// The file in which a command left the password of this credential, its own before the folder's; empty when
// there is none.
[[nodiscard]] std::string password_beside(const std::string& credential);

// Before anything is issued, since what is issued cannot be taken back: whether the folder, which is made
// when it is missing, takes this file, and there is none yet: it may hold the key in use, or be a device.
// Gives the absolute path. Throws Failure(kUsage).
std::filesystem::path prepare_new_file(const std::filesystem::path& file);

}  // namespace cli
