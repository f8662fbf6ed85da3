// A view's own folder: its key, its store, and what it needs to follow the log (docs/cluster.md).

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pki/result.h"
#include "pki/signer.h"
#include "service/config.h"
#include "service/data_folder.h"
#include "service/init.h"
#include "store/environment.h"
#include "store/log_view.h"

namespace service {

// The public key under which the view is added, SubjectPublicKeyInfo, DER: of keys/view.key, which is made
// the first time, and of which nothing else is ever given.
[[nodiscard]] pki::Result<pki::Bytes> view_key(const DataFolder& data, const ca::KeySource& make_key);
// What signs the view's requests for responders.
[[nodiscard]] pki::Result<std::shared_ptr<const pki::Signer>> load_view_signer(const DataFolder& data);

// On a machine of the authority, running or not: the store of the view `name` as it is to begin, as a file;
// and the log keeps the rows from there on for it. Errc::not_found when there is no such view.
[[nodiscard]] pki::Result<store::LogPosition> make_view_snapshot(const DataFolder& data, const Config& config,
                                                                 const std::string& name,
                                                                 const std::filesystem::path& file);
// On the view: the store from such a file. Errc::already_exists where a store is; else as
// store::read_view_snapshot. Nothing is in its place after an error.
[[nodiscard]] pki::Result<store::LogPosition> join_as_view(const DataFolder& data, const Config& config,
                                                           const std::filesystem::path& file);

// On a machine of the authority: `jpki.toml` of the view `name`, with this machine's settings, the view's
// name and its own role at the same database. What proves the role, and the listeners of its machine, are the
// operator's to set. Errc::invalid_value when cluster.log is no connection string.
[[nodiscard]] pki::Result<std::string> config_of_view(const Config& config, const std::string& name);

// Before a view serves. Errc::conflict when the store is an authority's, or the role of cluster.log is not
// the view's own or may read what is for authorities.
[[nodiscard]] pki::Result<void> check_view(const Config& config, const store::Environment& environment);

// `jpki view add`: store::prepare_view() by the owner's connection string, and the statement for an
// administrator.
[[nodiscard]] pki::Result<bool> prepare_view(const std::string& connection, const std::string& name);
[[nodiscard]] std::string sql_of_view_role(std::string_view name);

// The leader's side: what lets the views in that the store has, and no others. Called again and again, from
// one thread; an error when there are views and the database does not know of them. `environment` must
// outlive it.
[[nodiscard]] std::function<pki::Result<void>()> view_admission(const Config& config,
                                                                const store::Environment& environment);

}  // namespace service
