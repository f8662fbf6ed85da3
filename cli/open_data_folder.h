// The data folder for commands that work on it while no service runs, or that run it: with what opens its
// keys.

#pragma once

#include <filesystem>

#include "cli/command.h"
#include "service/data_folder.h"

namespace service {
struct SecretOptions;
}

namespace cli {

// `config`: where keys.passphrase_file and keys.pin_file may stand; empty: the folder's own jpki.toml.
// Nothing is asked for until a key needs it.
[[nodiscard]] service::DataFolder open_data_folder(const CommonOptions& common,
                                                   const std::filesystem::path& config = {});
// What the command line says of them; `config` as it is.
[[nodiscard]] service::SecretOptions secret_options(const CommonOptions& common,
                                                    const std::filesystem::path& config);

}  // namespace cli
