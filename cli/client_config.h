// Where the commands find the operators' API, when the command line does not say it: the environment, then
// the user's file ~/.config/jpki/client.toml.

#pragma once

#include <filesystem>
#include <string>

#include "pki/result.h"

namespace cli {

// Each is empty when it is not given.
struct ClientConfig {
  // https://…, or http://….
  std::string url;
  // PKCS#12 (or PEM with its key) by which the operator is recognised; and the file whose first line is its
  // password.
  std::string credential, credential_password_file;
  // The role to act in: --as.
  std::string as;
};

// $XDG_CONFIG_HOME/jpki/client.toml, else ~/.config/jpki/client.toml; empty when neither variable is set.
[[nodiscard]] std::filesystem::path client_config_file();

// Errc::malformed for a file that is no TOML; invalid_value for a key that is not known or no text, with its
// line. A file that is not there gives an empty configuration.
[[nodiscard]] pki::Result<ClientConfig> read_client_config(const std::filesystem::path& file);

}  // namespace cli
