// One shared piece of memory.

#include "pki/secret.h"

#include <utility>

#include "pki/bytes.h"
#include "pki/messages/pki.h"
#include "pki/secret_memory.h"

namespace pki {

struct Secret::Kept {
  explicit Kept(std::string given) : text(std::move(given)) { shield_memory(as_bytes(text)); }
  ~Kept() { wipe(text); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  std::string text;
};

Secret::Secret(std::string text) : kept_(std::make_shared<const Kept>(std::move(text))) {}

const std::string& Secret::text() const {
  return kept_->text;
}

Result<Secret> secret_from_line(std::string& text) {
  constexpr std::size_t kMost = 1024;
  std::string line = text.substr(0, text.find_first_of("\r\n"));
  wipe(text);
  if (line.empty()) return invalid("passphrase", messages::passphrase_empty);
  if (line.size() > kMost) {
    wipe(line);
    return invalid("passphrase", messages::secret_too_long);
  }
  return Secret(std::move(line));
}

}  // namespace pki
