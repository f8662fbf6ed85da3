// Keys, a snapshot made by rows, and checks before serving.

#include "service/view.h"

#include <system_error>
#include <utility>
#include <vector>

#include "ca/key_folder.h"
#include "pki/messages/service.h"
#include "pki/ownership.h"
#include "pki/random.h"
#include "registry/schema.h"
#include "registry/views.h"
#include "service/cluster.h"
#include "service/open_authority.h"
#include "store/postgres_log.h"
#include "store/postgres_views.h"
#include "store/view_snapshot.h"

namespace service {

namespace {

constexpr const char* kViewKey = "view.key";

// A store that is being made; nothing of it is left after an error.
class Aside final {
 public:
  explicit Aside(std::filesystem::path folder) : folder_(std::move(folder)) { clear(); }
  ~Aside() { clear(); }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  void clear() const noexcept {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  const std::filesystem::path folder_;
};

pki::Result<pki::PrivateKey> load_key(const DataFolder& data) {
  auto key = data.key_folder().load(kViewKey);
  if (key.has_error() && key.error().code == pki::Errc::not_found)
    return pki::fail(pki::Errc::not_found, {messages::view_key_missing, (data.keys() / kViewKey).string()});
  return key;
}

}  // namespace

pki::Result<pki::Bytes> view_key(const DataFolder& data, const ca::KeySource& make_key) {
  if (std::filesystem::exists(data.keys() / kViewKey)) {
    TRY_ASSIGN(const pki::PrivateKey key, load_key(data));
    return key.public_key();
  }
  for (const auto& folder : {data.root, data.keys()})
    if (std::filesystem::create_directory(folder))
      std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  const pki::PrivateKey key = make_key(kViewKey, pki::KeyAlgorithm::ecdsa_p256);
  data.key_folder().save(kViewKey, key);
  return key.public_key();
}

pki::Result<std::shared_ptr<const pki::Signer>> load_view_signer(const DataFolder& data) {
  TRY_ASSIGN(const pki::PrivateKey key, load_key(data));
  return pki::make_openssl_signer(key);
}

pki::Result<store::LogPosition> make_view_snapshot(const DataFolder& data, const Config& config,
                                                   const std::string& name,
                                                   const std::filesystem::path& file) {
  TRY_ASSIGN(const auto environment, open_store_beside(data, config.map_bytes));
  const auto view = registry::find_view(environment->read(), name);
  if (!view || view->removed_at) return pki::fail(pki::Errc::not_found, {messages::view_is_unknown, name});
  const auto log = store::open_postgres_log({.connection = config.cluster.log}, pki::Rng::system());
  // From before the snapshot, so that no row between the two is removed meanwhile.
  TRY(log->report({.name = name, .role = "joining", .row = log_row_of(*environment)}));
  return store::write_view_snapshot(*environment, registry::kSchema, file);
}

pki::Result<store::LogPosition> join_as_view(const DataFolder& data, const Config& config,
                                             const std::filesystem::path& file) {
  if (std::filesystem::exists(data.store()))
    return pki::fail(pki::Errc::already_exists, {messages::store_is_there, data.store().string()});
  TRY(load_key(data));
  const Aside aside(data.root / "store.joining");
  store::LogPosition position;
  {
    const auto environment = store::Environment::create(
        {.directory = aside.folder(), .map_bytes = config.map_bytes}, registry::kSchema);
    TRY_ASSIGN(position, store::read_view_snapshot(*environment, registry::kSchema, file));
  }
  pki::give_to_owner_of_folder(aside.folder());
  for (const auto& one : std::filesystem::directory_iterator(aside.folder()))
    pki::give_to_owner_of_folder(one.path());
  std::filesystem::rename(aside.folder(), data.store());
  return position;
}

pki::Result<std::string> config_of_view(const Config& config, const std::string& name) {
  Config made = config;
  TRY_ASSIGN(made.cluster.log, store::connection_of_role(config.cluster.log, name));
  made.cluster.name = name;
  made.cluster.address.clear();
  // Of the authority alone: who works on it, its token, and the folder beside its data.
  made.local_operators.clear();
  made.admin_group.clear();
  made.keys = {};
  made.safety_folder.clear();
  return write_config(made);
}

pki::Result<void> check_view(const Config& config, const store::Environment& environment) {
  const auto snapshot = environment.read();
  if (!store::is_store_of_view(snapshot)) return pki::fail(pki::Errc::conflict, messages::store_is_no_view);
  auto checked = store::check_view_role({.connection = config.cluster.log}, machine_name(config.cluster));
  // A database that is away: as a machine that stands by, the view waits for it. It reads the views' half
  // alone.
  if (checked.has_error() && checked.error().code == pki::Errc::unreachable) return {};
  return checked;
}

pki::Result<bool> prepare_view(const std::string& connection, const std::string& name) {
  return store::prepare_view({.connection = connection}, name);
}

std::string sql_of_view_role(std::string_view name) {
  return store::sql_of_view_role(name);
}

std::function<pki::Result<void>()> view_admission(const Config& config,
                                                  const store::Environment& environment) {
  const store::PostgresOptions options{.connection = config.cluster.log};
  return [names = std::make_shared<store::ViewNames>(options), &environment]() -> pki::Result<void> {
    std::vector<std::string> present;
    for (const registry::View& view : registry::all_views(environment.read()))
      if (!view.removed_at) present.push_back(view.name);
    auto set = names->set(present);
    // A log that was made before there were views has nothing to note them in, and none to note.
    if (present.empty()) return {};
    return set;
  };
}

}  // namespace service
