// Everything of a new authority is made in a folder of its own and moved into place at the end, the
// configuration last: an init that was killed leaves nothing that looks finished. Run again, it begins again;
// when all but the configuration was in place, that is moved, too, and the authority is there.

#include "service/init.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "pki/file.h"
#include "pki/messages/keys.h"
#include "pki/messages/service.h"
#include "pki/ownership.h"
#include "pki/secret_memory.h"
#include "registry/data_keys.h"
#include "registry/reported_keys.h"
#include "registry/resident_index.h"
#include "registry/sealing_check.h"
#include "service/ceremony_report.h"
#include "service/cluster.h"
#include "service/high_water.h"
#include "service/open_authority.h"

namespace service {

pki::PrivateKey generate_key(std::string_view /*purpose*/, pki::KeyAlgorithm algorithm) {
  pki::Rng rng = pki::Rng::system();
  return pki::PrivateKey::generate(algorithm, rng);
}

namespace {

pki::Result<void> fill(store::Environment& environment, const DataFolder& data, const InitRequest& request,
                       const pki::Clock& clock) {
  TRY_ASSIGN(const ca::Profile profile, ca::Profile::make(request.config.profile));
  TRY_ASSIGN(const auto municipalities,
             registry::parse_municipalities(registry::builtin_municipalities_csv()));
  const ca::KeyFolder keys = data.key_folder();
  const bool is_plain =
      !request.keeping.passphrase && request.keeping.token.empty() && request.keeping.sealing_key.empty();
  if (!is_plain) TRY(keys.set_keeping(request.keeping));
  pki::Rng rng = pki::Rng::system();
  pki::Bytes sealing_key = rng.bytes(32);
  TRY(keys.save_sealing_key(sealing_key));
  auto transaction = store::begin_exclusive_write(environment);
  registry::make_first_data_key(transaction, sealing_key, rng);
  TRY_ASSIGN(const auto vault, registry::open_vault(transaction, sealing_key));
  pki::wipe(sealing_key);
  registry::put_sealed_constant(transaction, *vault);
  registry::note_reported_keys_listed(transaction);
  registry::make_resident_index(transaction, *vault, rng);
  const ca::CeremonyRequest ceremony{.profile = profile,
                                     .municipalities = municipalities,
                                     .now = clock.now(),
                                     .make_key = request.make_key,
                                     .key_heading = request.key_heading,
                                     .actor = {.operator_name = "uid " + std::to_string(::geteuid())},
                                     .operations = request.operations};
  TRY(ca::hold_ceremony(transaction, keys, ceremony));
  TRY(pki::save_file(data.root / kCeremonyReport,
                     pki::as_bytes(ceremony_report(transaction, request.keeping, clock.now())),
                     pki::FileSecrecy::open));
  pki::give_to_owner_of_folder(data.root / kCeremonyReport);
  TRY(pki::save_file(data.config(), pki::as_bytes(write_config(request.config)), pki::FileSecrecy::open));
  pki::give_to_owner_of_folder(data.config());
  transaction.commit();
  return {};
}

// The folder in which a ceremony is held, next to the places of what it makes. One init at a time has it;
// what one that was killed left in it is removed.
class Workshop final {
 public:
  explicit Workshop(const DataFolder& data) : data_(data), inside_{data.root / ".init", data.access} {}
  ~Workshop() {
    if (lock_ >= 0) clear();
    if (lock_ >= 0) ::close(lock_);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  pki::Result<void> open() {
    lock_ = ::open(data_.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      if (lock_ >= 0) ::close(std::exchange(lock_, -1));
      return pki::fail(pki::Errc::conflict, {messages::init_runs, data_.root.string()});
    }
    settle();
    clear();
    std::filesystem::create_directory(inside_.root);
    std::filesystem::permissions(inside_.root, std::filesystem::perms::owner_all);
    pki::give_to_owner_of_folder(inside_.root);
    return {};
  }
  // Where the ceremony puts things.
  [[nodiscard]] const DataFolder& inside() const { return inside_; }
  // Whether an init that was killed has left something.
  [[nodiscard]] bool is_there() const { return std::filesystem::exists(inside_.root); }
  // Moves all of it into place, durably.
  void move_into_place() {
    std::filesystem::rename(inside_.keys(), data_.keys());
    std::filesystem::rename(inside_.store(), data_.store());
    std::filesystem::rename(inside_.root / kCeremonyReport, data_.root / kCeremonyReport);
    std::filesystem::rename(inside_.config(), data_.config());
    static_cast<void>(::fsync(lock_));
  }

 private:
  // The keys of a ceremony that was broken off which lie on a token or outside of the folder. What cannot be
  // reached now stays there; it belongs to no certificate.
  static void remove_far_keys(const DataFolder& data) noexcept {
    try {
      const ca::KeyFolder keys = data.key_folder();
      for (const auto& [name, form] : keys.list())
        if (form == ca::KeyForm::on_token) static_cast<void>(keys.remove(name));
      if (std::filesystem::exists(data.keys())) static_cast<void>(keys.remove_sealing_key());
    } catch (const std::exception&) {
      return;
    }
  }

  void clear() noexcept {
    remove_far_keys(inside_);
    std::error_code ignored;
    std::filesystem::remove_all(inside_.root, ignored);
  }

  // An init that was killed while it moved: keys alone are of no use and go, since the store has not
  // followed. With the store everything is in place but the configuration, which another one may have been
  // used for.
  void settle() {
    using std::filesystem::exists;
    if (!exists(inside_.config()) || exists(inside_.keys()) || exists(data_.config())) return;
    if (exists(inside_.store()) && !exists(data_.store())) {
      remove_far_keys(data_);
      std::filesystem::remove_all(data_.keys());
    } else if (!exists(inside_.store())) {
      if (const auto report = inside_.root / kCeremonyReport; exists(report))
        std::filesystem::rename(report, data_.root / kCeremonyReport);
      std::filesystem::rename(inside_.config(), data_.config());
    }
  }

  DataFolder data_, inside_;
  int lock_ = -1;
};

pki::Result<void> refuse_existing(const DataFolder& data) {
  for (const auto& path : {data.store(), data.keys(), data.config()})
    if (std::filesystem::exists(path))
      return pki::fail(pki::Errc::already_exists, {messages::data_exists, path.string()});
  return {};
}

// What a broken rollover made; its names are of a generation that is in no store.
void remove_new_keys(const ca::KeyFolder& keys,
                     const std::vector<std::pair<std::string, ca::KeyForm>>& before) {
  for (const auto& key : keys.list())
    if (std::ranges::find(before, key) == before.end()) static_cast<void>(keys.remove(key.first));
}

}  // namespace

pki::Result<registry::IssuerId> begin_generation(const DataFolder& data, pki::CaName ca,
                                                 const ca::KeySource& make_key, const pki::Clock& clock,
                                                 ca::LinkChoice links, const std::string& by) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  TRY_ASSIGN(const auto environment, open_store(data, config.map_bytes));
  TRY(check_membership({}, environment->read()));
  const SafetyFolder safety(data.safety(config.safety_folder), environment->read());
  TRY(refuse_old_store(environment->read(), data.crls(), &safety));
  const ca::KeyFolder keys = data.key_folder();
  const auto before = keys.list();
  auto transaction = store::begin_exclusive_write(*environment);
  TRY_ASSIGN(const ca::Profile profile, frozen_profile(config.profile, transaction));
  const auto municipalities = registry::all_municipalities(transaction);
  const ca::CeremonyRequest request{
      .profile = profile,
      .municipalities = municipalities,
      .now = clock.now(),
      .make_key = make_key,
      .key_heading = {},
      .actor = {.operator_name = by.empty() ? "uid " + std::to_string(::geteuid()) : by},
      .links = links};
  try {
    auto rolled = ca::hold_rollover(transaction, keys, ca, request);
    if (rolled.has_error())
      remove_new_keys(keys, before);
    else
      transaction.commit();
    return rolled;
  } catch (...) {
    remove_new_keys(keys, before);
    throw;
  }
}

pki::Result<std::unique_ptr<store::Environment>> initialise(const InitRequest& request,
                                                            const pki::Clock& clock) {
  const DataFolder& data = request.data;
  Workshop workshop(data);
  if (!workshop.is_there()) TRY(refuse_existing(data));
  using std::filesystem::perms;
  // A folder of mode 0710 stays as it is: its group is let pass to the admin socket (http::group_served).
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(data.root, error);
  if (error) return pki::invalid("data", {messages::folder_not_made, data.root.string(), error.message()});
  if (is_new)
    std::filesystem::permissions(data.root, perms::owner_all);
  else
    std::filesystem::permissions(data.root, perms::group_read | perms::group_write | perms::others_all,
                                 std::filesystem::perm_options::remove);
  TRY(workshop.open());
  TRY(refuse_existing(data));
  // Only now: what a ceremony that was killed has left there is gone.
  if (!request.keeping.sealing_key.empty() && std::filesystem::exists(request.keeping.sealing_key))
    return pki::fail(pki::Errc::already_exists,
                     {pki::messages::sealing_key_there, request.keeping.sealing_key.string()});
  const store::EnvironmentOptions finished{
      .directory = data.store(), .map_bytes = request.config.map_bytes, .durability = request.durability};
  {
    store::EnvironmentOptions making = finished;
    making.directory = workshop.inside().store();
    const auto environment = store::Environment::create(making, registry::kSchema);
    TRY(fill(*environment, workshop.inside(), request, clock));
  }
  workshop.move_into_place();
  return store::Environment::open(finished, registry::kSchema);
}

}  // namespace service
