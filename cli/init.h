// `jpki init`: the key ceremony of a new data folder.

#pragma once

#include "ca/ceremony.h"
#include "cli/config.h"
#include "cli/instance.h"

namespace cli {

struct InitRequest {
  DataFolder data;
  Config config;
  registry::Durability durability = registry::Durability::full;
  ca::KeySource make_key;
  // Put above every key file, e.g. to mark test keys.
  std::string key_heading;
};

// Makes keys, store and configuration. Refuses to overwrite: Errc::already_exists when the folder holds an
// authority, finished or not. On failure the folder is left as it was found.
[[nodiscard]] pki::Result<std::unique_ptr<registry::Environment>> initialise(const InitRequest& request,
                                                                             const pki::Clock& clock);

}  // namespace cli
