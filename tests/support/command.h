// Outside programs and files, for tests that ask a stranger's opinion (openssl, certtool).

#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pki/bytes.h"

namespace support {

// A folder that is gone, with all in it, when the object is.
class TemporaryFolder final {
 public:
  TemporaryFolder() : path_(make()) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }

 private:
  static std::filesystem::path make() {
    std::string pattern = (std::filesystem::temp_directory_path() / "jpki-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
    return pattern;
  }

  std::filesystem::path path_;
};

struct CommandResult {
  int exit_code = 0;
  std::string output;  // Standard output and standard error.
};

// Runs a line of the shell and waits for its end.
inline CommandResult run(const std::string& line) {
  std::FILE* const pipe = popen(("{ " + line + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("a command cannot be started: " + line);
  CommandResult result;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    result.output.push_back(static_cast<char>(c));
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

inline pki::Bytes read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot be read: " + path.string());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& path, pki::ByteView bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!stream) throw std::runtime_error("cannot be written: " + path.string());
}

// The root of the repository.
inline std::filesystem::path source_folder() {
  return JPKI_SOURCE_DIR;
}

}  // namespace support
