// Everything of a new authority, in the order in which a crash leaves nothing that looks finished: keys,
// store (committed last), configuration.

#include "service/init.h"

#include <unistd.h>

#include <system_error>

#include "pki/file.h"
#include "pki/ownership.h"

namespace service {

pki::PrivateKey generate_key(std::string_view /*purpose*/, pki::KeyAlgorithm algorithm) {
  pki::Rng rng = pki::Rng::system();
  return pki::PrivateKey::generate(algorithm, rng);
}

namespace {

pki::Result<void> fill(store::Environment& environment, const InitRequest& request, const pki::Clock& clock) {
  TRY_ASSIGN(const ca::Profile profile, ca::Profile::make(request.config.profile));
  TRY_ASSIGN(const auto municipalities,
             registry::parse_municipalities(registry::builtin_municipalities_csv()));
  const ca::KeyFolder keys(request.data.keys());
  pki::Rng rng = pki::Rng::system();
  keys.save_sealing_key(rng.bytes(32));
  auto transaction = store::begin_exclusive_write(environment);
  const ca::CeremonyRequest ceremony{.profile = profile,
                                     .municipalities = municipalities,
                                     .now = clock.now(),
                                     .make_key = request.make_key,
                                     .key_heading = request.key_heading,
                                     .actor = {.operator_name = "uid " + std::to_string(::geteuid())}};
  TRY(ca::hold_ceremony(transaction, keys, ceremony));
  TRY(pki::save_file(request.data.config(), pki::as_bytes(write_config(request.config)),
                     pki::FileSecrecy::open));
  pki::give_to_owner_of_folder(request.data.config());
  transaction.commit();
  return {};
}

void clean_up(const DataFolder& data) {
  std::error_code ignored;
  std::filesystem::remove_all(data.store(), ignored);
  std::filesystem::remove_all(data.keys(), ignored);
  std::filesystem::remove(data.config(), ignored);
}

// What a broken rollover made; its names are of a generation that is in no store.
void remove_keys(const ca::KeyFolder& keys, const std::vector<std::string>& names) {
  std::error_code ignored;
  for (const std::string& name : names)
    std::filesystem::remove(keys.path_of(name), ignored);
}

}  // namespace

pki::Result<registry::IssuerId> begin_generation(const DataFolder& data, pki::CaName ca,
                                                 const ca::KeySource& make_key, const pki::Clock& clock) {
  TRY_ASSIGN(const Config config, read_config(data.config()));
  const auto environment =
      store::Environment::open({.directory = data.store(), .map_bytes = config.map_bytes}, registry::kSchema);
  const ca::KeyFolder keys(data.keys());
  std::vector<std::string> made;
  auto transaction = store::begin_exclusive_write(*environment);
  TRY_ASSIGN(const ca::Profile profile, frozen_profile(config.profile, transaction));
  const auto municipalities = registry::all_municipalities(transaction);
  const ca::CeremonyRequest request{
      .profile = profile,
      .municipalities = municipalities,
      .now = clock.now(),
      .make_key =
          [&](std::string_view name, pki::KeyAlgorithm algorithm) {
            auto key = make_key(name, algorithm);
            if (std::filesystem::exists(keys.path_of(std::string(name))))
              throw pki::ErrorException(
                  pki::fail(pki::Errc::internal, keys.path_of(std::string(name)).string() +
                                                     " is left of a rollover that was broken off: "
                                                     "remove the file and roll again"));
            made.emplace_back(name);
            return key;
          },
      .key_heading = {},
      .actor = {.operator_name = "uid " + std::to_string(::geteuid())}};
  try {
    auto rolled = ca::hold_rollover(transaction, keys, ca, request);
    if (rolled.has_error())
      remove_keys(keys, made);
    else
      transaction.commit();
    return rolled;
  } catch (...) {
    remove_keys(keys, made);
    throw;
  }
}

pki::Result<std::unique_ptr<store::Environment>> initialise(const InitRequest& request,
                                                            const pki::Clock& clock) {
  const DataFolder& data = request.data;
  for (const auto& path : {data.store(), data.keys(), data.config()})
    if (std::filesystem::exists(path))
      return pki::fail(
          pki::Errc::already_exists,
          path.string() + " is there already and is never overwritten: choose another --data folder");
  using std::filesystem::perms;
  // A folder of mode 0710 stays as it is: its group is let pass to the admin socket (http::group_served).
  if (std::filesystem::create_directories(data.root))
    std::filesystem::permissions(data.root, perms::owner_all);
  else
    std::filesystem::permissions(data.root, perms::group_read | perms::group_write | perms::others_all,
                                 std::filesystem::perm_options::remove);
  try {
    auto environment = store::Environment::create(
        {.directory = data.store(), .map_bytes = request.config.map_bytes, .durability = request.durability},
        registry::kSchema);
    const auto filled = fill(*environment, request, clock);
    if (filled.has_value()) return environment;
    environment.reset();
    clean_up(data);
    return filled.error();
  } catch (...) {
    clean_up(data);
    throw;
  }
}

}  // namespace service
