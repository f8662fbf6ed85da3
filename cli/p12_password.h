// The password of PKCS#12 files that a command writes.

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

}  // namespace cli
