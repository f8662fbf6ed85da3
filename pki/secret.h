// A passphrase or PIN in memory: kept out of swap and dumps, wiped at its end, never printed.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pki/result.h"

namespace pki {

// Immutable; copies share the text.
class Secret final {
 public:
  explicit Secret(std::string text);

  // Not to be logged, nor put into a message.
  [[nodiscard]] const std::string& text() const;

 private:
  struct Kept;
  std::shared_ptr<const Kept> kept_;
};

// The first line of what a file, a descriptor or a person has given. Errc::invalid_value when it is empty or
// longer than 1024 bytes. `text` is wiped.
[[nodiscard]] Result<Secret> secret_from_line(std::string& text);

}  // namespace pki
