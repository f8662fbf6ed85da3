// Where the passphrase of the keys and the PIN of their token come from: never from the command line, which
// everybody on the machine can read.
//
// In this order: a file descriptor, a file named on the command line, a file named in the configuration, a
// systemd credential ($CREDENTIALS_DIRECTORY/jpki-passphrase, jpki-pin), a terminal without echo.

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "ca/key_access.h"
#include "pki/message.h"
#include "pki/result.h"

namespace service {

struct SecretOptions {
  // -1: none.
  int passphrase_fd = -1, pin_fd = -1;
  std::string passphrase_file = {}, pin_file = {};
  // The configuration in which keys.passphrase_file and keys.pin_file may stand; one that is missing or wrong
  // says nothing here.
  std::filesystem::path config = {};
  // Of the questions on a terminal.
  pki::Language language = pki::Language::en;
};

enum class SecretKind { passphrase, pin };
enum class Terminal { may_ask, no, twice };

// Errc::invalid_value for a source that cannot be read and when there is none, Errc::forbidden for a file
// that others can read.
[[nodiscard]] pki::Result<pki::Secret> find_secret(const SecretOptions& options, SecretKind kind,
                                                   Terminal terminal);
// Whether there is a source other than a terminal.
[[nodiscard]] bool has_source(const SecretOptions& options, SecretKind kind);
[[nodiscard]] bool has_terminal();

// Asks these sources when a key needs it.
[[nodiscard]] std::shared_ptr<ca::KeyAccess> make_key_access(SecretOptions options,
                                                             Terminal terminal = Terminal::may_ask);

}  // namespace service
