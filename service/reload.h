// What a running service takes over from a changed configuration (SIGHUP): limits, the log's level, the names
// and the certificate of the HTTPS listeners. Everything else waits for a restart, and is named.

#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "service/config.h"

namespace service {

// Names of keys, as the file has them.
struct ConfigChanges {
  std::vector<std::string> taken, waiting;
};

class Reloading final {
 public:
  // `apply` puts the values that may change to use. `in_use` is what the service runs with, `file` where it
  // is from.
  Reloading(std::filesystem::path file, Config in_use, std::function<void(const Config&)> apply)
      : file_(std::move(file)), in_use_(std::move(in_use)), apply_(std::move(apply)) {}

  // Reads the file and applies what may change. Errors as read_config(); then nothing has changed. `apply` is
  // called in any other case, also when no value has changed. One thread at a time.
  pki::Result<ConfigChanges> reload();

 private:
  std::filesystem::path file_;
  Config in_use_;
  std::function<void(const Config&)> apply_;
};

// In words, for the log.
[[nodiscard]] std::string to_string(const ConfigChanges& changes);

}  // namespace service
