// `jpki init`: the key ceremony of a new data folder.

#pragma once

#include <optional>

#include "ca/ceremony.h"
#include "ca/left_keys.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "store/environment.h"

namespace service {

// A fresh key, whatever it is for: a ca::KeySource.
[[nodiscard]] pki::PrivateKey generate_key(std::string_view purpose, pki::KeyAlgorithm algorithm);

struct InitRequest {
  DataFolder data;
  Config config;
  store::Durability durability = store::Durability::full;
  ca::KeySource make_key;
  // Put above every key file, e.g. to mark test keys.
  std::string key_heading;
  // How keys are kept; `data.access` gives the secrets. Default: plain files.
  ca::KeyKeeping keeping = {};
  // As ca::CeremonyRequest::operations.
  std::optional<ca::Validity> operations = {};
};

// What a ceremony has made, for the people who were there and for the auditor; it is kept as
// DATA/ceremony.txt.
inline constexpr const char* kCeremonyReport = "ceremony.txt";

// Makes keys, store and configuration. Refuses to overwrite: Errc::already_exists when the folder holds an
// authority, finished or not. On failure the folder is left as it was found, and so is the token, if it can
// be reached.
[[nodiscard]] pki::Result<std::unique_ptr<store::Environment>> initialise(const InitRequest& request,
                                                                          const pki::Clock& clock);

// What `jpki ca roll` has begun.
struct BegunGeneration {
  registry::IssuerId id;
  // Keys of the generation that an earlier rollover, killed before its commit, had left.
  std::vector<ca::LeftKey> set_aside;
};

// `jpki ca roll`: begins the next generation of a CA in a data folder that nothing serves from. The frozen
// public URL and organization go on. `links`: whether link certificates are made. `by` names who did it in
// the audit log; empty: the process's user. On failure nothing is left behind, but what an earlier one has
// left stays set aside. Throws StoreError while another process has the store, Failure when the configuration
// cannot be read.
[[nodiscard]] pki::Result<BegunGeneration> begin_generation(const DataFolder& data, pki::CaName ca,
                                                            const ca::KeySource& make_key,
                                                            const pki::Clock& clock,
                                                            ca::LinkChoice links = ca::LinkChoice::none,
                                                            const std::string& by = {});

}  // namespace service
